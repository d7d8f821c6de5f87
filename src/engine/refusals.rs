//! Requests of V8's for memory that were refused, which it takes for a want of heap.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use nano_proto::LimitExceeded;

/// Counts refused requests for buffers and address ranges of one isolate.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    /// In a row, since the last that was granted or since they were asked for.
    in_a_row: AtomicU32,
    /// In a row, of requests without which V8 cannot go on.
    vital: AtomicU32,
    /// The limit that refused the last one; none where the system did.
    last: Mutex<Option<LimitExceeded>>,
}

/// V8 asks so often, with a collection of garbage between each two, before it takes the process down.
const VITAL_TRIES: u32 = 6;

impl Refusals {
    /// A request was granted, or refused.
    pub fn note(&self, was_granted: bool) {
        if was_granted {
            self.in_a_row.store(0, Ordering::Relaxed);
        } else {
            self.in_a_row.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Notes which limit refused a request, if one did.
    pub fn blame(&self, limit: Option<LimitExceeded>) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = limit;
    }

    /// The limit that refused the last request that was refused, if one did.
    pub fn blamed(&self) -> Option<LimitExceeded> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request without which V8 cannot go on is within the limit, or not. Whether it can be refused, so that V8
    /// collects garbage and asks again.
    pub fn can_refuse_vital(&self, is_within: bool) -> bool {
        if is_within {
            self.vital.store(0, Ordering::Relaxed);
            return false;
        }
        self.vital.fetch_add(1, Ordering::Relaxed) + 1 < VITAL_TRIES
    }

    /// Whether V8 wants more heap since it was refused something else. It asks several times for a buffer, with
    /// a collection of garbage in between, then wants heap, and asks once more: so one refusal alone is what is
    /// left of an earlier want.
    pub fn explain_want(&self) -> bool {
        self.in_a_row.swap(0, Ordering::Relaxed) > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_want_is_explained_by_the_refusals_right_before_it() {
        let refusals = Refusals::default();
        let refuse = |times| (0..times).for_each(|_| refusals.note(false));
        assert!(!refusals.explain_want());
        refuse(3);
        assert!(refusals.explain_want());
        refuse(1);
        assert!(!refusals.explain_want(), "the last request for that buffer");
        refuse(3);
        refusals.note(true);
        assert!(!refusals.explain_want(), "it was granted in the end");
    }

    #[test]
    fn the_last_try_is_never_refused() {
        let refusals = Refusals::default();
        for _ in 1..VITAL_TRIES {
            assert!(refusals.can_refuse_vital(false));
        }
        assert!(!refusals.can_refuse_vital(false));
        assert!(!refusals.can_refuse_vital(true));
        assert!(refusals.can_refuse_vital(false), "the next request");
    }
}
