//! Which address ranges are mapped, and for whom.

use std::collections::BTreeMap;
use std::sync::Arc;

/// What is known of a range of addresses, besides where it begins.
#[derive(Debug)]
pub(super) struct Range<Owner> {
    /// Where it ends.
    pub end: usize,
    /// Whether it was mapped without any access, to be opened in part.
    pub is_reserved: bool,
    /// For whom.
    pub owner: Option<Arc<Owner>>,
    /// Who may reach it as well.
    pub borrowers: Vec<Arc<Owner>>,
}

impl<Owner> Range<Owner> {
    /// How many mappings of the kernel's it takes: one that is open in part takes two.
    pub fn weight(&self) -> u64 {
        1 + u64::from(self.is_reserved)
    }
}

/// How a removal changed a range.
#[derive(Debug)]
pub(super) struct Change<'a, Owner> {
    /// Which.
    pub range: &'a Range<Owner>,
    /// How many ranges it has become besides itself: one if it lost its middle, and -1 if it is gone.
    pub more: i64,
    /// How many bytes it lost.
    pub bytes: usize,
}

/// Ranges that do not overlap, by where they begin.
#[derive(Debug)]
pub(super) struct Ranges<Owner>(BTreeMap<usize, Range<Owner>>);

impl<Owner> Ranges<Owner> {
    /// No ranges.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Enters a range where there is none.
    pub fn insert(&mut self, start: usize, range: Range<Owner>) {
        self.0.insert(start, range);
    }

    /// Takes the addresses from `start` to `end` out, and tells how that changed the ranges that had them.
    pub fn remove(&mut self, start: usize, end: usize, mut tell: impl FnMut(Change<'_, Owner>)) {
        while let Some((&at, range)) = self.0.range_mut(..end).next_back() {
            if range.end <= start {
                return;
            }
            let bytes = range.end.min(end) - at.max(start);
            let behind = (range.end > end).then(|| Range {
                end: range.end,
                is_reserved: range.is_reserved,
                owner: range.owner.clone(),
                borrowers: Vec::new(),
            });
            let more = i64::from(at < start) + i64::from(behind.is_some()) - 1;
            tell(Change { range, more, bytes });
            let is_first = at < start;
            if is_first {
                range.end = start;
            } else {
                self.0.remove(&at);
            }
            if let Some(behind) = behind {
                self.0.insert(end, behind);
            }
            if is_first {
                return;
            }
        }
    }

    /// The range that has `address`, with where it begins.
    pub fn find(&mut self, address: usize) -> Option<(usize, &mut Range<Owner>)> {
        let (&start, range) = self.0.range_mut(..=address).next_back()?;
        (range.end > address).then_some((start, range))
    }

    /// All ranges, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = &Range<Owner>> {
        self.0.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ranges: &[(usize, usize)]) -> Ranges<()> {
        let mut all = Ranges::new();
        for &(start, end) in ranges {
            let range = Range {
                end,
                is_reserved: false,
                owner: None,
                borrowers: Vec::new(),
            };
            all.insert(start, range);
        }
        all
    }

    /// What is left, and by how many ranges more or fewer, as told.
    fn without(ranges: &[(usize, usize)], start: usize, end: usize) -> (Vec<(usize, usize)>, i32) {
        let mut all = of(ranges);
        let (mut change, mut lost) = (0, 0);
        all.remove(start, end, |told| {
            change += told.more as i32;
            lost += told.bytes;
        });
        let left: Vec<_> = all.0.iter().map(|(&at, range)| (at, range.end)).collect();
        assert_eq!(left.len() as i32, ranges.len() as i32 + change);
        let bytes = |ranges: &[(usize, usize)]| ranges.iter().map(|(a, b)| b - a).sum::<usize>();
        assert_eq!(bytes(&left), bytes(ranges) - lost);
        (left, change)
    }

    #[test]
    fn addresses_are_taken_out_wherever_they_lie() {
        let all = [(10, 20), (20, 30), (40, 50)];
        assert_eq!(without(&all, 20, 30), (vec![(10, 20), (40, 50)], -1));
        assert_eq!(without(&all, 0, 100), (vec![], -3));
        assert_eq!(without(&all, 30, 40), (all.to_vec(), 0));
        assert_eq!(without(&all, 0, 10), (all.to_vec(), 0));
        assert_eq!(without(&all, 50, 60), (all.to_vec(), 0));
        let (left, change) = without(&all, 42, 50);
        assert_eq!((left[2], change), ((40, 42), 0), "its end");
        let (left, change) = without(&all, 5, 12);
        assert_eq!((left[0], change), ((12, 20), 0), "its beginning");
        let (left, change) = without(&all, 22, 25);
        assert_eq!(
            (&left[1..3], change),
            (&[(20, 22), (25, 30)][..], 1),
            "its middle"
        );
        let (left, change) = without(&all, 15, 45);
        assert_eq!((left, change), (vec![(10, 15), (45, 50)], -1));
    }
}
