//! Tests in nano: each in an isolate of its own, many in one process.

use std::sync::Arc;
use std::time::Duration;

use nano::{
    ActorSpec, Fetched, FileLoader, Limits, LoadError, Loader, ModuleType, Output, Runtime, Source,
    SpawnError,
};

use crate::outcome::{Outcome, Report};
use crate::suite::Program;

const DRIVER: &str = include_str!("../js/nano.mjs");
const SCOPE: &str = include_str!("../js/scope.mjs");

/// The driver's own modules, and files.
struct Modules(FileLoader);

impl Loader for Modules {
    fn name(&self) -> &str {
        "wpt"
    }

    fn resolve(&self, specifier: &str, referrer: &str) -> Result<String, LoadError> {
        match specifier {
            "wpt:scope" => Ok(specifier.into()),
            _ => self.0.resolve(specifier, referrer),
        }
    }

    fn load(&self, url: &str, kind: ModuleType) -> Fetched {
        match url {
            "wpt:scope" => Fetched::Now(Ok(Source::new(SCOPE))),
            _ => self.0.load(url, kind),
        }
    }
}

/// What tests print is of no interest.
struct Quiet;

impl Output for Quiet {
    fn write(&self, _: bool, _: &str) {}

    fn color(&self, _: bool) -> bool {
        false
    }
}

/// The runtime in which all tests run.
pub fn runtime() -> Result<Runtime, SpawnError> {
    Runtime::builder()
        .loader(Arc::new(Modules(FileLoader::new())))
        .output(Quiet)
        .build()
}

/// Runs one test.
pub async fn run(runtime: &Runtime, program: &Program) -> Outcome {
    let timeout = Duration::from_millis(program.timeout_ms) + Duration::from_secs(5);
    let cpu = program.timeout_ms + 1_000;
    let limits = Limits::default()
        .with_heap_bytes(512 << 20)
        .with_buffer_bytes(1 << 30)
        .with_cpu_ms_per_call(cpu)
        .with_cpu_ms_per_turn(cpu)
        .with_wall_ms_per_call(Limits::NONE);
    let spec = ActorSpec::module("wpt:test", DRIVER).limits(limits);
    let actor = match runtime.spawn(spec).await {
        Ok(actor) => actor,
        Err(why) => return Outcome::crashed(why.to_string()),
    };
    let report = actor.ask::<Report>("run", program).timeout(timeout).await;
    actor.kill();
    match report {
        Ok(report) => report.into(),
        Err(why) => Outcome::crashed(why.to_string()),
    }
}
