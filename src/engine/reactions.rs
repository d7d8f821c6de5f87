//! Whom microtasks are charged to. A task may settle a promise that another call awaits, and what that call goes on
//! with runs behind the same task: by its async context it is the other call's all the same.
//!
//! V8 tells of each reaction before it runs (`v8::Context::SetPromiseHooks`), but of those to an `await` only where it
//! had been asked to when that was reached. So it is asked before any code of the program's runs, and for good. A program
//! that may end by itself is not there to be called, and pays nothing until its first call.

use std::cell::{Cell, RefCell};

use nano_proto::CallId;

use super::state::state;
use super::{charge, turn};

/// What an isolate knows of its microtasks.
#[derive(Default)]
pub(super) struct Reactions {
    /// Whether V8 tells of them.
    watched: Cell<bool>,
    /// Calls that were found over their limit when another went on.
    exceeded: RefCell<Vec<CallId>>,
}

impl Reactions {
    /// Notes that `call` is over its limit, which it is told once nothing of the program's runs.
    pub fn note_exceeded(&self, call: CallId) {
        self.exceeded.borrow_mut().push(call);
    }

    /// A call that was over its limit.
    pub fn take_exceeded(&self) -> Option<CallId> {
        self.exceeded.borrow_mut().pop()
    }
}

/// Has V8 tell of reactions.
pub(super) fn watch(scope: &v8::PinScope<'_, '_>) {
    let watched = &state(scope).reactions.watched;
    if watched.get() {
        return;
    }
    let hook = v8::Function::builder(before)
        .constructor_behavior(v8::ConstructorBehavior::Throw)
        .build(scope);
    // None where the isolate is being terminated.
    if hook.is_some() {
        scope.set_promise_hooks(None, hook, None, None);
        watched.set(true);
    }
}

/// V8 calls it before each reaction, in the reaction's async context.
fn before(
    scope: &mut v8::PinScope<'_, '_>,
    _: v8::FunctionCallbackArguments<'_>,
    _: v8::ReturnValue<'_, v8::Value>,
) {
    note_context(scope);
}

/// Charges what runs from here on to the call of the async context, which may be another one than the task's.
pub(super) fn note_context(scope: &v8::PinScope<'_, '_>) {
    let call = turn::call_of(scope, scope.get_continuation_preserved_embedder_data());
    charge::turn_to(state(scope), call);
}

/// The program has entered another async context itself.
pub(super) fn entered(scope: &v8::PinScope<'_, '_>) {
    if state(scope).reactions.watched.get() {
        note_context(scope);
    }
}

/// HTML, "perform a microtask checkpoint". Behind it the task is its own call's again.
pub(super) fn run(scope: &mut v8::PinScope<'_, '_>) {
    let own = state(scope).task.call();
    scope.perform_microtask_checkpoint();
    charge::turn_to(state(scope), own);
}
