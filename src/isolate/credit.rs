//! Places in a mailbox: a sender takes one for each message, and the message gives it back when it
//! leaves the mailbox. Replies, completions and exit notices need none. A mailbox is full as well when its messages
//! are large.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nano_proto::{ExitReason, IsolateId, Limits};
use tokio::sync::oneshot;

use crate::exchange::Peer;

/// Lighter messages are counted alone: so many of them as a mailbox has places are no burden.
const LIGHT: u64 = 1 << 10;

/// Names one who waits for a place: the smaller, the longer it has waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

/// Who waits for a place, for a message of so many bytes.
struct Waiting {
    waiter: Waiter,
    bytes: u64,
}

enum Waiter {
    /// A Rust task: it is handed the place.
    Task(oneshot::Sender<Credit>),
    /// An isolate: it is sent the place.
    Peer(Arc<dyn Peer>),
}

impl Waiter {
    /// Whether nobody would take the place. A task that gives up leaves the queue by itself, and so does an
    /// isolate that ends, but for one whose thread was given up with it.
    fn is_gone(&self) -> bool {
        match self {
            Self::Task(_) => false,
            Self::Peer(peer) => peer.is_gone(),
        }
    }
}

/// The places of one mailbox.
pub struct Credits {
    owner: IsolateId,
    capacity: u64,
    free: AtomicU64,
    /// How many bytes the messages may have together; one alone may have more.
    most_bytes: u64,
    bytes: AtomicU64,
    /// How many waiters there are, so that giving back a place needs no lock while nobody waits.
    waiting: AtomicUsize,
    waiters: Mutex<Waiters>,
}

#[derive(Default)]
struct Waiters {
    queue: BTreeMap<Ticket, Waiting>,
    /// The last ticket that was given.
    last: u64,
    closed: Option<ExitReason>,
}

/// A task's place in the queue, which it leaves when it no longer waits: nobody stands behind one who is gone.
struct Queued<'a> {
    pool: &'a Arc<Credits>,
    ticket: Ticket,
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.pool.leave(self.ticket);
    }
}

/// A place in a mailbox, for a message of so many bytes; given back when this is dropped.
pub struct Credit {
    pool: Option<Arc<Credits>>,
    bytes: u64,
}

impl Credits {
    /// The places in the mailbox of `owner`, which has these limits.
    pub fn new(owner: IsolateId, limits: &Limits) -> Arc<Self> {
        // Without a place no message would ever come.
        let capacity = limits.mailbox.max(1);
        Arc::new(Self {
            owner,
            capacity,
            free: AtomicU64::new(capacity),
            most_bytes: limits.mailbox_bytes,
            bytes: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
            waiters: Mutex::default(),
        })
    }

    /// Whose mailbox it is: the first incarnation's address where the isolate is restarted.
    pub fn owner(&self) -> IsolateId {
        self.owner
    }

    /// How many places there are.
    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    /// How many places are taken.
    pub fn taken(&self) -> u64 {
        self.capacity
            .saturating_sub(self.free.load(Ordering::Relaxed))
    }

    fn waiters(&self) -> MutexGuard<'_, Waiters> {
        self.waiters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(self: &Arc<Self>, bytes: u64) -> Option<Credit> {
        let less = |free: u64| free.checked_sub(1);
        self.free
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, less)
            .ok()?;
        let mut credit = Credit {
            pool: Some(self.clone()),
            bytes: 0,
        };
        if bytes < LIGHT {
            return Some(credit);
        }
        let more = |held: u64| {
            let sum = held.saturating_add(bytes);
            (held == 0 || sum <= self.most_bytes).then_some(sum)
        };
        let held = self
            .bytes
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, more);
        if held.is_err() {
            credit.put_back();
            return None;
        }
        credit.bytes = bytes;
        Some(credit)
    }

    /// Takes a place for a message of `bytes` if one is free and nobody waits for it.
    pub fn try_take(self: &Arc<Self>, bytes: u64) -> Option<Credit> {
        if self.waiting.load(Ordering::SeqCst) > 0 {
            // Perhaps only isolates that have ended do.
            self.serve();
            if self.waiting.load(Ordering::SeqCst) > 0 {
                return None;
            }
        }
        self.take(bytes)
    }

    /// Takes a place for a message of `bytes`, when there is one; `Err` once the mailbox is closed.
    pub async fn take_when_free(self: &Arc<Self>, bytes: u64) -> Result<Credit, ExitReason> {
        if let Some(credit) = self.try_take(bytes) {
            return Ok(credit);
        }
        let (sender, receiver) = oneshot::channel();
        let ticket = self.enqueue(Waiter::Task(sender), bytes)?;
        let _queued = Queued { pool: self, ticket };
        match receiver.await {
            Ok(credit) => Ok(credit),
            Err(_) => Err(self.waiters().closed.clone().unwrap_or(ExitReason::Killed)),
        }
    }

    /// Has `peer` sent a place for a message of `bytes` when one is free, in the order of those who wait.
    /// Returns what names it in the queue; none where the mailbox is closed.
    pub fn tell_when_free(self: &Arc<Self>, peer: Arc<dyn Peer>, bytes: u64) -> Option<Ticket> {
        let ticket = self.enqueue(Waiter::Peer(peer.clone()), bytes).ok();
        if ticket.is_none() {
            // The peer's next attempt says why.
            peer.room(self.owner, None);
        }
        ticket
    }

    fn enqueue(self: &Arc<Self>, waiter: Waiter, bytes: u64) -> Result<Ticket, ExitReason> {
        let ticket = {
            let mut waiters = self.waiters();
            if let Some(reason) = &waiters.closed {
                return Err(reason.clone());
            }
            waiters.last += 1;
            let ticket = Ticket(waiters.last);
            waiters.queue.insert(ticket, Waiting { waiter, bytes });
            self.waiting.fetch_add(1, Ordering::SeqCst);
            ticket
        };
        // A place may have been given back before the waiter was counted.
        self.serve();
        Ok(ticket)
    }

    /// Who has `ticket` no longer waits, unless it has been served: those behind it get what there is.
    pub fn leave(self: &Arc<Self>, ticket: Ticket) {
        // Dropped outside the lock, as it may be the last reference to an isolate, which may hold places.
        let left = {
            let mut waiters = self.waiters();
            let left = waiters.queue.remove(&ticket);
            if left.is_some() {
                self.waiting.fetch_sub(1, Ordering::SeqCst);
            }
            left
        };
        if left.is_some() {
            self.serve();
        }
    }

    /// Who has `ticket` wants the place for a message of `bytes` now, and keeps its turn.
    pub fn reweigh(self: &Arc<Self>, ticket: Ticket, bytes: u64) {
        if let Some(waiting) = self.waiters().queue.get_mut(&ticket) {
            waiting.bytes = bytes;
        }
        self.serve();
    }

    /// Hands free places to those who wait.
    fn serve(self: &Arc<Self>) {
        while self.waiting.load(Ordering::SeqCst) > 0 {
            let Some((waiter, credit)) = self.next_served() else {
                return;
            };
            match (waiter, credit) {
                // Gone, and the next one is served.
                (_, None) => {}
                // A task that goes away at this moment lets the place fall.
                (Waiter::Task(task), Some(credit)) => {
                    if let Err(credit) = task.send(credit) {
                        credit.put_back();
                    }
                }
                (Waiter::Peer(peer), credit) => peer.room(self.owner, credit),
            }
        }
    }

    /// The first of those who wait, with a place, if there is one for its message; without one where it is gone.
    fn next_served(self: &Arc<Self>) -> Option<(Waiter, Option<Credit>)> {
        let mut waiters = self.waiters();
        let first = waiters.queue.first_entry()?;
        // An isolate that has ended is skipped here, since it would let the place fall further down the stack.
        let credit = match first.get().waiter.is_gone() {
            true => None,
            false => Some(self.take(first.get().bytes)?),
        };
        let waiter = first.remove().waiter;
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        Some((waiter, credit))
    }

    /// Refuses all who wait, and all who come.
    pub fn close(&self, reason: ExitReason) {
        let gone = {
            let mut waiters = self.waiters();
            waiters.closed.get_or_insert(reason);
            self.waiting.store(0, Ordering::SeqCst);
            std::mem::take(&mut waiters.queue)
        };
        for waiting in gone.into_values() {
            if let Waiter::Peer(peer) = waiting.waiter {
                peer.room(self.owner, None);
            }
        }
    }
}

impl Credit {
    /// The message for which the place was taken has been taken back, and another one gets it.
    pub fn weigh(&mut self, bytes: u64) {
        let bytes = if bytes < LIGHT { 0 } else { bytes };
        if let Some(pool) = &self.pool
            && bytes != self.bytes
        {
            // Of which the mailbox may hold a little more than it should for once.
            pool.bytes
                .fetch_add(bytes.wrapping_sub(self.bytes), Ordering::SeqCst);
            self.bytes = bytes;
        }
    }

    /// Gives the place back without looking who waits.
    fn put_back(mut self) {
        self.give_back();
    }

    fn give_back(&mut self) -> Option<Arc<Credits>> {
        let pool = self.pool.take()?;
        if self.bytes > 0 {
            pool.bytes.fetch_sub(self.bytes, Ordering::SeqCst);
        }
        pool.free.fetch_add(1, Ordering::SeqCst);
        Some(pool)
    }
}

impl Drop for Credit {
    fn drop(&mut self) {
        if let Some(pool) = self.give_back() {
            pool.serve();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[test]
    fn who_gives_up_leaves_nothing_behind() {
        let limits = Limits::default().with_mailbox(1);
        let credits = Credits::new(IsolateId::new(1, 0), &limits);
        let taken = credits.try_take(1).expect("it is empty");
        let mut context = Context::from_waker(Waker::noop());
        let mut last = pin!(credits.take_when_free(1));
        for _ in 0..100 {
            let mut waits = pin!(credits.take_when_free(1));
            assert!(waits.as_mut().poll(&mut context).is_pending());
        }
        assert!(last.as_mut().poll(&mut context).is_pending());
        assert_eq!(credits.waiters().queue.len(), 1);
        {
            let mut served = pin!(credits.take_when_free(1));
            assert!(served.as_mut().poll(&mut context).is_pending());
            drop(taken);
            let Poll::Ready(Ok(place)) = last.as_mut().poll(&mut context) else {
                panic!("it is the first");
            };
            // Served, and gone before it took notice.
            drop(place);
        }
        assert!(credits.waiters().queue.is_empty());
        assert!(credits.try_take(1).is_some());
    }
}
