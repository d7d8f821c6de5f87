//! The memory mappings of the process, of which the kernel gives it only so many, and who holds them.
//!
//! Without one to be had, V8 takes the process down wherever it is. Each WebAssembly memory, WebAssembly module
//! and resizable buffer takes two, however little of it is used, and V8 asks its embedder for none of them; so
//! the functions by which it asks the system are counted here instead (`interpose.rs`). An isolate is refused
//! more address ranges than its limit allows, and before the process runs out, the isolate that holds most ends.
//! What is opened of such a range counts as memory of the isolate's.

mod census;
mod holding;
mod interpose;
mod ranges;
mod shortage;

pub(super) use census::{bequeath, hand_over, lend, works};
pub(super) use holding::Holding;
pub(super) use interpose::install;
pub use shortage::{Census, Room, check_lost_mappings, room_for_isolate, room_for_spare, shortage};
