//! An actor runtime for JavaScript: every V8 isolate is an actor with a mailbox; thousands of them share
//! one process and a handful of threads, and nothing is shared between them but messages.

mod blocking;
mod engine;
mod error;
mod exchange;
mod isolate;
mod loader;
mod machine;
mod report;
mod runtime;
mod schedule;
mod supervise;
mod sync;
mod web;

pub use error::{OtherRuntime, RegisterError, ShutdownError, SpawnError};
pub use isolate::{ActorRef, Ask, AskRaw, Tell, actor_value};
pub use loader::{
    Fetched, FileLoader, LoadError, Loader, MemoryLoader, ModuleType, Source, resolve_url,
};
pub use machine::total_memory;
pub use nano_proto as proto;
pub use nano_proto::{
    AskError, ExitReason, IsolateId, JsError, LimitExceeded, LimitKind, Limits, MayHaveRun,
    Receipt, SharedBytes, Stats, Value, from_value, to_value,
};
pub use report::Report;
pub use runtime::{
    ActorSpec, Output, ProcessOutput, Runtime, RuntimeBuilder, RuntimeStats, wants_color,
    write_whole,
};
pub use supervise::{
    Backoff, Broadcast, ChildSpec, Group, Restart, Strategy, Supervisor, SupervisorBuilder,
};
