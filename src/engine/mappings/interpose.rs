//! The system's functions for mappings, as this program calls them: counted, and then the system's.
//!
//! A program's own definition of a function comes before the C library's, whoever calls it in the program. Where
//! nano is linked into something that is loaded later, the C library's may come first: then nothing is counted
//! here, and what the process has is only counted from outside.

/// Makes sure that the linker takes this file.
pub(in crate::engine) fn install() {
    super::census::prepare();
    #[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
    std::hint::black_box((
        linux::mmap64 as *const (),
        linux::munmap as *const (),
        linux::mprotect as *const (),
    ));
}

#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
mod linux {
    use std::ffi::{c_int, c_void};

    use std::sync::Arc;

    use super::super::census;
    use super::super::ranges::Range;
    use super::super::shortage::{self, Asked};
    use crate::engine::{Control, in_turn};

    /// Beyond this size a buffer fails a check of V8's, once it is open, in bytes.
    const LARGEST: usize = 1 << 38;

    /// Admits a reservation of `length` bytes by `control`'s isolate, whose turn it is: returns what is to be kept
    /// until it is mapped, or nothing where it is refused. One for which V8 names no place is a buffer's or a memory's,
    /// for which the script gets a `RangeError`. Any other is a WebAssembly module's, without which V8 could not go on:
    /// it collects garbage, and if that does not help, the isolate ends.
    fn admit(control: &Control, address: *mut c_void, length: usize) -> Option<Asked> {
        let within = control.holding.admit(length, control.limits().reservations);
        if address.is_null() {
            let is_hopeless = length >= LARGEST || within.is_err() || shortage::lacks_mappings();
            let asked = (!is_hopeless).then(|| Asked::admit(length).ok()).flatten();
            if asked.is_none() {
                control.buffers.refusals.blame(within.err());
            }
            return asked;
        }
        let asked = within.and_then(|()| Asked::admit(length));
        if control.buffers.refusals.can_refuse_vital(asked.is_ok()) {
            return None;
        }
        let granted = asked.unwrap_or_else(|exceeded| {
            control.exceed(exceeded);
            Asked::new(length)
        });
        Some(granted)
    }

    /// The system's, nothing counted.
    ///
    /// # Safety
    /// As the system's.
    unsafe fn map(
        address: *mut c_void,
        length: usize,
        protection: c_int,
        flags: c_int,
        file: c_int,
        offset: libc::off64_t,
    ) -> *mut c_void {
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
        at as *mut c_void
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
        // What is mapped at a place that was named for good only gives pages of a known range back.
        let is_reserved = protection == libc::PROT_NONE
            && flags & libc::MAP_ANONYMOUS != 0
            && flags & libc::MAP_FIXED == 0;
        let owner = in_turn::control();
        let reserver = owner.as_ref().filter(|_| is_reserved);
        // Until the range is counted.
        let asked = reserver.map(|owner| admit(owner, address, length));
        let at = if matches!(asked, Some(None)) {
            // SAFETY: the C library's place for this thread's error.
            unsafe { *libc::__errno_location() = libc::ENOMEM };
            libc::MAP_FAILED
        } else {
            // SAFETY: passed on as it came.
            unsafe { map(address, length, protection, flags, file, offset) }
        };
        if let (Some(owner), true, true) = (&owner, is_reserved, address.is_null()) {
            owner.buffers.refusals.note(at != libc::MAP_FAILED);
        }
        // A place that was named for good lies in a range that is known, if it is one of V8's.
        if at != libc::MAP_FAILED && flags & libc::MAP_FIXED == 0 {
            let range = Range {
                end: at as usize + length,
                is_reserved,
                opened: (is_reserved && address.is_null()).then_some(0),
                owner,
                borrowers: Vec::new(),
            };
            census::add(at as usize, range);
        }
        drop(asked);
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

    /// Whether the isolate whose turn it is is refused to open the addresses from `start` to `end`, or where another
    /// isolate pays for them, that one. Memory beyond the limit that garbage may account for is granted: the isolate
    /// is to collect it as soon as it can. What no garbage can account for ends it, before it fills it.
    fn is_too_much(start: usize, end: usize) -> bool {
        let Some((owner, opened, more)) = census::opening(start, end) else {
            return false;
        };
        let sum = owner.outside().saturating_add(more);
        let Err(exceeded) = owner.check_outside(sum) else {
            return false;
        };
        let is_its_own = in_turn::control().is_some_and(|control| Arc::ptr_eq(&control, &owner));
        if !is_its_own {
            return true;
        }
        let is_hopeless = opened > exceeded.allowed || sum / 2 > exceeded.allowed;
        if is_hopeless {
            owner.exceed(exceeded);
        } else {
            owner.probe();
        }
        is_hopeless
    }

    /// mprotect(2).
    ///
    /// # Safety
    /// As the system's.
    #[unsafe(no_mangle)]
    pub(super) unsafe extern "C" fn mprotect(
        address: *mut c_void,
        length: usize,
        protection: c_int,
    ) -> c_int {
        let start = address as usize;
        let end = start.saturating_add(length);
        let opens = protection & libc::PROT_WRITE != 0;
        if opens && is_too_much(start, end) {
            // SAFETY: the C library's place for this thread's error.
            unsafe { *libc::__errno_location() = libc::ENOMEM };
            return -1;
        }
        // SAFETY: passed on as it came.
        let result =
            unsafe { libc::syscall(libc::SYS_mprotect, address, length, protection) as c_int };
        if result == 0 && (opens || protection == libc::PROT_NONE) {
            census::note_access(start, end, opens);
        }
        result
    }
}
