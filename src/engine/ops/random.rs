//! Ops of `crypto` that give random values (Web Cryptography).

use crate::web::crypto::random;

use super::super::buffer_flags::is_immutable;
use super::super::error;
use super::{Args, Return};

/// What is written to a buffer at once.
const CHUNK: usize = 4096;

fn throw_no_random(scope: &mut v8::PinScope<'_, '_>) {
    error::throw_dom_exception(
        scope,
        "OperationError",
        "the operating system gave no random bytes",
    );
}

/// `op_view_is_on_heap(view) -> boolean`: whether the view is small and has no buffer yet: nobody shares it, detaches
/// it or has made it immutable, and asking for its buffer would cost more than filling it.
pub(super) fn op_view_is_on_heap<'s>(
    _: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let view = v8::Local::<v8::ArrayBufferView>::try_from(args.get(0));
    rv.set_bool(view.is_ok_and(|view| !view.has_buffer()));
}

/// `op_random_fill(view)`: writes random bytes to all of it. Its buffer is not shared.
pub(super) fn op_random_fill<'s>(scope: &mut v8::PinScope<'s, '_>, args: Args<'s>, _: Return<'s>) {
    let view = v8::Local::<v8::ArrayBufferView>::try_from(args.get(0));
    let Some((view, buffer)) = view.ok().and_then(|view| Some((view, view.buffer(scope)?))) else {
        error::throw_type_error(scope, "op_random_fill: the argument is no view");
        return;
    };
    if is_immutable(buffer) {
        error::throw_type_error(scope, "The view's ArrayBuffer is immutable");
        return;
    }
    let store = buffer.get_backing_store();
    let (start, length) = (view.byte_offset(), view.byte_length());
    let Some(cells) = store.get(start..start.saturating_add(length)) else {
        return;
    };
    let mut bytes = [0; CHUNK];
    for part in cells.chunks(CHUNK) {
        let bytes = &mut bytes[..part.len()];
        if random::fill(bytes).is_err() {
            throw_no_random(scope);
            return;
        }
        for (cell, byte) in part.iter().zip(bytes) {
            cell.set(*byte);
        }
    }
}

/// `op_random_uuid() -> string`.
pub(super) fn op_random_uuid<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _: Args<'s>,
    mut rv: Return<'s>,
) {
    let Ok(text) = random::uuid() else {
        throw_no_random(scope);
        return;
    };
    if let Some(text) = v8::String::new_from_one_byte(scope, &text, v8::NewStringType::Normal) {
        rv.set(text.into());
    }
}
