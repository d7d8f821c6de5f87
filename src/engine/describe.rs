//! What JavaScript threw, as a [`JsError`]: text that outlives the isolate, with the place in the source.

use nano_proto::JsError;

use super::state::state;
use super::{clone, files};

pub(super) fn text_property(
    scope: &v8::PinScope<'_, '_>,
    object: v8::Local<'_, v8::Object>,
    name: &str,
) -> Option<String> {
    let value = files::get(scope, object, name)?;
    let text = v8::Local::<v8::String>::try_from(value).ok()?;
    Some(abridged(scope, text))
}

/// How much of a text, or of the value itself, an isolate leaves behind that ended with an error, in bytes: nobody is
/// charged for what is remembered of it.
const MOST_LEFT: usize = 1 << 16;

/// Makes an error short enough to be the reason of an end.
pub(super) fn shorten(error: &mut JsError) {
    let texts = [
        &mut error.name,
        &mut error.message,
        &mut error.stack,
        &mut error.properties,
    ];
    let optional = [&mut error.source_line, &mut error.code, &mut error.file];
    for text in texts.into_iter().chain(optional.into_iter().flatten()) {
        if text.len() > MOST_LEFT {
            text.truncate(text.floor_char_boundary(MOST_LEFT));
            text.push('…');
        }
    }
    error.value.take_if(|value| value.len() > MOST_LEFT);
    for inner in error
        .cause
        .as_deref_mut()
        .into_iter()
        .chain(&mut error.errors)
    {
        shorten(inner);
    }
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
    let mut error = describe_with(scope, thrown, message, &mut Describing::new(true));
    shorten(&mut error);
    error
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
