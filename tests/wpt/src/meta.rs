//! What a test file says of itself in its `// META:` lines (web-platform-tests' documentation, "Test metadata").

use std::time::Duration;

/// How long a test may take, by the suite's own words.
const NORMAL: Duration = Duration::from_secs(10);
const LONG: Duration = Duration::from_secs(60);

/// What the head of a test file says.
#[derive(Debug, PartialEq, Eq)]
pub struct Meta {
    /// Scripts to be run before, as they are written there.
    pub scripts: Vec<String>,
    /// Queries with which the file is run, each a test of its own; one that is empty where there are none.
    pub variants: Vec<String>,
    /// The kinds of global scope that it is for.
    pub globals: Vec<String>,
    pub timeout: Duration,
}

impl Meta {
    pub fn parse(text: &str) -> Self {
        let mut meta = Self {
            scripts: Vec::new(),
            variants: Vec::new(),
            globals: vec!["window".into(), "dedicatedworker".into()],
            timeout: NORMAL,
        };
        // The lines stand at the top, with other comments between them.
        let head = text
            .lines()
            .take_while(|line| line.is_empty() || line.starts_with("//"));
        for line in head.filter_map(|line| line.strip_prefix("// META:")) {
            let Some((key, value)) = line.trim().split_once('=') else {
                continue;
            };
            match key {
                "script" => meta.scripts.push(value.into()),
                "variant" => meta.variants.push(value.into()),
                "global" => meta.globals = value.split(',').map(|it| it.trim().into()).collect(),
                "timeout" if value == "long" => meta.timeout = LONG,
                _ => {}
            }
        }
        if meta.variants.is_empty() {
            meta.variants.push(String::new());
        }
        meta
    }

    /// Whether it is for dedicated workers.
    pub fn is_for_workers(&self) -> bool {
        let names = |name: &str| self.globals.iter().any(|it| it == name);
        (names("worker") && !names("!dedicatedworker")) || names("dedicatedworker")
    }
}
