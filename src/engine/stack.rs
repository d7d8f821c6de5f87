//! The native stack that an isolate's JavaScript may use.
//!
//! V8 counts from the base of the thread's stack, by a flag of the process, each time an isolate is locked on
//! a thread for the first time. The limit is an address, so one for another size is set after the lock, on
//! each thread anew.

use std::ffi::c_void;

/// What V8 gives by its flag, in bytes.
const BY_FLAG: u64 = 960 << 10;
/// Stack that V8 needs for itself; below this no handler would begin.
const LEAST: u64 = 64 << 10;
/// What native code may use past the limit, since V8 looks at it in JavaScript only.
const RESERVE: u64 = 1 << 20;

/// The stack of an isolate thread, in bytes.
pub(super) const OF_THREADS: usize = 4 << 20;

#[cfg(not(windows))]
unsafe extern "C" {
    // The crate has no binding for it. A library without the symbol does not link.
    #[link_name = "_ZN2v87Isolate13SetStackLimitEm"]
    fn set_stack_limit(isolate: *mut c_void, limit: usize);
}

/// Gives the locked isolate `bytes` of this thread's stack.
pub(super) fn limit(isolate: &mut v8::Isolate, bytes: u64) {
    if bytes == BY_FLAG {
        return;
    }
    let bytes = bytes.clamp(LEAST, OF_THREADS as u64 - RESERVE) as usize;
    let here = std::ptr::from_ref(&bytes) as usize;
    #[cfg(not(windows))]
    // SAFETY: a transparent wrapper of one pointer, to the isolate whose lock this thread holds. The limit lies
    // below this frame and, by the clamp, above the end of the stack of an isolate thread, which
    // `spawn_thread` made; no other thread runs turns.
    unsafe {
        let raw = std::mem::transmute::<v8::UnsafeRawIsolatePtr, *mut c_void>(
            isolate.as_raw_isolate_ptr(),
        );
        set_stack_limit(raw, here - bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::super::flags::V8_FLAGS;
    use super::*;

    #[test]
    fn the_flag_is_the_default_limit() {
        assert!(V8_FLAGS.contains(&format!("--stack-size={} ", BY_FLAG >> 10)));
        assert_eq!(nano_proto::Limits::default().stack_bytes, BY_FLAG);
    }
}
