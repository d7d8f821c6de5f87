//! What an isolate's engine and the world around it say to each other: plain data and two traits, with
//! no V8 and no threads in them. The engine sees nothing of actors; actors see nothing of V8.
//!
//! Start at [`Event`]: everything that happens to an isolate is one.

mod answer;
mod asked;
mod blob_url;
mod broadcast;
mod call;
mod channel;
mod ended;
mod event;
mod host;
mod owed;
mod ports;
mod slot;
mod stage;

pub use answer::{Answer, answer};
pub use asked::Asked;
pub use blob_url::{BlobEntry, BlobPart};
pub use broadcast::{Broadcasts, Member, weight_of_member};
pub use call::{Call, Entry, Outcome, Replied, Reply, ReplyTo, weight};
pub use channel::{PortEnd, received};
pub use ended::Ended;
pub use event::{Cancel, Event, Loaded, Start, WorkerStart};
pub use host::{Host, LOADS, LoadRequest, Peer, Refused, SpawnRequest, Stream, WorkerRequest};
pub use owed::{Left, Owed, Ready};
pub use ports::Ports;
pub use slot::{Content, Notice};
pub use stage::Stage;
