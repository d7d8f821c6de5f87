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

use nano_proto::{CallId, ExitReason, JsError};
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

/// A module and the keys of what it imports, by specifier and type.
struct Ready {
  module: v8::Global<v8::Module>,
  imports: Vec<(String, Key)>,
}

enum Entry {
  Loading,
  Failed(JsError),
  Ready(Ready),
}

/// Who waits for a module.
enum Purpose {
  /// The isolate itself: its main module.
  Main(oneshot::Sender<Result<(), ExitReason>>),
  /// `import()`.
  Dynamic(v8::Global<v8::PromiseResolver>),
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
  synthetic: Vec<(v8::Global<v8::Module>, v8::Global<v8::Object>)>,
  jobs: Vec<Job>,
  /// Evaluations that await, by number.
  evaluations: HashMap<u32, Purpose>,
  last_evaluation: u32,
  main_url: Option<String>,
  main_module: Option<v8::Global<v8::Module>>,
  main_source: Option<std::sync::Arc<str>>,
  /// The main module's namespace, once the module has been evaluated.
  pub main_namespace: Option<v8::Global<v8::Object>>,
  /// Calls that came before that.
  held: Vec<Call>,
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

  /// Whether the main module awaits something at its top level.
  pub fn awaits(&self) -> bool {
    !self.evaluations.is_empty()
  }

  /// Keeps a call for when the main module has been evaluated; gives it back if it has.
  pub fn hold(&mut self, call: Call) -> Option<Call> {
    if self.main_namespace.is_some() {
      return Some(call);
    }
    self.held.push(call);
    None
  }

  /// Takes back a call that is held.
  pub fn take_held_call(&mut self, id: CallId) -> Option<Call> {
    let position = self.held.iter().position(|call| call.id == id)?;
    Some(self.held.remove(position))
  }

  /// Takes the calls that were held.
  pub fn take_held(&mut self) -> Vec<Call> {
    std::mem::take(&mut self.held)
  }

  /// Takes whoever waits for the main module, to tell them that it failed.
  pub fn take_waiters(&mut self) -> Vec<oneshot::Sender<Result<(), ExitReason>>> {
    let jobs = self.jobs.drain(..).map(|job| job.purpose);
    let evaluations = self.evaluations.drain().map(|(_, purpose)| purpose);
    jobs
      .chain(evaluations)
      .filter_map(|purpose| match purpose {
        Purpose::Main(ready) => Some(ready),
        Purpose::Dynamic(_) => None,
      })
      .collect()
  }
}

/// Begins the isolate's main module.
pub(super) fn start(scope: &mut v8::PinScope<'_, '_>, start: Start) {
  let Start { url, source, ready } = start;
  let key = Key { url: url.clone(), kind: ModuleType::JavaScript };
  {
    let mut modules = state(scope).modules.borrow_mut();
    modules.main_url = Some(url);
    modules.main_source = source.as_ref().map(Source::shared_text);
    modules.jobs.push(Job { root: key.clone(), purpose: Purpose::Main(ready) });
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

/// Asks for a module unless that has been done.
fn want(scope: &mut v8::PinScope<'_, '_>, key: Key) {
  let mut next = vec![key];
  while let Some(key) = next.pop() {
    let state = state(scope);
    if state.modules.borrow().entries.contains_key(&key) {
      continue;
    }
    state.modules.borrow_mut().entries.insert(key.clone(), Entry::Loading);
    if let Some(entry) = synthetic::builtin(scope, &key) {
      state.modules.borrow_mut().entries.insert(key, entry);
      continue;
    }
    let request = LoadRequest { url: key.url.clone(), kind: key.kind };
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
  let entry = match result {
    Ok(source) => compile::compile(scope, &key, &source),
    Err(error) => Err(error.to_js_error()),
  };
  let (entry, imports) = match entry {
    Ok(ready) => {
      let imports = ready.imports.iter().map(|(_, key)| key.clone()).collect();
      (Entry::Ready(ready), imports)
    }
    Err(error) => (Entry::Failed(error), Vec::new()),
  };
  state(scope).modules.borrow_mut().entries.insert(key, entry);
  imports
}

enum Graph {
  Waiting,
  Failed(JsError),
  Complete,
}

impl Modules {
  /// Whether everything that `root` imports, directly or not, is there.
  fn graph(&self, root: &Key) -> Graph {
    let mut seen = HashSet::new();
    let mut next = vec![root];
    let mut waiting = false;
    while let Some(key) = next.pop() {
      if !seen.insert(key) {
        continue;
      }
      match self.entries.get(key) {
        None | Some(Entry::Loading) => waiting = true,
        Some(Entry::Failed(error)) => return Graph::Failed(error.clone()),
        Some(Entry::Ready(ready)) => next.extend(ready.imports.iter().map(|(_, key)| key)),
      }
    }
    if waiting { Graph::Waiting } else { Graph::Complete }
  }

  fn module(&self, key: &Key) -> Option<&v8::Global<v8::Module>> {
    match self.entries.get(key) {
      Some(Entry::Ready(ready)) => Some(&ready.module),
      _ => None,
    }
  }
}

/// Goes on with every job whose modules have all come.
fn progress(scope: &mut v8::PinScope<'_, '_>) {
  loop {
    let state = state(scope);
    let next = {
      let mut modules = state.modules.borrow_mut();
      let found = modules.jobs.iter().enumerate().find_map(|(i, job)| match modules.graph(&job.root) {
        Graph::Waiting => None,
        Graph::Failed(error) => Some((i, Some(error))),
        Graph::Complete => Some((i, None)),
      });
      found.map(|(i, error)| (modules.jobs.remove(i), error))
    };
    let Some((job, failed)) = next else { return };
    match failed {
      Some(error) => {
        // A module that could not be had may be had later: the next import asks again.
        state.modules.borrow_mut().entries.retain(|_, entry| !matches!(entry, Entry::Failed(_)));
        fail(scope, job.purpose, error);
      }
      None => evaluate::link_and_evaluate(scope, job),
    }
    if state.control.is_stopped() {
      return;
    }
  }
}

fn fail(scope: &mut v8::PinScope<'_, '_>, purpose: Purpose, error: JsError) {
  match purpose {
    Purpose::Main(ready) => {
      // The receiver may be gone: then nobody waits for the start.
      let _ = ready.send(Err(ExitReason::StartFailed(error.clone())));
      state(scope).control.stop(ExitReason::StartFailed(error));
    }
    Purpose::Dynamic(resolver) => {
      let resolver = v8::Local::new(scope, &resolver);
      let reason = error::from_ask_error(scope, &nano_proto::AskError::Threw(error));
      resolver.reject(scope, reason);
    }
  }
}
