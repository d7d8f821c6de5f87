//! V8's command-line flags: a startup snapshot is only valid under the flags it was made with, so
//! build script and runtime read them from here.

/// Flags for V8, set once a process, before V8 is initialized.
///
/// - `--single-threaded-gc`: a collection of one isolate takes no helper threads from its neighbours.
/// - `--no-memory-reducer`: no delayed task per isolate; idle isolates are trimmed by the runtime.
/// - `--stack-size`: JavaScript's native stack where an isolate's limits do not say otherwise, in KiB; see
///   `stack.rs`.
/// - `--wasm-max-mem-pages` is not among them: the first runtime of a process says, and the snapshot does not
///   depend on it; see `platform.rs`.
/// - `--no-concurrent-recompilation`, `--no-concurrent-sparkplug`: code that a background thread
///   finished between two turns is installed by an interrupt that the next lock throws away.
/// - `--js-immutable-arraybuffer`: one memory for many isolates, see `clone/immutable.rs`.
/// - `--js-staging` is left off: what V8 ships is what JavaScript sees, that one proposal aside.
pub const V8_FLAGS: &str = "--single-threaded-gc --no-memory-reducer --stack-size=960 \
  --no-concurrent-recompilation --no-concurrent-sparkplug --js-immutable-arraybuffer";
