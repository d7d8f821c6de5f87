//! Everything that can happen to an isolate, as one queue carries it.

use std::sync::Arc;
use std::time::Duration;

use nano_proto::{CallId, ExitReason, IsolateId};
use tokio::sync::watch;

use super::{BlobEntry, Call, Notice, Outcome, PortEnd, Ready};
use crate::engine::V8Task;
use crate::isolate::Credit;
use crate::loader::{LoadError, ModuleType, Source};

/// The first thing an isolate is told: which module it is.
pub struct Start {
    /// The module's URL, as `import.meta.url` shows it.
    pub url: String,
    /// The module's source, where it is known already.
    pub source: Option<Source>,
    /// What the module finds as `import.meta.args`.
    pub args: Vec<String>,
    /// Whether the isolate ends by itself once nothing is left to do, as a script does.
    pub ends_when_quiescent: bool,
    /// Told when the module has been evaluated, or why it never will be.
    pub ready: Ready,
    /// What it is besides, if it is a worker.
    pub worker: Option<Box<WorkerStart>>,
}

/// What an isolate is told that is a `Worker` of another.
pub struct WorkerStart {
    /// Its end of the channel between the two.
    pub port: PortEnd,
    /// The name that it was given.
    pub name: String,
    /// Whether its source is a script, not a module.
    pub classic: bool,
    /// What its URL stood for when it was made, if that is of a Blob.
    pub script: Option<BlobEntry>,
}

/// A module's source that was asked for.
pub struct Loaded {
    /// The URL that was asked for.
    pub url: Arc<str>,
    /// The type it was asked as.
    pub kind: ModuleType,
    /// What came.
    pub result: Result<Source, LoadError>,
}

/// Why a call is no longer wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancel {
    /// The caller dropped its future or aborted its signal.
    Dropped,
    /// Its deadline passed.
    Deadline,
}

/// What happens to an isolate.
pub enum Event {
    /// It is to become this module.
    Start(Box<Start>),
    /// A message.
    Call(Box<Call>),
    /// The answer to the isolate's own request of this number.
    Settle(u64, Outcome),
    /// A call is no longer wanted.
    Cancel(CallId, Cancel),
    /// A module's source has come.
    Loaded(Box<Loaded>),
    /// A timer is due.
    Alarm,
    /// V8 wants a task run.
    Task(V8Task, Duration),
    /// A watched or linked isolate ended.
    Exited {
        /// The number of the watch; `None` for a link.
        watch: Option<u64>,
        /// Who ended.
        id: IsolateId,
        /// Why.
        reason: ExitReason,
    },
    /// A place in a mailbox that was full, for this isolate's outbox; none where it has closed.
    Room(IsolateId, Option<Credit>),
    /// Take no more messages; end when the calls that run have ended.
    Drain,
    /// Something for what the isolate holds, or itself.
    Notice(Notice),
    /// Read the heap's figures into the control block's, then drop this, which tells those who wait.
    Sample(watch::Sender<()>),
}
