//! What an isolate owes: an answer for every call that has left its inbox, and word of its start.
//!
//! It lies where other threads reach it while the isolate's own is inside V8, since some of V8's functions do not
//! come back from there. Who ends the isolate closes it and answers; a turn that comes back afterwards finds
//! nothing left to answer.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use nano_proto::{CallId, ExitReason};
use rustc_hash::FxHashMap;
use tokio::sync::oneshot;

use super::{Call, Reply};

/// Who waits for the isolate's start.
pub type Ready = oneshot::Sender<Result<(), ExitReason>>;

/// A call that waits for the main module, and until when.
struct Held {
    call: Call,
    until: Option<Instant>,
}

#[derive(Default)]
struct Inner {
    /// Of calls whose handler has begun.
    begun: FxHashMap<CallId, Reply>,
    /// Calls that came before the main module had been evaluated, in order.
    held: VecDeque<Held>,
    ready: Option<Ready>,
    closed: Option<ExitReason>,
}

/// What one isolate owes.
#[derive(Default)]
pub struct Owed(Mutex<Inner>);

/// What an isolate that has ended still owed.
pub struct Left {
    /// Of calls that had begun.
    pub begun: Vec<(CallId, Reply)>,
    /// Calls that had not, in order.
    pub held: Vec<Call>,
    /// Who waits for its start, where it has not started.
    pub ready: Option<Ready>,
}

impl Owed {
    /// Everything in it is whole whenever the lock is free, a panic or not.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the reply of a call whose handler begins; false where the isolate has ended, which it is answered.
    #[must_use]
    pub fn begin(&self, id: CallId, reply: Reply) -> bool {
        let reason = {
            let mut inner = self.inner();
            match &inner.closed {
                None => {
                    inner.begun.insert(id, reply);
                    return true;
                }
                Some(reason) => reason.clone(),
            }
        };
        reply.lost(&reason);
        false
    }

    /// The reply of a call that ends; none where the isolate's end has answered it.
    pub fn settle(&self, id: CallId) -> Option<Reply> {
        self.inner().begun.remove(&id)
    }

    /// Keeps a call until the main module has been evaluated, at most until `until`.
    pub fn hold(&self, call: Call, until: Option<Instant>) {
        let reason = {
            let mut inner = self.inner();
            match &inner.closed {
                None => {
                    inner.held.push_back(Held { call, until });
                    return;
                }
                Some(reason) => reason.clone(),
            }
        };
        call.reply.lost(&reason);
    }

    /// The first of the calls that are held.
    pub fn take_held(&self) -> Option<Call> {
        Some(self.inner().held.pop_front()?.call)
    }

    /// Whether a call is held.
    pub fn holds(&self, id: CallId) -> bool {
        self.inner().held.iter().any(|held| held.call.id == id)
    }

    /// Takes back a call that is held.
    pub fn take_held_call(&self, id: CallId) -> Option<Call> {
        self.take_held_where(|held| held.call.id == id)
    }

    /// Takes a call that was held until `now`.
    pub fn take_expired(&self, now: Instant) -> Option<Call> {
        self.take_held_where(|held| held.until.is_some_and(|until| until <= now))
    }

    fn take_held_where(&self, is_it: impl FnMut(&Held) -> bool) -> Option<Call> {
        let mut inner = self.inner();
        let position = inner.held.iter().position(is_it)?;
        Some(inner.held.remove(position)?.call)
    }

    /// When the first of the calls that are held has waited long enough.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.inner().held.iter().filter_map(|held| held.until).min()
    }

    /// Keeps who waits for the start. Where the isolate has ended they learn it from that.
    pub fn expect_start(&self, ready: Ready) {
        let mut inner = self.inner();
        if inner.closed.is_none() {
            inner.ready = Some(ready);
        }
    }

    /// Who waits for the start.
    pub fn take_ready(&self) -> Option<Ready> {
        self.inner().ready.take()
    }

    /// The isolate ends for `reason`: takes all that it owes, for the caller to answer. Whatever is added from here
    /// on is answered at once.
    pub fn close(&self, reason: &ExitReason) -> Left {
        let mut inner = self.inner();
        inner.closed.get_or_insert_with(|| reason.clone());
        Left {
            begun: inner.begun.drain().collect(),
            held: inner.held.drain(..).map(|held| held.call).collect(),
            ready: inner.ready.take(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use nano_proto::{AskError, to_value};

    use super::*;
    use crate::exchange::ReplyTo;
    use crate::exchange::answer::{Answered, answer};

    fn asked() -> (Reply, Answered) {
        let (answer, answered) = answer();
        let mut reply = Reply::new(ReplyTo::Rust(answer));
        assert!(reply.start());
        (reply, answered)
    }

    #[test]
    fn what_begins_after_the_end_is_answered_at_once() {
        let owed = Owed::default();
        let (reply, before) = asked();
        assert!(owed.begin(CallId(1), reply));
        for (_, reply) in owed.close(&ExitReason::Killed).begun {
            reply.lost(&ExitReason::Killed);
        }
        let lost = || Some(Err(AskError::Unknown(ExitReason::Killed)));
        assert_eq!(before.take().map(|end| end.map(drop)), lost());
        assert!(owed.settle(CallId(1)).is_none(), "it is answered");
        let (reply, after) = asked();
        assert!(!owed.begin(CallId(2), reply));
        assert_eq!(after.take().map(|end| end.map(drop)), lost());
    }

    #[test]
    fn a_call_that_was_held_has_not_run() {
        let owed = Owed::default();
        let (answer, answered) = answer();
        let call = Call {
            id: CallId(1),
            entry: Arc::from("f"),
            value: to_value(&1).expect("a number is a value"),
            deadline: None,
            metered: None,
            credit: None,
            reply: Reply::new(ReplyTo::Rust(answer)),
        };
        owed.hold(call, None);
        for call in owed.close(&ExitReason::Killed).held {
            call.reply.lost(&ExitReason::Killed);
        }
        let outcome = answered.take();
        assert!(matches!(outcome, Some(Err(AskError::NotDelivered { .. }))));
        assert!(owed.take_held().is_none());
    }
}
