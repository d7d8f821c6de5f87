//! What one isolate holds of the process's mappings.

use std::sync::atomic::{AtomicU64, Ordering};

use nano_proto::{LimitExceeded, LimitKind};

use super::ranges::Range;
use crate::engine::Control;

/// Counts the mappings of an isolate.
#[derive(Debug, Default)]
pub struct Holding {
    /// Address ranges that were reserved to be used in part.
    reserved: Tally,
    /// Address ranges of others that were lent to it.
    borrowed: Tally,
    /// All mappings.
    mappings: AtomicU64,
    /// Bytes of those that were mapped to be used whole.
    bytes: AtomicU64,
    /// Bytes of buffers and memories that are open, in reserved ranges.
    opened: AtomicU64,
}

/// How many address ranges, and their bytes.
#[derive(Debug, Default)]
struct Tally {
    ranges: AtomicU64,
    bytes: AtomicU64,
}

impl Tally {
    /// So many more; a negative number wraps around, as the sum does.
    fn change(&self, ranges: i64, bytes: i64) {
        self.ranges.fetch_add(ranges as u64, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    fn ranges(&self) -> u64 {
        self.ranges.load(Ordering::Relaxed)
    }

    fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// What is reserved takes so many bytes a range on average, or counts as more ranges: WebAssembly memories take
/// 10 GiB each, of which they use little.
const BYTES_EACH: u64 = 16 << 30;

/// How many ranges so many count for that have so many bytes.
fn weigh(ranges: u64, bytes: u64) -> u64 {
    ranges.max(bytes.div_ceil(BYTES_EACH))
}

impl Holding {
    /// Whether the isolate may have one more address range, of `bytes`, of `allowed` in all.
    ///
    /// # Errors
    /// It may not.
    pub fn admit(&self, bytes: usize, allowed: u64) -> Result<(), LimitExceeded> {
        let bytes = self.reserved_bytes().saturating_add(bytes as u64);
        let ranges = self.reserved.ranges() + self.borrowed.ranges() + 1;
        LimitKind::Reservations.check(weigh(ranges, bytes), allowed)
    }

    /// Address ranges that it has reserved, and those of others that were lent to it and are still mapped.
    pub(super) fn reservations(&self) -> u64 {
        let ranges = self.reserved.ranges() + self.borrowed.ranges();
        weigh(ranges, self.reserved_bytes())
    }

    /// Bytes of these.
    pub(super) fn reserved_bytes(&self) -> u64 {
        self.reserved.bytes() + self.borrowed.bytes()
    }

    /// It can reach so many ranges of others more, and so many bytes.
    pub(super) fn note_borrowed(&self, more: i64, bytes: i64) {
        self.borrowed.change(more, bytes);
    }

    /// Bytes that were mapped for the isolate to be used whole, as the pages of its heap are.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Bytes of WebAssembly memories, and of resizable and growable buffers, that can be used.
    pub fn opened(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }

    /// So many of these more.
    pub fn note_opened(&self, more: i64) {
        self.opened.fetch_add(more as u64, Ordering::Relaxed);
    }

    /// Mappings of the process that the isolate has.
    pub fn mappings(&self) -> u64 {
        self.mappings.load(Ordering::Relaxed)
    }

    /// Mappings of the process that the isolate has or keeps others from giving back.
    pub(super) fn reachable_mappings(&self) -> u64 {
        self.mappings() + 2 * self.borrowed.ranges()
    }

    /// It has so many ranges like `range` more, and so many bytes.
    pub(super) fn change(&self, range: &Range<Control>, more: i64, bytes: i64) {
        let mappings = more * range.weight() as i64;
        self.mappings.fetch_add(mappings as u64, Ordering::Relaxed);
        if range.is_reserved {
            self.reserved.change(more, bytes);
        } else {
            self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_count_by_their_size_where_they_are_large() {
        let holding = Holding::default();
        holding.reserved.change(2, 10 << 30);
        assert_eq!(holding.reservations(), 2);
        holding.borrowed.change(1, 60 << 30);
        assert_eq!(holding.reservations(), 5, "70 GiB in parts of 16");
        assert!(holding.admit(10 << 30, 5).is_ok());
        assert!(holding.admit(11 << 30, 5).is_err());
        holding.note_borrowed(-1, -(60 << 30));
        assert_eq!(holding.reservations(), 2);
    }
}
