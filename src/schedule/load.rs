//! How much an isolate has to do, and so where it had better run: isolates that answer one another one
//! message at a time settle on one shard, since waking a thread costs more than the answer; isolates
//! whose turns are batches run side by side, since then a thread's whole time is the bound.

use std::sync::atomic::{AtomicU32, Ordering};

/// Events a turn, on average, from which on an isolate is busy enough for a thread of its own.
const BATCH: u32 = 6;

/// Fixed point: so many steps an event.
const STEPS: u32 = 16;

/// Events a turn of one isolate: an average over the last few turns.
#[derive(Default)]
pub struct Load(AtomicU32);

impl Load {
    /// A turn has handled so many events.
    pub fn note(&self, events: usize) {
        let now = u32::try_from(events)
            .unwrap_or(u32::MAX)
            .saturating_mul(STEPS);
        let before = self.0.load(Ordering::Relaxed);
        self.0
            .store(before - before / 4 + now / 4, Ordering::Relaxed);
    }

    /// Whether turns are batches.
    pub fn is_heavy(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= BATCH * STEPS
    }

    /// Takes over another's figure.
    pub fn copy(&self, other: &Self) {
        self.0
            .store(other.0.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_run_of_batches_is_heavy() {
        let load = Load::default();
        for _ in 0..100 {
            load.note(1);
        }
        assert!(!load.is_heavy());
        load.note(8);
        assert!(!load.is_heavy(), "one batch is no run");
        for _ in 0..8 {
            load.note(8);
        }
        assert!(load.is_heavy());
        for _ in 0..8 {
            load.note(1);
        }
        assert!(!load.is_heavy());
    }
}
