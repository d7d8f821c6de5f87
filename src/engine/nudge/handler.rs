//! The signal, and what its handler does to the thread that it interrupts.

use std::cell::Cell;
use std::ffi::{c_int, c_void};

use super::super::signal::{Default, Signal};
use super::super::{CpuClock, OsThread};
use super::{layout, slow};
use crate::engine::known_v8;

/// So much of the stack is searched, in bytes, and so many functions are found at most: what runs is innermost.
const DEPTH: usize = 64 << 10;
const FUNCTIONS: usize = 16;

thread_local! {
    /// The isolate whose turn this thread runs, else 0.
    static ISOLATE: Cell<usize> = const { Cell::new(0) };
    /// Where the frames of that turn begin.
    static BASE: Cell<usize> = const { Cell::new(0) };
}

/// The frames of a turn of V8's on this thread, until it is dropped.
pub struct Frames(());

impl Frames {
    /// A turn of the isolate at `isolate` begins.
    pub fn begin(isolate: usize) -> Self {
        let here = 0_u8;
        BASE.set(std::ptr::from_ref(&here) as usize);
        ISOLATE.set(isolate);
        Self(())
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        ISOLATE.set(0);
    }
}

/// By default nothing is done with it, and few programs have a use for it.
static NUDGE: Signal = Signal::new(libc::SIGURG, Default::Nothing);

/// Installs the handler, once a process.
pub fn install() {
    slow::install();
    NUDGE.install(handle, libc::SA_RESTART | libc::SA_ONSTACK);
}

/// The thread was given up: from here on it gets a twentieth of a processor.
pub fn slow_down(thread: OsThread, clock: CpuClock) {
    slow::slow_down(thread, clock, NUDGE.number());
}

/// Has the loops look that the thread runs for V8, if it runs any.
pub fn nudge(thread: OsThread) {
    if known_v8::is_known() {
        NUDGE.send(thread);
    }
}

/// Calls nothing that is not allowed in a signal handler, and leaves no trace but in budgets.
unsafe extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the system passes valid descriptions.
    let (sender, registers) = unsafe {
        let context = &*context.cast::<libc::ucontext_t>();
        ((*info).si_pid(), &context.uc_mcontext.gregs)
    };
    // SAFETY: the thread's own place for it, which the code that was interrupted may be about to look at.
    let errno = unsafe { &mut *libc::__errno_location() };
    let kept = *errno;
    let register = |number: c_int| registers[number as usize] as usize;
    // SAFETY: what the system passed.
    if unsafe { slow::is_ours(info) } {
        // SAFETY: the registers of the code that was interrupted.
        unsafe { slow::stand(register(libc::REG_RIP), register(libc::REG_RSP)) };
        *errno = kept;
        return;
    }
    // SAFETY: has no preconditions.
    if sender != unsafe { libc::getpid() } {
        // SAFETY: the arguments are the system's own.
        unsafe { NUDGE.pass_on(signal, info, context) };
        return;
    }
    let isolate = ISOLATE.get();
    if isolate == 0 || !known_v8::is_known() {
        return;
    }
    let stack = register(libc::REG_RSP);
    // SAFETY: the isolate is in a turn of this thread's, which is interrupted between `stack` and `BASE`.
    unsafe { use_up(isolate, stack, BASE.get()) };
    *errno = kept;
}

/// Uses the budgets up of the functions that are found on the stack from `from` to `to`.
///
/// # Safety
/// V8's layout is known, `isolate` is the address of a live isolate, and the stack that of a thread that stands still.
unsafe fn use_up(isolate: usize, from: usize, to: usize) {
    // SAFETY: by the caller; the layout is known.
    let maps = unsafe { layout::cell_maps(isolate) };
    let mut found = 0;
    let first = from.next_multiple_of(size_of::<usize>());
    for slot in (first..to.min(from + DEPTH)).step_by(size_of::<usize>()) {
        // SAFETY: a word of the stack.
        let word = unsafe { std::ptr::read_volatile(slot as *const usize) };
        let Some(budget) = layout::budget_of(word, &maps, read) else {
            continue;
        };
        use_up_at(budget);
        found += 1;
        if found == FUNCTIONS {
            return;
        }
    }
}

fn transfer(local: *mut c_void, remote: usize, bytes: usize) -> (libc::iovec, libc::iovec) {
    let local = libc::iovec {
        iov_base: local,
        iov_len: bytes,
    };
    let remote = libc::iovec {
        iov_base: remote as *mut c_void,
        iov_len: bytes,
    };
    (local, remote)
}

/// The word at `address`, if memory is there.
fn read(address: usize) -> Option<usize> {
    let mut word = 0_usize;
    let bytes = size_of::<usize>();
    let (local, remote) = transfer((&raw mut word).cast(), address, bytes);
    // SAFETY: the local side is valid; the system checks the other one.
    let read = unsafe { libc::process_vm_readv(libc::getpid(), &local, 1, &remote, 1, 0) };
    (read == bytes as isize).then_some(word)
}

/// Writes a budget of nothing to `address`, if that can be written to.
fn use_up_at(address: usize) {
    let mut nothing = 0_i32;
    let (local, remote) = transfer((&raw mut nothing).cast(), address, size_of::<i32>());
    // SAFETY: the local side is valid. The other one is the budget of a feedback cell, by its map, or what was one:
    // V8 takes any number there for one.
    unsafe { libc::process_vm_writev(libc::getpid(), &local, 1, &remote, 1, 0) };
}
