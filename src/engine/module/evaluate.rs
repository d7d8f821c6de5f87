//! Linking and evaluation of a module graph that is complete.

use std::collections::HashSet;

use nano_proto::JsError;

use super::super::state::state;
use super::super::{call, files, turn};
use super::{
    Entry, Key, Purpose, callbacks, code_cache, depth, fail, go_on_without_main, syntax_error,
    worker_started,
};
use crate::engine::{describe, uncaught};
use crate::loader::ModuleType;

type CatchScope<'a, 'b, 'c, 'd> = v8::PinnedRef<'a, v8::TryCatch<'b, 'c, v8::HandleScope<'d>>>;

pub(super) fn link_and_evaluate(scope: &mut v8::PinScope<'_, '_>, root: &Key, purpose: Purpose) {
    v8::tc_scope!(let tc, scope);
    let module = state(tc).modules.borrow().module(root).cloned();
    let Some(module) = module else {
        fail(
            tc,
            purpose,
            JsError::new("Error", format!("{} is not loaded", root.url)).into(),
        );
        return;
    };
    let module = v8::Local::new(tc, &module);
    if module.get_status() == v8::ModuleStatus::Errored {
        let exception = module.get_exception();
        reject(tc, purpose, exception, None);
        return;
    }
    if module
        .instantiate_module(tc, callbacks::resolve_module)
        .is_none()
    {
        if let Some(exception) = tc.exception() {
            let message = tc.message();
            syntax_error::say_where(tc, exception, message);
        }
        caught(tc, root, purpose);
        return;
    }
    if matches!(purpose, Purpose::Main) {
        let module = v8::Global::new(tc, module);
        state(tc).modules.borrow_mut().main_module = Some(module);
    }
    if matches!(purpose, Purpose::Main) {
        let script = state(tc).modules.borrow_mut().classic_script.take();
        if let Some(script) = script
            && v8::Local::new(tc, &script).run(tc).is_none()
        {
            caught(tc, root, purpose);
            return;
        }
    }
    let Some(promise) = module.evaluate(tc) else {
        caught(tc, root, purpose);
        return;
    };
    let Ok(promise) = v8::Local::<v8::Promise>::try_from(promise) else {
        finish(tc, purpose, module);
        return;
    };
    promise.mark_as_handled();
    tc.perform_microtask_checkpoint();
    if tc.has_terminated() || state(tc).control.is_stopped() {
        keep(tc, purpose);
        return;
    }
    match promise.state() {
        v8::PromiseState::Fulfilled => finish(tc, purpose, module),
        v8::PromiseState::Rejected => {
            let reason = promise.result(tc);
            depth::explain(tc, root, reason);
            reject(tc, purpose, reason, None);
        }
        v8::PromiseState::Pending => wait(tc, purpose, module, promise),
    }
}

/// Keeps whoever waits, for the turn's end to tell them why the isolate ended.
fn keep(scope: &v8::PinScope<'_, '_>, purpose: Purpose) -> u32 {
    let mut modules = state(scope).modules.borrow_mut();
    modules.last_evaluation += 1;
    let number = modules.last_evaluation;
    modules.evaluations.insert(number, purpose);
    number
}

/// The module awaits at its top level: [`settled`] is called when that ends.
fn wait<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    purpose: Purpose,
    module: v8::Local<'s, v8::Module>,
    promise: v8::Local<'s, v8::Promise>,
) {
    let number = keep(scope, purpose);
    let Some(settle) = files::function(scope, "actor/settle_call", "settleModule") else {
        return;
    };
    let number = v8::Integer::new_from_unsigned(scope, number).into();
    let namespace = module.get_module_namespace();
    let undefined = v8::undefined(scope).into();
    settle.call(scope, undefined, &[promise.into(), number, namespace]);
}

/// An evaluation that awaited has ended: with the module's namespace, or with an error.
pub(in super::super) fn settled(
    scope: &mut v8::PinScope<'_, '_>,
    number: u32,
    outcome: Result<v8::Local<'_, v8::Value>, v8::Local<'_, v8::Value>>,
) {
    let Some(purpose) = state(scope)
        .modules
        .borrow_mut()
        .evaluations
        .remove(&number)
    else {
        return;
    };
    match outcome {
        Ok(namespace) => done(scope, purpose, namespace),
        Err(reason) => reject(scope, purpose, reason, None),
    }
}

fn caught(tc: &mut CatchScope<'_, '_, '_, '_>, root: &Key, purpose: Purpose) {
    if tc.has_terminated() {
        keep(tc, purpose);
        return;
    }
    let message = tc.message();
    let exception = tc.exception().unwrap_or_else(|| v8::undefined(tc).into());
    tc.reset();
    depth::explain(tc, root, exception);
    reject(tc, purpose, exception, message);
}

/// The module whose evaluation threw: it has failed, and nothing that it imports has.
fn thrower(scope: &v8::PinScope<'_, '_>) -> Option<String> {
    let modules = state(scope).modules.borrow();
    let mut key = Key {
        url: modules.main_url.as_deref()?.into(),
        kind: ModuleType::JavaScript,
    };
    let has_failed = |key: &Key| {
        let module = modules.module(key);
        module.is_some_and(|module| {
            v8::Local::new(scope, module).get_status() == v8::ModuleStatus::Errored
        })
    };
    if !has_failed(&key) {
        return None;
    }
    let mut seen = HashSet::new();
    while seen.insert(key.clone()) {
        let Some(Entry::Ready(ready)) = modules.entries.get(&key) else {
            break;
        };
        let imports = ready.imports.iter().map(|import| &import.key);
        match imports
            .filter(|key| !seen.contains(*key))
            .find(|key| has_failed(key))
        {
            Some(deeper) => key = deeper.clone(),
            None => break,
        }
    }
    Some(key.url.to_string())
}

fn reject(
    scope: &mut v8::PinScope<'_, '_>,
    purpose: Purpose,
    reason: v8::Local<'_, v8::Value>,
    message: Option<v8::Local<'_, v8::Message>>,
) {
    match purpose {
        Purpose::Main => {
            // V8 keeps no place of what is no error and leaves a module.
            let file = thrower(scope);
            let file = file.or_else(|| state(scope).modules.borrow().main_url());
            // HTML, "run a module script": what the evaluation is rejected with is reported as an exception.
            let told = uncaught::tell_thrown(scope, reason, message, file.as_deref());
            let mut error = describe::describe_uncaught(scope, reason, message);
            error.file = error.file.or(file);
            // HTML, "run a worker": one whose script has run goes on, whatever that threw.
            let is_worker = state(scope).worker.get().is_some();
            let goes_on = {
                let modules = state(scope).modules.borrow();
                let worker_ran = is_worker && modules.main_module.is_some();
                modules.ends_when_quiescent && (told.handled || worker_ran)
            };
            let unhandled = (goes_on && !told.handled).then(|| error.clone());
            match goes_on {
                true => go_on_without_main(scope, error),
                false => fail(scope, purpose, error.into()),
            }
            if let Some(error) = unhandled {
                uncaught::fail(scope, error);
            }
            match told.thrown {
                Some(thrown) if goes_on => uncaught::fail(scope, thrown),
                Some(thrown) => uncaught::show(scope, &thrown),
                None => {}
            }
        }
        Purpose::Dynamic(resolver, _) => {
            let resolver = v8::Local::new(scope, &resolver);
            resolver.reject(scope, reason);
        }
    }
}

fn finish<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    purpose: Purpose,
    module: v8::Local<'s, v8::Module>,
) {
    if module.is_source_text_module() {
        let unbound = module.get_unbound_module_script(scope);
        let source = state(scope).modules.borrow().main_source.clone();
        if let (Purpose::Main, Some(source)) = (&purpose, source) {
            code_cache::offer(&source, || {
                unbound.create_code_cache().map(|code| code.to_vec())
            });
        }
    }
    let namespace = module.get_module_namespace();
    done(scope, purpose, namespace);
}

fn done(scope: &mut v8::PinScope<'_, '_>, purpose: Purpose, namespace: v8::Local<'_, v8::Value>) {
    match purpose {
        Purpose::Main => {
            let Ok(namespace) = v8::Local::<v8::Object>::try_from(namespace) else {
                return;
            };
            let namespace = v8::Global::new(scope, namespace);
            let state = state(scope);
            state.modules.borrow_mut().main_namespace = Some(namespace);
            worker_started(scope);
            if let Some(ready) = state.control.owed.take_ready() {
                // Whoever started the isolate may no longer wait.
                let _ = ready.send(Ok(()));
            }
            // Those that are left when the isolate is stopped have not begun.
            while !turn::is_over(state)
                && let Some(held) = state.control.owed.take_held()
            {
                // Each is a task of its own, charged with what it uses.
                turn::finish_task(scope);
                turn::begin_task(state, Some(held.id));
                call::run(scope, held);
            }
        }
        Purpose::Dynamic(resolver, _) => {
            let resolver = v8::Local::new(scope, &resolver);
            resolver.resolve(scope, namespace);
        }
    }
}
