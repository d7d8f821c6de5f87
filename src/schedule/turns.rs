//! The turns of one shard: what runs, since when, and which of the shard's threads runs it.
//!
//! A thread whose turn does not come back is given up: the shard gets another. The one that was given up may
//! come back all the same, and the turn that it then finds is its successor's. So threads and turns are counted,
//! and the counts change only under the lock on what runs: who holds the lock sees turn, thread and item of one
//! moment.

use crate::sync::{Kind, Lock, Number, Std};

/// The turns of one shard, each with a `T`.
pub struct Turns<T, K: Kind = Std> {
    /// What runs now.
    running: K::Lock<Option<T>>,
    /// When the running turn began; 0 between turns.
    since: K::Number,
    /// Counts turns, so that one is known from the next.
    turn: K::Number,
    /// Counts the threads that were given up, which is the running one's number.
    thread: K::Number,
}

impl<T, K: Kind> Turns<T, K> {
    /// None yet.
    pub fn new() -> Self {
        Self {
            running: K::Lock::on(None),
            since: K::Number::zero(),
            turn: K::Number::zero(),
            thread: K::Number::zero(),
        }
    }

    /// Begins a turn at `now`, which is not 0.
    pub fn begin(&self, item: T, now: u64) {
        let mut running = self.running.lock();
        *running = Some(item);
        self.turn.note(self.turn.glance() + 1);
        self.since.note(now);
    }

    /// Ends the turn of thread number `thread`; false where that one was given up.
    pub fn end(&self, thread: u64) -> bool {
        let ended = {
            let mut running = self.running.lock();
            if self.thread.glance() != thread {
                return false;
            }
            self.since.note(0);
            running.take()
        };
        drop(ended);
        true
    }

    /// Gives the thread up that runs turn number `turn`, if it still does. Returns what it runs.
    pub fn give_up(&self, turn: u64) -> Option<T> {
        self.give_up_if(|| self.turn() == turn)
    }

    /// Gives thread number `thread` up in its turn, if that was not done already. Returns what it runs.
    pub fn give_up_thread(&self, thread: u64) -> Option<T> {
        self.give_up_if(|| self.thread() == thread)
    }

    fn give_up_if(&self, is_it: impl FnOnce() -> bool) -> Option<T> {
        let mut running = self.running.lock();
        if !is_it() {
            return None;
        }
        let item = running.take()?;
        self.thread.note(self.thread.glance() + 1);
        self.since.note(0);
        Some(item)
    }

    /// When the running turn began; 0 between turns.
    pub fn since(&self) -> u64 {
        self.since.glance()
    }

    /// The number of the running or last turn.
    pub fn turn(&self) -> u64 {
        self.turn.glance()
    }

    /// The number of the thread that is not given up.
    pub fn thread(&self) -> u64 {
        self.thread.glance()
    }

    /// What runs now.
    pub fn running(&self) -> Option<T>
    where
        T: Clone,
    {
        self.running.lock().clone()
    }
}
