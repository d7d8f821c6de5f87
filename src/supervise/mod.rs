//! Names, groups and supervision: who is found by which name, and who is started again when it
//! ends.
//!
//! Start at [`Supervisor`]; what it does is in `supervisor_actor.rs`, and when a child is restarted is decided in
//! `restart.rs`.

mod child_spec;
mod group;
mod registry;
mod restart;
mod supervisor;
mod supervisor_actor;

pub use child_spec::ChildSpec;
pub(crate) use group::Groups;
pub use group::{Broadcast, Group};
pub(crate) use registry::Registry;
pub use restart::{Backoff, Restart};
pub use supervisor::{Supervisor, SupervisorBuilder};
