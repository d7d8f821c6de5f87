//! Names, groups and supervision: who is found by which name, and who is started again when it
//! ends.
//!
//! Start at [`Supervisor`]; its actor is in `supervisor_actor.rs`, what it does when children end in `restarting.rs`,
//! by the rules of `strategy.rs`, `restart.rs` and `round.rs`.

mod child;
mod child_spec;
mod group;
mod registry;
mod restart;
mod restarting;
mod round;
mod stopping;
mod strategy;
mod supervisor;
mod supervisor_actor;

pub use child_spec::ChildSpec;
pub(crate) use group::Groups;
pub use group::{Broadcast, Group};
pub(crate) use registry::Registry;
pub use restart::{Backoff, Restart};
pub use strategy::Strategy;
pub use supervisor::{Supervisor, SupervisorBuilder};
