//! What an isolate holds that messages come to, by handle: ends of channels, and memberships of broadcast channels. It
//! lies where other threads reach it, so that whoever ends the isolate closes them.

use std::any::Any;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use nano_proto::{ExitReason, LimitExceeded, Limits, Value};
use rustc_hash::FxHashMap;

use super::channel::{PortEnd, count_brought};
use super::slot::{Account, Content, Holder, Payer};
use super::{Broadcasts, Member, Peer};

enum Held {
    Port(PortEnd),
    Member(Member),
}

struct Entry {
    held: Held,
    /// Whether the program goes on for what may come.
    awaited: bool,
    /// The isolate at the other end, if that lives no longer than this one.
    child: Option<Child>,
}

impl Entry {
    /// Whether anything may come yet.
    fn may_come(&self) -> bool {
        match &self.held {
            Held::Port(end) => !end.is_alone(),
            Held::Member(_) => true,
        }
    }

    /// Whether the isolate whose messages wait in `account` goes on for what others may send to this.
    fn keeps_running(&self, account: &Arc<Account>) -> bool {
        self.awaited
            && match &self.held {
                // What came before the other end closed, and is not wanted yet, brings nothing by itself.
                Held::Port(end) => !end.is_alone() && !end.is_within(account),
                Held::Member(_) => true,
            }
    }
}

struct Child {
    peer: Arc<dyn Peer>,
    /// What this isolate pays with for how it calls the child.
    _charge: Box<dyn Any + Send>,
}

#[derive(Default)]
struct Inner {
    last: u64,
    /// The last of which something was found to come from elsewhere.
    keeper: u64,
    entries: FxHashMap<u64, Entry>,
    closed: bool,
}

/// All of one isolate.
#[derive(Default)]
pub struct Ports {
    inner: Mutex<Inner>,
    awaited: AtomicUsize,
    /// Bytes of what it has sent and nobody has taken.
    sent: Arc<Account>,
    /// Bytes of what waits for it.
    pub(super) waiting: Arc<Account>,
}

impl Ports {
    /// Everything in it is whole whenever the lock is free, a panic or not.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what `make` gives for a holder of the next handle, and returns that.
    fn add(&self, peer: &Arc<dyn Peer>, make: impl FnOnce(Holder) -> Held) -> u64 {
        let handle = {
            let mut inner = self.inner();
            inner.last += 1;
            inner.last
        };
        let peer: Weak<dyn Peer> = Arc::downgrade(peer);
        let held = make(Holder {
            peer,
            handle,
            account: self.waiting.clone(),
        });
        let entry = Entry {
            held,
            awaited: false,
            child: None,
        };
        let late = {
            let mut inner = self.inner();
            match inner.closed {
                true => Some(entry),
                false => inner.entries.insert(handle, entry),
            }
        };
        drop(late);
        handle
    }

    /// Keeps an end for `peer`, whose this is.
    pub fn hold(&self, end: PortEnd, peer: &Arc<dyn Peer>) -> u64 {
        self.add(peer, |holder| {
            end.hold(holder);
            Held::Port(end)
        })
    }

    /// The same for an end of a channel that is new.
    pub fn hold_new(&self, end: PortEnd, peer: &Arc<dyn Peer>) -> u64 {
        self.add(peer, |holder| {
            end.hold_new(holder);
            Held::Port(end)
        })
    }

    /// The same where messages come from the start: none of what a worker posts before it ends, however soon that is, may
    /// be told of behind its end.
    pub fn hold_open(&self, end: PortEnd, peer: &Arc<dyn Peer>) -> u64 {
        self.add(peer, |holder| {
            end.hold_new(holder);
            end.enable();
            Held::Port(end)
        })
    }

    /// Makes `peer`, whose this is, a member of a broadcast channel; it pays with `charge`.
    pub fn join(
        &self,
        all: &Arc<Broadcasts>,
        name: Arc<[u16]>,
        charge: Box<dyn Any + Send>,
        peer: &Arc<dyn Peer>,
    ) -> u64 {
        self.add(peer, |holder| Held::Member(all.join(name, charge, holder)))
    }

    /// `peer` ends with this isolate, which pays for it with `charge`, or when it is told to.
    pub fn set_child(&self, handle: u64, peer: Arc<dyn Peer>, charge: Box<dyn Any + Send>) {
        let child = Child {
            peer,
            _charge: charge,
        };
        let late = match self.inner().entries.get_mut(&handle) {
            Some(entry) => entry.child.replace(child),
            None => Some(child),
        };
        if let Some(late) = late {
            late.peer.stop(true);
        }
    }

    /// Ends the child at the other end at once.
    pub fn terminate(&self, handle: u64) {
        if let Some(entry) = self.remove(handle)
            && let Some(child) = &entry.child
        {
            child.peer.stop(true);
        }
    }

    fn remove(&self, handle: u64) -> Option<Entry> {
        let entry = self.inner().entries.remove(&handle)?;
        if entry.awaited {
            self.awaited.fetch_sub(1, Ordering::Relaxed);
        }
        Some(entry)
    }

    fn with_port<T>(&self, handle: u64, body: impl FnOnce(&PortEnd) -> T) -> Option<T> {
        match &self.inner().entries.get(&handle)?.held {
            Held::Port(end) => Some(body(end)),
            Held::Member(_) => None,
        }
    }

    /// How large a message to the other end of `handle` may be.
    pub fn message_bytes(&self, handle: u64) -> u64 {
        self.with_port(handle, PortEnd::message_bytes)
            .unwrap_or(Limits::NONE)
    }

    /// Whether one more message may be sent.
    ///
    /// # Errors
    /// It may not.
    pub fn admit(&self, handle: u64, limits: &Limits) -> Result<(), LimitExceeded> {
        let admitted = self.with_port(handle, |end| end.admit(&self.sent, limits));
        admitted.unwrap_or(Ok(()))
    }

    /// Sends to the other end of `handle`; what nobody will ever take is dropped.
    pub fn post(&self, handle: u64, content: Content) {
        self.with_port(handle, |end| end.post(content, &self.sent));
    }

    /// Sends to all other members.
    pub fn broadcast(&self, handle: u64, value: &Value) {
        if let Some(Entry {
            held: Held::Member(member),
            ..
        }) = self.inner().entries.get(&handle)
        {
            member.post(value);
        }
    }

    /// Has messages come; returns how many notices of what waits do.
    pub fn enable(&self, handle: u64) -> usize {
        self.with_port(handle, PortEnd::enable).unwrap_or(0)
    }

    /// `value` lies in the inbox of the isolate whose this is, with the ends that it brings.
    pub fn count_brought(&self, value: &Value, limits: &Limits) {
        if !value.transfers().is_empty() {
            let payer = Payer::new(self.waiting.clone(), Some(limits));
            count_brought(value.transfers(), &payer);
        }
    }

    /// Takes the first message.
    pub fn take(&self, handle: u64) -> Option<Content> {
        match &self.inner().entries.get(&handle)?.held {
            Held::Port(end) => end.take(),
            Held::Member(member) => member.take(),
        }
    }

    /// Why the isolate at the other end has ended, if it has.
    pub fn closed_for(&self, handle: u64) -> Option<ExitReason> {
        self.with_port(handle, PortEnd::closed_for).flatten()
    }

    /// Takes no more messages, and forgets the handle, unless some came before and are to be handled: then it is true.
    pub fn shut(&self, handle: u64) -> bool {
        let goes_on = self.with_port(handle, PortEnd::shut) == Some(true);
        if !goes_on {
            drop(self.remove(handle));
        }
        goes_on
    }

    /// Closes and forgets it.
    pub fn close(&self, handle: u64) {
        drop(self.remove(handle));
    }

    /// Takes an end out, to be transferred.
    pub fn take_end(&self, handle: u64) -> Option<PortEnd> {
        match self.remove(handle)?.held {
            Held::Port(end) => Some(end),
            Held::Member(_) => None,
        }
    }

    /// Whether the program goes on for what may come to `handle`.
    pub fn set_awaited(&self, handle: u64, awaited: bool) {
        if let Some(entry) = self.inner().entries.get_mut(&handle)
            && entry.awaited != (awaited && entry.may_come())
        {
            let awaited = !entry.awaited;
            entry.awaited = awaited;
            match awaited {
                true => self.awaited.fetch_add(1, Ordering::Relaxed),
                false => self.awaited.fetch_sub(1, Ordering::Relaxed),
            };
        }
    }

    /// Whether something may come that the program goes on for. Where it holds both ends itself, only what it does
    /// otherwise can bring anything.
    pub fn keep_running(&self) -> bool {
        if self.awaited.load(Ordering::Relaxed) == 0 {
            return false;
        }
        let mut inner = self.inner();
        let keeps = |entry: &Entry| entry.keeps_running(&self.waiting);
        if inner.entries.get(&inner.keeper).is_some_and(keeps) {
            return true;
        }
        let keeper = inner.entries.iter().find(|(_, entry)| keeps(entry));
        let keeper = keeper.map(|(handle, _)| *handle);
        inner.keeper = keeper.unwrap_or(0);
        keeper.is_some()
    }

    /// The isolate ends: all others are told, and those end that live no longer than it.
    pub fn close_all(&self, reason: &ExitReason) {
        let entries = {
            let mut inner = self.inner();
            inner.closed = true;
            std::mem::take(&mut inner.entries)
        };
        for entry in entries.into_values() {
            if let Some(child) = &entry.child {
                child.peer.stop(true);
            }
            match entry.held {
                Held::Port(end) => end.close_for(reason),
                Held::Member(member) => drop(member),
            }
        }
    }
}
