//! What the process runs out of, and who is to give some back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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

/// How much of a resource the process has, at one moment.
#[derive(Clone, Copy, Debug)]
struct Level {
    /// How much there is.
    most: u64,
    used: u64,
    /// From how much on no isolate is added: the rest is for those that live.
    full: u64,
    /// From how much on an isolate has to go: the rest is for what is under way.
    over: u64,
    /// What one has to hold for that.
    worth: u64,
}

impl Level {
    fn new(used: u64, most: u64) -> Self {
        let full = most / 5 * 4;
        Self {
            most,
            used,
            full,
            over: full,
            worth: 0,
        }
    }

    /// Of addresses of which the process has mapped so many and may have `most` by its own limit. Everything that is
    /// mapped counts, heaps too, which go on growing where isolates are added no longer: nobody has to go for that.
    fn limited(mapped: u64, most: u64) -> Self {
        Self {
            over: most / 10 * 9,
            worth: most / 256,
            ..Self::new(mapped, most)
        }
    }

    /// What scripts can have reserved at most.
    fn for_scripts(&self) -> u64 {
        self.most / 16 * 15
    }

    /// Whether so little is left that no script can reserve any.
    fn is_short(&self) -> bool {
        self.used > self.for_scripts()
    }
}

impl Resource {
    const ALL: [Self; 2] = [Self::Mappings, Self::Addresses];

    fn level(self) -> Level {
        if self == Self::Mappings {
            return Level::new(census::used(), census::most());
        }
        match machine::address_limit() {
            None => Level::new(census::reserved(), machine::ADDRESSES),
            Some(most) => {
                let mapped = machine::mapped_bytes().unwrap_or_else(census::reserved);
                Level::limited(mapped, most)
            }
        }
    }

    fn kind(self) -> LimitKind {
        match self {
            Self::Mappings => LimitKind::Mappings,
            Self::Addresses => LimitKind::Addresses,
        }
    }

    /// How much an isolate holds.
    fn held(self, holding: &Holding) -> u64 {
        match self {
            Self::Mappings => holding.mappings(),
            Self::Addresses => holding.reserved_bytes().saturating_add(holding.bytes()),
        }
    }

    /// The living isolate that holds most of what is to be spared, where there is so much.
    fn largest(self, most: u64) -> Option<Arc<Control>> {
        match self {
            // Reserved ranges before all others, since pages of a heap are what its limit has allowed.
            Self::Mappings => {
                let few = most / 1024;
                census::largest_by(|holding| {
                    let reserved = Some(holding.reservations()).filter(|&reserved| reserved > few);
                    (reserved, holding.reachable_mappings())
                })
            }
            Self::Addresses => census::largest_by(|holding| self.held(holding)),
        }
    }
}

/// Bytes of the ranges that are being reserved at this moment: several threads may look at once.
static ASKED: AtomicU64 = AtomicU64::new(0);

/// A range that is being reserved.
pub(super) struct Asked(u64);

impl Asked {
    /// One of so many bytes, be there room or not.
    pub fn new(bytes: usize) -> Self {
        let bytes = bytes as u64;
        ASKED.fetch_add(bytes, Ordering::SeqCst);
        Self(bytes)
    }

    /// One of so many bytes.
    ///
    /// # Errors
    /// There are too few addresses.
    pub fn admit(bytes: usize) -> Result<Self, LimitExceeded> {
        // By itself first: what could never be had takes nothing from others meanwhile.
        check_addresses(bytes as u64)?;
        let asked = Self::new(bytes);
        check_addresses(ASKED.load(Ordering::SeqCst))?;
        Ok(asked)
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        ASKED.fetch_sub(self.0, Ordering::SeqCst);
    }
}

/// Whether a script finds `more` addresses.
fn check_addresses(more: u64) -> Result<(), LimitExceeded> {
    let level = Resource::Addresses.level();
    let used = level.used.saturating_add(more);
    LimitKind::Addresses.check(used, level.for_scripts())
}

/// Whether there are too few mappings left for a script to reserve anything.
pub(super) fn lacks_mappings() -> bool {
    Resource::Mappings.level().is_short()
}

/// Addresses that V8 reserves for an isolate, in bytes: 256 MiB for handles of functions, 64 MiB for code, and the
/// first pages of its heap.
const ADDRESSES_EACH: u64 = 336 << 20;

/// Isolates that were promised what V8 has not taken yet.
static PROMISED: AtomicU64 = AtomicU64::new(0);

/// Room for one isolate, promised until this is dropped.
#[derive(Debug)]
pub struct Room(());

impl Room {
    /// Promises room, and says what that comes to with all that is promised, in bytes of addresses.
    fn promise() -> (Self, u64) {
        let isolates = PROMISED.fetch_add(1, Ordering::SeqCst) + 1;
        (Self(()), isolates.saturating_mul(ADDRESSES_EACH))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        PROMISED.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether another isolate finds the mappings and the addresses that it needs: without them V8 takes the process down.
/// Returns what is to be dropped once V8 has taken them.
///
/// # Errors
/// The process has too many.
pub fn room_for_isolate() -> Result<Room, LimitExceeded> {
    let (room, promised) = Room::promise();
    for (resource, more) in [(Resource::Mappings, 0), (Resource::Addresses, promised)] {
        let level = resource.level();
        resource
            .kind()
            .check(level.used.saturating_add(more), level.full)?;
    }
    Ok(room)
}

/// The same for an isolate that nobody has asked for yet: by the process's own limit on addresses the half is kept for
/// those that are.
pub fn room_for_spare() -> Option<Room> {
    let (room, promised) = Room::promise();
    let limited = machine::address_limit().zip(machine::mapped_bytes());
    let is_room = limited.is_none_or(|(most, mapped)| mapped.saturating_add(promised) < most / 2);
    is_room.then_some(room)
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
        let level = resource.level();
        let exceeded = resource.kind().check(level.used, level.over).err()?;
        let leaves = self.leaves(resource);
        let pause = self
            .ending
            .last()
            .is_some_and(|(.., when)| when.elapsed() < PAUSE);
        if pause {
            return None;
        }
        // What others give back would do, but takes its time: meanwhile only a large part is worth an end.
        let least = match exceeded.used.saturating_sub(leaves) <= level.over {
            true if !level.is_short() => return None,
            true => level.most / 64,
            false => 0,
        };
        // Nor does it help to end one that holds next to nothing of what its program has mapped itself.
        let least = least.max(level.worth);
        let largest = resource
            .largest(level.most)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn isolates_are_refused_before_one_has_to_go() {
        let level = Level::limited(0, 100 << 30);
        assert!(level.full < level.over && level.over < level.most);
        assert!(level.over < level.for_scripts() && level.for_scripts() < level.most);
        let level = Level::new(0, 100);
        assert_eq!((level.full, level.over), (80, 80));
    }

    #[test]
    fn what_is_promised_counts_until_it_is_taken() {
        let (room, one) = Room::promise();
        assert!(one >= ADDRESSES_EACH);
        let (second, two) = Room::promise();
        assert!(two >= 2 * ADDRESSES_EACH);
        drop((room, second));
    }
}
