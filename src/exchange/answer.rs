//! The way back to a Rust caller: one outcome, and word of whether the handler has begun.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::{Outcome, Stage};

#[derive(Default)]
struct Slot {
    stage: Stage,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    outcome: Option<Outcome>,
    done: bool,
    waker: Option<Waker>,
}

impl Slot {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The isolate's half.
pub struct Answer(Arc<Slot>);

/// The caller's half: a future of the outcome, or of nothing if the other half was dropped.
pub struct Answered(Arc<Slot>);

/// Both halves.
pub fn answer() -> (Answer, Answered) {
    let slot = Arc::new(Slot::default());
    (Answer(slot.clone()), Answered(slot))
}

impl Answer {
    /// How far the call has come.
    pub fn stage(&self) -> &Stage {
        &self.0.stage
    }

    /// Answers.
    pub fn send(self, outcome: Outcome) {
        self.0.inner().outcome = Some(outcome);
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let waker = {
            let mut inner = self.0.inner();
            inner.done = true;
            inner.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Answered {
    /// No longer waits; returns whether the handler has begun. If not, it will not.
    pub fn give_up(&self) -> bool {
        self.0.stage.give_up()
    }

    /// The outcome, if it has come.
    pub fn take(&self) -> Option<Outcome> {
        self.0.inner().outcome.take()
    }
}

impl Future for Answered {
    type Output = Option<Outcome>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Outcome>> {
        let mut inner = self.0.inner();
        if inner.done {
            return Poll::Ready(inner.outcome.take());
        }
        match &mut inner.waker {
            Some(waker) => waker.clone_from(context.waker()),
            slot => *slot = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        self.give_up();
    }
}

#[cfg(test)]
mod tests {
    use nano_proto::AskError;

    use super::*;

    fn poll(answered: &mut Answered) -> Poll<Option<Outcome>> {
        Pin::new(answered).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn an_outcome_reaches_the_caller_once() {
        let (answer, mut answered) = answer();
        assert!(poll(&mut answered).is_pending());
        assert!(answer.stage().begin());
        answer.send(Err(AskError::Cancelled));
        let Poll::Ready(Some(Err(error))) = poll(&mut answered) else {
            panic!("it was sent")
        };
        assert_eq!(error, AskError::Cancelled);
        assert!(matches!(poll(&mut answered), Poll::Ready(None)));
    }

    #[test]
    fn a_half_that_is_dropped_leaves_nobody_waiting() {
        let (answer, mut answered) = answer();
        drop(answer);
        assert!(matches!(poll(&mut answered), Poll::Ready(None)));
    }

    #[test]
    fn a_future_that_is_dropped_gives_up() {
        let (answer, answered) = answer();
        drop(answered);
        assert!(answer.stage().is_given_up());
    }
}
