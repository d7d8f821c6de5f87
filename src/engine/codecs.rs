//! The compressed streams of one isolate, by number. What they take counts as buffers.
//!
//! What is native of a stream lives until the stream ends, or until its token is garbage: an ArrayBuffer that the
//! stream alone has, since V8 frees its buffers with each collection, within a turn as well. The rest V8 is told by
//! number, for it to collect the sooner.

use std::ffi::c_void;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;

use super::budget::BufferBudget;
use super::icu::Tally;
use super::state::state;
use crate::web::compression::{Codec, CodecError};

/// A codec with what it has taken from its isolate's budget.
struct Charged {
    codec: Codec,
    taken: u64,
    budget: Arc<BufferBudget>,
    shared: Arc<Shared>,
}

impl Charged {
    /// Takes what the codec has come to need, or gives back; false where there is no room.
    fn settle(&mut self) -> bool {
        let needed = self.codec.memory();
        if needed > self.taken {
            if !self.budget.take(needed - self.taken) {
                return false;
            }
            self.shared.tally.add((needed - self.taken) as usize);
        } else {
            self.budget.give_back(self.taken - needed);
            self.shared.tally.subtract((self.taken - needed) as usize);
        }
        self.taken = needed;
        true
    }

    /// The same, once what is garbage has gone.
    fn settle_at_last(&mut self, isolate: &mut v8::Isolate) -> bool {
        if self.settle() {
            return true;
        }
        isolate.low_memory_notification();
        self.settle()
    }
}

impl Drop for Charged {
    fn drop(&mut self) {
        self.budget.give_back(self.taken);
        self.shared.tally.subtract(self.taken as usize);
    }
}

/// What V8's threads reach as well, which free tokens.
#[derive(Default)]
struct Shared {
    /// What is open; none for one that is in use.
    open: Mutex<FxHashMap<u64, Option<Charged>>>,
    tally: Tally,
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, FxHashMap<u64, Option<Charged>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self, number: u64) {
        let closed = self.open().remove(&number);
        // What it held is freed without the lock.
        drop(closed);
    }
}

/// What a token stands for.
struct Token {
    number: u64,
    shared: Arc<Shared>,
    /// The buffer's memory, which nobody reads.
    byte: u8,
}

unsafe extern "C" fn release(_: *mut c_void, _: usize, token: *mut c_void) {
    // SAFETY: `token` is what `Codecs::open` leaked, and V8 calls this once.
    let token = unsafe { Box::from_raw(token.cast::<Token>()) };
    token.shared.close(token.number);
}

/// The codecs of one isolate. A number is never used again.
#[derive(Default)]
pub(super) struct Codecs {
    last: u64,
    shared: Arc<Shared>,
}

impl Codecs {
    /// How many bytes more they take than when this was last asked.
    pub fn take_change(&self) -> i64 {
        self.shared.tally.take_change()
    }
}

/// Tells V8 what the codecs have come to take.
fn tell(isolate: &mut v8::Isolate) {
    let change = state(isolate).codecs.borrow().take_change();
    if change != 0 {
        isolate.adjust_amount_of_external_allocated_memory(change);
    }
}

/// A number for `codec`, and the token that keeps it open; none where the isolate has no room for it.
pub(super) fn open<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    codec: Codec,
) -> Option<(u64, v8::Local<'s, v8::ArrayBuffer>)> {
    let (number, shared) = {
        let mut codecs = state(scope).codecs.borrow_mut();
        codecs.last += 1;
        (codecs.last, codecs.shared.clone())
    };
    let mut charged = Charged {
        codec,
        taken: 0,
        budget: state(scope).control.buffers.clone(),
        shared: shared.clone(),
    };
    if !charged.settle_at_last(scope) {
        return None;
    }
    shared.open().insert(number, Some(charged));
    let token = Box::into_raw(Box::new(Token {
        number,
        shared,
        byte: 0,
    }));
    // SAFETY: the byte lives as long as the token, which `release` alone frees; that touches nothing of V8's, may run
    // on any thread, and runs once.
    let store = unsafe {
        v8::ArrayBuffer::new_backing_store_from_ptr(
            (&raw mut (*token).byte).cast(),
            1,
            release,
            token.cast(),
        )
    };
    let token = v8::ArrayBuffer::with_backing_store(scope, &store.make_shared());
    tell(scope);
    Some((number, token))
}

/// The stream has ended, or nobody wants it any more.
pub(super) fn close(isolate: &mut v8::Isolate, number: u64) {
    let shared = state(isolate).codecs.borrow().shared.clone();
    shared.close(number);
    tell(isolate);
}

/// What `step` does with a codec, which is closed if that fails. One that is closed has no output.
pub(super) fn step(
    isolate: &mut v8::Isolate,
    number: u64,
    step: impl FnOnce(&mut Codec) -> Result<usize, CodecError>,
) -> Result<usize, CodecError> {
    let shared = state(isolate).codecs.borrow().shared.clone();
    // Taken out, so that no other thread waits for the step.
    let taken = shared.open().get_mut(&number).and_then(Option::take);
    let Some(mut charged) = taken else {
        return Ok(0);
    };
    let mut result = step(&mut charged.codec);
    if !charged.settle_at_last(isolate) {
        result = Err(CodecError::Memory);
    }
    if result.is_err() {
        drop(charged);
        shared.close(number);
    } else if let Some(place) = shared.open().get_mut(&number) {
        // Its token was garbage meanwhile, otherwise.
        *place = Some(charged);
    }
    tell(isolate);
    result
}
