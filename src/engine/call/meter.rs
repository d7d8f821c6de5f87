//! What the isolate uses while calls that want a receipt are in progress.

use std::sync::atomic::Ordering;

use crate::engine::heap;
use crate::engine::state::{State, state};

/// Notes what the isolate uses now, if a call in progress wants to know.
pub(in crate::engine) fn meter(scope: &mut v8::PinScope<'_, '_>) {
    let state = state(scope);
    let metered = state.calls.borrow().is_metered();
    state.control.peak.want(metered);
    if metered {
        heap::sample(scope);
        let heap = state.control.figures.heap_used.load(Ordering::Relaxed);
        note_peaks(state, heap);
    }
}

/// Notes the peaks up to now, where the heap holds `heap` bytes.
pub(super) fn note_peaks(state: &State, heap: u64) {
    let heap = state.control.peak.take(heap);
    let buffers = state.control.buffers.take_peak();
    state.calls.borrow_mut().note_peaks(heap, buffers);
}
