//! Tests in another runtime: each in a process of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::outcome::{Outcome, Report};
use crate::suite::Program;

/// A runtime that is run by a command.
pub struct Peer {
    command: Vec<String>,
    driver: PathBuf,
    scratch: PathBuf,
}

impl Peer {
    /// The one called `name`, or whatever command that is.
    pub fn new(name: &str) -> std::io::Result<Self> {
        let command = match name {
            "deno" => "deno run --quiet --allow-all",
            "bun" => "bun run",
            other => other,
        };
        let scratch = std::env::temp_dir().join(format!("wpt-{}", std::process::id()));
        std::fs::create_dir_all(&scratch)?;
        Ok(Self {
            command: command.split_whitespace().map(Into::into).collect(),
            driver: Path::new(env!("CARGO_MANIFEST_DIR")).join("js/peer.mjs"),
            scratch,
        })
    }

    /// Runs one test, the one of this number.
    pub async fn run(&self, number: usize, program: &Program) -> Outcome {
        match self.try_run(number, program).await {
            Ok(outcome) => outcome,
            Err(why) => Outcome::crashed(why.to_string()),
        }
    }

    async fn try_run(&self, number: usize, program: &Program) -> std::io::Result<Outcome> {
        let file = self.scratch.join(format!("{number}.json"));
        std::fs::write(&file, serde_json::to_vec(program)?)?;
        let Some((name, arguments)) = self.command.split_first() else {
            return Ok(Outcome::crashed("no command".into()));
        };
        let run = Command::new(name)
            .args(arguments)
            .args([&self.driver, &file])
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let timeout = Duration::from_millis(program.timeout_ms) + Duration::from_secs(5);
        let Ok(ran) = tokio::time::timeout(timeout, run).await else {
            return Ok(Outcome::crashed("the process did not end".into()));
        };
        let ran = ran?;
        let text = String::from_utf8_lossy(&ran.stdout);
        let report = text
            .lines()
            .find_map(|line| line.strip_prefix("@@report "))
            .and_then(|json| serde_json::from_str::<Report>(json).ok());
        Ok(match report {
            Some(report) => report.into(),
            None => {
                let said = String::from_utf8_lossy(&ran.stderr);
                let last = said.lines().rfind(|line| !line.is_empty());
                Outcome::crashed(format!("{}: {}", ran.status, last.unwrap_or_default()))
            }
        })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // What is left in the folder for temporary files is the system's to clear.
        let _ = std::fs::remove_dir_all(&self.scratch);
    }
}
