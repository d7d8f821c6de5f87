//! Where the snapshot keeps what the engine takes out of it: positions of the context data.

/// The object whose properties are the native functions.
pub const CONTEXT_OPS: usize = 0;
/// The intrinsics as they were before any user code ran.
pub const CONTEXT_PRIMORDIALS: usize = 1;
