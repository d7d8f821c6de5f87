//! Why an isolate is gone, and which limit was reached.

use thiserror::Error;

use super::JsError;
use crate::address::IsolateId;
use crate::limits::LimitKind;

/// A limit that was reached: which one, by how much, and how to raise it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[error(
    "{limit} limit reached: {}; raise it with {}",
    .limit.figures(*.used, *.allowed),
    .limit.raise_with()
)]
pub struct LimitExceeded {
    /// Which limit.
    pub limit: LimitKind,
    /// What was used or asked for, in the limit's unit.
    pub used: u64,
    /// What is allowed, in the same unit.
    pub allowed: u64,
}

impl LimitKind {
    /// How much was used, in words. What is counted and refused never comes into use, so the one that was refused
    /// is not counted here.
    fn figures(self, used: u64, allowed: u64) -> String {
        match (self, self.unit()) {
            (
                Self::PendingCalls
                | Self::PendingOperations
                | Self::Timers
                | Self::Subrequests
                | Self::Isolates
                | Self::Reservations,
                _,
            ) => format!("{} of {allowed} in use", used.saturating_sub(1)),
            (Self::Descendants, _) => format!(
                "{} of {allowed} in use, those of all generations, by the isolate or by one that it descends from",
                used.saturating_sub(1)
            ),
            // Sums, which nobody has set as they are.
            (Self::Memory, unit) => format!(
                "{used} {unit} used, {allowed} allowed by buffer_bytes and external_bytes together"
            ),
            (Self::Growth, unit) => format!(
                "{used} {unit} used, {allowed} allowed by heap_bytes, buffer_bytes, external_bytes and 128 MiB together"
            ),
            (_, "") => format!("{used} used, {allowed} allowed"),
            (_, unit) => format!("{used} {unit} used, {allowed} allowed"),
        }
    }

    /// Whether `used` is within what is `allowed`, both in the limit's unit.
    ///
    /// # Errors
    /// [`LimitExceeded`] where it is more.
    pub fn check(self, used: u64, allowed: u64) -> Result<(), LimitExceeded> {
        match used > allowed {
            true => Err(LimitExceeded {
                limit: self,
                used,
                allowed,
            }),
            false => Ok(()),
        }
    }
}

/// Why an isolate ended. A watcher is told exactly once.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ExitReason {
    /// It had nothing left to do.
    #[error("finished")]
    Normal,
    /// It was asked to stop and did.
    #[error("stopped")]
    Stopped,
    /// It was killed.
    #[error("killed")]
    Killed,
    /// An error that nothing caught, or a rejection that nothing handled.
    #[error("uncaught {0}")]
    Threw(JsError),
    /// It reached a limit past which its state cannot be trusted.
    #[error("{0}")]
    Limit(LimitExceeded),
    /// An isolate that it was linked to died.
    #[error("linked {isolate} died: {reason}")]
    LinkDied {
        /// The one that died first.
        isolate: IsolateId,
        /// Why.
        reason: Box<ExitReason>,
    },
    /// A panic in a turn: a fault of the runtime's, kept to one isolate.
    #[error("the runtime panicked: {0}")]
    Panicked(String),
    /// Its source could not be loaded or evaluated.
    #[error("did not start: {0}")]
    StartFailed(JsError),
    /// Its supervisor gave up after too many restarts.
    #[error("restarted {restarts} times within {within_ms} ms, given up")]
    RestartsExhausted {
        /// Restarts made.
        restarts: u32,
        /// The time they were made in, in milliseconds.
        within_ms: u64,
    },
    /// The runtime shut down.
    #[error("the runtime shut down")]
    Shutdown,
    /// The connection to its machine was lost: it may still be running.
    #[error("lost: {0}")]
    Lost(String),
}

impl ExitReason {
    /// Levels of [`LinkDied`](Self::LinkDied) that cross to another machine, with what else they lie in.
    pub const MAX_DEPTH: u32 = 16;
    /// Levels that [`link_died`](Self::link_died) makes at most: they cross as part of an error as well.
    const MAX_LINKS: u32 = Self::MAX_DEPTH - 4;

    /// That of an isolate whose linked `isolate` died for `reason`. Of a chain of links that is too long the end is kept
    /// where it began.
    #[must_use]
    pub fn link_died(isolate: IsolateId, reason: Self) -> Self {
        let mut reason = reason;
        while reason.links() >= Self::MAX_LINKS
            && let Self::LinkDied { reason: before, .. } = reason
        {
            reason = *before;
        }
        Self::LinkDied {
            isolate,
            reason: Box::new(reason),
        }
    }

    fn links(&self) -> u32 {
        let mut links = 0;
        let mut reason = self;
        while let Self::LinkDied { reason: before, .. } = reason {
            (links, reason) = (links + 1, before);
        }
        links
    }

    /// Whether this is an orderly end, after which a supervisor does not restart by itself.
    pub fn is_orderly(&self) -> bool {
        matches!(self, Self::Normal | Self::Stopped | Self::Shutdown)
    }
}

impl From<LimitExceeded> for ExitReason {
    fn from(limit: LimitExceeded) -> Self {
        Self::Limit(limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_reached_by_more_than_it_allows() {
        assert_eq!(LimitKind::Timers.check(5, 5), Ok(()));
        let exceeded = LimitExceeded {
            limit: LimitKind::Timers,
            used: 6,
            allowed: 5,
        };
        assert_eq!(LimitKind::Timers.check(6, 5), Err(exceeded));
        assert_eq!(LimitKind::Timers.check(u64::MAX, u64::MAX), Ok(()));
    }

    #[test]
    fn a_limit_says_which_how_much_and_the_way_out() {
        let heap = LimitExceeded {
            limit: LimitKind::Heap,
            used: 140,
            allowed: 128,
        };
        assert_eq!(
            heap.to_string(),
            "heap limit reached: 140 bytes used, 128 allowed; \
             raise it with Limits::heap_bytes, spawn's heapBytes or --heap"
        );
        let external = LimitExceeded {
            limit: LimitKind::Memory,
            used: 260,
            allowed: 256,
        };
        assert_eq!(
            external.to_string(),
            "external memory limit reached: 260 bytes used, 256 allowed by buffer_bytes and external_bytes \
             together; raise it with Limits::external_bytes or spawn's externalBytes"
        );
        let growth = LimitExceeded {
            limit: LimitKind::Growth,
            ..external
        };
        let names = "256 allowed by heap_bytes, buffer_bytes, external_bytes and 128 MiB together";
        assert!(growth.to_string().contains(names), "{growth}");
        let timers = LimitExceeded {
            limit: LimitKind::Timers,
            used: 3,
            allowed: 2,
        };
        assert!(timers.to_string().contains(": 2 of 2 in use; raise"));
        assert!(!ExitReason::from(heap).is_orderly());
    }

    #[test]
    fn a_long_chain_of_links_keeps_where_it_began() {
        let mut reason = ExitReason::Killed;
        for n in 0..100_000 {
            reason = ExitReason::link_died(IsolateId::new(n, 0), reason);
            assert!(reason.links() <= ExitReason::MAX_LINKS);
        }
        let text = reason.to_string();
        assert!(text.starts_with("linked isolate-99999.0 died: "), "{text}");
        assert!(text.ends_with("linked isolate-0.0 died: killed"), "{text}");
    }

    #[test]
    fn a_dead_link_names_both() {
        let reason = ExitReason::LinkDied {
            isolate: IsolateId::new(1, 0),
            reason: Box::new(ExitReason::Killed),
        };
        assert_eq!(reason.to_string(), "linked isolate-1.0 died: killed");
    }
}
