//! The parts of the suite that nano is measured by.

/// One row of the table.
pub struct Area {
    pub name: &'static str,
    /// How many subtests it has: what a file does not get to run counts as failed.
    pub subtests: usize,
}

/// All of them, in the table's order. An area is the folder of its name.
pub const AREAS: &[Area] = &[
    area("url", 2_106),
    area("urlpattern", 761),
    area("encoding", 11_351),
    area("streams", 1_415),
    area("dom/abort", 35),
    area("dom/events", 42),
    area("FileAPI", 598),
    area("xhr/formdata", 39),
    area("compression", 256),
    area("console", 51),
    area("hr-time", 36),
    area("user-timing", 161),
    area("performance-timeline", 100),
    area("html/webappapis", 560),
    area("mimesniff", 1_898),
    area("wasm/jsapi", 1_134),
    area("webidl", 295),
    area("webmessaging", 58),
    area("fetch/api", 0),
    area("wasm/webapi", 0),
];

const fn area(name: &'static str, subtests: usize) -> Area {
    Area { name, subtests }
}

impl Area {
    /// The area of a file, by its path in the suite.
    pub fn of(path: &str) -> Option<&'static Self> {
        AREAS.iter().find(|area| {
            let rest = path.strip_prefix(area.name);
            rest.is_some_and(|rest| rest.starts_with('/'))
        })
    }
}
