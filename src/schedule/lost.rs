//! What was lost with the threads that were given up.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::engine::Control;

/// What a thread that stands still takes besides its isolate, in bytes: its stack, and the heap with which the
/// isolate began.
const EACH: u64 = 2 << 20;

/// Isolates whose thread was given up. Where the thread comes back after all, its isolate's memory does, too.
#[derive(Default)]
pub struct Lost {
    threads: AtomicU64,
    isolates: Mutex<Vec<Arc<Control>>>,
}

/// Whether the isolate's thread has not come back and freed it.
fn holds_some(isolate: &Control) -> bool {
    isolate.held_bytes() > 0 || isolate.mappings() > 0
}

impl Lost {
    fn isolates(&self) -> MutexGuard<'_, Vec<Arc<Control>>> {
        self.isolates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An isolate's thread was given up.
    pub fn add(&self, isolate: Arc<Control>) {
        self.threads.fetch_add(1, Ordering::Relaxed);
        let mut isolates = self.isolates();
        isolates.retain(|isolate| holds_some(isolate));
        isolates.push(isolate);
    }

    /// How many threads were given up.
    pub fn threads(&self) -> u64 {
        self.threads.load(Ordering::Relaxed)
    }

    /// Mappings of the process that the isolates hold.
    pub fn mappings(&self) -> u64 {
        self.isolates()
            .iter()
            .map(|isolate| isolate.mappings())
            .sum()
    }

    /// Memory that the isolates and their threads hold, in bytes.
    pub fn bytes(&self) -> u64 {
        self.isolates()
            .iter()
            .filter(|isolate| holds_some(isolate))
            .map(|isolate| EACH + isolate.held_bytes())
            .sum()
    }
}
