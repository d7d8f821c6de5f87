//! Whether there is memory for one more isolate.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nano_proto::{LimitExceeded, LimitKind};

/// What has to be left for those that live, in bytes, where the machine is large: an isolate may fill its heap and
/// its buffers before anybody looks again.
const MOST_SPARED: u64 = 256 << 20;
/// The same where it is small, as a part of all that there is.
const PART_SPARED: u64 = 4;
/// Memory that a new isolate takes at once, in bytes, with a margin.
const NEW: u64 = 1 << 21;
/// For how long a figure is good where there is plenty.
const CALM: Duration = Duration::from_millis(100);
/// And where there is not.
const TENSE: Duration = Duration::from_millis(5);

/// What was last seen of the memory that is left.
#[derive(Clone, Copy)]
struct Seen {
    when: Instant,
    total: u64,
    left: u64,
}

impl Seen {
    fn new(total: u64, left: u64) -> Self {
        Self {
            when: Instant::now(),
            total,
            left,
        }
    }

    fn spared(&self) -> u64 {
        (self.total / PART_SPARED).min(MOST_SPARED)
    }

    fn is_good(&self) -> bool {
        let is_calm = self.left > self.spared().saturating_mul(8);
        self.when.elapsed() < if is_calm { CALM } else { TENSE }
    }

    /// Takes what a new isolate needs from what is left.
    fn admit(&mut self) -> Result<(), LimitExceeded> {
        let used = self.total.saturating_sub(self.left);
        LimitKind::Room.check(used, self.total.saturating_sub(self.spared()))?;
        self.left = self.left.saturating_sub(NEW);
        Ok(())
    }
}

/// Takes note of an isolate that is added, if there is memory for it. Those that are added one right after another
/// count before the system sees them.
///
/// # Errors
/// There is so little left that those that live need it.
pub(crate) fn room_for_isolate() -> Result<(), LimitExceeded> {
    static SEEN: Mutex<Option<Seen>> = Mutex::new(None);
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let good = seen.filter(Seen::is_good);
    let now = good.or_else(|| Some(Seen::new(super::total_memory()?, super::available_bytes()?)));
    *seen = now;
    // Where the system does not say, nothing is refused.
    seen.as_mut().map_or(Ok(()), Seen::admit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn isolates_are_added_until_the_spared_part_is_reached() {
        let mut seen = Seen::new(400 << 20, 104 << 20);
        assert!(seen.admit().is_ok());
        assert!(seen.admit().is_ok());
        assert!(
            seen.admit().is_ok(),
            "100 MiB left, which is what is spared"
        );
        let exceeded = seen.admit().expect_err("98 MiB left");
        assert_eq!(exceeded.limit, LimitKind::Room);
        assert_eq!((exceeded.used, exceeded.allowed), (302 << 20, 300 << 20));
        let mut large = Seen::new(64 << 30, 257 << 20);
        assert!(large.admit().is_ok(), "no quarter of a large machine");
    }
}
