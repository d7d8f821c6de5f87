//! Immutable ArrayBuffers over memory that isolates share: nobody writes to it, so nobody needs a copy.
//!
//! V8 has no function in C++ that makes a buffer immutable; `ArrayBuffer.prototype.transferToImmutable`
//! does, and keeps the memory where it is. All of V8's writers look at the buffer's flag, in every tier;
//! `tests/behaviour/shared_bytes.rs` tries them on memory that the processor itself protects.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use nano_proto::SharedBytes;

use super::super::budget::BufferBudget;
use super::super::files;
use super::super::state::state;

/// The built-ins as they were before any program could replace them. V8 installs what a flag turned on
/// when it makes a context, so they are in no snapshot.
pub(in super::super) struct Immutable {
    transfer: v8::Global<v8::Function>,
    is_immutable: v8::Global<v8::Function>,
}

impl Immutable {
    /// Takes the built-ins of a new context.
    pub fn capture(scope: &mut v8::PinScope<'_, '_>) -> Option<Self> {
        // Of the current context, whatever a global variable may say.
        let buffer = v8::ArrayBuffer::new(scope, 0);
        let prototype = buffer.get_prototype(scope)?;
        let prototype = v8::Local::<v8::Object>::try_from(prototype).ok()?;
        let transfer = files::get(scope, prototype, "transferToImmutable")?;
        let transfer = v8::Local::<v8::Function>::try_from(transfer).ok()?;
        let name = v8::String::new(scope, "immutable")?;
        let accessor = prototype.get_own_property_descriptor(scope, name.into())?;
        let accessor = v8::Local::<v8::Object>::try_from(accessor).ok()?;
        let getter = files::get(scope, accessor, "get")?;
        let getter = v8::Local::<v8::Function>::try_from(getter).ok()?;
        Some(Self {
            transfer: v8::Global::new(scope, transfer),
            is_immutable: v8::Global::new(scope, getter),
        })
    }
}

/// Memory that backs a buffer of one isolate, until V8 lets go of it.
struct Lent {
    shared: SharedBytes,
    budget: Arc<BufferBudget>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.budget.take_back(self.shared.bytes().len() as u64);
    }
}

unsafe extern "C" fn release(_: *mut c_void, _: usize, data: *mut c_void) {
    // SAFETY: `data` is the box that `buffer_of` gave up, and V8 calls this once.
    let lent = unsafe { Box::from_raw(data.cast::<Lent>()) };
    // Whoever owns the memory is told by a drop of his own, and a panic there has said on standard error what it is:
    // it must not reach V8.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(lent)));
}

/// An immutable buffer of this isolate over the memory of `shared`. `None` with an exception pending.
pub(super) fn buffer_of<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    shared: SharedBytes,
) -> Option<v8::Local<'s, v8::ArrayBuffer>> {
    let store = if shared.bytes().is_empty() {
        v8::ArrayBuffer::new_backing_store_from_vec(Vec::new())
    } else {
        let (data, length) = (shared.bytes().as_ptr(), shared.bytes().len());
        let budget = state(scope).control.buffers.clone();
        budget.lend(length as u64);
        let owner = Box::into_raw(Box::new(Lent { shared, budget }));
        // SAFETY: `data` is `length` bytes that `owner` keeps alive, aligned for every typed array;
        // `release` drops `owner`, touches nothing of V8's, may run on any thread since `Bytes` is `Send`,
        // and runs once. The memory is not ours to write, so the buffer that is made below is not seen by
        // any program before it has become immutable.
        unsafe {
            v8::ArrayBuffer::new_backing_store_from_ptr(
                data.cast_mut().cast(),
                length,
                release,
                owner.cast(),
            )
        }
    };
    let buffer = v8::ArrayBuffer::with_backing_store(scope, &store.make_shared());
    let transfer = v8::Local::new(scope, &state(scope).immutable.transfer);
    transfer.call(scope, buffer.into(), &[])?.try_into().ok()
}

/// Whether nobody can change `buffer`. `None` with an exception pending.
pub(in super::super) fn is_immutable(
    scope: &mut v8::PinScope<'_, '_>,
    buffer: v8::Local<'_, v8::ArrayBuffer>,
) -> Option<bool> {
    let getter = v8::Local::new(scope, &state(scope).immutable.is_immutable);
    Some(getter.call(scope, buffer.into(), &[])?.is_true())
}
