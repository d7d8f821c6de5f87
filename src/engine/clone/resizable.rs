//! Resizable ArrayBuffers. V8's functions in C++ neither tell a buffer's maximum nor make one that has one,
//! so the built-ins do.

use super::super::error;
use super::super::files;
use super::super::state::state;

fn built_in<'s>(scope: &v8::PinScope<'s, '_>, name: &str) -> Option<v8::Local<'s, v8::Function>> {
    let primordials = v8::Local::new(scope, &state(scope).primordials);
    files::get(scope, primordials, name)?.try_into().ok()
}

/// To how many bytes `buffer` may be resized.
pub(super) fn max_bytes(
    scope: &mut v8::PinScope<'_, '_>,
    buffer: v8::Local<'_, v8::ArrayBuffer>,
) -> Option<u64> {
    let getter = built_in(scope, "ArrayBufferPrototypeGetMaxByteLength")?;
    let undefined = v8::undefined(scope).into();
    let max = getter.call(scope, undefined, &[buffer.into()])?;
    Some(max.number_value(scope)? as u64)
}

/// A buffer of this isolate that holds `bytes` and may be resized. `None` with an exception pending where
/// there is no room for its maximum.
pub(super) fn buffer_of<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    bytes: &[u8],
    max_bytes: u64,
) -> Option<v8::Local<'s, v8::ArrayBuffer>> {
    let limits = state(scope).control.limits();
    if max_bytes > limits.buffer_bytes.saturating_add(limits.external_bytes) {
        state(scope).control.buffers.blame(max_bytes);
        error::throw_refused_buffer(scope);
        return None;
    }
    let constructor = built_in(scope, "ArrayBuffer")?;
    let (null, key) = (
        v8::null(scope).into(),
        v8::String::new(scope, "maxByteLength")?,
    );
    let max = v8::Number::new(scope, max_bytes as f64).into();
    let options = v8::Object::with_prototype_and_properties(scope, null, &[key.into()], &[max]);
    let length = v8::Number::new(scope, bytes.len() as f64).into();
    let buffer = constructor.new_instance(scope, &[length, options.into()])?;
    let buffer = v8::Local::<v8::ArrayBuffer>::try_from(buffer).ok()?;
    if let Some(data) = buffer
        .data()
        .filter(|_| buffer.byte_length() == bytes.len())
    {
        // SAFETY: the new buffer is that many bytes long, and nobody else knows of it.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), data.as_ptr().cast(), bytes.len());
        }
    }
    Some(buffer)
}
