//! Errors from Rust into JavaScript, as the spec's types.

use nano_proto::{AskError, ExitReason, JsError, LimitExceeded, LimitKind, Undelivered};

use super::describe::text_property;
use super::{clone, files};

pub(super) fn string<'s>(scope: &v8::PinScope<'s, '_>, text: &str) -> v8::Local<'s, v8::String> {
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

/// How V8's texts of refused buffers end, by which `explain` knows them.
pub(super) const REFUSED_BUFFER: &str = "Array buffer allocation failed";

/// Throws what V8 does where a buffer is refused.
pub(super) fn throw_refused_buffer(scope: &mut v8::PinScope<'_, '_>) {
    throw_range_error(scope, REFUSED_BUFFER);
}

/// Throws where the isolate was stopped: V8 ends what runs as soon as it looks, and passes over what would catch this.
pub(super) fn throw_stopped(scope: &mut v8::PinScope<'_, '_>) {
    throw_type_error(scope, "the isolate was stopped");
    scope.terminate_execution();
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
    if let (Some(cause), Ok(object)) = (&thrown.cause, v8::Local::<v8::Object>::try_from(made)) {
        let cause = from_js_error(scope, cause);
        let key = string(scope, "cause");
        let hidden = v8::PropertyAttribute::DONT_ENUM;
        object.define_own_property(scope, key.into(), cause, hidden);
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
        AskError::NotDelivered {
            why: Undelivered::Refused(exceeded) | Undelivered::TooLarge(exceeded),
            ..
        } => (
            quota_exceeded(scope, exceeded, &error.to_string()),
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

/// The value with which an ask rejects for which the other isolate's wall time, of `allowed` ms, has been too short.
pub(super) fn over_wall<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    allowed: u64,
    started: bool,
) -> v8::Local<'s, v8::Value> {
    let exceeded = LimitExceeded {
        limit: LimitKind::Wall,
        used: allowed,
        allowed,
    };
    let value = dom_exception(scope, "TimeoutError", &exceeded.to_string());
    set_code(
        scope,
        value,
        if started { "limit" } else { "not_delivered" },
    );
    value
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
