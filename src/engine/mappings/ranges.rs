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
    /// How many bytes of it are open, from its beginning, where it is a buffer's or a memory's.
    pub opened: Option<usize>,
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

    /// How many bytes of it, which begins at `start`, are open once the addresses from `from` to `to` are opened or
    /// closed. V8 opens what a buffer shows and closes what it no longer shows, so that there is no hole in between.
    pub fn opened_after(&self, start: usize, from: usize, to: usize, opens: bool) -> Option<usize> {
        let opened = self.opened?;
        let [from, to] = [from, to].map(|address| address.clamp(start, self.end) - start);
        Some(match opens {
            true => opened.max(to),
            false if to >= opened => opened.min(from),
            false => opened,
        })
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
    /// How many of these were open.
    pub opened: usize,
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
            let before = start.saturating_sub(at);
            let open = range.opened.unwrap_or(0);
            let open_behind = open.saturating_sub(end - at);
            let opened = open - open.min(before) - open_behind;
            let behind = (range.end > end).then(|| Range {
                end: range.end,
                is_reserved: range.is_reserved,
                opened: range.opened.map(|_| open_behind),
                owner: range.owner.clone(),
                borrowers: Vec::new(),
            });
            let more = i64::from(at < start) + i64::from(behind.is_some()) - 1;
            tell(Change {
                range,
                more,
                bytes,
                opened,
            });
            let is_first = at < start;
            if is_first {
                range.end = start;
                range.opened = range.opened.map(|open| open.min(before));
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

    /// The same, with where each begins, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (usize, &mut Range<Owner>)> {
        self.0.iter_mut().map(|(&start, range)| (start, range))
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
                opened: None,
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

    #[test]
    fn a_range_is_open_from_its_beginning() {
        let mut range: Range<()> = Range {
            end: 200,
            is_reserved: true,
            opened: Some(0),
            owner: None,
            borrowers: Vec::new(),
        };
        let mut change = |from, to, opens| {
            range.opened = range.opened_after(100, from, to, opens);
            range.opened.expect("a buffer's")
        };
        assert_eq!(change(100, 150, true), 50);
        assert_eq!(change(100, 120, true), 50, "it was open");
        assert_eq!(change(150, 160, true), 60);
        assert_eq!(change(130, 160, false), 30, "it shrinks");
        assert_eq!(change(110, 120, false), 30, "no end of it");
        range.opened = None;
        assert_eq!(range.opened_after(100, 100, 150, true), None);
    }

    #[test]
    fn what_is_taken_out_is_open_no_longer() {
        for (start, end, lost) in [(0, 300, 60), (100, 120, 20), (150, 300, 10), (160, 300, 0)] {
            let mut all = of(&[(100, 200)]);
            all.find(100).expect("it is there").1.opened = Some(60);
            let mut told = 0;
            all.remove(start, end, |change| told += change.opened);
            assert_eq!(told, lost, "{start} to {end}");
            let left: usize = all.iter().filter_map(|range| range.opened).sum();
            assert_eq!(left, 60 - lost);
        }
    }
}
