//! Ops of `performance` (High Resolution Time).

use std::time::UNIX_EPOCH;

use super::super::state::state;
use super::{Args, Return};

/// The time in `resolution` steps, in milliseconds (hr-time, "coarsen time").
fn coarsen(nanos: u128, resolution_ns: u64) -> f64 {
    let step = u128::from(resolution_ns.max(1));
    (nanos / step * step) as f64 / 1e6
}

/// The step in which scripts see time, in nanoseconds: 5 microseconds, as hr-time has it for isolated
/// contexts.
const RESOLUTION_NS: u64 = 5_000;

/// `op_performance_now() -> ms` since the isolate started.
pub(super) fn op_performance_now<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _: Args<'s>,
    mut rv: Return<'s>,
) {
    rv.set_double(coarsen(
        state(scope).started.get().elapsed().as_nanos(),
        RESOLUTION_NS,
    ));
}

/// `op_performance_time_origin() -> ms` since the epoch.
pub(super) fn op_performance_time_origin<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _: Args<'s>,
    mut rv: Return<'s>,
) {
    // A clock set before 1970 reads as the epoch.
    let since = state(scope)
        .time_origin
        .get()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    rv.set_double(coarsen(since.as_nanos(), RESOLUTION_NS));
}
