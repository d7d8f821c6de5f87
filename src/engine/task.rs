//! The tasks of a turn, one after another, and the CPU time of each: to whom it is charged.

use std::cell::Cell;
use std::time::Duration;

use nano_proto::CallId;

use super::cpu_clock::thread_cpu;

/// The running task. One task's end is the next one's beginning, so that the clock is read once a task.
#[derive(Default)]
pub(super) struct Task {
    call: Cell<Option<CallId>>,
    /// The thread's CPU time up to which the turn's is accounted for.
    mark: Cell<Duration>,
    /// What the turn has used up to the mark.
    turn: Cell<Duration>,
}

impl Task {
    /// A turn begins on this thread.
    pub fn begin_turn(&self) {
        self.call.set(None);
        self.turn.set(Duration::ZERO);
        self.mark.set(thread_cpu());
    }

    /// What the tasks that have ended used since this was last asked.
    pub fn take_used(&self) -> Duration {
        self.turn.take()
    }

    /// What the turn has used in the tasks that have ended.
    pub fn turn(&self) -> Duration {
        self.turn.get()
    }

    /// A task begins, on behalf of `call` if of any.
    pub fn begin(&self, call: Option<CallId>) {
        self.call.set(call);
    }

    /// The call that the running task is charged to.
    pub fn call(&self) -> Option<CallId> {
        self.call.get()
    }

    /// What the running task has used so far, if it is charged to `call`.
    pub fn running(&self, call: CallId) -> Duration {
        if self.call.get() == Some(call) {
            thread_cpu().saturating_sub(self.mark.get())
        } else {
            Duration::ZERO
        }
    }

    /// The task has ended: whom to charge, and how much.
    pub fn end(&self) -> Option<(CallId, Duration)> {
        let used = self.lap();
        Some((self.call.take()?, used))
    }

    fn lap(&self) -> Duration {
        let now = thread_cpu();
        let used = now.saturating_sub(self.mark.replace(now));
        self.turn.set(self.turn.get() + used);
        used
    }
}
