//! Ops that tie internal JavaScript to the engine: files, hooks, microtasks, settled calls.

use nano_proto::CallId;

use super::super::state::state;
use super::super::{call, error, files, module, reactions};
use super::{Args, Return};
use crate::engine::uncaught;

/// `require(name)`: the exports of another internal file.
pub(super) fn op_internal_require<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    if let Some(exports) = files::loaded(scope, args.get(0)) {
        rv.set(exports);
        return;
    }
    let name = args.get(0).to_rust_string_lossy(scope);
    if let Some(exports) = files::require(scope, &name) {
        rv.set(exports.into());
    }
}

/// `op_internal_loaded(name)`: the exports of another internal file if it has run, else undefined. An instance of an
/// interface is none where the interface's file has not run.
pub(super) fn op_internal_loaded<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    if let Some(exports) = files::loaded(scope, args.get(0)) {
        rv.set(exports);
    }
}

/// The receiver of an attribute of the global object (WebIDL, "attribute getter" step 1.1.2).
fn is_global_receiver<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    receiver: v8::Local<'s, v8::Object>,
) -> bool {
    let global = scope.get_current_context().global(scope);
    let fits = receiver == global;
    if !fits {
        error::throw_type_error(scope, "Illegal invocation");
    }
    fits
}

/// The getter of an attribute of the global object.
pub(super) fn op_global_get<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let receiver = args.this();
    if !is_global_receiver(scope, receiver) {
        return;
    }
    let index = args.data().int32_value(scope).unwrap_or(-1);
    if let Some(value) = files::global_attribute(scope, index, receiver) {
        rv.set(value);
    }
}

/// The setter of an attribute of the global object.
pub(super) fn op_global_set<'s>(scope: &mut v8::PinScope<'s, '_>, args: Args<'s>, _: Return<'s>) {
    let receiver = args.this();
    if !is_global_receiver(scope, receiver) {
        return;
    }
    let index = args.data().int32_value(scope).unwrap_or(-1);
    files::set_global_attribute(scope, index, receiver, args.get(0));
}

/// `op_set_hook(name, function)`: what native code calls.
pub(super) fn op_set_hook<'s>(scope: &mut v8::PinScope<'s, '_>, args: Args<'s>, _: Return<'s>) {
    let name = args.get(0).to_rust_string_lossy(scope);
    let Ok(function) = v8::Local::<v8::Function>::try_from(args.get(1)) else {
        error::throw_type_error(scope, "op_set_hook: the second argument is no function");
        return;
    };
    let function = Some(v8::Global::new(scope, function));
    let mut hooks = state(scope).hooks.borrow_mut();
    match name.as_str() {
        "timer" => hooks.timer = function,
        "error" => hooks.error = function,
        "unhandledrejection" => hooks.unhandled = function,
        "rejectionhandled" => hooks.handled = function,
        "callended" => hooks.call_ended = function,
        "port" => hooks.port = function,
        _ => {
            drop(hooks);
            error::throw_type_error(scope, &format!("op_set_hook: no hook '{name}'"));
        }
    }
}

/// `op_report_exception(error)`: HTML, "report an exception".
pub(super) fn op_report_exception<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    _: Return<'s>,
) {
    uncaught::report(scope, args.get(0), None);
}

/// `op_queue_microtask(function)`.
pub(super) fn op_queue_microtask<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    _: Return<'s>,
) {
    match v8::Local::<v8::Function>::try_from(args.get(0)) {
        Ok(function) => scope.enqueue_microtask(function),
        Err(_) => error::throw_type_error(scope, "op_queue_microtask: the argument is no function"),
    }
}

/// `op_run_microtask(callback)`: calls it. Reports what it throws from here, since JavaScript that catches it no longer
/// knows where that was.
pub(super) fn op_run_microtask<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    _: Return<'s>,
) {
    // V8 tells of reactions alone: what runs from here on is of the present async context.
    reactions::note_context(scope);
    let Ok(callback) = v8::Local::<v8::Function>::try_from(args.get(0)) else {
        return;
    };
    v8::tc_scope!(let tc, scope);
    let undefined = v8::undefined(tc).into();
    if callback.call(tc, undefined, &[]).is_some() || tc.has_terminated() {
        return;
    }
    if let Some(thrown) = tc.exception() {
        let message = tc.message();
        tc.reset();
        uncaught::report(tc, thrown, message);
    }
}

/// `op_call_settle(id, fulfilled, value)`: a call's promise has settled.
pub(super) fn op_call_settle<'s>(scope: &mut v8::PinScope<'s, '_>, args: Args<'s>, _: Return<'s>) {
    let id = CallId(args.get(0).number_value(scope).unwrap_or(0.0) as u64);
    if args.get(1).is_true() {
        call::fulfil(scope, id, args.get(2));
    } else {
        call::reject(scope, id, args.get(2), None);
    }
}

/// `op_call_observe(id) -> number`: an `Observed` says what has become of the call; if it goes on, the hook
/// "callended" is called when it ends.
pub(super) fn op_call_observe<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let id = CallId(args.get(0).number_value(scope).unwrap_or(0.0) as u64);
    let observed = state(scope).calls.borrow_mut().observe(id);
    rv.set_int32(observed as i32);
}

/// `op_module_settle(number, fulfilled, value)`: a module's evaluation has ended.
pub(super) fn op_module_settle<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    _: Return<'s>,
) {
    let number = args.get(0).uint32_value(scope).unwrap_or(0);
    let value = args.get(2);
    module::settled(
        scope,
        number,
        if args.get(1).is_true() {
            Ok(value)
        } else {
            Err(value)
        },
    );
}
