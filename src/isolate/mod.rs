//! An isolate as an actor: from mailbox to turn, with no V8 types. Start at [`Cell`].

mod actor_ref;
mod ask;
mod body;
mod cell;
mod control_actor;
mod credit;
mod ending;
pub mod inbox;
mod lineage;
mod queue;
mod address_value;

pub use actor_ref::ActorRef;
pub use ask::{Ask, AskRaw, Tell};
pub(crate) use body::Body;
pub(crate) use cell::{Cell, not_running};
pub(crate) use control_actor::ControlActor;
pub use address_value::actor_value;
pub use credit::Credit;
pub(crate) use credit::Credits;
pub(crate) use ending::Ending;
pub(crate) use lineage::{Family, Lineage};
