//! What other threads may do to an isolate at any time: stop it, and read its figures.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use nano_proto::{CallId, ExitReason, LimitExceeded, LimitKind, Limits};

use super::budget::BufferBudget;
use super::charge::Spent;
use super::footprint::Footprint;
use super::mappings::{Holding, Room};
use super::peak::HeapPeak;
use super::rest::{Rest, rest};
use super::task::Charged;
use super::{heap, icu};
use crate::exchange::{Asked, Owed, Ports};

/// The step in which scripts see time where nothing else is said: hr-time's for isolated contexts.
pub const CLOCK_RESOLUTION: Duration = Duration::from_micros(5);

/// A change of memory outside the heap that is worth a look, in bytes.
const MOVED: u64 = 1 << 20;

/// Shared between an isolate's turns and everybody who watches them.
///
/// A request to stop is a flag of ours, checked at the start of every turn and by every op, since V8
/// forgets a termination that is posted between two turns. Once set it stays set: the isolate never
/// runs again, so a termination that arrives late can hit nothing else.
pub struct Control {
    stopped: AtomicBool,
    stop: Mutex<Option<Stop>>,
    in_grace: AtomicBool,
    /// Whether V8's part of it is no more.
    gone: AtomicBool,
    /// What it may take in its grace, in bytes.
    promised: AtomicU64,
    /// Whether its turn may stand still outside JavaScript, and uses no processor.
    stands: AtomicBool,
    /// Whether its turn waits for its grace.
    awaits_grace: AtomicBool,
    address: AtomicUsize,
    handle: OnceLock<v8::IsolateHandle>,
    limits: OnceLock<Limits>,
    clock_resolution_ns: AtomicU64,
    /// The call whose task runs.
    pub(super) charged: Charged,
    /// What the call whose task runs had used before, in milliseconds, and what it may have used in the end;
    /// 0 where that is its limit and nothing.
    spent_ms: AtomicI64,
    spent_allowed_ms: AtomicU64,
    /// The peak of its heap.
    pub(super) peak: HeapPeak,
    /// Whom it owes an answer.
    pub owed: Owed,
    /// What it has asked of others.
    pub asked: Asked,
    /// What it holds that messages come to.
    pub ports: Ports,
    /// Whether its turn is to rest.
    pub(super) rest: Rest,
    /// Whether its turn is to look at its memory.
    probed: AtomicBool,
    /// What its turns touch.
    pub footprint: Footprint,
    /// Its ArrayBuffers.
    pub buffers: Arc<BufferBudget>,
    /// Its memory of ICU's.
    pub(super) icu: Arc<icu::Tally>,
    /// Its part of the process's mappings.
    pub(super) holding: Holding,
    /// The room that was promised for what V8 reserves when it makes the isolate.
    room: Mutex<Option<Room>>,
    /// Bytes outside the heap when somebody last looked.
    looked_outside: AtomicU64,
    /// Bytes of replies that wait for it.
    replies: AtomicU64,
    /// Ends it as [`stop`](Self::stop) does, and wakes it for that.
    ender: OnceLock<Ender>,
    /// Figures for statistics.
    pub figures: Figures,
}

/// Why an isolate was told to stop.
#[derive(Clone)]
struct Stop {
    reason: ExitReason,
    /// The call whose task reached a limit.
    culprit: Option<(CallId, LimitExceeded)>,
}

/// How somebody who has the control block alone ends its isolate.
type Ender = Box<dyn Fn(ExitReason) + Send + Sync>;

/// Counters that a turn writes and anyone may read.
#[derive(Default)]
pub struct Figures {
    /// Turns run.
    pub turns: AtomicU64,
    /// CPU time of all turns, in nanoseconds.
    pub cpu_ns: AtomicU64,
    /// Bytes of the JavaScript heap in use when the last turn sampled them.
    pub heap_used: AtomicU64,
    /// Bytes of memory outside the heap that V8 knows of, when last sampled.
    pub external: AtomicU64,
    /// Messages taken from the mailbox.
    pub received: AtomicU64,
    /// Messages put into mailboxes of others.
    pub sent: AtomicU64,
    /// Calls that have begun and are not answered.
    pub pending_calls: AtomicU64,
    /// What others do for the isolate and has not come back.
    pub pending_operations: AtomicU64,
    /// Armed timers.
    pub timers: AtomicU64,
    /// Changes of thread.
    pub migrations: AtomicU64,
}

impl Figures {
    /// A turn has used this much CPU time.
    pub(super) fn note_cpu(&self, cpu: Duration) {
        let nanos = u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX);
        self.cpu_ns.fetch_add(nanos, Ordering::Relaxed);
    }

    /// The isolate has ended: nothing of it is in progress.
    pub fn note_end(&self) {
        for gauge in [&self.pending_calls, &self.pending_operations, &self.timers] {
            gauge.store(0, Ordering::Relaxed);
        }
    }
}

impl Control {
    /// A control block for an isolate that is about to be created, with the limits set later.
    pub fn unassigned() -> Arc<Self> {
        Arc::new(Self {
            stopped: AtomicBool::new(false),
            in_grace: AtomicBool::new(false),
            gone: AtomicBool::new(false),
            promised: AtomicU64::new(0),
            stands: AtomicBool::new(false),
            awaits_grace: AtomicBool::new(false),
            address: AtomicUsize::new(0),
            stop: Mutex::new(None),
            handle: OnceLock::new(),
            limits: OnceLock::new(),
            clock_resolution_ns: AtomicU64::new(CLOCK_RESOLUTION.as_nanos() as u64),
            charged: Charged::default(),
            spent_ms: AtomicI64::new(0),
            spent_allowed_ms: AtomicU64::new(0),
            peak: HeapPeak::default(),
            owed: Owed::default(),
            asked: Asked::default(),
            ports: Ports::default(),
            rest: Rest::default(),
            probed: AtomicBool::new(false),
            footprint: Footprint::new(),
            buffers: BufferBudget::new(Limits::default().buffer_bytes),
            icu: Arc::default(),
            holding: Holding::default(),
            room: Mutex::default(),
            looked_outside: AtomicU64::new(0),
            replies: AtomicU64::new(0),
            ender: OnceLock::new(),
            figures: Figures::default(),
        })
    }

    /// A control block for an isolate that is about to be created.
    pub fn new(limits: Limits) -> Arc<Self> {
        let control = Self::unassigned();
        control.assign(limits);
        control
    }

    /// Sets the limits, once.
    pub fn assign(&self, limits: Limits) {
        self.buffers.set_allowed(limits.buffer_bytes);
        let late = self.limits.set(limits).is_err();
        debug_assert!(!late, "limits are assigned once");
    }

    /// Keeps the room that was promised for the isolate until V8 has made it.
    pub fn keep_room(&self, room: Room) {
        *self.room.lock().unwrap_or_else(PoisonError::into_inner) = Some(room);
    }

    /// V8 has taken the room, or never will.
    pub fn leave_room(&self) {
        let room = self
            .room
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        drop(room);
    }

    /// Sets in what steps scripts see time, within reason.
    pub fn set_clock_resolution(&self, step: Duration) {
        let step = step.clamp(Duration::from_micros(1), Duration::from_secs(1));
        self.clock_resolution_ns
            .store(step.as_nanos() as u64, Ordering::Relaxed);
    }

    /// In what steps scripts see time.
    pub fn clock_resolution(&self) -> Duration {
        Duration::from_nanos(self.clock_resolution_ns.load(Ordering::Relaxed))
    }

    /// The limits the isolate runs under; the defaults while it is a spare.
    pub fn limits(&self) -> &Limits {
        static OF_SPARES: LazyLock<Limits> = LazyLock::new(Limits::default);
        self.limits.get().unwrap_or(&OF_SPARES)
    }

    /// The heap limit that V8 was given, in bytes.
    pub fn heap_limit(&self) -> u64 {
        heap::clamp(self.limits().heap_bytes) as u64
    }

    /// The isolate, for callbacks that V8 makes within its turn.
    pub(super) fn isolate(&self) -> Option<v8::UnsafeRawIsolatePtr> {
        let address = self.address.load(Ordering::Relaxed);
        // SAFETY: a transparent wrapper of one pointer, which came from it; nobody follows it here.
        (address != 0)
            .then(|| unsafe { std::mem::transmute::<usize, v8::UnsafeRawIsolatePtr>(address) })
    }

    pub(super) fn attach(&self, address: usize, handle: v8::IsolateHandle) {
        self.address.store(address, Ordering::Relaxed);
        let late = self.handle.set(handle).is_err();
        debug_assert!(!late, "an isolate is attached once");
    }

    /// Counts a reply of `bytes` that waits for the isolate from now on.
    ///
    /// # Errors
    /// It is one too many: others wait, and all together have more than the isolate may have in transit.
    pub fn admit_reply(&self, bytes: u64) -> Result<(), LimitExceeded> {
        let before = self.replies.fetch_add(bytes, Ordering::Relaxed);
        let sum = before.saturating_add(bytes);
        let checked = match before {
            0 => Ok(()),
            _ => LimitKind::PendingBytes.check(sum, self.limits().pending_bytes),
        };
        if checked.is_err() {
            self.take_reply(bytes);
        }
        checked
    }

    /// A reply that was counted waits no longer.
    pub fn take_reply(&self, bytes: u64) {
        self.replies.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Ends the isolate for `reason`, in mid-turn if need be. The first reason stays.
    pub fn stop(&self, reason: ExitReason) {
        self.stop_for(Stop {
            reason,
            culprit: None,
        });
    }

    /// The same where the running task has reached a limit of the isolate's: the call that it is charged to is the
    /// culprit.
    pub fn exceed(&self, exceeded: LimitExceeded) {
        self.stop_for(Stop {
            reason: ExitReason::Limit(exceeded),
            culprit: self.charged.call().map(|call| (call, exceeded)),
        });
    }

    fn stop_for(&self, stop: Stop) {
        self.stop
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(stop);
        self.stopped.store(true, Ordering::SeqCst);
        if let Some(handle) = self.handle.get() {
            handle.terminate_execution();
        }
        self.rest.wake();
    }

    /// Has [`end`](Self::end) call `ender`, which wakes the isolate.
    pub fn set_ender(&self, ender: impl Fn(ExitReason) + Send + Sync + 'static) {
        let late = self.ender.set(Box::new(ender)).is_err();
        debug_assert!(!late, "set once, when the isolate is made");
    }

    /// Ends the isolate, whether or not it has a turn.
    pub fn end(&self, reason: ExitReason) {
        match self.ender.get() {
            Some(ender) => ender(reason),
            None => self.stop(reason),
        }
    }

    /// Ends the turn again, if the isolate was stopped and JavaScript still runs: V8 forgets a termination
    /// where native code that it called takes an exception for what it expected.
    pub fn insist(&self) {
        if self.is_stopped()
            && let Some(handle) = self.handle.get()
        {
            handle.terminate_execution();
        }
    }

    /// Notes what the call whose task begins has used. Few calls have used anything worth a note, so that
    /// most often nothing is written.
    pub(super) fn set_spent(&self, spent: Spent) {
        let allowed = spent.allowed_ms.unwrap_or(0);
        if self.spent_allowed_ms.load(Ordering::Relaxed) != allowed
            || self.spent_ms.load(Ordering::Relaxed) != spent.ms
        {
            self.spent_ms.store(spent.ms, Ordering::Relaxed);
            self.spent_allowed_ms.store(allowed, Ordering::Relaxed);
        }
    }

    /// What the call whose task runs had used before it.
    pub fn spent(&self) -> Spent {
        let allowed = self.spent_allowed_ms.load(Ordering::Relaxed);
        Spent {
            ms: self.spent_ms.load(Ordering::Relaxed),
            allowed_ms: (allowed > 0).then_some(allowed),
        }
    }

    /// Mappings of the process that were made in the isolate's turns.
    pub fn mappings(&self) -> u64 {
        self.holding.mappings()
    }

    /// Memory outside the heap that is counted as it comes and goes: buffers of both kinds, WebAssembly memories, and
    /// what is behind `Intl` objects, in bytes.
    pub(super) fn outside(&self) -> u64 {
        self.buffer_like().saturating_add(self.icu.used())
    }

    /// So many bytes more of WebAssembly memories, and of resizable and growable buffers, can be used.
    pub(super) fn note_opened(&self, more: i64) {
        self.holding.note_opened(more);
        self.buffers.note_beside(more);
    }

    /// Bytes of buffers of both kinds and of WebAssembly memories.
    pub(super) fn buffer_like(&self) -> u64 {
        self.buffers.used().saturating_add(self.holding.opened())
    }

    /// Whether it may have so many bytes outside the heap.
    ///
    /// # Errors
    /// It may not.
    pub(super) fn check_outside(&self, bytes: u64) -> Result<(), LimitExceeded> {
        let limits = self.limits();
        let allowed = limits.buffer_bytes.saturating_add(limits.external_bytes);
        LimitKind::Memory.check(bytes, allowed)
    }

    /// Whether what is counted outside the heap has changed by so much since this was last asked and so that
    /// somebody should look closer.
    pub(super) fn has_moved_outside(&self) -> bool {
        let outside = self.outside();
        let has_moved = outside.abs_diff(self.looked_outside.load(Ordering::Relaxed)) > MOVED;
        if has_moved {
            self.looked_outside.store(outside, Ordering::Relaxed);
        }
        has_moved
    }

    /// Memory that the system has mapped in the isolate's turns, for its buffers and for its WebAssembly memories, in
    /// bytes.
    pub fn held_bytes(&self) -> u64 {
        self.holding.bytes().saturating_add(self.buffer_like())
    }

    /// Of that, what is surely used: pages of the heap. Of buffers and memories most may never have been touched.
    pub fn used_bytes(&self) -> u64 {
        self.holding.bytes()
    }

    /// V8 has given back all that the isolate held.
    pub fn note_gone(&self) {
        self.gone.store(true, Ordering::Release);
    }

    /// Whether it has.
    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }

    /// Begins the isolate's grace; false if it has had it.
    pub(super) fn begin_grace(&self) -> bool {
        !self.in_grace.swap(true, Ordering::SeqCst)
    }

    /// Whether it has had its grace or is in it.
    pub fn is_in_grace(&self) -> bool {
        self.in_grace.load(Ordering::SeqCst)
    }

    /// Promises the isolate so many bytes to unwind in.
    pub(super) fn promise(&self, bytes: u64) {
        self.promised.store(bytes, Ordering::SeqCst);
    }

    /// What it was promised, once.
    pub(super) fn take_promise(&self) -> u64 {
        self.promised.swap(0, Ordering::SeqCst)
    }

    /// Runs what may make the turn stand still without using a processor.
    pub fn standing<T>(&self, run: impl FnOnce() -> T) -> T {
        self.stands.store(true, Ordering::Relaxed);
        let result = run();
        self.stands.store(false, Ordering::Relaxed);
        result
    }

    /// Whether its turn may stand still.
    pub fn stands(&self) -> bool {
        self.stands.load(Ordering::Relaxed)
    }

    pub(super) fn set_awaits_grace(&self, awaits: bool) {
        self.awaits_grace.store(awaits, Ordering::SeqCst);
    }

    /// Whether its turn stands still since others are in their grace.
    pub fn awaits_grace(&self) -> bool {
        self.awaits_grace.load(Ordering::SeqCst)
    }

    /// Notes what the heap and the memory outside it hold now, in bytes.
    pub(super) fn note_heap(&self, heap: u64, external: u64) {
        self.figures.heap_used.store(heap, Ordering::Relaxed);
        self.figures.external.store(external, Ordering::Relaxed);
    }

    /// Has the running turn look at the memory that it drives. Without effect between turns.
    pub fn probe(&self) {
        if let Some(handle) = self.handle.get() {
            self.probed.store(true, Ordering::Relaxed);
            handle.request_interrupt(heap::probe, std::ptr::null_mut());
        }
    }

    /// The turn has looked.
    pub(super) fn note_probe(&self) {
        self.probed.store(false, Ordering::Relaxed);
    }

    /// A turn begins: what was asked of the one before is none of its business.
    pub(super) fn begin_turn(&self) {
        self.rest.clear();
        if self.probed.load(Ordering::Relaxed) {
            self.note_probe();
        }
    }

    /// Whether something is asked of the running turn that it has not come to yet.
    pub fn is_awaited(&self) -> bool {
        self.is_stopped() || self.rest.is_asked_for() || self.probed.load(Ordering::Relaxed)
    }

    /// Has the running turn stand still for so long, so that others have its processor.
    pub fn rest_for(&self, time: Duration) {
        if let Some(handle) = self.handle.get() {
            self.rest.ask_for(time);
            handle.request_interrupt(rest, std::ptr::null_mut());
        }
    }

    /// Whether its turn rests.
    pub fn is_resting(&self) -> bool {
        self.rest.stands()
    }

    /// Whether the isolate was told to stop.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Why the isolate was told to stop.
    pub fn reason(&self) -> Option<ExitReason> {
        Some(self.stopped_for()?.reason)
    }

    /// The call that ended the isolate by reaching a limit, and which.
    pub fn culprit(&self) -> Option<(CallId, LimitExceeded)> {
        self.stopped_for()?.culprit
    }

    fn stopped_for(&self) -> Option<Stop> {
        self.stop
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
