//! Immutable ArrayBuffers over memory that isolates share: nobody writes to it, so nobody needs a copy.
//!
//! V8 has no function in C++ that makes a buffer immutable; `ArrayBuffer.prototype.transferToImmutable`
//! does, and keeps the memory where it is. All of V8's writers look at the buffer's flag, in every tier;
//! `tests/behaviour/shared_bytes.rs` tries them on memory that the processor itself protects.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use nano_proto::SharedBytes;
use rustc_hash::FxHashMap;

use super::super::budget::BufferBudget;
use super::super::files;
use super::super::state::state;
use super::reserved::Reserved;
use super::transfer;

/// The built-ins as they were before any program could replace them. V8 installs what a flag turned on
/// when it makes a context, so they are in no snapshot.
pub(in super::super) struct Immutable {
    transfer: v8::Global<v8::Function>,
    is_immutable: v8::Global<v8::Function>,
    loans: Arc<Loans>,
}

/// Which memory the buffers of one isolate show, by its place: what was lent is lent on, however often it goes from
/// isolate to isolate, without an owner for each time.
#[derive(Default)]
struct Loans(Mutex<FxHashMap<(usize, usize), (SharedBytes, usize)>>);

impl Loans {
    fn place(bytes: &[u8]) -> (usize, usize) {
        (bytes.as_ptr().addr(), bytes.len())
    }

    fn add(&self, shared: &SharedBytes) {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = Self::place(shared.bytes());
        table.entry(place).or_insert_with(|| (shared.clone(), 0)).1 += 1;
    }

    fn find(&self, place: (usize, usize)) -> Option<SharedBytes> {
        let table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.get(&place).map(|(shared, _)| shared.clone())
    }

    /// Returns the table's own reference where it was for the last buffer.
    fn remove(&self, shared: &SharedBytes) -> Option<SharedBytes> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = Self::place(shared.bytes());
        let (_, count) = table.get_mut(&place)?;
        *count -= 1;
        if *count > 0 {
            return None;
        }
        table.remove(&place).map(|(shared, _)| shared)
    }
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
            loans: Arc::default(),
        })
    }
}

/// Memory that backs a buffer of one isolate, until V8 lets go of it.
struct Lent {
    shared: SharedBytes,
    budget: Arc<BufferBudget>,
    loans: Arc<Loans>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        drop(self.loans.remove(&self.shared));
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
pub(in super::super) fn buffer_of<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    shared: SharedBytes,
) -> Option<v8::Local<'s, v8::ArrayBuffer>> {
    let store = if shared.bytes().is_empty() {
        v8::ArrayBuffer::new_backing_store_from_vec(Vec::new())
    } else {
        let (data, length) = (shared.bytes().as_ptr(), shared.bytes().len());
        let budget = state(scope).control.buffers.clone();
        let loans = state(scope).immutable.loans.clone();
        budget.lend(length as u64);
        loans.add(&shared);
        let owner = Box::into_raw(Box::new(Lent {
            shared,
            budget,
            loans,
        }));
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
    freeze(scope, buffer)
}

/// An immutable buffer with the memory of `buffer`, which is detached. `None` with an exception pending.
pub(in super::super) fn freeze<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    buffer: v8::Local<'s, v8::ArrayBuffer>,
) -> Option<v8::Local<'s, v8::ArrayBuffer>> {
    let transfer = v8::Local::new(scope, &state(scope).immutable.transfer);
    transfer.call(scope, buffer.into(), &[])?.try_into().ok()
}

/// What the memory of an immutable buffer is made of where the isolate itself has filled it: whoever shows it, this
/// isolate pays.
struct Paid {
    bytes: Bytes,
    _reserved: Reserved,
}

impl AsRef<[u8]> for Paid {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// An immutable buffer of `bytes`, for which the isolate pays with `reserved` until nobody shows them any more. `None`
/// with an exception pending.
pub(in super::super) fn buffer_of_own<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    bytes: Vec<u8>,
    mut reserved: Reserved,
) -> Option<v8::Local<'s, v8::ArrayBuffer>> {
    reserved.shrink(bytes.capacity());
    let paid = Paid {
        // Aligned before it gets its owner.
        bytes: SharedBytes::from(bytes).into_bytes(),
        _reserved: reserved,
    };
    buffer_of(scope, SharedBytes::new(Bytes::from_owner(paid)))
}

/// The memory of an immutable buffer, for others to show. `None` with an exception pending, or without one where the
/// buffer can be changed.
pub(in super::super) fn share(
    scope: &mut v8::PinScope<'_, '_>,
    buffer: v8::Local<'_, v8::ArrayBuffer>,
) -> Option<SharedBytes> {
    if !is_immutable(scope, buffer)? {
        return None;
    }
    let Some(data) = buffer.data() else {
        return Some(SharedBytes::new(Bytes::new()));
    };
    let place = (data.as_ptr().addr(), buffer.byte_length());
    let lent = state(scope).immutable.loans.find(place);
    Some(lent.unwrap_or_else(|| SharedBytes::new(transfer::share_immutable(buffer))))
}

/// Whether nobody can change `buffer`. `None` with an exception pending.
pub(in super::super) fn is_immutable(
    scope: &mut v8::PinScope<'_, '_>,
    buffer: v8::Local<'_, v8::ArrayBuffer>,
) -> Option<bool> {
    let getter = v8::Local::new(scope, &state(scope).immutable.is_immutable);
    Some(getter.call(scope, buffer.into(), &[])?.is_true())
}
