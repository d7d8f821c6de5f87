//! Standard output and error: colour, and a reader that goes away.

use std::io::{ErrorKind, Write};
use std::sync::Arc;

use nano::{Output, wants_color};
use tokio::sync::Notify;

/// Writes what the script prints, and tells when nobody reads it any more.
pub struct Streams {
    closed: Arc<Notify>,
}

impl Streams {
    pub fn new(closed: Arc<Notify>) -> Self {
        Self { closed }
    }
}

impl Output for Streams {
    fn write(&self, error: bool, text: &str) {
        if error {
            // Where standard error is gone there is nobody to tell.
            let _ = std::io::stderr().lock().write_all(text.as_bytes());
            return;
        }
        let mut out = std::io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        if written.is_err_and(|why| why.kind() == ErrorKind::BrokenPipe) {
            self.closed.notify_one();
        }
    }

    fn color(&self, error: bool) -> bool {
        wants_color(error)
    }
}

/// A line of ours on standard error.
pub fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
