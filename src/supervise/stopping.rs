//! How a supervisor ends: with its children, which may finish their running calls.

use std::time::Duration;

use kameo::message::{Context, Message};
use nano_proto::{ExitReason, IsolateId};

use super::supervisor_actor::SupervisorActor;
use crate::exchange::Event;

pub(super) struct End {
    pub reason: ExitReason,
    pub grace: Duration,
}

/// What children have been given to end in is over.
struct Overdue;

/// The runtime shuts down, and sees to the end of the isolates.
pub(super) struct Close;

/// What the supervisor's watchers are told by; they are all tasks, so the address is nobody's.
pub(super) const NOBODY: IsolateId = IsolateId::new(0, 0);

impl SupervisorActor {
    /// From here on nothing is started, and no child is started again.
    fn begin_to_stop(&mut self, reason: &ExitReason) {
        if self.stopping.is_some() {
            return;
        }
        self.stopping = Some(reason.clone());
        let numbers: Vec<_> = self.children.keys().copied().collect();
        for number in numbers {
            self.drain_child(number, reason);
        }
        self.rounds.clear();
    }

    /// Begins to stop, or hurries: the children end with their running calls, and those that are left after
    /// `grace` are killed.
    pub(super) fn stop(
        &mut self,
        reason: ExitReason,
        grace: Duration,
        context: &mut Context<Self, ()>,
    ) {
        self.begin_to_stop(&reason);
        if grace.is_zero() {
            self.kill_children();
        } else {
            let me = context.actor_ref().clone();
            let ended = self.ended();
            tokio::spawn(async move {
                if tokio::time::timeout(grace, ended).await.is_err() {
                    // A supervisor that is gone has no children left.
                    let _ = me.tell(Overdue).await;
                }
            });
        }
        self.rest(context);
    }

    /// Has a child end with its running calls, and no incarnation follow.
    fn drain_child(&mut self, number: u64, reason: &ExitReason) {
        let Some(child) = self.children.get(&number) else {
            return;
        };
        child.lineage.retire();
        if self.is_down(number) {
            // The restart that it waits for no longer comes.
            self.end_child(number, reason.clone());
        } else if let Some(cell) = child.lineage.current() {
            cell.push(Event::Drain);
        }
        // What has ended already has its end told.
    }

    fn kill_children(&self) {
        for child in self.children.values() {
            if let Some(cell) = child.lineage.current() {
                cell.stop(ExitReason::Killed);
            }
        }
    }

    /// Ends, and tells the watchers, once it stops and no child is left.
    pub(super) fn rest(&self, context: &mut Context<Self, ()>) {
        if let Some(reason) = &self.stopping
            && self.children.is_empty()
        {
            self.ending.decide(reason.clone());
            self.ending.announce(NOBODY, reason);
            context.stop();
        }
    }
}

impl Message<End> for SupervisorActor {
    type Reply = ();

    async fn handle(&mut self, end: End, context: &mut Context<Self, ()>) {
        self.stop(end.reason, end.grace, context);
    }
}

impl Message<Close> for SupervisorActor {
    type Reply = ();

    async fn handle(&mut self, _: Close, context: &mut Context<Self, ()>) {
        self.begin_to_stop(&ExitReason::Shutdown);
        self.rest(context);
    }
}

impl Message<Overdue> for SupervisorActor {
    type Reply = ();

    async fn handle(&mut self, _: Overdue, _: &mut Context<Self, ()>) {
        self.kill_children();
    }
}
