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

/// What the fast form says of an op that answers with a number, or does not handle what it was given.
fn answer(op: impl FnOnce() -> Option<f64>) -> f64 {
    let done = catch_unwind(AssertUnwindSafe(op));
    done.ok().flatten().unwrap_or(NOT_HERE)
}

/// A function as V8 wants to know it, with the kinds of its arguments, that of `this` included.
macro_rules! form {
    ($function:ident, $($argument:ident),*) => {
        &[CFunction::new(
            $function as *const std::ffi::c_void,
            &const {
                CFunctionInfo::new(
                    Type::Float64.as_info(),
                    &const { [$(Type::$argument.as_info()),*] },
                    Int64Representation::Number,
                )
            },
        )]
    };
}

/// Of `op_encoding_utf8_encode_into`, but for arrays whose memory is shared, can be resized or may not be changed.
extern "C" fn encode_into(
    _: v8::Local<'_, v8::Object>,
    source: v8::Local<'_, v8::Value>,
    array: v8::Local<'_, v8::Value>,
    options: &FastApiCallbackOptions<'_>,
) -> f64 {
    answer(|| {
        let array = v8::Local::<v8::Uint8Array>::try_from(array).ok()?;
        let source = v8::Local::<v8::String>::try_from(source).ok()?;
        // SAFETY: V8 passes its options, which live as long as this call.
        v8::callback_scope!(unsafe scope, options);
        let output = buffer::plain_bytes(scope, array.into())?;
        // SAFETY: the array's handle lives, so its memory stays; no JavaScript runs that could write to it.
        let output = unsafe { std::slice::from_raw_parts_mut(output.0.as_ptr(), output.1) };
        let (read, written) = text::to_utf8_into(scope, source, output);
        encoding::packed(read, written)
    })
}

const ENCODE_INTO: &[CFunction] = form!(encode_into, V8Value, V8Value, V8Value, CallbackOptions);

/// Of `op_random_fill`.
extern "C" fn random_fill(
    _: v8::Local<'_, v8::Object>,
    view: v8::Local<'_, v8::Value>,
    options: &FastApiCallbackOptions<'_>,
) -> f64 {
    answer(|| {
        let view = v8::Local::<v8::ArrayBufferView>::try_from(view).ok()?;
        // SAFETY: V8 passes its options, which live as long as this call.
        v8::callback_scope!(unsafe scope, options);
        random::fill(scope, view).ok()?.then_some(0.0)
    })
}

const RANDOM_FILL: &[CFunction] = form!(random_fill, V8Value, V8Value, CallbackOptions);

/// `op_internal_fast(name) -> function`: the op of this name with its second form.
pub(super) fn op_internal_fast<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let name = args.get(0).to_rust_string_lossy(scope);
    let (op, form) = match name.as_str() {
        "op_encoding_utf8_encode_into" => (guarded!(op_encoding_utf8_encode_into), ENCODE_INTO),
        "op_random_fill" => (guarded!(op_random_fill), RANDOM_FILL),
        _ => {
            error::throw_type_error(scope, &format!("op_internal_fast: no op '{name}'"));
            return;
        }
    };
    let template = v8::FunctionTemplate::builder_raw(op).build_fast(scope, form);
    if let Some(function) = template.get_function(scope) {
        rv.set(function.into());
    }
}
