//! Every limit of an isolate, with its default and unit.
//!
//! | field | default | unit | what happens when it is reached | [`LimitKind`] |
//! |---|---|---|---|---|
//! | `heap_bytes` | 128 MiB | bytes | the isolate stops | `Heap` |
//! | `buffer_bytes` | 128 MiB | bytes, ArrayBuffers of fixed length | the allocation throws `RangeError` | `Buffers` |
//! | `external_bytes` | 128 MiB | bytes that the isolate holds outside the heap; see below | the isolate stops | `Memory`, `Growth` |
//! | `reservations` | 1,000 | address ranges that wasm memories and resizable buffers reserve | the allocation throws `RangeError`; a wasm module too many ends the isolate | `Reservations` |
//! | `stack_bytes` | 960 KiB | bytes of native stack, 64 KiB to 3 MiB | JavaScript sees `RangeError` | `Stack` |
//! | `cpu_ms_per_turn` | 1,000 | ms of thread CPU time | the isolate stops | `Cpu` |
//! | `cpu_ms_per_call` | 1,000 | ms of thread CPU time, over all turns | the call fails; see below | `Cpu` |
//! | `wall_ms_per_call` | 30,000 | ms | the call fails, its abort signal fires | `Wall` |
//! | `mailbox` | 1,024 | messages; 0 means 1 | `ask` and `tell` wait, `try_tell` says so | `Mailbox` |
//! | `mailbox_bytes` | 128 MiB | bytes of the messages of 1 KiB and more that wait, together; one alone may have more | `ask` and `tell` wait, `try_tell` says so | `Mailbox` |
//! | `message_bytes` | 64 MiB | bytes, value and transfers together | the message is refused | `Message` |
//! | `pending_calls` | 10,000 | calls started and not yet answered | the call is refused | `PendingCalls` |
//! | `pending_operations` | 10,000 | operations in progress outside JavaScript: asks, watches, spawns | the operation is refused | `PendingOperations` |
//! | `pending_bytes` | 128 MiB | bytes of messages that wait for room in another's mailbox; of those that it sent through channels, and of those that wait for it there; and of replies that came and wait for it, each by itself | `ask`, `tell` and `postMessage` throw; the reply is refused | `PendingBytes` |
//! | `timers` | 10,000 | armed timers | `setTimeout` throws | `Timers` |
//! | `subrequests` | 1,000 | requests per call | `fetch` rejects | `Subrequests` |
//! | `buffered_body_bytes` | 64 MiB | bytes of bodies held in memory | reading rejects | `BufferedBody` |
//! | `isolates` | 1,000 | live isolates that descend from this one, in all generations | `spawn` is refused | `Descendants` |
//!
//! A call in the middle of which the isolate stops by such a limit gets the limit's error; the isolate's other
//! calls learn that it went away.
//!
//! ## Memory outside the heap
//!
//! What an isolate holds outside the heap is counted together: ArrayBuffers of fixed length, of which `buffer_bytes` is
//! the limit, resizable and growable buffers and WebAssembly memories, as many bytes of them as can be used,
//! what is behind `Intl` objects, and what V8 allocates for itself. So the isolate stops when these have more than
//! `buffer_bytes` and `external_bytes` allow **together**: 256 MiB by default, for resizable buffers alone where
//! there are no others. Garbage is collected before. The count is looked at every few milliseconds of a turn,
//! and behind one that was not short or changed it. A buffer or memory that is larger than all of that stops the
//! isolate before it can be filled. Shared memory counts once: for the isolate that made it, and when that
//! has ended, for another that has it still. The memory of a Blob is an ArrayBuffer of fixed length, of the isolate that
//! made it and of each other that has the Blob; it is not copied. So is the name of a BroadcastChannel.
//!
//! A full heap gets 1.125 GiB more to unwind in, once (V8 makes objects of 1 GiB), and all of them no more than half of
//! the memory that is left to the process; a function of V8's that fills that too ends there, and costs its thread. Its
//! last allocation may go past it.
//!
//! Some memory is not counted: what V8's libraries take for a moment or outside ICU, and code and tables
//! of WebAssembly. It is seen in the process alone: while one turn goes on, the process may grow by `heap_bytes`,
//! `buffer_bytes`, `external_bytes` and 128 MiB for the collector, together 512 MiB by default, as far as the
//! turn's thread can have done it. Then the isolate stops (`Growth`), and where the turn goes on to take 128 MiB more,
//! its thread is given up.
//!
//! ## CPU time of a call
//!
//! What a call uses is charged to it by its async context: its handler, every timer and reply that it waits for, and
//! what it goes on with behind an `await`, whoever's task wakes it. Found over its limit between two tasks, the call fails
//! alone: its caller gets the limit's error and its signal aborts. It may clean up; once it has used its limit
//! twice, all told, the isolate stops. The same holds for a call that was taken back or whose time ran out. Within
//! a turn only the isolate can be stopped: at `cpu_ms_per_turn`, at `cpu_ms_per_call`, and, for a call that has
//! used some of it before, when it exceeds that by a quarter. What goes on after a reply is the isolate's own and
//! bounded by turn, as is what V8 runs without a context (a queued request to an async generator, the callbacks of a
//! FinalizationRegistry). A builtin that does not look at terminations (`Array.from({ length: 2 ** 31 - 1 })`) overshoots
//! until it returns; others move to other threads meanwhile.
//!
//! The start, from loading the main module to the end of its last `await`, is charged as one call with all that runs
//! until then, timers and replies too. At `cpu_ms_per_call` the isolate stops.
//!
//! ## Isolates that isolates spawn
//!
//! An isolate that JavaScript spawns has these defaults too, or what its parent has where that is less, unless
//! the options of `spawn` say otherwise; they give no more than the parent has. So a script without limits
//! spawns isolates with limits.
//!
//! They live on when it ends, and count as its descendants all the same, unless they are linked to it.
//!
//! [`Limits::NONE`] (`u64::MAX`) in any field means *no limit*: one comparison serves both cases,
//! and no counter gets there.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

const MIB: u64 = 1 << 20;

macro_rules! limits {
    ($($(#[$doc:meta])* $field:ident / $with:ident = $default:expr;)*) => {
        /// What one isolate may use. The table above has defaults and units.
        ///
        /// ```
        /// use nano_proto::Limits;
        ///
        /// let limits = Limits::default().with_heap_bytes(32 << 20).with_cpu_ms_per_call(50);
        /// assert_eq!(limits.wall_ms_per_call, 30_000);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        #[non_exhaustive]
        pub struct Limits {
            $($(#[$doc])* pub $field: u64,)*
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl Limits {
            /// These limits, and where `other`'s is smaller, that one.
            #[must_use]
            pub fn capped_by(self, other: &Self) -> Self {
                Self { $($field: self.$field.min(other.$field),)* }
            }

            /// No limit at all.
            pub const NO_LIMITS: Self = Self { $($field: Self::NONE,)* };

            $(
                #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), ").")]
                #[must_use]
                pub const fn $with(mut self, limit: u64) -> Self {
                    self.$field = limit;
                    self
                }
            )*
        }
    };
}

limits! {
    /// JavaScript heap, in bytes.
    heap_bytes / with_heap_bytes = 128 * MIB;
    /// Contents of ArrayBuffers of fixed length, in bytes. Resizable ones count as external memory.
    buffer_bytes / with_buffer_bytes = 128 * MIB;
    /// What V8 may hold for the isolate outside the heap, in bytes, added to `buffer_bytes`, since V8 counts both
    /// together: resizable buffers, WebAssembly memories, its own allocations.
    external_bytes / with_external_bytes = 128 * MIB;
    /// Address ranges that are reserved, each by a WebAssembly memory, a WebAssembly module or a resizable buffer.
    /// Each takes two of the memory mappings that the kernel gives a process. Where they have more than 16 GiB on
    /// average, each 16 GiB count as one; one of 256 GiB or more is refused.
    reservations / with_reservations = 1_000;
    /// Native stack of JavaScript, in bytes; 64 KiB at least, and 3 MiB at most, as isolate threads have it.
    stack_bytes / with_stack_bytes = 960 * 1024;
    /// CPU time of one turn, in milliseconds.
    cpu_ms_per_turn / with_cpu_ms_per_turn = 1_000;
    /// CPU time charged to one call over all its turns, in milliseconds.
    cpu_ms_per_call / with_cpu_ms_per_call = 1_000;
    /// Time from a call's start to its reply, in milliseconds.
    wall_ms_per_call / with_wall_ms_per_call = 30_000;
    /// Messages that wait for the isolate.
    mailbox / with_mailbox = 1_024;
    /// Bytes of the messages that wait for the isolate, together. One that is larger finds room where no other waits.
    mailbox_bytes / with_mailbox_bytes = 128 * MIB;
    /// One message, value and transferred buffers together, in bytes.
    message_bytes / with_message_bytes = 64 * MIB;
    /// Calls started and not yet answered.
    pending_calls / with_pending_calls = 10_000;
    /// Operations in progress outside JavaScript: asks, watches, spawns.
    pending_operations / with_pending_operations = 10_000;
    /// Bytes of messages that wait for room in the mailboxes of others, and, counted by themselves, of replies that wait
    /// for the isolate.
    pending_bytes / with_pending_bytes = 128 * MIB;
    /// Armed timers.
    timers / with_timers = 10_000;
    /// Outgoing requests of one call.
    subrequests / with_subrequests = 1_000;
    /// Request and response bodies held in memory, in bytes.
    buffered_body_bytes / with_buffered_body_bytes = 64 * MIB;
    /// Live isolates that descend from this one: those that it has spawned, those that these have, and so on. They count
    /// after its end, too.
    isolates / with_isolates = 1_000;
}

impl Limits {
    /// In any field: no limit.
    pub const NONE: u64 = u64::MAX;

    /// Time from a call's start to its reply, where it has a limit.
    pub fn wall_per_call(&self) -> Option<Duration> {
        (self.wall_ms_per_call != Self::NONE).then(|| Duration::from_millis(self.wall_ms_per_call))
    }

    /// For a trusted root script: only the heap is limited, and its stack, which V8 must know.
    ///
    /// The mailbox keeps its bound too, since it is backpressure on the senders, not a limit on
    /// the script.
    pub fn unlimited_root() -> Self {
        let default = Self::default();
        Self::NO_LIMITS
            .with_heap_bytes(default.heap_bytes)
            .with_stack_bytes(default.stack_bytes)
            .with_mailbox(default.mailbox)
            .with_mailbox_bytes(default.mailbox_bytes)
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $code:literal, $name:literal, $unit:literal, $raise:literal;)*) => {
        /// Which limit was reached.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum LimitKind {
            $($(#[$doc])* $kind,)*
        }

        impl LimitKind {
            /// Every kind there is.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// What raises it: the field of [`Limits`], the option of `spawn` in JavaScript, the flag of the
            /// command line, as far as there is one.
            pub const fn raise_with(self) -> &'static str {
                match self { $(Self::$kind => $raise,)* }
            }

            /// The unit of the figures, empty for plain numbers.
            pub const fn unit(self) -> &'static str {
                match self { $(Self::$kind => $unit,)* }
            }

            /// The number on the wire: never reused.
            pub(crate) const fn code(self) -> u32 {
                match self { $(Self::$kind => $code,)* }
            }

            pub(crate) const fn from_code(code: u32) -> Option<Self> {
                match code { $($code => Some(Self::$kind),)* _ => None }
            }
        }

        impl fmt::Display for LimitKind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$kind => $name,)* })
            }
        }
    };
}

// 15 was one WebAssembly memory, of which V8 has a ceiling for the process only.
kinds! {
    /// JavaScript heap.
    Heap = 1, "heap", "bytes", "Limits::heap_bytes, spawn's heapBytes or --heap";
    /// ArrayBuffer contents.
    Buffers = 2, "array buffers", "bytes", "Limits::buffer_bytes or spawn's bufferBytes";
    /// CPU time of a turn or a call.
    Cpu = 3, "CPU time", "ms", "Limits::cpu_ms_per_call and Limits::cpu_ms_per_turn, spawn's cpuMs and cpuTurnMs, or --cpu";
    /// Wall time of a call.
    Wall = 4, "wall time", "ms", "Limits::wall_ms_per_call or spawn's wallMs";
    /// Waiting messages.
    Mailbox = 5, "mailbox", "messages", "Limits::mailbox and Limits::mailbox_bytes, or spawn's mailbox and mailboxBytes";
    /// Size of one message.
    Message = 6, "message size", "bytes", "Limits::message_bytes or spawn's messageBytes";
    /// Calls in progress.
    PendingCalls = 7, "pending calls", "", "Limits::pending_calls or spawn's pendingCalls";
    /// Operations in progress.
    PendingOperations = 8, "pending operations", "", "Limits::pending_operations or spawn's pendingOperations";
    /// Messages that wait for room with others, or replies that wait for the isolate.
    PendingBytes = 20, "messages in transit", "bytes", "Limits::pending_bytes or spawn's pendingBytes";
    /// Armed timers.
    Timers = 9, "timers", "", "Limits::timers or spawn's timers";
    /// Requests of one call.
    Subrequests = 10, "subrequests", "", "Limits::subrequests";
    /// Bodies held in memory.
    BufferedBody = 11, "buffered bodies", "bytes", "Limits::buffered_body_bytes or spawn's bodyBytes";
    /// Memory that V8 holds outside the heap.
    Memory = 12, "external memory", "bytes", "Limits::external_bytes or spawn's externalBytes";
    /// Memory by which the process has grown during one turn.
    Growth = 21, "memory of a turn", "bytes", "Limits::external_bytes or spawn's externalBytes";
    /// Live isolates of the whole process.
    Isolates = 13, "isolates", "", "RuntimeBuilder::max_isolates";
    /// Living descendants of one isolate.
    Descendants = 22, "descendants", "", "Limits::isolates or spawn's isolates";
    /// Threads of the process that are in long turns, all at once.
    Threads = 30, "threads in long turns", "", "RuntimeBuilder::spare_threads";
    /// Memory of the machine, or of the process's control group, whoever uses it: what is left is for isolates that
    /// live.
    Room = 24, "memory for isolates", "bytes", "more memory for the process, or fewer isolates";
    /// Memory mappings of the process, of those that the kernel gives it.
    Mappings = 16, "memory mappings of the process", "", "sysctl vm.max_map_count";
    /// Addresses that are reserved in the process, of those that the processor gives it; or all that it has, of those
    /// that its own limit gives it.
    Addresses = 19, "reserved addresses of the process", "bytes", "ulimit -v where that is set, or more processes";
    /// Address ranges that an isolate has reserved.
    Reservations = 17, "reserved address ranges", "", "Limits::reservations or spawn's reservations";
    /// Memory of isolates whose thread was given up.
    LostMemory = 18, "memory of lost threads", "bytes", "RuntimeBuilder::max_lost_bytes";
    /// Native stack.
    Stack = 14, "stack", "bytes", "Limits::stack_bytes or spawn's stackBytes";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_code_and_a_way_out() {
        let fields = serde_json::to_value(Limits::default()).unwrap();
        for (i, kind) in LimitKind::ALL.iter().enumerate() {
            assert_eq!(LimitKind::from_code(kind.code()), Some(*kind));
            assert!(
                LimitKind::ALL[..i]
                    .iter()
                    .all(|other| other.code() != kind.code())
            );
        }
        assert_eq!(LimitKind::from_code(0), None);
        let mut named = 0;
        for kind in LimitKind::ALL {
            let way_out = kind.raise_with();
            for part in way_out.split("Limits::").skip(1) {
                let end = part.find(|c: char| !c.is_ascii_lowercase() && c != '_');
                let field = &part[..end.unwrap_or(part.len())];
                assert!(fields.get(field).is_some(), "{field} in {way_out:?}");
                named += 1;
            }
        }
        // Lost memory, threads and all isolates are counted in the process alone; mappings, addresses and the machine's
        // memory are the kernel's; CPU time and mailboxes count in two ways.
        assert_eq!(named, LimitKind::ALL.len() - 6 + 2);
    }

    #[test]
    fn a_root_keeps_heap_stack_and_mailbox() {
        let root = Limits::unlimited_root();
        assert_eq!(root.heap_bytes, 128 << 20);
        assert_eq!(root.cpu_ms_per_call, Limits::NONE);
        assert_eq!(root.mailbox, 1_024);
    }

    #[test]
    fn a_cap_takes_the_smaller_limit_of_each_kind() {
        let parent = Limits::NO_LIMITS.with_timers(3).with_heap_bytes(1 << 40);
        let child = Limits::default().capped_by(&parent);
        assert_eq!(child, Limits::default().with_timers(3));
    }

    #[test]
    fn limits_travel_as_values() {
        let limits = Limits::unlimited_root().with_timers(3);
        let value = crate::to_value(&limits).unwrap();
        assert_eq!(crate::from_value::<Limits>(&value).unwrap(), limits);
        let partial: Limits = serde_json::from_str(r#"{"timers": 5}"#).unwrap();
        assert_eq!(partial, Limits::default().with_timers(5));
    }
}
