//! What an isolate asks of the world around it.

use std::sync::Arc;
use std::time::Duration;

use nano_proto::{AskError, IsolateId, Limits};
use tokio::sync::oneshot;

use super::{BlobEntry, Broadcasts, Call, Cancel, Notice, Outcome, WorkerStart};
use crate::error::RegisterError;
use crate::isolate::{Credit, Ticket};
use crate::loader::{LoadError, ModuleType, Source};
use nano_proto::CallId;

/// Another isolate, as this one reaches it.
pub trait Peer: Send + Sync {
    /// Its address.
    fn id(&self) -> IsolateId;
    /// Whose mailbox its messages go to: the same for all incarnations of a supervised isolate, so that
    /// messages to any of them keep one order.
    fn mailbox(&self) -> IsolateId {
        self.id()
    }
    /// Whether it has ended for good, so that nothing need be told to it any more.
    fn is_gone(&self) -> bool;
    /// Its limits, where they are known.
    fn limits(&self) -> Option<&Limits> {
        None
    }
    /// Sends a call, in the order of the calls of this function from one sender. `Err` gives the call
    /// back where the mailbox is full or the isolate has ended.
    fn send(&self, call: Box<Call>) -> Result<(), (Box<Call>, Refused)>;
    /// Sends a call for which a place was waited for.
    fn send_waited(&self, call: Box<Call>, place: Credit) -> Result<(), (Box<Call>, Refused)>;
    /// Asks to be sent a place for a call of `bytes` by `Event::Room` when a full mailbox has one again. Returns
    /// what names the request, unless the mailbox has closed.
    fn when_room(&self, waiter: Arc<dyn Peer>, bytes: u64) -> Option<Ticket>;
    /// The place that was asked for is for a call of `bytes` now, or for none any more. Without effect where it
    /// has been sent.
    fn change_wait(&self, ticket: Ticket, bytes: Option<u64>);
    /// Gives a place in `mailbox`, which was full; none where it has closed.
    fn room(&self, mailbox: IsolateId, place: Option<Credit>);
    /// Tells it of something that it holds.
    fn notify(&self, notice: Notice);
    /// Answers the isolate's request of this number.
    fn settle(&self, number: u64, outcome: Outcome);
    /// Takes back a call.
    fn cancel(&self, call: CallId, why: Cancel);
    /// Ends the isolate: at once, or when its running calls have ended.
    fn stop(&self, now: bool);
    /// Has `watcher` told once, when this isolate ends.
    fn watch(&self, watcher: Arc<dyn Peer>, number: u64);
    /// Ends both isolates when one of them ends otherwise than normally.
    fn link(&self, other: Arc<dyn Peer>);
    /// The other half of `link`: `other` ends with this isolate.
    fn linked(&self, other: Arc<dyn Peer>);
    /// Tells that `id` ended; see `Event::Exited`.
    fn exited(&self, watch: Option<u64>, id: IsolateId, reason: nano_proto::ExitReason);
}

/// Why a mailbox took no message.
#[derive(Debug)]
pub enum Refused {
    /// It is full.
    Full,
    /// The isolate has ended or takes no more messages.
    Closed(nano_proto::ExitReason),
}

/// How many modules are loaded at a time for one isolate.
pub const LOADS: usize = 16;

/// A module that is wanted.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct LoadRequest {
    /// Its URL.
    pub url: Arc<str>,
    /// The type that the import attributes ask for.
    pub kind: ModuleType,
}

/// A child that JavaScript wants.
pub struct SpawnRequest {
    /// The module's URL, resolved.
    pub url: String,
    /// The module's source, where the parent gave it.
    pub source: Option<Source>,
    /// The child's name for people.
    pub name: Option<String>,
    /// The child's limits; never wider than the parent's.
    pub limits: Limits,
    /// In what steps it sees time; never finer than its parent.
    pub clock_resolution: Duration,
    /// Whether the child is linked to its parent.
    pub linked: bool,
}

/// A `Worker` that JavaScript wants.
pub struct WorkerRequest {
    /// Its script's URL, resolved.
    pub url: String,
    /// Its limits; never wider than the parent's.
    pub limits: Limits,
    /// In what steps it sees time.
    pub clock_resolution: Duration,
    /// What it is told.
    pub start: WorkerStart,
}

/// Standard output or standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// The world around one isolate.
pub trait Host: Send {
    /// The isolate itself.
    fn myself(&self) -> &Arc<dyn Peer>;
    /// The isolate of this address, if it lives or how it ended is still known.
    fn find(&self, id: IsolateId) -> Option<Arc<dyn Peer>>;
    /// Starts a child; the answer comes as `Event::Settle` with the child's address as its value, or with
    /// the error of [`AskError::Unknown`] why it did not start. What is returned takes the start back: the child
    /// ends, if it has not started by then.
    fn spawn(&self, request: SpawnRequest, number: u64) -> oneshot::Sender<Cancel>;
    /// Starts a worker, which ends by itself once nothing is left to do.
    ///
    /// # Errors
    /// It was refused; its end of the channel has closed.
    fn start_worker(&self, request: WorkerRequest) -> Result<Arc<dyn Peer>, AskError>;
    /// The broadcast channels that the isolate may join.
    fn broadcasts(&self) -> &Arc<Broadcasts>;
    /// Gives `peer` a name.
    fn register(&self, name: &str, peer: &Arc<dyn Peer>) -> Result<(), RegisterError>;
    /// The isolate of this name.
    fn lookup(&self, name: &str) -> Option<Arc<dyn Peer>>;
    /// Resolves a module specifier.
    fn resolve(&self, specifier: &str, referrer: &str) -> Result<String, LoadError>;
    /// Loads a module: at once where it lies in memory, else by a later `Event::Loaded`.
    fn load(&self, request: LoadRequest) -> Option<Result<Source, LoadError>>;
    /// Nobody waits for this module any more: it need not come, though it may.
    fn forget_load(&self, request: &LoadRequest);
    /// Gives a Blob a URL, until it is revoked or the isolate ends; none where the system gives no random numbers.
    fn create_blob_url(&self, entry: BlobEntry) -> Option<String>;
    /// Takes the URL of a Blob away.
    fn revoke_blob_url(&self, url: &str);
    /// The Blob of this URL.
    fn find_blob_url(&self, url: &str) -> Option<BlobEntry>;
    /// Writes what `console` prints.
    fn write(&self, stream: Stream, text: &str);
    /// Whether the stream wants colour.
    fn color(&self, stream: Stream) -> bool;
    /// This thread will not come back from the isolate's turn: another takes its place.
    fn give_up_thread(&self);
    /// Ends the isolate in mid-turn.
    fn end(&self, reason: nano_proto::ExitReason);
    /// Tells people, in a line that names the isolate, what no program is told.
    fn complain(&self, what: &str);
    /// A message that nobody can be told about failed.
    fn dead_letter(&self, entry: &str, error: AskError);
}
