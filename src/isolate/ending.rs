//! How an isolate ended, and who is told: each watcher exactly once.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use nano_proto::{ExitReason, IsolateId};
use tokio::sync::oneshot;

use super::brood::Place;
use crate::exchange::Peer;

enum Watcher {
    Task(oneshot::Sender<ExitReason>),
    Peer(Arc<dyn Peer>, Option<u64>),
}

#[derive(Default)]
struct Inner {
    /// Whether the watchers have been told; those who come later are told at once.
    announced: bool,
    /// Its place among the descendants of others.
    place: Option<Place>,
    watchers: Vec<Watcher>,
    /// At how many watchers those that are gone are swept out.
    sweep_at: usize,
}

/// Fewer watchers than this are not worth sweeping.
const FEW: usize = 32;

impl Watcher {
    fn is_gone(&self) -> bool {
        match self {
            Self::Task(sender) => sender.is_closed(),
            Self::Peer(peer, _) => peer.is_gone(),
        }
    }
}

impl Inner {
    /// Adds a watcher; many that come and go do not pile up.
    fn add(&mut self, watcher: Watcher) {
        if self.watchers.len() >= self.sweep_at.max(FEW) {
            self.watchers.retain(|watcher| !watcher.is_gone());
            self.sweep_at = 2 * self.watchers.len();
        }
        self.watchers.push(watcher);
    }
}

/// The end of one isolate.
#[derive(Default)]
pub(crate) struct Ending {
    /// Read without the lock below: whoever sweeps watchers out asks whether they have ended, and one of them
    /// may be this isolate.
    reason: OnceLock<ExitReason>,
    inner: Mutex<Inner>,
}

impl Ending {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the isolate ended, once it has.
    pub fn reason(&self) -> Option<ExitReason> {
        self.reason.get().cloned()
    }

    /// Sets the reason; the first one stays.
    pub fn decide(&self, reason: ExitReason) {
        self.reason.get_or_init(|| reason);
    }

    /// Tells `sender` when the isolate ends, or at once if it has.
    pub fn tell(&self, sender: oneshot::Sender<ExitReason>) {
        let mut inner = self.inner();
        match (inner.announced, self.reason()) {
            // A receiver that is gone wants nothing.
            (true, Some(reason)) => drop(sender.send(reason)),
            _ => inner.add(Watcher::Task(sender)),
        }
    }

    /// Tells `peer` when the isolate `id` ends, or at once if it has.
    pub fn watch(&self, id: IsolateId, peer: Arc<dyn Peer>, number: Option<u64>) {
        let late = {
            let mut inner = self.inner();
            match (inner.announced, self.reason()) {
                (true, Some(reason)) => Some(reason),
                _ => {
                    inner.add(Watcher::Peer(peer.clone(), number));
                    None
                }
            }
        };
        if let Some(reason) = late {
            peer.exited(number, id, reason);
        }
    }

    /// Keeps the isolate's place among others until it has ended: it is free before anybody is told.
    pub fn hold(&self, place: Place) {
        let mut inner = self.inner();
        if !inner.announced {
            inner.place = Some(place);
        }
    }

    /// Tells all watchers. Their notices go through the inboxes, behind what was sent before.
    pub fn announce(&self, id: IsolateId, reason: &ExitReason) {
        let watchers = {
            let mut inner = self.inner();
            inner.announced = true;
            drop(inner.place.take());
            std::mem::take(&mut inner.watchers)
        };
        for watcher in watchers {
            match watcher {
                Watcher::Task(sender) => drop(sender.send(reason.clone())),
                Watcher::Peer(peer, number) => peer.exited(number, id, reason.clone()),
            }
        }
    }
}
