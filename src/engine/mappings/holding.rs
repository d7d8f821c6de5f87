//! What one isolate holds of the process's mappings.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use nano_proto::{LimitExceeded, LimitKind};

use super::ranges::Range;
use crate::engine::Control;

/// Counts the mappings of an isolate.
#[derive(Debug, Default)]
pub struct Holding {
    /// Address ranges that were reserved to be used in part.
    reserved: AtomicU64,
    /// All mappings.
    mappings: AtomicU64,
    /// Bytes of those that were mapped to be used whole.
    bytes: AtomicU64,
    /// Address ranges of others that were lent to it.
    borrowed: AtomicU64,
    refused: AtomicBool,
}

impl Holding {
    /// Whether the isolate may have one more address range of `allowed` in all.
    ///
    /// # Errors
    /// It may not.
    pub fn admit(&self, allowed: u64) -> Result<(), LimitExceeded> {
        LimitKind::Reservations.check(self.reservations() + 1, allowed)
    }

    /// Address ranges that it has reserved, and those of others that were lent to it and are still mapped.
    pub(super) fn reservations(&self) -> u64 {
        self.reserved.load(Ordering::Relaxed) + self.borrowed()
    }

    /// Those of others that were lent to it.
    pub(super) fn borrowed(&self) -> u64 {
        self.borrowed.load(Ordering::Relaxed)
    }

    /// It can reach so many of these more.
    pub(super) fn note_borrowed(&self, more: i64) {
        self.borrowed.fetch_add(more as u64, Ordering::Relaxed);
    }

    /// Bytes that were mapped for the isolate to be used whole, as the pages of its heap are.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Mappings of the process that the isolate has.
    pub fn mappings(&self) -> u64 {
        self.mappings.load(Ordering::Relaxed)
    }

    /// Whether the last request for an address range was refused. V8 asks again after it has collected garbage.
    pub fn was_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }

    pub(super) fn note_refusal(&self, refused: bool) {
        self.refused.store(refused, Ordering::Relaxed);
    }

    /// It has so many ranges like `range` more, and so many bytes.
    pub(super) fn change(&self, range: &Range<Control>, more: i64, bytes: i64) {
        let mappings = more * range.weight() as i64;
        self.mappings.fetch_add(mappings as u64, Ordering::Relaxed);
        let (figure, change) = match range.is_reserved {
            true => (&self.reserved, more),
            false => (&self.bytes, bytes),
        };
        // A negative number wraps around, as the sum does.
        figure.fetch_add(change as u64, Ordering::Relaxed);
    }
}
