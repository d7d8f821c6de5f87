//! Standard output and error: colour, and a stream that breaks.

use std::io::{self, ErrorKind};
use std::sync::{Arc, OnceLock};

use nano::{Output, wants_color, write_whole};
use tokio::sync::Notify;

/// What became of the streams.
#[derive(Default)]
pub struct Broken {
    /// Told once a stream can't be written to any more.
    pub noticed: Notify,
    out: OnceLock<io::Error>,
    err: OnceLock<io::Error>,
}

impl Broken {
    /// What is lost, and why, unless it is that the reader went away.
    pub fn lost(&self) -> Option<String> {
        let streams = [
            ("standard output", &self.out),
            ("standard error", &self.err),
        ];
        let lost = streams.into_iter().find_map(|(name, why)| {
            let why = why.get()?;
            (why.kind() != ErrorKind::BrokenPipe).then_some((name, why))
        });
        lost.map(|(name, why)| format!("{name} was lost: {why}"))
    }
}

/// Writes what the script prints, and tells when that is in vain.
pub struct Streams {
    broken: Arc<Broken>,
}

impl Streams {
    pub fn new(broken: Arc<Broken>) -> Self {
        Self { broken }
    }
}

impl Output for Streams {
    fn write(&self, error: bool, text: &str) {
        let broken = match error {
            true => &self.broken.err,
            false => &self.broken.out,
        };
        if broken.get().is_some() {
            return;
        }
        let written = match error {
            true => write_whole(&mut io::stderr().lock(), text.as_bytes()),
            false => write_whole(&mut io::stdout().lock(), text.as_bytes()),
        };
        if let Err(why) = written {
            broken.get_or_init(|| why);
            self.broken.noticed.notify_one();
        }
    }

    fn color(&self, error: bool) -> bool {
        wants_color(error)
    }
}

/// A line of ours on standard error.
pub fn complain(text: &str) {
    // Where standard error is gone there is nobody to tell.
    let _ = write_whole(&mut io::stderr().lock(), format!("{text}\n").as_bytes());
}
