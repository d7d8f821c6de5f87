//! The queue of one isolate thread: what is runnable, for whom it is open, and how its thread rests.
//!
//! - Its length can be read without its lock. A push or a pop writes it before it lets the lock go.
//! - A queue closes only while it is empty, under its lock: a push comes before, and is seen, or after, and is
//!   given back. So nothing is left on a queue without a thread.
//! - A thread rests as `parking.rs` says; its work is the queue's length.

use std::collections::VecDeque;

use super::parking::Parking;
use crate::sync::{Kind, Lock, Number, Std};

/// A queue of `T`.
pub struct RunQueue<T, K: Kind = Std> {
    queue: K::Lock<Queue<T>>,
    length: K::Number,
    parking: Parking<K>,
}

struct Queue<T> {
    items: VecDeque<T>,
    open: bool,
}

impl<T, K: Kind> RunQueue<T, K> {
    /// An empty queue that is closed.
    pub fn new() -> Self {
        Self {
            queue: K::Lock::on(Queue {
                items: VecDeque::new(),
                open: false,
            }),
            length: K::Number::zero(),
            parking: Parking::new(),
        }
    }

    /// Opens the queue: there will be a thread for it.
    pub fn open(&self) {
        self.queue.lock().open = true;
    }

    /// Closes the queue unless something waits on it. Returns whether it is closed.
    #[must_use]
    pub fn close(&self) -> bool {
        let mut queue = self.queue.lock();
        queue.open = !queue.items.is_empty();
        !queue.open
    }

    /// Whether there is a thread for it.
    pub fn is_open(&self) -> bool {
        self.queue.lock().open
    }

    /// Adds an item; gives it back where the queue is closed. [`wake`](Self::wake) has to follow, unless the
    /// caller is the queue's thread.
    pub fn push(&self, item: T) -> Result<(), T> {
        let mut queue = self.queue.lock();
        if !queue.open {
            return Err(item);
        }
        queue.items.push_back(item);
        self.length.write(queue.items.len() as u64);
        Ok(())
    }

    /// Takes the first item.
    pub fn pop(&self) -> Option<T> {
        if self.length.read() == 0 {
            return None;
        }
        let mut queue = self.queue.lock();
        let item = queue.items.pop_front();
        self.length.write(queue.items.len() as u64);
        item
    }

    /// How many items wait, as it was a moment ago.
    pub fn len(&self) -> usize {
        self.length.glance() as usize
    }

    /// Makes the calling thread the one that rests here.
    pub fn claim(&self) {
        self.parking.claim();
    }

    /// Parks the queue's thread by `park`, unless there is work or `is_over`.
    pub fn rest(&self, is_over: impl FnOnce() -> bool, park: impl FnOnce()) {
        if self.parking.enter(|| self.length.read() > 0 || is_over()) {
            park();
            self.parking.leave();
        }
    }

    /// Whether the queue's thread rests.
    pub fn is_parked(&self) -> bool {
        self.parking.is_taken()
    }

    /// Wakes the queue's thread if it rests.
    pub fn wake(&self) {
        self.parking.wake();
    }
}

/// Puts `item` on queue `home`, or where that has closed on the one that `instead` names, and wakes its thread
/// unless that is the calling one, `here`.
pub fn hand_over<'a, T: 'a, K: Kind + 'a>(
    mut item: T,
    mut home: usize,
    here: Option<usize>,
    queue: impl Fn(usize) -> &'a RunQueue<T, K>,
    mut instead: impl FnMut(&T) -> usize,
) {
    while let Err(back) = queue(home).push(item) {
        home = instead(&back);
        item = back;
    }
    if here != Some(home) {
        queue(home).wake();
    }
}
