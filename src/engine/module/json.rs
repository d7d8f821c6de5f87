//! JSON modules (proposal-json-modules), and what is said of malformed ones.

use nano_proto::JsError;

use super::super::error;
use super::{Failure, Key, Ready, compile, synthetic};
use crate::engine::describe;
use crate::loader::Source;

/// A JSON module: its default export is the parsed text.
pub(super) fn compile(
    scope: &mut v8::PinScope<'_, '_>,
    key: &Key,
    source: &Source,
) -> Option<Result<Ready, Failure>> {
    let text = compile::text(scope, source)?;
    let value = v8::json::parse(scope, text)?;
    synthetic::with_default(scope, key, value)
}

/// Why JSON could not be parsed, with the place in it. V8 knows the place, but not of which file it is.
pub(super) fn failure(
    scope: &mut v8::PinScope<'_, '_>,
    key: &Key,
    exception: v8::Local<'_, v8::Value>,
    message: Option<v8::Local<'_, v8::Message>>,
) -> Failure {
    let described = describe::describe(scope, exception, None);
    let mut error = JsError::new(described.name, described.message);
    error.file = Some(key.url.to_string());
    let mut place = key.url.to_string();
    if let Some(message) = message {
        describe::position(scope, &mut error, message);
        if let (Some(line), Some(column)) = (error.line, error.column) {
            place = format!("{place}:{line}:{column}");
        }
    }
    error.stack = format!("{}: {}\n    at {place}", error.name, error.message);
    error.into()
}

/// The exception with which an `import()` made at `made_there` rejects.
pub(super) fn exception<'s>(
    scope: &v8::PinScope<'s, '_>,
    error: &JsError,
    made_there: &v8::Global<v8::Value>,
) -> v8::Local<'s, v8::Value> {
    let made = error::of_name(scope, &error.name, &error.message);
    let Ok(object) = v8::Local::<v8::Object>::try_from(made) else {
        return made;
    };
    let import = v8::Local::<v8::Object>::try_from(v8::Local::new(scope, made_there)).ok();
    let frames = import.and_then(|import| error::frames(scope, import));
    let stack = format!("{}{}", error.stack, frames.unwrap_or_default());
    error::define(scope, object, "stack", &stack);
    made
}
