//! Message channels (HTML, "message channels"): two ends, each with what was sent to it and has not been taken.
//!
//! A message lies in the channel, not in an inbox: that gets a notice, so that messages keep their place among all that
//! happens to the isolate. So an end that moves to another isolate takes along what waits for it, in order, and nothing
//! has to be sent after it. An end belongs to one holder, or is on its way inside a message.
//!
//! What waits is counted twice in bytes: for the isolate that sent it, and for the one that holds the end, or holds what
//! the end lies in, through however many channels, or has it in its inbox. Whoever sends more than either may have is
//! told so. Nothing is dropped silently, but what was sent to an end that has closed; an end with more in it than its new
//! holder may have does.

mod within;

use std::any::Any;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nano_proto::{Endpoint, ExitReason, LimitExceeded, Limits, PortId, Transfer};

use super::slot::{Account, Content, Holder, Notice, Nudge, Payer, Posted, Slot};
pub(super) use within::count_brought;
use within::{Way, bytes_within, carried, count_for};

/// Two ends.
#[derive(Default)]
pub(super) struct Channel(Mutex<[Slot; 2]>);

/// Held while messages that carry ends are put into channels, so that none comes to lie within itself; and while somebody
/// becomes the holder of an end that others may have had, so that all that lies in it is counted for him.
static IN_TRANSIT: Mutex<()> = Mutex::new(());

fn in_transit() -> MutexGuard<'static, ()> {
    IN_TRANSIT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One side of a channel.
type Place = (Arc<Channel>, usize);

impl Channel {
    /// Everything in it is whole whenever the lock is free, a panic or not.
    fn slots(&self) -> MutexGuard<'_, [Slot; 2]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The end `side` closes; gives what nobody takes any more.
    fn close(&self, side: usize, reason: Option<ExitReason>) -> VecDeque<Posted> {
        let (left, nudge) = {
            let mut slots = self.slots();
            let left = slots[side].close();
            (left, tell_closed(&mut slots[1 - side], reason))
        };
        if let Some(nudge) = nudge {
            nudge.send();
        }
        left
    }
}

fn tell_closed(other: &mut Slot, reason: Option<ExitReason>) -> Option<Nudge> {
    if other.closed || other.other_closed.is_some() {
        return None;
    }
    other.other_closed = Some(reason);
    other.nudge_closed()
}

/// One end of a channel. It closes when this is dropped.
pub struct PortEnd {
    id: PortId,
    side: usize,
    /// None once it has been given up.
    channel: Option<Arc<Channel>>,
}

impl std::fmt::Debug for PortEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PortEnd({})", self.id)
    }
}

/// An end inside a message.
#[derive(Debug)]
pub struct Sent {
    end: Mutex<PortEnd>,
    id: PortId,
    /// Whether it travels as a port; else it is part of something that was transferred.
    pub alone: bool,
}

impl Endpoint for Sent {
    fn id(&self) -> PortId {
        self.id
    }
}

/// The end that a message brings, and whether it is a port by itself; none where it is not of this process.
pub fn received(endpoint: Box<dyn Endpoint>) -> Option<(PortEnd, bool)> {
    let endpoint: Box<dyn Any> = endpoint;
    let sent = endpoint.downcast::<Sent>().ok()?;
    let alone = sent.alone;
    Some((
        sent.end
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner),
        alone,
    ))
}

impl PortEnd {
    /// Both ends of a new channel, under these names.
    pub fn pair(ids: [PortId; 2]) -> [Self; 2] {
        let channel = Arc::<Channel>::default();
        [0, 1].map(|side| Self {
            id: ids[side],
            side,
            channel: Some(channel.clone()),
        })
    }

    fn with<T>(&self, body: impl FnOnce(&mut Slot, &mut Slot) -> T) -> Option<T> {
        let mut slots = self.channel.as_ref()?.slots();
        let [first, second] = &mut *slots;
        Some(match self.side {
            0 => body(first, second),
            _ => body(second, first),
        })
    }

    /// Gives it to `holder`, which is told if the other end has closed meanwhile. It closes where `holder` has no room for
    /// what waits in it.
    pub fn hold(&self, holder: Holder) {
        let payer = Payer::from(&holder);
        let in_transit = in_transit();
        let within = self.with(|mine, _| {
            let is_his = Payer::is_same(mine.payer.as_ref(), Some(&payer));
            (!is_his).then(|| (mine.bytes, carried(mine)))
        });
        let (bytes, within) = within.flatten().unwrap_or_default();
        let bytes = bytes.saturating_add(bytes_within(within.clone(), Some(&payer)));
        if bytes > 0 && payer.has_room(bytes).is_err() {
            drop(in_transit);
            self.refuse(&holder);
            return;
        }
        count_for(within, Some(&payer));
        self.hold_new(holder);
    }

    /// The same where neither end has ever been anybody's, nor can be meanwhile.
    pub fn hold_new(&self, holder: Holder) {
        let nudge = self.with(|mine, _| {
            mine.hold(holder);
            let is_alone = mine.other_closed.is_some();
            is_alone.then(|| mine.nudge_closed()).flatten()
        });
        if let Some(nudge) = nudge.flatten() {
            nudge.send();
        }
    }

    /// Closes it, since `holder` has no room for what waits in it.
    fn refuse(&self, holder: &Holder) {
        let closed = self.with(|mine, other| {
            let left = mine.close();
            mine.other_closed = Some(None);
            (left, tell_closed(other, None))
        });
        if let Some((left, nudge)) = closed {
            release(left);
            if let Some(nudge) = nudge {
                nudge.send();
            }
        }
        if let Some(peer) = holder.peer.upgrade() {
            peer.notify(Notice::Closed(holder.handle));
        }
    }

    /// Takes it from its holder, to be sent in a message.
    pub fn into_transfer(self, alone: bool) -> Transfer {
        self.with(|mine, _| mine.leave());
        Transfer::Endpoint(Box::new(Sent {
            id: self.id,
            end: Mutex::new(self),
            alone,
        }))
    }

    /// How large a message may be for whoever holds the other end.
    pub fn message_bytes(&self) -> u64 {
        let holder = self.with(|_, other| {
            other
                .holder
                .as_ref()
                .and_then(|holder| holder.peer.upgrade())
        });
        let holder = holder.flatten();
        let limits = holder.as_ref().and_then(|peer| peer.limits());
        limits.map_or(Limits::NONE, |limits| limits.message_bytes)
    }

    /// Whether `sender` may send one more message, by what waits already.
    ///
    /// # Errors
    /// It may not.
    pub fn admit(&self, sender: &Account, limits: &Limits) -> Result<(), LimitExceeded> {
        sender.admit(limits)?;
        self.with(|_, other| other.has_room()).unwrap_or(Ok(()))
    }

    /// Sends to the other end. What nobody will ever take is dropped.
    pub fn post(&self, content: Content, sender: &Arc<Account>) {
        let mut posted = Posted::new(content, Some(sender));
        let carries = posted.carries();
        let mut refused = VecDeque::new();
        let put = {
            let _in_transit = carries.then(in_transit);
            let way = match carries {
                true => self.note_within(&posted),
                false => Way::Open,
            };
            match self.channel {
                // It could never be taken out again.
                Some(_) if way == Way::Circle => Err(posted),
                Some(ref channel) => {
                    if way == Way::TooDeep || (carries && !self.pay_for(&posted)) {
                        let lost = Posted::new(Content::Lost, Some(sender));
                        refused.push_back(std::mem::replace(&mut posted, lost));
                    }
                    channel.slots()[1 - self.side].put(posted)
                }
                None => Err(posted),
            }
        };
        match put {
            Ok(Some(nudge)) => nudge.send(),
            Ok(None) => {}
            Err(posted) => refused.push_back(posted),
        }
        release(refused);
    }

    /// Has the holder told of messages; it is told of those that are there already, and behind them that nothing more comes
    /// if either end has closed. Returns how often it is told.
    pub fn enable(&self) -> usize {
        let enabled = self.with(|mine, _| {
            let waiting = mine.enable();
            let nothing_comes = std::mem::take(&mut mine.close_waits) || mine.closed;
            let last = (waiting > 0 && nothing_comes).then(|| mine.nudge(Notice::Closed));
            let holder = mine.holder.as_ref();
            let peer = holder.and_then(|holder| holder.peer.upgrade());
            let handle = holder.map_or(0, |holder| holder.handle);
            (waiting, peer, handle, last.flatten())
        });
        let Some((waiting, Some(peer), handle, last)) = enabled else {
            return 0;
        };
        for _ in 0..waiting {
            peer.notify(Notice::Message(handle));
        }
        let Some(last) = last else {
            return waiting;
        };
        last.send();
        waiting + 1
    }

    /// The first message that came and is wanted.
    pub fn take(&self) -> Option<Content> {
        self.with(|mine, _| mine.take()).flatten()?.into_content()
    }

    /// Why the other end has closed, if it has, and a reason is known.
    pub fn closed_for(&self) -> Option<ExitReason> {
        self.with(|mine, _| mine.other_closed.clone())
            .flatten()
            .flatten()
    }

    /// Whether the other end has closed.
    pub fn is_alone(&self) -> bool {
        self.with(|mine, _| mine.other_closed.is_some())
            .unwrap_or(true)
    }

    /// Takes no more messages and tells the other end. Whether what came before is still to be handled, now or once the end
    /// is enabled: then the holder is told, behind that.
    pub fn shut(&self) -> bool {
        let Some((goes_on, left, mine, other)) = self.with(|mine, other| {
            mine.closed = true;
            let goes_on = mine.holder.is_some() && !mine.queue.is_empty();
            let left = match goes_on {
                true => VecDeque::new(),
                false => mine.close(),
            };
            let nudge = (goes_on && mine.enabled).then(|| mine.nudge(Notice::Closed));
            (goes_on, left, nudge.flatten(), tell_closed(other, None))
        }) else {
            return false;
        };
        release(left);
        for nudge in [other, mine].into_iter().flatten() {
            nudge.send();
        }
        goes_on
    }

    /// Closes it because its holder ended.
    pub fn close_for(mut self, reason: &ExitReason) {
        if let Some(channel) = self.channel.take() {
            release(channel.close(self.side, Some(reason.clone())));
        }
    }
}

impl Drop for PortEnd {
    fn drop(&mut self) {
        if let Some(channel) = self.channel.take() {
            release(channel.close(self.side, None));
        }
    }
}

/// Drops messages with the ends in them. One after the other: an end's queue may hold further ends, as deep as a program
/// likes.
pub(super) fn release(mut left: VecDeque<Posted>) {
    while let Some(posted) = left.pop_front() {
        let Some(Content::Message(value)) = posted.into_content() else {
            continue;
        };
        for transfer in value.into_parts().1 {
            if let Transfer::Endpoint(endpoint) = transfer
                && let Some((mut end, _)) = received(endpoint)
                && let Some(channel) = end.channel.take()
            {
                left.extend(channel.close(end.side, None));
            }
        }
    }
}

#[cfg(test)]
mod tests;
