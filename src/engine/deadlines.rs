//! Deadlines of what waits, the next one first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

/// Up to so many, those of what has ended are left where they are until they come up.
const FEW: usize = 64;

/// Deadlines by the id of what waits; some of what has ended already. Whether it has, `waits` says.
pub(super) struct Deadlines<K>(BinaryHeap<Reverse<(Instant, K)>>);

impl<K: Ord> Default for Deadlines<K> {
    fn default() -> Self {
        Self(BinaryHeap::new())
    }
}

impl<K: Ord + Copy> Deadlines<K> {
    /// Adds one; `waiting` is how many things wait.
    pub fn push(&mut self, deadline: Instant, id: K, waiting: usize, waits: impl Fn(K) -> bool) {
        if self.0.len() > FEW && self.0.len() > 2 * waiting {
            self.0.retain(|Reverse((_, id))| waits(*id));
        }
        self.0.push(Reverse((deadline, id)));
    }

    /// When the first of what waits reaches its deadline.
    pub fn next(&mut self, waits: impl Fn(K) -> bool) -> Option<Instant> {
        while let Some(Reverse((deadline, id))) = self.0.peek() {
            if waits(*id) {
                return Some(*deadline);
            }
            self.0.pop();
        }
        None
    }

    /// Takes the first of what waits, if it has reached its deadline.
    pub fn take_expired(&mut self, now: Instant, waits: impl Fn(K) -> bool) -> Option<K> {
        self.next(waits).filter(|&deadline| deadline <= now)?;
        self.0.pop().map(|Reverse((_, id))| id)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_has_ended_is_passed_over_and_forgotten() {
        let now = Instant::now();
        let later = |ms| now + Duration::from_millis(ms);
        let mut deadlines = Deadlines::default();
        for id in 0..200_u64 {
            deadlines.push(later(200 - id), id, 1, |id| id >= 198);
        }
        assert!(deadlines.0.len() <= FEW + 2, "{}", deadlines.0.len());
        let waits = |id| id == 198;
        assert_eq!(deadlines.next(waits), Some(later(2)));
        assert_eq!(deadlines.take_expired(later(1), waits), None);
        assert_eq!(deadlines.take_expired(later(2), waits), Some(198));
        assert_eq!(deadlines.next(|_| false), None);
    }
}
