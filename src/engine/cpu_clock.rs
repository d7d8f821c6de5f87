//! CPU time of a thread, read by that thread or by another one.

use std::time::Duration;

/// The CPU clock of one thread. It stays valid until that thread ends.
#[derive(Clone, Copy, Debug)]
pub struct CpuClock(libc::clockid_t);

impl CpuClock {
    /// The calling thread's clock; `None` where the system has none.
    pub fn of_this_thread() -> Option<Self> {
        let mut id: libc::clockid_t = 0;
        // SAFETY: both arguments are valid: the calling thread, and a place for the result.
        let failed = unsafe { libc::pthread_getcpuclockid(libc::pthread_self(), &mut id) };
        (failed == 0).then_some(Self(id))
    }

    /// CPU time that the thread has used; `None` once the thread is gone.
    pub fn read(self) -> Option<Duration> {
        let mut time = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: `time` is a valid place for the result; an unknown clock is an error, not a fault.
        let failed = unsafe { libc::clock_gettime(self.0, &mut time) };
        (failed == 0).then(|| Duration::new(time.tv_sec as u64, time.tv_nsec as u32))
    }
}
