//! Isolates that this one refers to, and what waits for room in their mailboxes.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use nano_proto::{AskError, CallId, IsolateId, LimitExceeded, LimitKind, Limits, Undelivered};
use rustc_hash::FxHashMap;

use crate::exchange::{Call, Peer, Refused};
use crate::isolate::{Credit, Ticket};

/// An isolate that this one holds a reference to.
pub(super) struct Target {
    pub peer: Arc<dyn Peer>,
    /// How large a message it takes, which does not change: kept here, so that to know it means no look at the
    /// memory of another isolate.
    pub message_bytes: u64,
}

/// How large a message may be for an isolate with these limits.
pub(super) fn message_bytes(limits: Option<&Limits>) -> u64 {
    limits.map_or(Limits::NONE, |limits| limits.message_bytes)
}

/// What could not be sent yet since a mailbox is full, in order. It stands in the mailbox's queue for its first
/// call, and leaves it when it goes, be it with the isolate.
struct Outbox {
    peer: Arc<dyn Peer>,
    calls: VecDeque<Box<Call>>,
    ticket: Option<Ticket>,
}

impl Outbox {
    /// Stands in the queue for a call of `bytes`.
    fn wait(&mut self, myself: &Arc<dyn Peer>, bytes: u64) {
        self.leave();
        self.ticket = self.peer.when_room(myself.clone(), bytes);
    }

    fn leave(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.peer.change_wait(ticket, None);
        }
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Isolates that JavaScript holds references to, by handle, and what waits for room in their mailboxes.
/// An outbox belongs to the mailbox, so that messages sent through two references keep their order.
#[derive(Default)]
pub(super) struct Targets {
    last: u32,
    by_handle: FxHashMap<u32, Target>,
    outboxes: HashMap<IsolateId, Outbox>,
    /// How many messages are in them, and their bytes.
    waiting: usize,
    waiting_bytes: u64,
    /// Messages that mailboxes have taken.
    sent: u64,
}

impl Targets {
    pub fn open(&mut self, peer: Arc<dyn Peer>) -> u32 {
        self.last = self.last.wrapping_add(1).max(1);
        let message_bytes = message_bytes(peer.limits());
        let target = Target {
            peer,
            message_bytes,
        };
        self.by_handle.insert(self.last, target);
        self.last
    }

    pub fn get(&self, handle: u32) -> Option<&Target> {
        self.by_handle.get(&handle)
    }

    /// Forgets a handle. What waits in the outbox is sent all the same.
    pub fn close(&mut self, handle: u32) {
        self.by_handle.remove(&handle);
    }

    /// Sends `call`, behind what already waits for room.
    pub fn send(&mut self, handle: u32, call: Box<Call>, myself: &Arc<dyn Peer>) {
        let Some(Target { peer, .. }) = self.by_handle.get(&handle) else {
            call.reply.send(Err(AskError::not_delivered(
                Undelivered::NotRunning(None),
                None,
            )));
            return;
        };
        if !self.outboxes.is_empty()
            && let Some(outbox) = self.outboxes.get_mut(&peer.mailbox())
        {
            self.waiting += 1;
            self.waiting_bytes += call.bytes();
            outbox.calls.push_back(call);
            return;
        }
        match peer.send(call) {
            Ok(()) => self.sent += 1,
            Err((call, Refused::Full)) => {
                let bytes = call.bytes();
                self.waiting += 1;
                self.waiting_bytes += bytes;
                let mut outbox = Outbox {
                    peer: peer.clone(),
                    calls: VecDeque::from([call]),
                    ticket: None,
                };
                outbox.wait(myself, bytes);
                self.outboxes.insert(peer.mailbox(), outbox);
            }
            Err((call, Refused::Closed(reason))) => call.reply.lost(&reason),
        }
    }

    /// Sends what waits for room in `mailbox`, now that there is a place, or none ever will be.
    pub fn flush(&mut self, mailbox: IsolateId, mut place: Option<Credit>, myself: &Arc<dyn Peer>) {
        let Some(mut outbox) = self.outboxes.remove(&mailbox) else {
            return;
        };
        while let Some(call) = outbox.calls.pop_front() {
            let bytes = call.bytes();
            self.leave(bytes);
            let sent = match place.take() {
                Some(place) => outbox.peer.send_waited(call, place),
                None => outbox.peer.send(call),
            };
            match sent {
                Ok(()) => self.sent += 1,
                Err((call, Refused::Full)) => {
                    self.waiting += 1;
                    self.waiting_bytes += bytes;
                    outbox.calls.push_front(call);
                    outbox.wait(myself, bytes);
                    self.outboxes.insert(mailbox, outbox);
                    return;
                }
                Err((call, Refused::Closed(reason))) => call.reply.lost(&reason),
            }
        }
    }

    /// Takes a call out of the outbox in which it still waits.
    pub fn recall(&mut self, mailbox: IsolateId, id: CallId) -> Option<Box<Call>> {
        let outbox = self.outboxes.get_mut(&mailbox)?;
        let position = outbox.calls.iter().position(|call| call.id == id)?;
        let call = outbox.calls.remove(position)?;
        match (outbox.calls.front(), outbox.ticket) {
            (None, _) => drop(self.outboxes.remove(&mailbox)),
            (Some(first), Some(ticket)) if position == 0 => {
                outbox.peer.change_wait(ticket, Some(first.bytes()));
            }
            _ => {}
        }
        self.leave(call.bytes());
        Some(call)
    }

    /// A message of `bytes` waits no longer.
    fn leave(&mut self, bytes: u64) {
        self.waiting -= 1;
        self.waiting_bytes -= bytes;
    }

    /// How many messages mailboxes have taken.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// How many messages wait for room.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// Whether one more may wait, by how many there are and how large.
    ///
    /// # Errors
    /// It may not.
    pub fn admit(&self, limits: &Limits) -> Result<(), LimitExceeded> {
        let waiting = self.waiting as u64 + 1;
        LimitKind::PendingOperations.check(waiting, limits.pending_operations)?;
        LimitKind::PendingBytes.check(self.waiting_bytes, limits.pending_bytes)
    }
}
