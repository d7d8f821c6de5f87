//! Children that are started again together, one after the other. Pure: it is told what happens, and says what is
//! to be done.

use std::collections::BTreeSet;
use std::time::Instant;

/// A child is in one place of it at most, and leaves it when it has started, or ended for good.
#[derive(Debug, Default)]
pub(super) struct Round {
    /// Have ended, and are to be started in the order of their numbers.
    down: BTreeSet<u64>,
    /// Were killed along; their ends are awaited.
    ending: BTreeSet<u64>,
    /// Evaluates its module.
    starting: Option<u64>,
    /// Nothing is started before.
    until: Option<Instant>,
    /// How many starts in a row the runtime has refused.
    refusals: u32,
}

impl Round {
    /// `child` has ended, or could not be started: it is started again.
    pub fn add(&mut self, child: u64) {
        self.started(child);
        self.down.insert(child);
    }

    /// A child fails that concerns `child`: true where that one has to be killed.
    pub fn fell(&mut self, child: u64) -> bool {
        self.started(child);
        !self.down.contains(&child) && self.ending.insert(child)
    }

    /// An incarnation of `child` has ended: whether it was killed along.
    pub fn ended(&mut self, child: u64) -> bool {
        self.started(child);
        self.ending.remove(&child)
    }

    /// `child` has evaluated its module, or never will: nobody waits for that any more.
    pub fn started(&mut self, child: u64) {
        self.starting.take_if(|starting| *starting == child);
    }

    /// `child` has ended for good.
    pub fn forget(&mut self, child: u64) {
        self.ended(child);
        self.down.remove(&child);
    }

    /// Whether `child` has no incarnation that lives.
    pub fn is_down(&self, child: u64) -> bool {
        self.down.contains(&child)
    }

    /// Starts nothing before `until`, nor before an earlier wait is over.
    pub fn wait(&mut self, until: Instant) {
        self.until = self.until.max(Some(until));
    }

    /// The start of `child` was refused: how many there were in a row.
    pub fn refused(&mut self, child: u64) -> u32 {
        self.add(child);
        self.refusals = self.refusals.saturating_add(1);
        self.refusals
    }

    /// A start was not refused.
    pub fn accepted(&mut self) {
        self.refusals = 0;
    }

    /// The child to be started now, where it is time for one.
    pub fn next(&mut self, now: Instant) -> Option<u64> {
        let waits = self.until.is_some_and(|until| now < until);
        if waits || self.starting.is_some() || !self.ending.is_empty() {
            return None;
        }
        self.starting = self.down.pop_first();
        self.starting
    }

    /// Whether nothing is left to be done.
    pub fn is_over(&self) -> bool {
        self.down.is_empty() && self.ending.is_empty() && self.starting.is_none()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// One whose child 2 failed and felled 1 and 3.
    fn of_three() -> Round {
        let mut round = Round::default();
        round.add(2);
        assert!(round.fell(3) && round.fell(1));
        round
    }

    #[test]
    fn all_are_started_in_order_once_all_have_ended() {
        let (mut round, now) = (of_three(), Instant::now());
        assert!(!round.fell(2) && !round.fell(3), "once each");
        for felled in [3, 1] {
            assert_eq!(round.next(now), None);
            assert!(round.ended(felled));
            round.add(felled);
        }
        for child in [1, 2, 3] {
            assert_eq!(round.next(now), Some(child));
            assert_eq!(round.next(now), None, "the next one waits for it");
            assert!(!round.is_over());
            round.started(child);
        }
        assert_eq!(round.next(now), None);
        assert!(round.is_over());
    }

    #[test]
    fn the_longest_wait_holds() {
        let (mut round, now) = (Round::default(), Instant::now());
        let second = Duration::from_secs(1);
        round.add(1);
        round.wait(now + 2 * second);
        round.wait(now + second);
        assert_eq!(round.next(now + second), None);
        assert_eq!(round.next(now + 2 * second), Some(1));
    }

    #[test]
    fn who_fails_while_it_starts_was_not_killed_along() {
        let (mut round, now) = (Round::default(), Instant::now());
        round.add(1);
        assert_eq!(round.next(now), Some(1));
        assert!(!round.ended(1));
        assert!(round.is_over(), "until it is added again");
    }

    #[test]
    fn who_is_killed_while_it_starts_is_awaited() {
        let (mut round, now) = (Round::default(), Instant::now());
        round.add(1);
        assert_eq!(round.next(now), Some(1));
        assert!(round.fell(1));
        round.started(1);
        assert_eq!(round.next(now), None);
        assert!(round.ended(1));
    }

    #[test]
    fn who_ends_for_good_holds_up_nobody() {
        let (mut round, now) = (of_three(), Instant::now());
        round.forget(1);
        assert_eq!(round.next(now), None);
        round.forget(3);
        assert_eq!(round.next(now), Some(2));
        round.forget(2);
        assert!(round.is_over());
    }

    #[test]
    fn refusals_are_counted_in_a_row() {
        let (mut round, now) = (Round::default(), Instant::now());
        round.add(1);
        for times in 1..=2 {
            assert_eq!(round.next(now), Some(1));
            assert_eq!(round.refused(1), times);
            assert!(round.is_down(1));
        }
        round.accepted();
        assert_eq!(round.next(now), Some(1));
        assert_eq!(round.refused(1), 1);
    }
}
