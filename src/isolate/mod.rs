//! An isolate as an actor: from mailbox to turn, with no V8 types. Start at [`Cell`].

mod actor_ref;
mod address_value;
mod ask;
mod body;
mod brood;
mod cancelled;
mod cell;
mod control_actor;
mod credit;
mod ending;
pub mod inbox;
mod lineage;
mod peer;
mod queue;

pub use actor_ref::ActorRef;
pub use address_value::actor_value;
pub(crate) use ask::try_tell;
pub use ask::{Ask, AskRaw, Tell};
pub(crate) use body::Body;
pub(crate) use brood::{Brood, Place};
pub(crate) use cell::{Cell, not_running};
pub(crate) use control_actor::ControlActor;
pub(crate) use credit::Credits;
pub use credit::{Credit, Ticket};
pub(crate) use ending::Ending;
pub(crate) use lineage::{Family, Lineage};
