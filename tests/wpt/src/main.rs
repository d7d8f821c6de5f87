//! Runs web-platform-tests, the public conformance suite of the web's APIs, in nano or in another runtime.
//!
//! ```text
//! WPT_DIR=path/to/wpt cargo run --release -p wpt -- url/        # what nano passes there
//! WPT_DIR=path/to/wpt cargo run --release -p wpt -- --update    # expects from now on what came
//! WPT_DIR=path/to/wpt cargo run --release -p wpt -- --runtime node url/
//! ```
//!
//! As a test it runs all of the suite and fails where anything differs from `expectations.json`.

mod area;
mod as_test;
mod expectations;
mod http;
mod libraries;
mod libtest;
mod meta;
mod nano_runtime;
mod outcome;
mod peer;
mod peer_figures;
mod run;
mod self_test;
mod server;
mod suite;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use expectations::Expectations;
use outcome::Outcome;
use peer_figures::AllFigures;
use run::{Run, Settings};
use suite::Test;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs web-platform-tests.
#[derive(Parser)]
struct Options {
    /// Only tests whose paths contain this.
    #[arg(default_value = "")]
    filter: String,
    /// A checkout of web-platform-tests; WPT_DIR where it is not given.
    #[arg(long)]
    suite: Option<PathBuf>,
    /// Another runtime: node, deno, bun, or the path of a program that takes a script.
    #[arg(long)]
    runtime: Option<String>,
    /// The folder of npm's packages in which node, deno and bun are looked for before the PATH.
    #[arg(long)]
    packages: Option<PathBuf>,
    /// Starts the suite's server; gets the suite's folder and three ports. WPT_SERVE where it is not given, else
    /// the suite's own, as
    /// `wpt serve` does it.
    #[arg(long, value_name = "COMMAND")]
    serve: Option<String>,
    /// Expect from now on what came, and write README.md's tables.
    #[arg(long)]
    update: bool,
    /// Run nano and every other runtime that is here, and write all figures down.
    #[arg(long, conflicts_with_all = ["runtime", "filter"])]
    table: bool,
    /// Says of each subtest that fails why.
    #[arg(long, short)]
    verbose: bool,
    /// Runs all so many times, and tells which tests differ between runs.
    #[arg(long, default_value_t = 1)]
    repeat: usize,
    /// How many tests run at once; 4 in nano, 2 in other runtimes where it is not given.
    #[arg(long)]
    jobs: Option<usize>,
    /// How many times the time that the suite gives a test; 3 in a debug build.
    #[arg(long, default_value_t = if cfg!(debug_assertions) { 3 } else { 1 })]
    slack: u32,
}

impl Options {
    fn settings(&self, suite: PathBuf) -> Settings {
        Settings {
            suite,
            packages: self.packages.clone(),
            serve: self.serve.clone(),
            slack: self.slack,
        }
    }
}

/// What fails, with what it says.
fn print_failures(outcomes: &BTreeMap<String, Outcome>) {
    for (id, outcome) in outcomes {
        if let Some(why) = &outcome.error {
            println!("{id}: {why}");
        }
        for (name, why) in &outcome.failed {
            println!("{id}: {name}: {why}");
        }
    }
}

/// The folder that WPT_DIR names, if it is set to something.
pub fn suite_of_environment() -> Option<PathBuf> {
    let dir = std::env::var_os("WPT_DIR").filter(|dir| !dir.is_empty())?;
    Some(dir.into())
}

/// Says which failures have no reason in the expectations.
fn print_unexplained(expectations: &Expectations, verbose: bool) {
    let mut ids = Vec::new();
    let mut count = 0;
    for (id, expected) in expectations.tests() {
        let unexplained = |name: &str| expectations.why(id, name).is_none();
        let failing = expected.fail.keys().filter(|name| unexplained(name));
        let failing = failing.count() + usize::from(expected.error.is_some() && unexplained(""));
        if failing > 0 && expectations.skipped(id).is_none() {
            count += failing;
            ids.push(format!("{id} ({failing})"));
        }
    }
    if count == 0 {
        return;
    }
    let tests = ids.len();
    let shown = if verbose { tests } else { tests.min(20) };
    let more = if shown < tests { " ..." } else { "" };
    let ids = ids.get(..shown).unwrap_or_default().join("\n  ");
    println!(
        "{count} failures in {tests} tests have no reason in expectations.json:\n  {ids}{more}"
    );
}

/// Says which tests are not run.
fn print_skipped(skipped: &[(Test, String)]) {
    let mut by_reason: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, why) in skipped {
        *by_reason.entry(why).or_default() += 1;
    }
    for (why, count) in by_reason {
        println!("skipped: {count} tests: {why}");
    }
}

/// Says what the checkout lacks; with `--update` that is forgotten.
fn print_missing(missing: &[String]) {
    for line in missing {
        println!("{line}");
    }
}

/// The tests that end otherwise in one run than in the first.
fn unsteady(first: &BTreeMap<String, Outcome>, other: &BTreeMap<String, Outcome>) -> Vec<String> {
    let mut lines = Vec::new();
    for (id, outcome) in first {
        let Some(again) = other.get(id).filter(|again| !again.is_like(outcome)) else {
            continue;
        };
        let names: BTreeSet<&String> = outcome.failed.keys().chain(again.failed.keys()).collect();
        let differ = |name: &&&String| {
            outcome.failed.contains_key(**name) != again.failed.contains_key(**name)
        };
        let names: Vec<&str> = names
            .iter()
            .filter(differ)
            .map(|name| name.as_str())
            .collect();
        let counts = format!("{} and {} pass", outcome.passed, again.passed);
        lines.push(format!("unsteady: {id}: {counts}: {}", names.join("; ")));
    }
    lines
}

/// Runs what the options say. True where everything is as expected.
fn measure(options: &Options, suite: PathBuf) -> Result<bool, Failure> {
    let run = Run::new(options.settings(suite))?;
    let mut expectations = Expectations::read()?;
    let mut peers = AllFigures::read()?;
    let name = options.runtime.as_deref();
    let is_wanted = |id: &str| id.contains(&options.filter);
    let wanted = |test: &Test| is_wanted(&test.id);
    let (tests, skipped) = run.select(&expectations, name.is_none(), wanted)?;
    let ids = run.ids(&expectations)?;
    let missing = expectations.missing(&ids, is_wanted);
    if tests.is_empty() && skipped.is_empty() && missing.is_empty() && !options.update {
        return Err(format!("no test's path contains '{}'", options.filter).into());
    }
    let outcomes = run.all(name, tests.clone(), options.jobs)?;
    if options.verbose {
        print_failures(&outcomes);
    }
    println!("{}", table::of_run(&outcomes, &expectations));
    print_skipped(&skipped);
    print_missing(&missing);
    let mut is_steady = true;
    for _ in 1..options.repeat {
        let again = run.all(name, tests.clone(), options.jobs)?;
        for line in unsteady(&outcomes, &again) {
            println!("{line}");
            is_steady = false;
        }
    }
    if let Some(peer) = name {
        if options.update {
            run.take_peer(peer, &outcomes, &mut expectations, &mut peers)?;
            expectations.write()?;
            peers.write()?;
            table::write_page(&expectations, &peers)?;
        }
        return Ok(is_steady && missing.is_empty());
    }
    if options.update {
        for (id, outcome) in &outcomes {
            expectations.take(id, outcome);
        }
        expectations.forget_missing(&ids, is_wanted);
        expectations.write()?;
        table::write_page(&expectations, &peers)?;
        print_unexplained(&expectations, options.verbose);
        return Ok(is_steady);
    }
    let mut is_same = missing.is_empty();
    for test in &tests {
        for line in run::difference(&expectations, &test.id, &outcomes) {
            println!("{line}");
            is_same = false;
        }
    }
    print_unexplained(&expectations, options.verbose);
    Ok(is_same && is_steady)
}

/// Runs everything that is here, and writes down what came.
fn measure_all(options: &Options, suite: PathBuf) -> Result<bool, Failure> {
    let run = Run::new(options.settings(suite))?;
    let mut expectations = Expectations::read()?;
    let mut peers = AllFigures::read()?;
    for name in peer::known() {
        let (tests, _) = run.select(&expectations, false, |_| true)?;
        eprintln!("{name}");
        match run.all(Some(name), tests, options.jobs) {
            Ok(outcomes) => run.take_peer(name, &outcomes, &mut expectations, &mut peers)?,
            Err(why) => eprintln!("{name} is left as it was: {why}"),
        }
    }
    eprintln!("nano");
    let (tests, skipped) = run.select(&expectations, true, |_| true)?;
    for (id, outcome) in &run.all(None, tests, options.jobs)? {
        expectations.take(id, outcome);
    }
    let ids = run.ids(&expectations)?;
    print_missing(&expectations.missing(&ids, |_| true));
    expectations.forget_missing(&ids, |_| true);
    expectations.write()?;
    peers.write()?;
    table::write_page(&expectations, &peers)?;
    println!("{}", table::comparison(&expectations, &peers));
    print_skipped(&skipped);
    print_unexplained(&expectations, options.verbose);
    Ok(true)
}

fn main() -> ExitCode {
    // `wpt as-test ...` does what `cargo test -p wpt -- ...` does, without a build of its own.
    let mut given = std::env::args_os();
    if cfg!(test) {
        return as_test::main(given);
    }
    if std::env::args_os()
        .nth(1)
        .is_some_and(|word| word == "as-test")
    {
        given.next();
        return as_test::main(given);
    }
    let options = Options::parse();
    let suite = options.suite.clone();
    let Some(dir) = suite.or_else(suite_of_environment) else {
        eprintln!("wpt: name a checkout of the suite with --suite or WPT_DIR");
        return ExitCode::from(2);
    };
    let done = match options.table {
        true => measure_all(&options, dir),
        false => measure(&options, dir),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("wpt: {why}");
            ExitCode::FAILURE
        }
    }
}
