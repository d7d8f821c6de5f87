//! What was lost with the threads that were given up.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::growth::Before;
use crate::engine::{Control, hold_lost_threads};
use crate::machine;

/// What a thread that stands still takes besides its isolate, in bytes: its stack, and the heap with which the
/// isolate began.
const EACH: u64 = 2 << 20;
/// For how long a figure is good. The threads may go on to allocate.
const GOOD: Duration = Duration::from_millis(5);

/// How often somebody looks whether the threads may go on.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
/// Where less memory than this is left, in bytes, they may not,
const LEAST_LEFT: u64 = 1 << 30;
/// or where the machine is small, less than this part of all.
const PART_LEFT: u64 = 4;

/// Isolates whose thread was given up. Where the thread comes back after all, its isolate's memory does, too.
#[derive(Default)]
pub struct Lost {
    threads: AtomicU64,
    isolates: Mutex<Isolates>,
}

#[derive(Default)]
struct Isolates {
    all: Vec<Isolate>,
    /// What all hold, and when that was found out.
    bytes: Option<(Instant, u64)>,
    /// When somebody last looked whether there is memory for them to go on.
    looked: Option<Instant>,
}

/// One whose thread was given up.
struct Isolate {
    control: Arc<Control>,
    /// What there was before the turn in which it was, where that was looked at.
    before: Option<Before>,
    /// By how much the turn had made the process grow when its thread was given up, in bytes.
    grown: u64,
}

/// What isolates hold, in bytes.
#[derive(Clone, Copy, Default)]
struct Holds {
    /// What was counted as it was taken.
    known: u64,
    /// Of that, what was in use before their last turns.
    before: u64,
    /// What these turns have made the process grow by.
    grown: u64,
}

impl Isolate {
    fn holds(&self) -> Holds {
        let known = self.control.held_bytes();
        let now = self.before.and_then(|before| before.grown_alone());
        Holds {
            known,
            before: self.before.map_or(known, |before| before.used().min(known)),
            grown: now.map_or(self.grown, |now| now.max(self.grown)),
        }
    }
}

impl Holds {
    fn and(self, other: Self) -> Self {
        Self {
            known: self.known.saturating_add(other.known),
            before: self.before.saturating_add(other.before),
            grown: self.grown.saturating_add(other.grown),
        }
    }

    /// All together, where the process has grown by `most` since before the first of them: what two turns saw grow at
    /// the same time is there once.
    fn sum(self, most: u64) -> u64 {
        let seen = self.before.saturating_add(self.grown.min(most));
        self.known.max(seen)
    }
}

impl Isolates {
    /// Forgets those whose thread has come back.
    fn forget(&mut self) {
        self.all.retain(|isolate| !isolate.control.is_gone());
    }

    fn bytes(&self) -> u64 {
        let before = self.all.iter().filter_map(|isolate| isolate.before);
        let least = before.filter_map(|before| before.resident()).min();
        let most = least
            .zip(machine::resident_bytes())
            .map_or(u64::MAX, |(least, now)| now.saturating_sub(least));
        let holds = self.all.iter().map(Isolate::holds);
        let all = holds.fold(Holds::default(), Holds::and).sum(most);
        all.saturating_add(EACH * self.all.len() as u64)
    }
}

/// Whether so little memory is left that threads which work for nobody had better not go on to take any.
fn is_short(total: u64, left: u64) -> bool {
    left < (total / PART_LEFT).min(LEAST_LEFT)
}

impl Lost {
    fn isolates(&self) -> MutexGuard<'_, Isolates> {
        let mut isolates = self.isolates.lock().unwrap_or_else(PoisonError::into_inner);
        isolates.forget();
        isolates
    }

    /// An isolate's thread was given up, in a turn before which there was what is given, where somebody looked.
    pub fn add(&self, control: Arc<Control>, before: Option<Before>) {
        self.threads.fetch_add(1, Ordering::Relaxed);
        let mut isolates = self.isolates();
        isolates.all.push(Isolate {
            control,
            before,
            grown: before.map_or(0, |before| before.grown()),
        });
        isolates.bytes = None;
    }

    /// How many threads were given up.
    pub fn threads(&self) -> u64 {
        self.threads.load(Ordering::Relaxed)
    }

    /// Mappings of the process that the isolates hold.
    pub fn mappings(&self) -> u64 {
        let isolates = self.isolates();
        let each = isolates
            .all
            .iter()
            .map(|isolate| isolate.control.mappings());
        each.sum()
    }

    /// Memory that the isolates and their threads hold, in bytes, as of a few milliseconds ago at most.
    pub fn bytes(&self) -> u64 {
        let mut isolates = self.isolates();
        if isolates.all.is_empty() {
            return 0;
        }
        let known = isolates.bytes.filter(|(when, _)| when.elapsed() < GOOD);
        let (when, bytes) = known.unwrap_or_else(|| (Instant::now(), isolates.bytes()));
        isolates.bytes = Some((when, bytes));
        bytes
    }

    /// Has the threads stand still the longer the more they are, and nearly always where memory is short. To be called again and again.
    pub fn tend(&self) {
        let mut isolates = self.isolates();
        let is_late = |when: Instant| when.elapsed() >= BETWEEN_LOOKS;
        if isolates.all.is_empty() || !isolates.looked.is_none_or(is_late) {
            return;
        }
        isolates.looked = Some(Instant::now());
        let memory = machine::total_memory().zip(machine::available_bytes());
        let is_short = memory.is_some_and(|(total, left)| is_short(total, left));
        hold_lost_threads(isolates.all.len(), is_short);
    }
}

#[cfg(test)]
mod tests {
    use nano_proto::Limits;

    use super::*;

    #[test]
    fn what_has_grown_is_counted_once() {
        let one = Holds {
            known: 50,
            before: 10,
            grown: 300,
        };
        assert_eq!(one.sum(u64::MAX), 310);
        assert_eq!(one.and(one).sum(u64::MAX), 620, "one after the other");
        assert_eq!(one.and(one).sum(400), 420, "side by side");
        assert_eq!(one.sum(0), 50, "what is known is there");
    }

    #[test]
    fn a_thread_that_comes_back_takes_its_isolate_along() {
        let lost = Lost::default();
        let control = Control::new(Limits::default());
        lost.add(control.clone(), Some(Before::of(None, Some(&control))));
        assert_eq!(lost.threads(), 1);
        assert!(lost.bytes() >= EACH);
        control.note_gone();
        assert_eq!(lost.bytes(), 0);
        assert_eq!(lost.threads(), 1);
    }

    #[test]
    fn threads_stand_where_memory_is_short() {
        assert!(is_short(64 << 30, 1 << 29));
        assert!(!is_short(64 << 30, 1 << 30));
        assert!(!is_short(1 << 30, 1 << 28));
        assert!(is_short(1 << 30, 1 << 27));
    }
}
