//! Where `console` writes.

use std::io::{IsTerminal, Write};

use crate::exchange::Stream;

/// Takes what isolates print. Called in their turns: an implementation must not wait for anything slow.
pub trait Output: Send + Sync {
    /// Writes text, which ends in a newline, to standard error if `error`, else to standard output.
    fn write(&self, error: bool, text: &str);

    /// Whether text for that stream may hold ANSI colours. By default what suits the process's own
    /// stream: it does where `FORCE_COLOR` says so, else if it is a terminal that knows colours and
    /// `NO_COLOR` does not forbid them, as in Node.
    fn color(&self, error: bool) -> bool {
        let is_terminal = if error {
            std::io::stderr().is_terminal()
        } else {
            std::io::stdout().is_terminal()
        };
        wants_color(is_terminal, |name| std::env::var(name).ok())
    }
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
}

pub(crate) fn is_error(stream: Stream) -> bool {
    stream == Stream::Err
}

/// Node's `shouldColorize`: a stream that is told to use colours does, whatever it is.
fn wants_color(is_terminal: bool, variable: impl Fn(&str) -> Option<String>) -> bool {
    if let Some(force) = variable("FORCE_COLOR") {
        return matches!(force.as_str(), "" | "1" | "true" | "2" | "3");
    }
    let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
    is_terminal
        && !is_set("NO_COLOR")
        && !is_set("NODE_DISABLE_COLORS")
        && variable("TERM").as_deref() != Some("dumb")
}

#[cfg(test)]
mod tests {
    use super::wants_color;

    #[test]
    fn force_color_decides_before_no_color_and_that_before_the_terminal() {
        let wants = |is_terminal, set: &[(&str, &str)]| {
            wants_color(is_terminal, |name| {
                let found = set.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(wants(true, &[("TERM", "xterm")]) && !wants(false, &[("TERM", "xterm")]));
        for force in ["", "1", "2", "3", "true"] {
            assert!(wants(false, &[("FORCE_COLOR", force), ("NO_COLOR", "1")]));
        }
        for force in ["0", "false", "never"] {
            assert!(!wants(true, &[("FORCE_COLOR", force)]));
        }
        assert!(!wants(true, &[("NO_COLOR", "1")]) && wants(true, &[("NO_COLOR", "")]));
        assert!(!wants(true, &[("NODE_DISABLE_COLORS", "1")]));
        assert!(!wants(true, &[("TERM", "dumb")]));
    }
}
