//! What came of a test.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What a runtime says of a test that it has run.
#[derive(Debug, Deserialize)]
pub struct Report {
    /// Why the file as a whole failed, if it did.
    pub error: Option<String>,
    pub subtests: Vec<Subtest>,
}

#[derive(Debug, Deserialize)]
pub struct Subtest {
    pub name: String,
    /// Why it failed; none where it passed.
    pub failure: Option<String>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    pub passed: usize,
    /// What failed, and why.
    pub failed: BTreeMap<String, String>,
    /// Why the file as a whole failed, if it did.
    pub error: Option<String>,
}

impl Outcome {
    /// Of a runtime that gave no report.
    pub fn crashed(why: String) -> Self {
        Self {
            error: Some(why),
            ..Self::default()
        }
    }
}

impl From<Report> for Outcome {
    fn from(report: Report) -> Self {
        let mut outcome = Self {
            error: report.error,
            ..Self::default()
        };
        for Subtest { name, failure } in report.subtests {
            let Some(why) = failure else {
                outcome.passed += 1;
                continue;
            };
            // Names should differ, and do not always.
            let mut key = name.clone();
            let mut number = 2;
            while outcome.failed.contains_key(&key) {
                key = format!("{name} ({number})");
                number += 1;
            }
            outcome.failed.insert(key, why);
        }
        outcome
    }
}
