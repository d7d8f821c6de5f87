//! V8's command-line flags: a startup snapshot is only valid under the flags it was made with, so
//! build script and runtime read them from here.

/// Flags for V8, set once a process, before V8 is initialized.
///
/// - `--single-threaded-gc`: a collection of one isolate takes no helper threads from its neighbours.
/// - `--no-memory-reducer`: no delayed task per isolate; idle isolates are trimmed by the runtime.
/// - `--stack-size`: the only stack limit that survives a change of thread, in KiB.
/// - `--wasm-max-mem-pages`: WebAssembly memory is not seen by any allocator hook, so its ceiling is
///   process-wide, in pages of 64 KiB.
/// - `--no-concurrent-recompilation`, `--no-concurrent-sparkplug`: code that a background thread
///   finished between two turns is installed by an interrupt that the next lock throws away.
/// - `--js-immutable-arraybuffer`: one memory for many isolates, see `clone/immutable.rs`.
/// - `--js-staging` is left off: what V8 ships is what JavaScript sees, that one proposal aside.
pub const V8_FLAGS: &str = "--single-threaded-gc --no-memory-reducer --stack-size=984 \
  --wasm-max-mem-pages=16384 --no-concurrent-recompilation --no-concurrent-sparkplug \
  --js-immutable-arraybuffer";
