//! What V8 says of an ArrayBuffer and the `v8` crate does not pass on. Neither function runs any JavaScript.

unsafe extern "C" {
    /// `v8::ArrayBuffer::IsImmutable() const`.
    #[link_name = "_ZNK2v811ArrayBuffer11IsImmutableEv"]
    fn v8_is_immutable(buffer: *const v8::ArrayBuffer) -> bool;
    /// `v8::ArrayBuffer::IsResizableByUserJavaScript() const`.
    #[link_name = "_ZNK2v811ArrayBuffer27IsResizableByUserJavaScriptEv"]
    fn v8_is_resizable(buffer: *const v8::ArrayBuffer) -> bool;
}

/// Whether nobody can change its bytes.
pub(super) fn is_immutable(buffer: v8::Local<'_, v8::ArrayBuffer>) -> bool {
    // SAFETY: C++ takes its `this` as the crate passes a handle to all of V8's functions, as the address of the
    // handle's slot; it reads the buffer's flags and nothing else.
    unsafe { v8_is_immutable(&*buffer) }
}

/// Whether a program can change its length.
pub(super) fn is_resizable(buffer: v8::Local<'_, v8::ArrayBuffer>) -> bool {
    // SAFETY: as above.
    unsafe { v8_is_resizable(&*buffer) }
}
