//! A thread as the operating system knows it.

/// One thread of this process.
#[derive(Clone, Copy, Debug)]
pub struct OsThread(libc::pid_t);

impl OsThread {
    /// The calling thread.
    pub fn current() -> Self {
        #[cfg(target_os = "linux")]
        // SAFETY: takes nothing and cannot fail.
        return Self(unsafe { libc::gettid() });
        #[cfg(not(target_os = "linux"))]
        Self(0)
    }

    /// Its number.
    pub fn id(self) -> u32 {
        self.0.unsigned_abs()
    }

    /// From here on the thread gets what the others leave over. There is no way back, so this is for a thread
    /// that has nothing to give any more.
    pub fn demote(self) {
        #[cfg(target_os = "linux")]
        {
            let idle = libc::sched_param { sched_priority: 0 };
            // SAFETY: `idle` is valid; a thread that is gone, or a refusal, is an error and changes nothing.
            unsafe { libc::sched_setscheduler(self.0, libc::SCHED_IDLE, &idle) };
        }
    }
}
