//! The suite's own server, for what no file answers: it runs handlers in Python and fills in templates.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::OnceCell;

use crate::Failure;
use crate::http::{self, Request};

/// How long it may take until it answers.
const START: Duration = Duration::from_secs(60);

/// Runs the server in a process group of its own, and ends that as soon as the runner has gone, however that came:
/// then the pipe to its input is closed.
const KEEPER: &str = "trap '' TERM\n\
    ( trap - TERM; \"$@\" </dev/null; echo \"@@ended: $?\" ) &\n\
    cat >/dev/null\n\
    kill -TERM 0\n\
    sleep 0.5\n\
    kill -KILL 0\n";

/// The suite's `wpt serve`, without the virtual environment that it makes first: nothing has to be installed.
const OWN: &str = "import sys; sys.path.insert(0, '.'); from tools import localpaths; from tools.serve import serve; \
    serve.run(**vars(serve.get_parser().parse_args(sys.argv[1:])))";

/// How to start it, and it itself once something has been asked of it.
pub struct Server {
    suite: PathBuf,
    scratch: PathBuf,
    /// A command that gets the suite's folder and three ports; the suite's own program where there is none.
    command: Option<String>,
    running: OnceCell<Result<Running, String>>,
}

struct Running {
    address: String,
    // Both end with the runner.
    input: Option<ChildStdin>,
    keeper: Child,
}

impl Server {
    pub fn new(suite: &Path, scratch: &Path, command: Option<String>) -> Self {
        Self {
            suite: suite.into(),
            scratch: scratch.into(),
            command,
            running: OnceCell::new(),
        }
    }

    /// Where it listens. The first who asks starts it.
    pub async fn address(&self) -> Result<&str, Failure> {
        let running = self
            .running
            .get_or_init(async || self.start().await.map_err(|why| why.to_string()));
        match running.await {
            Ok(running) => Ok(&running.address),
            Err(why) => Err(why.as_str().into()),
        }
    }

    async fn start(&self) -> Result<Running, Failure> {
        let ports = free_ports()?;
        let [http, http_2, ws] = ports;
        let mut command: Vec<String> = Vec::new();
        if let Some(own) = &self.command {
            command.extend(own.split_whitespace().map(Into::into));
            command.push(self.suite.display().to_string());
            command.extend(ports.map(|port| port.to_string()));
        } else {
            let config = self.scratch.join("server.json");
            std::fs::write(&config, config_of(http, http_2, ws).to_string())?;
            let config = config.display().to_string();
            let words = ["python3", "-c", OWN, "--no-h2", "--config", &config];
            command.extend(words.map(Into::into));
        }
        let said = self.scratch.join("server.log");
        let log = File::create(&said)?;
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .args(&command)
            .current_dir(&self.suite)
            // The suite may lie where nothing can be written.
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let running = Running {
            address: format!("127.0.0.1:{http}"),
            input: keeper.stdin.take(),
            keeper,
        };
        let answers = async {
            let ping = Request {
                method: "GET".into(),
                path: "/resources/testharness.js".into(),
                headers: Vec::new(),
                body: None,
            };
            loop {
                let has_ended = || {
                    let said = std::fs::read_to_string(&said).unwrap_or_default();
                    said.contains("@@ended: ")
                };
                match http::send(&running.address, &ping).await {
                    Ok((head, _)) if head.status == 200 => return true,
                    _ if has_ended() => return false,
                    _ => tokio::time::sleep(Duration::from_millis(100)).await,
                }
            }
        };
        match tokio::time::timeout(START, answers).await {
            Ok(true) => Ok(running),
            _ => {
                let said = std::fs::read_to_string(&said).unwrap_or_default();
                let tail: Vec<&str> = said.lines().rev().take(10).collect();
                let tail: Vec<&str> = tail.into_iter().rev().collect();
                let command = command.join(" ");
                Err(format!("`{command}` does not serve: {}", tail.join("\n")).into())
            }
        }
    }

    /// Ends it, and waits until it has ended.
    pub async fn stop(&mut self) {
        if let Some(Ok(mut running)) = self.running.take() {
            drop(running.input.take());
            // Whether it ended well is of no interest.
            let _ = running.keeper.wait().await;
        }
    }
}

/// The server's configuration: on this machine, without TLS and without names to be looked up.
fn config_of(http: u16, http_2: u16, ws: u16) -> serde_json::Value {
    serde_json::json!({
        "browser_host": "127.0.0.1",
        "alternate_hosts": {},
        "check_subdomains": false,
        "bind_address": true,
        "ssl": { "type": "none" },
        "ports": {
            "http": [http, http_2], "ws": [ws], "https": [], "wss": [], "h2": [],
            "https-private": [], "https-public": [], "http-private": [], "http-public": [],
        },
    })
}

/// Ports that nobody has, and that hopefully nobody takes meanwhile.
fn free_ports() -> std::io::Result<[u16; 3]> {
    let bind = || TcpListener::bind(("127.0.0.1", 0));
    // Held together, so that they differ.
    let held = [bind()?, bind()?, bind()?];
    let mut ports = [0; 3];
    for (port, listener) in ports.iter_mut().zip(&held) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}
