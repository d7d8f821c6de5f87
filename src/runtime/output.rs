//! Where `console` writes.

use std::io::{IsTerminal, Write};

use crate::exchange::Stream;

/// Takes what isolates print. Called in their turns: an implementation must not wait for anything slow.
pub trait Output: Send + Sync {
    /// Writes text, which ends in a newline, to standard error if `error`, else to standard output.
    fn write(&self, error: bool, text: &str);
    /// Whether text for that stream may hold ANSI colours.
    fn color(&self, error: bool) -> bool;
}

/// The process's own streams. A stream that is closed swallows what is written.
#[derive(Debug, Default)]
pub(crate) struct Process;

impl Output for Process {
    fn write(&self, error: bool, text: &str) {
        // A reader that went away is no concern of the script's.
        let _ = if error {
            std::io::stderr().lock().write_all(text.as_bytes())
        } else {
            std::io::stdout().lock().write_all(text.as_bytes())
        };
    }

    fn color(&self, error: bool) -> bool {
        if std::env::var_os("NO_COLOR").is_some() {
            return false;
        }
        if error {
            std::io::stderr().is_terminal()
        } else {
            std::io::stdout().is_terminal()
        }
    }
}

pub(crate) fn is_error(stream: Stream) -> bool {
    stream == Stream::Err
}
