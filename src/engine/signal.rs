//! A signal that V8's threads are sent, and what the process did with it before.

use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::sync::OnceLock;

/// What is called for a signal, as `SA_SIGINFO` has it.
pub(super) type Handler = unsafe extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);

/// One signal.
pub(super) struct Signal {
    number: c_int,
    /// What the system does with it where nobody handles it.
    default: Default,
    /// What handled it before.
    before: OnceLock<libc::sigaction>,
}

/// What the system does with a signal by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Default {
    /// It ends the process.
    End,
    /// It does nothing.
    Nothing,
}

impl Signal {
    pub const fn new(number: c_int, default: Default) -> Self {
        Self {
            number,
            default,
            before: OnceLock::new(),
        }
    }

    /// Its number.
    pub fn number(&self) -> c_int {
        self.number
    }

    /// Has `handler` called for it from here on, with more `flags` of `sigaction`. Once a process.
    pub fn install(&self, handler: Handler, flags: c_int) {
        // SAFETY: both structures are plain data, of which all zeros is a valid value.
        let (mut action, mut before): (libc::sigaction, libc::sigaction) = unsafe {
            (
                MaybeUninit::zeroed().assume_init(),
                MaybeUninit::zeroed().assume_init(),
            )
        };
        action.sa_sigaction = handler as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | flags;
        // SAFETY: the handler has the form that `SA_SIGINFO` asks for; the rest is valid.
        if unsafe { libc::sigaction(self.number, &action, &mut before) } == 0 {
            let late = self.before.set(before).is_err();
            debug_assert!(!late, "V8 is initialized once");
        }
    }

    /// It was not meant for us: does what was done with it before.
    ///
    /// # Safety
    /// The arguments are what the system passed to the handler.
    pub unsafe fn pass_on(&self, signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
        let does_nothing = |before: &&libc::sigaction| {
            self.default == Default::Nothing && before.sa_sigaction == libc::SIG_DFL
        };
        if let Some(before) = self.before.get().filter(|before| !does_nothing(before)) {
            // SAFETY: by the caller.
            unsafe { pass_on(before, signal, info, context) };
        }
    }

    /// Sends it to a thread of this process. One that is gone gets none.
    #[cfg(target_os = "linux")]
    pub fn send(&self, thread: super::OsThread) {
        // SAFETY: has no preconditions; a thread that is gone, or another process's, is an error.
        unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread.id(), self.number) };
    }
}

/// Does what `before` says is to be done with a signal.
///
/// # Safety
/// `before` is what `sigaction` gave for `signal`; the rest is what the system passed to its handler.
unsafe fn pass_on(
    before: &libc::sigaction,
    signal: c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
) {
    match before.sa_sigaction {
        libc::SIG_IGN => {}
        libc::SIG_DFL => {
            // SAFETY: `before` came from the same call. The process ends when this handler returns.
            unsafe {
                libc::sigaction(signal, before, std::ptr::null_mut());
                libc::raise(signal);
            }
        }
        handler if before.sa_flags & libc::SA_SIGINFO != 0 => {
            // SAFETY: the flag says that the handler has this form.
            let handler: unsafe extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) =
                unsafe { std::mem::transmute(handler) };
            // SAFETY: what the system passed.
            unsafe { handler(signal, info, context) };
        }
        handler => {
            // SAFETY: without the flag, a handler has this form.
            let handler: unsafe extern "C" fn(c_int) = unsafe { std::mem::transmute(handler) };
            // SAFETY: what the system passed.
            unsafe { handler(signal) };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ptr::null_mut;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    extern "C" fn ours(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {}

    #[test]
    fn the_handler_stays_where_the_system_would_do_nothing() {
        // Nobody else in this process cares for the size of a window.
        static WINDOW: Signal = Signal::new(libc::SIGWINCH, Default::Nothing);
        WINDOW.install(ours, 0);
        // SAFETY: plain data, of which all zeros is a valid value; with no action to set, the present one is read.
        let now = unsafe {
            WINDOW.pass_on(libc::SIGWINCH, null_mut(), null_mut());
            let mut now: libc::sigaction = MaybeUninit::zeroed().assume_init();
            libc::sigaction(libc::SIGWINCH, std::ptr::null(), &mut now);
            now
        };
        assert_eq!(now.sa_sigaction, ours as *const () as usize);
    }

    static PLAIN: AtomicU32 = AtomicU32::new(0);
    static DETAILED: AtomicU32 = AtomicU32::new(0);

    extern "C" fn plain(_: c_int) {
        PLAIN.fetch_add(1, Ordering::Relaxed);
    }

    extern "C" fn detailed(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {
        DETAILED.fetch_add(1, Ordering::Relaxed);
    }

    #[test]
    fn the_handler_that_was_there_is_called_each_time() {
        let handlers = [
            (plain as *const () as usize, 0),
            (detailed as *const () as usize, libc::SA_SIGINFO),
            (libc::SIG_IGN, 0),
        ];
        for (handler, flags) in handlers {
            // SAFETY: plain data, of which all zeros is a valid value.
            let mut before: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
            before.sa_sigaction = handler;
            before.sa_flags = flags;
            for _ in 0..2 {
                // SAFETY: the handlers look at nothing that they are passed.
                unsafe { pass_on(&before, libc::SIGTRAP, null_mut(), null_mut()) };
            }
        }
        assert_eq!(PLAIN.load(Ordering::Relaxed), 2);
        assert_eq!(DETAILED.load(Ordering::Relaxed), 2);
    }
}
