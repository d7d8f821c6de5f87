//! Exceptions: from V8 to [`JsError`], and from Rust into JavaScript as the spec's types.

use nano_proto::{AskError, ExitReason, JsError, LimitExceeded, Undelivered};

use super::state::state;
use super::{clone, files};
use crate::exchange::Stream;
use crate::report::Report;

fn string<'s>(scope: &v8::PinScope<'s, '_>, text: &str) -> v8::Local<'s, v8::String> {
    v8::String::new(scope, text).unwrap_or_else(|| v8::String::empty(scope))
}

pub(super) fn throw_type_error(scope: &mut v8::PinScope<'_, '_>, message: &str) {
    let message = string(scope, message);
    let error = v8::Exception::type_error(scope, message);
    scope.throw_exception(error);
}

pub(super) fn throw_range_error(scope: &mut v8::PinScope<'_, '_>, message: &str) {
    let message = string(scope, message);
    let error = v8::Exception::range_error(scope, message);
    scope.throw_exception(error);
}

/// Gives `object` a property of its own, as errors have theirs: no loop over the keys comes by it.
pub(super) fn define(
    scope: &v8::PinScope<'_, '_>,
    object: v8::Local<'_, v8::Object>,
    key: &str,
    text: &str,
) {
    let (key, text) = (string(scope, key), string(scope, text));
    let hidden = v8::PropertyAttribute::DONT_ENUM;
    object.define_own_property(scope, key.into(), text.into(), hidden);
}

/// Sets the `code` that tells our errors apart.
fn set_code(scope: &v8::PinScope<'_, '_>, error: v8::Local<'_, v8::Value>, code: &str) {
    if let Ok(object) = v8::Local::<v8::Object>::try_from(error) {
        define(scope, object, "code", code);
    }
}

/// An error of the language's, of the class `name` where there is one.
pub(super) fn of_name<'s>(
    scope: &v8::PinScope<'s, '_>,
    name: &str,
    message: &str,
) -> v8::Local<'s, v8::Value> {
    let message = string(scope, message);
    match name {
        "TypeError" => v8::Exception::type_error(scope, message),
        "RangeError" => v8::Exception::range_error(scope, message),
        "SyntaxError" => v8::Exception::syntax_error(scope, message),
        "ReferenceError" => v8::Exception::reference_error(scope, message),
        _ => v8::Exception::error(scope, message),
    }
}

/// Throws an error of ours with its `code`.
pub(super) fn throw_coded(scope: &mut v8::PinScope<'_, '_>, error: &JsError) {
    let made = of_name(scope, &error.name, &error.message);
    if let Some(code) = &error.code {
        set_code(scope, made, code);
    }
    scope.throw_exception(made);
}

/// A `DOMException`.
pub(super) fn dom_exception<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: &str,
    message: &str,
) -> v8::Local<'s, v8::Value> {
    let (message, name) = (string(scope, message), string(scope, name));
    let made = files::function(scope, "dom/dom_exception", "create").and_then(|create| {
        let undefined = v8::undefined(scope).into();
        create.call(scope, undefined, &[message.into(), name.into()])
    });
    made.unwrap_or_else(|| v8::Exception::error(scope, message))
}

pub(super) fn throw_dom_exception(scope: &mut v8::PinScope<'_, '_>, name: &str, message: &str) {
    let error = dom_exception(scope, name, message);
    scope.throw_exception(error);
}

fn quota_exceeded<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    exceeded: &LimitExceeded,
    message: &str,
) -> v8::Local<'s, v8::Value> {
    let message = string(scope, message);
    let args = [
        message.into(),
        v8::Number::new(scope, exceeded.allowed as f64).into(),
        v8::Number::new(scope, exceeded.used.max(exceeded.allowed) as f64).into(),
    ];
    let made = files::function(scope, "dom/quota_exceeded_error", "create").and_then(|create| {
        let undefined = v8::undefined(scope).into();
        create.call(scope, undefined, &args)
    });
    made.unwrap_or_else(|| v8::Exception::error(scope, message))
}

/// A `QuotaExceededError` that says which limit was reached and how to raise it.
pub(super) fn throw_limit(scope: &mut v8::PinScope<'_, '_>, exceeded: &LimitExceeded) {
    let error = quota_exceeded(scope, exceeded, &exceeded.to_string());
    set_code(scope, error, "limit");
    scope.throw_exception(error);
}

/// What another isolate threw: itself, where it could be cloned.
fn from_js_error<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    thrown: &JsError,
) -> v8::Local<'s, v8::Value> {
    if let Some(value) = &thrown.value {
        v8::tc_scope!(let tc, scope);
        if let Some(value) = clone::deserialize(tc, value.clone()) {
            // A clone of an error has none of its own properties.
            if let (Some(code), false) = (&thrown.code, thrown.name.is_empty())
                && let Ok(object) = v8::Local::<v8::Object>::try_from(value)
                && text_property(tc, object, "code").as_ref() != Some(code)
            {
                set_code(tc, value, code);
            }
            return value;
        }
    }
    let made = match thrown.name.as_str() {
        "OperationError" => dom_exception(scope, &thrown.name, &thrown.message),
        name => of_name(scope, name, &thrown.message),
    };
    if let Some(code) = &thrown.code {
        set_code(scope, made, code);
    }
    made
}

/// Gives `error` the name and the stack of what was thrown, which a clone need not have, and says in the stack
/// where that was, if it does not say so yet, as for a module that does not parse.
fn complete(scope: &v8::PinScope<'_, '_>, error: v8::Local<'_, v8::Object>, thrown: &JsError) {
    if thrown.name.is_empty() {
        // What was thrown is no error.
        return;
    }
    if text_property(scope, error, "name").as_ref() != Some(&thrown.name) {
        define(scope, error, "name", &thrown.name);
    }
    let stack = match thrown.stack.is_empty() {
        false => thrown.stack.clone(),
        true => format!("{}: {}", thrown.name, thrown.message),
    };
    let place = match (&thrown.file, thrown.line, thrown.column) {
        (Some(file), ..) if stack.contains(file.as_str()) => String::new(),
        (Some(file), Some(line), Some(column)) => format!("\n    at {file}:{line}:{column}"),
        (Some(file), Some(line), None) => format!("\n    at {file}:{line}"),
        (Some(file), None, _) => format!("\n    at {file}"),
        (None, ..) => String::new(),
    };
    define(scope, error, "stack", &format!("{stack}{place}"));
}

/// The value with which a promise of JavaScript's rejects when an ask failed.
pub(super) fn from_ask_error<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    error: &AskError,
) -> v8::Local<'s, v8::Value> {
    let (value, code) = match error {
        AskError::Threw(thrown) => return from_js_error(scope, thrown),
        // A child's, with which its module ended.
        AskError::Unknown(ExitReason::StartFailed(thrown)) => {
            let made = from_js_error(scope, thrown);
            if let Ok(object) = v8::Local::<v8::Object>::try_from(made) {
                complete(scope, object, thrown);
                set_code(
                    scope,
                    made,
                    thrown.code.as_deref().unwrap_or("start_failed"),
                );
            }
            return made;
        }
        AskError::NotDelivered {
            why: Undelivered::Expired,
            ..
        }
        | AskError::Timeout { started: false, .. } => (
            dom_exception(scope, "TimeoutError", &error.to_string()),
            "not_delivered",
        ),
        AskError::NotDelivered { .. } => (
            dom_exception(scope, "InvalidStateError", &error.to_string()),
            "not_delivered",
        ),
        AskError::Timeout { .. } => (
            dom_exception(scope, "TimeoutError", &error.to_string()),
            "timeout",
        ),
        AskError::Cancelled => (
            dom_exception(scope, "AbortError", &error.to_string()),
            "cancelled",
        ),
        AskError::Limit(exceeded) => (quota_exceeded(scope, exceeded, &error.to_string()), "limit"),
        _ => (
            dom_exception(scope, "OperationError", &error.to_string()),
            "unknown",
        ),
    };
    set_code(scope, value, code);
    value
}

fn text_property(
    scope: &v8::PinScope<'_, '_>,
    object: v8::Local<'_, v8::Object>,
    name: &str,
) -> Option<String> {
    let value = files::get(scope, object, name)?;
    let text = v8::Local::<v8::String>::try_from(value).ok()?;
    Some(abridged(scope, text))
}

/// How much of a text goes into a description of an error, in UTF-16 units. Whoever caught the error has it whole.
const MOST_TEXT: usize = 1 << 20;

/// A text, or its beginning where it is very long.
fn abridged(scope: &v8::PinScope<'_, '_>, text: v8::Local<'_, v8::String>) -> String {
    let length = text.length();
    if length <= MOST_TEXT {
        return text.to_rust_string_lossy(scope);
    }
    let mut units = vec![0; MOST_TEXT];
    text.write_v2(scope, 0, &mut units, v8::WriteFlags::empty());
    let rest = length - MOST_TEXT;
    let beginning = String::from_utf16_lossy(&units);
    format!("{beginning}… and {rest} more characters")
}

/// A property of a thrown value, unless the isolate was stopped: its getters run no more.
fn thrown_property<'s>(
    scope: &v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
) -> Option<v8::Local<'s, v8::Value>> {
    match state(scope).control.is_stopped() {
        true => None,
        false => files::get(scope, object, name),
    }
}

fn thrown_text(
    scope: &v8::PinScope<'_, '_>,
    object: v8::Local<'_, v8::Object>,
    name: &str,
) -> Option<String> {
    match state(scope).control.is_stopped() {
        true => None,
        false => text_property(scope, object, name),
    }
}

/// How deep `cause` and `errors` are followed.
const DEPTH: usize = 8;
/// How many errors one is described with, all told.
const WIDTH: usize = 64;

/// How one thrown value is described.
struct Describing {
    /// How many more errors it may take.
    left: usize,
    /// Whether properties of the program's are shown.
    properties: bool,
}

impl Describing {
    fn new(properties: bool) -> Self {
        Self {
            left: WIDTH,
            properties,
        }
    }
}

/// Describes a thrown value. Runs getters of the value and the program's way of writing stacks, so it is
/// called within a turn's limits, and goes no further in an isolate that was stopped.
pub(super) fn describe(
    scope: &mut v8::PinScope<'_, '_>,
    thrown: v8::Local<'_, v8::Value>,
    message: Option<v8::Local<'_, v8::Message>>,
) -> JsError {
    describe_with(scope, thrown, message, &mut Describing::new(false))
}

/// The same for what nobody caught, with the properties that people want to see in a report.
pub(super) fn describe_uncaught(
    scope: &mut v8::PinScope<'_, '_>,
    thrown: v8::Local<'_, v8::Value>,
    message: Option<v8::Local<'_, v8::Message>>,
) -> JsError {
    describe_with(scope, thrown, message, &mut Describing::new(true))
}

fn describe_with(
    scope: &mut v8::PinScope<'_, '_>,
    thrown: v8::Local<'_, v8::Value>,
    message: Option<v8::Local<'_, v8::Message>>,
    how: &mut Describing,
) -> JsError {
    let mut error = describe_at(scope, thrown, DEPTH, how);
    if state(scope).control.is_stopped() {
        return error;
    }
    v8::tc_scope!(let tc, scope);
    let message = message.unwrap_or_else(|| v8::Exception::create_message(tc, thrown));
    place(tc, &mut error, message, Some(thrown));
    tc.reset();
    if !state(tc).control.is_stopped() {
        error.value = clone::serialize_quietly(tc, thrown);
    }
    error
}

/// Says at which line and column of its file `error` was thrown.
pub(super) fn position(
    scope: &v8::PinScope<'_, '_>,
    error: &mut JsError,
    message: v8::Local<'_, v8::Message>,
) {
    error.line = message
        .get_line_number(scope)
        .and_then(|line| u32::try_from(line).ok());
    error.column = u32::try_from(message.get_start_column() + 1).ok();
    error.source_line = message
        .get_source_line(scope)
        .map(|line| line.to_rust_string_lossy(scope));
}

/// Says where `error` was thrown: the place in the program, where the runtime's own JavaScript threw it.
/// What was thrown knows its own place where the message has none.
pub(super) fn place(
    scope: &v8::PinScope<'_, '_>,
    error: &mut JsError,
    message: v8::Local<'_, v8::Message>,
    thrown: Option<v8::Local<'_, v8::Value>>,
) {
    let file = message
        .get_script_resource_name(scope)
        .filter(|name| name.is_string());
    let file = file.map(|name| name.to_rust_string_lossy(scope));
    if let Some(file) = file.filter(|file| !files::is_internal(file)) {
        error.file = Some(file);
        position(scope, error, message);
        return;
    }
    let trace = message
        .get_stack_trace(scope)
        .filter(|trace| trace.get_frame_count() > 0);
    let trace = trace.or_else(|| v8::Exception::get_stack_trace(scope, thrown?));
    let Some(trace) = trace else { return };
    for i in 0..trace.get_frame_count() {
        let Some(frame) = trace.get_frame(scope, i) else {
            continue;
        };
        let Some(file) = frame
            .get_script_name(scope)
            .map(|name| name.to_rust_string_lossy(scope))
        else {
            continue;
        };
        if files::is_internal(&file) {
            continue;
        }
        let source = frame
            .get_script_source(scope)
            .map(|source| source.to_rust_string_lossy(scope));
        let line = source.and_then(|source| {
            source
                .lines()
                .nth(frame.get_line_number().saturating_sub(1))
                .map(str::to_owned)
        });
        error.file = Some(file);
        error.line = u32::try_from(frame.get_line_number()).ok();
        error.column = u32::try_from(frame.get_column()).ok();
        error.source_line = line;
        return;
    }
}

/// What stands below the head in the stack of `error`.
pub(super) fn frames(
    scope: &v8::PinScope<'_, '_>,
    error: v8::Local<'_, v8::Object>,
) -> Option<String> {
    let stack = text_property(scope, error, "stack")?;
    Some(
        stack
            .find("\n    at ")
            .map_or_else(String::new, |at| stack[at..].to_owned()),
    )
}

/// The error `made_there`, which has the stack of its place, with the words of `error`.
pub(super) fn reworded<'s>(
    scope: &v8::PinScope<'s, '_>,
    made_there: &v8::Global<v8::Value>,
    error: &JsError,
) -> v8::Local<'s, v8::Value> {
    let made = v8::Local::new(scope, made_there);
    if let Ok(object) = v8::Local::<v8::Object>::try_from(made) {
        let place = match (&error.file, error.line, error.column) {
            (Some(file), Some(line), Some(column)) => {
                format!(" (imported at {file}:{line}:{column})")
            }
            _ => String::new(),
        };
        let text = format!("{}{place}", error.message);
        define(scope, object, "message", &text);
        // The head of the stack was written before the message was known.
        if let Some(frames) = frames(scope, object) {
            let whole = format!("{}: {text}{frames}", error.name);
            define(scope, object, "stack", &whole);
        }
        if let Some(code) = &error.code {
            set_code(scope, made, code);
        }
    }
    made
}

/// An object as `console.log` shows it, unless that throws.
fn shown(scope: &mut v8::PinScope<'_, '_>, thrown: v8::Local<'_, v8::Value>) -> Option<String> {
    if !thrown.is_object() {
        return None;
    }
    v8::tc_scope!(let tc, scope);
    let inspect = files::function(tc, "console/inspect", "inspect")?;
    let undefined = v8::undefined(tc).into();
    let thrown = v8::Local::new(tc, thrown);
    let text = inspect.call(tc, undefined, &[thrown])?;
    Some(text.to_rust_string_lossy(tc))
}

/// What the console prints of an error's own properties; `None` where that throws.
fn properties(
    scope: &mut v8::PinScope<'_, '_>,
    error: v8::Local<'_, v8::Object>,
) -> Option<String> {
    if state(scope).control.is_stopped() {
        return None;
    }
    v8::tc_scope!(let tc, scope);
    let describe = files::function(tc, "console/error_properties", "describe")?;
    let undefined = v8::undefined(tc).into();
    let error = v8::Local::new(tc, error);
    let text = describe.call(tc, undefined, &[error.into()])?;
    Some(text.to_rust_string_lossy(tc))
}

fn describe_at(
    scope: &mut v8::PinScope<'_, '_>,
    thrown: v8::Local<'_, v8::Value>,
    depth: usize,
    how: &mut Describing,
) -> JsError {
    v8::tc_scope!(let tc, scope);
    how.left = how.left.saturating_sub(1);
    let mut error = JsError::default();
    let object = v8::Local::<v8::Object>::try_from(thrown)
        .ok()
        .filter(|_| !thrown.is_proxy());
    // What is no error may look like one.
    let object = object.filter(|object| {
        thrown.is_native_error()
            || ["name", "message"]
                .into_iter()
                .any(|key| thrown_text(tc, *object, key).is_some())
    });
    let Some(object) = object else {
        // Without a name: what was thrown is no error.
        let text = match state(tc).control.is_stopped() {
            true => None,
            false => shown(tc, thrown).or_else(|| {
                let text = thrown.to_detail_string(tc)?;
                Some(abridged(tc, text))
            }),
        };
        error.message = text.unwrap_or_else(|| thrown.type_repr().to_owned());
        tc.reset();
        return error;
    };
    error.name = thrown_text(tc, object, "name").unwrap_or_else(|| "Error".into());
    error.message = thrown_text(tc, object, "message").unwrap_or_default();
    error.stack = thrown_text(tc, object, "stack").unwrap_or_default();
    error.code = thrown_text(tc, object, "code");
    if how.properties {
        error.properties = properties(tc, object).unwrap_or_default();
    }
    if depth > 0 && how.left > 0 && thrown.is_native_error() {
        let cause = thrown_property(tc, object, "cause").filter(|cause| !cause.is_undefined());
        if let Some(cause) = cause {
            error.cause = Some(Box::new(describe_at(tc, cause, depth - 1, how)));
        }
        if let Some(errors) = thrown_property(tc, object, "errors")
            && let Ok(errors) = v8::Local::<v8::Array>::try_from(errors)
        {
            for i in 0..errors.length().min(16) {
                if how.left == 0 || state(tc).control.is_stopped() {
                    break;
                }
                if let Some(inner) = errors.get_index(tc, i) {
                    let inner = describe_at(tc, inner, depth - 1, how);
                    error.errors.push(inner);
                }
            }
        }
    }
    tc.reset();
    error
}

/// What `ErrorEvent.message` says.
fn headline(error: &JsError) -> String {
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

/// Fires the `error` event for `thrown`, which `described` describes.
pub(super) fn tell_thrown(
    scope: &mut v8::PinScope<'_, '_>,
    thrown: v8::Local<'_, v8::Value>,
    described: &JsError,
) -> Told {
    let hook = state(scope).hooks.borrow().error.clone();
    if hook.is_none() {
        return Told::default();
    }
    v8::scope!(let scope, scope);
    let thrown = v8::Local::new(scope, thrown);
    let text = string(scope, &headline(described));
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
    let described = describe_uncaught(scope, thrown, message);
    if state(scope).control.is_stopped() {
        return;
    }
    let told = tell_thrown(scope, thrown, &described);
    if !told.handled {
        fail(scope, described);
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
pub(super) fn fail(scope: &v8::PinScope<'_, '_>, error: JsError) {
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
