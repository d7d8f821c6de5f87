//! Immutable ArrayBuffers over memory that isolates share: nobody writes to it, so nobody needs a copy.
//!
//! V8 has no function in C++ that makes a buffer immutable; `ArrayBuffer.prototype.transferToImmutable`
//! does, and keeps the memory where it is. All of V8's writers look at the buffer's flag, in every tier;
//! `tests/behaviour/shared_bytes.rs` tries them on memory that the processor itself protects.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use nano_proto::{Made, SharedBytes};
use rustc_hash::FxHashMap;

use super::super::budget::BufferBudget;
use super::super::buffer_flags::is_immutable;
use super::super::files;
use super::super::state::state;
use super::reserved::Reserved;
use super::transfer;

/// The built-in as it was before any program could replace it. V8 installs what a flag turned on when it makes a
/// context, so it is in no snapshot.
pub(in super::super) struct Immutable {
    transfer: v8::Global<v8::Function>,
    loans: Arc<Loans>,
}

/// What one isolate shows of memory that may be others'.
#[derive(Default)]
struct Loans {
    /// Which memory its buffers show, by its place: what was lent is lent on, however often it goes from isolate to
    /// isolate, without an owner for each time.
    shown: Mutex<FxHashMap<(usize, usize), (SharedBytes, usize)>>,
    /// What it pays for memory that other isolates have made, by where that begins, and for how many buffers: its maker
    /// pays as well, but may end before. Once for all buffers, since they keep the same memory.
    paid: Mutex<FxHashMap<usize, (Reserved, usize)>>,
}

impl Loans {
    /// Pays for what another isolate has made. `None` with a `RangeError` pending where there is no room.
    fn pay(&self, scope: &mut v8::PinScope<'_, '_>, made: Made) -> Option<()> {
        if !self.pay_again(made) {
            // Without the lock: buffers may go meanwhile.
            let reserved = Reserved::take(scope, made.length)?;
            let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
            paid.insert(made.start, (reserved, 1));
        }
        Some(())
    }

    /// Notes one buffer more over what is paid for already, if it is.
    fn pay_again(&self, made: Made) -> bool {
        let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
        let known = paid.get_mut(&made.start);
        known.map(|(_, buffers)| *buffers += 1).is_some()
    }

    /// A buffer is gone over what is paid for.
    fn give_back(&self, made: Made) {
        let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, buffers)) = paid.get_mut(&made.start) {
            *buffers -= 1;
            if *buffers == 0 {
                paid.remove(&made.start);
            }
        }
    }

    fn place(bytes: &[u8]) -> (usize, usize) {
        (bytes.as_ptr().addr(), bytes.len())
    }

    fn add(&self, shared: &SharedBytes) {
        let mut table = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let place = Self::place(shared.bytes());
        table.entry(place).or_insert_with(|| (shared.clone(), 0)).1 += 1;
    }

    fn find(&self, place: (usize, usize)) -> Option<SharedBytes> {
        let table = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        table.get(&place).map(|(shared, _)| shared.clone())
    }

    /// Returns the table's own reference where it was for the last buffer.
    fn remove(&self, shared: &SharedBytes) -> Option<SharedBytes> {
        let mut table = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
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
    /// Takes the built-in of a new context.
    pub fn capture(scope: &mut v8::PinScope<'_, '_>) -> Option<Self> {
        // Of the current context, whatever a global variable may say.
        let buffer = v8::ArrayBuffer::new(scope, 0);
        let prototype = buffer.get_prototype(scope)?;
        let prototype = v8::Local::<v8::Object>::try_from(prototype).ok()?;
        let transfer = files::get(scope, prototype, "transferToImmutable")?;
        let transfer = v8::Local::<v8::Function>::try_from(transfer).ok()?;
        Some(Self {
            transfer: v8::Global::new(scope, transfer),
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
        if let Some(made) = others(&self.shared, &self.budget) {
            self.loans.give_back(made);
        }
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

/// How an isolate is named as the maker of memory. Its budget lives as long as anything that was charged to it.
fn maker(budget: &Arc<BufferBudget>) -> usize {
    Arc::as_ptr(budget).addr()
}

/// The memory that `shared` is a part of, where another isolate than that of `budget` has made it.
fn others(shared: &SharedBytes, budget: &Arc<BufferBudget>) -> Option<Made> {
    shared.made().filter(|made| made.maker != maker(budget))
}

/// An immutable buffer of this isolate over the memory of `shared`, for which it pays where another has made it: that may
/// end before. `None` with an exception pending.
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
        if let Some(made) = others(&shared, &budget) {
            loans.pay(scope, made)?;
        }
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
/// isolate pays, while it lives.
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
    let length = bytes.capacity();
    let maker = maker(&state(scope).control.buffers);
    let paid = Paid {
        // Aligned before it gets its owner.
        bytes: SharedBytes::from(bytes).into_bytes(),
        _reserved: reserved,
    };
    let start = paid.bytes.as_ptr().addr();
    let shared = SharedBytes::new(Bytes::from_owner(paid));
    let made = Made {
        start,
        length,
        maker,
    };
    buffer_of(scope, shared.made_by(made))
}

/// The memory of an immutable buffer, for others to show. `None` where the buffer can be changed.
pub(in super::super) fn share(
    scope: &mut v8::PinScope<'_, '_>,
    buffer: v8::Local<'_, v8::ArrayBuffer>,
) -> Option<SharedBytes> {
    if !is_immutable(buffer) {
        return None;
    }
    let Some(data) = buffer.data() else {
        return Some(SharedBytes::new(Bytes::new()));
    };
    let place = (data.as_ptr().addr(), buffer.byte_length());
    if let Some(lent) = state(scope).immutable.loans.find(place) {
        return Some(lent);
    }
    let made = Made {
        start: place.0,
        length: place.1,
        maker: maker(&state(scope).control.buffers),
    };
    Some(SharedBytes::new(transfer::share_immutable(buffer)).made_by(made))
}
