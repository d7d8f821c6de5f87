//! ES modules of one isolate: what is loaded, what waits for what, and who wants to know
//! (ECMA-262, "HostLoadImportedModule"; HTML, "fetch the descendants of a module script").
//!
//! Loading happens outside the lock and arrives as events; V8's resolve callback, which is
//! synchronous, is answered from the map that has been filled by then.

mod callbacks;
mod code_cache;
mod compile;
mod evaluate;
mod synthetic;

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use nano_proto::{CallId, ExitReason, JsError, Limits};
use tokio::sync::oneshot;

use super::error;
use super::state::state;
use crate::exchange::{Call, LoadRequest, Loaded, Start};
use crate::loader::{LoadError, ModuleType, Source};

pub(super) use callbacks::{import_dynamically, initialize_import_meta};
pub(super) use evaluate::settled;

/// A module's identity: its URL and the type it was imported as.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    url: String,
    kind: ModuleType,
}

/// One `import` or `export … from` of a module.
struct Import {
    specifier: String,
    key: Key,
    /// Line and column, from 1.
    at: (u32, u32),
}

/// A module and what it imports.
struct Ready {
    module: v8::Global<v8::Module>,
    imports: Vec<Import>,
    /// The source, to quote the line of an import that fails; given up once all have come.
    source: Option<Source>,
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
    /// Adds where the module that failed is imported, unless the error has a place of its own.
    fn imported_at(
        mut self,
        url: &str,
        (line, column): (u32, u32),
        source: Option<&Source>,
    ) -> Self {
        if self.error.file.is_none() {
            let text = source.and_then(Source::text).unwrap_or_default();
            self.error.file = Some(url.to_owned());
            (self.error.line, self.error.column) = (Some(line), Some(column));
            self.error.source_line = text.lines().nth(line as usize - 1).map(str::to_owned);
        }
        self
    }
}

enum Entry {
    Loading,
    Failed(Failure),
    Ready(Ready),
}

/// Who waits for a module.
enum Purpose {
    /// The isolate itself: its main module.
    Main(oneshot::Sender<Result<(), ExitReason>>),
    /// `import()`: its promise, and an error that was made where it stands.
    Dynamic(v8::Global<v8::PromiseResolver>, v8::Global<v8::Value>),
}

struct Job {
    root: Key,
    purpose: Purpose,
}

/// All modules of an isolate.
#[derive(Default)]
pub(super) struct Modules {
    entries: HashMap<Key, Entry>,
    /// URLs by V8's script id, to know who imports.
    scripts: HashMap<i32, Key>,
    /// Whether a module may be there of which an import failed and has no entry any more.
    gaps: bool,
    synthetic: Vec<(v8::Global<v8::Module>, v8::Global<v8::Object>)>,
    jobs: Vec<Job>,
    /// Evaluations that await, by number.
    evaluations: HashMap<u32, Purpose>,
    last_evaluation: u32,
    main_url: Option<String>,
    args: Vec<String>,
    main_module: Option<v8::Global<v8::Module>>,
    main_source: Option<std::sync::Arc<str>>,
    /// The main module's namespace, once the module has been evaluated.
    pub main_namespace: Option<v8::Global<v8::Object>>,
    /// When the start must be done with. It is a call like any other: its wall time is limited.
    start_deadline: Option<Instant>,
    /// Calls that came before that, each with the time until which it waits.
    held: Vec<(Call, Option<Instant>)>,
}

impl Modules {
    /// The URL of the main module.
    pub fn main_url(&self) -> Option<String> {
        self.main_url.clone()
    }

    /// Whether something is being loaded or evaluated.
    pub fn is_busy(&self) -> bool {
        !self.jobs.is_empty()
    }

    /// How many sources have been asked for and have not come.
    pub fn loading(&self) -> usize {
        if self.jobs.is_empty() {
            return 0;
        }
        let is_loading = |entry: &&Entry| matches!(entry, Entry::Loading);
        self.entries.values().filter(is_loading).count()
    }

    /// Whether the main module has begun and is not evaluated yet.
    pub fn is_starting(&self) -> bool {
        self.main_module.is_some() && self.main_namespace.is_none()
    }

    /// Keeps a call for when the main module has been evaluated; gives it back if it has. It waits no
    /// longer than it might then run, since a module may await for ever.
    pub fn hold(&mut self, call: Call, wall_ms: u64) -> Option<Call> {
        if self.main_namespace.is_some() {
            return Some(call);
        }
        let until = [call.deadline, after(wall_ms)].into_iter().flatten().min();
        self.held.push((call, until));
        None
    }

    /// Takes back a call that is held.
    pub fn take_held_call(&mut self, id: CallId) -> Option<Call> {
        let position = self.held.iter().position(|(call, _)| call.id == id)?;
        Some(self.held.remove(position).0)
    }

    /// When the start, or the first of the calls that are held, has taken long enough.
    pub fn next_deadline(&self) -> Option<Instant> {
        let held = self.held.iter().filter_map(|(_, until)| *until).min();
        let start = self
            .start_deadline
            .filter(|_| self.main_namespace.is_none());
        [held, start].into_iter().flatten().min()
    }

    /// Whether the start should be done with by `now`, and is not.
    pub fn is_start_overdue(&self, now: Instant) -> bool {
        self.main_namespace.is_none() && self.start_deadline.is_some_and(|due| due <= now)
    }

    /// Takes a call that was held until `now`.
    pub fn take_expired(&mut self, now: Instant) -> Option<Call> {
        let is_over = |until: &Option<Instant>| until.is_some_and(|until| until <= now);
        let position = self.held.iter().position(|(_, until)| is_over(until))?;
        Some(self.held.remove(position).0)
    }

    /// Takes the calls that were held.
    pub fn take_held(&mut self) -> Vec<Call> {
        self.held.drain(..).map(|(call, _)| call).collect()
    }
}

/// In so many milliseconds, if that is a time.
fn after(ms: u64) -> Option<Instant> {
    let delay = (ms != Limits::NONE).then(|| Duration::from_millis(ms))?;
    Instant::now().checked_add(delay)
}

/// Begins the isolate's main module.
pub(super) fn start(scope: &mut v8::PinScope<'_, '_>, start: Start) {
    let Start {
        url,
        source,
        args,
        ready,
    } = start;
    let key = Key {
        url: url.clone(),
        kind: ModuleType::JavaScript,
    };
    let wall_ms = state(scope).control.limits().wall_ms_per_call;
    {
        let mut modules = state(scope).modules.borrow_mut();
        modules.start_deadline = after(wall_ms);
        modules.main_url = Some(url);
        modules.args = args;
        modules.main_source = source.as_ref().and_then(Source::shared_text);
        modules.jobs.push(Job {
            root: key.clone(),
            purpose: Purpose::Main(ready),
        });
    }
    match source {
        Some(source) => arrived(scope, key, Ok(source)),
        None => want(scope, key),
    }
    progress(scope);
}

/// Takes a module's source that was asked for.
pub(super) fn loaded(scope: &mut v8::PinScope<'_, '_>, loaded: Loaded) {
    let Loaded { url, kind, result } = loaded;
    arrived(scope, Key { url, kind }, result);
    progress(scope);
}

/// Asks for a module and all that it imports, unless that has been done. What failed before has no
/// entry and is asked for again.
fn want(scope: &mut v8::PinScope<'_, '_>, key: Key) {
    let mut next = vec![key];
    let mut seen = HashSet::new();
    while let Some(key) = next.pop() {
        if !seen.insert(key.clone()) {
            continue;
        }
        let state = state(scope);
        {
            let modules = state.modules.borrow();
            match modules.entries.get(&key) {
                None => {}
                Some(Entry::Ready(ready)) if modules.gaps => {
                    next.extend(ready.imports.iter().map(|import| import.key.clone()));
                    continue;
                }
                Some(_) => continue,
            }
        }
        state
            .modules
            .borrow_mut()
            .entries
            .insert(key.clone(), Entry::Loading);
        if let Some(entry) = synthetic::builtin(scope, &key) {
            state.modules.borrow_mut().entries.insert(key, entry);
            continue;
        }
        let request = LoadRequest {
            url: key.url.clone(),
            kind: key.kind,
        };
        if let Some(result) = state.host().load(request) {
            next.extend(compile_entry(scope, key, result));
        }
    }
}

fn arrived(scope: &mut v8::PinScope<'_, '_>, key: Key, result: Result<Source, LoadError>) {
    for import in compile_entry(scope, key, result) {
        want(scope, import);
    }
}

/// Compiles what came for `key`, and returns what it imports.
fn compile_entry(
    scope: &mut v8::PinScope<'_, '_>,
    key: Key,
    result: Result<Source, LoadError>,
) -> Vec<Key> {
    let source = result.and_then(|source| source.check_type(&key.url, key.kind).map(|()| source));
    let entry = match source {
        Ok(source) => compile::compile(scope, &key, &source),
        Err(error) => Err(error.to_js_error().into()),
    };
    let (entry, imports) = match entry {
        Ok(ready) => {
            let imports = ready
                .imports
                .iter()
                .map(|import| import.key.clone())
                .collect();
            (Entry::Ready(ready), imports)
        }
        Err(error) => (Entry::Failed(error), Vec::new()),
    };
    state(scope).modules.borrow_mut().entries.insert(key, entry);
    imports
}

enum Graph {
    Waiting,
    Failed(Failure),
    Complete,
}

impl Modules {
    /// Whether everything that `root` imports, directly or not, is there.
    fn graph(&self, root: &Key) -> Graph {
        let mut seen = HashSet::new();
        let mut next = vec![(root, None)];
        let mut waiting = false;
        while let Some((key, importer)) = next.pop() {
            if !seen.insert(key) {
                continue;
            }
            match self.entries.get(key) {
                None | Some(Entry::Loading) => waiting = true,
                Some(Entry::Failed(failure)) => {
                    let failure = failure.clone();
                    return Graph::Failed(match importer {
                        Some((url, at, source)) => failure.imported_at(url, at, source),
                        None => failure,
                    });
                }
                Some(Entry::Ready(ready)) => {
                    let source = ready.source.as_ref();
                    let imports = ready.imports.iter().rev();
                    next.extend(
                        imports.map(|it| (&it.key, Some((key.url.as_str(), it.at, source)))),
                    );
                }
            }
        }
        if waiting {
            Graph::Waiting
        } else {
            Graph::Complete
        }
    }

    /// Gives up the sources of a graph that is complete.
    fn forget_sources(&mut self, root: &Key) {
        let mut next = vec![root.clone()];
        while let Some(key) = next.pop() {
            if let Some(Entry::Ready(ready)) = self.entries.get_mut(&key)
                && ready.source.take().is_some()
            {
                next.extend(ready.imports.iter().map(|import| import.key.clone()));
            }
        }
    }

    fn module(&self, key: &Key) -> Option<&v8::Global<v8::Module>> {
        match self.entries.get(key) {
            Some(Entry::Ready(ready)) => Some(&ready.module),
            _ => None,
        }
    }
}

/// Goes on with every job whose modules have all come, and fails those of which one cannot.
fn progress(scope: &mut v8::PinScope<'_, '_>) {
    let failed = {
        let mut modules = state(scope).modules.borrow_mut();
        let (mut failed, mut others) = (Vec::new(), Vec::new());
        for job in std::mem::take(&mut modules.jobs) {
            match modules.graph(&job.root) {
                Graph::Failed(failure) => failed.push((job.purpose, failure)),
                _ => others.push(job),
            }
        }
        modules.jobs = others;
        let before = modules.entries.len();
        // A module that could not be had may be had later: the next import asks again.
        modules
            .entries
            .retain(|_, entry| !matches!(entry, Entry::Failed(_)));
        modules.gaps |= modules.entries.len() < before;
        failed
    };
    for (purpose, failure) in failed {
        fail(scope, purpose, failure);
    }
    loop {
        let state = state(scope);
        if state.control.is_stopped() {
            return;
        }
        let job = {
            let mut modules = state.modules.borrow_mut();
            let complete = |job: &Job| matches!(modules.graph(&job.root), Graph::Complete);
            let Some(at) = modules.jobs.iter().position(complete) else {
                return;
            };
            let job = modules.jobs.remove(at);
            modules.forget_sources(&job.root);
            job
        };
        evaluate::link_and_evaluate(scope, job);
    }
}

fn fail(scope: &mut v8::PinScope<'_, '_>, purpose: Purpose, failure: Failure) {
    match purpose {
        Purpose::Main(ready) => {
            let error = *failure.error;
            // The receiver may be gone: then nobody waits for the start.
            let _ = ready.send(Err(ExitReason::StartFailed(error.clone())));
            state(scope).control.stop(ExitReason::StartFailed(error));
        }
        Purpose::Dynamic(resolver, made_there) => {
            let resolver = v8::Local::new(scope, &resolver);
            let reason = match &failure.exception {
                Some(exception) => v8::Local::new(scope, exception),
                None => error::reworded(scope, &made_there, &failure.error),
            };
            resolver.reject(scope, reason);
        }
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
        error::place(scope, &mut error, *message, None);
    }
    Some(error)
}
