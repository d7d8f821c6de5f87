//! What a turn animates: the isolate itself, and what is remembered between turns.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nano_actors::clock::{ClockHandle, Wake};
use nano_proto::ExitReason;

use super::cell::Cell;
use super::peer::Pokes;
use crate::engine::{TurnEnd, Vm, recent};
use crate::exchange::Host;

/// Makes the host of an isolate, once its cell exists.
pub(crate) type MakeHost = Box<dyn FnOnce(&Arc<Cell>) -> Box<dyn Host> + Send>;

/// How many events one turn handles.
const EVENTS_A_TURN: usize = 64;
/// How long one turn goes on taking events.
const SLICE: Duration = Duration::from_millis(2);

enum Stage {
    /// No turn has been run yet.
    Unborn(Option<Vm>, MakeHost),
    Alive(Box<Vm>),
    Gone,
}

/// What one thread at a time holds while it runs a turn.
pub(crate) struct Body {
    stage: Stage,
    clock: ClockHandle,
    alarm: Option<Instant>,
    /// Whether the isolate ends by itself once nothing can make it run any more.
    ends_when_quiescent: bool,
}

impl Body {
    pub fn new(
        spare: Option<Vm>,
        make_host: MakeHost,
        clock: ClockHandle,
        ends_when_quiescent: bool,
    ) -> Self {
        Self {
            stage: Stage::Unborn(spare, make_host),
            clock,
            alarm: None,
            ends_when_quiescent,
        }
    }

    fn vm(&mut self, cell: &Arc<Cell>) -> Option<&mut Vm> {
        if let Stage::Unborn(..) = self.stage {
            let Stage::Unborn(spare, make_host) = std::mem::replace(&mut self.stage, Stage::Gone)
            else {
                return None;
            };
            let mut vm = spare.unwrap_or_else(|| Vm::new(cell.control().clone()));
            vm.adopt(make_host(cell), Arc::new(Pokes(Arc::downgrade(cell))));
            self.stage = Stage::Alive(Box::new(vm));
        }
        match &mut self.stage {
            Stage::Alive(vm) => Some(vm),
            _ => None,
        }
    }

    /// Runs one turn. Returns whether the isolate is to be queued again.
    pub fn turn(&mut self, cell: &Arc<Cell>) -> bool {
        if matches!(self.stage, Stage::Gone) {
            return false;
        }
        if cell.control().is_stopped() && matches!(self.stage, Stage::Unborn(..)) {
            let reason = cell.control().reason().unwrap_or(ExitReason::Killed);
            self.end(cell, reason);
            return false;
        }
        let end = catch_unwind(AssertUnwindSafe(|| self.run(cell)));
        let end = match end {
            Ok(Some(end)) => end,
            Ok(None) => return false,
            Err(panic) => {
                let reason = ExitReason::Panicked(crate::error::panic_text(&*panic));
                self.end(cell, reason);
                return false;
            }
        };
        let waits = cell.depth() > 0;
        // A main module that awaits what can never come ends every isolate, since its messages wait for it.
        let stalled = end.stalled.map(|error| ExitReason::StartFailed(*error));
        let normal = || (self.ends_when_quiescent && end.quiescent).then_some(ExitReason::Normal);
        let finished = stalled.or_else(normal).filter(|_| !waits);
        if let Some(reason) = end.exit.or(finished) {
            self.end(cell, reason);
            return false;
        }
        self.arm(cell, end.next_timer);
        cell.rest()
    }

    fn run(&mut self, cell: &Arc<Cell>) -> Option<TurnEnd> {
        let mut left = EVENTS_A_TURN;
        let mut began = None;
        let vm = self.vm(cell)?;
        let end = vm.turn(|| {
            let now = recent();
            let used = now.saturating_duration_since(*began.get_or_insert(now));
            if left == 0 || used > SLICE {
                return None;
            }
            cell.next_event().inspect(|_| left -= 1)
        });
        cell.load().note(EVENTS_A_TURN - left);
        Some(end)
    }

    fn arm(&mut self, cell: &Arc<Cell>, next: Option<Instant>) {
        match next {
            Some(due) if due <= recent() => {
                self.alarm = None;
                cell.wake();
            }
            Some(due) => {
                // An alarm that comes too early finds nothing due and costs a turn; setting one costs more.
                let armed = self.alarm.filter(|&alarm| alarm > recent());
                if armed.is_none_or(|alarm| alarm > due) {
                    self.alarm = Some(due);
                    let wake: Arc<dyn Wake> = cell.clone();
                    self.clock
                        .set(cell.id().to_u64(), due, Arc::downgrade(&wake));
                }
            }
            None => {
                if self.alarm.take().is_some() {
                    self.clock.clear(cell.id().to_u64());
                }
            }
        }
    }

    /// Takes the isolate down. Called on an isolate thread.
    fn end(&mut self, cell: &Arc<Cell>, reason: ExitReason) {
        if self.alarm.take().is_some() {
            self.clock.clear(cell.id().to_u64());
        }
        let mut stage = std::mem::replace(&mut self.stage, Stage::Gone);
        if let Stage::Alive(vm) = &mut stage {
            // The last figures stay readable after the end.
            vm.sample();
        }
        cell.end(reason);
        drop(stage);
    }
}
