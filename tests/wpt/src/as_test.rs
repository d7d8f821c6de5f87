//! The suite as a part of `cargo test`: each area is a test, each library, and what the runner must tell by itself.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use crate::Failure;
use crate::area::{AREAS, Area};
use crate::expectations::Expectations;
use crate::libraries::{self, Bundles, Missing};
use crate::libtest::Arguments;
use crate::peer_figures::AllFigures;
use crate::run::{self, Run, Settings};
use crate::self_test::SELF_TESTS;
use crate::suite::Test;
use crate::table;

/// The test that the page shows the figures.
const PAGE: &str = "readme_shows_what_is_expected";

/// What is said where there is no suite.
const HINT: &str =
    "set WPT_DIR to a checkout: git clone --depth 1 https://github.com/web-platform-tests/wpt";

enum Verdict {
    Ok,
    Ignored(String),
    Failed(Vec<String>),
}

impl Verdict {
    fn of(lines: Vec<String>) -> Self {
        match lines.is_empty() {
            true => Self::Ok,
            false => Self::Failed(lines),
        }
    }
}

type Verdicts = BTreeMap<String, Verdict>;

fn name_of(area: &Area) -> String {
    format!("web_platform_tests::{}", area.name)
}

fn name_of_library(program: &str) -> String {
    format!("libraries::{program}")
}

/// The names of all tests.
fn all() -> Vec<String> {
    let mut names: Vec<String> = AREAS.iter().map(name_of).collect();
    names.push(PAGE.into());
    names.extend(SELF_TESTS.iter().map(|(name, _)| (*name).to_owned()));
    // A folder that cannot be read is seen by the tests that other names stand for.
    let programs = libraries::programs().unwrap_or_default();
    names.extend(programs.iter().map(|program| name_of_library(program)));
    names
}

pub fn main(given: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments = Arguments::parse_from(given);
    let all = all();
    let mut names = all.clone();
    names.retain(|name| arguments.wants(name));
    // None is a bench, and none is ignored for a reason that would end if somebody asked for it.
    if arguments.bench || arguments.ignored {
        names.clear();
    }
    if arguments.list {
        names.iter().for_each(|name| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    let began = Instant::now();
    println!("\nrunning {} tests", names.len());
    let judged = judge(&names, &arguments);
    let has_run = judged.is_ok();
    let verdicts = judged.unwrap_or_else(|why| {
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
    let of_suite = |(name, verdict): (&String, &Verdict)| {
        matches!(verdict, Verdict::Failed(_))
            && !name.starts_with("libraries")
            && !name.starts_with("runner")
    };
    if has_run && verdicts.iter().any(of_suite) {
        println!("\n`cargo run -p wpt -- --update` expects from now on what came");
    }
    let word = if failed > 0 { "FAILED" } else { "ok" };
    let left_out = all.len() - names.len();
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
fn judge(names: &[String], arguments: &Arguments) -> Result<Verdicts, Failure> {
    let named: HashSet<&str> = names.iter().map(String::as_str).collect();
    let mut verdicts = Verdicts::new();
    if named.contains(PAGE) {
        let is_current = table::is_page_current(&Expectations::read()?, &AllFigures::read()?)?;
        let lines = match is_current {
            true => Vec::new(),
            false => vec!["tests/wpt/README.md shows other figures".into()],
        };
        verdicts.insert(PAGE.into(), Verdict::of(lines));
    }
    for (name, test) in SELF_TESTS.iter().filter(|(name, _)| named.contains(name)) {
        let lines = test().err().map(|why| why.to_string());
        verdicts.insert((*name).to_owned(), Verdict::of(lines.into_iter().collect()));
    }
    let is_named = |area: &&Area| named.contains(name_of(area).as_str());
    let areas: Vec<&Area> = AREAS.iter().filter(is_named).collect();
    if !areas.is_empty() {
        verdicts.extend(judge_areas(&areas, arguments)?);
    }
    let mut programs = libraries::programs()?;
    programs.retain(|program| named.contains(name_of_library(program).as_str()));
    if !programs.is_empty() {
        verdicts.extend(judge_libraries(&programs));
    }
    Ok(verdicts)
}

/// Runs the suite's tests of these areas.
fn judge_areas(areas: &[&Area], arguments: &Arguments) -> Result<Verdicts, Failure> {
    let Some(dir) = crate::suite_of_environment() else {
        let ignored = |area: &&Area| (name_of(area), Verdict::Ignored(HINT.into()));
        return Ok(areas.iter().map(ignored).collect());
    };
    let expectations = Expectations::read()?;
    let run = Run::new(Settings {
        suite: dir,
        packages: None,
        serve: None,
        slack: if cfg!(debug_assertions) { 3 } else { 1 },
    })?;
    let is_of = |id: &str| Area::of(id).is_some_and(|area| areas.contains(&area));
    let (tests, _) = run.select(&expectations, true, |test| is_of(&test.id))?;
    let outcomes = run.all(None, tests.clone(), arguments.test_threads)?;
    println!("{}", table::of_run(&outcomes, &expectations));
    let mut differing = tests;
    differing.retain(|test| !run::difference(&expectations, &test.id, &outcomes).is_empty());
    // Once more, one by one: what is then as expected was disturbed by what else the machine did.
    let again = match differing.is_empty() {
        true => BTreeMap::new(),
        false => run.all(None, differing.clone(), Some(1))?,
    };
    let ids = run.ids(&expectations)?;
    let mut verdicts = Verdicts::new();
    for area in areas {
        let mut lines = expectations.missing(&ids, |id| Area::of(id) == Some(area));
        let of_area = |test: &&Test| Area::of(&test.id) == Some(area);
        for test in differing.iter().filter(of_area) {
            let still = run::difference(&expectations, &test.id, &again);
            if still.is_empty() {
                for line in run::difference(&expectations, &test.id, &outcomes) {
                    println!("unsteady: {line}");
                }
            }
            lines.extend(still);
        }
        verdicts.insert(name_of(area), Verdict::of(lines));
    }
    Ok(verdicts)
}

/// Runs the programs of these names.
fn judge_libraries(programs: &[String]) -> Verdicts {
    let for_all = |verdict: &dyn Fn() -> Verdict| {
        let pair = |program: &String| (name_of_library(program), verdict());
        programs.iter().map(pair).collect()
    };
    let bundles = match Bundles::make() {
        Ok(bundles) => bundles,
        Err(Missing::Npm(why)) => return for_all(&|| Verdict::Ignored(why.clone())),
        Err(Missing::Other(why)) => return for_all(&|| Verdict::Failed(vec![why.to_string()])),
    };
    let judge = |program: &String| {
        let failure = bundles.check(program).err().map(|why| why.to_string());
        let lines = failure.into_iter().collect();
        (name_of_library(program), Verdict::of(lines))
    };
    programs.iter().map(judge).collect()
}
