//! What follows when children end: who is started again, when, and when that is given up.

use std::time::{Duration, Instant};

use kameo::actor::ActorRef as KameoRef;
use kameo::message::{Context, Message};
use nano_proto::ExitReason;

use super::strategy::Strategy;
use super::supervisor_actor::SupervisorActor;
use crate::error::SpawnError;
use crate::isolate::Family;

/// An incarnation of a child has ended.
pub(super) struct Exited {
    pub child: u64,
    pub reason: ExitReason,
}

/// An incarnation of a child has evaluated its module.
pub(super) struct Started {
    pub child: u64,
}

/// A wait of this round is over; not the last one, perhaps.
struct Due {
    round: u64,
}

impl SupervisorActor {
    /// Under which number the round is kept in which `child` is started again. Where a failure concerns others there
    /// is one at a time.
    fn round_of(&self, child: u64) -> u64 {
        match self.strategy {
            Strategy::OneForOne => child,
            Strategy::OneForAll | Strategy::RestForOne => 0,
        }
    }

    /// Whether `child` waits to be started again.
    pub(super) fn is_down(&self, child: u64) -> bool {
        let round = self.rounds.get(&self.round_of(child));
        round.is_some_and(|round| round.is_down(child))
    }

    /// Ends a child for good. It is forgotten with all it held.
    pub(super) fn end_child(&mut self, child: u64, reason: ExitReason) {
        let round = self.round_of(child);
        if let Some(round) = self.rounds.get_mut(&round) {
            round.forget(child);
        }
        // The reason is there before whoever waits for its start asks for it.
        if let Some(child) = self.children.remove(&child) {
            child.lineage.with(reason);
        }
    }

    /// Has a child that failed started again with those whom its failure concerns, unless it is one too many.
    fn restart(&mut self, failed: u64, context: &mut Context<Self, ()>) {
        let Some(child) = self.children.get_mut(&failed) else {
            return;
        };
        let now = Instant::now();
        if now.duration_since(child.begun) > self.intensity.window() {
            child.failures = 0;
        }
        child.failures = child.failures.saturating_add(1);
        let wait = self.backoff.wait(child.failures, &mut self.chance);
        let number = self.round_of(failed);
        let round = self.rounds.entry(number).or_default();
        round.add(failed);
        if !self.intensity.bears(now) {
            let exhausted = self.intensity.exhausted();
            self.stop(exhausted, Duration::ZERO, context);
            return;
        }
        if self.strategy != Strategy::OneForOne {
            for (&other, child) in self.children.iter().rev() {
                if self.strategy.concerns(failed, other)
                    && round.fell(other)
                    // One that has ended by itself meanwhile has its end told all the same.
                    && let Some(cell) = child.lineage.current()
                {
                    cell.stop(ExitReason::Killed);
                }
            }
        }
        self.wait(number, now, wait, context.actor_ref());
    }

    /// Has nothing of a round started for so long.
    fn wait(&mut self, number: u64, now: Instant, wait: Duration, me: &KameoRef<Self>) {
        self.rounds.entry(number).or_default().wait(now + wait);
        let (me, ended) = (me.clone(), self.ended());
        tokio::spawn(async move {
            if tokio::time::timeout(wait, ended).await.is_err() {
                // A supervisor that is gone restarts nothing.
                let _ = me.tell(Due { round: number }).await;
            }
        });
    }

    /// Starts who is next in a round.
    fn go_on(&mut self, number: u64, context: &mut Context<Self, ()>) {
        while let Some(round) = self.rounds.get_mut(&number) {
            let Some(next) = round.next(Instant::now()) else {
                if round.is_over() {
                    self.rounds.remove(&number);
                }
                return;
            };
            let Some(child) = self.children.get_mut(&next) else {
                round.forget(next);
                continue;
            };
            if child.lineage.is_retired() {
                self.end_child(next, ExitReason::Stopped);
                continue;
            }
            child.begun = Instant::now();
            let (spec, family) = (child.spec.spec.clone(), Family::Next(child.lineage.clone()));
            let begun = self.begin(next, spec, family, context.actor_ref());
            let Some(round) = self.rounds.get_mut(&number) else {
                return;
            };
            match begun {
                Ok(_) => round.accepted(),
                // Nothing has failed: it is tried again for as long as the runtime is full.
                Err(SpawnError::Refused(_)) => {
                    let refusals = round.refused(next);
                    let wait = self.backoff.wait_refused(refusals, &mut self.chance);
                    self.wait(number, Instant::now(), wait, context.actor_ref());
                    return;
                }
                Err(SpawnError::ShuttingDown) => self.end_child(next, ExitReason::Shutdown),
                // A failure like any other.
                Err(_) => {
                    self.restart(next, context);
                    return;
                }
            }
        }
    }
}

impl Message<Started> for SupervisorActor {
    type Reply = ();

    async fn handle(&mut self, started: Started, context: &mut Context<Self, ()>) {
        let Some(child) = self.children.get_mut(&started.child) else {
            return;
        };
        if let Some(ready) = child.ready.take() {
            // Whoever asked may have gone away: then the child ends.
            let _ = ready.send(());
        }
        let number = self.round_of(started.child);
        if let Some(round) = self.rounds.get_mut(&number) {
            round.started(started.child);
            self.go_on(number, context);
        }
    }
}

impl Message<Exited> for SupervisorActor {
    type Reply = ();

    async fn handle(&mut self, exited: Exited, context: &mut Context<Self, ()>) {
        let Exited {
            child: number,
            reason,
        } = exited;
        if let Some(reason) = self.stopping.clone() {
            self.end_child(number, reason);
            self.rest(context);
            return;
        }
        let round = self.round_of(number);
        let felled = match self.rounds.get_mut(&round) {
            Some(round) => round.ended(number),
            None => false,
        };
        let Some(child) = self.children.get(&number) else {
            return;
        };
        if self.inner.directory.is_closed() || child.ends(&reason, felled) {
            self.end_child(number, reason);
        } else if felled {
            self.rounds.entry(round).or_default().add(number);
        } else {
            self.restart(number, context);
        }
        self.go_on(round, context);
    }
}

impl Message<Due> for SupervisorActor {
    type Reply = ();

    async fn handle(&mut self, due: Due, context: &mut Context<Self, ()>) {
        self.go_on(due.round, context);
    }
}
