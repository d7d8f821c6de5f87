//! How many isolates descend from one, in all generations.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use nano_proto::{LimitExceeded, LimitKind};

/// The living descendants of an isolate. They outlive it, and so does their count: its children cannot become more by
/// its end.
#[derive(Debug)]
pub(crate) struct Brood {
    living: AtomicU64,
    allowed: u64,
    /// That of an ancestor, in which these count, too.
    outer: Option<Arc<Brood>>,
}

impl Brood {
    /// That of an isolate which counts in `outer` and may have `allowed` descendants. Where the ancestor may have no
    /// more, its count serves both: whatever is born here is born there. So a line of isolates is no longer than their
    /// limits get smaller, however many generations it has.
    pub fn within(outer: Option<Arc<Self>>, allowed: u64) -> Arc<Self> {
        match outer {
            Some(outer) if outer.allowed <= allowed => outer,
            outer => Arc::new(Self {
                living: AtomicU64::new(0),
                allowed,
                outer,
            }),
        }
    }

    /// This one, and those that it counts in.
    fn line(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |brood| brood.outer.as_deref())
    }
}

/// The place of a living isolate among the descendants of all its ancestors.
#[derive(Debug)]
pub(crate) struct Place(Arc<Brood>);

impl Place {
    /// One more.
    ///
    /// # Errors
    /// An ancestor has as many as it may have.
    pub fn take(brood: &Arc<Brood>) -> Result<Self, LimitExceeded> {
        for (passed, one) in brood.line().enumerate() {
            let used = one.living.fetch_add(1, Ordering::Relaxed) + 1;
            if let Err(exceeded) = LimitKind::Descendants.check(used, one.allowed) {
                for one in brood.line().take(passed + 1) {
                    one.living.fetch_sub(1, Ordering::Relaxed);
                }
                return Err(exceeded);
            }
        }
        Ok(Self(brood.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for one in self.0.line() {
            one.living.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descendants_count_for_every_ancestor_and_a_refusal_for_none() {
        let oldest = Brood::within(None, 3);
        let child = Brood::within(Some(oldest.clone()), 2);
        let of_child = [Place::take(&child).unwrap(), Place::take(&child).unwrap()];
        let refused = Place::take(&child).unwrap_err();
        assert_eq!((refused.used, refused.allowed), (3, 2));
        let own = Place::take(&oldest).unwrap();
        assert_eq!(Place::take(&oldest).unwrap_err().allowed, 3);
        drop(of_child);
        assert_eq!(child.living.load(Ordering::Relaxed), 0);
        assert_eq!(oldest.living.load(Ordering::Relaxed), 1);
        drop(own);
        let of_child = [Place::take(&child).unwrap(), Place::take(&child).unwrap()];
        drop(child);
        assert_eq!(oldest.living.load(Ordering::Relaxed), 2, "{of_child:?}");
    }

    #[test]
    fn generations_without_limits_of_their_own_are_one_count() {
        let oldest = Brood::within(None, 5);
        let mut last = oldest.clone();
        for _ in 0..1_000_000 {
            last = Brood::within(Some(last), 5);
        }
        assert!(Arc::ptr_eq(&last, &oldest));
    }
}
