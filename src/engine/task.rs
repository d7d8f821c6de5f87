//! The tasks of a turn, one after another, and the CPU time of each: to whom it is charged.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nano_proto::CallId;

use super::Control;
use super::cpu_clock::thread_cpu;

/// The call that the running task is charged to, as other threads see it too: 0 for none.
#[derive(Default)]
pub(super) struct Charged(AtomicU64);

impl Charged {
    pub fn call(&self) -> Option<CallId> {
        let id = self.0.load(Ordering::Relaxed);
        (id > 0).then_some(CallId(id))
    }

    fn set(&self, call: Option<CallId>) {
        let id = call.map_or(0, |CallId(id)| id);
        self.0.store(id, Ordering::Relaxed);
    }
}

/// The running task. One task's end is the next one's beginning, so that the clock is read once a task.
pub(super) struct Task {
    /// Which says whom to charge.
    control: Arc<Control>,
    /// The thread's CPU time up to which the turn's is accounted for.
    mark: Cell<Duration>,
    /// What the turn has used up to the mark.
    turn: Cell<Duration>,
}

impl Task {
    /// The tasks of the isolate that has this control block.
    pub fn new(control: Arc<Control>) -> Self {
        Self {
            control,
            mark: Cell::default(),
            turn: Cell::default(),
        }
    }

    /// A turn begins on this thread.
    pub fn begin_turn(&self) {
        self.control.charged.set(None);
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
        self.control.charged.set(call);
    }

    /// What was used since the last look at the clock, which is charged here; what follows is of `call`.
    pub fn turn_to(&self, call: Option<CallId>) -> Duration {
        let used = self.lap();
        self.control.charged.set(call);
        used
    }

    /// The call that the running task is charged to.
    pub fn call(&self) -> Option<CallId> {
        self.control.charged.call()
    }

    /// What the running task has used so far, if it is charged to `call`.
    pub fn running(&self, call: CallId) -> Duration {
        if self.call() == Some(call) {
            thread_cpu().saturating_sub(self.mark.get())
        } else {
            Duration::ZERO
        }
    }

    /// The task has ended: whom to charge, if any call, and how much.
    pub fn end(&self) -> (Option<CallId>, Duration) {
        let used = self.lap();
        let call = self.call();
        self.control.charged.set(None);
        (call, used)
    }

    fn lap(&self) -> Duration {
        let now = thread_cpu();
        let used = now.saturating_sub(self.mark.replace(now));
        self.turn.set(self.turn.get() + used);
        used
    }
}
