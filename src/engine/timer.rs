//! The timers of one isolate, ordered by deadline, then by creation (HTML, "run steps after a timeout").

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

/// One timer.
struct Timer {
    due: Instant,
    sequence: u64,
    every: Option<Duration>,
    frame: Option<v8::Global<v8::Value>>,
    /// Whether it leaves the program free to end.
    background: bool,
}

/// A timer whose time has come.
pub(super) struct Due {
    pub id: u32,
    /// The async context in which it was set.
    pub frame: Option<v8::Global<v8::Value>>,
}

/// All timers of an isolate.
#[derive(Default)]
pub(super) struct Timers {
    by_id: FxHashMap<u32, Timer>,
    /// May hold entries of timers that were cancelled or moved; those no longer match `by_id`.
    order: BinaryHeap<Reverse<(Instant, u64, u32)>>,
    last_id: u32,
    sequence: u64,
    /// How many timers of `by_id` are in the background.
    background: usize,
}

impl Timers {
    /// How many timers are set.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether a timer is set that keeps the program running.
    pub fn keeps_running(&self) -> bool {
        self.by_id.len() > self.background
    }

    /// Sets a timer and returns its id, which is positive.
    pub fn start(
        &mut self,
        now: Instant,
        delay: Duration,
        repeat: bool,
        background: bool,
        frame: Option<v8::Global<v8::Value>>,
    ) -> u32 {
        loop {
            self.last_id = if self.last_id >= i32::MAX as u32 {
                1
            } else {
                self.last_id + 1
            };
            if !self.by_id.contains_key(&self.last_id) {
                break;
            }
        }
        let id = self.last_id;
        let every = repeat.then_some(delay);
        self.arm(
            id,
            Timer {
                due: now + delay,
                sequence: 0,
                every,
                frame,
                background,
            },
        );
        id
    }

    fn arm(&mut self, id: u32, mut timer: Timer) {
        self.sequence += 1;
        timer.sequence = self.sequence;
        self.order.push(Reverse((timer.due, timer.sequence, id)));
        self.insert(id, timer);
    }

    fn insert(&mut self, id: u32, timer: Timer) {
        self.background += usize::from(timer.background);
        self.by_id.insert(id, timer);
    }

    fn remove(&mut self, id: u32) -> Option<Timer> {
        let timer = self.by_id.remove(&id)?;
        self.background -= usize::from(timer.background);
        Some(timer)
    }

    /// Cancels a timer; without effect if there is none.
    pub fn cancel(&mut self, id: u32) {
        self.remove(id);
        // Cancelled entries are dropped when they surface; a flood of them is swept.
        if self.order.len() > 64 && self.order.len() > 2 * self.by_id.len() {
            let by_id = &self.by_id;
            self.order.retain(|Reverse((_, sequence, id))| {
                by_id
                    .get(id)
                    .is_some_and(|timer| timer.sequence == *sequence)
            });
        }
    }

    fn drop_stale(&mut self) {
        while let Some(Reverse((_, sequence, id))) = self.order.peek() {
            if self
                .by_id
                .get(id)
                .is_some_and(|timer| timer.sequence == *sequence)
            {
                return;
            }
            self.order.pop();
        }
    }

    /// When the next timer is due.
    pub fn next_due(&mut self) -> Option<Instant> {
        self.drop_stale();
        self.order.peek().map(|Reverse((due, _, _))| *due)
    }

    /// Takes the first timer that is due at `now`. A repeating one stays, and waits for [`Self::rearm`].
    pub fn take_due(&mut self, now: Instant) -> Option<Due> {
        self.drop_stale();
        let Reverse((due, _, id)) = *self.order.peek()?;
        if due > now {
            return None;
        }
        self.order.pop();
        let timer = self.by_id.get_mut(&id)?;
        if timer.every.is_some() {
            // Out of the order until its callback has run; 0 is no sequence that `arm` gives.
            timer.sequence = 0;
            return Some(Due {
                id,
                frame: timer.frame.clone(),
            });
        }
        let timer = self.remove(id)?;
        Some(Due {
            id,
            frame: timer.frame,
        })
    }

    /// Sets a repeating timer again after its callback has run, unless that cancelled it.
    pub fn rearm(&mut self, now: Instant, id: u32) {
        if let Some(mut timer) = self.remove(id) {
            if let (Some(every), 0) = (timer.every, timer.sequence) {
                timer.due = now + every;
                self.arm(id, timer);
            } else {
                self.insert(id, timer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn timers_of_one_deadline_fire_in_order_of_creation() {
        let now = Instant::now();
        let mut timers = Timers::default();
        let late = timers.start(now, 2 * MS, false, false, None);
        let first = timers.start(now, MS, false, false, None);
        let second = timers.start(now, MS, false, false, None);
        let fired: Vec<u32> = std::iter::from_fn(|| timers.take_due(now + 3 * MS))
            .map(|due| due.id)
            .collect();
        assert_eq!(fired, [first, second, late]);
        assert_eq!(timers.len(), 0);
    }

    #[test]
    fn a_repeating_timer_waits_for_its_callback_and_can_be_cancelled_by_it() {
        let now = Instant::now();
        let mut timers = Timers::default();
        let id = timers.start(now, MS, true, false, None);
        assert_eq!(timers.take_due(now + MS).map(|due| due.id), Some(id));
        assert!(timers.take_due(now + 9 * MS).is_none());
        timers.rearm(now + MS, id);
        assert_eq!(timers.next_due(), Some(now + 2 * MS));
        assert!(timers.take_due(now + 2 * MS).is_some());
        timers.cancel(id);
        timers.rearm(now + 2 * MS, id);
        assert_eq!(timers.next_due(), None);
    }

    #[test]
    fn a_background_timer_does_not_keep_the_program_running() {
        let now = Instant::now();
        let mut timers = Timers::default();
        let background = timers.start(now, MS, true, true, None);
        assert!(!timers.keeps_running());
        let timer = timers.start(now, MS, false, false, None);
        assert!(timers.keeps_running());
        timers.cancel(timer);
        assert!(!timers.keeps_running());
        assert!(timers.take_due(now + MS).is_some());
        timers.rearm(now + MS, background);
        timers.cancel(background);
        assert!(!timers.keeps_running());
        assert_eq!(timers.len(), 0);
    }

    #[test]
    fn cancelled_timers_do_not_pile_up() {
        let now = Instant::now();
        let mut timers = Timers::default();
        for _ in 0..10_000 {
            let id = timers.start(now, MS, false, false, None);
            timers.cancel(id);
        }
        assert!(timers.order.len() <= 65);
    }
}
