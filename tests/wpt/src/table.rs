//! The summary: a row an area.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::area::{AREAS, Area};
use crate::outcome::Outcome;

/// How many subtests of each area passed.
pub fn table(outcomes: &BTreeMap<String, Outcome>) -> String {
    let mut text =
        String::from("| area | subtests | seen | passed | failed files |\n|---|--:|--:|--:|--:|\n");
    for area in AREAS {
        let of_area = |id: &&String| Area::of(id).is_some_and(|it| it.name == area.name);
        let mut rows = outcomes.iter().filter(|(id, _)| of_area(id)).peekable();
        if rows.peek().is_none() {
            continue;
        }
        let (mut passed, mut seen, mut broken) = (0, 0, 0);
        for (_, outcome) in rows {
            passed += outcome.passed;
            seen += outcome.passed + outcome.failed.len();
            broken += usize::from(outcome.error.is_some());
        }
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "| {} | {} | {seen} | {passed} | {broken} |",
            area.name, area.subtests
        );
    }
    text
}
