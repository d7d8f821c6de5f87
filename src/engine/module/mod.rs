//! ES modules of one isolate: what is loaded, what waits for what, and who wants to know
//! (ECMA-262, "HostLoadImportedModule"; HTML, "fetch the descendants of a module script").
//!
//! Loading happens outside the lock and arrives as events; V8's resolve callback, which is
//! synchronous, is answered from the map that has been filled by then.

mod callbacks;
mod code_cache;
mod compile;
mod depth;
mod evaluate;
mod graph;
mod json;
mod syntax_error;
mod synthetic;

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nano_proto::{CallId, ExitReason, JsError};

use super::cpu_clock::thread_cpu;
use super::state::{State, Worker, state};
use super::{charge, error, files, reactions, source_line, turn};
use crate::engine::describe;
use crate::exchange::{Call, Loaded, Start, WorkerStart};
use crate::loader::{ModuleType, Source};

pub(super) use callbacks::{import_dynamically, initialize_import_meta};
pub(super) use evaluate::settled;
pub(super) use graph::abandon;
use graph::{arrived, gather};

/// A module's identity: its URL and the type it was imported as.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    url: Arc<str>,
    kind: ModuleType,
}

/// One `import` or `export … from` of a module.
struct Import {
    key: Key,
    /// Line and column, from 1.
    at: (u32, u32),
}

/// A module and what it imports.
struct Ready {
    module: v8::Global<v8::Module>,
    /// In the order in which they stand in the source.
    imports: Vec<Import>,
    /// What V8 asks for when it links: the place among the imports of a specifier and its type.
    requests: HashMap<(String, ModuleType), usize>,
    /// The source, to quote the line of an import that fails; given up once all have come.
    source: Option<Source>,
    /// Whether all that it imports, directly or not, is there.
    complete: bool,
}

/// Why a module could not be had: the exception itself where V8 made one.
#[derive(Clone)]
struct Failure {
    error: Box<JsError>,
    exception: Option<v8::Global<v8::Value>>,
}

impl From<JsError> for Failure {
    fn from(error: JsError) -> Self {
        Self {
            error: Box::new(error),
            exception: None,
        }
    }
}

impl Failure {
    /// Adds where the module that failed is imported: as the error's place, or as a frame below the place of
    /// its own that malformed JSON has.
    fn imported_at(
        mut self,
        url: &str,
        (line, column): (u32, u32),
        source: Option<&Source>,
    ) -> Self {
        if self.exception.is_none() && !self.error.stack.is_empty() {
            self.error
                .stack
                .push_str(&format!("\n    at {url}:{line}:{column}"));
        } else if self.error.file.is_none() {
            let text = source.and_then(Source::text).unwrap_or_default();
            self.error.file = Some(url.to_owned());
            (self.error.line, self.error.column) = (Some(line), Some(column));
            source_line::find(&mut self.error, text);
        }
        self
    }
}

enum Entry {
    /// Asked for, and by whom.
    Loading(Vec<Waiter>),
    Ready(Ready),
}

/// A job that needs a module, and the import through which it came upon it.
struct Waiter {
    job: JobId,
    importer: Option<Importer>,
}

#[derive(Clone)]
struct Importer {
    key: Key,
    at: (u32, u32),
}

/// Who waits for a module.
enum Purpose {
    /// Whoever started the isolate, for its main module.
    Main,
    /// `import()`: its promise, and an error that was made where it stands.
    Dynamic(v8::Global<v8::PromiseResolver>, v8::Global<v8::Value>),
}

type JobId = u64;

/// Something that needs a module and all that this one imports. It counts what it still waits for, so that
/// the arrival of a module costs what that module imports, however large the graph.
struct Job {
    root: Key,
    purpose: Purpose,
    /// The call that is charged with loading.
    call: Option<CallId>,
    /// CPU time of loading, where no call is charged.
    cpu: Duration,
    /// What it has come upon.
    seen: HashSet<Key>,
    /// Modules that have to come or to be looked at.
    waiting: usize,
    /// Why it fails, once it does.
    failure: Option<Failure>,
    /// Whether the call was given up that it is for: it goes on while there is room.
    abandoned: bool,
}

/// A module without JavaScript source, and its exports.
type Synthetic = (v8::Global<v8::Module>, v8::Global<v8::Object>);

/// All modules of an isolate.
#[derive(Default)]
pub(super) struct Modules {
    entries: HashMap<Key, Entry>,
    /// URLs by V8's script id, to know who imports.
    scripts: HashMap<i32, Key>,
    /// The exports of modules without JavaScript source, by the modules' hashes.
    synthetic: HashMap<i32, Vec<Synthetic>>,
    jobs: HashMap<JobId, Job>,
    last_job: JobId,
    /// Jobs that wait for nothing more, or fail.
    finished: BTreeSet<JobId>,
    /// How many entries are being loaded.
    loading: usize,
    /// Whether some of these may be waited for by nobody.
    may_be_unwanted: bool,
    /// Evaluations that await, by number.
    evaluations: HashMap<u32, Purpose>,
    last_evaluation: u32,
    main_url: Option<String>,
    args: Vec<String>,
    main_module: Option<v8::Global<v8::Module>>,
    main_source: Option<std::sync::Arc<str>>,
    ends_when_quiescent: bool,
    /// Whether the main module's source is a script, which is run in the module's place.
    classic: bool,
    classic_script: Option<v8::Global<v8::Script>>,
    /// Why there will be no exports, in an isolate that goes on without them.
    failed: Option<ExitReason>,
    /// The main module's namespace, once the module has been evaluated.
    pub main_namespace: Option<v8::Global<v8::Object>>,
    /// When the start must be done with. It is a call like any other: its wall time is limited.
    start_deadline: Option<Instant>,
    /// CPU time that the start has used, in the tasks that have ended.
    start_cpu: Duration,
}

impl Modules {
    /// The URL of the main module.
    pub fn main_url(&self) -> Option<String> {
        self.main_url.clone()
    }

    /// The URL and the text of the main module, where it was given as a text.
    pub fn main_source(&self) -> Option<(&str, &str)> {
        Some((self.main_url.as_deref()?, self.main_source.as_deref()?))
    }

    /// Whether something is being loaded or evaluated.
    pub fn is_busy(&self) -> bool {
        !self.jobs.is_empty()
    }

    /// How many sources have been asked for and have not come.
    pub fn loading(&self) -> usize {
        self.loading
    }

    /// Whether the main module has begun and is not evaluated yet.
    pub fn is_starting(&self) -> bool {
        self.main_module.is_some() && !self.is_started()
    }

    /// Whether the isolate may end for having nothing left to do: as a script, or in mid-start.
    pub fn may_end_quiescent(&self) -> bool {
        self.ends_when_quiescent || self.is_starting()
    }

    /// Whether the start goes on: modules are loaded, or the main module awaits.
    fn awaits_start(&self) -> bool {
        self.main_url.is_some() && !self.is_started() && self.failed.is_none()
    }

    /// CPU time that the start has used, while it goes on.
    pub fn start_cpu(&self) -> Option<Duration> {
        self.awaits_start().then_some(self.start_cpu)
    }

    /// Charges the start with a task, while it goes on; returns what it has used by now.
    pub fn charge_start(&mut self, cpu: Duration) -> Option<Duration> {
        if !self.awaits_start() {
            return None;
        }
        self.start_cpu += cpu;
        Some(self.start_cpu)
    }

    /// When the start has taken long enough.
    pub fn start_deadline(&self) -> Option<Instant> {
        self.start_deadline.filter(|_| !self.is_started())
    }

    /// Whether the main module has been evaluated, so that calls may run.
    pub fn is_started(&self) -> bool {
        self.main_namespace.is_some()
    }

    /// Whether the start should be done with by `now`, and is not.
    pub fn is_start_overdue(&self, now: Instant) -> bool {
        self.start_deadline().is_some_and(|due| due <= now)
    }
}

/// Keeps a call until the main module has been evaluated. It waits no longer than it might then run, since a
/// module may await for ever.
pub(super) fn hold(state: &State, call: Call) {
    let failed = state.modules.borrow().failed.clone();
    if let Some(reason) = failed {
        call.reply.lost(&reason);
        return;
    }
    let wall = after(state.control.limits().wall_per_call());
    let until = [call.deadline, wall].into_iter().flatten().min();
    state.control.owed.hold(call, until);
}

/// When so much time has passed, if it ever has.
fn after(wall: Option<Duration>) -> Option<Instant> {
    Instant::now().checked_add(wall?)
}

/// Begins the isolate's main module.
pub(super) fn start(scope: &mut v8::PinScope<'_, '_>, start: Start) {
    let Start {
        url,
        source,
        args,
        ends_when_quiescent,
        ready,
        worker,
    } = start;
    if !ends_when_quiescent {
        reactions::watch(scope);
    }
    let key = Key {
        url: url.as_str().into(),
        kind: ModuleType::JavaScript,
    };
    let control = &state(scope).control;
    control.owed.expect_start(ready);
    let classic = worker.as_ref().is_some_and(|worker| worker.classic);
    let wall = control.limits().wall_per_call();
    {
        let mut modules = state(scope).modules.borrow_mut();
        modules.start_deadline = after(wall);
        modules.main_url = Some(url);
        modules.args = args;
        modules.ends_when_quiescent = ends_when_quiescent;
        modules.classic = classic;
        modules.main_source = source.as_ref().and_then(Source::shared_text);
    }
    if let Some(worker) = worker
        && begin_worker(scope, *worker).is_none()
    {
        let error = JsError::new("OperationError", "the worker could not be set up");
        state(scope).control.stop(ExitReason::StartFailed(error));
        return;
    }
    let first = state(scope)
        .modules
        .borrow_mut()
        .begin(key.clone(), Purpose::Main, None);
    match source {
        Some(source) => {
            let waiter = Waiter {
                job: first.job,
                importer: None,
            };
            state(scope).modules.borrow_mut().ask(&key, waiter);
            arrived(scope, key, Ok(source));
        }
        None => gather(scope, vec![first]),
    }
    progress(scope);
}

/// Makes the global object a worker's (HTML, "run a worker"). `None` where it was stopped meanwhile.
fn begin_worker(scope: &mut v8::PinScope<'_, '_>, worker: WorkerStart) -> Option<()> {
    let WorkerStart { port, name, .. } = worker;
    let state = state(scope);
    let port = state.control.ports.hold(port, state.host().myself());
    let is_first = state.worker.set(Worker {
        port,
        closing: Cell::new(false),
    });
    debug_assert!(is_first.is_ok(), "an isolate starts once");
    let url = state.modules.borrow().main_url().unwrap_or_default();
    let url = error::string(scope, &url);
    let name = error::string(scope, &name);
    let port = v8::Number::new(scope, port as f64);
    let install = files::function(scope, "worker/dedicated_worker_global_scope", "install")?;
    let undefined = v8::undefined(scope).into();
    install.call(scope, undefined, &[port.into(), name.into(), url.into()])?;
    Some(())
}

/// The main module of a worker has been evaluated.
fn worker_started(scope: &mut v8::PinScope<'_, '_>) -> Option<()> {
    state(scope).worker.get()?;
    let started = files::function(scope, "worker/dedicated_worker_global_scope", "started")?;
    let undefined = v8::undefined(scope).into();
    started.call(scope, undefined, &[]).map(drop)
}

/// Begins an `import()`: asks for what it needs. [`progress`] goes on with it.
fn begin_import(scope: &mut v8::PinScope<'_, '_>, root: Key, purpose: Purpose) {
    let state = state(scope);
    let call = state.task.call();
    let first = state.modules.borrow_mut().begin(root, purpose, call);
    gather(scope, vec![first]);
}

/// Takes a module's source that was asked for.
pub(super) fn loaded(scope: &mut v8::PinScope<'_, '_>, loaded: Loaded) {
    let Loaded { url, kind, result } = loaded;
    let key = Key { url, kind };
    let state = state(scope);
    let job = state.modules.borrow().first_waiter(&key);
    let call = job.and_then(|job| state.modules.borrow().jobs.get(&job)?.call);
    if call.is_some() {
        turn::begin_task(state, call);
    }
    let began = thread_cpu();
    arrived(scope, key, result);
    let used = thread_cpu().saturating_sub(began);
    if call.is_none()
        && let Some(job) = job
    {
        let mut modules = state.modules.borrow_mut();
        if let Some(job) = modules.jobs.get_mut(&job) {
            job.cpu += used;
            charge::check(state, job.cpu);
        }
    }
    progress(scope);
}

/// Goes on with every job whose modules have all come, and fails those of which one cannot.
fn progress(scope: &mut v8::PinScope<'_, '_>) {
    let state = state(scope);
    while !state.control.is_stopped() {
        let job = {
            let mut modules = state.modules.borrow_mut();
            let Some(id) = modules.finished.pop_first() else {
                return;
            };
            let Some(job) = modules.jobs.remove(&id) else {
                continue;
            };
            if job.failure.is_none() {
                modules.complete(&job.seen);
            }
            job
        };
        match job.failure {
            Some(failure) => fail(scope, job.purpose, failure),
            None => evaluate::link_and_evaluate(scope, &job.root, job.purpose),
        }
    }
}

fn fail(scope: &mut v8::PinScope<'_, '_>, purpose: Purpose, failure: Failure) {
    match purpose {
        // The isolate's end tells whoever waits for the start.
        Purpose::Main => {
            let mut error = failure.error;
            describe::shorten(&mut error);
            state(scope).control.stop(ExitReason::StartFailed(*error));
        }
        Purpose::Dynamic(resolver, made_there) => {
            let resolver = v8::Local::new(scope, &resolver);
            let reason = match &failure.exception {
                Some(exception) => v8::Local::new(scope, exception),
                None if !failure.error.stack.is_empty() => {
                    json::exception(scope, &failure.error, &made_there)
                }
                None => error::reworded(scope, &made_there, &failure.error),
            };
            resolver.reject(scope, reason);
        }
    }
}

/// The main module threw, and the program says that it has handled the error: a script goes on with what is left to
/// do, and ends by itself. It has no exports, which is what whoever waits for its start or calls it is told.
fn go_on_without_main(scope: &mut v8::PinScope<'_, '_>, error: JsError) {
    let state = state(scope);
    let reason = ExitReason::StartFailed(error);
    {
        let mut modules = state.modules.borrow_mut();
        modules.main_module = None;
        modules.start_deadline = None;
        modules.failed = Some(reason.clone());
    }
    worker_started(scope);
    while let Some(held) = state.control.owed.take_held() {
        held.reply.lost(&reason);
    }
    if let Some(ready) = state.control.owed.take_ready() {
        // Whoever started the isolate may no longer wait.
        let _ = ready.send(Err(reason));
    }
}

/// The error of a main module that awaits what can never come.
pub(super) fn stalled(scope: &mut v8::PinScope<'_, '_>) -> Option<JsError> {
    let module = state(scope).modules.borrow().main_module.clone()?;
    let module = v8::Local::new(scope, &module);
    let mut error = JsError::new(
        "Error",
        "top-level await never settles: nothing is left that could settle the promise",
    );
    error.code = Some("unsettled_top_level_await".into());
    if let Some((_, message)) = module.get_stalled_top_level_await_message(scope).first() {
        describe::place(scope, &mut error, *message, None);
    }
    Some(error)
}
