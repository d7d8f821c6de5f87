//! The heap's peak during metered calls. Between two collections the heap only grows, so it is highest where
//! one begins, or where the task ends: it is looked at in both places, and nowhere between.

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::Control;

/// The heap's peak since it was last taken, for as long as somebody wants it.
#[derive(Default)]
pub(super) struct HeapPeak {
    wanted: AtomicBool,
    bytes: AtomicU64,
}

impl HeapPeak {
    /// Has collections look at the heap, or not.
    pub fn want(&self, wanted: bool) {
        if self.wanted.load(Ordering::Relaxed) != wanted {
            self.wanted.store(wanted, Ordering::Relaxed);
        }
    }

    /// The peak, in bytes, of an interval in which it is `now` at the end.
    pub fn take(&self, now: u64) -> u64 {
        self.bytes.swap(0, Ordering::Relaxed).max(now)
    }
}

/// Has `isolate` call [`before_collection`].
pub(super) fn observe(isolate: &mut v8::Isolate, control: &Control) {
    isolate.add_gc_prologue_callback(
        before_collection,
        std::ptr::from_ref(control).cast_mut().cast(),
        v8::GCType::kGCTypeAll,
    );
}

/// Called by V8 before it collects garbage, within the isolate's turn.
///
/// # Safety
/// `data` is the isolate's [`Control`], alive as long as the isolate.
unsafe extern "C" fn before_collection(
    isolate: v8::UnsafeRawIsolatePtr,
    _: v8::GCType,
    _: v8::GCCallbackFlags,
    data: *mut c_void,
) {
    // SAFETY: `Vm::new` passed the control block, and drops it after the isolate.
    let peak = unsafe { &(*data.cast::<Control>()).peak };
    if !peak.wanted.load(Ordering::Relaxed) {
        return;
    }
    // SAFETY: the pointer is the current isolate's, which outlives the call; its figures alone are read.
    let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(isolate) };
    let used = isolate.get_heap_statistics().used_heap_size() as u64;
    peak.bytes.fetch_max(used, Ordering::Relaxed);
}
