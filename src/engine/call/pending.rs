//! What is pending: calls whose handler has begun and that are not settled yet.

use std::time::{Duration, Instant};

use nano_proto::{CallId, Receipt};
use rustc_hash::FxHashMap;

use crate::engine::abandoned::{Abandoned, Observed};
use crate::engine::charge::is_heavy;
use crate::engine::cpu_clock::recent;
use crate::engine::deadlines::Deadlines;
use crate::exchange::Entry;

/// A call that has begun and is not settled. Its reply lies in the isolate's [`Owed`](crate::exchange::Owed).
pub(super) struct PendingCall {
    /// Whether somebody waits for the reply.
    pub awaited: bool,
    pub entry: Entry,
    pub began: Instant,
    /// When its caller gives up, or its wall time is used up.
    deadline: Option<Instant>,
    queued: Duration,
    pub cpu: Duration,
    operations: u64,
    /// Whether JavaScript has asked for its signal.
    pub observed: bool,
    /// Whether its caller wants a receipt, for which the heap is sampled meanwhile.
    pub metered: bool,
    peak_heap: u64,
    peak_buffers: u64,
}

impl PendingCall {
    pub(super) fn new(
        awaited: bool,
        entry: Entry,
        deadline: Option<Instant>,
        metered: Option<Instant>,
    ) -> Self {
        let began = recent();
        Self {
            awaited,
            entry,
            began,
            deadline,
            queued: metered.map_or(Duration::ZERO, |sent| began.saturating_duration_since(sent)),
            cpu: Duration::ZERO,
            operations: 0,
            observed: false,
            metered: metered.is_some(),
            peak_heap: 0,
            peak_buffers: 0,
        }
    }

    /// What the call cost; `running` is the CPU time of the task that settles it, if that is its own.
    pub(super) fn receipt(&self, running: Duration) -> Receipt {
        Receipt {
            cpu: self.cpu + running,
            wall: self.began.elapsed(),
            queued: self.queued,
            operations: self.operations,
            peak_buffer_bytes: self.peak_buffers,
            peak_heap_bytes: self.peak_heap,
        }
    }
}

/// Calls whose handler has begun and that are not settled yet.
#[derive(Default)]
pub(in crate::engine) struct Calls {
    pending: FxHashMap<CallId, PendingCall>,
    /// Of calls that wait for a promise.
    deadlines: Deadlines<CallId>,
    /// How many pending calls want a receipt.
    metered: usize,
    /// How many pending calls have used much CPU time.
    heavy: usize,
    pub(in crate::engine) abandoned: Abandoned,
    /// The last entry's name, so that a run of calls to one export makes its string once.
    pub(super) last_entry: Option<(Entry, v8::Global<v8::String>)>,
    /// The same for calls that this isolate makes.
    pub(super) last_sent: Option<(Entry, v8::Global<v8::String>)>,
    pub(super) then_key: Option<v8::Global<v8::String>>,
}

impl Calls {
    pub fn len(&self) -> usize {
        self.pending.len()
    }

    /// The name of the last entry that was called.
    pub(in crate::engine) fn last_key(&self) -> Option<&v8::Global<v8::String>> {
        self.last_entry.as_ref().map(|(_, key)| key)
    }

    pub(super) fn insert(&mut self, id: CallId, call: PendingCall) {
        self.metered += usize::from(call.metered);
        self.heavy += usize::from(is_heavy(call.cpu));
        self.pending.insert(id, call);
    }

    pub(super) fn remove(&mut self, id: CallId) -> Option<PendingCall> {
        let call = self.pending.remove(&id)?;
        self.metered -= usize::from(call.metered);
        self.heavy -= usize::from(is_heavy(call.cpu));
        Some(call)
    }

    /// The same for a call whose handler has returned, which may have been given up meanwhile.
    pub(super) fn remove_returned(&mut self, id: CallId) -> Option<PendingCall> {
        let call = self.remove(id);
        if call.is_none() {
            self.abandoned.note_returned(id);
        }
        call
    }

    pub(super) fn get(&self, id: CallId) -> Option<&PendingCall> {
        self.pending.get(&id)
    }

    /// When the caller of a call that runs gives up.
    pub fn deadline(&self, id: CallId) -> Option<Instant> {
        self.pending.get(&id)?.deadline
    }

    /// Whether a call was given up while its handler ran.
    pub fn is_abandoned(&self, id: CallId) -> bool {
        self.abandoned.contains(id)
    }

    /// Whether the CPU time that a call has used may be worth looking up.
    pub fn has_heavy(&self) -> bool {
        self.heavy > 0 || !self.abandoned.is_empty()
    }

    /// CPU time of a pending call, without the running task.
    pub fn used(&self, id: CallId) -> Option<Duration> {
        Some(self.pending.get(&id)?.cpu)
    }

    /// Has [`expire`](super::expire) see to the call's deadline, now that it waits for a promise.
    pub(super) fn watch_deadline(&mut self, id: CallId) {
        let Some(deadline) = self.deadline(id) else {
            return;
        };
        let waits = |id| self.pending.contains_key(&id);
        self.deadlines.push(deadline, id, self.pending.len(), waits);
    }

    /// When the first call that waits for a promise reaches its deadline.
    pub fn next_deadline(&mut self) -> Option<Instant> {
        self.deadlines.next(|id| self.pending.contains_key(&id))
    }

    pub(super) fn take_expired(&mut self, now: Instant) -> Option<CallId> {
        let waits = |id| self.pending.contains_key(&id);
        self.deadlines.take_expired(now, waits)
    }

    /// Whether somebody wants the heap's peak.
    pub fn is_metered(&self) -> bool {
        self.metered > 0
    }

    /// Notes what the isolate uses, in bytes, for the calls in progress.
    pub fn note_peaks(&mut self, heap: u64, buffers: u64) {
        for call in self.pending.values_mut().filter(|call| call.metered) {
            call.peak_heap = call.peak_heap.max(heap);
            call.peak_buffers = call.peak_buffers.max(buffers);
        }
    }

    /// Notes that a call has something done outside JavaScript.
    pub fn note_operation(&mut self, id: CallId) {
        if let Some(call) = self.pending.get_mut(&id) {
            call.operations += 1;
        }
    }

    /// What has become of a call; if it goes on, notes that JavaScript wants to know when it ends.
    pub fn observe(&mut self, id: CallId) -> Observed {
        match self.pending.get_mut(&id) {
            Some(call) => {
                call.observed = true;
                Observed::Pending
            }
            None => self.abandoned.observed(id),
        }
    }

    /// Charges what a task used to the call whose async context started it, if that is pending; returns what
    /// the call has used by now.
    pub fn charge(&mut self, id: CallId, cpu: Duration) -> Option<Duration> {
        let call = self.pending.get_mut(&id)?;
        let before = call.cpu;
        call.cpu += cpu;
        self.heavy += usize::from(is_heavy(call.cpu) && !is_heavy(before));
        Some(call.cpu)
    }
}
