//! Whether a call has begun. The caller that gives up and the isolate that begins decide between them, in
//! one place, which of the two came first: so a caller that is told "it has not run" can rely on it.

use std::sync::atomic::{AtomicU8, Ordering};

const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const GIVEN_UP: u8 = 2;

/// How far a call has come, for its caller and the isolate.
#[derive(Default)]
pub struct Stage(AtomicU8);

impl Stage {
    fn decide(&self, stage: u8) -> Result<u8, u8> {
        let (order, else_order) = (Ordering::AcqRel, Ordering::Acquire);
        self.0.compare_exchange(WAITING, stage, order, else_order)
    }

    /// The handler is to begin; false where the caller has given up, so that it must not.
    pub fn begin(&self) -> bool {
        !matches!(self.decide(BEGUN), Err(GIVEN_UP))
    }

    /// The caller no longer waits; returns whether the handler has begun. If not, it will not.
    pub fn give_up(&self) -> bool {
        matches!(self.decide(GIVEN_UP), Err(BEGUN))
    }

    /// Whether the caller has given up before the handler began.
    pub fn is_given_up(&self) -> bool {
        self.0.load(Ordering::Acquire) == GIVEN_UP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_giving_up_and_beginning_the_first_one_counts() {
        let stage = Stage::default();
        assert!(stage.begin());
        assert!(stage.give_up(), "it has begun");
        assert!(!stage.is_given_up());
        let stage = Stage::default();
        assert!(!stage.give_up());
        assert!(!stage.begin(), "nobody waits");
        assert!(!stage.give_up(), "it never will");
        assert!(stage.is_given_up());
    }
}
