//! The summaries: what came of a run, and what `README.md` shows.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::area::{AREAS, Area};
use crate::expectations::Expectations;
use crate::outcome::Outcome;
use crate::peer::known;
use crate::peer_figures::AllFigures;

/// How many subtests each area has, by what is expected.
pub fn totals(expectations: &Expectations) -> BTreeMap<&'static str, usize> {
    let mut totals = BTreeMap::new();
    for (id, expected) in expectations.tests() {
        let is_counted = expectations.skipped(id).is_none_or(|skip| !skip.for_all);
        if let Some(area) = Area::of(id).filter(|_| is_counted) {
            *totals.entry(area.name).or_default() += expected.total();
        }
    }
    totals
}

/// How many subtests passed, by area; areas without a test are not there.
pub fn passed(outcomes: &BTreeMap<String, Outcome>) -> BTreeMap<&'static str, usize> {
    let mut passed = BTreeMap::new();
    for (id, outcome) in outcomes {
        if let Some(area) = Area::of(id) {
            *passed.entry(area.name).or_default() += outcome.passed;
        }
    }
    passed
}

/// What came of a run, by area. A file that fails as a whole counts as many subtests as it is known to have.
pub fn of_run(outcomes: &BTreeMap<String, Outcome>, expectations: &Expectations) -> String {
    let mut text = String::from(
        "| area | files | subtests | passed | failed | files that fail as a whole |\n|---|--:|--:|--:|--:|--:|\n",
    );
    let mut row = |name: &str, of_area: &dyn Fn(&str) -> bool| {
        let (mut files, mut passed, mut total, mut broken) = (0, 0, 0, 0);
        for (id, outcome) in outcomes.iter().filter(|(id, _)| of_area(id)) {
            let known = expectations.0.get(id).map_or(0, |it| it.total());
            files += 1;
            passed += outcome.passed;
            total += outcome.seen().max(known);
            broken += usize::from(outcome.error.is_some());
        }
        if files > 0 {
            let failed = total - passed;
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "| {name} | {files} | {total} | {passed} | {failed} | {broken} |"
            );
        }
    };
    for area in AREAS {
        row(area.name, &|id| Area::of(id) == Some(area));
    }
    row("all", &|_| true);
    text
}

/// nano beside the others, as it is expected of nano and as the others were when they last ran.
pub fn comparison(expectations: &Expectations, peers: &AllFigures) -> String {
    let mut nano: BTreeMap<&str, usize> = BTreeMap::new();
    for (id, expected) in expectations.tests() {
        if let Some(area) = Area::of(id) {
            *nano.entry(area.name).or_default() += expected.pass;
        }
    }
    let totals = totals(expectations);
    let columns: Vec<_> = known()
        .filter_map(|name| Some((name, peers.0.get(name)?)))
        .collect();
    let mut text = String::from("| area | subtests | nano |");
    for (name, peer) in &columns {
        let _ = write!(text, " {name} {} |", peer.version);
    }
    text += "\n|---|--:|--:|";
    text += &"--:|".repeat(columns.len());
    text.push('\n');
    for area in AREAS {
        let total = totals.get(area.name).copied().unwrap_or_default();
        let mut cells = vec![nano.get(area.name).copied()];
        cells.extend(
            columns
                .iter()
                .map(|(_, peer)| peer.passed.get(area.name).copied()),
        );
        let best = cells.iter().flatten().max().copied();
        let _ = write!(text, "| {} | {total} |", area.name);
        for cell in cells {
            let _ = match cell {
                Some(passed) if Some(passed) == best => write!(text, " **{passed}** |"),
                Some(passed) => write!(text, " {passed} |"),
                None => write!(text, " |"),
            };
        }
        text.push('\n');
    }
    text
}

/// What nano does not pass or run, and why, by the words in the expectations.
fn reasons(expectations: &Expectations) -> String {
    let mut text = String::from("| tests | subtests | why |\n|---|--:|---|\n");
    // By reason within an area, in the order in which they come.
    let mut rows: Vec<(&str, &str, Vec<&str>, usize)> = Vec::new();
    let mut add = |area: &'static str, why, id, count| {
        let row = rows.iter_mut().find(|row| row.0 == area && row.1 == why);
        match row {
            Some((_, _, ids, sum)) => {
                *sum += count;
                if ids.last() != Some(&id) {
                    ids.push(id);
                }
            }
            None => rows.push((area, why, vec![id], count)),
        }
    };
    for (id, expected) in &expectations.0 {
        let area = Area::of(id).map_or("", |area| area.name);
        if let Some(why) = &expected.skip {
            add(area, why, id, 0);
        }
        for name in expected.fail.keys() {
            if let Some(why) = expectations.why(id, name) {
                add(area, why, id, 1);
            }
        }
        // What a broken file does not get to run is told of by the file's reason.
        let unseen = expected.total() - expected.pass - expected.fail.len();
        if let Some(why) = expectations.why(id, "").filter(|_| unseen > 0) {
            add(area, why, id, unseen);
        }
    }
    for (_, why, ids, count) in &rows {
        let names: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
        let count = match count {
            0 => "not run".into(),
            count => count.to_string(),
        };
        let why = why.replace('|', "\\|");
        let _ = writeln!(text, "| {} | {count} | {why} |", names.join(", "));
    }
    text
}

fn readme() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

/// The page with both tables as they have to be, and as it is.
fn page(expectations: &Expectations, peers: &AllFigures) -> std::io::Result<(String, String)> {
    let before = std::fs::read_to_string(readme())?;
    let after = put(&before, "comparison", &comparison(expectations, peers));
    let after = put(&after, "reasons", &reasons(expectations));
    Ok((before, after))
}

/// Puts `text` between the marks of that name.
fn put(page: &str, name: &str, text: &str) -> String {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let parts = page
        .split_once(&begin)
        .and_then(|(head, rest)| Some((head, rest.split_once(&end)?.1)));
    match parts {
        Some((head, tail)) => format!("{head}{begin}\n{text}\n{end}{tail}"),
        None => page.into(),
    }
}

/// Writes what `README.md` shows.
pub fn write_page(expectations: &Expectations, peers: &AllFigures) -> std::io::Result<()> {
    let (before, after) = page(expectations, peers)?;
    if before != after {
        std::fs::write(readme(), after)?;
    }
    Ok(())
}

/// Whether `README.md` shows what is expected.
pub fn is_page_current(expectations: &Expectations, peers: &AllFigures) -> std::io::Result<bool> {
    let (before, after) = page(expectations, peers)?;
    Ok(before == after)
}
