//! Whose turn this thread runs, for code that V8 calls without a word about that: its fatal errors, and its requests
//! for memory.

use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr;
use std::sync::Arc;

use super::Control;
use super::icu::Tally;
use super::state::State;

thread_local! {
    static IN_TURN: Cell<*const State> = const { Cell::new(ptr::null()) };
}

/// A turn of an isolate on this thread, until it is dropped.
pub(super) struct InTurn<'a>(PhantomData<&'a State>);

impl<'a> InTurn<'a> {
    /// A turn of `state`'s isolate begins.
    pub fn begin(state: &'a State) -> Self {
        IN_TURN.set(state);
        Self(PhantomData)
    }
}

impl Drop for InTurn<'_> {
    fn drop(&mut self) {
        IN_TURN.set(ptr::null());
    }
}

/// Calls `with` with the state of the isolate whose turn this thread runs, if it runs one.
fn look<T>(with: impl FnOnce(&State) -> T) -> Option<T> {
    let state = IN_TURN.get();
    // SAFETY: `InTurn` borrows the state for as long as the pointer is set, and the turn that it belongs to is
    // on this thread's stack.
    (!state.is_null()).then(|| with(unsafe { &*state }))
}

/// The control block of that isolate.
pub(super) fn control() -> Option<Arc<Control>> {
    look(|state| state.control.clone())
}

/// Where ICU's memory counts for that isolate.
pub(super) fn icu() -> Option<Arc<Tally>> {
    look(|state| state.control.icu.clone())
}

/// The turn is over as far as this file is concerned: calls `with` for the last time.
pub(super) fn leave<T>(with: impl FnOnce(&State) -> T) -> Option<T> {
    look(|state| {
        IN_TURN.set(ptr::null());
        with(state)
    })
}
