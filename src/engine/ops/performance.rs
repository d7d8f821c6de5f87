//! Ops of `performance` (High Resolution Time).

use std::time::{Duration, UNIX_EPOCH};

use super::super::state::{State, state};
use super::{Args, Return};

/// The time in the isolate's steps, in milliseconds (hr-time, "coarsen time").
fn coarsen(state: &State, time: Duration) -> f64 {
    let step = state.control.clock_resolution().as_nanos().max(1);
    (time.as_nanos() / step * step) as f64 / 1e6
}

/// `op_performance_now() -> ms` since the isolate started.
pub(super) fn op_performance_now<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _: Args<'s>,
    mut rv: Return<'s>,
) {
    let state = state(scope);
    rv.set_double(coarsen(state, state.started.get().elapsed()));
}

/// `op_performance_time_origin() -> ms` since the epoch.
pub(super) fn op_performance_time_origin<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _: Args<'s>,
    mut rv: Return<'s>,
) {
    // A clock set before 1970 reads as the epoch.
    let state = state(scope);
    let since = state
        .time_origin
        .get()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    rv.set_double(coarsen(state, since));
}
