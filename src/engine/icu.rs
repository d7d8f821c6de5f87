//! The memory of ICU, from which V8 has `Intl`: counted for the isolate in whose turn it is allocated.
//!
//! V8 takes an `Intl` object for a few words, where ICU holds up to 40 KiB for it on the C library's heap, and collects
//! no garbage for them. What is allocated in nobody's turn counts for nobody. What ICU keeps for all, as the data
//! of a locale, counts for the isolate that needed it first; that is about 10 MiB for all locales.

use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::in_turn;

/// The bytes of one isolate.
#[derive(Debug, Default)]
pub(super) struct Tally {
    used: AtomicU64,
    told: AtomicU64,
}

impl Tally {
    /// How many it has now.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// How many more it has than when this was last asked.
    pub fn take_change(&self) -> i64 {
        let used = self.used();
        used.wrapping_sub(self.told.swap(used, Ordering::Relaxed)) as i64
    }

    pub fn add(&self, bytes: usize) {
        self.used.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub fn subtract(&self, bytes: usize) {
        self.used.fetch_sub(bytes as u64, Ordering::Relaxed);
    }
}

/// What lies before each block that ICU has.
#[repr(C, align(16))]
struct Header {
    /// A strong reference, or null.
    owner: *const Tally,
    /// Bytes of the block, this included.
    bytes: usize,
}

const HEADER: usize = size_of::<Header>();

/// The block behind the header that is written at `start`.
///
/// # Safety
/// `start` is null or what the C library gave for `bytes`.
unsafe fn enter(start: *mut c_void, owner: *const Tally, bytes: usize) -> *mut c_void {
    let header = start.cast::<Header>();
    if header.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: the C library aligns for 16 bytes, and gave at least a header's.
    unsafe {
        header.write(Header { owner, bytes });
        header.add(1).cast()
    }
}

unsafe extern "C" fn allocate(_: *const c_void, size: usize) -> *mut c_void {
    let Some(bytes) = size.checked_add(HEADER) else {
        return ptr::null_mut();
    };
    // SAFETY: any size will do.
    let start = unsafe { libc::malloc(bytes) };
    let owner = if start.is_null() {
        None
    } else {
        in_turn::icu()
    };
    if let Some(owner) = &owner {
        owner.add(bytes);
    }
    let owner = owner.map_or(ptr::null(), Arc::into_raw);
    // SAFETY: just allocated.
    unsafe { enter(start, owner, bytes) }
}

unsafe extern "C" fn reallocate(
    context: *const c_void,
    block: *mut c_void,
    size: usize,
) -> *mut c_void {
    if block.is_null() {
        // SAFETY: as for that.
        return unsafe { allocate(context, size) };
    }
    let Some(bytes) = size.checked_add(HEADER) else {
        return ptr::null_mut();
    };
    // SAFETY: ICU has blocks of `allocate`'s alone, each behind its header, and gives this one up where there is
    // another for it.
    unsafe {
        let header = block.cast::<Header>().sub(1);
        let Header { owner, bytes: old } = header.read();
        let start = libc::realloc(header.cast(), bytes);
        if let (Some(owner), false) = (owner.as_ref(), start.is_null()) {
            owner.add(bytes);
            owner.subtract(old);
        }
        enter(start, owner, bytes)
    }
}

unsafe extern "C" fn free(_: *const c_void, block: *mut c_void) {
    if block.is_null() {
        return;
    }
    // SAFETY: as for `reallocate`; the reference is the block's own.
    unsafe {
        let header = block.cast::<Header>().sub(1);
        let Header { owner, bytes } = header.read();
        libc::free(header.cast());
        if !owner.is_null() {
            Arc::from_raw(owner).subtract(bytes);
        }
    }
}

type Allocate = unsafe extern "C" fn(*const c_void, usize) -> *mut c_void;
type Reallocate = unsafe extern "C" fn(*const c_void, *mut c_void, usize) -> *mut c_void;
type Free = unsafe extern "C" fn(*const c_void, *mut c_void);

unsafe extern "C" {
    /// ICU's; the name ends with its version, as that of the function which takes its data does.
    fn u_setMemoryFunctions_78(
        context: *const c_void,
        allocate: Allocate,
        reallocate: Reallocate,
        free: Free,
        status: *mut c_int,
    );
}

/// Has ICU allocate here. Must precede all else that makes it allocate.
pub(super) fn install() {
    let mut status = 0;
    // SAFETY: the functions are what ICU describes (`unicode/uclean.h`), and V8 has not been initialized.
    unsafe {
        u_setMemoryFunctions_78(ptr::null(), allocate, reallocate, free, &raw mut status);
    }
    debug_assert!(status <= 0, "three functions are given");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_count_until_they_are_freed_wherever_that_is() {
        let tally = Arc::new(Tally::default());
        let own = Arc::into_raw(tally.clone());
        // SAFETY: as ICU calls them.
        unsafe {
            let of_nobody = allocate(ptr::null(), 100);
            assert_eq!(of_nobody.align_offset(16), 0);
            let header = of_nobody.cast::<Header>().sub(1);
            assert!((*header).owner.is_null());
            (*header).owner = own;
            tally.add(100 + HEADER);
            let block = reallocate(ptr::null(), of_nobody, 1_000);
            assert_eq!(tally.take_change(), 1_000 + HEADER as i64);
            assert_eq!(tally.take_change(), 0);
            free(ptr::null(), block);
            free(ptr::null(), ptr::null_mut());
        }
        assert_eq!(tally.take_change(), -(1_000 + HEADER as i64));
        assert_eq!(Arc::strong_count(&tally), 1);
    }
}
