//! Ops of `nano:actor`. An isolate that JavaScript refers to is a handle: a number into this isolate's
//! table of targets.

use std::sync::Arc;
use std::time::{Duration, Instant};

use nano_proto::{AskError, CallId, LimitKind, Limits, Undelivered};

use super::super::error;
use super::super::state::state;
use super::super::target::message_bytes;
use super::super::{ask, call, clone, footprint, spawn, turn};
use super::{Args, Return};
use crate::error::RegisterError;
use crate::exchange::{Call, Cancel, Peer, Reply, ReplyTo, Stage};

fn handle<'s>(scope: &v8::PinScope<'s, '_>, value: v8::Local<'s, v8::Value>) -> u32 {
    value.uint32_value(scope).unwrap_or(0)
}

fn peer(scope: &v8::PinScope<'_, '_>, handle: u32) -> Option<Arc<dyn Peer>> {
    state(scope)
        .targets
        .borrow()
        .get(handle)
        .map(|target| target.peer.clone())
}

fn open(scope: &v8::PinScope<'_, '_>, peer: Arc<dyn Peer>) -> u32 {
    state(scope).targets.borrow_mut().open(peer)
}

/// `op_actor_self() -> handle`.
pub(super) fn op_actor_self<'s>(scope: &mut v8::PinScope<'s, '_>, _: Args<'s>, mut rv: Return<'s>) {
    let myself = state(scope).host().myself().clone();
    rv.set_uint32(open(scope, myself));
}

/// `op_actor_close(handle)`: JavaScript no longer refers to it.
pub(super) fn op_actor_close<'s>(scope: &mut v8::PinScope<'s, '_>, args: Args<'s>, _: Return<'s>) {
    let handle = handle(scope, args.get(0));
    state(scope).targets.borrow_mut().close(handle);
}

/// `op_actor_id(handle) -> string`: the address, for people and for comparison.
pub(super) fn op_actor_id<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let handle = handle(scope, args.get(0));
    let Some(peer) = peer(scope, handle) else {
        return;
    };
    if let Some(text) = v8::String::new(scope, &peer.id().to_string()) {
        rv.set(text.into());
    }
}

/// The call in whose async context JavaScript runs; an operation is charged to it.
fn operation(scope: &v8::PinScope<'_, '_>) -> Option<CallId> {
    let id = turn::call_of(scope, scope.get_continuation_preserved_embedder_data())?;
    state(scope).calls.borrow_mut().note_operation(id);
    Some(id)
}

/// Whether the isolate may have one more answer to wait for; throws where it may not.
fn admit(scope: &mut v8::PinScope<'_, '_>) -> bool {
    let state = state(scope);
    let waiting = state.asks.borrow().len() as u64 + 1;
    let allowed = state.control.limits().pending_operations;
    match LimitKind::PendingOperations.check(waiting, allowed) {
        Ok(()) => true,
        Err(exceeded) => {
            error::throw_limit(scope, &exceeded);
            false
        }
    }
}

/// Builds the message of an ask or a tell to an isolate that takes so many bytes; `None` with an exception
/// pending.
fn message<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: &Args<'s>,
    theirs: u64,
    reply: ReplyTo,
    deadline: Option<Instant>,
) -> Option<Box<Call>> {
    let admitted = {
        let state = state(scope);
        state.targets.borrow().admit(state.control.limits())
    };
    if let Err(exceeded) = admitted {
        error::throw_limit(scope, &exceeded);
        return None;
    }
    let entry = call::entry_name(scope, args.get(1))?;
    let transfer = v8::Local::<v8::Array>::try_from(args.get(3)).ok();
    let allowed = theirs.min(clone::message_limit(scope));
    let value = clone::serialize(scope, args.get(2), transfer, allowed)?;
    Some(Box::new(Call {
        id: call::next_id(),
        entry,
        value,
        deadline,
        metered: None,
        credit: None,
        reply: Reply::new(reply),
    }))
}

/// Sends an ask by the arguments `handle, name, value, transfer, timeoutMs`; `None` with an exception
/// pending.
fn send_ask<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: &Args<'s>,
) -> Option<(v8::Local<'s, v8::Promise>, CallId)> {
    if !admit(scope) {
        return None;
    }
    let resolver = v8::PromiseResolver::new(scope)?;
    let state = state(scope);
    let timeout = args
        .get(4)
        .number_value(scope)
        .filter(|ms| ms.is_finite() && *ms >= 0.0);
    let now = Instant::now();
    let deadline = timeout.map(|ms| now + Duration::from_secs_f64(ms.min(1e10) / 1e3));
    let handle = handle(scope, args.get(0));
    let peer = peer(scope, handle);
    let theirs = peer.as_ref().and_then(|peer| peer.limits());
    // An isolate that cannot even be stopped answers nothing in its time.
    let wall = theirs.and_then(Limits::wall_per_call);
    let wall = wall.and_then(|wall| now.checked_add(wall));
    // What a call asks in turn ends with it.
    let within = operation(scope);
    let inherited = within.and_then(|id| state.calls.borrow().deadline(id));
    let deadline = [deadline, inherited, wall].into_iter().flatten().min();
    let by_limit = wall.is_some() && deadline == wall;
    let wall_ms = theirs
        .map(|limits| limits.wall_ms_per_call)
        .filter(|_| by_limit);
    let kept = v8::Global::new(scope, resolver);
    let number = state.asks.borrow_mut().insert(kept, within);
    let myself = state.host().myself();
    // Of a deadline that is the call's own the call itself is told first; that is worth no memory.
    let stage = timeout.map(|_| Arc::<Stage>::default());
    let reply = ReplyTo::Peer {
        peer: myself.clone(),
        number,
        stage: stage.clone(),
    };
    let Some(call) = message(scope, args, message_bytes(theirs), reply, deadline) else {
        state.asks.borrow_mut().remove(number);
        return None;
    };
    let id = call.id;
    if within.is_some_and(|within| state.calls.borrow().is_abandoned(within)) {
        call.reply
            .send(Err(AskError::not_delivered(Undelivered::Expired, None)));
    } else {
        if let Some(peer) = peer {
            state.asks.borrow_mut().note_sent(
                number,
                ask::Sent {
                    peer,
                    id,
                    at: now,
                    deadline,
                    wall_ms,
                    stage,
                },
            );
        }
        state.targets.borrow_mut().send(handle, call, myself);
    }
    Some((resolver.get_promise(scope), id))
}

/// `op_actor_ask(handle, name, value, transfer, timeoutMs) -> promise`.
pub(super) fn op_actor_ask<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    if let Some((promise, _)) = send_ask(scope, &args) {
        rv.set(promise.into());
    }
}

/// `op_actor_ask_cancellable(handle, name, value, transfer, timeoutMs) -> [promise, callId]`.
pub(super) fn op_actor_ask_cancellable<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    if let Some((promise, id)) = send_ask(scope, &args) {
        let id = v8::Number::new(scope, id.0 as f64).into();
        rv.set(v8::Array::new_with_elements(scope, &[promise.into(), id]).into());
    }
}

/// `op_actor_tell(handle, name, value, transfer)`.
pub(super) fn op_actor_tell<'s>(scope: &mut v8::PinScope<'s, '_>, args: Args<'s>, _: Return<'s>) {
    let handle = handle(scope, args.get(0));
    let state = state(scope);
    // Looked at in place: a reference of its own would write to the other isolate's memory.
    let theirs = {
        let targets = state.targets.borrow();
        targets.get(handle).map_or(Limits::NONE, |target| {
            // It comes while the message is made.
            footprint::fetch_value(&*target.peer);
            target.message_bytes
        })
    };
    let Some(call) = message(scope, &args, theirs, ReplyTo::Nobody, None) else {
        return;
    };
    operation(scope);
    state
        .targets
        .borrow_mut()
        .send(handle, call, state.host().myself());
}

/// `op_actor_cancel(callId)`: takes an ask back, whether or not JavaScript still refers to the isolate.
pub(super) fn op_actor_cancel<'s>(scope: &mut v8::PinScope<'s, '_>, args: Args<'s>, _: Return<'s>) {
    let id = CallId(args.get(0).number_value(scope).unwrap_or(0.0) as u64);
    let state = state(scope);
    let sent = state.asks.borrow_mut().take_sent_by_id(id);
    if let Some(sent) = sent {
        ask::recall(state, &sent, Cancel::Dropped);
    }
}

/// `op_actor_watch(handle) -> promise` of the reason for which the isolate ended.
pub(super) fn op_actor_watch<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    if !admit(scope) {
        return;
    }
    let handle = handle(scope, args.get(0));
    let Some(peer) = peer(scope, handle) else {
        return;
    };
    let Some(resolver) = v8::PromiseResolver::new(scope) else {
        return;
    };
    let kept = v8::Global::new(scope, resolver);
    let state = state(scope);
    let within = operation(scope);
    let myself = state.host().myself();
    let number = match peer.mailbox() == myself.mailbox() {
        true => state.asks.borrow_mut().insert_own_end(kept, within),
        false => state.asks.borrow_mut().insert(kept, within),
    };
    peer.watch(myself.clone(), number);
    rv.set(resolver.get_promise(scope).into());
}

/// `op_actor_link(handle)`.
pub(super) fn op_actor_link<'s>(scope: &mut v8::PinScope<'s, '_>, args: Args<'s>, _: Return<'s>) {
    let handle = handle(scope, args.get(0));
    if let Some(peer) = peer(scope, handle) {
        peer.link(state(scope).host().myself().clone());
    }
}

/// `op_actor_stop(handle, now)`.
pub(super) fn op_actor_stop<'s>(scope: &mut v8::PinScope<'s, '_>, args: Args<'s>, _: Return<'s>) {
    let handle = handle(scope, args.get(0));
    if let Some(peer) = peer(scope, handle) {
        peer.stop(args.get(1).is_true());
    }
}

/// `op_actor_register(name, handle)`: throws where the name is taken or the isolate has ended.
pub(super) fn op_actor_register<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    _: Return<'s>,
) {
    let name = args.get(0).to_rust_string_lossy(scope);
    let handle = handle(scope, args.get(1));
    let Some(peer) = peer(scope, handle) else {
        error::throw_type_error(scope, "the actor to register is not known here");
        return;
    };
    if let Err(why) = state(scope).host().register(&name, &peer) {
        let text = format!("Failed to execute 'register': {why}.");
        match why {
            RegisterError::TooLong(_) => error::throw_type_error(scope, &text),
            _ => error::throw_dom_exception(scope, "InvalidStateError", &text),
        }
    }
}

/// `op_actor_lookup(name) -> handle | undefined`.
pub(super) fn op_actor_lookup<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let name = args.get(0).to_rust_string_lossy(scope);
    if let Some(peer) = state(scope).host().lookup(&name) {
        rv.set_uint32(open(scope, peer));
    }
}

/// `op_actor_spawn(specifier, source, options) -> promise` of the child's address.
pub(super) fn op_actor_spawn<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    if !admit(scope) {
        return;
    }
    let Some(resolver) = v8::PromiseResolver::new(scope) else {
        return;
    };
    let Some(request) = spawn::spawn_request(scope, args.get(0), args.get(1), args.get(2)) else {
        return;
    };
    let kept = v8::Global::new(scope, resolver);
    let state = state(scope);
    let within = operation(scope);
    let number = state.asks.borrow_mut().insert(kept, within);
    if within.is_some_and(|within| state.calls.borrow().is_abandoned(within)) {
        let expired = AskError::not_delivered(Undelivered::Expired, None);
        state.host().myself().settle(number, Err(expired));
    } else {
        let start = state.host().spawn(request, number);
        state.asks.borrow_mut().note_start(number, start);
    }
    rv.set(resolver.get_promise(scope).into());
}
