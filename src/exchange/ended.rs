//! An isolate that is no more, as others still refer to it.

use std::sync::Arc;

use nano_proto::{CallId, ExitReason, IsolateId};

use super::{Call, Cancel, Outcome, Peer, Refused};

/// Stands for an isolate whose address is known and that has ended, or never was.
pub struct Ended(pub IsolateId);

impl Ended {
  fn reason() -> ExitReason {
    ExitReason::Lost("no isolate of this address lives here".into())
  }
}

impl Peer for Ended {
  fn id(&self) -> IsolateId {
    self.0
  }

  fn send(&self, call: Box<Call>) -> Result<(), (Box<Call>, Refused)> {
    Err((call, Refused::Closed(Self::reason())))
  }

  fn when_room(&self, waiter: Arc<dyn Peer>) {
    waiter.room(self.0);
  }

  fn room(&self, _: IsolateId) {}

  fn settle(&self, _: u64, _: Outcome) {}

  fn cancel(&self, _: CallId, _: Cancel) {}

  fn stop(&self, _: bool) {}

  fn watch(&self, watcher: Arc<dyn Peer>, number: u64) {
    watcher.exited(Some(number), self.0, Self::reason());
  }

  fn link(&self, other: Arc<dyn Peer>) {
    other.exited(None, self.0, Self::reason());
  }

  fn linked(&self, other: Arc<dyn Peer>) {
    self.link(other);
  }

  fn exited(&self, _: Option<u64>, _: IsolateId, _: ExitReason) {}
}
