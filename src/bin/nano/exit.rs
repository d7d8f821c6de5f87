//! Exit codes; `--help` lists them.

use nano::ExitReason;

pub const UNCAUGHT: u8 = 1;
pub const USAGE: u8 = 2;
pub const UNSETTLED: u8 = 13;
pub const OUTPUT: u8 = 74;
pub const TIMEOUT: u8 = 124;
pub const LIMIT: u8 = 137;
pub const INTERRUPTED: u8 = 130;
pub const TERMINATED: u8 = 143;

pub const HELP: &str = "\
Exit codes:
    0  the script ended by itself, or its output's reader went away; before that its children
       have had 5 s for their running calls
    1  an error that nothing caught, or a rejection that nothing handled
    2  wrong usage of this command line
   13  a top-level await that can never settle
   74  what the script printed could not be written, as on a full disk
  124  --timeout was reached
  130  stopped by SIGINT (Ctrl-C): running calls have 5 s, those of children as well, and a
       loop of the script 1 s; a second signal kills at once
  137  out of memory, or another limit was reached
  143  stopped by SIGTERM; a second signal kills at once";

/// The code of an isolate that ended for `reason`.
pub fn code(reason: &ExitReason) -> u8 {
    match reason {
        ExitReason::Normal | ExitReason::Stopped | ExitReason::Shutdown => 0,
        ExitReason::Limit(_) => LIMIT,
        ExitReason::StartFailed(error)
            if error.code.as_deref() == Some("unsettled_top_level_await") =>
        {
            UNSETTLED
        }
        ExitReason::LinkDied { reason, .. } => code(reason),
        _ => UNCAUGHT,
    }
}
