//! The task that runs, and the CPU time that it takes for the call to which it is charged.

use std::cell::Cell;
use std::time::Duration;

use nano_proto::CallId;

use super::CpuClock;

/// The running task.
#[derive(Default)]
pub(super) struct Task(Cell<Option<(CallId, CpuClock, Duration)>>);

impl Task {
    /// A task begins; without a call there is nobody to charge, and no clock is read.
    pub fn begin(&self, call: Option<CallId>) {
        self.0.set(call.and_then(|call| {
            let clock = CpuClock::of_this_thread()?;
            Some((call, clock, clock.read()?))
        }));
    }

    /// What the running task has used so far, if it is charged to `call`.
    pub fn running(&self, call: CallId) -> Duration {
        match self.0.get() {
            Some((charged, clock, began)) if charged == call => clock
                .read()
                .map_or(Duration::ZERO, |now| now.saturating_sub(began)),
            _ => Duration::ZERO,
        }
    }

    /// The task has ended: whom to charge, and how much.
    pub fn end(&self) -> Option<(CallId, Duration)> {
        let (call, clock, began) = self.0.take()?;
        Some((call, clock.read()?.saturating_sub(began)))
    }
}
