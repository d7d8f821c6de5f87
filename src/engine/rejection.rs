//! Promises that were rejected while nothing handled them (HTML, "HostPromiseRejectionTracker").

use std::num::NonZero;

use rustc_hash::FxHashMap;

use super::state::state;

/// A rejected promise.
pub(super) struct Rejected {
    pub promise: v8::Global<v8::Promise>,
    pub reason: v8::Global<v8::Value>,
    /// The async context in which that happened; whoever is told of it runs in the same.
    pub frame: v8::Global<v8::Value>,
}

impl Rejected {
    fn new(
        scope: &v8::PinScope<'_, '_>,
        promise: v8::Local<'_, v8::Promise>,
        reason: v8::Local<'_, v8::Value>,
    ) -> Self {
        let frame = scope.get_continuation_preserved_embedder_data();
        Self {
            promise: v8::Global::new(scope, promise),
            reason: v8::Global::new(scope, reason),
            frame: v8::Global::new(scope, frame),
        }
    }
}

/// Rejected promises to be told about after the next checkpoint.
#[derive(Default)]
pub(super) struct Rejections {
    pending: Pending,
    /// "Outstanding rejected promises": told about, and handled since.
    handled_late: Vec<Rejected>,
    /// Promises that `unhandledrejection` was fired for; bounded, since it serves a courtesy event.
    notified: Vec<v8::Global<v8::Promise>>,
}

/// How many notified promises are remembered for `rejectionhandled`.
const NOTIFIED: usize = 256;

/// "About-to-be-notified rejected promises list", in order. A task may reject many promises and handle
/// them afterwards, so each is found by its hash.
#[derive(Default)]
struct Pending {
    list: Vec<Option<Rejected>>,
    by_hash: FxHashMap<NonZero<i32>, Vec<usize>>,
    live: usize,
}

impl Pending {
    fn add(&mut self, hash: NonZero<i32>, entry: Rejected) {
        self.by_hash.entry(hash).or_default().push(self.list.len());
        self.list.push(Some(entry));
        self.live += 1;
    }

    /// Whether the promise was there.
    fn remove(&mut self, hash: NonZero<i32>, promise: &v8::Global<v8::Promise>) -> bool {
        let Some(places) = self.by_hash.get_mut(&hash) else {
            return false;
        };
        let list = &mut self.list;
        let is_it = |&place: &usize| {
            let entry = list.get(place).and_then(Option::as_ref);
            entry.is_some_and(|pending| pending.promise == *promise)
        };
        let Some(at) = places.iter().position(is_it) else {
            return false;
        };
        let place = places.swap_remove(at);
        if places.is_empty() {
            self.by_hash.remove(&hash);
        }
        if let Some(entry) = list.get_mut(place) {
            *entry = None;
        }
        self.live -= 1;
        if self.live == 0 {
            self.list.clear();
        }
        true
    }

    fn take(&mut self) -> Vec<Rejected> {
        self.live = 0;
        self.by_hash.clear();
        std::mem::take(&mut self.list)
            .into_iter()
            .flatten()
            .collect()
    }
}

impl Rejections {
    /// Whether there is nothing to tell.
    pub fn is_quiet(&self) -> bool {
        self.pending.live == 0 && self.handled_late.is_empty()
    }

    /// Takes what is to be told: what was rejected, and what was handled too late.
    pub fn take(&mut self) -> (Vec<Rejected>, Vec<Rejected>) {
        (self.pending.take(), std::mem::take(&mut self.handled_late))
    }

    /// Remembers that the program was told of `promise`.
    pub fn note(&mut self, promise: v8::Global<v8::Promise>) {
        if self.notified.len() < NOTIFIED {
            self.notified.push(promise);
        }
    }
}

pub(super) unsafe extern "C" fn on_reject(message: v8::PromiseRejectMessage) {
    // SAFETY: V8 calls this with a message of the current isolate.
    v8::callback_scope!(unsafe scope, &message);
    let promise = message.get_promise();
    let hash = promise.get_identity_hash();
    match message.get_event() {
        v8::PromiseRejectEvent::PromiseRejectWithNoHandler => {
            let reason = message
                .get_value()
                .unwrap_or_else(|| v8::undefined(scope).into());
            let entry = Rejected::new(scope, promise, reason);
            let mut rejections = state(scope).rejections.borrow_mut();
            rejections.pending.add(hash, entry);
        }
        v8::PromiseRejectEvent::PromiseHandlerAddedAfterReject => {
            let key = v8::Global::new(scope, promise);
            let mut rejections = state(scope).rejections.borrow_mut();
            if rejections.pending.remove(hash, &key) {
                return;
            }
            let is_it = |notified: &v8::Global<v8::Promise>| *notified == key;
            if let Some(at) = rejections.notified.iter().position(is_it) {
                rejections.notified.swap_remove(at);
                let reason = promise.result(scope);
                rejections
                    .handled_late
                    .push(Rejected::new(scope, promise, reason));
            }
        }
        // Resolving or rejecting a settled promise again is allowed and has no effect.
        _ => {}
    }
}
