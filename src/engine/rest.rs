//! Turns that run long rest in between, where too many of them run at once.
//!
//! V8 cannot leave a turn half done, but it can stand still in one: an interrupt sleeps. So a hundred loops keep as
//! few threads busy as there are processors, and whoever else has something to do finds one.

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::state::state;

/// How long a turn is to rest once it comes to it, in nanoseconds; 0 where it need not.
#[derive(Default)]
pub(super) struct Rest {
    nanos: AtomicU64,
    /// Whether a turn rests; changed under the lock.
    stands: AtomicBool,
    lock: Mutex<()>,
    woken: Condvar,
}

impl Rest {
    /// A turn begins: what was asked of the one before is none of its business.
    pub fn clear(&self) {
        if self.is_asked_for() {
            self.nanos.store(0, Ordering::Relaxed);
        }
    }

    /// The running turn is to rest for so long, from when V8 calls [`rest`].
    pub fn ask_for(&self, time: Duration) {
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.store(time, Ordering::Relaxed);
    }

    /// Whether it has not come to that yet.
    pub fn is_asked_for(&self) -> bool {
        self.nanos.load(Ordering::Relaxed) != 0
    }

    /// Whether a turn rests.
    pub fn stands(&self) -> bool {
        self.stands.load(Ordering::Relaxed)
    }

    /// A turn that rests goes on.
    pub fn wake(&self) {
        let _locked = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if self.stands.swap(false, Ordering::Relaxed) {
            self.woken.notify_one();
        }
    }

    /// Rests for as long as was asked for, unless `is_over` when it begins or it is woken.
    fn stand(&self, is_over: impl Fn() -> bool) {
        let time = Duration::from_nanos(self.nanos.swap(0, Ordering::Relaxed));
        let Some(end) = Instant::now().checked_add(time) else {
            return;
        };
        let mut locked = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever ends the isolate says so before he wakes it.
        self.stands.store(!is_over(), Ordering::Relaxed);
        while self.stands() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                self.stands.store(false, Ordering::Relaxed);
                return;
            }
            let waited = self.woken.wait_timeout(locked, left);
            locked = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
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
    control.rest.stand(|| control.is_stopped());
}
