//! Has a loop look at once at what is asked of its turn.
//!
//! Code that is not optimized looks at V8's interrupts, a termination among them, when it enters a function, and in a
//! loop when the function's *interrupt budget* is used up, which takes thousands of rounds. Where each round spends its
//! time in a function of V8's own (`for (;;) JSON.parse(text)`), that takes seconds, or minutes in a long function. So
//! the watchdog interrupts the thread by a signal, whose handler uses the budgets up of the functions that stand on the
//! stack. Their loops then look in the next round.
//!
//! What was given up because it does not look at all is slowed down by the same signal (`slow.rs`).
//!
//! The handler runs between any two instructions of V8's: it takes nothing for granted. It reads the heap through the
//! system, which refuses instead of faulting, and writes only to what has the map of a feedback cell, an object that V8
//! keeps in one place but for a collection; what it writes is a budget of 0, which is always right.

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod handler;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod layout;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod slow;

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub(super) use handler::{Frames, install};
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub use handler::{nudge, slow_down};
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub use slow::hold as hold_lost_threads;

/// Elsewhere V8's layout is not known, and loops look when they do.
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
mod elsewhere {
    /// Nothing is known of the frames.
    pub struct Frames;

    impl Frames {
        /// Notes nothing.
        pub fn begin(_: usize) -> Self {
            Self
        }
    }

    /// Installs nothing.
    pub fn install() {}

    /// Does nothing.
    pub fn nudge(_: super::super::OsThread) {}

    /// Does nothing.
    pub fn hold_lost_threads(_: usize, _: bool) {}

    /// Does nothing.
    pub fn slow_down(_: super::super::OsThread, _: super::super::CpuClock) {}
}
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
pub(super) use elsewhere::{Frames, install};
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
pub use elsewhere::{hold_lost_threads, nudge, slow_down};
