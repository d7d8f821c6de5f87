//! Errors that nothing caught (HTML, "report an exception"): the program is told, then the isolate fails.

use nano_proto::JsError;

use super::describe::{describe_event, describe_uncaught};
use super::error::string;
use super::state::state;
use crate::exchange::{Content, Stream};
use crate::report::Report;

/// What `ErrorEvent.message` says.
pub(super) fn headline(error: &JsError) -> String {
    match (error.name.is_empty(), error.message.is_empty()) {
        (true, _) => format!("Uncaught {}", error.message),
        (false, true) => format!("Uncaught {}", error.name),
        (false, false) => format!("Uncaught {}: {}", error.name, error.message),
    }
}

/// What became of an error that the program was told of.
#[derive(Default)]
pub(super) struct Told {
    /// Whether the program says that it is handled.
    pub handled: bool,
    /// What the program's listeners threw in turn: the isolate fails with it behind the error itself.
    pub thrown: Option<JsError>,
}

/// Tells the program of an error by way of `hook`.
pub(super) fn tell(
    scope: &mut v8::PinScope<'_, '_>,
    hook: Option<v8::Global<v8::Function>>,
    args: &[v8::Local<'_, v8::Value>],
) -> Told {
    let Some(hook) = hook else {
        return Told::default();
    };
    v8::tc_scope!(let tc, scope);
    let state = state(tc);
    // What fails meanwhile comes behind the error itself.
    let before = state.failure.take();
    let hook = v8::Local::new(tc, &hook);
    let undefined = v8::undefined(tc).into();
    let handled = hook.call(tc, undefined, args);
    Told {
        handled: handled.is_some_and(|handled| handled.is_true()),
        thrown: state.failure.replace(before),
    }
}

/// Fires the `error` event for `thrown`, which comes from the file `otherwise` where V8 does not know.
pub(super) fn tell_thrown(
    scope: &mut v8::PinScope<'_, '_>,
    thrown: v8::Local<'_, v8::Value>,
    message: Option<v8::Local<'_, v8::Message>>,
    otherwise: Option<&str>,
) -> Told {
    let hook = state(scope).hooks.borrow().error.clone();
    if hook.is_none() {
        return Told::default();
    }
    v8::scope!(let scope, scope);
    let thrown = v8::Local::new(scope, thrown);
    let mut described = describe_event(scope, thrown, message);
    if described.file.is_none() {
        described.file = otherwise.map(Into::into);
    }
    let text = string(scope, &headline(&described));
    let file = string(scope, described.file.as_deref().unwrap_or(""));
    let line = v8::Integer::new_from_unsigned(scope, described.line.unwrap_or(0));
    let column = v8::Integer::new_from_unsigned(scope, described.column.unwrap_or(0));
    let args = [thrown, text.into(), file.into(), line.into(), column.into()];
    tell(scope, hook, &args)
}

/// HTML, "report an exception": the `error` event first, then the isolate fails.
pub(super) fn report(
    scope: &mut v8::PinScope<'_, '_>,
    thrown: v8::Local<'_, v8::Value>,
    message: Option<v8::Local<'_, v8::Message>>,
) {
    let told = tell_thrown(scope, thrown, message, None);
    if state(scope).control.is_stopped() {
        return;
    }
    if !told.handled {
        let described = describe_uncaught(scope, thrown, message);
        if state(scope).control.is_stopped() {
            return;
        }
        fail(scope, described);
    }
    if let Some(thrown) = told.thrown {
        fail(scope, thrown);
    }
}

/// The same for an error of another isolate, of which there is but a description: its text and its place.
pub(super) fn report_again(
    scope: &mut v8::PinScope<'_, '_>,
    text: v8::Local<'_, v8::String>,
    place: [v8::Local<'_, v8::Value>; 3],
    error: JsError,
) {
    let hook = state(scope).hooks.borrow().error.clone();
    let [file, line, column] = place;
    let args = [v8::null(scope).into(), text.into(), file, line, column];
    let told = tell(scope, hook, &args);
    if state(scope).control.is_stopped() {
        return;
    }
    if !told.handled {
        fail(scope, error);
    }
    if let Some(thrown) = told.thrown {
        fail(scope, thrown);
    }
}

/// Called by V8 for an exception that left the outermost JavaScript with nobody to catch it, such as that of a
/// `FinalizationRegistry`'s callback. Without a listener V8 would print it itself.
///
/// # Safety
/// V8 calls this with a message of the current isolate.
pub(super) unsafe extern "C" fn on_message(
    message: v8::Local<'_, v8::Message>,
    exception: v8::Local<'_, v8::Value>,
) {
    // SAFETY: the message is the current isolate's, within one of its scopes.
    v8::callback_scope!(unsafe scope, message);
    if !state(scope).control.is_stopped() {
        report(scope, exception, Some(message));
    }
}

/// Has the isolate end with `error`, after this task. The first such error stays; others are shown at once, since
/// nobody hears of them later.
///
/// A worker goes on, and the isolate whose worker it is hears of the error (HTML, "report an exception", step 5).
pub(super) fn fail(scope: &v8::PinScope<'_, '_>, error: JsError) {
    if let Some(worker) = state(scope).worker.get() {
        let control = &state(scope).control;
        if control.ports.admit(worker.port, control.limits()).is_ok() {
            let error = Content::Error(Box::new(error));
            control.ports.post(worker.port, error);
            return;
        }
    }
    let is_first = state(scope).failure.borrow().is_none();
    match is_first {
        true => *state(scope).failure.borrow_mut() = Some(error),
        false => show(scope, &error),
    }
}

/// Writes `error` where the console writes.
pub(super) fn show(scope: &v8::PinScope<'_, '_>, error: &JsError) {
    let host = state(scope).host();
    let report = Report::new(error).color(host.color(Stream::Err));
    host.write(Stream::Err, &format!("{report}\n"));
}
