//! Ops of `console`.

use unicode_width::UnicodeWidthStr;

use super::super::state::state;
use super::{Args, Return};
use crate::exchange::Stream;

fn stream<'s>(scope: &v8::PinScope<'s, '_>, value: v8::Local<'s, v8::Value>) -> Stream {
    if value.int32_value(scope) == Some(2) {
        Stream::Err
    } else {
        Stream::Out
    }
}

/// `op_console_write(stream, text)`.
pub(super) fn op_console_write<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    _: Return<'s>,
) {
    let stream = stream(scope, args.get(0));
    let text = args.get(1).to_rust_string_lossy(scope);
    state(scope).host().write(stream, &text);
}

/// `op_console_color(stream) -> boolean`.
pub(super) fn op_console_color<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let stream = stream(scope, args.get(0));
    rv.set_bool(state(scope).host().color(stream));
}

/// `op_console_width(text) -> columns` that the text takes on a terminal.
pub(super) fn op_console_width<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let text = args.get(0).to_rust_string_lossy(scope);
    rv.set_uint32(u32::try_from(UnicodeWidthStr::width(text.as_str())).unwrap_or(u32::MAX));
}
