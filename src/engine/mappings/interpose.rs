//! The system's functions for mappings, as this program calls them: counted, and then the system's.
//!
//! A program's own definition of a function comes before the C library's, whoever calls it in the program. Where
//! nano is linked into something that is loaded later, the C library's may come first: then nothing is counted
//! here, and what the process has is only counted from outside.

/// Makes sure that the linker takes this file.
pub(in crate::engine) fn install() {
    super::census::prepare();
    #[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
    std::hint::black_box((linux::mmap64 as *const (), linux::munmap as *const ()));
}

#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
mod linux {
    use std::ffi::{c_int, c_void};

    use nano_proto::ExitReason;

    use super::super::census;
    use super::super::ranges::Range;
    use crate::engine::in_turn;

    /// Whether V8 is refused a reservation on behalf of the isolate whose turn it is. One for which V8 names no
    /// place is a script's, which gets a `RangeError`; without any other V8 could not go on, so that the isolate
    /// ends instead.
    fn is_refused(address: *mut c_void) -> bool {
        let Some(control) = in_turn::control() else {
            return false;
        };
        let within = control.holding.admit(control.limits().reservations);
        if address.is_null() {
            let is_refused = within.is_err() || census::is_short();
            control.holding.note_refusal(is_refused);
            return is_refused;
        }
        if let Err(exceeded) = within {
            control.stop(ExitReason::Limit(exceeded));
        }
        false
    }

    /// mmap(2).
    ///
    /// # Safety
    /// As the system's.
    #[unsafe(no_mangle)]
    pub(super) unsafe extern "C" fn mmap64(
        address: *mut c_void,
        length: usize,
        protection: c_int,
        flags: c_int,
        file: c_int,
        offset: libc::off64_t,
    ) -> *mut c_void {
        let is_reserved = protection == libc::PROT_NONE && flags & libc::MAP_ANONYMOUS != 0;
        if is_reserved && is_refused(address) {
            // SAFETY: the C library's place for this thread's error.
            unsafe { *libc::__errno_location() = libc::ENOMEM };
            return libc::MAP_FAILED;
        }
        // SAFETY: passed on as it came.
        let at = unsafe {
            libc::syscall(
                libc::SYS_mmap,
                address,
                length,
                protection,
                flags,
                file,
                offset,
            )
        };
        let at = at as *mut c_void;
        // A place that was named for good lies in a range that is known, if it is one of V8's.
        if at != libc::MAP_FAILED && flags & libc::MAP_FIXED == 0 {
            let range = Range {
                end: at as usize + length,
                is_reserved,
                owner: in_turn::control(),
                borrowers: Vec::new(),
            };
            census::add(at as usize, range);
        }
        at
    }

    /// munmap(2).
    ///
    /// # Safety
    /// As the system's.
    #[unsafe(no_mangle)]
    pub(super) unsafe extern "C" fn munmap(address: *mut c_void, length: usize) -> c_int {
        // First, since another thread may be given the addresses as soon as they are free.
        let pages = length.next_multiple_of(4096);
        census::remove(address as usize, (address as usize).saturating_add(pages));
        // SAFETY: passed on as it came.
        unsafe { libc::syscall(libc::SYS_munmap, address, length) as c_int }
    }
}
