//! JSON modules (proposal-json-modules), and what is said of malformed ones.

use nano_proto::JsError;

use super::super::error;
use super::{Failure, Key, Ready, compile, synthetic};
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
    let described = error::describe(scope, exception, None);
    let mut error = JsError::new(described.name, described.message);
    error.file = Some(key.url.to_string());
    let mut place = key.url.to_string();
    if let Some(message) = message {
        let column = u32::try_from(message.get_start_column() + 1).ok();
        let line = message.get_line_number(scope);
        error.line = line.and_then(|line| u32::try_from(line).ok());
        error.column = column;
        error.source_line = message
            .get_source_line(scope)
            .map(|line| line.to_rust_string_lossy(scope));
        if let (Some(line), Some(column)) = (error.line, column) {
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
    let text =
        |text: &str| v8::String::new(scope, text).unwrap_or_else(|| v8::String::empty(scope));
    let message = text(&error.message);
    let made = match error.name.as_str() {
        "SyntaxError" => v8::Exception::syntax_error(scope, message),
        "RangeError" => v8::Exception::range_error(scope, message),
        _ => v8::Exception::error(scope, message),
    };
    let Ok(object) = v8::Local::<v8::Object>::try_from(made) else {
        return made;
    };
    let key = text("stack");
    let import = v8::Local::<v8::Object>::try_from(v8::Local::new(scope, made_there)).ok();
    let import = import.and_then(|import| import.get(scope, key.into()));
    let import = import.filter(|stack| stack.is_string());
    let import = import.map(|stack| stack.to_rust_string_lossy(scope));
    let import = import.as_deref().unwrap_or_default();
    let frames = import.find("\n    at ").map_or("", |at| &import[at..]);
    let stack = text(&format!("{}{frames}", error.stack));
    object.define_own_property(
        scope,
        key.into(),
        stack.into(),
        v8::PropertyAttribute::DONT_ENUM,
    );
    made
}
