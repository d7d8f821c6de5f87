//! What JavaScript threw, as a [`JsError`]: text that outlives the isolate, with the place in the source.

use nano_proto::JsError;

use super::state::state;
use super::{clone, explain, files, source_line};

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

/// A property of a thrown value, unless the isolate was stopped: its getters run no more. Quietly, none of them runs at
/// all: what is no data property is as good as absent.
fn thrown_property<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
    how: &Describing,
) -> Option<v8::Local<'s, v8::Value>> {
    if state(scope).control.is_stopped() {
        return None;
    }
    if !how.quiet {
        return files::get(scope, object, name);
    }
    v8::tc_scope!(let tc, scope);
    v8::disallow_javascript_execution_scope!(let quiet, tc, v8::OnFailure::ThrowOnFailure);
    files::get(quiet, object, name)
}

/// An element of the `errors` of a thrown value, in the same way.
fn thrown_element<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    errors: v8::Local<'s, v8::Array>,
    index: u32,
    how: &Describing,
) -> Option<v8::Local<'s, v8::Value>> {
    if !how.quiet {
        return errors.get_index(scope, index);
    }
    v8::tc_scope!(let tc, scope);
    v8::disallow_javascript_execution_scope!(let quiet, tc, v8::OnFailure::ThrowOnFailure);
    errors.get_index(quiet, index)
}

/// A text among the data properties of a thrown value. Runs nothing of the program's.
pub(super) fn quiet_text(
    scope: &mut v8::PinScope<'_, '_>,
    object: v8::Local<'_, v8::Object>,
    name: &str,
) -> Option<String> {
    thrown_text(scope, object, name, &Describing::new(How::Event))
}

fn thrown_text(
    scope: &mut v8::PinScope<'_, '_>,
    object: v8::Local<'_, v8::Object>,
    name: &str,
    how: &Describing,
) -> Option<String> {
    v8::scope!(let scope, scope);
    let object = v8::Local::new(scope, object);
    let value = thrown_property(scope, object, name, how)?;
    let text = v8::Local::<v8::String>::try_from(value).ok()?;
    Some(abridged(scope, text))
}

/// The stack of a thrown value. That of an error is an accessor of V8's own, which writes it when it is first read, in
/// the program's way if it has one, under a name that may be a getter.
fn thrown_stack(
    scope: &mut v8::PinScope<'_, '_>,
    object: v8::Local<'_, v8::Object>,
    how: &Describing,
) -> Option<String> {
    let aloud = Describing::new(How::Asked);
    match how.quiet && object.is_native_error() && has_stack_of_v8(scope, object) {
        true => thrown_text(scope, object, "stack", &aloud),
        false => thrown_text(scope, object, "stack", how),
    }
}

/// Whether the property `stack` is the accessor that V8 gives each error.
pub(super) fn has_stack_of_v8(
    scope: &mut v8::PinScope<'_, '_>,
    object: v8::Local<'_, v8::Object>,
) -> bool {
    v8::tc_scope!(let tc, scope);
    let object = v8::Local::new(tc, object);
    let message = v8::String::empty(tc);
    let Ok(error) = v8::Local::<v8::Object>::try_from(v8::Exception::error(tc, message)) else {
        return false;
    };
    let usual = stack_getter(tc, error);
    usual.is_some() && stack_getter(tc, object) == usual
}

fn stack_getter<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
) -> Option<v8::Local<'s, v8::Value>> {
    let key = v8::String::new(scope, "stack")?;
    let descriptor = object.get_own_property_descriptor(scope, key.into())?;
    let descriptor = v8::Local::<v8::Object>::try_from(descriptor).ok()?;
    // Of a data property the descriptor has none of its own, and inherits what the program likes.
    let key = v8::String::new(scope, "get")?;
    match descriptor.has_own_property(scope, key.into())? {
        true => descriptor.get(scope, key.into()),
        false => None,
    }
}

/// Name and message of an error that has no data properties of these names: those that a DOMException keeps to itself,
/// or the name of its class.
fn hidden_texts(
    scope: &mut v8::PinScope<'_, '_>,
    error: v8::Local<'_, v8::Object>,
) -> (Option<String>, Option<String>) {
    v8::tc_scope!(let tc, scope);
    let error = v8::Local::new(tc, error);
    if files::is_loaded(tc, "dom/dom_exception")
        && let Some(texts) = files::function(tc, "dom/dom_exception", "texts")
    {
        let undefined = v8::undefined(tc).into();
        let texts = texts.call(tc, undefined, &[error.into()]);
        if let Some(Ok(texts)) = texts.map(v8::Local::<v8::Array>::try_from) {
            let text = |i| {
                let text = texts.get_index(tc, i)?.try_into().ok()?;
                Some(abridged(tc, text))
            };
            return (text(0), text(1));
        }
    }
    let name = error.get_constructor_name();
    (Some(abridged(tc, name)), None)
}

/// How deep `cause` and `errors` are followed.
const DEPTH: usize = 8;
/// How many errors one is described with, all told.
const WIDTH: usize = 64;

/// What a thrown value is described for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// For the caller, in the turn that it is charged for.
    Asked,
    /// For the `error` event.
    Event,
    /// For a report of what nobody caught.
    Report,
}

/// How one thrown value is described.
struct Describing {
    /// How many more errors it may take.
    left: usize,
    /// Whether nothing of the program's runs.
    quiet: bool,
    /// Whether more is wanted than name, message and place.
    whole: bool,
    /// Whether properties of the program's are shown.
    properties: bool,
}

impl Describing {
    fn new(how: How) -> Self {
        Self {
            left: WIDTH,
            quiet: how != How::Asked,
            whole: how != How::Event,
            properties: how == How::Report,
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
    describe_with(scope, thrown, message, &mut Describing::new(How::Asked))
}

/// What the program is told of what nobody caught: name, message and place, found without running anything of its own
/// (HTML, "extract error information").
pub(super) fn describe_event(
    scope: &mut v8::PinScope<'_, '_>,
    thrown: v8::Local<'_, v8::Value>,
    message: Option<v8::Local<'_, v8::Message>>,
) -> JsError {
    describe_with(scope, thrown, message, &mut Describing::new(How::Event))
}

/// The whole of it for the report, with the properties that people want to see there. Of the program's own it runs
/// what writes the stack of a true error, nothing else.
pub(super) fn describe_uncaught(
    scope: &mut v8::PinScope<'_, '_>,
    thrown: v8::Local<'_, v8::Value>,
    message: Option<v8::Local<'_, v8::Message>>,
) -> JsError {
    let mut error = describe_with(scope, thrown, message, &mut Describing::new(How::Report));
    shorten(&mut error);
    error
}

fn describe_with(
    scope: &mut v8::PinScope<'_, '_>,
    thrown: v8::Local<'_, v8::Value>,
    message: Option<v8::Local<'_, v8::Message>>,
    how: &mut Describing,
) -> JsError {
    explain::refusal(scope, thrown);
    let mut error = describe_at(scope, thrown, DEPTH, how);
    if state(scope).control.is_stopped() {
        return error;
    }
    v8::tc_scope!(let tc, scope);
    let is_made = message.is_none();
    let message = message.unwrap_or_else(|| v8::Exception::create_message(tc, thrown));
    place(tc, &mut error, message, Some(thrown));
    if is_made && error.name == "RangeError" && (error.line, error.column) == (Some(1), Some(1)) {
        place_by_stack(tc, &mut error);
    }
    tc.reset();
    if how.whole && !state(tc).control.is_stopped() {
        error.value = match how.quiet {
            true => clone::serialize_silently(tc, thrown),
            false => clone::serialize_quietly(tc, thrown),
        };
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
    if let Some(line) = message.get_source_line(scope) {
        source_line::set(scope, error, line);
    }
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
        // What `eval` runs has no name, but may have said one.
        let Some(file) = frame
            .get_script_name_or_source_url(scope)
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
        error.file = Some(file);
        error.line = u32::try_from(frame.get_line_number()).ok();
        error.column = u32::try_from(frame.get_column()).ok();
        if let Some(source) = source {
            source_line::find(error, &source);
        }
        return;
    }
}

/// V8 finds no place for a stack overflow when its message is made later, and says that it is the file's beginning: the
/// text of the stack knows it.
fn place_by_stack(scope: &v8::PinScope<'_, '_>, error: &mut JsError) {
    let frames = error.stack.split("\n    at ").skip(1);
    let places = frames.filter_map(|frame| {
        // No URL has a blank. Of what `eval` made the place is another's.
        let frame = frame.lines().next()?;
        let frame = frame.split_once(" (").map_or(frame, |(_, place)| place);
        let frame = frame.strip_suffix(')').unwrap_or(frame);
        if frame.starts_with("eval at ") {
            return None;
        }
        let (rest, column) = frame.rsplit_once(':')?;
        let (file, line) = rest.rsplit_once(':')?;
        Some((file.to_owned(), line.parse().ok()?, column.parse().ok()?))
    });
    let mut of_the_program = places.filter(|(file, ..)| !files::is_internal(file));
    let Some((file, line, column)) = of_the_program.next() else {
        return;
    };
    let modules = state(scope).modules.borrow();
    let source = modules.main_source().filter(|(url, _)| *url == file);
    (error.line, error.column) = (Some(line), Some(column));
    error.file = Some(file);
    error.source_line = None;
    if let Some((_, source)) = source {
        source_line::find(error, source);
    }
}

/// An object as `console.log` shows it, unless that throws.
fn shown(
    scope: &mut v8::PinScope<'_, '_>,
    thrown: v8::Local<'_, v8::Value>,
    how: &Describing,
) -> Option<String> {
    if !thrown.is_object() {
        return None;
    }
    v8::tc_scope!(let tc, scope);
    let inspect = match how.quiet {
        true => "inspectQuietly",
        false => "inspect",
    };
    let inspect = files::function(tc, "console/inspect", inspect)?;
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
    let thrown = v8::Local::new(tc, thrown);
    how.left = how.left.saturating_sub(1);
    let mut error = JsError::default();
    let object = v8::Local::<v8::Object>::try_from(thrown)
        .ok()
        .filter(|_| !thrown.is_proxy() && !thrown.is_function());
    // What is no error may look like one; a function has a name, but says nothing by it.
    let object = object.filter(|object| {
        thrown.is_native_error()
            || ["name", "message"]
                .into_iter()
                .any(|key| thrown_text(tc, *object, key, how).is_some())
    });
    let Some(object) = object else {
        // Without a name: what was thrown is no error.
        let text = match state(tc).control.is_stopped() {
            true => None,
            false => shown(tc, thrown, how).or_else(|| {
                if how.quiet && thrown.is_object() {
                    return None;
                }
                let text = thrown.to_detail_string(tc)?;
                Some(abridged(tc, text))
            }),
        };
        error.message = text.unwrap_or_else(|| thrown.type_repr().to_owned());
        tc.reset();
        return error;
    };
    let mut name = thrown_text(tc, object, "name", how);
    let mut message = thrown_text(tc, object, "message", how);
    if how.quiet && thrown.is_native_error() && (name.is_none() || message.is_none()) {
        let hidden = hidden_texts(tc, object);
        name = name.or(hidden.0);
        message = message.or(hidden.1);
    }
    error.name = name.unwrap_or_else(|| "Error".into());
    error.message = message.unwrap_or_default();
    if !how.whole {
        tc.reset();
        return error;
    }
    error.stack = thrown_stack(tc, object, how).unwrap_or_default();
    error.code = thrown_text(tc, object, "code", how);
    if how.properties {
        error.properties = properties(tc, object).unwrap_or_default();
    }
    if depth > 0 && how.left > 0 && thrown.is_native_error() {
        let cause = thrown_property(tc, object, "cause", how).filter(|cause| !cause.is_undefined());
        if let Some(cause) = cause {
            error.cause = Some(Box::new(describe_at(tc, cause, depth - 1, how)));
        }
        if let Some(errors) = thrown_property(tc, object, "errors", how)
            && let Ok(errors) = v8::Local::<v8::Array>::try_from(errors)
        {
            for i in 0..errors.length().min(16) {
                if how.left == 0 || state(tc).control.is_stopped() {
                    break;
                }
                if let Some(inner) = thrown_element(tc, errors, i, how) {
                    let inner = describe_at(tc, inner, depth - 1, how);
                    error.errors.push(inner);
                }
            }
        }
    }
    tc.reset();
    error
}
