//! How a call ends that is not answered: it expires, is taken back or is over a limit.

use std::time::Instant;

use nano_proto::{AskError, CallId, ExitReason, LimitExceeded, LimitKind, Undelivered};

use super::settle::{answer, answer_or_bury, ended, refuse, settle};
use crate::engine::abandoned::Observed;
use crate::engine::ask::recall;
use crate::engine::module;
use crate::engine::state::state;
use crate::exchange::Cancel;

/// Ends calls and asks whose deadline has passed.
pub(in crate::engine) fn expire(scope: &mut v8::PinScope<'_, '_>) {
    let now = Instant::now();
    let state = state(scope);
    if state.modules.borrow().is_start_overdue(now) {
        let allowed = state.control.limits().wall_ms_per_call;
        state.control.stop(ExitReason::Limit(LimitExceeded {
            limit: LimitKind::Wall,
            used: allowed,
            allowed,
        }));
        return;
    }
    loop {
        let Some(held) = state.control.owed.take_expired(now) else {
            break;
        };
        let error = AskError::not_delivered(Undelivered::Expired, None);
        answer_or_bury(state, &held.entry, held.reply, error);
    }
    loop {
        let Some(id) = state.calls.borrow_mut().take_expired(now) else {
            break;
        };
        cancel(scope, id, Cancel::Deadline);
    }
    loop {
        let Some(number) = state.asks.borrow_mut().take_expired(now) else {
            break;
        };
        let Some(sent) = state.asks.borrow_mut().take_sent(number) else {
            continue;
        };
        let error = match recall(state, &sent, Cancel::Deadline) {
            // It lay in the outbox: its own reply settles the request.
            true => continue,
            false => AskError::Timeout {
                after_ms: u64::try_from(now.saturating_duration_since(sent.at).as_millis())
                    .unwrap_or(u64::MAX),
                started: sent.stage.is_none_or(|stage| stage.give_up()),
            },
        };
        settle(scope, number, Err(error));
    }
}

/// Why a call that runs is given up.
pub(in crate::engine) enum GivenUp {
    /// It was taken back.
    Cancelled(Cancel),
    /// It is over a limit.
    Limit(LimitExceeded),
}

impl GivenUp {
    /// What JavaScript's signals are told.
    fn observed(&self) -> Observed {
        match self {
            Self::Cancelled(Cancel::Dropped) => Observed::Cancelled,
            Self::Cancelled(Cancel::Deadline) => Observed::Expired,
            Self::Limit(_) => Observed::Limited,
        }
    }
}

/// Takes back a call that nobody waits for.
pub(in crate::engine) fn cancel(scope: &mut v8::PinScope<'_, '_>, id: CallId, why: Cancel) {
    if let Some(held) = state(scope).control.owed.take_held_call(id) {
        held.reply
            .send(Err(AskError::not_delivered(Undelivered::Expired, None)));
        return;
    }
    fail(scope, id, GivenUp::Cancelled(why));
}

/// Gives up a call, and takes back what it asked of others in turn: its signal aborts, its handler goes on
/// as it likes.
pub(in crate::engine) fn fail(scope: &mut v8::PinScope<'_, '_>, id: CallId, why: GivenUp) {
    let Some(call) = state(scope).calls.borrow_mut().remove(id) else {
        return;
    };
    let state = state(scope);
    let how = why.observed();
    state.calls.borrow_mut().abandoned.add(id, call.cpu, how);
    let recalled = match why {
        GivenUp::Cancelled(why) => why,
        GivenUp::Limit(_) => Cancel::Dropped,
    };
    let asked = state.asks.borrow().of_call(id);
    for number in asked {
        state.asks.borrow_mut().cancel_start(number, recalled);
        let Some(sent) = state.asks.borrow_mut().take_sent(number) else {
            continue;
        };
        recall(state, &sent, recalled);
    }
    let observed = call.observed;
    let error = match why {
        GivenUp::Cancelled(Cancel::Dropped) => AskError::Cancelled,
        GivenUp::Cancelled(Cancel::Deadline) => AskError::Timeout {
            after_ms: u64::try_from(call.began.elapsed().as_millis()).unwrap_or(u64::MAX),
            started: true,
        },
        GivenUp::Limit(exceeded) => AskError::Limit(exceeded),
    };
    match error {
        AskError::Limit(_) => refuse(state, id, call.awaited, &call.entry, error),
        error => answer(state, id, Err(error)),
    }
    ended(scope, id, observed, how);
    module::abandon(scope, id);
}
