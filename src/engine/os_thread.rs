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

    /// The calling thread, and those that it starts, are to run soon when they have to: they ask the system for
    /// short slices of the processor, which come sooner. Systems that know no such wish ignore it.
    pub fn ask_for_short_slices() {
        #[cfg(target_os = "linux")]
        {
            /// `struct sched_attr` of sched_setattr(2), its first version.
            #[repr(C)]
            #[derive(Default)]
            struct SchedAttr {
                size: u32,
                policy: u32,
                flags: u64,
                nice: i32,
                priority: u32,
                runtime: u64,
                deadline: u64,
                period: u64,
            }
            let wish = SchedAttr {
                size: size_of::<SchedAttr>() as u32,
                runtime: 100_000,
                ..SchedAttr::default()
            };
            // SAFETY: `wish` is valid; a refusal is an error and changes nothing.
            unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const wish, 0) };
        }
    }
}
