//! V8's process-wide part: initialization, and the platform that routes V8's own tasks to the isolates they belong to.

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use super::flags::V8_FLAGS;
use super::threads;
use crate::machine;

/// Where V8's foreground tasks for one isolate go. Called on any thread, sometimes under V8's own
/// locks: an implementation only queues and wakes.
pub trait TaskSink: Send + Sync {
    /// Takes `task`, to be run in a turn of the isolate once `delay` has passed.
    fn post(&self, task: V8Task, delay: Duration);
}

/// A task of V8's for one isolate; must be run in a turn of that isolate or dropped.
pub struct V8Task(v8::Task);

// SAFETY: `v8::Task` is itself `Send`; the wrapper adds nothing.
unsafe impl Send for V8Task {}

impl V8Task {
    pub(super) fn run(self) {
        self.0.run();
    }
}

/// Tasks of isolates that are not registered yet: V8 posts some while it creates one.
enum Route {
    Waiting(Vec<(V8Task, Duration)>),
    To(Arc<dyn TaskSink>),
}

type Routes = HashMap<usize, Route>;

fn routes() -> MutexGuard<'static, Routes> {
    static ROUTES: OnceLock<Mutex<Routes>> = OnceLock::new();
    // A panic while the map was held leaves it usable: every change is a single insert or remove.
    ROUTES
        .get_or_init(Mutex::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

struct Router;

impl Router {
    fn route(isolate: *mut c_void, task: v8::Task, delay: Duration) {
        let task = V8Task(task);
        let sink = {
            let mut routes = routes();
            match routes
                .entry(isolate as usize)
                .or_insert_with(|| Route::Waiting(Vec::new()))
            {
                Route::Waiting(tasks) => {
                    tasks.push((task, delay));
                    return;
                }
                Route::To(sink) => sink.clone(),
            }
        };
        sink.post(task, delay);
    }
}

impl v8::PlatformImpl for Router {
    fn post_task(&self, isolate: *mut c_void, task: v8::Task) {
        Self::route(isolate, task, Duration::ZERO);
    }

    fn post_non_nestable_task(&self, isolate: *mut c_void, task: v8::Task) {
        Self::route(isolate, task, Duration::ZERO);
    }

    fn post_delayed_task(&self, isolate: *mut c_void, task: v8::Task, delay: f64) {
        Self::route(
            isolate,
            task,
            Duration::try_from_secs_f64(delay).unwrap_or_default(),
        );
    }

    fn post_non_nestable_delayed_task(&self, isolate: *mut c_void, task: v8::Task, delay: f64) {
        Self::route(
            isolate,
            task,
            Duration::try_from_secs_f64(delay).unwrap_or_default(),
        );
    }

    fn post_idle_task(&self, _: *mut c_void, _: v8::IdleTask) {}
}

/// Directs V8's tasks for `isolate` to `sink`, those that already wait first.
pub(super) fn register(isolate: usize, sink: Arc<dyn TaskSink>) {
    let waiting = routes().insert(isolate, Route::To(sink.clone()));
    if let Some(Route::Waiting(tasks)) = waiting {
        for (task, delay) in tasks {
            sink.post(task, delay);
        }
    }
}

/// Forgets `isolate`. Must precede its disposal, since V8 uses addresses again.
pub(super) fn unregister(isolate: usize) {
    let gone = routes().remove(&isolate);
    drop(gone);
}

/// The most pages of a WebAssembly memory in this process.
static PAGES: OnceLock<u32> = OnceLock::new();

/// How many these are, once V8 is initialized.
pub(super) fn wasm_pages() -> Option<u32> {
    PAGES.get().copied()
}

/// Sets the most pages of 64 KiB that a WebAssembly memory of this process may have. V8 takes the number when
/// it is initialized: `Err` with the one that holds where another one has been taken.
pub fn set_wasm_pages(pages: u32) -> Result<(), u32> {
    let holds = *PAGES.get_or_init(|| pages);
    (holds == pages).then_some(()).ok_or(holds)
}

/// Addresses that V8 reserves when it is initialized, in bytes: three times what it keeps, so as to find a place that
/// suits it; and those of its threads. Without them it takes the process down.
const ADDRESSES: u64 = (48 << 30) + (1 << 30);

/// Whether V8 finds the addresses that it needs: `Err` with what the process would need for that in all, and what it
/// may have, both in bytes.
pub fn check_addresses() -> Result<(), (u64, u64)> {
    // It takes them once.
    if threads::v8_is_started() {
        return Ok(());
    }
    let limited = machine::address_limit().zip(machine::mapped_bytes());
    let needed = |mapped: u64| mapped.saturating_add(ADDRESSES);
    match limited.map(|(most, mapped)| (needed(mapped), most)) {
        Some((needed, most)) if needed > most => Err((needed, most)),
        _ => Ok(()),
    }
}

/// How many threads V8 has of its own.
pub(super) fn helpers() -> u32 {
    thread::available_parallelism().map_or(1, |n| (n.get() as u32 / 2).clamp(1, 4))
}

/// Initializes V8, once a process.
pub(super) fn initialize() {
    super::icu::install();
    // Loaded explicitly, so that locales other than English work whatever archive was linked.
    v8::icu::set_common_data_78(deno_core_icudata::ICU_DATA)
        .expect("ICU data matches V8's ICU version");
    super::fatal::install();
    super::nudge::install();
    super::mappings::install();
    v8::V8::set_flags_from_string(V8_FLAGS);
    // 1 GiB, where no runtime says otherwise.
    let pages = PAGES.get_or_init(|| 16_384);
    v8::V8::set_flags_from_string(&format!("--wasm-max-mem-pages={pages}"));
    let platform = v8::new_custom_platform(helpers(), false, false, Router).make_shared();
    v8::V8::initialize_platform(platform);
    v8::V8::initialize();
}
