//! CPU time of a thread, read by that thread or by another one.

use std::cell::Cell;
use std::time::{Duration, Instant};

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

    /// As the system knows it.
    pub(super) fn id(self) -> libc::clockid_t {
        self.0
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

/// For how long after a reading the clock on the wall stands for the thread's own. The CPU clock is a
/// system call that costs as much as handling a message; a thread that runs is rarely taken off its
/// core within so short a time.
const FRESH: Duration = Duration::from_micros(50);

/// The last reading of a thread's CPU clock, and when it was made.
#[derive(Clone, Copy)]
struct Reading {
    clock: Option<CpuClock>,
    cpu: Duration,
    at: Instant,
}

thread_local! {
    static LAST: Cell<Option<Reading>> = const { Cell::new(None) };
    /// The time at the last call of [`thread_cpu`].
    static RECENT: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// The time as of this thread's last call of [`thread_cpu`], which a turn makes before and after each of
/// its tasks: for what needs no better time than that, since even a look at the clock costs.
pub fn recent() -> Instant {
    RECENT.get().unwrap_or_else(Instant::now)
}

/// CPU time that the calling thread has used, to within 50 µs: a time by which one that does not run
/// seems to have run, and which the next reading corrects, so that errors do not add up. Without a
/// CPU clock, elapsed time stands for it.
pub fn thread_cpu() -> Duration {
    let now = Instant::now();
    RECENT.set(Some(now));
    let last = LAST.get();
    let since = last.map(|last| (last, now.saturating_duration_since(last.at)));
    if let Some((last, since)) = since
        && since < FRESH
    {
        return last.cpu + since;
    }
    let clock = last.map_or_else(CpuClock::of_this_thread, |last| last.clock);
    let cpu = match (clock.and_then(CpuClock::read), since) {
        (Some(cpu), _) => cpu,
        (None, Some((last, since))) => last.cpu + since,
        (None, None) => Duration::ZERO,
    };
    LAST.set(Some(Reading {
        clock,
        cpu,
        at: now,
    }));
    cpu
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_no_cpu_time_and_work_is() {
        let before = thread_cpu();
        std::thread::sleep(Duration::from_millis(200));
        let waited = thread_cpu().saturating_sub(before);
        assert!(waited < Duration::from_millis(100), "{waited:?}");
        let own = CpuClock::of_this_thread().expect("a clock");
        let (before, exact) = (thread_cpu(), own.read().expect("this thread lives"));
        while own.read().expect("this thread lives") < exact + Duration::from_millis(20) {}
        let worked = thread_cpu().saturating_sub(before);
        assert!(worked >= Duration::from_millis(19), "{worked:?}");
    }
}
