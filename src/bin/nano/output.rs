//! Standard output and error: colour, and a stream that breaks.

use std::io::{self, ErrorKind};
use std::sync::{Arc, OnceLock};

use nano::{Output, ProcessOutput, write_whole};
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
    fn note(&self, error: bool, why: &io::Error) {
        let broken = match error {
            true => &self.err,
            false => &self.out,
        };
        broken.get_or_init(|| io::Error::new(why.kind(), why.to_string()));
        self.noticed.notify_one();
    }

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

/// What the script prints, and what is said of it.
pub struct Streams {
    pub output: ProcessOutput,
    pub broken: Arc<Broken>,
}

impl Streams {
    pub fn new() -> Self {
        let broken = Arc::new(Broken::default());
        let output = ProcessOutput::new({
            let broken = broken.clone();
            move |error, why| broken.note(error, why)
        });
        Self { output, broken }
    }

    /// A line of ours on standard error, behind what the script has printed there.
    pub fn complain(&self, text: &str) {
        self.output.write(true, &format!("{text}\n"));
    }
}

/// A line of ours on standard error, before there is a script.
pub fn complain(text: &str) {
    // Where standard error is gone there is nobody to tell.
    let _ = write_whole(&mut io::stderr().lock(), format!("{text}\n").as_bytes());
}
