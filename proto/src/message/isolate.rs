//! The conversation with an isolate: an ask, what it cost, and how the isolate is doing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::address::{Address, CallId};
use crate::envelope::TraceContext;
use crate::value::Value;

/// A call of an exported function, on its way to an isolate.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Which call; a `tell` has one too, for traces.
    pub call: CallId,
    /// The exported name.
    pub entry: Arc<str>,
    /// The argument.
    pub value: Value,
    /// Who asks, where that is an isolate or a port.
    pub from: Option<Address>,
    /// When the caller gives up; travels on to whatever the handler asks in turn.
    pub deadline: Option<Instant>,
    /// The trace that the call belongs to.
    pub trace: Option<Arc<TraceContext>>,
}

impl Ask {
    /// A call of `entry` with `value`, from nobody, without a deadline.
    pub fn new(call: CallId, entry: impl Into<Arc<str>>, value: Value) -> Self {
        Self {
            call,
            entry: entry.into(),
            value,
            from: None,
            deadline: None,
            trace: None,
        }
    }

    /// The time left until the deadline at `now`; zero when it has passed.
    pub fn remaining(&self, now: Instant) -> Option<Duration> {
        self.deadline
            .map(|deadline| deadline.saturating_duration_since(now))
    }
}

/// What a call cost.
///
/// CPU time and operations are charged to the call alone; the peaks are the whole isolate's while
/// the call was in progress, since calls share one heap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Receipt {
    /// Thread CPU time of what ran in the call's async context, each piece to within 50 µs.
    pub cpu: Duration,
    /// From delivery to settlement.
    pub wall: Duration,
    /// In the mailbox before that.
    pub queued: Duration,
    /// Operations that the call started outside JavaScript.
    pub operations: u64,
    /// The isolate's highest heap use meanwhile, in bytes, garbage that was not yet collected included. It is
    /// looked at where a collection begins and at the end of each task, and only grows between: what
    /// is missed are bytes that V8 frees without a collection.
    pub peak_heap_bytes: u64,
    /// Its highest use by ArrayBuffers and WebAssembly memories meanwhile, in bytes: of resizable, growable and
    /// shared ones as many as can be used. Exact.
    pub peak_buffer_bytes: u64,
}

/// How an isolate is doing.
///
/// What a turn changes is written at the turn's end, so that an isolate in a long turn shows what was so
/// before it. Of an isolate that has ended the sums and the last sample of its memory stay, and nothing is
/// in progress.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stats {
    /// JavaScript heap in use when it was last sampled, garbage that is not yet collected included, in bytes.
    pub heap_used_bytes: u64,
    /// Its limit as V8 was given it, in bytes.
    pub heap_limit_bytes: u64,
    /// Contents of ArrayBuffers of fixed length, in bytes; those that another isolate adopted count here
    /// until they are freed.
    pub buffer_bytes: u64,
    /// What V8 holds outside the heap, in bytes, when last sampled: all ArrayBuffers, WebAssembly memories,
    /// and its own allocations.
    pub external_bytes: u64,
    /// Thread CPU time of all its turns.
    pub cpu: Duration,
    /// Turns taken; to read these figures takes one.
    pub turns: u64,
    /// Places taken in its mailbox: messages that wait for their handler to begin.
    pub mailbox_depth: u64,
    /// Messages taken from the mailbox.
    pub messages_in: u64,
    /// Messages that it has put into mailboxes of others, or its own.
    pub messages_out: u64,
    /// Calls started and not yet answered.
    pub pending_calls: u64,
    /// What others do for it and has not come back: asks, spawns, watches, modules that load.
    pub pending_operations: u64,
    /// Armed timers.
    pub timers: u64,
    /// Times that it moved to another thread.
    pub migrations: u64,
    /// Times that its supervisor restarted it.
    pub restarts: u64,
    /// Age of this incarnation; its age at its end once it has ended.
    pub uptime: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remaining_time_never_goes_below_zero() {
        let now = Instant::now();
        let mut ask = Ask::new(CallId(1), "f", Value::undefined());
        assert_eq!(ask.remaining(now), None);
        ask.deadline = Some(now);
        assert_eq!(
            ask.remaining(now + Duration::from_secs(1)),
            Some(Duration::ZERO)
        );
    }

    #[test]
    fn statistics_travel_as_values() {
        let stats = Stats {
            turns: 3,
            cpu: Duration::from_millis(5),
            ..Stats::default()
        };
        let value = crate::to_value(&stats).unwrap();
        assert_eq!(crate::from_value::<Stats>(&value).unwrap(), stats);
    }
}
