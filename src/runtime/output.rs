//! Where `console` writes.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::os::fd::AsFd;
use std::time::Duration;

use super::stream::wait_for_room;
use crate::exchange::Stream;

/// Takes what isolates print. Called in their turns: an implementation must not wait for anything slow.
pub trait Output: Send + Sync {
    /// Writes text, which ends in a newline, to standard error if `error`, else to standard output.
    fn write(&self, error: bool, text: &str);

    /// The same for what an isolate prints, where an implementation may wait for room all the same: until there is
    /// some, or `is_over`, since the isolate was stopped, which is to be asked every few milliseconds. Other isolates
    /// are run by other threads meanwhile, of which there are [so many](crate::RuntimeBuilder::spare_threads).
    fn write_until(&self, error: bool, text: &str, is_over: &dyn Fn() -> bool) {
        let _ = is_over;
        self.write(error, text);
    }

    /// Whether text for that stream may hold ANSI colours.
    fn color(&self, error: bool) -> bool;

    /// Waits until what was written has gone out, as long as some of it goes within `patience`. Called when a
    /// runtime ends. False where something is left.
    fn flush(&self, patience: Duration) -> bool {
        let _ = patience;
        true
    }
}

/// Writes all of `bytes`, and flushes: to a stream that is non-blocking, too, since whoever shares a pipe
/// or terminal with this process may have made it so. Waits while the stream takes nothing.
///
/// ```
/// nano::write_whole(&mut std::io::stdout().lock(), b"whole\n")?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// What the stream says, other than that it takes nothing at the moment.
pub fn write_whole(stream: &mut (impl Write + AsFd), bytes: &[u8]) -> io::Result<()> {
    let mut rest = bytes;
    loop {
        let result = match rest {
            [] => stream.flush().map(|()| true),
            _ => stream.write(rest).map(|written| {
                rest = rest.get(written..).unwrap_or_default();
                false
            }),
        };
        match result {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(why) if why.kind() == ErrorKind::Interrupted => {}
            Err(why) if why.kind() == ErrorKind::WouldBlock => wait_for_room(stream.as_fd())?,
            Err(why) => return Err(why),
        }
    }
}

/// Whether the process's standard error, or its standard output, gets ANSI colours: the environment
/// decides, then whether it is a terminal.
pub fn wants_color(error: bool) -> bool {
    wanted_color(|name| std::env::var(name).ok()).unwrap_or_else(|| {
        if error {
            std::io::stderr().is_terminal()
        } else {
            std::io::stdout().is_terminal()
        }
    })
}

/// What the environment says of colours, if anything, as Node understands it: `FORCE_COLOR` before `NO_COLOR`, and a
/// terminal that says it is dumb has none.
fn wanted_color(variable: impl Fn(&str) -> Option<String>) -> Option<bool> {
    if let Some(level) = variable("FORCE_COLOR") {
        return Some(["", "1", "true", "2", "3"].contains(&level.as_str()));
    }
    let is_refused = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
    let is_dumb = variable("TERM").is_some_and(|name| name == "dumb");
    (is_refused || is_dumb).then_some(false)
}

pub(crate) fn is_error(stream: Stream) -> bool {
    stream == Stream::Err
}

#[cfg(test)]
mod tests {
    use super::wanted_color;

    #[test]
    fn the_environment_decides_before_the_terminal() {
        let with = |pairs: &'static [(&str, &str)]| {
            wanted_color(|name| {
                let pair = pairs.iter().find(|(known, _)| *known == name)?;
                Some(pair.1.to_owned())
            })
        };
        assert_eq!(with(&[]), None);
        assert_eq!(with(&[("NO_COLOR", "1")]), Some(false));
        assert_eq!(with(&[("NO_COLOR", "")]), None);
        assert_eq!(with(&[("TERM", "dumb")]), Some(false));
        assert_eq!(with(&[("TERM", "xterm")]), None);
        for level in ["", "1", "true", "2", "3", "0", "false", "4"] {
            let is_on = !["0", "false", "4"].contains(&level);
            let forced = |name: &str| {
                Some(match name {
                    "FORCE_COLOR" => level.to_owned(),
                    "NO_COLOR" => "1".to_owned(),
                    _ => "dumb".to_owned(),
                })
            };
            assert_eq!(wanted_color(forced), Some(is_on), "{level}");
        }
    }
}
