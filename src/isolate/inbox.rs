//! The inbox protocol: how events reach an isolate from any thread, and how exactly one thread at a
//! time, and at least one after the last event, runs it.
//!
//! Written once, generic over its queue and its atomics, so that a model checker can run the very same
//! code with a substitute for both.
//!
//! - A push puts the item into the queue first and sets `runnable` second. Whoever changes `runnable`
//!   from false to true owes the isolate a turn.
//! - A turn's end clears `runnable` first and looks second: at the queue, and at whatever else may be asked
//!   of the isolate without an item (to stop). So what came in between is seen by one of the two sides.
//! - Closing sets `closed` first and drains second. A push that finds `closed` set drains as well, so
//!   that no item stays in the queue unanswered.

use crate::sync::Flag;

/// A queue that any thread may push to and pop from.
pub trait Queue<T> {
    /// Adds an item behind all others.
    fn push(&self, item: T);
    /// Takes the first item.
    fn pop(&self) -> Option<T>;
    /// How many items lie in it.
    fn len(&self) -> usize;
}

/// What a push has to be followed by.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub enum Pushed {
    /// The isolate has to be put on its shard's queue.
    Wake,
    /// A turn is owed already.
    Queued,
    /// The inbox is closed: [`Inbox::pop`] until it is empty, and settle what comes.
    Closed,
}

/// The inbox of one isolate.
pub struct Inbox<Q, F = std::sync::atomic::AtomicBool> {
    queue: Q,
    runnable: F,
    closed: F,
}

impl<Q, F: Flag> Inbox<Q, F> {
    /// An inbox over `queue`, open and with no turn owed.
    pub fn new(queue: Q) -> Self {
        Self {
            queue,
            runnable: F::lowered(),
            closed: F::lowered(),
        }
    }

    /// Adds an item.
    pub fn push<T>(&self, item: T) -> Pushed
    where
        Q: Queue<T>,
    {
        self.queue.push(item);
        if self.closed.is_raised() {
            return Pushed::Closed;
        }
        if self.runnable.set(true) {
            Pushed::Queued
        } else {
            Pushed::Wake
        }
    }

    /// Takes the first item.
    pub fn pop<T>(&self) -> Option<T>
    where
        Q: Queue<T>,
    {
        self.queue.pop()
    }

    /// How many items wait.
    pub fn depth<T>(&self) -> usize
    where
        Q: Queue<T>,
    {
        self.queue.len()
    }

    /// Ends a turn. Returns whether another is owed; then the isolate goes back on a shard's queue.
    /// `asked` tells whether something was asked of it by a [`rouse`](Self::rouse): a rouse during the turn
    /// left no trace but that, since `runnable` was set.
    #[must_use]
    pub fn rest<T>(&self, asked: impl FnOnce() -> bool) -> bool
    where
        Q: Queue<T>,
    {
        self.runnable.set(false);
        (self.queue.len() > 0 || asked()) && !self.runnable.set(true)
    }

    /// Owes the isolate a turn although nothing was pushed. Returns whether it has to be queued. What the turn
    /// is to see has been set before.
    #[must_use]
    pub fn rouse(&self) -> bool {
        !self.runnable.set(true)
    }

    /// Closes the inbox. What lies in it is still there to be popped and settled.
    pub fn close(&self) {
        self.closed.set(true);
    }

    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        self.closed.is_raised()
    }
}
