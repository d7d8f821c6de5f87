//! What waits for one receiver: an end of a channel, or a member of a broadcast channel.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use nano_proto::{ExitReason, JsError, LimitExceeded, LimitKind, Limits, Transfer, Value};

use super::Peer;
use super::channel::Channel;

/// What happens to something that an isolate holds; it looks at the thing itself for the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The first of the functions that JavaScript has queued is to be run.
    Task,
    /// A message for what has this handle.
    Message(u64),
    /// The other end has closed; or this one, and everything before has been handled.
    Closed(u64),
}

/// What is sent to an end.
#[derive(Debug)]
pub enum Content {
    /// A message.
    Message(Value),
    /// An error that nobody has handled where it was thrown.
    Error(Box<JsError>),
    /// There was no room for one message or more.
    Lost,
}

/// Bytes of messages in transit, of one isolate.
#[derive(Debug, Default)]
pub struct Account(AtomicU64);

/// What a message weighs beside its bytes: its places in the channel and in the inbox.
const MESSAGE: u64 = 256;

impl Account {
    fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    fn give_back(&self, bytes: u64) {
        self.0.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// How many bytes there are.
    #[cfg(test)]
    pub(super) fn used(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Whether one more message may be added, of any size.
    pub(super) fn admit(&self, limits: &Limits) -> Result<(), LimitExceeded> {
        self.check(MESSAGE, limits.pending_bytes)
    }

    /// Whether `bytes` more may be added, by what there is already: the first may be of any size.
    fn check(&self, bytes: u64, allowed: u64) -> Result<(), LimitExceeded> {
        match self.0.load(Ordering::Relaxed) {
            0 => Ok(()),
            used => LimitKind::PendingBytes.check(used.saturating_add(bytes), allowed),
        }
    }
}

/// What waits to be taken, counted for its sender until then.
#[derive(Debug)]
pub(super) struct Posted {
    pub(super) content: Option<Content>,
    /// What the sender is charged with.
    bytes: u64,
    /// What it weighs where it waits.
    weight: u64,
    sender: Option<Arc<Account>>,
}

impl Posted {
    /// Counts `content` for `sender`.
    pub(super) fn new(content: Content, sender: Option<&Arc<Account>>) -> Self {
        let (bytes, weight) = match &content {
            // Memory that isolates share its maker pays for, be it sent to however many.
            Content::Message(value) => (value.own_weight() as u64, value.weight() as u64),
            Content::Error(error) => [super::call::weight_of_error(error) as u64; 2].into(),
            Content::Lost => (0, 0),
        };
        let bytes = bytes.saturating_add(MESSAGE);
        if let Some(sender) = sender {
            sender.add(bytes);
        }
        Self {
            content: Some(content),
            bytes,
            weight: weight.saturating_add(MESSAGE),
            sender: sender.cloned(),
        }
    }

    pub(super) fn into_content(mut self) -> Option<Content> {
        self.content.take()
    }

    /// What travels in it besides its bytes.
    pub(super) fn transfers(&self) -> &[Transfer] {
        match &self.content {
            Some(Content::Message(value)) => value.transfers(),
            _ => &[],
        }
    }

    /// Whether it carries ends of channels.
    pub(super) fn carries(&self) -> bool {
        let mut transfers = self.transfers().iter();
        transfers.any(|transfer| matches!(transfer, Transfer::Endpoint(_)))
    }
}

impl Drop for Posted {
    fn drop(&mut self) {
        if let Some(sender) = &self.sender {
            sender.give_back(self.bytes);
        }
    }
}

/// The isolate that holds something.
#[derive(Clone)]
pub struct Holder {
    /// The isolate.
    pub peer: Weak<dyn Peer>,
    /// What it calls the thing.
    pub handle: u64,
    /// Counts what waits for it.
    pub account: Arc<Account>,
}

/// The isolate for which is counted what waits in a slot: its holder; and while it is on its way, whoever holds what it
/// lies in, has it in his inbox, or held it last.
#[derive(Clone)]
pub(super) struct Payer {
    account: Arc<Account>,
    /// `Limits::pending_bytes`; who has ended may have no more either.
    allowed: u64,
}

impl Payer {
    pub(super) fn new(account: Arc<Account>, limits: Option<&Limits>) -> Self {
        Self {
            account,
            allowed: limits.map_or(Limits::NONE, |limits| limits.pending_bytes),
        }
    }

    /// Whether both are the same.
    pub(super) fn is_same(one: Option<&Self>, other: Option<&Self>) -> bool {
        match (one, other) {
            (Some(one), Some(other)) => Arc::ptr_eq(&one.account, &other.account),
            (one, other) => one.is_none() && other.is_none(),
        }
    }

    /// Whether it has room for `bytes` more; a message may be of any size where nothing else waits.
    pub(super) fn has_room(&self, bytes: u64) -> Result<(), LimitExceeded> {
        self.account.check(bytes, self.allowed)
    }
}

impl From<&Holder> for Payer {
    fn from(holder: &Holder) -> Self {
        let peer = holder.peer.upgrade();
        let limits = peer.as_ref().and_then(|peer| peer.limits());
        Self::new(holder.account.clone(), limits)
    }
}

/// A notice, and whom it is for: sent when no lock is held.
#[must_use]
pub(super) struct Nudge(Arc<dyn Peer>, Notice);

impl Nudge {
    pub(super) fn send(self) {
        self.0.notify(self.1);
    }
}

/// What waits for one receiver.
#[derive(Default)]
pub(super) struct Slot {
    pub(super) holder: Option<Holder>,
    /// Whether the holder wants to be told of messages.
    pub(super) enabled: bool,
    pub(super) queue: VecDeque<Posted>,
    /// Of the messages in the queue; counted for the payer.
    pub(super) bytes: u64,
    /// How many of the messages in the queue carry ends.
    pub(super) carriers: usize,
    /// Whoever holds it, or what it lies in.
    pub(super) payer: Option<Payer>,
    /// Whether it takes nothing more.
    pub(super) closed: bool,
    /// Where it is on its way: in the queue of that end.
    pub(super) within: Option<(Weak<Channel>, usize)>,
    /// Why the other end has closed, once it has.
    pub(super) other_closed: Option<Option<ExitReason>>,
    /// Whether the holder is to be told of that behind what waits, once it wants that.
    pub(super) close_waits: bool,
}

impl Slot {
    pub(super) fn nudge(&self, notice: impl FnOnce(u64) -> Notice) -> Option<Nudge> {
        let holder = self.holder.as_ref()?;
        Some(Nudge(holder.peer.upgrade()?, notice(holder.handle)))
    }

    /// Has the holder told that the other end has closed: behind what came before, be that wanted now or later.
    pub(super) fn nudge_closed(&mut self) -> Option<Nudge> {
        self.close_waits = !self.enabled && !self.queue.is_empty();
        match self.close_waits {
            true => None,
            false => self.nudge(Notice::Closed),
        }
    }

    /// Adds a message; gives it back where nobody will take it.
    pub(super) fn put(&mut self, posted: Posted) -> Result<Option<Nudge>, Posted> {
        if self.closed {
            return Err(posted);
        }
        if let Some(payer) = &self.payer {
            payer.account.add(posted.weight);
        }
        self.bytes += posted.weight;
        self.carriers += usize::from(posted.carries());
        self.queue.push_back(posted);
        Ok(match self.enabled {
            true => self.nudge(Notice::Message),
            false => None,
        })
    }

    /// Whether there is room for one more message.
    pub(super) fn has_room(&self) -> Result<(), LimitExceeded> {
        match &self.payer {
            Some(payer) => payer.has_room(MESSAGE),
            None => Ok(()),
        }
    }

    /// Whether the last message says already that others were lost.
    pub(super) fn has_lost(&self) -> bool {
        let last = self.queue.back();
        last.is_some_and(|last| matches!(last.content, Some(Content::Lost)))
    }

    /// Takes the first message, if the holder wants it.
    pub(super) fn take(&mut self) -> Option<Posted> {
        if !self.enabled {
            return None;
        }
        let posted = self.queue.pop_front()?;
        self.bytes -= posted.weight;
        self.carriers -= usize::from(posted.carries());
        if let Some(payer) = &self.payer {
            payer.account.give_back(posted.weight);
        }
        Some(posted)
    }

    pub(super) fn hold(&mut self, holder: Holder) {
        self.set_payer(Some(Payer::from(&holder)));
        self.within = None;
        self.holder = Some(holder);
    }

    /// What waits is counted for `payer` from here on.
    pub(super) fn set_payer(&mut self, payer: Option<Payer>) {
        if let Some(payer) = &payer {
            payer.account.add(self.bytes);
        }
        if let Some(before) = std::mem::replace(&mut self.payer, payer) {
            before.account.give_back(self.bytes);
        }
    }

    /// Has no holder any more; who had it pays until somebody else does.
    pub(super) fn leave(&mut self) {
        self.enabled = false;
        self.holder = None;
    }

    /// Takes nothing more. What it gives is dropped when no lock is held.
    pub(super) fn close(&mut self) -> VecDeque<Posted> {
        self.closed = true;
        self.leave();
        self.set_payer(None);
        self.bytes = 0;
        self.carriers = 0;
        std::mem::take(&mut self.queue)
    }

    /// Has the holder told of messages from here on; gives how many there are already.
    pub(super) fn enable(&mut self) -> usize {
        match std::mem::replace(&mut self.enabled, true) {
            true => 0,
            false => self.queue.len(),
        }
    }
}
