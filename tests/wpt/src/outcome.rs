//! What came of a test.

use std::collections::{BTreeMap, HashMap};

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

    /// How many subtests have been seen.
    pub fn seen(&self) -> usize {
        self.passed + self.failed.len()
    }

    /// Whether the same passed and failed, for whatever reasons.
    pub fn is_like(&self, other: &Self) -> bool {
        self.passed == other.passed
            && self.error.is_some() == other.error.is_some()
            && self.failed.keys().eq(other.failed.keys())
    }
}

impl From<Report> for Outcome {
    fn from(report: Report) -> Self {
        let mut outcome = Self {
            error: report.error,
            ..Self::default()
        };
        // Names should differ, and do not always: the second of a name is told from the first by its number.
        let mut times: HashMap<String, usize> = HashMap::new();
        for Subtest { name, failure } in report.subtests {
            let number = times.entry(name.clone()).or_default();
            *number += 1;
            let Some(why) = failure else {
                outcome.passed += 1;
                continue;
            };
            let mut key = match *number {
                1 => name,
                number => format!("{name} ({number})"),
            };
            // Another may have been given that name in full.
            while outcome.failed.contains_key(&key) {
                key.push('\'');
            }
            outcome.failed.insert(key, why);
        }
        outcome
    }
}
