//! One V8 isolate with all that belongs to it.

use std::cell::{Cell, OnceCell, RefCell};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use nano_proto::ExitReason;

use super::ask::Asks;
use super::clone::{Immutable, Marks};
use super::cpu_clock::recent;
use super::in_turn::InTurn;
use super::nudge::Frames;
use super::platform::{self, TaskSink};
use super::reactions::Reactions;
use super::state::{self, Hooks, State};
use super::turn::{self, TurnEnd};
use super::webassembly::WebAssembly;
use super::{Control, fatal, files, heap, mappings, module, peak, rejection, snapshot, stack};
use crate::engine::uncaught;
use crate::exchange::{Event, Host};

/// An isolate, its context and its state. Any isolate thread may run its turns, one at a time.
pub struct Vm {
    // Dropped in this order: handles before the isolate, the isolate before what it points to.
    context: v8::Global<v8::Context>,
    state: Option<Box<State>>,
    isolate: Option<v8::SharedIsolate>,
    address: usize,
    control: Arc<Control>,
}

impl Vm {
    /// Starts an isolate from the snapshot. Must be called on a thread of [`super::spawn_thread`].
    pub fn new(control: Arc<Control>) -> Self {
        let params = heap::limits(snapshot::create_params(), control.limits().heap_bytes)
            .array_buffer_allocator(control.buffers.allocator())
            .allow_atomics_wait(false);
        let mut isolate = v8::Isolate::new(params);
        // SAFETY: a transparent wrapper of one pointer, which is used as a key only.
        let address = unsafe {
            std::mem::transmute::<v8::UnsafeRawIsolatePtr, usize>(isolate.as_raw_isolate_ptr())
        };
        isolate.set_microtasks_policy(v8::MicrotasksPolicy::Explicit);
        isolate.set_promise_reject_callback(rejection::on_reject);
        isolate.add_message_listener(uncaught::on_message);
        isolate.set_host_import_module_dynamically_callback(module::import_dynamically);
        isolate.set_host_initialize_import_meta_object_callback(module::initialize_import_meta);
        isolate.set_capture_stack_trace_for_uncaught_exceptions(true, 32);
        fatal::install_in(&mut isolate);
        // The callback's data is the control block, which `Vm` keeps until the isolate is gone.
        isolate.add_near_heap_limit_callback(
            heap::near_limit,
            Arc::as_ptr(&control).cast_mut().cast(),
        );

        peak::observe(&mut isolate, &control);

        let (context, state) = {
            v8::scope!(let scope, &mut isolate);
            let context = v8::Context::new(scope, v8::ContextOptions::default());
            let scope = &mut v8::ContextScope::new(scope, context);
            let [ops, primordials] = files::CONTEXT_DATA.map(|position| {
                let object = scope
                    .get_context_data_from_snapshot_once::<v8::Object>(position)
                    .expect("the snapshot holds what make.rs put into it");
                v8::Global::new(scope, object)
            });
            let require = {
                let ops = v8::Local::new(scope, &ops);
                let require =
                    files::get(scope, ops, "op_internal_require").expect("an op of the table");
                let require: v8::Local<'_, v8::Function> =
                    require.try_into().expect("ops are functions");
                v8::Global::new(scope, require)
            };
            let by_name = {
                let null = v8::null(scope).into();
                let object = v8::Object::with_prototype_and_properties(scope, null, &[], &[]);
                v8::Global::new(scope, object)
            };
            let immutable =
                Immutable::capture(scope).expect("the flag of `flags.rs` installs its built-ins");
            let webassembly =
                WebAssembly::install(scope).expect("a new context has V8's own namespace");
            let state = Box::new(State {
                control: control.clone(),
                host: OnceCell::new(),
                ops,
                primordials,
                require,
                immutable,
                webassembly,
                internals: RefCell::default(),
                internals_by_name: by_name,
                hooks: RefCell::new(Hooks::default()),
                timers: RefCell::default(),
                queued: RefCell::default(),
                ports_made: Cell::new(0),
                worker: OnceCell::new(),
                calls: RefCell::default(),
                asks: RefCell::new(Asks::new(control.clone())),
                codecs: RefCell::default(),
                decoders: RefCell::default(),
                targets: RefCell::default(),
                modules: RefCell::default(),
                rejections: RefCell::default(),
                reactions: Reactions::default(),
                delayed: RefCell::default(),
                task: super::task::Task::new(control.clone()),
                failure: RefCell::new(None),
                marks: Marks::default(),
                draining: Cell::new(false),
                started: Cell::new(Instant::now()),
                time_origin: Cell::new(SystemTime::now()),
            });
            // SAFETY: the state is boxed, and `Drop` gives it up only once no code can run any more.
            unsafe { state::attach(scope, &state) };
            (v8::Global::new(scope, context), state)
        };
        // SAFETY: everything attached to the isolate is `Send`: the state by its type (asserted below),
        // the allocator's budget and the control block because they are shared and synchronized.
        let shared = match unsafe { isolate.try_into_shared() } {
            Ok(shared) => shared,
            Err(_) => {
                unreachable!("no weak handle, no embedder heap, and no other isolate is entered")
            }
        };
        control.attach(address, shared.thread_safe_handle());
        control.footprint.attach(address, &state);
        control.leave_room();
        Self {
            context,
            state: Some(state),
            isolate: Some(shared),
            address,
            control,
        }
    }

    /// Gives the isolate its place in the world. Until then it is a spare that anyone may become.
    pub fn adopt(&mut self, host: Box<dyn Host>, tasks: Arc<dyn TaskSink>) {
        if let Some(state) = &self.state {
            let late = state.host.set(host).is_err();
            debug_assert!(!late, "an isolate is adopted once");
            state.started.set(Instant::now());
            state.time_origin.set(SystemTime::now());
        }
        platform::register(self.address, tasks);
    }

    /// The control block.
    pub fn control(&self) -> &Arc<Control> {
        &self.control
    }

    /// Runs a turn: handles what `next` gives until it gives nothing, or the isolate must stop.
    pub fn turn(&mut self, mut next: impl FnMut() -> Option<Event>) -> TurnEnd {
        let (Some(isolate), Some(state)) = (&self.isolate, &self.state) else {
            return TurnEnd {
                next_timer: None,
                exit: Some(ExitReason::Killed),
                quiescent: true,
                stalled: None,
            };
        };
        self.control.footprint.begin(self, isolate);
        let mut lock = isolate.lock();
        let in_turn = InTurn::begin(state);
        let frames = Frames::begin(self.address);
        self.control.begin_turn();
        state.task.begin_turn();
        let began = recent();
        stack::limit(&mut lock, self.control.limits().stack_bytes);
        let mut stalled = None;
        // A kill that was sent between two turns lives in our flag alone.
        if !self.control.is_stopped() {
            v8::scope!(let scope, &mut *lock);
            let context = v8::Local::new(scope, &self.context);
            let scope = &mut v8::ContextScope::new(scope, context);
            while let Some(event) = next() {
                if !turn::deliver(scope, event) {
                    break;
                }
            }
            // V8 can only be asked where a module was not thrown out of in mid-evaluation.
            if !turn::is_over(state)
                && state.modules.borrow().is_starting()
                && turn::end(state).quiescent
            {
                stalled = module::stalled(scope).map(Box::new);
            }
        }
        let was_long = recent().saturating_duration_since(began) > UNSAMPLED;
        if was_long || self.control.has_moved_outside() {
            heap::check_external(&mut lock);
        }
        drop(frames);
        drop(in_turn);
        let end = turn::end(state);
        self.control.figures.turns.fetch_add(1, Ordering::Relaxed);
        state.publish();
        TurnEnd { stalled, ..end }
    }

    /// Runs `body` in the isolate's context, with its address.
    #[cfg(test)]
    pub fn test<T>(&self, body: impl FnOnce(&mut v8::PinScope<'_, '_>, usize) -> T) -> T {
        let mut lock = self.isolate.as_ref().expect("it lives").lock();
        v8::scope!(let scope, &mut *lock);
        let context = v8::Local::new(scope, &self.context);
        body(&mut v8::ContextScope::new(scope, context), self.address)
    }

    /// Reads the heap's figures into the control block's.
    pub fn sample(&mut self) {
        if let Some(isolate) = &self.isolate {
            heap::check_external(&mut isolate.lock());
        }
    }
}

impl Drop for Vm {
    fn drop(&mut self) {
        platform::unregister(self.address);
        // Handles are released under the lock; then the isolate goes, then what its callbacks point to.
        if let Some(isolate) = &self.isolate {
            let lock = isolate.lock();
            drop(lock);
        }
        drop(self.isolate.take());
        mappings::bequeath(&self.control);
        heap::leave_grace(&self.control);
        drop(self.state.take());
        self.control.note_gone();
    }
}

/// A turn shorter than this can't have made V8 hold much more: that is not looked at.
const UNSAMPLED: Duration = Duration::from_micros(500);

/// The state moves between threads with its isolate.
const _: () = {
    const fn assert_send<T: Send>() {}
    assert_send::<State>();
    assert_send::<Vm>();
};
