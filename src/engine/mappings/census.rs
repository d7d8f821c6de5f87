//! Which mappings the process has, and for whom.

use std::cell::Cell;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use nano_proto::LimitExceeded;

use super::Holding;
use super::ranges::{Change, Range, Ranges};
use crate::engine::Control;
use crate::machine;

static RANGES: Mutex<Ranges<Control>> = Mutex::new(Ranges::new());

/// Mappings of all ranges.
static KNOWN: AtomicU64 = AtomicU64::new(0);
/// By how many the process had more than were known, when they were last counted: the system's libraries ask
/// for some on their own, and the kernel joins some that lie side by side.
static UNKNOWN: AtomicI64 = AtomicI64::new(0);

/// The most mappings that the kernel lets the process have.
static MOST: LazyLock<u64> = LazyLock::new(machine::max_mappings);

/// Bytes of all ranges that are reserved.
static RESERVED: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// Whether this thread works on the ranges.
    static WORKS: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread works on the ranges, which everybody needs. May be asked in a signal's handler.
pub(in crate::engine) fn works() -> bool {
    WORKS.get()
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

/// The most mappings that the process may have.
pub(super) fn most() -> u64 {
    *MOST
}

/// How many mappings are known of.
pub(super) fn known() -> u64 {
    KNOWN.load(Ordering::Relaxed)
}

/// The process was found to have `real` mappings where `known` were known of.
pub(super) fn note_count(real: u64, known: u64) {
    UNKNOWN.store(real as i64 - known as i64, Ordering::Relaxed);
}

/// How many mappings the process has, as far as known.
pub(super) fn used() -> u64 {
    known().saturating_add_signed(UNKNOWN.load(Ordering::Relaxed))
}

/// How many bytes of addresses are reserved.
pub(super) fn reserved() -> u64 {
    RESERVED.load(Ordering::Relaxed)
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
        let bytes = range.end - start;
        note_reserved(&range, bytes as i64);
        if let Some(owner) = &range.owner {
            owner.holding.change(&range, 1, bytes as i64);
        }
        ranges.insert(start, range);
    });
}

fn note_reserved(range: &Range<Control>, bytes: i64) {
    if range.is_reserved {
        RESERVED.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// Takes addresses out that are no longer mapped.
pub(super) fn remove(start: usize, end: usize) {
    with_ranges(|ranges| ranges.remove(start, end, tell));
}

/// Has `change` look at the reserved range at `address`, if there is one, and at how many bytes it has.
fn change_reserved(
    address: usize,
    change: impl FnOnce(&mut Range<Control>, usize) -> Result<(), LimitExceeded>,
) -> Result<(), LimitExceeded> {
    let changed = with_ranges(|ranges| {
        let found = ranges.find(address);
        let reserved = found.filter(|(_, range)| range.is_reserved);
        reserved.map_or(Ok(()), |(start, range)| {
            let bytes = range.end - start;
            change(range, bytes)
        })
    });
    changed.unwrap_or(Ok(()))
}

/// Makes the reserved range at `address`, if there is one, `owner`'s.
///
/// # Errors
/// `owner` may hold no more of them; then nothing has changed.
pub fn hand_over(address: usize, owner: &Arc<Control>) -> Result<(), LimitExceeded> {
    change_reserved(address, |range, bytes| {
        let has = |before: &Arc<Control>| Arc::ptr_eq(before, owner);
        if range.owner.as_ref().is_some_and(has) {
            return Ok(());
        }
        owner.holding.admit(bytes, owner.limits().reservations)?;
        give(range, bytes as i64, owner.clone());
        Ok(())
    })
}

/// Makes `range`, of `bytes`, `owner`'s.
fn give(range: &mut Range<Control>, bytes: i64, owner: Arc<Control>) {
    let opened = range.opened.unwrap_or(0) as i64;
    if let Some(before) = range.owner.take() {
        before.holding.change(range, -1, -bytes);
        before.note_opened(-opened);
    }
    owner.holding.change(range, 1, bytes);
    owner.note_opened(opened);
    range.owner = Some(owner);
}

/// The isolate of `owner` is gone. Memory that it shared counts for one of those that have it still: nobody could
/// be held to account for it otherwise.
pub fn bequeath(owner: &Arc<Control>) {
    if owner.holding.reservations() == 0 {
        return;
    }
    with_ranges(|ranges| {
        for (start, range) in ranges.iter_mut() {
            let is_left = |has: &Arc<Control>| Arc::ptr_eq(has, owner);
            if !range.owner.as_ref().is_some_and(is_left) {
                continue;
            }
            let heir = range.borrowers.iter().position(|has| !has.is_stopped());
            if let Some(heir) = heir {
                let heir = range.borrowers.swap_remove(heir);
                let bytes = (range.end - start) as i64;
                heir.holding.note_borrowed(-1, -bytes);
                give(range, bytes, heir);
            }
        }
    });
}

/// Whose range it is that is opened from `start` to `end`, and what it comes to: how many bytes are open in the
/// range, and how many of these were not before.
pub(super) fn opening(start: usize, end: usize) -> Option<(Arc<Control>, u64, u64)> {
    let found = with_ranges(|ranges| {
        let (at, range) = ranges.find(start)?;
        let opened = range.opened_after(at, start, end, true)?;
        let more = opened - range.opened.unwrap_or(0);
        Some((range.owner.clone()?, opened as u64, more as u64))
    });
    found.flatten()
}

/// Notes that the addresses from `start` to `end` can be used from now on, or no longer.
pub(super) fn note_access(start: usize, end: usize, opens: bool) {
    with_ranges(|ranges| {
        let (at, range) = ranges.find(start)?;
        let opened = range.opened_after(at, start, end, opens)?;
        let before = range.opened.replace(opened).unwrap_or(0);
        let owner = range.owner.as_ref()?;
        owner.note_opened(opened as i64 - before as i64);
        Some(())
    });
}

/// Lends the reserved range at `address`, if there is one, to `borrower` as well, for as long as it is mapped.
///
/// # Errors
/// `borrower` may have no more of them; then nothing has changed.
pub fn lend(address: usize, borrower: &Arc<Control>) -> Result<(), LimitExceeded> {
    change_reserved(address, |range, bytes| {
        let mut has = range.owner.iter().chain(&range.borrowers);
        if has.any(|has| Arc::ptr_eq(has, borrower)) {
            return Ok(());
        }
        let allowed = borrower.limits().reservations;
        borrower.holding.admit(bytes, allowed)?;
        borrower.holding.note_borrowed(1, bytes as i64);
        range.borrowers.push(borrower.clone());
        Ok(())
    })
}

fn tell(change: Change<'_, Control>) {
    let Change {
        range,
        more,
        bytes,
        opened,
    } = change;
    let mappings = more * range.weight() as i64;
    KNOWN.fetch_add(mappings as u64, Ordering::Relaxed);
    let fewer = -(bytes as i64);
    note_reserved(range, fewer);
    if let Some(owner) = &range.owner {
        owner.holding.change(range, more, fewer);
        owner.note_opened(-(opened as i64));
    }
    // What lies behind a hole that is torn into it is nobody's loan.
    for borrower in &range.borrowers {
        borrower.holding.note_borrowed(more.min(0), fewer);
    }
}

/// The living isolate that ranks first.
pub(super) fn largest_by<T: Ord>(rank: impl Fn(&Holding) -> T) -> Option<Arc<Control>> {
    let largest = with_ranges(|ranges| {
        let has = ranges
            .iter()
            .flat_map(|range| range.owner.iter().chain(&range.borrowers));
        has.filter(|control| !control.is_stopped())
            .max_by_key(|control| rank(&control.holding))
            .cloned()
    });
    largest.flatten()
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
            opened: Some(0),
            owner: Some(maker.clone()),
            borrowers: Vec::new(),
        };
        add(NOWHERE, range);
        note_access(NOWHERE, NOWHERE + 60, true);
        note_access(NOWHERE + 50, NOWHERE + 60, false);
        let opened = || [&maker, &receiver, &other].map(|control| control.holding.opened());
        assert_eq!(counts(), [1, 0, 0]);
        assert_eq!(opened(), [50, 0, 0]);
        hand_over(NOWHERE, &receiver).expect("its first");
        assert_eq!(counts(), [0, 1, 0]);
        assert_eq!(opened(), [0, 50, 0]);
        for _ in 0..2 {
            lend(NOWHERE + 99, &other).expect("its first, and the same again");
            assert_eq!(counts(), [0, 1, 1]);
        }
        assert!(other.holding.admit(100, 1).is_err());
        assert_eq!(opened(), [0, 50, 0], "it is used once");
        receiver.stop(nano_proto::ExitReason::Killed);
        bequeath(&receiver);
        assert_eq!(counts(), [0, 0, 1]);
        assert_eq!(opened(), [0, 0, 50]);
        remove(NOWHERE, NOWHERE + 100);
        assert_eq!(counts(), [0, 0, 0]);
        assert_eq!(opened(), [0; 3]);
        assert_eq!([&maker, &receiver, &other].map(|it| it.mappings()), [0; 3]);
    }
}
