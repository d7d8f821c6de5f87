//! Calls that were taken back before they began.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use nano_proto::CallId;

/// Calls that were taken back while they may still lie in the inbox. The event that says so lies behind
/// them, and takes the entry out again.
#[derive(Default)]
pub(super) struct Cancelled {
    count: AtomicUsize,
    ids: Mutex<HashSet<CallId>>,
}

impl Cancelled {
    fn ids(&self) -> MutexGuard<'_, HashSet<CallId>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn add(&self, id: CallId) {
        let mut ids = self.ids();
        ids.insert(id);
        self.count.store(ids.len(), Ordering::SeqCst);
    }

    pub fn contains(&self, id: CallId) -> bool {
        self.count.load(Ordering::SeqCst) > 0 && self.ids().contains(&id)
    }

    pub fn remove(&self, id: CallId) {
        let mut ids = self.ids();
        ids.remove(&id);
        self.count.store(ids.len(), Ordering::SeqCst);
    }
}
