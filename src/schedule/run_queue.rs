//! The queue of one isolate thread: what is runnable, for whom it is open, and how its thread rests.
//!
//! - Its length can be read without its lock. A push or a pop writes it before it lets the lock go.
//! - A queue closes only while it is empty, under its lock: a push comes before, and is seen, or after, and is
//!   given back. So nothing is left on a queue without a thread.
//! - A thread rests as `parking.rs` says; its work is the queue's length.
//! - What is quick goes first, so that it does not wait until there is a thread for each of many long turns; but of
//!   a number in a row one is always of the others.

use std::collections::VecDeque;

use super::parking::Parking;
use crate::sync::{Kind, Lock, Number, Std};

/// What waits on a queue.
pub trait Queued {
    /// Whether its turns have been short for a while.
    fn is_quick(&self) -> bool;

    /// Whether they have been of some length at most, so that the next one will end, too.
    fn is_tame(&self) -> bool {
        self.is_quick()
    }
}

/// So many that are quick may go before one that is not.
const IN_A_ROW: u32 = 8;

/// A queue of `T`.
pub struct RunQueue<T, K: Kind = Std> {
    queue: K::Lock<Queue<T>>,
    length: K::Number,
    /// How many of them are quick.
    quick: K::Number,
    parking: Parking<K>,
}

struct Queue<T> {
    quick: VecDeque<T>,
    others: VecDeque<T>,
    /// How many of the quick ones went first while others waited.
    in_a_row: u32,
    open: bool,
}

impl<T: Queued> Queue<T> {
    fn len(&self) -> usize {
        self.quick.len() + self.others.len()
    }

    fn push(&mut self, item: T) {
        match item.is_quick() {
            true => self.quick.push_back(item),
            false => self.others.push_back(item),
        }
    }

    fn pop(&mut self) -> Option<T> {
        if self.others.is_empty() {
            return self.quick.pop_front();
        }
        if self.in_a_row < IN_A_ROW
            && let Some(item) = self.quick.pop_front()
        {
            self.in_a_row += 1;
            return Some(item);
        }
        self.in_a_row = 0;
        self.others.pop_front()
    }
}

impl<T: Queued, K: Kind> RunQueue<T, K> {
    /// An empty queue that is closed.
    pub fn new() -> Self {
        Self {
            queue: K::Lock::on(Queue {
                quick: VecDeque::new(),
                others: VecDeque::new(),
                in_a_row: 0,
                open: false,
            }),
            length: K::Number::zero(),
            quick: K::Number::zero(),
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
        queue.open = queue.len() > 0;
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
        queue.push(item);
        self.note(&queue);
        Ok(())
    }

    /// Takes the next item.
    pub fn pop(&self) -> Option<T> {
        if self.length.read() == 0 {
            return None;
        }
        let mut queue = self.queue.lock();
        let item = queue.pop();
        self.note(&queue);
        item
    }

    /// Takes the next of those that are quick.
    pub fn pop_quick(&self) -> Option<T> {
        if self.quick.glance() == 0 {
            return None;
        }
        let mut queue = self.queue.lock();
        let item = queue.quick.pop_front();
        self.note(&queue);
        item
    }

    /// The first that is tame.
    pub fn pop_tame(&self) -> Option<T> {
        if self.length.glance() == 0 {
            return None;
        }
        let mut queue = self.queue.lock();
        let at = queue.others.iter().position(T::is_tame)?;
        let item = queue.others.remove(at);
        self.note(&queue);
        item
    }

    fn note(&self, queue: &Queue<T>) {
        self.length.write(queue.len() as u64);
        self.quick.note(queue.quick.len() as u64);
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
pub fn hand_over<'a, T: Queued + 'a, K: Kind + 'a>(
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
