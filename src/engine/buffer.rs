//! Buffers that native code fills for JavaScript, and the bytes of those that JavaScript hands over.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::blocks;
use super::budget::BufferBudget;
use super::buffer_flags::{is_immutable, is_resizable};
use super::state::state;
use super::{files, heap};

/// Memory of a buffer that is not V8's yet, taken from the isolate's budget.
struct Memory {
    data: NonNull<u8>,
    length: usize,
    budget: Arc<BufferBudget>,
}

impl Memory {
    /// `length` bytes, which is not 0; none where the budget or the system has no room for them.
    fn take(budget: &Arc<BufferBudget>, length: usize) -> Option<Self> {
        if !budget.take(length as u64) {
            return None;
        }
        let Some(data) = blocks::take(length) else {
            budget.give_back(length as u64);
            return None;
        };
        Some(Self {
            data,
            length,
            budget: budget.clone(),
        })
    }

    /// Has `fill` write to it, and zeroes what that leaves.
    fn fill(&mut self, fill: impl FnOnce(&mut [u8]) -> usize) {
        // SAFETY: `data` is `length` bytes that nobody else reaches.
        unsafe { fill_raw(self.data, self.length, fill) }
    }

    /// Gives it to V8.
    fn into_store(self) -> v8::UniqueRef<v8::BackingStore> {
        let this = ManuallyDrop::new(self);
        // SAFETY: `this` is never dropped, so the reference is moved out of it once.
        let budget = Arc::into_raw(unsafe { std::ptr::read(&this.budget) });
        // SAFETY: `data` is `length` bytes of the allocator's that nobody else reaches or frees; `release` touches
        // nothing of V8's, may run on any thread, and runs once.
        unsafe {
            v8::ArrayBuffer::new_backing_store_from_ptr(
                this.data.as_ptr().cast(),
                this.length,
                release,
                budget.cast_mut().cast(),
            )
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: it came from `take`, and V8 never had it.
        unsafe { free(self.data, self.length, &self.budget) };
    }
}

/// # Safety
/// `data` is `length` bytes that `Memory::take` allocated, and nobody uses them any more.
unsafe fn free(data: NonNull<u8>, length: usize, budget: &BufferBudget) {
    // SAFETY: as the caller promises.
    unsafe { blocks::give_back(data, length) };
    budget.give_back(length as u64);
}

unsafe extern "C" fn release(data: *mut c_void, length: usize, budget: *mut c_void) {
    // SAFETY: `budget` is the reference that `into_store` gave up, and V8 calls this once.
    let budget = unsafe { Arc::from_raw(budget.cast_const().cast::<BufferBudget>()) };
    if let Some(data) = NonNull::new(data.cast()) {
        // SAFETY: V8 gives back what `into_store` gave it.
        unsafe { free(data, length, &budget) };
    }
}

/// Has `fill` write to memory that need not be initialized, and zeroes what it leaves.
///
/// # Safety
/// `data` is `length` bytes that nobody else reaches meanwhile.
unsafe fn fill_raw(data: NonNull<u8>, length: usize, fill: impl FnOnce(&mut [u8]) -> usize) {
    // SAFETY: as the caller promises. Every value of a byte is valid; `fill` is of this module's callers, which
    // write and do not read what they have not written.
    let bytes = unsafe { std::slice::from_raw_parts_mut(data.as_ptr(), length) };
    let written = fill(bytes);
    if let Some(rest) = bytes.get_mut(written..) {
        rest.fill(0);
    }
}

/// A `Uint8Array` over `array_buffer`.
pub(super) fn uint8_array<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    length: usize,
    fill: impl FnOnce(&mut v8::PinScope<'s, '_>, &mut [u8]) -> usize,
) -> Option<v8::Local<'s, v8::Uint8Array>> {
    let buffer = array_buffer(scope, length, fill)?;
    v8::Uint8Array::new(scope, buffer, 0, length)
}

/// An `ArrayBuffer` of `length` bytes, which `fill` writes and says the number of; it runs nothing of JavaScript's and
/// does not read what it has not written. `None` with a `RangeError` pending where the isolate may have no such buffer.
pub(super) fn array_buffer<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    length: usize,
    fill: impl FnOnce(&mut v8::PinScope<'s, '_>, &mut [u8]) -> usize,
) -> Option<v8::Local<'s, v8::ArrayBuffer>> {
    if length >= blocks::SMALLEST {
        heap::collect_if_due(scope);
    }
    if length > 0 {
        let budget = &state(scope).control.buffers;
        if let Some(mut memory) = Memory::take(budget, length) {
            memory.fill(|bytes| fill(scope, bytes));
            let store = memory.into_store().make_shared();
            return Some(v8::ArrayBuffer::with_backing_store(scope, &store));
        }
    }
    // V8 collects garbage, asks again, and throws in the end.
    let primordials = v8::Local::new(scope, &state(scope).primordials);
    let class = files::get(scope, primordials, "Uint8Array")?;
    let class = v8::Local::<v8::Function>::try_from(class).ok()?;
    let size = v8::Number::new(scope, length as f64).into();
    let array = class.new_instance(scope, &[size])?;
    let array = v8::Local::<v8::Uint8Array>::try_from(array).ok()?;
    let buffer = array.buffer(scope)?;
    if let Some(data) = buffer.data() {
        // SAFETY: the array was made for so many bytes, and only `fill` runs, which knows nothing of it.
        unsafe { fill_raw(data.cast(), length, |bytes| fill(scope, bytes)) };
    }
    Some(buffer)
}

/// Why a value has no bytes to read or write (WebIDL, "js-buffer-source-types").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotBytes {
    /// It is no ArrayBuffer, nor a view.
    Kind,
    /// It can be resized.
    Resizable,
    /// Nobody can change it.
    Immutable,
    /// There is no memory for a copy.
    Memory,
}

/// A place that one of V8's buffers has, off its heap, while the buffer's handle lives.
struct Place {
    data: NonNull<u8>,
    length: usize,
    is_resizable: bool,
    /// What keeps memory that other isolates reach as well.
    shared: Option<v8::SharedRef<v8::BackingStore>>,
}

impl Place {
    /// `length` bytes of `buffer` from `offset` on, where they lie within it.
    fn within(buffer: v8::Local<'_, v8::ArrayBuffer>, offset: usize, length: usize) -> Self {
        if buffer.is_shared_array_buffer() {
            return Self::within_shared(buffer.get_backing_store(), offset, length);
        }
        let is_resizable = is_resizable(buffer);
        let whole = buffer.byte_length();
        Self::clamped(buffer.data(), whole, offset, length, is_resizable, None)
    }

    fn within_shared(store: v8::SharedRef<v8::BackingStore>, offset: usize, length: usize) -> Self {
        let is_resizable = store.is_resizable_by_user_javascript();
        let (data, whole) = (store.data(), store.byte_length());
        Self::clamped(data, whole, offset, length, is_resizable, Some(store))
    }

    fn clamped(
        data: Option<NonNull<c_void>>,
        whole: usize,
        offset: usize,
        length: usize,
        is_resizable: bool,
        shared: Option<v8::SharedRef<v8::BackingStore>>,
    ) -> Self {
        let (data, length) = match data {
            Some(data) if offset <= whole => {
                let length = length.min(whole - offset);
                // SAFETY: the offset is within the buffer.
                (unsafe { data.cast::<u8>().add(offset) }, length)
            }
            _ => (NonNull::dangling(), 0),
        };
        Self {
            data,
            length,
            is_resizable,
            shared,
        }
    }

    fn of_view(
        view: v8::Local<'_, v8::ArrayBufferView>,
        buffer: v8::Local<'_, v8::ArrayBuffer>,
    ) -> Self {
        Self::within(buffer, view.byte_offset(), view.byte_length())
    }

    fn of_buffer(value: v8::Local<'_, v8::Value>) -> Option<Self> {
        if let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(value) {
            return Some(Self::within(buffer, 0, buffer.byte_length()));
        }
        let store = v8::Local::<v8::SharedArrayBuffer>::try_from(value)
            .ok()?
            .get_backing_store();
        let length = store.byte_length();
        Some(Self::within_shared(store, 0, length))
    }
}

/// What `read` makes of the bytes of `value`, an ArrayBuffer or a view, be its memory shared or not. It runs nothing of
/// the program's.
pub(super) fn with_bytes<'s, 'c, R>(
    scope: &mut v8::PinScope<'s, 'c>,
    value: v8::Local<'s, v8::Value>,
    read: impl FnOnce(&mut v8::PinScope<'s, 'c>, &[u8]) -> R,
) -> Result<R, NotBytes> {
    let place = match v8::Local::<v8::ArrayBufferView>::try_from(value) {
        Ok(view) if !view.has_buffer() => {
            // On V8's heap, from where it is copied: there it may move.
            let mut storage = [0; v8::TYPED_ARRAY_MAX_SIZE_IN_HEAP];
            return Ok(read(scope, view.get_contents(&mut storage)));
        }
        Ok(view) => view
            .buffer(scope)
            .map(|buffer| Place::of_view(view, buffer)),
        Err(_) => Place::of_buffer(value),
    };
    let place = place.ok_or(NotBytes::Kind)?;
    if place.is_resizable {
        return Err(NotBytes::Resizable);
    }
    let Place { data, length, .. } = place;
    if place.shared.is_some() {
        let mut copy = Vec::new();
        copy.try_reserve_exact(length)
            .map_err(|_| NotBytes::Memory)?;
        // SAFETY: the store keeps the memory where it is, and others reach it as atomics may be reached.
        copy.extend(
            (0..length).map(|i| unsafe {
                AtomicU8::from_ptr(data.add(i).as_ptr()).load(Ordering::Relaxed)
            }),
        );
        return Ok(read(scope, &copy));
    }
    // SAFETY: the buffer, whose handle lives, keeps the memory where it is; nobody writes to it, since no JavaScript of
    // this isolate runs and none other reaches it.
    let bytes = unsafe { std::slice::from_raw_parts(data.as_ptr(), length) };
    Ok(read(scope, bytes))
}

/// Where the bytes of `view` lie and how many they are, if anybody may write to them in a plain way, as to no memory that
/// is shared, can be resized, or lies on V8's heap.
pub(super) fn plain_bytes<'s>(
    scope: &v8::PinScope<'s, '_>,
    view: v8::Local<'s, v8::ArrayBufferView>,
) -> Option<(NonNull<u8>, usize)> {
    if !view.has_buffer() {
        return None;
    }
    let buffer = view.buffer(scope)?;
    let is_plain =
        !is_immutable(buffer) && !is_resizable(buffer) && !buffer.is_shared_array_buffer();
    if !is_plain {
        return None;
    }
    // SAFETY: what lies on V8's heap would be copied to the storage, but it has a buffer. The pointer goes to the caller,
    // who has the view's handle.
    let (data, length) = unsafe { view.get_contents_raw_parts(&mut []) };
    match NonNull::new(data) {
        Some(data) => Some((data, length)),
        None => Some((NonNull::dangling(), 0)),
    }
}

/// What `write` makes of the bytes of `view`. It runs nothing of JavaScript's, and tells how much it has written.
pub(super) fn with_bytes_mut<'s, 'c, R>(
    scope: &mut v8::PinScope<'s, 'c>,
    view: v8::Local<'s, v8::ArrayBufferView>,
    write: impl FnOnce(&mut v8::PinScope<'s, 'c>, &mut [u8]) -> (R, usize),
) -> Result<R, NotBytes> {
    let buffer = view.buffer(scope).ok_or(NotBytes::Kind)?;
    let place = Place::of_view(view, buffer);
    if place.is_resizable {
        return Err(NotBytes::Resizable);
    }
    let Place { data, length, .. } = place;
    if place.shared.is_some() {
        let mut copy = Vec::new();
        copy.try_reserve_exact(length)
            .map_err(|_| NotBytes::Memory)?;
        copy.resize(length, 0);
        let (result, written) = write(scope, &mut copy);
        for (i, byte) in copy.iter().take(written).enumerate() {
            // SAFETY: the store keeps the memory where it is, and others reach it as atomics may be reached.
            let target = unsafe { AtomicU8::from_ptr(data.add(i).as_ptr()) };
            target.store(*byte, Ordering::Relaxed);
        }
        return Ok(result);
    }
    if is_immutable(buffer) {
        return Err(NotBytes::Immutable);
    }
    // SAFETY: the buffer, whose handle lives, keeps the memory where it is, which can be written to; nobody else reaches
    // it, since no JavaScript of this isolate runs and none other has it.
    let bytes = unsafe { std::slice::from_raw_parts_mut(data.as_ptr(), length) };
    Ok(write(scope, bytes).0)
}
