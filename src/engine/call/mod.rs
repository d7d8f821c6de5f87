//! Calls that came in: how each begins and pauses. What is pending is in `pending.rs`; how it ends, in `settle.rs`
//! and `give_up.rs`.

mod give_up;
mod handler;
mod meter;
mod pending;
mod settle;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use nano_proto::{AskError, CallId, LimitKind, Undelivered};

use super::cpu_clock::recent;
use super::state::{State, state};
use super::{clone, files, footprint, reactions};
use crate::exchange::{Call, Reply};
pub(super) use give_up::{GivenUp, cancel, expire, fail};
pub(super) use handler::entry_name;
use handler::handler;
pub(super) use meter::meter;
use meter::note_peaks;
pub(super) use pending::Calls;
use pending::PendingCall;
pub(super) use settle::{fulfil, is_late, reject, settle};
use settle::{refuse, refuse_unreadable, settle_with_exception};

/// Runs a call's handler up to its first pause, then what that made ready to run. A reply that is there
/// by then goes out at once; else it goes out in the turn in which the handler's promise settles.
pub(super) fn run(scope: &mut v8::PinScope<'_, '_>, call: Call) {
    let Call {
        id,
        entry,
        value,
        mut reply,
        credit,
        deadline,
        metered,
    } = call;
    // The message leaves the mailbox here: its place is free.
    drop(credit);
    let state = state(scope);
    if let Err(error) = admit(state, &reply, deadline) {
        reply.send(Err(error));
        return;
    }
    let wall = state.control.limits().wall_per_call();
    let wall = wall.and_then(|wall| recent().checked_add(wall));
    let deadline = [deadline, wall].into_iter().flatten().min();
    if metered.is_some() {
        // What others held before is no peak of this call's.
        note_peaks(state, 0);
        state.control.peak.want(true);
    }
    v8::tc_scope!(let tc, scope);
    if !reply.start() {
        reply.send(Err(AskError::not_delivered(Undelivered::Expired, None)));
        return;
    }
    // From here on the program's code runs, be it a getter of its default export, and may never come back.
    let awaited = reply.is_awaited();
    if awaited && !state.control.owed.begin(id, reply) {
        return;
    }
    let Some((function, receiver)) = handler(tc, &entry) else {
        // Where the turn was terminated, the isolate's end answers.
        if !tc.has_terminated() {
            let error =
                AskError::not_delivered(Undelivered::NoSuchHandler(entry.to_string()), None);
            refuse(state, id, awaited, &entry, error);
        }
        return;
    };
    footprint::learn(tc, function);
    reactions::watch(tc);
    state
        .calls
        .borrow_mut()
        .insert(id, PendingCall::new(awaited, entry, deadline, metered));
    // The frame of a call in which no storage has a value yet is its id alone: few programs look at it.
    let frame = v8::Number::new(tc, id.0 as f64);
    let undefined: v8::Local<'_, v8::Value> = v8::undefined(tc).into();
    // All that runs of the program's until the reply is out is the call's: what reads its own classes from the
    // message, the handler, getters of the reply or of what was thrown.
    tc.set_continuation_preserved_embedder_data(frame.into());
    match clone::deserialize(tc, value) {
        Some(argument) => begin(tc, id, frame, function, receiver, argument),
        None => refuse_unreadable(tc, id),
    }
    tc.set_continuation_preserved_embedder_data(undefined);
}

/// Calls the handler of the call `id` in the call's own async context, `frame`, which is the current one.
fn begin<'s>(
    tc: &mut v8::PinnedRef<'_, v8::TryCatch<'_, 's, v8::HandleScope<'_>>>,
    id: CallId,
    frame: v8::Local<'s, v8::Number>,
    function: v8::Local<'s, v8::Function>,
    receiver: v8::Local<'s, v8::Value>,
    argument: v8::Local<'s, v8::Value>,
) {
    let state = state(tc);
    let undefined: v8::Local<'_, v8::Value> = v8::undefined(tc).into();
    let result = function.call(tc, receiver, &[argument]);
    // The handler may have entered another one for good.
    tc.set_continuation_preserved_embedder_data(frame.into());
    // What a thenable does is the call's, too.
    let promise = result.and_then(|result| {
        v8::Local::<v8::Promise>::try_from(result).map_or_else(|_| adopt(tc, result), Some)
    });
    if state.control.is_stopped() {
        // The turn's end answers with the reason, whatever the handler still did.
        return;
    }
    let Some(result) = result else {
        settle_with_exception(tc, id);
        return;
    };
    let Some(promise) = promise else {
        match tc.has_caught() {
            true => settle_with_exception(tc, id),
            false => fulfil(tc, id, result),
        }
        return;
    };
    // The caller is told of a rejection: it is handled.
    promise.mark_as_handled();
    // Each reaction has a context of its own.
    tc.set_continuation_preserved_embedder_data(undefined);
    reactions::run(tc);
    tc.set_continuation_preserved_embedder_data(frame.into());
    if tc.has_terminated() || state.control.is_stopped() {
        return;
    }
    match promise.state() {
        v8::PromiseState::Fulfilled => {
            let value = promise.result(tc);
            fulfil(tc, id, value);
        }
        v8::PromiseState::Rejected => {
            let reason = promise.result(tc);
            reject(tc, id, reason, None);
        }
        v8::PromiseState::Pending => {
            state.calls.borrow_mut().watch_deadline(id);
            if let Some(settle) = files::function(tc, "actor/settle_call", "settleCall") {
                settle.call(tc, undefined, &[promise.into(), frame.into()]);
            }
        }
    }
}

/// A promise of what `result` resolves to; `None` if that is `result` itself, or with an exception pending.
fn adopt<'s>(
    scope: &v8::PinScope<'s, '_>,
    result: v8::Local<'s, v8::Value>,
) -> Option<v8::Local<'s, v8::Promise>> {
    let object = v8::Local::<v8::Object>::try_from(result).ok()?;
    // Nearly all have none, and this tells it for less; a proxy may say one thing and do another.
    if !object.is_proxy() && !object.has(scope, then_key(scope)?.into())? {
        return None;
    }
    let resolver = v8::PromiseResolver::new(scope)?;
    // Gets `then`, as `await` does.
    resolver.resolve(scope, result)?;
    let promise = resolver.get_promise(scope);
    (promise.state() != v8::PromiseState::Fulfilled).then_some(promise)
}

/// The string "then", made once.
fn then_key<'s>(scope: &v8::PinScope<'s, '_>) -> Option<v8::Local<'s, v8::String>> {
    let mut calls = state(scope).calls.borrow_mut();
    if let Some(key) = &calls.then_key {
        return Some(v8::Local::new(scope, key));
    }
    let key = v8::String::new_from_utf8(scope, b"then", v8::NewStringType::Internalized)?;
    calls.then_key = Some(v8::Global::new(scope, key));
    Some(key)
}

/// Whether a call may still begin.
fn admit(state: &State, reply: &Reply, deadline: Option<Instant>) -> Result<(), AskError> {
    if reply.is_abandoned() {
        return Err(AskError::Cancelled);
    }
    if deadline.is_some_and(|deadline| deadline <= recent()) {
        return Err(AskError::not_delivered(Undelivered::Expired, None));
    }
    let used = state.calls.borrow().len() as u64 + 1;
    LimitKind::PendingCalls
        .check(used, state.control.limits().pending_calls)
        .map_err(|exceeded| AskError::not_delivered(Undelivered::Refused(exceeded), None))
}

/// A number for a new call, unique in the process and exact as a JavaScript number.
pub(crate) fn next_id() -> CallId {
    static LAST: AtomicU64 = AtomicU64::new(0);
    CallId(LAST.fetch_add(1, Ordering::Relaxed) + 1)
}
