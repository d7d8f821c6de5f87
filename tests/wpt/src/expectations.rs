//! What is expected of each test: `expectations.json` holds how many subtests pass and which do not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::outcome::Outcome;

/// What is expected of one test.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Subtests that pass.
    #[serde(default)]
    pub pass: usize,
    /// Subtests that fail, and why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fail: BTreeMap<String, String>,
    /// Why the file fails as a whole, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Why it is not run at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<String>,
}

/// What is expected of all.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Expectations(pub BTreeMap<String, Expected>);

pub fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("expectations.json")
}

impl Expectations {
    pub fn read() -> std::io::Result<Self> {
        match std::fs::read_to_string(path()) {
            Ok(text) => Ok(serde_json::from_str(&text)?),
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(why) => Err(why),
        }
    }

    pub fn write(&self) -> std::io::Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(path(), text + "\n")
    }

    /// Why the test is not run, where it is not: by itself, or with all of a folder, whose name ends with a slash.
    pub fn skipped(&self, id: &str) -> Option<&str> {
        let names = |key: &str| key == id || (key.ends_with('/') && id.starts_with(key));
        let mut of_it = self.0.iter().filter(|(key, _)| names(key));
        of_it.find_map(|(_, expected)| expected.skip.as_deref())
    }

    /// What differs from what was expected, a line each.
    pub fn compare(&self, id: &str, outcome: &Outcome) -> Vec<String> {
        let unknown = Expected::default();
        let expected = self.0.get(id).unwrap_or(&unknown);
        let mut lines = Vec::new();
        for (name, why) in &outcome.failed {
            if !expected.fail.contains_key(name) {
                lines.push(format!("{id}: fails now: {name}: {why}"));
            }
        }
        for name in expected.fail.keys() {
            if !outcome.failed.contains_key(name) {
                lines.push(format!("{id}: fails no longer: {name}"));
            }
        }
        if outcome.error.is_some() != expected.error.is_some() {
            let why = outcome.error.as_deref().unwrap_or("no longer");
            lines.push(format!("{id}: the file fails: {why}"));
        }
        if lines.is_empty() && outcome.passed != expected.pass {
            let (passed, before) = (outcome.passed, expected.pass);
            lines.push(format!("{id}: {passed} pass, {before} were expected to"));
        }
        lines
    }

    /// Expects from now on what came.
    pub fn take(&mut self, id: &str, outcome: &Outcome) {
        let expected = Expected {
            pass: outcome.passed,
            fail: outcome.failed.clone(),
            error: outcome.error.clone(),
            skip: None,
        };
        self.0.insert(id.into(), expected);
    }
}
