//! The incarnations of one supervised isolate: what is sent to any of them reaches the one that
//! lives, and waits while none does.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use nano_proto::{AskError, CallId, ExitReason, Undelivered};

use super::credit::Credits;
use super::{Brood, Cell, Ending};
use crate::exchange::{Call, Cancel, Event, Peer as _};

enum Slot {
    /// Messages wait for the next incarnation.
    Between(VecDeque<Box<Call>>),
    Alive(Weak<Cell>),
    Over(ExitReason),
}

/// Which incarnation of an isolate is started.
pub(crate) enum Family {
    /// The only one.
    None,
    /// The first of a supervised isolate.
    First {
        /// Whether messages that have not begun when it ends are handed to the next one.
        keeps_mailbox: bool,
    },
    /// A later one.
    Next(Arc<Lineage>),
}

/// What all incarnations of one isolate share: the places in its mailbox, and what waits there
/// while none of them lives.
///
/// An incarnation's inbox is closed, and its next one's opened, under the lock of the slot. Nobody
/// is answered under it.
pub(crate) struct Lineage {
    slot: Mutex<Slot>,
    credits: Arc<Credits>,
    /// Descendants of all of them, since those of one outlive it.
    brood: Arc<Brood>,
    /// The end after which no incarnation follows.
    ending: Ending,
    retired: AtomicBool,
    /// How many incarnations have lived.
    incarnations: AtomicU32,
    keeps_mailbox: bool,
}

impl Lineage {
    /// The lineage of an isolate whose first incarnation is about to start.
    pub fn new(credits: Arc<Credits>, brood: Arc<Brood>, keeps_mailbox: bool) -> Arc<Self> {
        Arc::new(Self {
            slot: Mutex::new(Slot::Between(VecDeque::new())),
            credits,
            brood,
            ending: Ending::default(),
            retired: AtomicBool::new(false),
            incarnations: AtomicU32::new(0),
            keeps_mailbox,
        })
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn credits(&self) -> &Arc<Credits> {
        &self.credits
    }

    /// Where their descendants are counted.
    pub fn brood(&self) -> &Arc<Brood> {
        &self.brood
    }

    pub fn ending(&self) -> &Ending {
        &self.ending
    }

    /// The incarnation that lives.
    pub fn current(&self) -> Option<Arc<Cell>> {
        match &*self.slot() {
            Slot::Alive(cell) => cell.upgrade(),
            _ => None,
        }
    }

    /// From now on no incarnation follows.
    pub fn retire(&self) {
        self.retired.store(true, Ordering::SeqCst);
    }

    pub fn is_retired(&self) -> bool {
        self.retired.load(Ordering::SeqCst)
    }

    /// How often the isolate was restarted.
    pub fn restarts(&self) -> u32 {
        self.incarnations.load(Ordering::Relaxed).saturating_sub(1)
    }

    /// Makes `cell` the incarnation that lives, and hands it what waits.
    pub fn adopt(&self, cell: &Arc<Cell>) {
        let mut slot = self.slot();
        if let Slot::Between(waiting) = &mut *slot {
            self.incarnations.fetch_add(1, Ordering::Relaxed);
            if cell.is_closed() {
                // It has ended already; its notice is on the way.
                return;
            }
            for call in std::mem::take(waiting) {
                cell.push(Event::Call(call));
            }
            *slot = Slot::Alive(Arc::downgrade(cell));
            return;
        }
        drop(slot);
        // Over meanwhile: nobody waits for it.
        cell.stop(ExitReason::Killed);
    }

    /// Closes an incarnation's inbox by `close` and keeps what `take` gives for the next one, in
    /// order. Called once more for each message that arrives there late.
    pub fn inherit(
        &self,
        reason: &ExitReason,
        close: bool,
        take: &mut dyn FnMut() -> Option<Event>,
    ) {
        let mut lost = Vec::new();
        let mut cancelled = Vec::new();
        // Dropping an event may send another one: not under the lock.
        let mut rest = Vec::new();
        let over = {
            let mut slot = self.slot();
            if close && matches!(&*slot, Slot::Alive(_)) {
                *slot = Slot::Between(VecDeque::new());
            }
            while let Some(event) = take() {
                match event {
                    Event::Call(call) if close && !self.keeps_mailbox => lost.push(call),
                    Event::Call(call) => match &mut *slot {
                        Slot::Between(waiting) => waiting.push_back(call),
                        Slot::Alive(cell) => match cell.upgrade() {
                            Some(cell) => cell.push(Event::Call(call)),
                            None => lost.push(call),
                        },
                        Slot::Over(_) => lost.push(call),
                    },
                    Event::Cancel(id, why) => {
                        if let Slot::Between(waiting) = &mut *slot {
                            cancelled.extend(take_call(waiting, id));
                        } else if let Slot::Alive(cell) = &*slot
                            && let Some(cell) = cell.upgrade()
                        {
                            cell.push(Event::Cancel(id, why));
                        }
                    }
                    Event::Start(start) => drop(start.ready.send(Err(reason.clone()))),
                    // The rest concerns only the incarnation that has ended.
                    other => rest.push(other),
                }
            }
            match &*slot {
                Slot::Over(reason) => Some(reason.clone()),
                _ => None,
            }
        };
        for call in lost {
            call.reply.lost(over.as_ref().unwrap_or(reason));
        }
        drop(rest);
        for call in cancelled {
            call.reply
                .send(Err(AskError::not_delivered(Undelivered::Expired, None)));
        }
    }

    /// Takes back a call that an earlier incarnation was sent.
    pub fn cancel(&self, id: CallId, why: Cancel) {
        let found = match &mut *self.slot() {
            Slot::Between(waiting) => take_call(waiting, id).map(Err),
            Slot::Alive(cell) => cell.upgrade().map(Ok),
            Slot::Over(_) => None,
        };
        match found {
            Some(Ok(cell)) => cell.cancel(id, why),
            Some(Err(call)) => call
                .reply
                .send(Err(AskError::not_delivered(Undelivered::Expired, None))),
            None => {}
        }
    }

    /// No incarnation follows: whoever waits is told.
    pub fn finish(&self, reason: ExitReason) {
        self.retire();
        let (waiting, alive) = {
            let mut slot = self.slot();
            match std::mem::replace(&mut *slot, Slot::Over(reason.clone())) {
                Slot::Over(earlier) => {
                    *slot = Slot::Over(earlier);
                    return;
                }
                Slot::Between(waiting) => (waiting, None),
                Slot::Alive(cell) => (VecDeque::new(), cell.upgrade()),
            }
        };
        if let Some(cell) = alive {
            cell.stop(reason.clone());
        }
        self.ending.decide(reason.clone());
        for call in waiting {
            call.reply.lost(&reason);
        }
        self.credits.close(reason.clone());
        self.ending.announce(self.credits.owner(), &reason);
    }
}

fn take_call(waiting: &mut VecDeque<Box<Call>>, id: CallId) -> Option<Box<Call>> {
    let position = waiting.iter().position(|call| call.id == id)?;
    waiting.remove(position)
}
