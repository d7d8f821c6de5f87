//! Promises that were rejected while nothing handled them (HTML, "HostPromiseRejectionTracker").

use super::state::state;

/// Rejected promises to be told about after the next checkpoint.
#[derive(Default)]
pub(super) struct Rejections {
    /// "About-to-be-notified rejected promises list".
    pub pending: Vec<(v8::Global<v8::Promise>, v8::Global<v8::Value>)>,
    /// "Outstanding rejected promises": told about, and handled since.
    pub handled_late: Vec<(v8::Global<v8::Promise>, v8::Global<v8::Value>)>,
    /// Promises that `unhandledrejection` was fired for; bounded, since it serves a courtesy event.
    pub notified: Vec<v8::Global<v8::Promise>>,
}

/// How many notified promises are remembered for `rejectionhandled`.
pub(super) const NOTIFIED: usize = 256;

pub(super) unsafe extern "C" fn on_reject(message: v8::PromiseRejectMessage) {
    // SAFETY: V8 calls this with a message of the current isolate.
    v8::callback_scope!(unsafe scope, &message);
    let promise = message.get_promise();
    match message.get_event() {
        v8::PromiseRejectEvent::PromiseRejectWithNoHandler => {
            let reason = message
                .get_value()
                .unwrap_or_else(|| v8::undefined(scope).into());
            let entry = (
                v8::Global::new(scope, promise),
                v8::Global::new(scope, reason),
            );
            state(scope).rejections.borrow_mut().pending.push(entry);
        }
        v8::PromiseRejectEvent::PromiseHandlerAddedAfterReject => {
            let key = v8::Global::new(scope, promise);
            let mut rejections = state(scope).rejections.borrow_mut();
            let before = rejections.pending.len();
            rejections.pending.retain(|(pending, _)| *pending != key);
            if rejections.pending.len() == before
                && let Some(at) = rejections
                    .notified
                    .iter()
                    .position(|notified| *notified == key)
            {
                rejections.notified.swap_remove(at);
                let reason = v8::Global::new(scope, promise.result(scope));
                rejections.handled_late.push((key, reason));
            }
        }
        // Resolving or rejecting a settled promise again is allowed and has no effect.
        _ => {}
    }
}
