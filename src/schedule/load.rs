//! How much an isolate has to do, and so where it had better run: isolates that answer one another one
//! message at a time settle on one shard, since waking a thread costs more than the answer; isolates
//! whose turns are batches run side by side, since then a thread's whole time is the bound.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Events a turn, on average, from which on an isolate is busy enough for a thread of its own.
const BATCH: u32 = 6;

/// Fixed point: so many steps an event.
const STEPS: u32 = 16;

/// How many turns an isolate does without a thread of its own after it had to be woken too often: at first, and
/// at most, since the number doubles each time that is so again.
const FIRST_REST: u32 = 64;
const LONGEST_REST: u32 = 4_096;
/// After so many batches without that it is small again.
const FORGOTTEN_AFTER: u32 = 1_000;

/// An isolate is quick with so many events of short turns to its credit.
const PROOF: u32 = 4;
/// It never has more than so many.
const MOST_CREDIT: u32 = 16;
/// A turn that uses so much is a wild one, and after so many in a row that are not, an isolate is tame.
const WILD: Duration = Duration::from_millis(50);
const TAMED: u32 = 8;
/// A turn that uses so much is no quick one.
const LONG: Duration = Duration::from_micros(500);

/// How much the turns of one isolate have to do, over the last few of them.
///
/// Two isolates on threads of their own gain by it as long as both find work when they look. Where each sleeps
/// until the other has done its part, every batch waits for a thread to wake, which may take longer than the
/// batch: then they go back to one thread.
#[derive(Default)]
pub struct Load {
    /// Events a turn.
    events: AtomicU32,
    /// How many turns of so many steps began when a thread was woken for them.
    woken: AtomicU32,
    /// Turns for which the isolate does without a thread of its own.
    rests: AtomicU32,
    /// How often that was so in a row, each time with more of these turns.
    failures: AtomicU32,
    /// Batches since the last time.
    batches: AtomicU32,
    /// Events of short turns to its credit.
    short: AtomicU32,
    /// How many turns in a row were not wild.
    tame: AtomicU32,
}

/// An average over the last few turns, `now` included.
fn average(figure: &AtomicU32, now: u32) -> u32 {
    let before = figure.load(Ordering::Relaxed);
    let after = before - before / 4 + now / 4;
    figure.store(after, Ordering::Relaxed);
    after
}

impl Load {
    /// A turn has handled so many events.
    pub fn note(&self, events: usize) {
        let events = u32::try_from(events).unwrap_or(u32::MAX);
        average(&self.events, events.saturating_mul(STEPS));
        let tame = self.tame.load(Ordering::Relaxed);
        if tame < TAMED {
            self.tame.store(tame + 1, Ordering::Relaxed);
        }
        let short = self.short.load(Ordering::Relaxed);
        if short < MOST_CREDIT {
            let short = short.saturating_add(events).min(MOST_CREDIT);
            self.short.store(short, Ordering::Relaxed);
        }
    }

    /// The turn that runs has used so much CPU time by now, and had cost `before` credit when it was looked at last.
    /// Returns what it has cost by now: each time that it doubles, a bit more. So one turn of some milliseconds, as when
    /// garbage is collected, makes no isolate slow that has been quick, and a few in a row do.
    pub fn note_used(&self, used: Duration, before: u32) -> u32 {
        let times = u32::try_from(used.as_nanos() / LONG.as_nanos()).unwrap_or(u32::MAX);
        let cost = 2 * (u32::BITS - times.leading_zeros());
        if used > WILD {
            self.tame.store(0, Ordering::Relaxed);
        }
        if cost > before {
            let short = self.short.load(Ordering::Relaxed);
            self.short
                .store(short.saturating_sub(cost - before), Ordering::Relaxed);
        }
        cost.max(before)
    }

    /// Whether the last turns ended after some milliseconds at most.
    pub fn is_tame(&self) -> bool {
        self.tame.load(Ordering::Relaxed) >= TAMED
    }

    /// Whether the last turns were short.
    pub fn is_quick(&self) -> bool {
        self.short.load(Ordering::Relaxed) >= PROOF
    }

    /// A turn begins, for which a thread was woken or not.
    pub fn note_start(&self, woken: bool) {
        let rests = self.rests.load(Ordering::Relaxed);
        if rests > 0 {
            self.rests.store(rests - 1, Ordering::Relaxed);
            return;
        }
        if !self.is_heavy() {
            self.woken.store(0, Ordering::Relaxed);
            return;
        }
        let batches = self.batches.load(Ordering::Relaxed).saturating_add(1);
        self.batches.store(batches, Ordering::Relaxed);
        if average(&self.woken, if woken { 4 * STEPS } else { 0 }) > 2 * STEPS {
            self.begin_rest(batches);
        }
    }

    fn begin_rest(&self, batches: u32) {
        let failures = match batches > FORGOTTEN_AFTER {
            true => 0,
            false => self.failures.load(Ordering::Relaxed),
        };
        let rests = (FIRST_REST << failures).min(LONGEST_REST);
        self.rests.store(rests, Ordering::Relaxed);
        self.failures
            .store((failures + 1).min(16), Ordering::Relaxed);
        self.woken.store(0, Ordering::Relaxed);
        self.batches.store(0, Ordering::Relaxed);
    }

    /// Whether turns are batches.
    pub fn is_heavy(&self) -> bool {
        self.events.load(Ordering::Relaxed) >= BATCH * STEPS
    }

    /// Whether the isolate does without a thread of its own for now.
    pub fn rests(&self) -> bool {
        self.rests.load(Ordering::Relaxed) > 0
    }

    /// Takes over another's figures.
    pub fn copy(&self, other: &Self) {
        let figures = [(&self.events, &other.events), (&self.rests, &other.rests)];
        for (to, from) in figures {
            to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_isolate_that_was_quick_may_have_a_turn_of_some_milliseconds_but_not_many() {
        let load = Load::default();
        assert!(!load.is_quick());
        for _ in 0..MOST_CREDIT {
            load.note(1);
        }
        let turn = |ms| {
            let mut cost = 0;
            for ms in 1..=ms {
                cost = load.note_used(Duration::from_millis(ms), cost);
            }
            load.note(1);
        };
        assert!(load.is_tame());
        assert_eq!(load.note_used(LONG / 2, 0), 0);
        turn(8);
        assert!(load.is_quick());
        turn(8);
        assert!(!load.is_quick() && load.is_tame());
        for _ in 0..MOST_CREDIT {
            load.note(1);
        }
        turn(100);
        assert!(!load.is_quick() && !load.is_tame());
    }

    #[test]
    fn only_a_run_of_batches_is_heavy() {
        let load = Load::default();
        for _ in 0..100 {
            load.note(1);
        }
        assert!(!load.is_heavy());
        load.note(8);
        assert!(!load.is_heavy(), "one batch is no run");
        for _ in 0..8 {
            load.note(8);
        }
        assert!(load.is_heavy());
        for _ in 0..8 {
            load.note(1);
        }
        assert!(!load.is_heavy());
    }

    #[test]
    fn who_has_to_be_woken_for_each_batch_does_without_a_thread_for_a_while() {
        let load = Load::default();
        let turn = |woken, events| {
            load.note_start(woken);
            load.note(events);
        };
        for _ in 0..100 {
            turn(true, 1);
        }
        assert!(!load.rests(), "only batches are meant");
        for _ in 0..100 {
            turn(false, 16);
        }
        assert!(load.is_heavy() && !load.rests());
        turn(true, 16);
        assert!(!load.rests(), "once is not often");
        for _ in 0..20 {
            turn(false, 16);
        }
        for rest in [FIRST_REST, 2 * FIRST_REST, 4 * FIRST_REST] {
            for _ in 0..3 {
                turn(true, 16);
            }
            for _ in 0..rest {
                assert!(load.rests());
                turn(false, 16);
            }
            assert!(!load.rests());
        }
    }
}
