//! CPU time of calls: what a call used over all its tasks counts against `cpu_ms_per_call`.
//!
//! The watchdog ends the isolate in the middle of a turn where it must. Between tasks JavaScript's state is
//! sound, so a call that is found over its limit there fails alone: its caller is told, its signal aborts,
//! and it is as abandoned as one that was taken back. An abandoned call may clean up; once it has used its
//! limit twice, all told, the isolate ends, since nothing else stops it.
//!
//! The start is charged like a call. No call runs before it is done with, so all that runs until then is its own,
//! whatever woke it. At its limit the isolate ends: without exports it would be of no use.

use std::time::Duration;

use nano_proto::{CallId, ExitReason, LimitExceeded, LimitKind, Limits};

use super::state::{State, state};
use super::{call, turn};

/// From this much CPU time on it is worth while to tell the watchdog what a call has used.
const HEAVY: Duration = Duration::from_millis(10);

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
    let spent = match call {
        Some(call) if state.calls.borrow().has_heavy() => spent(state, call, before),
        Some(_) => None,
        None => spent_by_start(state, before),
    };
    let spent = spent.unwrap_or_else(|| Spent {
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

/// The same for the start: it may use no more than its limit, since nothing of it is to go on past that.
fn spent_by_start(state: &State, before: Duration) -> Option<Spent> {
    let used = state.modules.borrow().start_cpu()?;
    is_heavy(used).then(|| Spent {
        ms: signed(used) - signed(before),
        allowed_ms: None,
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
    let (call, cpu) = state.task.end();
    charge(state, call, cpu);
    while !state.control.is_stopped()
        && let Some(id) = state.reactions.take_exceeded()
    {
        fail(scope, id);
    }
}

/// What runs from here on is charged to `call`, whatever the task was begun for.
pub(super) fn turn_to(state: &State, call: Option<CallId>) {
    let before = state.task.call();
    if before == call {
        return;
    }
    let cpu = state.task.turn_to(call);
    charge(state, before, cpu);
    announce(state, call);
}

/// Charges what was used, without a word to the program.
fn charge(state: &State, call: Option<CallId>, cpu: Duration) {
    if state.control.is_stopped() {
        return;
    }
    let Some(id) = call else {
        let used = state.modules.borrow_mut().charge_start(cpu);
        if let Some(used) = used {
            check(state, used);
        }
        return;
    };
    let pending = state.calls.borrow_mut().charge(id, cpu);
    let Some(used) = pending else {
        charge_abandoned(state, id, cpu);
        return;
    };
    if exceeded(state, used, 1).is_some() {
        state.reactions.note_exceeded(id);
    }
}

/// Ends a call that is over its limit, if it still runs.
fn fail(scope: &mut v8::PinScope<'_, '_>, id: CallId) {
    let state = state(scope);
    let used = state.calls.borrow().used(id);
    let Some(exceeded) = used.and_then(|used| exceeded(state, used, 1)) else {
        return;
    };
    state.task.begin(Some(id));
    call::fail(scope, id, call::GivenUp::Limit(exceeded));
    turn::checkpoint(scope);
    if let (Some(id), cpu) = state.task.end() {
        charge_abandoned(state, id, cpu);
    }
}

fn charge_abandoned(state: &State, id: CallId, cpu: Duration) {
    let used = state.calls.borrow_mut().abandoned.charge(id, cpu);
    if let Some(exceeded) = used.and_then(|used| exceeded(state, used, 2)) {
        state.control.stop(ExitReason::Limit(exceeded));
    }
}

/// The start, or loading modules for an `import()` of no call, has used so much: the isolate ends where a call
/// would fail.
pub(super) fn check(state: &State, used: Duration) {
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
