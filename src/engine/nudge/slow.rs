//! A thread that was given up, and works on all the same, gets little of the processors.
//!
//! A lower priority would be for good, the end of the process included, which the last thread brings about: on a busy
//! machine it would not come. So a timer on the thread's own CPU time interrupts it after each short while, and the
//! signal's handler sleeps for a longer one. Not within the C library, whose locks others wait for, unless it is but
//! copying or filling memory for V8. Where memory is short, it sleeps for a very long one: what V8 does there may be to
//! allocate. It does not sleep for ever, since it may hold a lock of V8's, and it may come back and free what it has.

use std::ffi::{c_int, c_void};
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::super::{CpuClock, OsThread, mappings};

/// For so long it works,
const WORKS_NS: libc::c_long = 5_000_000;
/// and then stands still for so long.
const STANDS_NS: libc::c_long = 95_000_000;

/// It stands still for no more than so many times that.
const MOST_TIMES: u32 = 300;

/// For how many times it stands still.
static TIMES: AtomicU32 = AtomicU32::new(1);

/// There are so many threads that are slowed down: all together they get a tenth of a processor. Where they are
/// `held`, they stand still for nearly all of the time.
pub fn hold(threads: usize, held: bool) {
    let threads = u32::try_from(threads).unwrap_or(u32::MAX);
    let times = match held {
        true => MOST_TIMES,
        false => (threads / 2).clamp(1, MOST_TIMES),
    };
    TIMES.store(times, Ordering::Relaxed);
}

/// By its address the handler knows our timers.
static OURS: u8 = 0;

/// Slows the thread of this clock down by signals of this number.
pub(super) fn slow_down(thread: OsThread, clock: CpuClock, signal: c_int) {
    // SAFETY: plain data, of which all zeros is a valid value.
    let (mut event, mut times): (libc::sigevent, libc::itimerspec) =
        unsafe { (std::mem::zeroed(), std::mem::zeroed()) };
    event.sigev_notify = libc::SIGEV_THREAD_ID;
    event.sigev_notify_thread_id = thread.id() as c_int;
    event.sigev_signo = signal;
    event.sigev_value.sival_ptr = (&raw const OURS).cast_mut().cast();
    times.it_interval.tv_nsec = WORKS_NS;
    times.it_value.tv_nsec = WORKS_NS;
    let mut timer = std::ptr::null_mut();
    // SAFETY: all arguments are valid. A clock of a thread that is gone is an error, and starts no timer.
    unsafe {
        if libc::timer_create(clock.id(), &mut event, &mut timer) == 0 {
            // It lives as long as the process; once the thread is gone, its clock stands still.
            libc::timer_settime(timer, 0, &times, std::ptr::null_mut());
        }
    }
}

/// Whether the signal is a timer's of ours.
///
/// # Safety
/// `info` is what the system passed to the handler.
pub(super) unsafe fn is_ours(info: *const libc::siginfo_t) -> bool {
    // SAFETY: by the caller; a timer's signal has a value.
    unsafe {
        (*info).si_code == libc::SI_TIMER
            && (*info).si_value().sival_ptr.cast_const() == (&raw const OURS).cast()
    }
}

/// Stands still in the handler, which interrupted the thread at `at`, with its stack at `stack`.
///
/// # Safety
/// The stack is that of the thread, which has a word there.
pub(super) unsafe fn stand(at: usize, stack: usize) {
    let Some(libraries) = LIBRARIES.get().filter(|_| !mappings::works()) else {
        return;
    };
    let is_library = |at: usize| libraries.code.iter().any(|range| range.contains(&at));
    if is_library(at) {
        // A function that calls none has its return address on top. Those of the C library itself may hold its locks.
        // SAFETY: by the caller.
        let caller = || unsafe { *(stack as *const usize) };
        let fills = |begin: &usize| (*begin..*begin + LONGEST).contains(&at);
        if !libraries.fillers.iter().any(fills) || is_library(caller()) {
            return;
        }
    }
    let time = libc::timespec {
        tv_sec: 0,
        tv_nsec: STANDS_NS,
    };
    for times in 1.. {
        // SAFETY: the time is valid. Whoever wakes the thread early does no harm.
        unsafe { libc::nanosleep(&time, std::ptr::null_mut()) };
        if times >= TIMES.load(Ordering::Relaxed) {
            return;
        }
    }
}

/// Where code lies that is not of what this is part of.
struct Libraries {
    code: Vec<Range<usize>>,
    /// Where those of the C library's functions begin that fill and copy memory: as this processor has them.
    fillers: [usize; 3],
}

/// None of those is longer, in bytes.
const LONGEST: usize = 4 << 10;

static LIBRARIES: OnceLock<Libraries> = OnceLock::new();

/// Learns where the code of libraries lies.
pub(super) fn install() {
    LIBRARIES.get_or_init(|| {
        let mut code = Vec::new();
        // SAFETY: the callback takes the vector that is passed.
        unsafe { libc::dl_iterate_phdr(Some(note), (&raw mut code).cast()) };
        let fillers = [c"memset", c"memcpy", c"memmove"].map(|name| {
            // SAFETY: a name. Where it is unknown that is nowhere.
            unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) as usize }
        });
        Libraries { code, fillers }
    });
}

unsafe extern "C" fn note(
    info: *mut libc::dl_phdr_info,
    _: libc::size_t,
    found: *mut c_void,
) -> c_int {
    // SAFETY: the system passes a valid description and what `install` passed.
    let (info, found) = unsafe { (&*info, &mut *found.cast::<Vec<Range<usize>>>()) };
    // SAFETY: the description has so many headers.
    let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()) };
    let is_code = |header: &&libc::Elf64_Phdr| {
        header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_X != 0
    };
    let code = headers.iter().filter(is_code).map(|header| {
        let begin = info.dlpi_addr as usize + header.p_vaddr as usize;
        begin..begin + header.p_memsz as usize
    });
    let code: Vec<_> = code.collect();
    let here = stand as *const () as usize;
    if !code.iter().any(|range| range.contains(&here)) {
        found.extend(code);
    }
    0
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::super::super::threads;
    use super::super::handler;
    use super::*;

    static OVER: AtomicBool = AtomicBool::new(false);

    #[test]
    fn a_thread_that_is_slowed_down_uses_a_part_of_its_time() {
        // The handler is installed with V8.
        let (ready, waits) = mpsc::channel();
        threads::start_v8().unwrap();
        threads::spawn_thread("test".into(), move || ready.send(()).unwrap());
        waits.recv().unwrap();
        let (sender, receiver) = mpsc::channel();
        let thread = thread::spawn(move || {
            let clock = CpuClock::of_this_thread().expect("Linux has one");
            sender.send((OsThread::current(), clock)).unwrap();
            while !OVER.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
        });
        let (os_thread, clock) = receiver.recv().unwrap();
        handler::slow_down(os_thread, clock);
        thread::sleep(Duration::from_millis(200));
        let before = clock.read().expect("it runs");
        thread::sleep(Duration::from_secs(1));
        let used = clock.read().expect("it runs") - before;
        OVER.store(true, Ordering::Relaxed);
        thread.join().unwrap();
        assert!(used < Duration::from_millis(400), "{used:?}");
    }
}
