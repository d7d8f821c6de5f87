//! Errors of the public API beside those of a message, which are [`nano_proto::AskError`].

use nano_proto::{ExitReason, IsolateId, LimitExceeded};

use crate::loader::LoadError;

/// Why an isolate could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpawnError {
    /// A ceiling of the runtime is reached; nothing was started.
    #[error("no isolate was started: {0}")]
    Refused(LimitExceeded),
    /// The runtime is shutting down.
    #[error("no isolate was started: the runtime is shutting down")]
    ShuttingDown,
    /// The supervisor that was to start it is stopping, and starts nothing more.
    #[error("no isolate was started: its supervisor is stopping")]
    SupervisorStopping,
    /// The module cannot be named or found.
    #[error("no isolate was started: {0}")]
    Module(LoadError),
    /// The isolate ended before its module had been evaluated.
    #[error("the isolate did not start: {0}")]
    Start(ExitReason),
    /// The name that it was to have is taken.
    #[error("no isolate was started: {0}")]
    Name(RegisterError),
    /// Another runtime of the process has set what V8 takes once.
    #[error(
        "WebAssembly memories of {wanted} pages: the first runtime of the process has set {holds}, and V8 takes \
         the number once; set the same in RuntimeBuilder::wasm_pages, or nothing"
    )]
    WasmPages {
        /// What this runtime was to have.
        wanted: u32,
        /// What holds in the process.
        holds: u32,
    },
    /// More threads were asked for than any machine has a use for.
    #[error("{wanted} threads: RuntimeBuilder::{setting} takes {most} at most")]
    TooManyThreads {
        /// The setting.
        setting: &'static str,
        /// What it was.
        wanted: usize,
        /// What it may be.
        most: usize,
    },
    /// The process may have too few addresses for V8, which reserves many more than it uses.
    #[error(
        "V8 cannot start within {allowed} bytes of addresses: raise the process's limit on them, RLIMIT_AS, to \
         {needed} bytes or more (`ulimit -v {}`), or lift it", .needed.div_ceil(1024)
    )]
    Addresses {
        /// How many bytes of addresses the process would have to be allowed, those that it has already included.
        needed: u64,
        /// How many it is allowed.
        allowed: u64,
    },
    /// The operating system gives no threads.
    #[error("no threads for the runtime: {0}")]
    Threads(String),
}

/// What a shutdown could not do in order.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShutdownError {
    /// Isolates that did not end in time were killed.
    #[error("{isolates} isolates did not end in time and were killed")]
    Killed {
        /// How many.
        isolates: usize,
    },
}

/// Handles of two runtimes met. An address names an isolate within its own runtime only: in the other one it may be
/// somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{id} belongs to another runtime: link and group isolates of one runtime")]
#[non_exhaustive]
pub struct OtherRuntime {
    /// The isolate that was refused.
    pub id: IsolateId,
}

/// Why a name was not given.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegisterError {
    /// Another isolate has the name.
    #[error("the name '{0}' is taken; the isolate that has it must end first")]
    Taken(String),
    /// The isolate has ended.
    #[error("'{0}' was not registered: the isolate has ended")]
    Ended(String),
    /// The name has too many bytes.
    #[error("the name has {0} bytes, and may have 1,024: choose a shorter one")]
    TooLong(usize),
    /// The isolate has as many names as one may have.
    #[error("'{0}' was not registered: the isolate has 1,000 names; spawn another one for more")]
    TooMany(String),
}

/// How long a name of an isolate may be, in bytes; as long as that of a handler.
pub(crate) const MAX_NAME_BYTES: usize = nano_proto::Envelope::MAX_ENTRY_BYTES;

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".into())
}
