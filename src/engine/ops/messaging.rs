//! Ops of queued tasks, message ports, broadcast channels and workers. A port is a number in this isolate's table.

use nano_proto::{AskError, LimitKind, Limits, PortId};

use super::super::clone::Reserved;
use super::super::state::{QueuedTask, state};
use super::super::{clone, error, turn};
use super::{Args, Return};
use crate::exchange::{Content, Notice, PortEnd, WorkerRequest, WorkerStart, weight_of_member};

fn handle<'s>(scope: &v8::PinScope<'s, '_>, value: v8::Local<'s, v8::Value>) -> u64 {
    value.number_value(scope).unwrap_or(0.0) as u64
}

fn number<'s>(scope: &v8::PinScope<'s, '_>, handle: u64) -> v8::Local<'s, v8::Value> {
    v8::Number::new(scope, handle as f64).into()
}

/// `op_task_queue(function)`: HTML, "queue a task": runs it in a task of its own, behind what has happened by now.
pub(super) fn op_task_queue<'s>(scope: &mut v8::PinScope<'s, '_>, args: Args<'s>, _: Return<'s>) {
    let Ok(function) = v8::Local::<v8::Function>::try_from(args.get(0)) else {
        error::throw_type_error(scope, "op_task_queue: the argument is no function");
        return;
    };
    let state = state(scope);
    let used = (state.queued.borrow().len() + state.timers.borrow().len()) as u64 + 1;
    if let Err(exceeded) = LimitKind::Timers.check(used, state.control.limits().timers) {
        error::throw_limit(scope, &exceeded);
        return;
    }
    let frame = scope.get_continuation_preserved_embedder_data();
    let task = QueuedTask {
        function: v8::Global::new(scope, function),
        frame: (!frame.is_undefined()).then(|| v8::Global::new(scope, frame)),
    };
    if let Some(call) = turn::call_of(scope, frame) {
        state.calls.borrow_mut().note_operation(call);
    }
    state.queued.borrow_mut().push_back(task);
    state.host().myself().notify(Notice::Task);
}

/// Both ends of a new channel, named after this isolate.
fn channel(scope: &v8::PinScope<'_, '_>) -> [PortEnd; 2] {
    let state = state(scope);
    let made = state.ports_made.get();
    state.ports_made.set(made + 2);
    let isolate = state.host().myself().id();
    PortEnd::pair([made, made + 1].map(|number| PortId::new(isolate, number)))
}

/// `op_message_channel() -> handle`: the next one is that of the other end.
pub(super) fn op_message_channel<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _: Args<'s>,
    mut rv: Return<'s>,
) {
    let state = state(scope);
    let myself = state.host().myself();
    let [first, _second] = channel(scope).map(|end| state.control.ports.hold_new(end, myself));
    rv.set(number(scope, first));
}

/// `op_port_post(handle, value, transfer)`.
pub(super) fn op_port_post<'s>(scope: &mut v8::PinScope<'s, '_>, args: Args<'s>, _: Return<'s>) {
    let handle = handle(scope, args.get(0));
    let ports = &state(scope).control.ports;
    if let Err(exceeded) = ports.admit(handle, state(scope).control.limits()) {
        error::throw_limit(scope, &exceeded);
        return;
    }
    let transfer = v8::Local::<v8::Array>::try_from(args.get(2)).ok();
    let allowed = ports.message_bytes(handle).min(clone::message_limit(scope));
    if let Some(value) = clone::serialize(scope, args.get(1), transfer, allowed) {
        ports.post(handle, Content::Message(value));
    }
}

/// `op_port_start(handle) -> number` of the notices that come of what waits: its messages, and that an end has closed.
pub(super) fn op_port_start<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let handle = handle(scope, args.get(0));
    let waiting = state(scope).control.ports.enable(handle);
    rv.set_uint32(u32::try_from(waiting).unwrap_or(u32::MAX));
}

/// `op_port_shut(handle) -> boolean`: takes nothing more, and tells the other end. Whether something came before: then
/// the hook is told when that has been handled, which begins with `op_port_start`.
pub(super) fn op_port_shut<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let handle = handle(scope, args.get(0));
    rv.set_bool(state(scope).control.ports.shut(handle));
}

/// `op_port_forget(handle)`: JavaScript no longer refers to it.
pub(super) fn op_port_forget<'s>(scope: &mut v8::PinScope<'s, '_>, args: Args<'s>, _: Return<'s>) {
    let handle = handle(scope, args.get(0));
    state(scope).control.ports.close(handle);
}

/// `op_port_await(handle, awaited)`: whether the program goes on for what may come.
pub(super) fn op_port_await<'s>(scope: &mut v8::PinScope<'s, '_>, args: Args<'s>, _: Return<'s>) {
    let handle = handle(scope, args.get(0));
    let ports = &state(scope).control.ports;
    ports.set_awaited(handle, args.get(1).is_true());
}

/// `op_broadcast_join(name) -> handle`.
pub(super) fn op_broadcast_join<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let Ok(name) = v8::Local::<v8::String>::try_from(args.get(0)) else {
        return;
    };
    let Some(charge) = Reserved::take(scope, weight_of_member(name.length())) else {
        return;
    };
    let mut units = vec![0; name.length()];
    name.write_v2(scope, 0, &mut units, v8::WriteFlags::empty());
    let state = state(scope);
    let host = state.host();
    let ports = &state.control.ports;
    let handle = ports.join(
        host.broadcasts(),
        units.into(),
        Box::new(charge),
        host.myself(),
    );
    rv.set(number(scope, handle));
}

/// `op_broadcast_origin() -> string`: that of this isolate, as an event says where a message comes from.
pub(super) fn op_broadcast_origin<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _: Args<'s>,
    mut rv: Return<'s>,
) {
    let url = state(scope).modules.borrow().main_url();
    let [_, origin, ..] = crate::loader::location_of(&url.unwrap_or_default());
    rv.set(error::string(scope, &origin).into());
}

/// `op_broadcast_post(handle, value)`.
pub(super) fn op_broadcast_post<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    _: Return<'s>,
) {
    let handle = handle(scope, args.get(0));
    let allowed = clone::message_limit(scope);
    if let Some(value) = clone::serialize(scope, args.get(1), None, allowed) {
        state(scope).control.ports.broadcast(handle, &value);
    }
}

/// `op_worker_url(text) -> string`: the URL of a worker's script, relative to the main module's; undefined where it is
/// none.
pub(super) fn op_worker_url<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let text = args.get(0).to_rust_string_lossy(scope);
    let base = state(scope).modules.borrow().main_url();
    if let Some(url) = crate::loader::script_url(&text, &base.unwrap_or_default())
        && let Some(url) = v8::String::new(scope, &url)
    {
        rv.set(url.into());
    }
}

/// `op_worker_location(url) -> [href, origin, protocol, host, hostname, port, pathname, search, hash]`.
pub(super) fn op_worker_location<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let text = args.get(0).to_rust_string_lossy(scope);
    let parts = crate::loader::location_of(&text);
    let parts = parts.map(|part| error::string(scope, &part).into());
    rv.set(v8::Array::new_with_elements(scope, &parts).into());
}

/// `op_worker_start(url, name, classic) -> handle` of the channel to it.
pub(super) fn op_worker_start<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let url = args.get(0).to_rust_string_lossy(scope);
    let name = args.get(1).to_rust_string_lossy(scope);
    let state = state(scope);
    let control = &state.control;
    let bytes = url.len().saturating_add(name.len()) as u64;
    if let Err(exceeded) = LimitKind::Message.check(bytes, control.limits().message_bytes) {
        error::throw_limit(scope, &exceeded);
        return;
    }
    // Worker and maker have them outside their heaps, where no other limit sees them.
    let Some(charge) = Reserved::take(scope, url.len().saturating_add(name.len())) else {
        return;
    };
    let [outside, inside] = channel(scope);
    let limits: Limits = *control.limits();
    // As the URL is parsed, not as the script is fetched: whoever revokes it next has a worker all the same.
    let script = state.host().find_blob_url(&url);
    let request = WorkerRequest {
        url,
        limits,
        clock_resolution: control.clock_resolution(),
        start: WorkerStart {
            port: inside,
            name,
            classic: args.get(2).is_true(),
            script,
        },
    };
    let myself = state.host().myself();
    let handle = control.ports.hold_open(outside, myself);
    match state.host().start_worker(request) {
        Ok(child) => {
            control.ports.set_child(handle, child, Box::new(charge));
            rv.set(number(scope, handle));
        }
        Err(why) => {
            control.ports.close(handle);
            match why {
                AskError::Limit(exceeded) => error::throw_limit(scope, &exceeded),
                why => {
                    let text = format!("Failed to construct 'Worker': {why}.");
                    error::throw_dom_exception(scope, "OperationError", &text);
                }
            }
        }
    }
}

/// `op_worker_terminate(handle)`: ends the worker at once, in mid-turn if need be.
pub(super) fn op_worker_terminate<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    _: Return<'s>,
) {
    let handle = handle(scope, args.get(0));
    state(scope).control.ports.terminate(handle);
}

/// `op_worker_close()`: this worker ends with the task that runs.
pub(super) fn op_worker_close<'s>(scope: &mut v8::PinScope<'s, '_>, _: Args<'s>, _: Return<'s>) {
    if let Some(worker) = state(scope).worker.get() {
        worker.closing.set(true);
    }
}
