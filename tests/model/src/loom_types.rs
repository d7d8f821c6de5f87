//! Loom's flag and queue, in the place of the standard library's and flume's.

use std::collections::VecDeque;

use loom::sync::Mutex;
use loom::sync::atomic::{AtomicBool, Ordering};

use crate::inbox::{Flag, Queue};

/// Loom takes a sequentially consistent load for an acquiring one, which may see an old value. A step that
/// reads and writes sees the latest, as the real thing does among its like: so every load here is one.
pub struct LoomFlag(AtomicBool);

impl Flag for LoomFlag {
    fn lowered() -> Self {
        Self(AtomicBool::new(false))
    }

    fn is_raised(&self) -> bool {
        self.0.fetch_or(false, Ordering::SeqCst)
    }

    fn set(&self, raised: bool) -> bool {
        self.0.swap(raised, Ordering::SeqCst)
    }
}

/// A queue whose every operation is one step, as flume's is under its lock.
pub struct LoomQueue(Mutex<VecDeque<u32>>);

impl LoomQueue {
    pub fn new() -> Self {
        Self(Mutex::new(VecDeque::new()))
    }
}

impl Queue<u32> for LoomQueue {
    fn push(&self, item: u32) {
        self.0.lock().unwrap().push_back(item);
    }

    fn pop(&self) -> Option<u32> {
        self.0.lock().unwrap().pop_front()
    }

    fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}
