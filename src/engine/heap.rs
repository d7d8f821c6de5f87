//! The heap limit: V8 is given room to unwind in, and the isolate ends.

use std::ffi::c_void;

use nano_proto::{ExitReason, LimitExceeded, LimitKind};

use super::Control;

/// Room that V8 gets past the limit, in bytes. The largest single allocation it makes is 1 GiB (2^27
/// elements of 8 bytes), and one that cannot be satisfied aborts the process. Address space until touched.
const GRACE: usize = (1 << 30) + (128 << 20);

/// The parameters' heap limits for `heap_bytes`.
pub(super) fn limits(params: v8::CreateParams, heap_bytes: u64) -> v8::CreateParams {
  // Beyond this V8 has no use for a limit; below it cannot hold its own objects.
  let bytes = usize::try_from(heap_bytes).unwrap_or(usize::MAX).clamp(4 << 20, 64 << 30);
  params.heap_limits(0, bytes).set_code_range_size_in_bytes(64 << 20)
}

/// Called by V8 when the heap comes near its limit.
///
/// # Safety
/// `data` is the isolate's [`Control`], alive as long as the isolate.
pub(super) unsafe extern "C" fn near_limit(data: *mut c_void, current: usize, _: usize) -> usize {
  // SAFETY: `Vm::new` passed the control block, and drops it after the isolate.
  let control = unsafe { &*data.cast::<Control>() };
  let allowed = usize::try_from(control.limits().heap_bytes).unwrap_or(usize::MAX);
  if current < allowed && !control.is_stopped() {
    // A spare was made with the default limit and became an isolate that may have more.
    return allowed;
  }
  control.stop(ExitReason::Limit(LimitExceeded {
    limit: LimitKind::Heap,
    used: current as u64,
    allowed: control.limits().heap_bytes,
  }));
  current + GRACE
}
