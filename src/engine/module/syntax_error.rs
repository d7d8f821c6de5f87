//! Where a module is wrong, in the error's stack: V8 keeps that to itself, and whoever catches the error of an
//! `import()` would not learn which file it is about.

use nano_proto::JsError;

use super::super::error;
use crate::engine::describe;

/// Puts the place that `message` says on top of the stack of `exception`, unless the stack names it.
pub(super) fn say_where(
    scope: &mut v8::PinScope<'_, '_>,
    exception: v8::Local<'_, v8::Value>,
    message: Option<v8::Local<'_, v8::Message>>,
) {
    let (Ok(object), Some(message)) = (v8::Local::<v8::Object>::try_from(exception), message)
    else {
        return;
    };
    if !object.is_native_error() || !describe::has_stack_of_v8(scope, object) {
        return;
    }
    let mut place = JsError::default();
    describe::place(scope, &mut place, message, None);
    let (Some(file), Some(line), Some(column)) = (place.file, place.line, place.column) else {
        return;
    };
    let place = format!("at {file}:{line}:{column}");
    v8::tc_scope!(let tc, scope);
    let Some(stack) = describe::text_property(tc, object, "stack") else {
        return;
    };
    if stack.contains(&place) {
        return;
    }
    let frames = stack.find("\n    at ").unwrap_or(stack.len());
    let (header, frames) = stack.split_at(frames);
    // Else the program has written it its own way.
    let message = describe::quiet_text(tc, object, "message").unwrap_or_default();
    if header != format!("SyntaxError: {message}") {
        return;
    }
    let stack = format!("{header}\n    {place}{frames}");
    error::define(tc, object, "stack", &stack);
}
