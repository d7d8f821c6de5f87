//! How many mappings the process has, and who is to give some back.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
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

fn ranges() -> MutexGuard<'static, Ranges<Control>> {
    // Nothing panics while it is held.
    RANGES.lock().unwrap_or_else(PoisonError::into_inner)
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
    let end = range.end;
    let mut ranges = ranges();
    // What was mapped anew in its place.
    ranges.remove(start, end, tell);
    KNOWN.fetch_add(range.weight(), Ordering::Relaxed);
    if let Some(owner) = &range.owner {
        owner.holding.change(&range, 1, (end - start) as i64);
    }
    ranges.insert(start, range);
}

/// Takes addresses out that are no longer mapped.
pub(super) fn remove(start: usize, end: usize) {
    ranges().remove(start, end, tell);
}

/// Makes the reserved range at `address`, if there is one, `owner`'s.
///
/// # Errors
/// `owner` may hold no more of them; then nothing has changed.
pub fn hand_over(address: usize, owner: &Arc<Control>) -> Result<(), LimitExceeded> {
    let mut ranges = ranges();
    let Some(range) = ranges.find(address).filter(|range| range.is_reserved) else {
        return Ok(());
    };
    let before = match &range.owner {
        Some(before) if Arc::ptr_eq(before, owner) => return Ok(()),
        before => before.clone(),
    };
    owner.holding.admit(owner.limits().reservations)?;
    if let Some(before) = before {
        before.holding.change(range, -1, 0);
    }
    owner.holding.change(range, 1, 0);
    range.owner = Some(owner.clone());
    Ok(())
}

/// Lends the reserved range at `address`, if there is one, to `borrower` as well, for as long as it is mapped.
///
/// # Errors
/// `borrower` may have no more of them; then nothing has changed.
pub fn lend(address: usize, borrower: &Arc<Control>) -> Result<(), LimitExceeded> {
    let mut ranges = ranges();
    let Some(range) = ranges.find(address).filter(|range| range.is_reserved) else {
        return Ok(());
    };
    let mut has = range.owner.iter().chain(&range.borrowers);
    if has.any(|has| Arc::ptr_eq(has, borrower)) {
        return Ok(());
    }
    borrower.holding.admit(borrower.limits().reservations)?;
    borrower.holding.note_borrowed(1);
    range.borrowers.push(borrower.clone());
    Ok(())
}

fn tell(change: Change<'_, Control>) {
    let mappings = change.more * change.range.weight() as i64;
    KNOWN.fetch_add(mappings as u64, Ordering::Relaxed);
    if let Some(owner) = &change.range.owner {
        owner
            .holding
            .change(change.range, change.more, -(change.bytes as i64));
    }
}

/// The living isolate with most mappings that are to be spared: reserved ranges before all others, since pages
/// of a heap are what its limit has allowed.
fn largest() -> Option<Arc<Control>> {
    let mut held: HashMap<*const Control, (&Arc<Control>, u64, u64)> = HashMap::new();
    let ranges = ranges();
    for range in ranges.iter() {
        let Some(owner) = range.owner.as_ref().filter(|owner| !owner.is_stopped()) else {
            continue;
        };
        let (_, reserved, all) = held.entry(Arc::as_ptr(owner)).or_insert((owner, 0, 0));
        *reserved += u64::from(range.is_reserved);
        *all += range.weight();
    }
    let few = *MOST / 1024;
    let rank =
        |&(_, reserved, all): &(_, u64, u64)| (if reserved > few { reserved } else { 0 }, all);
    let with_borrowed = held.into_values().map(|(owner, reserved, all)| {
        let borrowed = owner.holding.borrowed();
        (owner, reserved + borrowed, all + 2 * borrowed)
    });
    let largest = with_borrowed.max_by_key(rank);
    largest.map(|(owner, ..)| owner.clone())
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
