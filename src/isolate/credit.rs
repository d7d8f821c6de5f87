//! Places in a mailbox: a sender takes one for each message, and the message gives it back when it
//! leaves the mailbox. Replies, completions and exit notices need none.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nano_proto::{ExitReason, IsolateId};
use tokio::sync::oneshot;

use crate::exchange::Peer;

/// Who waits for a place.
enum Waiter {
    /// A Rust task: it is handed the place.
    Task(oneshot::Sender<Credit>),
    /// An isolate: it is sent the place.
    Peer(Arc<dyn Peer>),
}

/// The places of one mailbox.
pub struct Credits {
    owner: IsolateId,
    capacity: u64,
    free: AtomicU64,
    /// How many waiters there are, so that giving back a place needs no lock while nobody waits.
    waiting: AtomicUsize,
    waiters: Mutex<Waiters>,
}

#[derive(Default)]
struct Waiters {
    queue: VecDeque<Waiter>,
    closed: Option<ExitReason>,
}

/// A place in a mailbox, given back when this is dropped.
pub struct Credit(Option<Arc<Credits>>);

impl Credits {
    /// `capacity` places in the mailbox of `owner`.
    pub fn new(owner: IsolateId, capacity: u64) -> Arc<Self> {
        Arc::new(Self {
            owner,
            capacity,
            free: AtomicU64::new(capacity),
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

    fn take(&self) -> bool {
        self.free
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |free| {
                free.checked_sub(1)
            })
            .is_ok()
    }

    /// Takes a place if one is free and nobody waits for it.
    pub fn try_take(self: &Arc<Self>) -> Option<Credit> {
        (self.waiting.load(Ordering::SeqCst) == 0 && self.take())
            .then(|| Credit(Some(self.clone())))
    }

    /// Takes a place, when there is one; `Err` once the mailbox is closed.
    pub async fn take_when_free(self: &Arc<Self>) -> Result<Credit, ExitReason> {
        if let Some(credit) = self.try_take() {
            return Ok(credit);
        }
        let (sender, receiver) = oneshot::channel();
        self.enqueue(Waiter::Task(sender))?;
        match receiver.await {
            Ok(credit) => Ok(credit),
            Err(_) => Err(self.waiters().closed.clone().unwrap_or(ExitReason::Killed)),
        }
    }

    /// Has `peer` sent a place when one is free, in the order of those who wait.
    pub fn tell_when_free(self: &Arc<Self>, peer: Arc<dyn Peer>) {
        // Where the mailbox is closed, the peer's next attempt says so.
        if self.enqueue(Waiter::Peer(peer.clone())).is_err() {
            peer.room(self.owner, None);
        }
    }

    fn enqueue(self: &Arc<Self>, waiter: Waiter) -> Result<(), ExitReason> {
        {
            let mut waiters = self.waiters();
            if let Some(reason) = &waiters.closed {
                return Err(reason.clone());
            }
            waiters.queue.push_back(waiter);
            self.waiting.fetch_add(1, Ordering::SeqCst);
        }
        // A place may have been given back before the waiter was counted.
        self.serve();
        Ok(())
    }

    /// Hands free places to those who wait.
    fn serve(self: &Arc<Self>) {
        while self.waiting.load(Ordering::SeqCst) > 0 && self.take() {
            let credit = Credit(Some(self.clone()));
            let waiter = {
                let mut waiters = self.waiters();
                let waiter = waiters.queue.pop_front();
                if waiter.is_some() {
                    self.waiting.fetch_sub(1, Ordering::SeqCst);
                }
                waiter
            };
            match waiter {
                // A task that has gone away lets the place fall, and the next one is served.
                Some(Waiter::Task(task)) => {
                    if let Err(credit) = task.send(credit) {
                        credit.put_back();
                    }
                }
                // Skipped here, since one that has ended would let it fall further down the stack.
                Some(Waiter::Peer(peer)) if peer.is_gone() => credit.put_back(),
                Some(Waiter::Peer(peer)) => peer.room(self.owner, Some(credit)),
                None => {
                    credit.put_back();
                    return;
                }
            }
        }
    }

    /// Refuses all who wait, and all who come.
    pub fn close(&self, reason: ExitReason) {
        let gone = {
            let mut waiters = self.waiters();
            waiters.closed.get_or_insert(reason);
            self.waiting.store(0, Ordering::SeqCst);
            std::mem::take(&mut waiters.queue)
        };
        for waiter in gone {
            if let Waiter::Peer(peer) = waiter {
                peer.room(self.owner, None);
            }
        }
    }
}

impl Credit {
    /// Gives the place back without looking who waits.
    fn put_back(mut self) {
        if let Some(pool) = self.0.take() {
            pool.free.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Drop for Credit {
    fn drop(&mut self) {
        if let Some(pool) = self.0.take() {
            pool.free.fetch_add(1, Ordering::SeqCst);
            pool.serve();
        }
    }
}
