//! When a child is restarted, after how long, and when that is given up. Pure: time and chance are
//! handed in, so that tests decide both.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use nano_proto::ExitReason;

/// After which ends a child is started again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Restart {
    /// After any, in order or not. A child that is stopped through [`crate::ActorRef::stop`] stays
    /// down.
    Always,
    /// After a failure: an uncaught error, a limit, a kill, a panic.
    #[default]
    OnFailure,
    /// Never: its end is noted and nothing follows.
    Never,
}

impl Restart {
    /// Whether a child that ended for `reason` is started again.
    pub(crate) fn follows(self, reason: &ExitReason) -> bool {
        match self {
            Self::Always => !matches!(reason, ExitReason::Shutdown),
            Self::OnFailure => !reason.is_orderly(),
            Self::Never => false,
        }
    }
}

/// How long a child waits before it is started again: longer with each failure in a row, and with each start in a
/// row that the runtime refuses.
///
/// ```
/// use std::time::Duration;
/// use nano::Backoff;
///
/// let backoff = Backoff::default().first(Duration::from_millis(50)).most(Duration::from_secs(5));
/// # let _ = backoff;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    jitter: f64,
}

impl Default for Backoff {
    /// 10 ms, doubled with each failure in a row up to 10 s, with a fifth of jitter either way.
    fn default() -> Self {
        Self {
            first: Duration::from_millis(10),
            most: Duration::from_secs(10),
            jitter: 0.2,
        }
    }
}

/// Longer than any process lives, and short enough to be added to any time.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// The least that is waited after refused starts.
const REFUSED: Backoff = Backoff {
    first: Duration::from_millis(10),
    most: Duration::from_secs(1),
    jitter: 0.2,
};

impl Backoff {
    /// No wait at all. Where the runtime refuses a start, which is no failure, it is tried again after 10 ms, and
    /// after at most 1 s, all the same.
    pub const NONE: Self = Self {
        first: Duration::ZERO,
        most: Duration::ZERO,
        jitter: 0.0,
    };

    /// The wait after the first failure.
    #[must_use]
    pub fn first(mut self, wait: Duration) -> Self {
        self.first = wait;
        self
    }

    /// The longest wait, before jitter.
    #[must_use]
    pub fn most(mut self, wait: Duration) -> Self {
        self.most = wait;
        self
    }

    /// How far chance moves a wait, as a part of it from 0 to 1, so that children that failed
    /// together do not all come back together.
    #[must_use]
    pub fn jitter(mut self, part: f64) -> Self {
        self.jitter = if part.is_finite() {
            part.clamp(0.0, 1.0)
        } else {
            0.0
        };
        self
    }

    /// The wait before the restart after `failures` failures in a row, from 1.
    pub(crate) fn wait(&self, failures: u32, chance: &mut Chance) -> Duration {
        let doubled = 2u32
            .checked_pow(failures.saturating_sub(1))
            .and_then(|n| self.first.checked_mul(n));
        let wait = doubled.unwrap_or(self.most).min(self.most);
        let factor = 1.0 + self.jitter * (2.0 * chance.part() - 1.0);
        Duration::try_from_secs_f64(wait.as_secs_f64() * factor)
            .unwrap_or(LONGEST)
            .min(LONGEST)
    }

    /// The wait after `refusals` starts in a row that the runtime refused, from 1: as after failures, but never so
    /// short that asking again and again would be work.
    pub(crate) fn wait_refused(&self, refusals: u32, chance: &mut Chance) -> Duration {
        self.wait(refusals, chance)
            .max(REFUSED.wait(refusals, chance))
    }
}

/// A small generator of chance (splitmix64): for jitter, not for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A seed that differs from one process, and one call, to the next.
    pub fn any_seed() -> u64 {
        use std::hash::{BuildHasher, Hasher};
        std::hash::RandomState::new().build_hasher().finish()
    }

    /// A number from 0 to 1.
    fn part(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as f64 / u64::MAX as f64
    }
}

/// How many restarts within a sliding window are borne.
#[derive(Clone, Debug)]
pub(crate) struct Intensity {
    most: u32,
    window: Duration,
    restarts: VecDeque<Instant>,
}

impl Intensity {
    pub fn new(most: u32, window: Duration) -> Self {
        Self {
            most,
            window,
            restarts: VecDeque::new(),
        }
    }

    /// The window's length.
    pub fn window(&self) -> Duration {
        self.window
    }

    /// Notes a restart at `now`; false where it is one too many.
    pub fn bears(&mut self, now: Instant) -> bool {
        while self
            .restarts
            .front()
            .is_some_and(|&at| now.saturating_duration_since(at) >= self.window)
        {
            self.restarts.pop_front();
        }
        if self.restarts.len() as u64 >= u64::from(self.most) {
            return false;
        }
        self.restarts.push_back(now);
        true
    }

    /// Why a supervisor ends that made all of them.
    pub fn exhausted(&self) -> ExitReason {
        ExitReason::RestartsExhausted {
            restarts: u32::try_from(self.restarts.len()).unwrap_or(u32::MAX),
            within_ms: u64::try_from(self.window.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_window_slides() {
        let start = Instant::now();
        let mut intensity = Intensity::new(2, 10 * SECOND);
        assert!(intensity.bears(start));
        assert!(intensity.bears(start + 9 * SECOND));
        assert!(
            !intensity.bears(start + 9 * SECOND),
            "the third within ten seconds"
        );
        assert!(
            intensity.bears(start + 10 * SECOND),
            "the first has left the window"
        );
        assert!(!intensity.bears(start + 18 * SECOND), "the second has not");
        assert_eq!(
            intensity.exhausted(),
            ExitReason::RestartsExhausted {
                restarts: 2,
                within_ms: 10_000
            }
        );
    }

    #[test]
    fn a_limit_of_none_bears_none() {
        assert!(!Intensity::new(0, SECOND).bears(Instant::now()));
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let backoff = Backoff::default()
            .jitter(0.0)
            .first(SECOND)
            .most(5 * SECOND);
        let mut chance = Chance::new(1);
        let waits: Vec<u64> = (1..6)
            .map(|n| backoff.wait(n, &mut chance).as_secs())
            .collect();
        assert_eq!(waits, [1, 2, 4, 5, 5]);
        assert_eq!(backoff.wait(u32::MAX, &mut chance), 5 * SECOND);
        let longest = Backoff::default().first(Duration::MAX).most(Duration::MAX);
        assert!(longest.wait(3, &mut chance) > 5 * SECOND);
        assert_eq!(Backoff::NONE.wait(9, &mut chance), Duration::ZERO);
    }

    #[test]
    fn refused_starts_are_not_tried_again_at_once_whatever_the_backoff() {
        let mut chance = Chance::new(1);
        let least = Duration::from_millis(8);
        assert!(Backoff::NONE.wait_refused(1, &mut chance) >= least);
        assert!(Backoff::NONE.wait_refused(1_000, &mut chance) >= 100 * least);
        let longer = Backoff::default().first(9 * SECOND).jitter(0.0);
        assert_eq!(longer.wait_refused(1, &mut chance), 9 * SECOND);
    }

    #[test]
    fn jitter_stays_within_its_part_and_follows_the_seed() {
        let backoff = Backoff::default().first(SECOND).jitter(0.5);
        let draw = |seed| -> Vec<Duration> {
            let mut chance = Chance::new(seed);
            (0..100).map(|_| backoff.wait(1, &mut chance)).collect()
        };
        let waits = draw(7);
        assert!(
            waits
                .iter()
                .all(|&wait| wait >= SECOND / 2 && wait <= SECOND * 3 / 2)
        );
        assert!(waits.iter().any(|&wait| wait < SECOND * 3 / 4));
        assert!(waits.iter().any(|&wait| wait > SECOND * 5 / 4));
        assert_eq!(waits, draw(7));
        assert_ne!(waits, draw(8));
    }

    #[test]
    fn restarts_follow_the_kind_of_end() {
        let (stopped, killed) = (ExitReason::Stopped, ExitReason::Killed);
        assert!(Restart::Always.follows(&stopped) && Restart::Always.follows(&killed));
        assert!(!Restart::OnFailure.follows(&stopped) && Restart::OnFailure.follows(&killed));
        assert!(!Restart::Never.follows(&stopped) && !Restart::Never.follows(&killed));
        assert!(!Restart::Always.follows(&ExitReason::Shutdown));
    }
}
