//! Ops of timers.

use std::time::{Duration, Instant};

use nano_proto::LimitKind;

use super::super::error;
use super::super::state::state;
use super::super::turn;
use super::{Args, Return};

/// `op_timer_start(delayMs, repeat, background) -> id`. One in the background does not keep the program running.
pub(super) fn op_timer_start<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let millis = args
        .get(0)
        .number_value(scope)
        .filter(|ms| ms.is_finite() && *ms > 0.0)
        .unwrap_or(0.0);
    // HTML's delays are 32-bit signed numbers of milliseconds.
    let delay = Duration::from_secs_f64(millis.min(f64::from(i32::MAX)) / 1e3);
    let (repeat, background) = (args.get(1).is_true(), args.get(2).is_true());
    let state = state(scope);
    let used = state.timers.borrow().len() as u64 + 1;
    if let Err(exceeded) = LimitKind::Timers.check(used, state.control.limits().timers) {
        error::throw_limit(scope, &exceeded);
        return;
    }
    let frame = scope.get_continuation_preserved_embedder_data();
    let frame = (!frame.is_undefined()).then(|| v8::Global::new(scope, frame));
    if let Some(call) = frame
        .as_ref()
        .and_then(|frame| turn::call_of(scope, v8::Local::new(scope, frame)))
    {
        state.calls.borrow_mut().note_operation(call);
    }
    let id = state
        .timers
        .borrow_mut()
        .start(Instant::now(), delay, repeat, background, frame);
    rv.set_uint32(id);
}

/// `op_timer_cancel(id)`.
pub(super) fn op_timer_cancel<'s>(scope: &mut v8::PinScope<'s, '_>, args: Args<'s>, _: Return<'s>) {
    if let Some(id) = args.get(0).uint32_value(scope) {
        state(scope).timers.borrow_mut().cancel(id);
    }
}
