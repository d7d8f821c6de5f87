//! The parts of the suite that nano is measured by.

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct Area {
    pub name: &'static str,
    /// The folders and files of the suite that it is made of; one of its own name where there are none.
    parts: &'static [&'static str],
}

/// All of them, in the table's order.
pub const AREAS: &[Area] = &[
    area("url"),
    area("urlpattern"),
    area("encoding"),
    area("streams"),
    area("dom/abort"),
    area("dom/events"),
    area("FileAPI"),
    area("xhr/formdata"),
    area("compression"),
    area("console"),
    area("hr-time"),
    area("user-timing"),
    area("performance-timeline"),
    area("html/webappapis"),
    area("mimesniff"),
    area("wasm/jsapi"),
    area("wasm/webapi"),
    area("wasm/serialization"),
    area("webidl"),
    area("webmessaging"),
    area("workers"),
    Area {
        name: "fetch/api",
        // What the others are about is the network.
        parts: &[
            "fetch/api/headers",
            "fetch/api/request",
            "fetch/api/response",
            "fetch/api/body",
        ],
    },
    Area {
        name: "WebCryptoAPI",
        // What the others are about is `crypto.subtle`.
        parts: &[
            "WebCryptoAPI/getRandomValues.any.js",
            "WebCryptoAPI/randomUUID.https.any.js",
        ],
    },
];

const fn area(name: &'static str) -> Area {
    Area { name, parts: &[] }
}

impl Area {
    /// The folders and files of the suite that it is made of.
    pub fn parts(&self) -> Vec<&'static str> {
        match self.parts {
            [] => vec![self.name],
            parts => parts.to_vec(),
        }
    }

    /// The area of a test or of a folder, by its path in the suite.
    pub fn of(path: &str) -> Option<&'static Self> {
        AREAS.iter().find(|area| {
            let rest = path.strip_prefix(area.name);
            rest.is_some_and(|rest| rest.starts_with('/'))
        })
    }
}
