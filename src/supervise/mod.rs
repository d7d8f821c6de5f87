//! Names, groups and supervision: who is found by which name, and who is started again when it
//! ends.
//!
//! Start at [`Supervisor`]; when a child is restarted is decided in `restart.rs`.

mod group;
mod registry;
mod restart;
mod supervisor;

pub(crate) use group::Groups;
pub use group::{Broadcast, Group};
pub(crate) use registry::Registry;
pub use restart::{Backoff, Restart};
pub use supervisor::{ChildSpec, Supervisor, SupervisorBuilder};
