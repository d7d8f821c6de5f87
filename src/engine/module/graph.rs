//! How the modules that one imports are gathered (HTML, "fetch the descendants of a module script"): what a job has
//! come upon, what was asked for and for whom, and what came of it.

use std::collections::HashSet;
use std::time::Duration;

use nano_proto::CallId;

use super::{
    Entry, Failure, Importer, Job, JobId, Key, Modules, Purpose, Ready, Waiter, compile, progress,
    synthetic,
};
use crate::engine::state::{State, state};
use crate::exchange::{LOADS, LoadRequest};
use crate::loader::{LoadError, Source};

/// A module that a job has come upon and has not looked at.
pub(super) struct Step {
    pub job: JobId,
    pub key: Key,
    pub importer: Option<Importer>,
}

/// Looks at modules that jobs have come upon, and at all that these import; asks for those that are not
/// there. What failed before has no entry and is asked for again.
pub(super) fn gather(scope: &mut v8::PinScope<'_, '_>, mut next: Vec<Step>) {
    let state = state(scope);
    while let Some(Step { job, key, importer }) = next.pop() {
        if state.control.is_stopped() {
            return;
        }
        if !state
            .modules
            .borrow_mut()
            .look(job, &key, importer, &mut next)
        {
            continue;
        }
        let outcome = match synthetic::builtin(scope, &key) {
            Some(outcome) => Some(outcome),
            None => {
                let request = LoadRequest {
                    url: key.url.clone(),
                    kind: compile::asked_as(scope, &key),
                };
                let call = state.modules.borrow().jobs.get(&job).and_then(|it| it.call);
                if let Some(call) = call {
                    state.calls.borrow_mut().note_operation(call);
                }
                match state.host().load(request) {
                    Some(result) => Some(compiled(scope, &key, result)),
                    None => {
                        make_room(state, &mut next);
                        None
                    }
                }
            }
        };
        if let Some(outcome) = outcome {
            state.modules.borrow_mut().settle(key, outcome, &mut next);
        }
    }
}

/// Where more is being loaded than may be at once, gives up what nobody waits for but calls that were given up
/// themselves, or jobs that have failed. As long as there is room it may well come, and the next import finds it.
fn make_room(state: &State, next: &mut Vec<Step>) {
    loop {
        let key = {
            let mut modules = state.modules.borrow_mut();
            if modules.loading <= LOADS || !modules.may_be_unwanted {
                return;
            }
            let Some(key) = modules.unwanted() else {
                modules.may_be_unwanted = false;
                return;
            };
            let error = LoadError::GivenUp {
                url: key.url.to_string(),
            };
            modules.settle(key.clone(), Err(error.to_js_error().into()), next);
            key
        };
        state.host().forget_load(&LoadRequest {
            url: key.url,
            kind: key.kind,
        });
    }
}

/// The call was given up: what it imports makes room for others.
pub(in crate::engine) fn abandon(scope: &mut v8::PinScope<'_, '_>, call: CallId) {
    let state = state(scope);
    if state.modules.borrow_mut().abandon(call) {
        make_room(state, &mut Vec::new());
        progress(scope);
    }
}

pub(super) fn arrived(
    scope: &mut v8::PinScope<'_, '_>,
    key: Key,
    result: Result<Source, LoadError>,
) {
    let state = state(scope);
    if state.modules.borrow_mut().is_unwanted(&key) {
        return;
    }
    let outcome = compiled(scope, &key, result);
    let mut next = Vec::new();
    state.modules.borrow_mut().settle(key, outcome, &mut next);
    gather(scope, next);
}

/// The module that came for `key`.
fn compiled(
    scope: &mut v8::PinScope<'_, '_>,
    key: &Key,
    result: Result<Source, LoadError>,
) -> Result<Ready, Failure> {
    let kind = compile::asked_as(scope, key);
    let source = result.and_then(|source| source.check_type(&key.url, kind).map(|()| source));
    match source {
        Ok(source) => compile::compile(scope, key, &source),
        Err(error) => Err(error.to_js_error().into()),
    }
}

impl Modules {
    /// Begins a job: its first step is the module that it is for.
    pub(super) fn begin(&mut self, root: Key, purpose: Purpose, call: Option<CallId>) -> Step {
        self.last_job += 1;
        let job = Job {
            root: root.clone(),
            purpose,
            call,
            cpu: Duration::ZERO,
            seen: HashSet::new(),
            waiting: 1,
            failure: None,
            abandoned: false,
        };
        self.jobs.insert(self.last_job, job);
        Step {
            job: self.last_job,
            key: root,
            importer: None,
        }
    }

    /// One job looks at one module. True if the module has to be asked for.
    fn look(
        &mut self,
        id: JobId,
        key: &Key,
        importer: Option<Importer>,
        next: &mut Vec<Step>,
    ) -> bool {
        if self.jobs.get(&id).is_some_and(|job| job.abandoned) {
            self.may_be_unwanted = true;
        }
        // One that failed needs nothing more.
        let Some(job) = self.jobs.get_mut(&id).filter(|job| job.failure.is_none()) else {
            return false;
        };
        let seen = !job.seen.insert(key.clone());
        match self.entries.get_mut(key) {
            _ if seen => self.done_with_one(id),
            Some(Entry::Ready(ready)) if ready.complete => self.done_with_one(id),
            Some(Entry::Ready(ready)) => {
                push_imports(next, id, key, ready);
                job.waiting += ready.imports.len();
                self.done_with_one(id);
            }
            Some(Entry::Loading(waiters)) => waiters.push(Waiter { job: id, importer }),
            None => {
                self.ask(key, Waiter { job: id, importer });
                return true;
            }
        }
        false
    }

    pub(super) fn ask(&mut self, key: &Key, waiter: Waiter) {
        if let Some(job) = self.jobs.get_mut(&waiter.job) {
            job.seen.insert(key.clone());
        }
        let entry = Entry::Loading(vec![waiter]);
        self.loading += usize::from(self.entries.insert(key.clone(), entry).is_none());
    }

    fn done_with_one(&mut self, id: JobId) {
        if let Some(job) = self.jobs.get_mut(&id) {
            job.waiting -= 1;
            if job.waiting == 0 {
                self.finished.insert(id);
            }
        }
    }

    /// The job that is charged with what comes for `key`.
    pub(super) fn first_waiter(&self, key: &Key) -> Option<JobId> {
        let Some(Entry::Loading(waiters)) = self.entries.get(key) else {
            return None;
        };
        waiters.iter().map(|it| it.job).find(|id| self.is_open(*id))
    }

    fn is_open(&self, id: JobId) -> bool {
        self.jobs.get(&id).is_some_and(|job| job.failure.is_none())
    }

    /// The call was given up; returns whether it has something loaded.
    fn abandon(&mut self, call: CallId) -> bool {
        let mut found = false;
        for job in self.jobs.values_mut().filter(|job| job.call == Some(call)) {
            job.abandoned = true;
            found = true;
        }
        self.may_be_unwanted |= found;
        found
    }

    /// A module that is being loaded, and that nobody waits for who is waited for.
    fn unwanted(&self) -> Option<Key> {
        let is_wanted = |waiter: &Waiter| {
            let job = self.jobs.get(&waiter.job);
            job.is_some_and(|job| job.failure.is_none() && !job.abandoned)
        };
        let mut entries = self.entries.iter();
        let found = entries.find(
            |(_, entry)| matches!(entry, Entry::Loading(waiters) if !waiters.iter().any(is_wanted)),
        );
        found.map(|(key, _)| key.clone())
    }

    /// Whether nobody waits for `key` any more, since all that did have failed; then it is forgotten.
    fn is_unwanted(&mut self, key: &Key) -> bool {
        if self.first_waiter(key).is_some() {
            return false;
        }
        if let Some(Entry::Loading(_)) = self.entries.get(key) {
            self.entries.remove(key);
            self.loading -= 1;
        }
        true
    }

    /// A module has come, or cannot be had: those who waited look at what it imports, or fail.
    fn settle(&mut self, key: Key, outcome: Result<Ready, Failure>, next: &mut Vec<Step>) {
        let Some(Entry::Loading(waiters)) = self.entries.remove(&key) else {
            return;
        };
        self.loading -= 1;
        match outcome {
            Ok(ready) => {
                for Waiter { job: id, .. } in waiters {
                    if let Some(job) = self.jobs.get_mut(&id) {
                        job.waiting += ready.imports.len();
                        push_imports(next, id, &key, &ready);
                        self.done_with_one(id);
                    }
                }
                self.entries.insert(key, Entry::Ready(ready));
            }
            // It has no entry: it may be had later, and the next import asks again.
            Err(failure) => {
                for Waiter { job: id, importer } in waiters {
                    let failure = match importer {
                        Some(importer) => self.imported_at(failure.clone(), &importer),
                        None => failure.clone(),
                    };
                    if let Some(job) = self.jobs.get_mut(&id) {
                        job.failure.get_or_insert(failure);
                        self.finished.insert(id);
                        self.may_be_unwanted = true;
                    }
                }
            }
        }
    }

    fn imported_at(&self, failure: Failure, importer: &Importer) -> Failure {
        let source = match self.entries.get(&importer.key) {
            Some(Entry::Ready(ready)) => ready.source.as_ref(),
            _ => None,
        };
        failure.imported_at(&importer.key.url, importer.at, source)
    }

    /// All that `seen` holds has come: nobody need look at what these modules import again.
    pub(super) fn complete(&mut self, seen: &HashSet<Key>) {
        for key in seen {
            if let Some(Entry::Ready(ready)) = self.entries.get_mut(key) {
                ready.complete = true;
                ready.source = None;
            }
        }
    }

    pub(super) fn module(&self, key: &Key) -> Option<&v8::Global<v8::Module>> {
        match self.entries.get(key) {
            Some(Entry::Ready(ready)) => Some(&ready.module),
            _ => None,
        }
    }
}

/// The first import is looked at first.
fn push_imports(next: &mut Vec<Step>, job: JobId, key: &Key, ready: &Ready) {
    let steps = ready.imports.iter().rev().map(|import| Step {
        job,
        key: import.key.clone(),
        importer: Some(Importer {
            key: key.clone(),
            at: import.at,
        }),
    });
    next.extend(steps);
}
