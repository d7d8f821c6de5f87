//! Ops that have a second form, which optimized code calls as it would call C, without V8's frame for native functions.
//! That form handles what is common and says where it does not; JavaScript then calls the op. It throws nothing and runs
//! no JavaScript.

use std::panic::{AssertUnwindSafe, catch_unwind};

use v8::fast_api::{CFunction, CFunctionInfo, FastApiCallbackOptions, Int64Representation, Type};

use super::super::{buffer, error, text};
use super::encoding::{self, op_encoding_utf8_encode_into};
use super::random::{self, op_random_fill};
use super::{Args, Return, guarded};

/// What the fast form of an op says where the op itself is wanted.
const NOT_HERE: f64 = -1.0;

/// Of `op_encoding_utf8_encode_into`, but for arrays whose memory is shared, can be resized or may not be changed.
extern "C" fn encode_into(
    _: v8::Local<'_, v8::Object>,
    source: v8::Local<'_, v8::Value>,
    array: v8::Local<'_, v8::Value>,
    options: &FastApiCallbackOptions<'_>,
) -> f64 {
    let encode = || {
        let array = v8::Local::<v8::Uint8Array>::try_from(array).ok()?;
        let source = v8::Local::<v8::String>::try_from(source).ok()?;
        // SAFETY: V8 passes its options, which live as long as this call.
        v8::callback_scope!(unsafe scope, options);
        let output = buffer::plain_bytes(scope, array.into())?;
        // SAFETY: the array's handle lives, so its memory stays; no JavaScript runs that could write to it.
        let output = unsafe { std::slice::from_raw_parts_mut(output.0.as_ptr(), output.1) };
        let (read, written) = text::to_utf8_into(scope, source, output);
        encoding::packed(read, written)
    };
    let done = catch_unwind(AssertUnwindSafe(encode));
    done.ok().flatten().unwrap_or(NOT_HERE)
}

const ENCODE_INTO: &[CFunction] = &[CFunction::new(
    encode_into as *const std::ffi::c_void,
    &const {
        CFunctionInfo::new(
            Type::Float64.as_info(),
            &const {
                [
                    Type::V8Value.as_info(),
                    Type::V8Value.as_info(),
                    Type::V8Value.as_info(),
                    Type::CallbackOptions.as_info(),
                ]
            },
            Int64Representation::Number,
        )
    },
)];

/// Of `op_random_fill`.
extern "C" fn random_fill(
    _: v8::Local<'_, v8::Object>,
    view: v8::Local<'_, v8::Value>,
    options: &FastApiCallbackOptions<'_>,
) -> f64 {
    let fill = || {
        let view = v8::Local::<v8::ArrayBufferView>::try_from(view).ok()?;
        // SAFETY: V8 passes its options, which live as long as this call.
        v8::callback_scope!(unsafe scope, options);
        random::fill(scope, view).ok()?.then_some(0.0)
    };
    let done = catch_unwind(AssertUnwindSafe(fill));
    done.ok().flatten().unwrap_or(NOT_HERE)
}

const RANDOM_FILL: &[CFunction] = &[CFunction::new(
    random_fill as *const std::ffi::c_void,
    &const {
        CFunctionInfo::new(
            Type::Float64.as_info(),
            &const {
                [
                    Type::V8Value.as_info(),
                    Type::V8Value.as_info(),
                    Type::CallbackOptions.as_info(),
                ]
            },
            Int64Representation::Number,
        )
    },
)];

/// `op_internal_fast(name) -> function`: the op of this name with its second form.
pub(super) fn op_internal_fast<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let name = args.get(0).to_rust_string_lossy(scope);
    let template = match name.as_str() {
        "op_encoding_utf8_encode_into" => {
            v8::FunctionTemplate::builder_raw(guarded!(op_encoding_utf8_encode_into))
                .build_fast(scope, ENCODE_INTO)
        }
        "op_random_fill" => v8::FunctionTemplate::builder_raw(guarded!(op_random_fill))
            .build_fast(scope, RANDOM_FILL),
        _ => {
            error::throw_type_error(scope, &format!("op_internal_fast: no op '{name}'"));
            return;
        }
    };
    if let Some(function) = template.get_function(scope) {
        rv.set(function.into());
    }
}
