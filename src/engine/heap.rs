//! The heap limit: V8 is given room to unwind in, and the isolate ends.

use std::ffi::c_void;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nano_proto::{LimitExceeded, LimitKind};

use super::Control;
use super::state::state;
use crate::machine;

/// The room that V8 gets past the limit, in bytes, once an isolate, where there is memory. The largest single allocation
/// it makes is 1 GiB (2^27 elements of 8 bytes), and without room for that the isolate would cost its thread. Address
/// space until touched.
const GRACE: u64 = (1 << 30) + (128 << 20);

/// Less than this is of no use to unwind in.
const LEAST_GRACE: u64 = 32 << 20;

/// How long an isolate waits for its grace while others are in theirs, and how often it looks.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);

/// What isolates in their grace may take, in bytes, all told.
static PROMISED: Mutex<u64> = Mutex::new(0);
/// One of them has ended.
static RETURNED: Condvar = Condvar::new();

/// What one more isolate may take where so much memory is to be had and so much is promised, which some of them may
/// have taken. Half of the memory is left to those that live within their limits.
fn room(available: u64, promised: u64) -> u64 {
    (available / 2).saturating_sub(promised).min(GRACE)
}

/// What the isolate may take, once there is enough, in bytes; 0 where others do not end. Blocks the turn, whose
/// neighbours move away meanwhile.
fn enter_grace() -> u64 {
    let until = Instant::now() + PATIENCE;
    let mut promised = PROMISED.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        // Where the system does not say, a small machine is supposed.
        let available = machine::available_bytes().unwrap_or(4 << 30);
        let addresses = machine::addresses_left().unwrap_or(u64::MAX);
        let room = room(available.min(addresses), *promised);
        if room >= LEAST_GRACE {
            *promised += room;
            return room;
        }
        if Instant::now() >= until {
            return 0;
        }
        let waited = RETURNED.wait_timeout(promised, PAUSE);
        (promised, _) = waited.unwrap_or_else(PoisonError::into_inner);
    }
}

/// The isolate takes nothing more: what it was promised is free for others.
pub(super) fn leave_grace(control: &Control) {
    let promised = control.take_promise();
    if promised > 0 {
        *PROMISED.lock().unwrap_or_else(PoisonError::into_inner) -= promised;
        RETURNED.notify_one();
    }
}

/// The heap limit that is set for `heap_bytes`. Beyond this V8 has no use for one; below it cannot hold its
/// own objects.
pub(super) fn clamp(heap_bytes: u64) -> usize {
    usize::try_from(heap_bytes)
        .unwrap_or(usize::MAX)
        .clamp(4 << 20, 64 << 30)
}

/// The parameters' heap limits for `heap_bytes`.
pub(super) fn limits(params: v8::CreateParams, heap_bytes: u64) -> v8::CreateParams {
    params
        .heap_limits(0, clamp(heap_bytes))
        .set_code_range_size_in_bytes(64 << 20)
}

/// Called by V8 when the heap comes near its limit.
///
/// # Safety
/// `data` is the isolate's [`Control`], alive as long as the isolate.
pub(super) unsafe extern "C" fn near_limit(data: *mut c_void, current: usize, _: usize) -> usize {
    // SAFETY: `Vm::new` passed the control block, and drops it after the isolate.
    let control = unsafe { &*data.cast::<Control>() };
    if control.buffers.refusals.explain_want()
        && !control.is_stopped()
        && !is_full(control, current)
    {
        // V8 takes a buffer that was refused for a want of heap. The script gets its RangeError.
        return current;
    }
    let allowed = control.limits().heap_bytes;
    control.exceed(LimitExceeded {
        limit: LimitKind::Heap,
        // `current` is the limit on old objects alone. What is left of the whole is kept for young ones, so that the
        // whole is in use.
        used: (current as u64).max(clamp(allowed) as u64),
        allowed,
    });
    if !control.begin_grace() {
        // It was told to end and goes on to fill its heap, in a function of V8's that looks at no termination. V8 gives
        // in, and `fatal` buries it: many of its kind would have no common bound.
        return current;
    }
    control.set_awaits_grace(true);
    let room = enter_grace();
    control.set_awaits_grace(false);
    control.promise(room);
    current.saturating_add(room as usize)
}

/// Whether the heap really is near its limit.
fn is_full(control: &Control, limit: usize) -> bool {
    let Some(isolate) = control.isolate() else {
        return true;
    };
    // SAFETY: V8 calls the near-limit callback within the isolate's own turn.
    let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(isolate) };
    isolate.get_heap_statistics().used_heap_size() > limit / 8 * 7
}

/// Reads the heap's figures into the control block's; returns what the isolate alone has outside the heap, in bytes.
///
/// V8 counts buffers of both kinds, also those that came from others, and takes note of those that are gone late,
/// since it frees them on threads of its own. It counts neither WebAssembly memories nor shared buffers. What is
/// counted here has all that the isolate made. The larger count is the better one.
pub(super) fn sample(isolate: &mut v8::Isolate) -> u64 {
    let state_of = state(isolate);
    let grown = state_of.control.icu.take_change() + state_of.codecs.borrow().take_change();
    if grown != 0 {
        // V8 collects its garbage the sooner.
        isolate.adjust_amount_of_external_allocated_memory(grown);
    }
    let heap = isolate.get_heap_statistics();
    let control = &state(isolate).control;
    // V8 counts a buffer over shared memory as the isolate's.
    let known = (heap.external_memory() as u64).saturating_sub(control.buffers.lent());
    let external = known
        .max(control.buffer_like())
        .saturating_add(control.icu.used())
        .saturating_add(heap.malloced_memory() as u64);
    control.note_heap(heap.used_heap_size() as u64, external);
    external
}

/// Ends the isolate if it holds more memory outside the heap than it may, once its garbage is collected.
///
/// The limits on buffers of fixed length and on all else are added up: V8 counts them together.
pub(super) fn check_external(isolate: &mut v8::Isolate) {
    let used = sample(isolate);
    let is_over = |isolate: &mut v8::Isolate, used: u64| {
        let control = &state(isolate).control;
        control.check_outside(used).is_err() && !control.is_stopped()
    };
    if !is_over(isolate, used) {
        return;
    }
    // V8 does not hurry for memory that it does not count.
    isolate.low_memory_notification();
    let used = sample(isolate);
    let control = &state(isolate).control;
    if let Err(exceeded) = control.check_outside(used) {
        control.exceed(exceeded);
    }
}

/// The same, called by V8 within a turn that runs long, at the watchdog's request.
///
/// # Safety
/// V8 passes the isolate whose turn it is.
pub(super) unsafe extern "C" fn probe(isolate: v8::UnsafeRawIsolatePtr, _: *mut c_void) {
    // SAFETY: the pointer is the current isolate's, which outlives the call.
    let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(isolate) };
    state(&isolate).control.note_probe();
    check_external(&mut isolate);
}

/// Garbage is collected once the memory that native code makes outside the heap has grown by so much, in bytes, and by
/// as much as the heap took when that was done last, which says what collecting costs.
const GARBAGE: u64 = 64 << 20;

/// Collects garbage where native code has made much since it was last done. V8 would let it grow to half of what the heap
/// may take before it did so within a turn.
pub(super) fn collect_if_due(isolate: &mut v8::Isolate) {
    if !state(isolate).control.buffers.is_to_be_collected(GARBAGE) {
        return;
    }
    isolate.memory_pressure_notification(v8::MemoryPressureLevel::Critical);
    let heap = isolate.get_heap_statistics().used_heap_size() as u64;
    state(isolate).control.buffers.note_collected(heap);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn an_isolate_has_one_grace() {
        let control = Control::new(nano_proto::Limits::default());
        let data = Arc::as_ptr(&control).cast_mut().cast();
        // SAFETY: the control block is alive, and belongs to no isolate that could be asked.
        let near = |current| unsafe { near_limit(data, current, current) };
        let limit = near(128 << 20);
        assert!(limit > 128 << 20 && limit <= (128 << 20) + GRACE as usize);
        assert!(control.is_stopped());
        assert_eq!(near(limit), limit, "V8 gives in");
        leave_grace(&control);
        assert_eq!(control.take_promise(), 0);
    }

    #[test]
    fn graces_leave_half_of_what_there_is() {
        assert_eq!(room(16 << 30, 0), GRACE);
        assert_eq!(room(1 << 30, 0), 512 << 20);
        assert_eq!(room(4 << 30, GRACE), (2 << 30) - GRACE);
        assert_eq!(room(2 << 30, GRACE), 0);
    }
}
