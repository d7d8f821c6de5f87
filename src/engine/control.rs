//! What other threads may do to an isolate at any time: stop it, and read its figures.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use nano_proto::{ExitReason, Limits};

use super::budget::BufferBudget;
use super::heap;

/// Shared between an isolate's turns and everybody who watches them.
///
/// A request to stop is a flag of ours, checked at the start of every turn and by every op, since V8
/// forgets a termination that is posted between two turns. Once set it stays set: the isolate never
/// runs again, so a termination that arrives late can hit nothing else.
pub struct Control {
    stopped: AtomicBool,
    reason: Mutex<Option<ExitReason>>,
    in_grace: AtomicBool,
    address: AtomicUsize,
    handle: OnceLock<v8::IsolateHandle>,
    limits: OnceLock<Limits>,
    /// Its ArrayBuffers.
    pub buffers: Arc<BufferBudget>,
    /// Figures for statistics.
    pub figures: Figures,
}

/// Counters that a turn writes and anyone may read.
#[derive(Default)]
pub struct Figures {
    /// Turns run.
    pub turns: AtomicU64,
    /// CPU time used, in nanoseconds.
    pub cpu_ns: AtomicU64,
    /// Bytes of the JavaScript heap in use when the last turn sampled them.
    pub heap_used: AtomicU64,
    /// The most bytes of the JavaScript heap that a sample saw.
    pub heap_peak: AtomicU64,
    /// Bytes of memory outside the heap that V8 knows of, when last sampled.
    pub external: AtomicU64,
    /// Messages taken from the mailbox.
    pub received: AtomicU64,
    /// Messages sent to other isolates.
    pub sent: AtomicU64,
    /// Changes of thread.
    pub migrations: AtomicU64,
}

impl Control {
    /// A control block for an isolate that is about to be created, with the limits set later.
    pub fn unassigned() -> Arc<Self> {
        Arc::new(Self {
            stopped: AtomicBool::new(false),
            in_grace: AtomicBool::new(false),
            address: AtomicUsize::new(0),
            reason: Mutex::new(None),
            handle: OnceLock::new(),
            limits: OnceLock::new(),
            buffers: BufferBudget::new(Limits::default().buffer_bytes),
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

    /// The limits the isolate runs under; the defaults while it is a spare.
    pub fn limits(&self) -> &Limits {
        static OF_SPARES: LazyLock<Limits> = LazyLock::new(Limits::default);
        self.limits.get().unwrap_or(&OF_SPARES)
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

    /// Ends the isolate for `reason`, in mid-turn if need be. The first reason stays.
    pub fn stop(&self, reason: ExitReason) {
        {
            let mut slot = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
            if slot.is_none() {
                *slot = Some(reason);
            }
        }
        self.stopped.store(true, Ordering::SeqCst);
        if let Some(handle) = self.handle.get() {
            handle.terminate_execution();
        }
    }

    /// Marks the isolate as being in its grace; false if it is already.
    pub(super) fn begin_grace(&self) -> bool {
        !self.in_grace.swap(true, Ordering::SeqCst)
    }

    /// Whether the isolate holds a permit for its grace.
    pub(super) fn is_in_grace(&self) -> bool {
        self.in_grace.load(Ordering::SeqCst)
    }

    /// Notes what the heap and the memory outside it hold now, in bytes.
    pub(super) fn note_heap(&self, heap: u64, external: u64) {
        self.figures.heap_used.store(heap, Ordering::Relaxed);
        self.figures.heap_peak.fetch_max(heap, Ordering::Relaxed);
        self.figures.external.store(external, Ordering::Relaxed);
    }

    /// Has the running turn look at the memory that it drives. Without effect between turns.
    pub fn probe(&self) {
        if let Some(handle) = self.handle.get() {
            handle.request_interrupt(heap::probe, std::ptr::null_mut());
        }
    }

    /// Whether the isolate was told to stop.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Why the isolate was told to stop.
    pub fn reason(&self) -> Option<ExitReason> {
        self.reason
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
