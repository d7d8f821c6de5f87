//! Where V8 would take the process down: a request that no heap could satisfy, or a check of its own that
//! failed. V8 cannot be returned to from there, but it need not be: the isolate ends for all who know it, and
//! the thread stands still for ever, with what the isolate holds. Another thread takes its place.

use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use nano_proto::{ExitReason, LimitExceeded, LimitKind};

use super::state::State;
use super::{heap, in_turn};

/// Has V8 come here before it aborts, whichever of its two ways it takes: some errors go through a callback,
/// others straight to a trap.
pub(super) fn install() {
    v8::V8::set_fatal_error_handler(|_: &str, _: i32, message: &str| give_up(message));
    #[cfg(unix)]
    on_trap::install();
}

/// Has V8 come here when `isolate` has no memory, or wants more at once than it ever gives: by itself it would write
/// many lines that name no isolate, and trap without a word to the handlers above.
pub(super) fn install_in(isolate: &mut v8::Isolate) {
    isolate.set_oom_error_handler(out_of_memory);
}

unsafe extern "C" fn out_of_memory(location: *const c_char, _: &v8::OomDetails) {
    let location = match location.is_null() {
        true => "nowhere".into(),
        // SAFETY: V8 passes a literal of its own, or a text that it keeps until it has ended the process.
        false => unsafe { CStr::from_ptr(location) }.to_string_lossy(),
    };
    give_up(&format!("out of memory: {location}"));
}

/// Returns where no turn runs on this thread: then V8 ends the process, since nobody could be blamed.
fn give_up(message: &str) {
    let buried = in_turn::leave(|state| catch_unwind(AssertUnwindSafe(|| bury(state, message))));
    if !matches!(buried, Some(Ok(()))) {
        return;
    }
    loop {
        thread::park();
    }
}

#[cfg(unix)]
mod on_trap {
    //! V8's trap, an instruction that it executes on purpose when it has already said what is wrong.

    use std::ffi::{c_int, c_void};

    use super::super::signal::{Default, Signal};

    static TRAP: Signal = Signal::new(libc::SIGTRAP, Default::End);

    pub fn install() {
        TRAP.install(handle, 0);
    }

    /// What is said where V8 gives in by itself: it wants more for one object than it can ever have. Failed checks
    /// trap where they stand, or come by the handler of errors.
    const TOO_LARGE: &str = "out of memory: more at once than V8 can give";

    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    unsafe extern "C" {
        /// `v8::base::OS::Abort()`.
        #[link_name = "_ZN2v84base2OS5AbortEv"]
        fn abort() -> !;
    }

    /// Whether the trap lies in V8's own function for a deliberate end.
    ///
    /// # Safety
    /// `context` is what the system passed to the handler.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    unsafe fn is_in_abort(context: *mut c_void) -> bool {
        // No more bytes than the function has.
        const BYTES: usize = 64;
        // SAFETY: by the caller; the system's description has this form.
        let context = unsafe { &*context.cast::<libc::ucontext_t>() };
        let at = usize::try_from(context.uc_mcontext.gregs[libc::REG_RIP as usize]);
        let begin = abort as *const () as usize;
        at.is_ok_and(|at| (begin..begin + BYTES).contains(&at))
    }

    /// Elsewhere nobody knows.
    ///
    /// # Safety
    /// None is needed.
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    unsafe fn is_in_abort(_: *mut c_void) -> bool {
        false
    }

    /// A trap is raised by the instruction itself, so that the thread holds nothing but what V8's code held
    /// there, and may run code of any kind.
    unsafe extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
        // SAFETY: the system passes a valid description. A positive code is the kernel's: nobody sent it.
        if unsafe { (*info).si_code } > 0 {
            // SAFETY: the system passes the state of the thread at the trap.
            super::give_up(match unsafe { is_in_abort(context) } {
                true => TOO_LARGE,
                false => "an internal check failed",
            });
        }
        // Not V8's.
        // SAFETY: the arguments are the system's own.
        unsafe { TRAP.pass_on(signal, info, context) };
    }
}

/// Ends the isolate for everybody. Nothing of V8's is touched any more.
fn bury(state: &State, message: &str) {
    let control = &state.control;
    match limit_of(state, message) {
        // The first reason stays.
        Some(exceeded) => control.exceed(exceeded),
        None => control.stop(ExitReason::Panicked(format!("V8 cannot go on: {message}"))),
    }
    let reason = control.reason().unwrap_or(ExitReason::Killed);
    state.host().complain(&format!(
        "V8 cannot go on ({message}); the isolate has ended, and its thread is lost"
    ));
    state.host().give_up_thread();
    heap::leave_grace(control);
    state.host().end(reason);
}

/// What V8 says where it wants memory that no heap has: most of it at all, or more for one object than V8 can give.
const WANTS: [&str; 3] = [
    "out of memory",
    "invalid size error",
    "invalid array length",
];

/// The limit that V8's last words speak of.
fn limit_of(state: &State, message: &str) -> Option<LimitExceeded> {
    let allowed = state.control.limits().heap_bytes;
    let wants_memory = WANTS.iter().any(|want| message.contains(want));
    wants_memory.then_some(LimitExceeded {
        limit: LimitKind::Heap,
        used: allowed,
        allowed,
    })
}
