//! How many mappings the process has, and who is to give some back.

use std::cell::Cell;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nano_proto::{LimitExceeded, LimitKind};

use super::ranges::{Change, Range, Ranges};
use crate::engine::Control;
use crate::machine;

static RANGES: Mutex<Ranges<Control>> = Mutex::new(Ranges::new());

/// Mappings of all ranges.
static KNOWN: AtomicU64 = AtomicU64::new(0);
/// By how many the process had more than were known, when they were last counted: the system's libraries ask
/// for some on their own, and the kernel joins some that lie side by side.
static UNKNOWN: AtomicI64 = AtomicI64::new(0);

/// The most that the kernel lets the process have.
static MOST: LazyLock<u64> = LazyLock::new(machine::max_mappings);

thread_local! {
    /// Whether this thread works on the ranges.
    static WORKS: Cell<bool> = const { Cell::new(false) };
}

/// What `work` makes of the ranges; nothing where this thread is at that already, since an allocator may map memory
/// for what is allocated meanwhile.
fn with_ranges<T>(work: impl FnOnce(&mut Ranges<Control>) -> T) -> Option<T> {
    if WORKS.replace(true) {
        return None;
    }
    // Nothing panics while it is held.
    let made = work(&mut RANGES.lock().unwrap_or_else(PoisonError::into_inner));
    WORKS.set(false);
    Some(made)
}

/// How many mappings the process has, as far as known.
fn used() -> u64 {
    KNOWN
        .load(Ordering::Relaxed)
        .saturating_add_signed(UNKNOWN.load(Ordering::Relaxed))
}

/// From how many on an isolate has to go.
fn allowed() -> u64 {
    *MOST / 8 * 7
}

/// Whether there are so few left that no address range can be reserved any more.
pub(super) fn is_short() -> bool {
    used() > *MOST / 16 * 15
}

/// Reads what is read once, outside all requests.
pub(super) fn prepare() {
    LazyLock::force(&MOST);
}

/// Enters a range that was mapped.
pub(super) fn add(start: usize, range: Range<Control>) {
    with_ranges(|ranges| {
        // What was mapped anew in its place.
        ranges.remove(start, range.end, tell);
        KNOWN.fetch_add(range.weight(), Ordering::Relaxed);
        if let Some(owner) = &range.owner {
            let bytes = range.end - start;
            owner.holding.change(&range, 1, bytes as i64);
        }
        ranges.insert(start, range);
    });
}

/// Takes addresses out that are no longer mapped.
pub(super) fn remove(start: usize, end: usize) {
    with_ranges(|ranges| ranges.remove(start, end, tell));
}

/// Has `change` look at the reserved range at `address`, if there is one.
fn change_reserved(
    address: usize,
    change: impl FnOnce(&mut Range<Control>) -> Result<(), LimitExceeded>,
) -> Result<(), LimitExceeded> {
    let changed = with_ranges(|ranges| {
        let range = ranges.find(address).filter(|range| range.is_reserved);
        range.map_or(Ok(()), change)
    });
    changed.unwrap_or(Ok(()))
}

/// Makes the reserved range at `address`, if there is one, `owner`'s.
///
/// # Errors
/// `owner` may hold no more of them; then nothing has changed.
pub fn hand_over(address: usize, owner: &Arc<Control>) -> Result<(), LimitExceeded> {
    change_reserved(address, |range| {
        let has = |before: &Arc<Control>| Arc::ptr_eq(before, owner);
        if range.owner.as_ref().is_some_and(has) {
            return Ok(());
        }
        owner.holding.admit(owner.limits().reservations)?;
        if let Some(before) = range.owner.take() {
            before.holding.change(range, -1, 0);
        }
        owner.holding.change(range, 1, 0);
        range.owner = Some(owner.clone());
        Ok(())
    })
}

/// Lends the reserved range at `address`, if there is one, to `borrower` as well, for as long as it is mapped.
///
/// # Errors
/// `borrower` may have no more of them; then nothing has changed.
pub fn lend(address: usize, borrower: &Arc<Control>) -> Result<(), LimitExceeded> {
    change_reserved(address, |range| {
        let mut has = range.owner.iter().chain(&range.borrowers);
        if has.any(|has| Arc::ptr_eq(has, borrower)) {
            return Ok(());
        }
        borrower.holding.admit(borrower.limits().reservations)?;
        borrower.holding.note_borrowed(1);
        range.borrowers.push(borrower.clone());
        Ok(())
    })
}

fn tell(change: Change<'_, Control>) {
    let Change { range, more, bytes } = change;
    let mappings = more * range.weight() as i64;
    KNOWN.fetch_add(mappings as u64, Ordering::Relaxed);
    if let Some(owner) = &range.owner {
        owner.holding.change(range, more, -(bytes as i64));
    }
    if more < 0 {
        for borrower in &range.borrowers {
            borrower.holding.note_borrowed(-1);
        }
    }
}

/// The living isolate with most mappings that are to be spared: reserved ranges before all others, since pages
/// of a heap are what its limit has allowed.
fn largest() -> Option<Arc<Control>> {
    let few = *MOST / 1024;
    let rank = |control: &&Arc<Control>| {
        let holding = &control.holding;
        let reserved = Some(holding.reservations()).filter(|&reserved| reserved > few);
        (reserved, holding.mappings() + 2 * holding.borrowed())
    };
    let largest = with_ranges(|ranges| {
        let has = ranges
            .iter()
            .flat_map(|range| range.owner.iter().chain(&range.borrowers));
        has.filter(|control| !control.is_stopped())
            .max_by_key(rank)
            .cloned()
    });
    largest.flatten()
}

/// Whether another isolate finds the mappings that it needs.
///
/// # Errors
/// The process has too many.
pub fn room_for_isolates() -> Result<(), LimitExceeded> {
    // Those that are made ready in the background are not there yet.
    LimitKind::Mappings.check(used() + *MOST / 16, allowed())
}

/// Whether isolates whose thread was given up leave the others enough mappings.
///
/// # Errors
/// They hold `lost`, which is more than a quarter of what the process may have.
pub fn check_lost_mappings(lost: u64) -> Result<(), LimitExceeded> {
    LimitKind::Mappings.check(lost, *MOST / 4)
}

/// The watchdog's look at the mappings.
#[derive(Default)]
pub struct Census {
    /// When they were counted last, and how long that took.
    counted: Option<(Instant, Duration)>,
    /// Who was told to end and still holds some, and when that was.
    ending: Vec<(Arc<Control>, Instant)>,
}

/// Of the watchdog's time, counting takes at most this part.
const PART_OF_TIME: u32 = 100;
/// How long an isolate that ends has to give back what it holds.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two that end although others still give back.
const PAUSE: Duration = Duration::from_millis(20);

/// The isolate that has to end since the process runs out of mappings, if it does, with the reason.
pub fn shortage(census: &mut Census) -> Option<(Arc<Control>, LimitExceeded)> {
    census.count();
    let exceeded = LimitKind::Mappings.check(used(), allowed()).err()?;
    let leaves = census.leaves();
    let pause = census
        .ending
        .last()
        .is_some_and(|(_, when)| when.elapsed() < PAUSE);
    if pause {
        return None;
    }
    // What others give back would do, but takes its time: meanwhile only a large part is worth an end.
    let least = match exceeded.used.saturating_sub(leaves) <= allowed() {
        true if !is_short() => return None,
        true => *MOST / 64,
        false => 0,
    };
    let largest = largest().filter(|largest| largest.holding.mappings() > least)?;
    census.ending.push((largest.clone(), Instant::now()));
    Some((largest, exceeded))
}

impl Census {
    /// How many mappings come back from those that end.
    fn leaves(&mut self) -> u64 {
        self.ending
            .retain(|(control, when)| control.holding.mappings() > 0 && when.elapsed() < PATIENCE);
        self.ending
            .iter()
            .map(|(control, _)| control.holding.mappings())
            .sum()
    }

    /// Counts what the process really has, if it is time.
    fn count(&mut self) {
        let is_due = self.counted.is_none_or(|(when, took)| {
            when.elapsed() > (took * PART_OF_TIME).max(Duration::from_secs(1))
        });
        if !is_due {
            return;
        }
        let began = Instant::now();
        let known = || KNOWN.load(Ordering::Relaxed);
        let before = known();
        let real = machine::mappings();
        let least = known().min(before);
        // Counting takes a while, in which many may come and go: then the figure says nothing.
        let is_calm = known().abs_diff(before) < *MOST / 128;
        if let Some(real) = real.filter(|_| is_calm) {
            UNKNOWN.store(real as i64 - least as i64, Ordering::Relaxed);
        }
        self.counted = Some((began, began.elapsed()));
    }
}

#[cfg(test)]
mod tests {
    use nano_proto::Limits;

    use super::*;

    /// Where the system maps nothing for anybody.
    const NOWHERE: usize = 4096;

    #[test]
    fn a_range_counts_for_all_who_have_it_until_it_is_gone() {
        let isolate = || Control::new(Limits::default().with_reservations(1));
        let [maker, receiver, other] = [isolate(), isolate(), isolate()];
        let counts = || [&maker, &receiver, &other].map(|control| control.holding.reservations());
        let range = Range {
            end: NOWHERE + 100,
            is_reserved: true,
            owner: Some(maker.clone()),
            borrowers: Vec::new(),
        };
        add(NOWHERE, range);
        assert_eq!(counts(), [1, 0, 0]);
        hand_over(NOWHERE, &receiver).expect("its first");
        assert_eq!(counts(), [0, 1, 0]);
        for _ in 0..2 {
            lend(NOWHERE + 99, &other).expect("its first, and the same again");
            assert_eq!(counts(), [0, 1, 1]);
        }
        assert!(other.holding.admit(1).is_err());
        remove(NOWHERE, NOWHERE + 100);
        assert_eq!(counts(), [0, 0, 0]);
        assert_eq!([&maker, &receiver, &other].map(|it| it.mappings()), [0; 3]);
    }
}
