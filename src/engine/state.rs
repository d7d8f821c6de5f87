//! What belongs to one isolate besides its heap, reached from every native function.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use nano_proto::{IsolateId, JsError};
use rustc_hash::FxHashMap;

use super::Control;
use super::ask::Asks;
use super::call::Calls;
use super::clone::{Immutable, Marks};
use super::codecs::Codecs;
use super::decoders::Decoders;
use super::module::Modules;
use super::platform::V8Task;
use super::reactions::Reactions;
use super::rejection::Rejections;
use super::target::Targets;
use super::task::Task;
use super::timer::Timers;
use super::webassembly::WebAssembly;
use crate::exchange::{Ended, Host};

/// Functions of internal JavaScript that native code calls.
#[derive(Default)]
pub(super) struct Hooks {
    pub timer: Option<v8::Global<v8::Function>>,
    pub error: Option<v8::Global<v8::Function>>,
    pub unhandled: Option<v8::Global<v8::Function>>,
    pub handled: Option<v8::Global<v8::Function>>,
    pub call_ended: Option<v8::Global<v8::Function>>,
    pub port: Option<v8::Global<v8::Function>>,
}

/// A function that JavaScript has queued.
pub(super) struct QueuedTask {
    pub function: v8::Global<v8::Function>,
    /// The async context in which it was queued.
    pub frame: Option<v8::Global<v8::Value>>,
}

/// What an isolate is to the one whose `Worker` it is.
pub(super) struct Worker {
    /// The handle of its end of the channel between the two.
    pub port: u64,
    /// Whether it has closed itself, and ends with its task.
    pub closing: Cell<bool>,
}

/// The state of one isolate. Its parts are borrowed for moments only, never while JavaScript runs.
pub(super) struct State {
    pub control: Arc<Control>,
    pub host: OnceCell<Box<dyn Host>>,
    pub ops: v8::Global<v8::Object>,
    pub primordials: v8::Global<v8::Object>,
    pub require: v8::Global<v8::Function>,
    pub immutable: Immutable,
    pub webassembly: WebAssembly,
    /// Exports of the internal files that have run, by position.
    pub internals: RefCell<FxHashMap<usize, v8::Global<v8::Object>>>,
    /// The same by name, for `require`, which V8 looks up faster than a text could be made of its string.
    pub internals_by_name: v8::Global<v8::Object>,
    pub hooks: RefCell<Hooks>,
    pub timers: RefCell<Timers>,
    /// Tasks that JavaScript has queued; for each a notice lies in the inbox.
    pub queued: RefCell<VecDeque<QueuedTask>>,
    /// How many ends of channels were made here.
    pub ports_made: Cell<u64>,
    /// What it is besides, if it is a worker.
    pub worker: OnceCell<Worker>,
    pub calls: RefCell<Calls>,
    pub asks: RefCell<Asks>,
    pub codecs: RefCell<Codecs>,
    pub decoders: RefCell<Decoders>,
    pub targets: RefCell<Targets>,
    pub modules: RefCell<Modules>,
    pub rejections: RefCell<Rejections>,
    pub reactions: Reactions,
    /// Tasks that V8 wants run later, with the time for each; there are few.
    pub delayed: RefCell<Vec<(Instant, V8Task)>>,
    pub task: Task,
    /// An error that nobody caught: the isolate ends with it.
    pub failure: RefCell<Option<JsError>>,
    /// Which prototypes interfaces have marked for structured clone.
    pub marks: Marks,
    /// Whether the isolate takes no more calls and ends with the last running one.
    pub draining: Cell<bool>,
    pub started: Cell<Instant>,
    pub time_origin: Cell<SystemTime>,
}

/// Which of V8's embedder slots holds the pointer to the state.
const SLOT: u32 = 0;

/// Attaches `state` to its isolate.
///
/// # Safety
/// `state` must stay where it is until no code of the isolate can run any more.
pub(super) unsafe fn attach(isolate: &mut v8::Isolate, state: &State) {
    isolate.set_data(SLOT, std::ptr::from_ref(state).cast_mut().cast());
}

/// The state of the isolate that `isolate` is, or whose scope it is.
pub(super) fn state<'a>(isolate: &v8::Isolate) -> &'a State {
    let pointer = isolate.get_data(SLOT).cast::<State>();
    debug_assert!(
        !pointer.is_null(),
        "the state is attached before any code runs"
    );
    // SAFETY: `attach` set the pointer when the isolate was made; the state is boxed, outlives all
    // code of the isolate, and is only ever reached by the thread that holds the isolate's lock.
    unsafe { &*pointer }
}

impl State {
    /// The world around the isolate.
    pub fn host(&self) -> &dyn Host {
        self.host
            .get()
            .expect("an isolate is adopted before its first turn")
            .as_ref()
    }

    /// Writes the turn's CPU time and what is in progress into the control block's figures, at the end of
    /// each turn.
    pub fn publish(&self) {
        let figures = &self.control.figures;
        figures.note_cpu(self.task.take_used());
        let write =
            |figure: &AtomicU64, count: usize| figure.store(count as u64, Ordering::Relaxed);
        write(&figures.pending_calls, self.calls.borrow().len());
        write(&figures.timers, self.timers.borrow().len());
        let operations = self.asks.borrow().len() + self.modules.borrow().loading();
        write(&figures.pending_operations, operations);
        let sent = self.targets.borrow().sent();
        figures.sent.store(sent, Ordering::Relaxed);
    }

    /// A handle for the isolate of this address, which may have ended.
    pub fn open_target(&self, id: IsolateId) -> u32 {
        let peer = self
            .host()
            .find(id)
            .unwrap_or_else(|| Arc::new(Ended::unknown(id)));
        self.targets.borrow_mut().open(peer)
    }
}
