//! What an isolate has asked of others, where threads reach it that are not its own: whoever ends it takes all of it
//! back, also where V8 never comes back to do so.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nano_proto::CallId;
use rustc_hash::FxHashMap;

use super::{Cancel, Peer};

#[derive(Default)]
struct Inner {
    open: FxHashMap<CallId, Arc<dyn Peer>>,
    closed: bool,
}

/// The calls that one isolate waits for, and of whom.
#[derive(Default)]
pub struct Asked(Mutex<Inner>);

impl Asked {
    /// Everything in it is whole whenever the lock is free, a panic or not.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `peer` was asked by the call `id`; takes it back at once where the isolate has ended.
    pub fn add(&self, id: CallId, peer: &Arc<dyn Peer>) {
        {
            let mut inner = self.inner();
            if !inner.closed {
                inner.open.insert(id, peer.clone());
                return;
            }
        }
        peer.cancel(id, Cancel::Dropped);
    }

    /// The call is waited for no more.
    pub fn remove(&self, id: CallId) {
        // Dropped when the lock has been let go.
        let _peer = self.inner().open.remove(&id);
    }

    /// The isolate has ended: nobody waits for its answers.
    pub fn close(&self) {
        let open = {
            let mut inner = self.inner();
            inner.closed = true;
            std::mem::take(&mut inner.open)
        };
        for (id, peer) in open {
            peer.cancel(id, Cancel::Dropped);
        }
    }
}
