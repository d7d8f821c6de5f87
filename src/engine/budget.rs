//! The bytes of ArrayBuffers that one isolate may hold, enforced by V8's allocator hook.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use nano_proto::LimitKind;

use super::blocks;
use super::refusals::Refusals;

/// Counts the bytes of an isolate's ArrayBuffers. A buffer that was transferred away stays counted
/// here until it is freed.
#[derive(Debug)]
pub struct BufferBudget {
    used: AtomicU64,
    /// Bytes of buffers and memories that it does not allow: those that lie in ranges reserved for them.
    beside: AtomicU64,
    /// The most of both together.
    peak: AtomicU64,
    allowed: AtomicU64,
    /// Of what V8 asked for on behalf of scripts.
    pub(super) refusals: Refusals,
    lent: AtomicU64,
    /// The least that was in use since garbage was last collected for its sake, and what the heap took then, in bytes.
    least: AtomicU64,
    heap: AtomicU64,
}

impl BufferBudget {
    /// A budget of `allowed` bytes.
    pub fn new(allowed: u64) -> Arc<Self> {
        Arc::new(Self {
            used: AtomicU64::new(0),
            beside: AtomicU64::new(0),
            peak: AtomicU64::new(0),
            allowed: AtomicU64::new(allowed),
            refusals: Refusals::default(),
            lent: AtomicU64::new(0),
            least: AtomicU64::new(0),
            heap: AtomicU64::new(0),
        })
    }

    /// Sets what is allowed, in bytes.
    pub fn set_allowed(&self, allowed: u64) {
        self.allowed.store(allowed, Ordering::Relaxed);
    }

    /// Bytes in use now.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// So many bytes more are in use of what is not allowed for here.
    pub(super) fn note_beside(&self, more: i64) {
        self.beside.fetch_add(more as u64, Ordering::Relaxed);
        if more > 0 {
            self.note_peak(self.used());
        }
    }

    /// The most bytes that were in use since the last call of this function, what is not allowed for here included.
    pub fn take_peak(&self) -> u64 {
        let now = self
            .used()
            .saturating_add(self.beside.load(Ordering::Relaxed));
        self.peak.swap(now, Ordering::Relaxed).max(now)
    }

    fn note_peak(&self, used: u64) {
        let now = used.saturating_add(self.beside.load(Ordering::Relaxed));
        self.peak.fetch_max(now, Ordering::Relaxed);
    }

    /// Takes `bytes` from the budget; false, with nothing taken and a note of why, where they are not to be had.
    pub fn take(&self, bytes: u64) -> bool {
        let allowed = self.allowed.load(Ordering::Relaxed);
        let taken = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                used.checked_add(bytes).filter(|&sum| sum <= allowed)
            });
        match taken {
            Ok(before) => self.note_peak(before + bytes),
            Err(_) => self.blame(bytes),
        }
        taken.is_ok()
    }

    /// Notes why `bytes` were refused.
    pub(super) fn blame(&self, bytes: u64) {
        let used = self.used().saturating_add(bytes);
        let allowed = self.allowed.load(Ordering::Relaxed);
        self.refusals
            .blame(LimitKind::Buffers.check(used, allowed).err());
    }

    /// Gives `bytes` back.
    pub fn give_back(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Bytes that the isolate's buffers show without its having to pay for them: V8 counts them as its
    /// own all the same.
    pub fn lent(&self) -> u64 {
        self.lent.load(Ordering::Relaxed)
    }

    /// Notes that a buffer shows `bytes` that are not the isolate's own.
    pub(super) fn lend(&self, bytes: u64) {
        self.lent.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Notes that such a buffer is gone.
    pub(super) fn take_back(&self, bytes: u64) {
        self.lent.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Whether more bytes have come into use since garbage was last collected than `step`, and than the heap took then.
    pub(super) fn is_to_be_collected(&self, step: u64) -> bool {
        let used = self.used();
        let least = self.least.fetch_min(used, Ordering::Relaxed).min(used);
        used - least >= step.max(self.heap.load(Ordering::Relaxed))
    }

    /// Garbage was collected; the heap takes so many bytes.
    pub(super) fn note_collected(&self, heap: u64) {
        self.heap.store(heap, Ordering::Relaxed);
        self.least.store(self.used(), Ordering::Relaxed);
    }

    /// V8's allocator over this budget.
    pub(super) fn allocator(self: &Arc<Self>) -> v8::UniqueRef<v8::Allocator> {
        // SAFETY: the handle is a strong reference that `drop_handle` releases; the functions of
        // `VTABLE` take exactly this type.
        unsafe { v8::new_rust_allocator(Arc::into_raw(self.clone()), &VTABLE) }
    }
}

static VTABLE: v8::RustAllocatorVtable<BufferBudget> = v8::RustAllocatorVtable {
    allocate,
    allocate_uninitialized,
    free,
    drop: drop_handle,
};

fn allocate_with(
    budget: &BufferBudget,
    len: usize,
    how: fn(usize) -> Option<NonNull<u8>>,
) -> *mut c_void {
    let mut memory = None;
    if budget.take(len as u64) {
        memory = how(len);
        if memory.is_none() {
            budget.give_back(len as u64);
            // No limit has refused it: the system has none.
            budget.blame(len as u64);
        }
    }
    budget.refusals.note(memory.is_some());
    memory.map_or(std::ptr::null_mut(), |memory| memory.as_ptr().cast())
}

unsafe extern "C" fn allocate(budget: &BufferBudget, len: usize) -> *mut c_void {
    allocate_with(budget, len, blocks::take_zeroed)
}

unsafe extern "C" fn allocate_uninitialized(budget: &BufferBudget, len: usize) -> *mut c_void {
    allocate_with(budget, len, blocks::take)
}

unsafe extern "C" fn free(budget: &BufferBudget, data: *mut c_void, len: usize) {
    if let Some(data) = NonNull::new(data.cast()) {
        // SAFETY: V8 returns what `allocate` gave it, with the length it asked for.
        unsafe { blocks::give_back(data, len) };
        budget.give_back(len as u64);
    }
}

unsafe extern "C" fn drop_handle(budget: *const BufferBudget) {
    // SAFETY: the pointer came from `Arc::into_raw` in `allocator`, and V8 drops it once.
    drop(unsafe { Arc::from_raw(budget) });
}
