//! The only room with V8's types and with `unsafe`: one isolate, its turns and its limits.
//!
//! Outside there are ids, bytes and events. Start at [`Vm`] (an isolate and what belongs to it) and
//! at `turn.rs` (what happens to it while a thread holds its lock). No lock is ever held across an
//! `.await`, and nothing here waits for anything.

mod abandoned;
mod ask;
mod blocks;
mod budget;
mod buffer;
mod buffer_flags;
mod call;
mod charge;
mod clone;
mod codecs;
mod control;
mod cpu_clock;
mod deadlines;
mod decoders;
mod describe;
mod error;
mod explain;
mod fatal;
mod files;
mod flags;
mod footprint;
mod heap;
mod icu;
mod in_turn;
mod known_v8;
#[cfg(feature = "live-js")]
mod live_files;
mod mappings;
mod module;
mod nudge;
mod op_table;
mod ops;
mod os_thread;
mod peak;
mod platform;
mod port;
mod reactions;
mod refusals;
mod rejection;
mod rest;
#[cfg(unix)]
mod signal;
mod snapshot;
mod source_line;
mod spawn;
mod stack;
mod state;
mod target;
mod task;
mod text;
mod threads;
mod timer;
mod turn;
mod uncaught;
mod utf8;
mod vm;
mod webassembly;

pub use blocks::release as release_blocks;
pub(crate) use call::next_id as next_call_id;
pub use control::{CLOCK_RESOLUTION, Control};
pub use cpu_clock::{CpuClock, recent, thread_cpu};
pub use mappings::{Census, Room, check_lost_mappings, room_for_isolate, room_for_spare, shortage};
pub use nudge::{hold_lost_threads, nudge, slow_down};
pub use os_thread::OsThread;
pub use platform::{TaskSink, V8Task, check_addresses, set_wasm_pages};
pub use threads::{Starts, spawn_thread, spawn_thread_or, start_v8, threads_are_short};
pub use turn::TurnEnd;
pub use vm::Vm;
