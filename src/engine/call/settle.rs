//! How a call is answered, and how the answer to one that this isolate has made arrives.

use nano_proto::{AskError, CallId, EncodeError, LimitKind, Limits, Receipt, Undelivered};

use super::meter;
use crate::engine::abandoned::Observed;
use crate::engine::state::{State, state};
use crate::engine::{clone, error};
use crate::engine::{describe, uncaught};
use crate::exchange::{Outcome, Replied, Reply};

/// Answers the call `id` with `value`.
pub(in crate::engine) fn fulfil(
    scope: &mut v8::PinScope<'_, '_>,
    id: CallId,
    value: v8::Local<'_, v8::Value>,
) {
    let state = state(scope);
    // A handler may end early, or catch what an op threw, since the isolate was stopped: the end says so.
    if state.control.is_stopped() {
        return;
    }
    meter(scope);
    let awaited = state.calls.borrow().get(id).map(|call| call.awaited);
    v8::tc_scope!(let tc, scope);
    // The call goes on meanwhile: getters of the reply are its, too.
    let written = match awaited {
        Some(true) => clone::serialize(tc, value, None, Limits::NONE),
        _ => None,
    };
    if state.control.is_stopped() {
        return;
    }
    let Some(call) = state.calls.borrow_mut().remove_returned(id) else {
        return;
    };
    let why = tc.exception();
    let has_terminated = tc.has_terminated();
    ended(tc, id, call.observed, Observed::Ended);
    if !call.awaited {
        return;
    }
    let allowed = clone::message_limit(tc);
    match written {
        Some(value) => {
            let within = LimitKind::Message.check(value.len() as u64, allowed);
            let outcome = within.map_err(AskError::Limit).map(|()| {
                let receipt = match call.metered {
                    true => call.receipt(state.task.running(id)),
                    false => Receipt::default(),
                };
                Replied { value, receipt }
            });
            answer(state, id, outcome);
        }
        // The isolate's end answers.
        None if has_terminated => {}
        None => {
            let why = why.map(|e| e.to_rust_string_lossy(tc)).unwrap_or_default();
            let error = AskError::ReplyNotCloneable(EncodeError::data_clone(why));
            answer(state, id, Err(error));
        }
    }
}

/// Answers the call `id` with the error `reason`.
pub(in crate::engine) fn reject(
    scope: &mut v8::PinScope<'_, '_>,
    id: CallId,
    reason: v8::Local<'_, v8::Value>,
    message: Option<v8::Local<'_, v8::Message>>,
) {
    let state = state(scope);
    let awaited = state.calls.borrow().get(id).map(|call| call.awaited);
    let Some(awaited) = awaited else {
        state.calls.borrow_mut().abandoned.note_returned(id);
        return;
    };
    let error = awaited.then(|| describe::describe(scope, reason, message));
    // To describe it runs the program's own functions: these may end the isolate, or the call.
    if state.control.is_stopped() {
        return;
    }
    let Some(call) = state.calls.borrow_mut().remove_returned(id) else {
        return;
    };
    ended(scope, id, call.observed, Observed::Ended);
    if let Some(error) = error {
        answer(state, id, Err(AskError::Threw(error)));
    } else {
        // A tell has nobody to tell: its error is the isolate's own.
        uncaught::report(scope, reason, message);
    }
}

pub(super) fn settle_with_exception(
    tc: &mut v8::PinnedRef<'_, v8::TryCatch<'_, '_, v8::HandleScope<'_>>>,
    id: CallId,
) {
    // Where the turn was terminated, its end answers with the reason.
    if tc.has_terminated() || !tc.has_caught() {
        return;
    }
    let (Some(exception), message) = (tc.exception(), tc.message()) else {
        return;
    };
    tc.reset();
    reject(tc, id, exception, message);
}

/// Ends a call whose argument could not be read, with the exception that says why. The sender's mistake is
/// no error of the isolate's own, though nobody waits for the answer.
pub(super) fn refuse_unreadable(
    tc: &mut v8::PinnedRef<'_, v8::TryCatch<'_, '_, v8::HandleScope<'_>>>,
    id: CallId,
) {
    let state = state(tc);
    if tc.has_terminated() || state.control.is_stopped() {
        return;
    }
    let error = match tc.exception() {
        Some(exception) => {
            tc.reset();
            describe::describe(tc, exception, None)
        }
        None => return,
    };
    if state.control.is_stopped() {
        return;
    }
    let Some(call) = state.calls.borrow_mut().remove(id) else {
        return;
    };
    refuse(state, id, call.awaited, &call.entry, AskError::Threw(error));
}

/// Answers a call that has begun, unless the isolate's end has done so.
pub(super) fn answer(state: &State, id: CallId, outcome: Outcome) {
    if let Some(reply) = state.control.owed.settle(id) {
        reply.send(outcome);
    }
}

/// Tells the caller of a call that has begun, or, where nobody waits, the host.
pub(super) fn refuse(state: &State, id: CallId, awaited: bool, entry: &str, error: AskError) {
    match awaited {
        true => answer(state, id, Err(error)),
        false => state.host().dead_letter(entry, error),
    }
}

/// Tells the caller, or, where nobody waits, the host.
pub(super) fn answer_or_bury(state: &State, entry: &str, reply: Reply, error: AskError) {
    if reply.is_awaited() {
        reply.send(Err(error));
    } else {
        state.host().dead_letter(entry, error);
    }
}

/// Tells the signal of a call that has ended, if JavaScript has asked for it.
pub(super) fn ended(scope: &mut v8::PinScope<'_, '_>, id: CallId, observed: bool, how: Observed) {
    if !observed {
        return;
    }
    let Some(hook) = state(scope).hooks.borrow().call_ended.clone() else {
        return;
    };
    v8::tc_scope!(let tc, scope);
    let hook = v8::Local::new(tc, &hook);
    let undefined = v8::undefined(tc).into();
    let args = [
        v8::Number::new(tc, id.0 as f64).into(),
        v8::Integer::new(tc, how as i32).into(),
    ];
    hook.call(tc, undefined, &args);
}

/// Whether the error is that a deadline has passed; if so, whether the handler may have begun.
pub(in crate::engine) fn is_late(error: &AskError) -> Option<bool> {
    match error {
        AskError::Timeout { started, .. } => Some(*started),
        AskError::NotDelivered {
            why: Undelivered::Expired,
            ..
        } => Some(false),
        _ => None,
    }
}

/// Settles the promise of this isolate's request `number`.
pub(in crate::engine) fn settle(scope: &mut v8::PinScope<'_, '_>, number: u64, outcome: Outcome) {
    let wall_ms = state(scope).asks.borrow().wall_ms(number);
    let call = state(scope).asks.borrow().call_of(number);
    let Some(resolver) = state(scope).asks.borrow_mut().remove(number) else {
        return;
    };
    let resolver = v8::Local::new(scope, &resolver);
    v8::tc_scope!(let tc, scope);
    let outcome = outcome.map(|replied| {
        // What reads the program's own classes from the reply is the call's.
        if let Some(id) = call {
            let frame = v8::Number::new(tc, id.0 as f64);
            tc.set_continuation_preserved_embedder_data(frame.into());
        }
        let value = clone::deserialize(tc, replied.value);
        let nowhere = v8::undefined(tc).into();
        tc.set_continuation_preserved_embedder_data(nowhere);
        value
    });
    match outcome {
        Err(error) if let (Some(allowed), Some(started)) = (wall_ms, is_late(&error)) => {
            let reason = error::over_wall(tc, allowed, started);
            resolver.reject(tc, reason)
        }
        Ok(Some(value)) => resolver.resolve(tc, value),
        Ok(None) => {
            let Some(exception) = tc.exception().filter(|_| !tc.has_terminated()) else {
                return;
            };
            resolver.reject(tc, exception)
        }
        Err(error) => {
            let reason = error::from_ask_error(tc, &error);
            resolver.reject(tc, reason)
        }
    };
}
