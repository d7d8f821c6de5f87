//! A typed array or an ArrayBuffer that is cloned by itself, within one isolate: its bytes are copied once, where
//! V8's serializer and its inverse copy them twice.

use super::super::buffer;
use super::super::buffer_flags::{is_immutable, is_resizable};
use super::blob;

/// The clone of `value`; none where it is nothing of that kind, or may not be cloned, which the serializer tells.
pub(in super::super) fn copy<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    value: v8::Local<'s, v8::Value>,
) -> Option<v8::Local<'s, v8::Value>> {
    let array = v8::Local::<v8::TypedArray>::try_from(value).ok();
    let buffer = match array {
        Some(array) => array.buffer(scope)?,
        None => v8::Local::<v8::ArrayBuffer>::try_from(value).ok()?,
    };
    v8::tc_scope!(let tc, scope);
    let Some(copied) = copy_buffer(tc, buffer) else {
        tc.reset();
        return None;
    };
    match array {
        Some(array) => view(tc, array, copied),
        None => Some(copied.into()),
    }
}

/// A copy of a buffer of this isolate's own, of fixed length.
fn copy_buffer<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    original: v8::Local<'s, v8::ArrayBuffer>,
) -> Option<v8::Local<'s, v8::ArrayBuffer>> {
    let is_plain = !original.is_shared_array_buffer()
        && !original.was_detached()
        && !is_resizable(original)
        && !is_immutable(original);
    if !is_plain {
        return None;
    }
    let length = original.byte_length();
    buffer::array_buffer(scope, length, |_, output| {
        blob::with_part(original, 0, length, |bytes| output.copy_from_slice(bytes));
        length
    })
}

macro_rules! views {
    ($scope:expr, $array:expr, $buffer:expr, $($kind:ident),*) => {{
        let (offset, length) = ($array.byte_offset(), $array.length());
        $(
            if v8::Local::<v8::$kind>::try_from($array).is_ok() {
                return v8::$kind::new($scope, $buffer, offset, length).map(Into::into);
            }
        )*
        None
    }};
}

/// What `array` is of its buffer, of `buffer`.
fn view<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    array: v8::Local<'s, v8::TypedArray>,
    buffer: v8::Local<'s, v8::ArrayBuffer>,
) -> Option<v8::Local<'s, v8::Value>> {
    views!(
        scope,
        array,
        buffer,
        Uint8Array,
        Uint8ClampedArray,
        Int8Array,
        Uint16Array,
        Int16Array,
        Uint32Array,
        Int32Array,
        Float32Array,
        Float64Array,
        BigInt64Array,
        BigUint64Array
    )
}
