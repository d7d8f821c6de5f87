//! What travels beside a message's bytes: the memory of buffers, moved or shared, and wasm modules.

use std::any::Any;
use std::ffi::c_void;
use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;

use bytes::Bytes;
use nano_proto::{Memory, Shared, Transfer};

use super::super::error;
use super::super::mappings;
use super::super::state::state;
use super::reserved::Reserved;
use super::resizable;

/// The memory of a buffer between two isolates.
struct Store(v8::SharedRef<v8::BackingStore>);

// SAFETY: a backing store belongs to no isolate: its reference count is atomic, its deleter may run on
// any thread, and it keeps the allocator that made it alive.
unsafe impl Send for Store {}
// SAFETY: through a shared `Store` one can only clone the reference or read the memory, which `Moved`
// allows where nobody writes.
unsafe impl Sync for Store {}

/// The memory of a buffer that was detached.
struct Moved {
    store: Store,
    /// To how many bytes it may be resized, if it may.
    max_bytes: Option<u64>,
}

impl fmt::Debug for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Moved({} bytes)", self.bytes().len())
    }
}

impl Memory for Moved {
    fn bytes(&self) -> &[u8] {
        let store = &self.store.0;
        match store.data() {
            // SAFETY: the store is that many bytes long. Its buffer was detached, so that no JavaScript
            // reaches the memory until this value is consumed; nobody writes to it.
            Some(data) => unsafe {
                std::slice::from_raw_parts(data.as_ptr().cast(), store.byte_length())
            },
            None => &[],
        }
    }

    fn max_bytes(&self) -> Option<u64> {
        self.max_bytes
    }
}

/// Detaches `buffer` and takes its memory; `None` where V8 does not let go of it.
pub(super) fn take(
    scope: &mut v8::PinScope<'_, '_>,
    buffer: v8::Local<'_, v8::ArrayBuffer>,
) -> Option<Transfer> {
    let store = buffer.get_backing_store();
    let max_bytes = if store.is_resizable_by_user_javascript() {
        Some(resizable::max_bytes(scope, buffer)?)
    } else {
        None
    };
    buffer.detach(None);
    // V8 reports success for a buffer that it keeps.
    buffer.was_detached().then(|| {
        let store = Store(store);
        Transfer::Memory(Box::new(Moved { store, max_bytes }))
    })
}

/// The memory of a buffer that has become immutable.
struct Frozen(Store);

impl AsRef<[u8]> for Frozen {
    fn as_ref(&self) -> &[u8] {
        let store = &self.0.0;
        match store.data() {
            // SAFETY: the store is that many bytes long, and its buffer is immutable: nobody writes to it, nor can it be
            // resized or detached.
            Some(data) => unsafe {
                std::slice::from_raw_parts(data.as_ptr().cast(), store.byte_length())
            },
            None => &[],
        }
    }
}

/// The memory of `buffer`, which is immutable.
pub(super) fn share_immutable(buffer: v8::Local<'_, v8::ArrayBuffer>) -> Bytes {
    Bytes::from_owner(Frozen(Store(buffer.get_backing_store())))
}

/// What isolates share, as only this file knows it.
enum Held {
    Buffer(Store),
    Module(v8::CompiledWasmModule),
}

/// The memory of a SharedArrayBuffer.
pub(super) fn share_buffer(buffer: v8::Local<'_, v8::SharedArrayBuffer>) -> Transfer {
    Transfer::Shared(Shared(Arc::new(Held::Buffer(Store(
        buffer.get_backing_store(),
    )))))
}

/// The code of a module.
pub(super) fn share_module(module: v8::Local<'_, v8::WasmModuleObject>) -> Transfer {
    Transfer::Shared(Shared(Arc::new(Held::Module(module.get_compiled_module()))))
}

/// The SharedArrayBuffer that `shared` is, if it is one and the isolate may have it.
pub(super) fn shared_buffer<'s>(
    scope: &v8::PinScope<'s, '_>,
    shared: &Shared,
) -> Option<v8::Local<'s, v8::SharedArrayBuffer>> {
    match shared.0.downcast_ref()? {
        Held::Buffer(Store(store)) => {
            if let Some(data) = store.data() {
                mappings::lend(data.as_ptr().addr(), &state(scope).control).ok()?;
            }
            Some(v8::SharedArrayBuffer::with_backing_store(scope, store))
        }
        Held::Module(_) => None,
    }
}

/// The module that `shared` is, if it is one.
pub(super) fn shared_module<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    shared: &Shared,
) -> Option<v8::Local<'s, v8::WasmModuleObject>> {
    match shared.0.downcast_ref()? {
        Held::Module(module) => v8::WasmModuleObject::from_compiled_module(scope, module),
        Held::Buffer(_) => None,
    }
}

/// A buffer of this isolate with the memory of `memory`.
pub(super) fn adopt<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    memory: Box<dyn Memory>,
) -> Option<v8::Local<'s, v8::ArrayBuffer>> {
    let contents: Box<dyn Any> = memory;
    match contents.downcast::<Moved>() {
        Ok(moved) => {
            let store = &moved.store.0;
            if moved.max_bytes.is_some()
                && let Some(data) = store.data()
                && let Err(exceeded) =
                    mappings::hand_over(data.as_ptr().addr(), &state(scope).control)
            {
                error::throw_limit(scope, &exceeded);
                return None;
            }
            Some(v8::ArrayBuffer::with_backing_store(scope, store))
        }
        Err(_) => {
            error::throw_dom_exception(
                scope,
                "DataCloneError",
                "a buffer's memory is of a kind unknown here",
            );
            None
        }
    }
}

/// Bytes that back a buffer, counted in its isolate's budget until V8 lets go of them.
struct Counted {
    /// Dropped first.
    _bytes: Box<dyn Any + Send>,
    _reserved: Reserved,
}

/// V8 hands out memory of this alignment to typed arrays of every kind.
const ALIGN: usize = 16;

/// The memory of `bytes` where nobody else has it, else a copy; with its address.
fn writable(bytes: Bytes) -> Option<(NonNull<u8>, Box<dyn Any + Send>)> {
    let bytes = match bytes.try_into_mut() {
        Ok(mut own) if own.as_ptr().addr().is_multiple_of(ALIGN) => {
            let data = NonNull::new(own.as_mut_ptr())?;
            // The heap memory stays where it is when its handle is moved.
            return Some((data, Box::new(own)));
        }
        Ok(own) => own.freeze(),
        Err(shared) => shared,
    };
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len()).ok()?;
    copy.extend_from_slice(&bytes);
    let data = NonNull::new(copy.as_mut_ptr())?;
    Some((data, Box::new(copy)))
}

unsafe extern "C" fn release(_: *mut c_void, _: usize, data: *mut c_void) {
    // SAFETY: `data` is the box that `buffer_of` gave up, and V8 calls this once.
    drop(unsafe { Box::from_raw(data.cast::<Counted>()) });
}

/// A buffer of this isolate that holds `bytes`. `None` with a `RangeError` pending where the isolate's
/// budget has no room for them.
pub(super) fn buffer_of<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    bytes: Bytes,
) -> Option<v8::Local<'s, v8::ArrayBuffer>> {
    if bytes.is_empty() {
        let store = v8::ArrayBuffer::new_backing_store_from_vec(Vec::new()).make_shared();
        return Some(v8::ArrayBuffer::with_backing_store(scope, &store));
    }
    let length = bytes.len();
    let reserved = Reserved::try_take(scope, length);
    let counted = reserved.and_then(|reserved| Some((writable(bytes)?, reserved)));
    let Some(((data, bytes), reserved)) = counted else {
        error::throw_refused_buffer(scope);
        return None;
    };
    let counted = Box::into_raw(Box::new(Counted {
        _bytes: bytes,
        _reserved: reserved,
    }));
    // SAFETY: `data` is `length` bytes that `counted` owns and that nobody else reaches; `release` drops
    // `counted`, touches nothing of V8's, and runs once.
    let store = unsafe {
        v8::ArrayBuffer::new_backing_store_from_ptr(
            data.as_ptr().cast(),
            length,
            release,
            counted.cast(),
        )
    };
    Some(v8::ArrayBuffer::with_backing_store(
        scope,
        &store.make_shared(),
    ))
}
