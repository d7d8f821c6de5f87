//! What an isolate's engine and the world around it say to each other: plain data and two traits, with
//! no V8 and no threads in them. The engine sees nothing of actors; actors see nothing of V8.
//!
//! Start at [`Event`]: everything that happens to an isolate is one.

mod answer;
mod asked;
mod blob_url;
mod call;
mod ended;
mod event;
mod host;
mod owed;
mod stage;

pub use answer::{Answer, answer};
pub use asked::Asked;
pub use blob_url::{BlobEntry, BlobPart};
pub use call::{Call, Entry, Outcome, Replied, Reply, ReplyTo, weight};
pub use ended::Ended;
pub use event::{Cancel, Event, Loaded, Start};
pub use host::{Host, LOADS, LoadRequest, Peer, Refused, SpawnRequest, Stream};
pub use owed::{Left, Owed, Ready};
pub use stage::Stage;
