//! Ops of `crypto` that give random values (Web Cryptography).

use crate::web::crypto::random;

use super::super::{buffer, error};
use super::{Args, Return};

/// w3c.github.io/webcrypto/#dfn-Crypto-method-getRandomValues, step 2.
const QUOTA: usize = 65_536;

fn throw_no_random(scope: &mut v8::PinScope<'_, '_>) {
    error::throw_dom_exception(
        scope,
        "OperationError",
        "the operating system gave no random bytes",
    );
}

/// Whether all bytes of `view` are random now, or why not: there are more than may be asked for, or the memory is shared,
/// can be resized or may not be changed.
pub(super) fn fill<'s>(
    scope: &v8::PinScope<'s, '_>,
    view: v8::Local<'s, v8::ArrayBufferView>,
) -> Result<bool, getrandom::Error> {
    let Some((data, length)) = buffer::plain_bytes(scope, view) else {
        return Ok(false);
    };
    if length > QUOTA {
        return Ok(false);
    }
    // SAFETY: the view's handle lives, so its memory stays; no JavaScript runs that could reach it.
    let bytes = unsafe { std::slice::from_raw_parts_mut(data.as_ptr(), length) };
    random::fill(bytes).map(|()| true)
}

/// `op_random_fill(view) -> 0`, or -1 where that may not be filled: see `fill`.
pub(super) fn op_random_fill<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let view = v8::Local::<v8::ArrayBufferView>::try_from(args.get(0));
    match view.map(|view| fill(scope, view)) {
        Ok(Ok(true)) => rv.set_int32(0),
        Ok(Ok(false)) | Err(_) => rv.set_int32(-1),
        Ok(Err(_)) => throw_no_random(scope),
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
