//! An isolate that is no more, as others still refer to it.

use std::sync::Arc;

use nano_proto::{CallId, ExitReason, IsolateId};

use super::{Call, Cancel, Notice, Outcome, Peer, Refused};
use crate::isolate::{Credit, Ticket};

/// Stands for an isolate whose address is known and that has ended, or never was.
pub struct Ended {
    id: IsolateId,
    reason: Option<ExitReason>,
}

impl Ended {
    /// An isolate that ended for `reason`.
    pub fn known(id: IsolateId, reason: ExitReason) -> Self {
        Self {
            id,
            reason: Some(reason),
        }
    }

    /// An isolate of which nothing is known but its address.
    pub fn unknown(id: IsolateId) -> Self {
        Self { id, reason: None }
    }

    fn reason(&self) -> ExitReason {
        let lost = || ExitReason::Lost("no isolate of this address lives here".into());
        self.reason.clone().unwrap_or_else(lost)
    }
}

impl Peer for Ended {
    fn id(&self) -> IsolateId {
        self.id
    }

    fn is_gone(&self) -> bool {
        true
    }

    fn send(&self, call: Box<Call>) -> Result<(), (Box<Call>, Refused)> {
        Err((call, Refused::Closed(self.reason())))
    }

    fn send_waited(&self, call: Box<Call>, _: Credit) -> Result<(), (Box<Call>, Refused)> {
        self.send(call)
    }

    fn when_room(&self, waiter: Arc<dyn Peer>, _: u64) -> Option<Ticket> {
        waiter.room(self.id, None);
        None
    }

    fn change_wait(&self, _: Ticket, _: Option<u64>) {}

    fn room(&self, _: IsolateId, _: Option<Credit>) {}

    fn notify(&self, _: Notice) {}

    fn settle(&self, _: u64, _: Outcome) {}

    fn cancel(&self, _: CallId, _: Cancel) {}

    fn stop(&self, _: bool) {}

    fn watch(&self, watcher: Arc<dyn Peer>, number: u64) {
        watcher.exited(Some(number), self.id, self.reason());
    }

    fn link(&self, other: Arc<dyn Peer>) {
        other.exited(None, self.id, self.reason());
    }

    fn linked(&self, other: Arc<dyn Peer>) {
        self.link(other);
    }

    fn exited(&self, _: Option<u64>, _: IsolateId, _: ExitReason) {}
}
