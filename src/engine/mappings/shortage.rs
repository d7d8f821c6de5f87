//! What the process runs out of, and who is to give some back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use nano_proto::{LimitExceeded, LimitKind};

use super::{Holding, census};
use crate::engine::Control;
use crate::machine;

/// What the kernel gives a process only so much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resource {
    Mappings,
    /// In bytes.
    Addresses,
}

impl Resource {
    const ALL: [Self; 2] = [Self::Mappings, Self::Addresses];

    /// How much there is.
    fn most(self) -> u64 {
        match self {
            Self::Mappings => census::most(),
            // What every processor of 64 bits gives a process.
            Self::Addresses => 1 << 47,
        }
    }

    /// From how much on an isolate has to go, and none is added: the rest is for what is under way.
    fn allowed(self) -> u64 {
        self.most() / 5 * 4
    }

    fn used(self) -> u64 {
        match self {
            Self::Mappings => census::used(),
            Self::Addresses => census::reserved(),
        }
    }

    /// Whether so little is left that no script can reserve `more`.
    fn is_short(self, more: u64) -> bool {
        self.used().saturating_add(more) > self.most() / 16 * 15
    }

    /// Whether it suffices.
    fn check(self) -> Result<(), LimitExceeded> {
        let kind = match self {
            Self::Mappings => LimitKind::Mappings,
            Self::Addresses => LimitKind::Addresses,
        };
        kind.check(self.used(), self.allowed())
    }

    /// How much an isolate holds.
    fn held(self, holding: &Holding) -> u64 {
        match self {
            Self::Mappings => holding.mappings(),
            Self::Addresses => holding.reserved_bytes(),
        }
    }

    /// The living isolate that holds most of what is to be spared.
    fn largest(self) -> Option<Arc<Control>> {
        match self {
            // Reserved ranges before all others, since pages of a heap are what its limit has allowed.
            Self::Mappings => {
                let few = self.most() / 1024;
                census::largest_by(|holding| {
                    let reserved = Some(holding.reservations()).filter(|&reserved| reserved > few);
                    (reserved, holding.reachable_mappings())
                })
            }
            Self::Addresses => census::largest_by(Holding::reserved_bytes),
        }
    }
}

/// Whether there are too few mappings, or addresses, left for a script to reserve `bytes`.
pub(super) fn is_short(bytes: usize) -> bool {
    Resource::Mappings.is_short(0) || Resource::Addresses.is_short(bytes as u64)
}

/// Whether another isolate finds the mappings and the addresses that it needs.
///
/// # Errors
/// The process has too many.
pub fn room_for_isolates() -> Result<(), LimitExceeded> {
    Resource::ALL.into_iter().try_for_each(Resource::check)
}

/// Whether isolates whose thread was given up leave the others enough mappings.
///
/// # Errors
/// They hold `lost`, which is more than a quarter of what the process may have.
pub fn check_lost_mappings(lost: u64) -> Result<(), LimitExceeded> {
    LimitKind::Mappings.check(lost, census::most() / 4)
}

/// The watchdog's look at the mappings.
#[derive(Default)]
pub struct Census {
    /// When they were counted last, and how long that took.
    counted: Option<(Instant, Duration)>,
    /// Who was told to end and still holds some, since what ran out, and when that was.
    ending: Vec<(Arc<Control>, Resource, Instant)>,
}

/// Of the watchdog's time, counting takes at most this part.
const PART_OF_TIME: u32 = 100;
/// How long an isolate that ends has to give back what it holds.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two that end although others still give back.
const PAUSE: Duration = Duration::from_millis(20);

/// The isolate that has to end since the process runs out of something, if it does, with the reason.
pub fn shortage(census: &mut Census) -> Option<(Arc<Control>, LimitExceeded)> {
    census.count();
    Resource::ALL
        .into_iter()
        .find_map(|resource| census.shortage_of(resource))
}

impl Census {
    fn shortage_of(&mut self, resource: Resource) -> Option<(Arc<Control>, LimitExceeded)> {
        let exceeded = resource.check().err()?;
        let leaves = self.leaves(resource);
        let pause = self
            .ending
            .last()
            .is_some_and(|(.., when)| when.elapsed() < PAUSE);
        if pause {
            return None;
        }
        // What others give back would do, but takes its time: meanwhile only a large part is worth an end.
        let least = match exceeded.used.saturating_sub(leaves) <= resource.allowed() {
            true if !resource.is_short(0) => return None,
            true => resource.most() / 64,
            false => 0,
        };
        let largest = resource
            .largest()
            .filter(|largest| resource.held(&largest.holding) > least)?;
        self.ending
            .push((largest.clone(), resource, Instant::now()));
        Some((largest, exceeded))
    }

    /// How much of `wanted` comes back from those that end.
    fn leaves(&mut self, wanted: Resource) -> u64 {
        self.ending.retain(|(control, resource, when)| {
            resource.held(&control.holding) > 0 && when.elapsed() < PATIENCE
        });
        let held = |(control, ..): &(Arc<Control>, _, _)| wanted.held(&control.holding);
        self.ending.iter().map(held).sum()
    }

    /// Counts the mappings that the process really has, if it is time.
    fn count(&mut self) {
        let is_due = self.counted.is_none_or(|(when, took)| {
            when.elapsed() > (took * PART_OF_TIME).max(Duration::from_secs(1))
        });
        if !is_due {
            return;
        }
        let began = Instant::now();
        let before = census::known();
        let real = machine::mappings();
        let after = census::known();
        // Counting takes a while, in which many may come and go: then the figure says nothing.
        let is_calm = after.abs_diff(before) < census::most() / 128;
        if let Some(real) = real.filter(|_| is_calm) {
            census::note_count(real, after.min(before));
        }
        self.counted = Some((began, began.elapsed()));
    }
}
