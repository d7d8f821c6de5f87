//! Runs tests, many at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::Failure;
use crate::area::Area;
use crate::expectations::Expectations;
use crate::nano_runtime;
use crate::outcome::Outcome;
use crate::peer::Peer;
use crate::peer_figures::AllFigures;
use crate::server::Server;
use crate::suite::{Suite, Test};
use crate::table;

/// How often the progress is told where there is no terminal.
const TELL: Duration = Duration::from_secs(15);

/// Where things are.
pub struct Settings {
    pub suite: PathBuf,
    pub packages: Option<PathBuf>,
    pub serve: Option<String>,
    pub slack: u32,
}

/// All that runs have in common.
pub struct Run {
    suite: Arc<Suite>,
    packages: PathBuf,
    slack: u32,
    scratch: PathBuf,
    server: Arc<Server>,
    io: tokio::runtime::Runtime,
}

enum Runner {
    Nano(nano::Runtime),
    Peer(Peer),
}

/// Tests that are run, and those that are not, with the reason.
type Selection = (Vec<Test>, Vec<(Test, String)>);

impl Runner {
    async fn run(&self, number: usize, suite: &Suite, test: &Test, slack: u32) -> Outcome {
        let program = match suite.program(test, slack) {
            Ok(program) => program,
            Err(why) => return Outcome::crashed(why.to_string()),
        };
        match self {
            Self::Nano(runtime) => nano_runtime::run(runtime, &program).await,
            Self::Peer(peer) => peer.run(number, program).await,
        }
    }
}

impl Run {
    pub fn new(settings: Settings) -> Result<Self, Failure> {
        let dir = &settings.suite;
        let suite = Suite::open(dir).map_err(|why| format!("{}: {why}", dir.display()))?;
        let scratch = std::env::temp_dir().join(format!("wpt-{}", std::process::id()));
        std::fs::create_dir_all(&scratch)?;
        let serve = settings.serve.or_else(|| std::env::var("WPT_SERVE").ok());
        let serve = serve.filter(|command| !command.trim().is_empty());
        let packages = settings.packages.unwrap_or_else(|| {
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benches/peers/node_modules")
        });
        Ok(Self {
            server: Arc::new(Server::new(&suite.root, &scratch, serve)),
            suite: Arc::new(suite),
            packages,
            slack: settings.slack,
            scratch,
            io: tokio::runtime::Runtime::new()?,
        })
    }

    /// The ids of all tests that some runtime runs.
    pub fn ids(&self, expectations: &Expectations) -> Result<BTreeSet<String>, Failure> {
        let (tests, _) = self.select(expectations, false, |_| true)?;
        Ok(tests.into_iter().map(|test| test.id).collect())
    }

    /// The tests that are wanted, and those of them that are not run, with the reason. Other runtimes are spared only
    /// what is no part of the areas.
    pub fn select(
        &self,
        expectations: &Expectations,
        is_nano: bool,
        wanted: impl Fn(&Test) -> bool,
    ) -> Result<Selection, Failure> {
        let (mut tests, mut skipped) = (Vec::new(), Vec::new());
        for test in self.suite.tests()?.into_iter().filter(wanted) {
            let skip = expectations.skipped(&test.id);
            match skip.filter(|skip| is_nano || skip.for_all) {
                Some(skip) => skipped.push((test, skip.skip.clone().unwrap_or_default())),
                None => tests.push(test),
            }
        }
        Ok((tests, skipped))
    }

    fn peer(&self, name: &str) -> Result<Peer, Failure> {
        Peer::new(name, &self.packages, &self.scratch, self.server.clone())
    }

    /// Runs the tests in nano, or in the runtime of that name.
    pub fn all(
        &self,
        runtime: Option<&str>,
        tests: Vec<Test>,
        jobs: Option<usize>,
    ) -> Result<BTreeMap<String, Outcome>, Failure> {
        let runner = match runtime {
            Some(name) => Runner::Peer(self.peer(name)?),
            None => Runner::Nano(nano_runtime::runtime(
                &self.suite.root,
                self.server.clone(),
                self.io.handle().clone(),
            )?),
        };
        let jobs = jobs.unwrap_or(if runtime.is_some() { 2 } else { 4 });
        Ok(self.io.block_on(self.run_all(runner, tests, jobs)))
    }

    async fn run_all(
        &self,
        runner: Runner,
        tests: Vec<Test>,
        jobs: usize,
    ) -> BTreeMap<String, Outcome> {
        let (runner, slack) = (Arc::new(runner), self.slack);
        let places = Arc::new(Semaphore::new(jobs.max(1)));
        let count = tests.len();
        let mut running = JoinSet::new();
        for (number, test) in tests.into_iter().enumerate() {
            let (runner, suite, places) = (runner.clone(), self.suite.clone(), places.clone());
            running.spawn(async move {
                // An error would mean that the places are closed, which they never are.
                let place = places.acquire().await;
                let outcome = runner.run(number, &suite, &test, slack).await;
                drop(place);
                (test.id, outcome)
            });
        }
        let shows = std::io::stderr().is_terminal();
        let mut told = Instant::now();
        let mut outcomes = BTreeMap::new();
        while let Some(done) = running.join_next().await {
            // A panic has been reported; its test has no outcome, which is seen as a difference.
            let Ok((id, outcome)) = done else { continue };
            if shows {
                eprint!("\r{}/{count} \x1b[K", outcomes.len() + 1);
            } else if told.elapsed() > TELL {
                eprintln!("{}/{count}", outcomes.len() + 1);
                told = Instant::now();
            }
            outcomes.insert(id, outcome);
        }
        if shows {
            eprintln!();
        }
        outcomes
    }

    /// Writes down what another runtime passes, and how many subtests it has seen.
    pub fn take_peer(
        &self,
        name: &str,
        outcomes: &BTreeMap<String, Outcome>,
        expectations: &mut Expectations,
        peers: &mut AllFigures,
    ) -> Result<(), Failure> {
        let peer = self.peer(name)?;
        let figures = peers.0.entry(peer.name).or_default();
        figures.version = peer.version;
        let (all, _) = self.select(expectations, false, |_| true)?;
        let ids = self.ids(expectations)?;
        let is_whole = |name: &str| {
            let is_of = |id: &str| Area::of(id).is_some_and(|area| area.name == name);
            let mut of_area = all.iter().filter(|test| is_of(&test.id));
            of_area.all(|test| outcomes.contains_key(&test.id))
                && expectations.missing(&ids, is_of).is_empty()
        };
        for (area, passed) in table::passed(outcomes) {
            if is_whole(area) {
                figures.passed.insert(area.into(), passed);
            }
        }
        for (id, outcome) in outcomes {
            expectations.take_count(id, outcome);
        }
        Ok(())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if let Some(server) = Arc::get_mut(&mut self.server) {
            self.io.block_on(server.stop());
        }
        // What is left in the folder for temporary files is the system's to clear.
        let _ = std::fs::remove_dir_all(&self.scratch);
    }
}

/// What differs from what was expected of a test, a line each.
pub fn difference(
    expectations: &Expectations,
    id: &str,
    outcomes: &BTreeMap<String, Outcome>,
) -> Vec<String> {
    match outcomes.get(id) {
        Some(outcome) => expectations.compare(id, outcome),
        None => vec![format!("{id}: the runner has no outcome")],
    }
}
