//! Ops of typed arrays.

use super::super::error;
use super::{Args, Return};

/// Whether a buffer has such an array: V8 checks none of it itself.
fn fits(buffer_length: usize, offset: usize, length: usize, element_size: usize) -> bool {
    let end = length
        .checked_mul(element_size)
        .and_then(|bytes| bytes.checked_add(offset));
    offset.is_multiple_of(element_size) && end.is_some_and(|end| end <= buffer_length)
}

/// `op_typed_array_new(kind, buffer, byteOffset, length) -> array`. `kind` is the class's place in the language's table
/// of typed arrays. Internal files hold the constructor of Uint8Array alone; this stands for the others, of which V8
/// adds some after the snapshot.
pub(super) fn op_typed_array_new<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(args.get(1)) else {
        error::throw_type_error(scope, "op_typed_array_new: not an ArrayBuffer");
        return;
    };
    let offset = args.get(2).number_value(scope).unwrap_or(0.0) as usize;
    let length = args.get(3).number_value(scope).unwrap_or(0.0) as usize;
    macro_rules! make {
        ($($kind:literal $class:ident $size:literal,)*) => {
            match args.get(0).uint32_value(scope) {
                $(Some($kind) => {
                    if !fits(buffer.byte_length(), offset, length, $size) {
                        error::throw_range_error(scope, "the array is out of the buffer's bounds");
                        return;
                    }
                    if let Some(array) = v8::$class::new(scope, buffer, offset, length) {
                        // SAFETY: a typed array is a value; the crate knows that of all but one of them.
                        let value = unsafe { v8::Local::<v8::Value>::cast_unchecked(array) };
                        rv.set(value);
                    }
                })*
                _ => error::throw_type_error(scope, "op_typed_array_new: no such class"),
            }
        };
    }
    make! {
        0 Int8Array 1,
        1 Uint8Array 1,
        2 Uint8ClampedArray 1,
        3 Int16Array 2,
        4 Uint16Array 2,
        5 Int32Array 4,
        6 Uint32Array 4,
        7 BigInt64Array 8,
        8 BigUint64Array 8,
        9 Float16Array 2,
        10 Float32Array 4,
        11 Float64Array 8,
    }
}
