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
mod expectations;
mod meta;
mod nano_runtime;
mod outcome;
mod peer;
mod suite;
mod table;

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use expectations::Expectations;
use outcome::Outcome;
use peer::Peer;
use suite::{Suite, Test};

/// Runs web-platform-tests.
#[derive(Parser)]
struct Options {
    /// Only tests whose paths contain this.
    #[arg(default_value = "")]
    filter: String,
    /// A checkout of web-platform-tests; WPT_DIR where it is not given.
    #[arg(long)]
    suite: Option<PathBuf>,
    /// Another runtime: node, deno, bun, or a command.
    #[arg(long)]
    runtime: Option<String>,
    /// Expect from now on what came.
    #[arg(long)]
    update: bool,
    /// Says of each subtest that fails why.
    #[arg(long, short)]
    verbose: bool,
    /// How many tests run at once.
    #[arg(long, default_value_t = 4)]
    jobs: usize,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

enum Runner {
    Nano(nano::Runtime),
    Peer(Peer),
}

impl Runner {
    async fn run(&self, number: usize, suite: &Suite, test: &Test) -> Outcome {
        let program = match suite.program(test) {
            Ok(program) => program,
            Err(why) => return Outcome::crashed(why.to_string()),
        };
        match self {
            Self::Nano(runtime) => nano_runtime::run(runtime, &program).await,
            Self::Peer(peer) => peer.run(number, &program).await,
        }
    }
}

/// Runs all tests, so many at once.
async fn run_all(
    runner: Runner,
    suite: Suite,
    tests: Vec<Test>,
    jobs: usize,
) -> BTreeMap<String, Outcome> {
    let (runner, suite) = (Arc::new(runner), Arc::new(suite));
    let places = Arc::new(Semaphore::new(jobs.max(1)));
    let shows = std::io::stderr().is_terminal();
    let count = tests.len();
    let mut running = JoinSet::new();
    for (number, test) in tests.into_iter().enumerate() {
        let (runner, suite, places) = (runner.clone(), suite.clone(), places.clone());
        running.spawn(async move {
            // An error would mean that the places are closed, which they never are.
            let place = places.acquire().await;
            let outcome = runner.run(number, &suite, &test).await;
            drop(place);
            (test.id, outcome)
        });
    }
    let mut outcomes = BTreeMap::new();
    while let Some(done) = running.join_next().await {
        // A panic has been reported; its test has no outcome, which is seen as a difference.
        let Ok((id, outcome)) = done else { continue };
        if shows {
            eprint!("\r{}/{count} \x1b[K", outcomes.len() + 1);
        }
        outcomes.insert(id, outcome);
    }
    if shows {
        eprintln!();
    }
    outcomes
}

fn run(options: &Options, dir: PathBuf) -> Result<bool, Failure> {
    let suite = Suite::open(&dir).map_err(|why| format!("{}: {why}", dir.display()))?;
    let mut expectations = Expectations::read()?;
    let mut tests = suite.tests(&options.filter)?;
    let is_nano = options.runtime.is_none();
    let count = tests.len();
    if is_nano {
        tests.retain(|test| expectations.skipped(&test.id).is_none());
    }
    let skipped = count - tests.len();
    let io = tokio::runtime::Runtime::new()?;
    let runner = match &options.runtime {
        Some(name) => Runner::Peer(Peer::new(name)?),
        None => Runner::Nano(nano_runtime::runtime()?),
    };
    let outcomes = io.block_on(run_all(runner, suite, tests, options.jobs));
    if options.verbose {
        for (id, outcome) in &outcomes {
            if let Some(why) = &outcome.error {
                println!("{id}: {why}");
            }
            for (name, why) in &outcome.failed {
                println!("{id}: {name}: {why}");
            }
        }
    }
    println!("{}", table::table(&outcomes));
    if skipped > 0 {
        println!("{skipped} tests were skipped, for reasons that expectations.json gives");
    }
    if !is_nano {
        return Ok(true);
    }
    if options.update {
        for (id, outcome) in &outcomes {
            expectations.take(id, outcome);
        }
        expectations.write()?;
        return Ok(true);
    }
    let mut is_same = true;
    for (id, outcome) in &outcomes {
        for line in expectations.compare(id, outcome) {
            println!("{line}");
            is_same = false;
        }
    }
    Ok(is_same)
}

/// As a test, with what the harness's own would say.
fn as_test() -> ExitCode {
    let Some(dir) = std::env::var_os("WPT_DIR") else {
        println!(
            "test web-platform-tests ... ignored, set WPT_DIR to a checkout: \
             git clone --depth 1 https://github.com/web-platform-tests/wpt"
        );
        return ExitCode::SUCCESS;
    };
    let options = Options::parse_from(["wpt"]);
    match run(&options, dir.into()) {
        Ok(true) => {
            println!("test web-platform-tests ... ok");
            ExitCode::SUCCESS
        }
        Ok(false) => {
            println!(
                "test web-platform-tests ... FAILED: `cargo run -p wpt -- --update` expects from now on what came"
            );
            ExitCode::FAILURE
        }
        Err(why) => {
            println!("test web-platform-tests ... FAILED: {why}");
            ExitCode::FAILURE
        }
    }
}

fn main() -> ExitCode {
    if cfg!(test) {
        return as_test();
    }
    let options = Options::parse();
    let suite = options.suite.clone();
    let Some(dir) = suite.or_else(|| std::env::var_os("WPT_DIR").map(PathBuf::from)) else {
        eprintln!("wpt: name a checkout of the suite with --suite or WPT_DIR");
        return ExitCode::from(2);
    };
    match run(&options, dir) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("wpt: {why}");
            ExitCode::FAILURE
        }
    }
}
