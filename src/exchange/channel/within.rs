//! Ends that lie in the queues of others, as deep as a program likes: none within itself, and all counted for whoever holds
//! the outermost. Nothing here recurses. `IN_TRANSIT` is held meanwhile.

use std::any::Any;
use std::sync::{Arc, PoisonError};

use nano_proto::Transfer;
use rustc_hash::FxHashSet;

use super::super::slot::{Account, Payer, Posted, Slot};
use super::{Place, PortEnd, Sent, in_transit};

/// In how many ends one may lie, each within the next, where a further one comes to lie in it.
const DEPTH: usize = 1_000;

/// Whether ends may come to lie in another's queue.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// They may.
    Open,
    /// It lies within one of them.
    Circle,
    /// It lies within too many.
    TooDeep,
}

/// What tells one side of a channel from all others.
fn address((channel, side): &Place) -> (usize, usize) {
    (Arc::as_ptr(channel).addr(), *side)
}

/// The ends among what travels in a message.
fn ends_in(transfers: &[Transfer]) -> impl Iterator<Item = Place> {
    transfers.iter().filter_map(|transfer| {
        let Transfer::Endpoint(endpoint) = transfer else {
            return None;
        };
        let sent = (&**endpoint as &dyn Any).downcast_ref::<Sent>()?;
        let end = sent.end.lock().unwrap_or_else(PoisonError::into_inner);
        Some((end.channel.clone()?, end.side))
    })
}

/// The bytes that wait in `ends` and in all that lies in these, where they are counted for somebody else than `payer`.
pub(super) fn bytes_within(mut ends: Vec<Place>, payer: Option<&Payer>) -> u64 {
    let mut bytes = 0_u64;
    while let Some((channel, side)) = ends.pop() {
        let slots = channel.slots();
        let slot = &slots[side];
        if !Payer::is_same(slot.payer.as_ref(), payer) {
            bytes = bytes.saturating_add(slot.bytes);
            ends.extend(carried(slot));
        }
    }
    bytes
}

/// What waits in `ends`, and in all that lies in these, is counted for `payer` from here on. Whatever lies in what is
/// counted for him already is so as well.
pub(super) fn count_for(mut ends: Vec<Place>, payer: Option<&Payer>) {
    while let Some((channel, side)) = ends.pop() {
        let mut slots = channel.slots();
        let slot = &mut slots[side];
        if !Payer::is_same(slot.payer.as_ref(), payer) {
            slot.set_payer(payer.cloned());
            ends.extend(carried(slot));
        }
    }
}

/// The ends that wait in `slot`.
pub(super) fn carried(slot: &Slot) -> Vec<Place> {
    match slot.carriers {
        0 => Vec::new(),
        _ => {
            let transfers = slot.queue.iter().map(Posted::transfers);
            transfers.flat_map(ends_in).collect()
        }
    }
}

/// What waits in the ends of a message that lies in the inbox of `payer`, and what comes to them there, is counted for him
/// from here on, if he has room.
pub(in super::super) fn count_brought(transfers: &[Transfer], payer: &Payer) {
    let ends: Vec<_> = ends_in(transfers).collect();
    if ends.is_empty() {
        return;
    }
    let _in_transit = in_transit();
    let bytes = bytes_within(ends.clone(), Some(payer));
    if bytes == 0 || payer.has_room(bytes).is_ok() {
        count_for(ends, Some(payer));
    }
}

impl PortEnd {
    /// Whether the other end belongs to whoever has this account, or lies in what does. Then nobody else can send
    /// anything to this one.
    pub(in super::super) fn is_within(&self, account: &Arc<Account>) -> bool {
        let Some(channel) = &self.channel else {
            return true;
        };
        let mut next = Some((channel.clone(), 1 - self.side));
        while let Some((channel, side)) = next {
            let slots = channel.slots();
            let slot = &slots[side];
            if let Some(holder) = &slot.holder {
                return Arc::ptr_eq(&holder.account, account);
            }
            let outer = slot.within.as_ref();
            let outer = outer.and_then(|(channel, side)| Some((channel.upgrade()?, *side)));
            drop(slots);
            next = outer;
        }
        false
    }

    /// Has what waits in the ends in a message counted for whoever holds the other end. False where he has no room.
    pub(super) fn pay_for(&self, posted: &Posted) -> bool {
        let payer = self.with(|_, other| other.payer.clone()).flatten();
        let ends: Vec<_> = ends_in(posted.transfers()).collect();
        if let Some(payer) = &payer {
            let bytes = bytes_within(ends.clone(), Some(payer));
            if bytes > 0 && payer.has_room(bytes).is_err() {
                return false;
            }
        }
        count_for(ends, payer.as_ref());
        true
    }

    /// Notes of the ends in a message that they will lie in the other end's queue.
    pub(super) fn note_within(&self, posted: &Posted) -> Way {
        let Some(channel) = &self.channel else {
            return Way::Circle;
        };
        let moved: Vec<_> = ends_in(posted.transfers()).collect();
        // There may be as many as the chain is long, and everybody waits meanwhile who sends one.
        let known: FxHashSet<_> = moved.iter().map(address).collect();
        let mut depth = 0;
        let mut next = Some((channel.clone(), 1 - self.side));
        while let Some((channel, side)) = next {
            let place = (channel, side);
            if known.contains(&address(&place)) {
                return Way::Circle;
            }
            if depth == DEPTH {
                return Way::TooDeep;
            }
            depth += 1;
            let (channel, side) = place;
            next = channel.slots()[side]
                .within
                .as_ref()
                .and_then(|(channel, side)| Some((channel.upgrade()?, *side)));
        }
        for (moved, side) in moved {
            moved.slots()[side].within = Some((Arc::downgrade(channel), 1 - self.side));
        }
        Way::Open
    }
}
