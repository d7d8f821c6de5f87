//! CPU time of calls: what a call used over all its tasks counts against `cpu_ms_per_call`.
//!
//! The watchdog ends the isolate in the middle of a turn where it must. Between tasks JavaScript's state is
//! sound, so a call that is found over its limit there fails alone: its caller is told, its signal aborts,
//! and it is as abandoned as one that was taken back. An abandoned call may clean up; once it has used its
//! limit twice, all told, the isolate ends, since nothing else stops it.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use nano_proto::{CallId, ExitReason, LimitExceeded, LimitKind, Limits};

use super::state::{State, state};
use super::{call, turn};

/// How many calls that were given up are remembered, the latest ones.
const ABANDONED: usize = 1_024;

/// From this much CPU time on it is worth while to tell the watchdog what a call has used.
const HEAVY: Duration = Duration::from_millis(10);

#[derive(Clone, Copy)]
struct GivenUp {
    used: Duration,
    /// Why, in the words of [`Observed`].
    why: Observed,
}

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

/// Calls that were given up while their handlers ran: what they ask in turn is not sent, and what they use
/// still counts.
#[derive(Default)]
pub(super) struct Abandoned {
    calls: HashMap<CallId, GivenUp>,
    order: VecDeque<CallId>,
}

impl Abandoned {
    pub fn add(&mut self, id: CallId, used: Duration, why: Observed) {
        if self.order.len() >= ABANDONED
            && let Some(oldest) = self.order.pop_front()
        {
            self.calls.remove(&oldest);
        }
        self.order.push_back(id);
        self.calls.insert(id, GivenUp { used, why });
    }

    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    pub fn contains(&self, id: CallId) -> bool {
        self.calls.contains_key(&id)
    }

    pub fn used(&self, id: CallId) -> Option<Duration> {
        self.calls.get(&id).map(|call| call.used)
    }

    /// Why a call was given up, if it was.
    pub fn why(&self, id: CallId) -> Option<Observed> {
        self.calls.get(&id).map(|call| call.why)
    }

    fn charge(&mut self, id: CallId, cpu: Duration) -> Option<Duration> {
        let call = self.calls.get_mut(&id)?;
        call.used += cpu;
        Some(call.used)
    }
}

/// What a call has used by the beginning of a task, for the watchdog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// In milliseconds, less what the turn had used by then: the watchdog adds what the turn uses.
    pub ms: i64,
    /// What it may have used at the end of the turn.
    pub allowed_ms: Option<u64>,
}

/// What the watchdog is to know of `call`, whose task begins. A call that has used something may exceed its
/// limit by a quarter within a turn, so that one which works in slices fails alone, between two tasks.
pub(super) fn announce(state: &State, call: Option<CallId>) {
    let before = state.task.turn();
    let spent = call
        .filter(|_| state.calls.borrow().has_heavy())
        .and_then(|call| spent(state, call, before))
        .unwrap_or_else(|| Spent {
            // What earlier tasks of the turn used is not this one's, where it is worth a note.
            ms: if is_heavy(before) { -signed(before) } else { 0 },
            allowed_ms: None,
        });
    state.control.set_spent(spent);
}

fn spent(state: &State, call: CallId, before: Duration) -> Option<Spent> {
    let limit = limit(state)?;
    let calls = state.calls.borrow();
    let (used, allowed) = match calls.used(call) {
        Some(used) if used >= HEAVY => (used, limit.saturating_add(limit / 4)),
        Some(_) => return None,
        None => (calls.abandoned.used(call)?, limit.saturating_mul(2)),
    };
    Some(Spent {
        ms: signed(used) - signed(before),
        allowed_ms: Some(allowed),
    })
}

fn limit(state: &State) -> Option<u64> {
    let limit = state.control.limits().cpu_ms_per_call;
    (limit != Limits::NONE).then_some(limit)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn signed(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// Whether a call of that much CPU time is worth a word to the watchdog.
pub(super) fn is_heavy(used: Duration) -> bool {
    used >= HEAVY
}

/// The running task has ended: charges it to its call, and ends what is over its limit. A call that has
/// been settled meanwhile is known no more: nobody is charged with what its last task did.
pub(super) fn finish_task(scope: &mut v8::PinScope<'_, '_>) {
    let state = state(scope);
    let Some((id, cpu)) = state.task.end() else {
        return;
    };
    if state.control.is_stopped() {
        return;
    }
    let pending = state.calls.borrow_mut().charge(id, cpu);
    let Some(used) = pending else {
        charge_abandoned(state, id, cpu);
        return;
    };
    let Some(exceeded) = exceeded(state, used, 1) else {
        return;
    };
    state.task.begin(Some(id));
    call::fail(scope, id, call::GivenUp::Limit(exceeded));
    turn::checkpoint(scope);
    if let Some((id, cpu)) = state.task.end() {
        charge_abandoned(state, id, cpu);
    }
}

fn charge_abandoned(state: &State, id: CallId, cpu: Duration) {
    let used = state.calls.borrow_mut().abandoned.charge(id, cpu);
    if let Some(exceeded) = used.and_then(|used| exceeded(state, used, 2)) {
        state.control.stop(ExitReason::Limit(exceeded));
    }
}

/// Loading modules for the start, or for an `import()` of no call, has used so much: the isolate ends where
/// a call would fail.
pub(super) fn check_load(state: &State, used: Duration) {
    if let Some(exceeded) = exceeded(state, used, 1) {
        state.control.stop(ExitReason::Limit(exceeded));
    }
}

/// Whether `used` is over so many times the limit.
fn exceeded(state: &State, used: Duration, times: u64) -> Option<LimitExceeded> {
    let allowed = limit(state)?;
    let used = millis(used);
    (used >= allowed.saturating_mul(times)).then_some(LimitExceeded {
        limit: LimitKind::Cpu,
        used,
        allowed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_abandoned_calls_are_remembered() {
        let mut abandoned = Abandoned::default();
        let more = ABANDONED as u64 + 3;
        for id in 0..more {
            abandoned.add(CallId(id), Duration::ZERO, Observed::Expired);
        }
        assert!(!abandoned.contains(CallId(2)));
        assert!(abandoned.contains(CallId(3)));
        assert_eq!(abandoned.why(CallId(2)), None);
        assert_eq!(abandoned.why(CallId(3)), Some(Observed::Expired));
        assert_eq!(abandoned.calls.len(), ABANDONED);
        let ms = Duration::from_millis(1);
        assert_eq!(abandoned.charge(CallId(2), ms), None);
        assert_eq!(abandoned.charge(CallId(3), ms), Some(ms));
        assert_eq!(abandoned.charge(CallId(3), ms), Some(2 * ms));
    }
}
