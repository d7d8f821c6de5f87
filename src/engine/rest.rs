//! Turns that run long rest in between, where too many of them run at once.
//!
//! V8 cannot leave a turn half done, but it can stand still in one: an interrupt sleeps. So a hundred loops keep as
//! few threads busy as there are processors, and whoever else has something to do finds one.

use std::ffi::c_void;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::state::state;

/// How long it takes a turn that rests to notice that its isolate is stopped, at most.
const STEP: Duration = Duration::from_millis(10);

/// How long a turn is to rest once it comes to it, in nanoseconds; 0 where it need not.
#[derive(Default)]
pub(super) struct Rest(AtomicU64);

impl Rest {
    /// A turn begins: what was asked of the one before is none of its business.
    pub fn clear(&self) {
        if self.0.load(Ordering::Relaxed) != 0 {
            self.0.store(0, Ordering::Relaxed);
        }
    }

    /// The running turn is to rest for so long, from when V8 calls [`rest`].
    pub fn ask_for(&self, time: Duration) {
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.0.store(time, Ordering::Relaxed);
    }

    /// Whether it has not come to that yet.
    pub fn is_asked_for(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }

    fn take(&self) -> Duration {
        Duration::from_nanos(self.0.swap(0, Ordering::Relaxed))
    }
}

/// Called by V8 within a turn that runs long, at the watchdog's request.
///
/// # Safety
/// V8 passes the isolate whose turn it is.
pub(super) unsafe extern "C" fn rest(isolate: v8::UnsafeRawIsolatePtr, _: *mut c_void) {
    // SAFETY: the pointer is the current isolate's, which outlives the call.
    let isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(isolate) };
    let control = &state(&isolate).control;
    let (began, time) = (Instant::now(), control.rest.take());
    loop {
        let left = time.saturating_sub(began.elapsed());
        if left.is_zero() || control.is_stopped() {
            return;
        }
        thread::sleep(left.min(STEP));
    }
}
