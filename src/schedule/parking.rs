//! How a thread rests until there is something to do, and how it is woken.
//!
//! Who has nothing to do says that it parks first and looks for work second; who brings work puts it where it
//! will be looked for first and looks for a parked thread second. So one of the two sees the other.

use crate::sync::{Flag, Kind, Lock, Sleeper, Std};

/// The place where one thread parks.
pub struct Parking<K: Kind = Std> {
    parked: K::Flag,
    thread: K::Lock<Option<K::Thread>>,
}

impl<K: Kind> Parking<K> {
    /// A place that is no thread's yet.
    pub fn new() -> Self {
        Self {
            parked: K::Flag::lowered(),
            thread: K::Lock::on(None),
        }
    }

    /// Makes it the calling thread's.
    pub fn claim(&self) {
        *self.thread.lock() = Some(K::Thread::current());
    }

    /// Says that the thread parks, and asks once more whether there is work. True where there is none: then the
    /// thread has to park.
    #[must_use]
    pub fn enter(&self, has_work: impl FnOnce() -> bool) -> bool {
        self.parked.set(true);
        if has_work() {
            self.leave();
            return false;
        }
        true
    }

    /// The thread is up again, whoever woke it.
    pub fn leave(&self) {
        self.parked.set(false);
    }

    /// Whether the thread is parked.
    pub fn is_taken(&self) -> bool {
        self.parked.is_raised()
    }

    /// Wakes the thread if it is parked. What it is to do has been put where it looks.
    pub fn wake(&self) {
        if self.parked.is_raised() && self.parked.set(false) {
            let thread = self.thread.lock();
            if let Some(thread) = &*thread {
                thread.wake();
            }
        }
    }
}
