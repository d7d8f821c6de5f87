//! What happens to ports, workers, broadcast channels and queued tasks, as JavaScript is told.

use nano_proto::{ExitReason, JsError};

use super::error::string;
use super::state::state;
use super::{clone, turn, uncaught};
use crate::exchange::{Content, Notice};

/// What the hook "port" is told; in `messaging/receiver.js` too.
#[derive(Clone, Copy)]
enum Kind {
    Message = 0,
    MessageError = 1,
    Error = 2,
    Closed = 3,
}

/// Something for what the isolate holds, or itself.
pub(super) fn notice(scope: &mut v8::PinScope<'_, '_>, notice: Notice) {
    match notice {
        Notice::Task => run_queued(scope),
        Notice::Message(handle) => message(scope, handle),
        Notice::Closed(handle) => closed(scope, handle),
    }
}

fn closed(scope: &mut v8::PinScope<'_, '_>, handle: u64) {
    let ports = &state(scope).control.ports;
    ports.set_awaited(handle, false);
    let error = match ports.closed_for(handle) {
        Some(ExitReason::Threw(error) | ExitReason::StartFailed(error)) => Some(error),
        Some(reason @ (ExitReason::Limit(_) | ExitReason::Panicked(_))) => {
            Some(JsError::new("", format!("the worker has ended: {reason}")))
        }
        _ => None,
    };
    match error {
        Some(error) => tell_error(scope, handle, Kind::Closed, error),
        None => tell(scope, handle, Kind::Closed, &[]),
    }
}

/// Runs the first function that JavaScript has queued.
fn run_queued(scope: &mut v8::PinScope<'_, '_>) {
    let Some(task) = state(scope).queued.borrow_mut().pop_front() else {
        return;
    };
    turn::run_in(scope, task.frame.as_ref(), Some(&task.function), &[]);
}

fn message(scope: &mut v8::PinScope<'_, '_>, handle: u64) {
    match state(scope).control.ports.take(handle) {
        Some(Content::Message(value)) => {
            v8::tc_scope!(let tc, scope);
            match clone::deserialize_with_ports(tc, value) {
                Some((data, None)) => tell(tc, handle, Kind::Message, &[data]),
                Some((data, Some(ports))) => {
                    tell(tc, handle, Kind::Message, &[data, ports.into()]);
                }
                None if tc.has_terminated() => {}
                None => {
                    tc.reset();
                    tell(tc, handle, Kind::MessageError, &[]);
                }
            }
        }
        Some(Content::Lost) => tell(scope, handle, Kind::MessageError, &[]),
        Some(Content::Error(error)) => tell_error(scope, handle, Kind::Error, *error),
        None => {}
    }
}

/// HTML, "report an exception", step 5: the error of a worker goes on to the global object of whoever has made it, unless
/// that has handled it.
fn tell_error(scope: &mut v8::PinScope<'_, '_>, handle: u64, kind: Kind, error: JsError) {
    let Some(hook) = state(scope).hooks.borrow().port.clone() else {
        return;
    };
    v8::scope!(let scope, scope);
    let text = string(scope, &uncaught::headline(&error));
    let file = string(scope, error.file.as_deref().unwrap_or_default());
    let line = v8::Integer::new_from_unsigned(scope, error.line.unwrap_or(0));
    let column = v8::Integer::new_from_unsigned(scope, error.column.unwrap_or(0));
    let handle = v8::Number::new(scope, handle as f64);
    let kind = v8::Integer::new(scope, kind as i32);
    let place = [file.into(), line.into(), column.into()];
    let [file, line, column] = place;
    let args = [handle.into(), kind.into(), text.into(), file, line, column];
    let told = uncaught::tell(scope, Some(hook), &args);
    if !told.handled && !state(scope).control.is_stopped() {
        uncaught::report_again(scope, text, place, error);
    }
    if let Some(thrown) = told.thrown {
        uncaught::fail(scope, thrown);
    }
}

/// Calls the hook with the handle, the kind and `args`.
fn tell(
    scope: &mut v8::PinScope<'_, '_>,
    handle: u64,
    kind: Kind,
    args: &[v8::Local<'_, v8::Value>],
) {
    let Some(hook) = state(scope).hooks.borrow().port.clone() else {
        return;
    };
    v8::scope!(let scope, scope);
    let mut all = [v8::undefined(scope).into(); 6];
    all[0] = v8::Number::new(scope, handle as f64).into();
    all[1] = v8::Integer::new(scope, kind as i32).into();
    for (to, arg) in all[2..].iter_mut().zip(args) {
        *to = v8::Local::new(scope, *arg);
    }
    turn::run_in(scope, None, Some(&hook), &all[..2 + args.len()]);
}
