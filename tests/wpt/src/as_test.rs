//! The suite as a part of `cargo test`: each area is a test.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use crate::Failure;
use crate::area::{AREAS, Area};
use crate::expectations::Expectations;
use crate::libtest::Arguments;
use crate::peer_figures::AllFigures;
use crate::run::{self, Run, Settings};
use crate::table;

/// The test that the page shows the figures.
const PAGE: &str = "readme_shows_what_is_expected";

/// What is said where there is no suite.
const HINT: &str =
    "set WPT_DIR to a checkout: git clone --depth 1 https://github.com/web-platform-tests/wpt";

enum Verdict {
    Ok,
    Ignored(&'static str),
    Failed(Vec<String>),
}

fn name_of(area: &Area) -> String {
    format!("web_platform_tests::{}", area.name)
}

pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let areas: Vec<&Area> = AREAS
        .iter()
        .filter(|it| arguments.wants(&name_of(it)))
        .collect();
    let mut names: Vec<String> = areas.iter().map(|area| name_of(area)).collect();
    if arguments.wants(PAGE) {
        names.push(PAGE.into());
    }
    // None is a bench, and none is ignored for a reason that would end if somebody asked for it.
    if arguments.bench || arguments.ignored {
        names.clear();
    }
    if arguments.list {
        if !arguments.ignored {
            names.iter().for_each(|name| println!("{name}: test"));
        }
        return ExitCode::SUCCESS;
    }
    let began = Instant::now();
    println!("\nrunning {} tests", names.len());
    let verdicts = judge(&names, &areas, &arguments).unwrap_or_else(|why| {
        let failed = |name: &String| (name.clone(), Verdict::Failed(vec![why.to_string()]));
        names.iter().map(failed).collect()
    });
    let (mut passed, mut failed, mut ignored) = (0, 0, 0);
    for name in &names {
        let said = match verdicts.get(name) {
            Some(Verdict::Ok) => {
                passed += 1;
                "ok".into()
            }
            Some(Verdict::Ignored(why)) => {
                ignored += 1;
                format!("ignored, {why}")
            }
            _ => {
                failed += 1;
                "FAILED".into()
            }
        };
        println!("test {name} ... {said}");
    }
    for (name, verdict) in &verdicts {
        if let Verdict::Failed(lines) = verdict {
            println!("\n---- {name} ----\n{}", lines.join("\n"));
        }
    }
    if failed > 0 {
        println!("\n`cargo run -p wpt -- --update` expects from now on what came");
    }
    let word = if failed > 0 { "FAILED" } else { "ok" };
    let left_out = AREAS.len() + 1 - names.len();
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "\ntest result: {word}. {passed} passed; {failed} failed; {ignored} ignored; 0 measured; \
         {left_out} filtered out; finished in {seconds:.2}s\n"
    );
    if failed > 0 {
        return ExitCode::from(101);
    }
    ExitCode::SUCCESS
}

/// Runs what is named.
fn judge(
    names: &[String],
    areas: &[&Area],
    arguments: &Arguments,
) -> Result<BTreeMap<String, Verdict>, Failure> {
    let mut verdicts = BTreeMap::new();
    let expectations = Expectations::read()?;
    let is_named = |name: &String| names.contains(name);
    if is_named(&PAGE.into()) {
        let is_current = table::is_page_current(&expectations, &AllFigures::read()?)?;
        let verdict = match is_current {
            true => Verdict::Ok,
            false => Verdict::Failed(vec!["tests/wpt/README.md shows other figures".into()]),
        };
        verdicts.insert(PAGE.into(), verdict);
    }
    let areas: Vec<&&Area> = areas
        .iter()
        .filter(|area| is_named(&name_of(area)))
        .collect();
    if areas.is_empty() {
        return Ok(verdicts);
    }
    let Some(dir) = std::env::var_os("WPT_DIR") else {
        for area in areas {
            verdicts.insert(name_of(area), Verdict::Ignored(HINT));
        }
        return Ok(verdicts);
    };
    let run = Run::new(Settings {
        suite: PathBuf::from(dir),
        packages: None,
        serve: None,
        slack: if cfg!(debug_assertions) { 3 } else { 1 },
    })?;
    let is_of = |id: &str| Area::of(id).is_some_and(|it| areas.iter().any(|area| **area == it));
    let (tests, _) = run.select(&expectations, true, |test| is_of(&test.id))?;
    let outcomes = run.all(None, tests.clone(), arguments.test_threads)?;
    println!("{}", table::of_run(&outcomes, &expectations));
    let differs = |id: &str, outcomes: &_| !run::difference(&expectations, id, outcomes).is_empty();
    let mut differing = tests.clone();
    differing.retain(|test| differs(&test.id, &outcomes));
    // Once more, one by one: what is then as expected was disturbed by what else the machine did.
    let again = match differing.is_empty() {
        true => BTreeMap::new(),
        false => run.all(None, differing.clone(), Some(1))?,
    };
    for area in areas {
        let mut lines = Vec::new();
        let of_area = |id: &str| Area::of(id) == Some(*area);
        for test in differing.iter().filter(|test| of_area(&test.id)) {
            let still = run::difference(&expectations, &test.id, &again);
            if still.is_empty() {
                for line in run::difference(&expectations, &test.id, &outcomes) {
                    println!("unsteady: {line}");
                }
            }
            lines.extend(still);
        }
        let verdict = match lines.is_empty() {
            true => Verdict::Ok,
            false => Verdict::Failed(lines),
        };
        verdicts.insert(name_of(area), verdict);
    }
    Ok(verdicts)
}
