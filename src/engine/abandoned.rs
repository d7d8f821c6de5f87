//! Calls that were given up while their handlers ran: their signals are aborted, what they ask in turn is not
//! sent, and what they use still counts.
//!
//! Nobody says when the last code of a call is gone, so only so many are remembered. Those whose handler has
//! returned go first. Of a call that is forgotten while its handler runs the signal stays aborted: whatever
//! is as old as that and not known is taken for one, since code that stops for no reason does less harm than
//! code that never learns that it should.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use nano_proto::CallId;

/// How many calls are remembered, the latest ones.
const REMEMBERED: usize = 1_024;

/// What JavaScript's signals are told of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Observed {
    /// It has ended by itself.
    Ended = 0,
    /// Nobody waits for it any longer.
    Cancelled = 1,
    /// Its deadline has passed.
    Expired = 2,
    /// It has exceeded a limit.
    Limited = 3,
    /// It goes on.
    Pending = 4,
}

#[derive(Clone, Copy)]
struct GivenUp {
    used: Duration,
    /// Why, in the words of [`Observed`].
    why: Observed,
    /// Whether its handler has returned since.
    returned: bool,
}

/// See the module.
#[derive(Default)]
pub(super) struct Abandoned {
    calls: HashMap<CallId, GivenUp>,
    /// All of them, the oldest first, and some that have been forgotten.
    order: VecDeque<CallId>,
    /// Those whose handler has returned, the first first.
    returned: VecDeque<CallId>,
    /// The latest call that was forgotten while its handler ran. Numbers of calls ascend.
    forgotten: Option<CallId>,
}

impl Abandoned {
    pub fn add(&mut self, id: CallId, used: Duration, why: Observed) {
        if self.calls.len() >= REMEMBERED {
            self.forget_one();
        }
        self.order.push_back(id);
        let call = GivenUp {
            used,
            why,
            returned: false,
        };
        self.calls.insert(id, call);
    }

    fn forget_one(&mut self) {
        if let Some(id) = self.returned.pop_front() {
            self.calls.remove(&id);
            // Sweeps when half of it is gone, so that it costs each call a constant.
            if self.order.len() >= 2 * REMEMBERED {
                self.order.retain(|id| self.calls.contains_key(id));
            }
            return;
        }
        while let Some(oldest) = self.order.pop_front() {
            if self.calls.remove(&oldest).is_some() {
                self.forgotten = self.forgotten.max(Some(oldest));
                return;
            }
        }
    }

    /// The handler of a call that is not pending has returned.
    pub fn note_returned(&mut self, id: CallId) {
        if let Some(call) = self.calls.get_mut(&id)
            && !call.returned
        {
            call.returned = true;
            self.returned.push_back(id);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    pub fn contains(&self, id: CallId) -> bool {
        self.calls.contains_key(&id)
    }

    pub fn used(&self, id: CallId) -> Option<Duration> {
        self.calls.get(&id).map(|call| call.used)
    }

    /// What has become of a call that is not pending.
    pub fn observed(&self, id: CallId) -> Observed {
        match self.calls.get(&id) {
            Some(call) => call.why,
            None if Some(id) <= self.forgotten => Observed::Cancelled,
            None => Observed::Ended,
        }
    }

    /// Adds what a task has used; tells what the call has used by now.
    pub fn charge(&mut self, id: CallId, cpu: Duration) -> Option<Duration> {
        let call = self.calls.get_mut(&id)?;
        call.used += cpu;
        Some(call.used)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(calls: u64) -> Abandoned {
        let mut abandoned = Abandoned::default();
        for id in 1..=calls {
            abandoned.add(CallId(id), Duration::ZERO, Observed::Expired);
        }
        abandoned
    }

    #[test]
    fn the_latest_calls_are_remembered() {
        let mut abandoned = filled(REMEMBERED as u64 + 3);
        assert!(!abandoned.contains(CallId(3)));
        assert!(abandoned.contains(CallId(4)));
        assert_eq!(abandoned.observed(CallId(4)), Observed::Expired);
        assert_eq!(abandoned.calls.len(), REMEMBERED);
        let ms = Duration::from_millis(1);
        assert_eq!(abandoned.charge(CallId(3), ms), None);
        assert_eq!(abandoned.charge(CallId(4), ms), Some(ms));
        assert_eq!(abandoned.charge(CallId(4), ms), Some(2 * ms));
    }

    #[test]
    fn the_signal_of_a_forgotten_call_stays_aborted() {
        let abandoned = filled(REMEMBERED as u64 + 3);
        for id in 1..=3 {
            assert_eq!(abandoned.observed(CallId(id)), Observed::Cancelled);
        }
        let young = CallId(REMEMBERED as u64 + 4);
        assert_eq!(abandoned.observed(young), Observed::Ended);
        assert_eq!(Abandoned::default().observed(CallId(1)), Observed::Ended);
    }

    #[test]
    fn calls_whose_handler_has_returned_are_forgotten_first() {
        let mut abandoned = filled(REMEMBERED as u64);
        abandoned.note_returned(CallId(7));
        abandoned.note_returned(CallId(7));
        abandoned.note_returned(CallId(5));
        abandoned.note_returned(CallId(1 << 40));
        for more in 1..=2 {
            let id = CallId(REMEMBERED as u64 + more);
            abandoned.add(id, Duration::ZERO, Observed::Expired);
        }
        assert!(abandoned.contains(CallId(1)));
        for gone in [5, 7] {
            // By then it has as good as ended by itself.
            assert_eq!(abandoned.observed(CallId(gone)), Observed::Ended);
        }
        abandoned.add(CallId(1 << 20), Duration::ZERO, Observed::Expired);
        assert_eq!(abandoned.observed(CallId(1)), Observed::Cancelled);
        assert_eq!(abandoned.observed(CallId(2)), Observed::Expired);
    }

    #[test]
    fn calls_that_come_and_go_leave_nothing_behind() {
        let mut abandoned = Abandoned::default();
        for id in 1..20 * REMEMBERED as u64 {
            abandoned.add(CallId(id), Duration::ZERO, Observed::Expired);
            abandoned.note_returned(CallId(id));
        }
        assert_eq!(abandoned.calls.len(), REMEMBERED);
        assert_eq!(abandoned.returned.len(), REMEMBERED);
        assert!(abandoned.order.len() <= 2 * REMEMBERED);
        assert_eq!(abandoned.observed(CallId(1)), Observed::Ended);
    }
}
