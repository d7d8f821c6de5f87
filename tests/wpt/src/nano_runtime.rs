//! Tests in nano: each in an isolate of its own, many in one process.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nano::{
    ActorSpec, Fetched, FileLoader, Limits, LoadError, Loader, ModuleType, Output, Runtime, Source,
    SpawnError,
};
use percent_encoding::percent_decode_str;
use tokio::runtime::Handle;

use crate::Failure;
use crate::http;
use crate::outcome::{Outcome, Report};
use crate::server::Server;
use crate::suite::Program;

const DRIVER: &str = include_str!("../js/nano.mjs");
const SCOPE: &str = include_str!("../js/scope.mjs");

/// Requests to the suite's server: a number, so that each is a module of its own, and the request.
const EXCHANGE: &str = "wpt:exchange/";

/// The driver's own modules, what the suite's server answers, and files.
struct Modules {
    files: FileLoader,
    /// The suite's folder, which is what lies at its origin.
    root: PathBuf,
    server: Arc<Server>,
    io: Handle,
}

impl Modules {
    /// The file of the suite that a test has by `url`, as a worker has its script.
    fn file_of(&self, url: &str) -> Option<String> {
        let (_, rest) = url.strip_prefix("http://")?.split_once('/')?;
        let path = rest.split(['?', '#']).next()?;
        Some(format!("file://{}/{path}", self.root.display()))
    }
}

impl Loader for Modules {
    fn name(&self) -> &str {
        "wpt"
    }

    fn resolve(&self, specifier: &str, referrer: &str) -> Result<String, LoadError> {
        if specifier == "wpt:scope" || specifier.starts_with(EXCHANGE) {
            return Ok(specifier.into());
        }
        self.files.resolve(specifier, referrer)
    }

    fn load(&self, url: &str, kind: ModuleType) -> Fetched {
        if url == "wpt:scope" {
            return Fetched::Now(Ok(Source::new(SCOPE)));
        }
        let Some(request) = url.strip_prefix(EXCHANGE) else {
            let file = self.file_of(url);
            return self.files.load(file.as_deref().unwrap_or(url), kind);
        };
        let (server, request) = (self.server.clone(), request.to_owned());
        let answer = self
            .io
            .spawn(async move { exchange(&server, &request).await });
        Fetched::Later(Box::pin(async move {
            let why = match answer.await {
                Ok(Ok(answer)) => return Ok(Source::from_bytes(answer)),
                Ok(Err(why)) => why.to_string(),
                Err(why) => why.to_string(),
            };
            let url = "the suite's server".into();
            Err(LoadError::Unreadable { url, why })
        }))
    }
}

/// A line of JSON with the head of the answer, and the body behind it.
async fn exchange(server: &Server, request: &str) -> Result<Vec<u8>, Failure> {
    let (_, request) = request.split_once('/').unwrap_or_default();
    let request = percent_decode_str(request).decode_utf8()?;
    let request = serde_json::from_str(&request)?;
    let (head, body) = http::send(server.address().await?, &request).await?;
    let mut answer = serde_json::to_vec(&head)?;
    answer.push(b'\n');
    answer.extend(body);
    Ok(answer)
}

/// What tests print is of no interest.
struct Quiet;

impl Output for Quiet {
    fn write(&self, _: bool, _: &str) {}

    fn color(&self, _: bool) -> bool {
        false
    }
}

/// The runtime in which all tests of the suite at `root` run; what the server is asked goes through `io`.
pub fn runtime(root: &Path, server: Arc<Server>, io: Handle) -> Result<Runtime, SpawnError> {
    let modules = Modules {
        files: FileLoader::new(),
        root: root.to_owned(),
        server,
        io,
    };
    Runtime::builder()
        .loader(Arc::new(modules))
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
    // Workers' scripts are relative to it.
    let url = format!("{}{}", program.origin, program.path);
    let spec = ActorSpec::module(url, DRIVER).limits(limits);
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
