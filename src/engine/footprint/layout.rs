//! Which parts of V8's `Isolate` a turn touches, by offset, in the build that `third_party/v8` holds.
//!
//! Found by tracing the memory accesses of `examples/ring` with two isolates and no CPU limits
//! (`valgrind --tool=lackey --trace-mem=yes`), between two calls of `SharedIsolate::lock`. With another V8 the
//! table is not used: a turn then waits for its memory piece by piece.

/// Lines of the isolate: its thread-local top, handle scope data, hot roots and builtins, the heap's head, and
/// pointers to its parts.
const LINES: [usize; 36] = [
    0x0, 0x40, 0x100, 0x140, 0x180, 0x1c0, 0x200, 0x240, 0x280, 0x2c0, 0x300, 0x340, 0x3c0, 0x440,
    0x2000, 0x2040, 0x2680, 0x5980, 0xae00, 0xfbc0, 0xfd40, 0x10380, 0x10740, 0x10780, 0x10880,
    0x108c0, 0x10900, 0x10a80, 0x10b80, 0x10c00, 0x119c0, 0x11a40, 0x11b40, 0x11bc0, 0x11c40,
    0x12bc0,
];

/// Where pointers to parts stand that were allocated by themselves, and the part's lines.
const PARTS: [(usize, &[usize]); 7] = [
    // What the crate `v8` keeps of the isolate.
    (0x2b0, &[0x70]),
    // The code of `JSEntry`, a tagged pointer.
    (0xae00, &[0]),
    // The stack that garbage collection scans.
    (0xfd58, &[0x40, 0x738]),
    // The thread manager.
    (0x108b8, &[0, 0x40]),
    // The stack of the regular expression engine, behind its static part.
    (0x10900, &[0x400, 0x428]),
    // The debugger.
    (0x11b68, &[0, 0x70, 0xb4, 0xe0]),
    // What V8 keeps of the threads that have entered the isolate.
    (0x11c50, &[0]),
];

/// The size of the isolate is no less than this, in bytes: what is read of it lies within.
const SIZE: usize = 0x12c00;
const _: () = {
    assert!(DISPATCH_TABLE + size_of::<usize>() <= SIZE);
    let mut i = 0;
    while i < PARTS.len() {
        assert!(PARTS[i].0 + size_of::<usize>() <= SIZE);
        i += 1;
    }
};

/// Where the pointer to the table stands that functions are called through.
const DISPATCH_TABLE: usize = 0x2d0;
/// Where a function has its handle in that table, and how the handle gives the entry.
const DISPATCH_HANDLE: usize = 0x18;
const DISPATCH_SHIFT: u32 = 8;
const DISPATCH_ENTRY: usize = 16;

/// The lines of the isolate at `address`.
pub(super) fn lines(address: usize) -> impl Iterator<Item = usize> {
    LINES.iter().map(move |offset| address + offset)
}

/// The lines of the parts of the isolate at `address`.
///
/// # Safety
/// `address` is a live isolate's, and its V8 is the known one.
pub(super) unsafe fn parts(address: usize) -> impl Iterator<Item = usize> {
    PARTS.iter().flat_map(move |(pointer, lines)| {
        // SAFETY: within the isolate, by the caller's word. What the pointer points to is not read.
        let part = unsafe { *((address + pointer) as *const usize) };
        lines.iter().map(move |line| part.wrapping_add(*line))
    })
}

/// The line of the entry through which the function at `function` is called.
///
/// # Safety
/// `isolate` is the address of a live isolate, `function` that of a function in its heap, and its V8 is the known one.
pub(super) unsafe fn dispatch_entry(isolate: usize, function: usize) -> usize {
    // SAFETY: within the isolate and within the function, by the caller's word. The table is not read.
    let (table, handle) = unsafe {
        (
            *((isolate + DISPATCH_TABLE) as *const usize),
            *((function + DISPATCH_HANDLE) as *const u32),
        )
    };
    table.wrapping_add((handle >> DISPATCH_SHIFT) as usize * DISPATCH_ENTRY)
}
