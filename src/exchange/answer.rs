//! The way back to a Rust caller: one outcome, and word of whether the handler has begun.
//!
//! The caller that gives up and the isolate that begins decide between them, in one place, which of the two
//! came first: so a caller that is told "it has not run" can rely on it.

use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::Outcome;

const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const GIVEN_UP: u8 = 2;

#[derive(Default)]
struct Slot {
    stage: AtomicU8,
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

    fn decide(&self, stage: u8) -> Result<u8, u8> {
        let (order, else_order) = (Ordering::AcqRel, Ordering::Acquire);
        self.stage
            .compare_exchange(WAITING, stage, order, else_order)
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
    /// The handler is to begin; false where the caller has given up, so that it must not.
    pub fn begin(&self) -> bool {
        !matches!(self.0.decide(BEGUN), Err(GIVEN_UP))
    }

    /// Whether the caller has given up before the handler began.
    pub fn is_given_up(&self) -> bool {
        self.0.stage.load(Ordering::Acquire) == GIVEN_UP
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
        matches!(self.0.decide(GIVEN_UP), Err(BEGUN))
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
        assert!(answer.begin());
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
    fn of_giving_up_and_beginning_the_first_one_counts() {
        let (answer, answered) = super::answer();
        assert!(answer.begin());
        assert!(answered.give_up(), "it has begun");
        let (answer, answered) = super::answer();
        assert!(!answered.give_up());
        assert!(!answer.begin(), "nobody waits");
        let (answer, answered) = super::answer();
        drop(answered);
        assert!(answer.is_given_up());
    }
}
