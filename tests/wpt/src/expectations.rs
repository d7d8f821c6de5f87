//! What is expected of each test: `expectations.json` holds how many subtests pass, which do not, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::outcome::Outcome;

/// What is expected of one test, or of all whose ids begin with the key, where that ends with `/` or `*`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Subtests that pass.
    #[serde(default, skip_serializing_if = "is_none")]
    pub pass: usize,
    /// How many there are, where some runtime has seen more than nano.
    #[serde(default, skip_serializing_if = "is_none")]
    pub subtests: usize,
    /// Subtests that fail, with what they say.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fail: BTreeMap<String, String>,
    /// What the file says where it fails as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Why that is as it is: a person's words, kept by `--update`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// Why it is not run at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<String>,
    /// Whether other runtimes are spared it too, and no subtest of it is counted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub for_all: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // As serde has it.
fn is_none(number: &usize) -> bool {
    *number == 0
}

/// Why something fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Why {
    /// All of it.
    All(String),
    /// By the subtest's name, or by its beginning with a `*` behind it. An empty name is the file's own failure.
    Each(BTreeMap<String, String>),
}

impl Why {
    fn of(&self, subtest: &str) -> Option<&str> {
        match self {
            Self::All(why) => Some(why),
            Self::Each(reasons) => {
                let mut of_it = reasons.iter().filter(|(key, _)| names(key, subtest));
                of_it.next().map(|(_, why)| why.as_str())
            }
        }
    }

    /// Without the reasons for what fails no longer.
    fn still_true(self, expected: &Expected) -> Option<Self> {
        match self {
            Self::All(_) if expected.fail.is_empty() && expected.error.is_none() => None,
            Self::All(why) => Some(Self::All(why)),
            Self::Each(mut reasons) => {
                reasons.retain(|key, _| {
                    (key.is_empty() && expected.error.is_some())
                        || expected.fail.keys().any(|name| names(key, name))
                });
                (!reasons.is_empty()).then_some(Self::Each(reasons))
            }
        }
    }
}

/// Whether `key` names what is called `name`: as it is, or with a `*` for whatever follows.
fn names(key: &str, name: &str) -> bool {
    match key.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning) || key == name,
        None => key == name,
    }
}

/// Whether `key` names the test: by its id, or by the beginning of that.
fn covers(key: &str, id: &str) -> bool {
    key == id || is_pattern(key) && id.starts_with(key.trim_end_matches('*'))
}

fn is_pattern(key: &str) -> bool {
    key.ends_with(['/', '*'])
}

/// Whether the key is of a test that is wanted and not among those of the suite.
fn is_missing(key: &str, ids: &BTreeSet<String>, wanted: impl Fn(&str) -> bool) -> bool {
    !is_pattern(key) && wanted(key) && !ids.contains(key)
}

impl Expected {
    /// How many subtests there are.
    pub fn total(&self) -> usize {
        self.subtests.max(self.pass + self.fail.len())
    }
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

    /// The entry by which the test is not run, where it is not; first of all one that holds for all runtimes.
    pub fn skipped(&self, id: &str) -> Option<&Expected> {
        let of_it = self.0.iter().filter(|(key, _)| covers(key, id));
        let skips = of_it.filter(|(_, expected)| expected.skip.is_some());
        skips
            .map(|(_, expected)| expected)
            .max_by_key(|expected| expected.for_all)
    }

    /// Why a subtest of the test fails; an empty name stands for the file.
    pub fn why(&self, id: &str, subtest: &str) -> Option<&str> {
        let exact = self.0.get(id).and_then(|it| it.why.as_ref());
        exact.and_then(|why| why.of(subtest)).or_else(|| {
            let mut wider = self
                .0
                .iter()
                .filter(|(key, _)| is_pattern(key) && covers(key, id));
            wider.find_map(|(_, expected)| expected.why.as_ref()?.of(subtest))
        })
    }

    /// The tests themselves, with what is expected of each.
    pub fn tests(&self) -> impl Iterator<Item = (&String, &Expected)> {
        self.0.iter().filter(|(key, _)| !is_pattern(key))
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

    /// The tests that something is expected of, of those that are wanted, and the suite does not have; a line each.
    pub fn missing(&self, ids: &BTreeSet<String>, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let tests = self.0.keys().filter(|key| is_missing(key, ids, &wanted));
        tests
            .map(|id| format!("{id}: the checkout does not have it"))
            .collect()
    }

    /// Expects from now on what came. The reasons stay, and how many subtests there are.
    pub fn take(&mut self, id: &str, outcome: &Outcome) {
        let before = self.0.remove(id).unwrap_or_default();
        let mut expected = Expected {
            pass: outcome.passed,
            fail: outcome.failed.clone(),
            error: outcome.error.clone(),
            ..Expected::default()
        };
        let seen = outcome.seen();
        // A file that was seen to the end has as many as it has; else it counts as it did before.
        if outcome.error.is_some() || before.subtests > seen {
            expected.subtests = before.total();
        }
        if expected.subtests <= seen {
            expected.subtests = 0;
        }
        expected.why = before.why.and_then(|why| why.still_true(&expected));
        self.0.insert(id.into(), expected);
    }

    /// Learns from another runtime how many subtests a test has.
    pub fn take_count(&mut self, id: &str, outcome: &Outcome) {
        let seen = outcome.seen();
        let expected = self.0.entry(id.into()).or_default();
        if seen > expected.total() {
            expected.subtests = seen;
        }
    }

    /// Forgets what [`missing`](Self::missing) names.
    pub fn forget_missing(&mut self, ids: &BTreeSet<String>, wanted: impl Fn(&str) -> bool) {
        self.0.retain(|key, _| !is_missing(key, ids, &wanted));
    }
}
