//! Which limit refused a buffer or a memory.
//!
//! V8 throws a `RangeError` there whose text it makes itself, deep inside its allocation, and which says only that it
//! has failed. The program that catches it sees that text. Where the error leaves a call, or nothing caught it, it is
//! given the limit's words before anybody is told.

use nano_proto::LimitKind;

use super::state::state;
use super::{describe, error, platform};

/// How V8's texts of refused memories end.
const MEMORY: [&str; 3] = [
    "could not allocate memory",
    "Unable to grow instance memory",
    "Cannot allocate Wasm memory for new instance",
];

/// Completes the text of `thrown` where it is V8's for a buffer or a memory that was refused. Runs nothing of the
/// program's but what writes its stacks.
pub(super) fn refusal(scope: &mut v8::PinScope<'_, '_>, thrown: v8::Local<'_, v8::Value>) {
    if !thrown.is_native_error() {
        return;
    }
    let Ok(thrown) = v8::Local::<v8::Object>::try_from(thrown) else {
        return;
    };
    let Some(text) = describe::quiet_text(scope, thrown, "message") else {
        return;
    };
    let Some(why) = why(scope, &text) else {
        return;
    };
    let text = format!("{text}: {why}");
    error::define(scope, thrown, "message", &text);
    // Its head was written before, or would be by the old text.
    if describe::has_stack_of_v8(scope, thrown)
        && let Some(frames) = error::frames(scope, thrown)
    {
        error::define(
            scope,
            thrown,
            "stack",
            &format!("RangeError: {text}{frames}"),
        );
    }
}

/// What V8 left out of `text`; none where it is another text, or nobody knows.
fn why(scope: &v8::PinScope<'_, '_>, text: &str) -> Option<String> {
    let is_buffer = text.ends_with(error::REFUSED_BUFFER);
    let is_memory = MEMORY.iter().any(|end| text.ends_with(end));
    if !is_buffer && !is_memory {
        return None;
    }
    let blamed = state(scope).control.buffers.refusals.blamed();
    let fits =
        |limit| limit == LimitKind::Reservations || (is_buffer && limit == LimitKind::Buffers);
    match blamed.filter(|exceeded| fits(exceeded.limit)) {
        Some(exceeded) => Some(exceeded.to_string()),
        None if is_memory => platform::wasm_pages().map(|pages| {
            format!(
                "the system has none, or it would have more than {pages} pages of 64 KiB; raise that with RuntimeBuilder::wasm_pages"
            )
        }),
        None => None,
    }
}
