//! What a value takes while it is on its way: its bytes, and what they keep.

use super::{Transfer, Value};

/// What a buffer or anything else that is shared takes besides its bytes, roughly.
const PLACE_BYTES: usize = 256;
/// What an end of a channel takes, with the channel.
const END_BYTES: usize = 1024;

impl Value {
    /// What it takes while it is on its way, in bytes: as [`len`](Self::len), with the places of what travels beside it,
    /// which may be empty.
    pub fn own_weight(&self) -> usize {
        let places = self.transfers.iter().map(|transfer| match transfer {
            Transfer::Port(_) | Transfer::Endpoint(_) => END_BYTES,
            _ => PLACE_BYTES,
        });
        places.fold(self.len(), usize::saturating_add)
    }

    /// The same with the memory that isolates have made and that it keeps alive, be it the last to do so.
    pub fn weight(&self) -> usize {
        let made = self.transfers.iter().filter_map(|transfer| match transfer {
            Transfer::Immutable(shared) => shared.made(),
            _ => None,
        });
        let mut made: Vec<_> = made.map(|made| (made.start, made.length)).collect();
        made.sort_unstable();
        made.dedup();
        let kept = made.iter().map(|(_, length)| *length);
        kept.fold(self.own_weight(), usize::saturating_add)
    }
}
