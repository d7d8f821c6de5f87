//! What a supervisor does: starts children, and starts them again when they end, within bounds.
//!
//! It is a kameo actor on the I/O runtime; the restarts are nano's own, on top of the isolates'
//! exit notices. One for one: the end of a child concerns no other child, until there have been too
//! many.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kameo::Actor;
use kameo::actor::ActorRef as KameoRef;
use kameo::message::{Context, Message};
use nano_proto::{ExitReason, IsolateId};

use super::child_spec::ChildSpec;
use super::restart::{Backoff, Chance, Intensity};
use crate::error::SpawnError;
use crate::isolate::{ActorRef, Cell, Ending, Family, Lineage};
use crate::runtime::Inner;

/// One child.
struct Child {
    spec: ChildSpec,
    /// Its lineage is finished when this is dropped, whatever the cause.
    lineage: Finish,
    /// Failures in a row.
    failures: u32,
    begun: Instant,
    /// Whether its module has been evaluated once.
    started: bool,
}

struct Finish {
    lineage: Arc<Lineage>,
    inner: Arc<Inner>,
}

impl Finish {
    fn with(&self, reason: ExitReason) {
        self.inner.registry.forget_lineage(&self.lineage);
        self.lineage.finish(reason);
    }
}

impl Drop for Finish {
    fn drop(&mut self) {
        self.with(ExitReason::Shutdown);
    }
}

/// The actor behind a [`Supervisor`](super::Supervisor).
pub(super) struct SupervisorActor {
    inner: Arc<Inner>,
    intensity: Intensity,
    backoff: Backoff,
    chance: Chance,
    children: HashMap<u64, Child>,
    last: u64,
    ending: Arc<Ending>,
}

impl Actor for SupervisorActor {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(state: Self, _: KameoRef<Self>) -> Result<Self, Infallible> {
        Ok(state)
    }
}

pub(super) type Ready = tokio::sync::oneshot::Receiver<Result<(), ExitReason>>;

pub(super) struct Start {
    pub child: ChildSpec,
    pub answer: tokio::sync::oneshot::Sender<Result<(ActorRef, Ready), SpawnError>>,
}

/// The incarnation of a child that began its module has evaluated it, or never will.
struct Started {
    child: u64,
}

struct Exited {
    child: u64,
    reason: ExitReason,
}

struct Again {
    child: u64,
}

pub(super) struct End {
    pub reason: ExitReason,
    pub grace: Duration,
}

pub(super) struct Count;

/// What the supervisor's watchers are told by; they are all tasks, so the address is nobody's.
const NOBODY: IsolateId = IsolateId::new(0, 0);

impl SupervisorActor {
    /// A supervisor with no children yet.
    pub fn new(
        inner: Arc<Inner>,
        intensity: Intensity,
        backoff: Backoff,
        chance: Chance,
        ending: Arc<Ending>,
    ) -> Self {
        Self {
            inner,
            intensity,
            backoff,
            chance,
            children: HashMap::new(),
            last: 0,
            ending,
        }
    }

    /// Starts an incarnation and has its end told to the supervisor.
    fn begin(
        &self,
        number: u64,
        spec: &ChildSpec,
        family: Family,
        me: &KameoRef<Self>,
    ) -> Result<(ActorRef, Ready), SpawnError> {
        let (actor, ready) = self.inner.begin(spec.spec.clone(), family)?;
        let ending = actor.cell().watch_ending();
        let (told, ready_too) = tokio::sync::oneshot::channel();
        let me = me.clone();
        tokio::spawn(async move {
            if let Ok(ready) = ready.await {
                if ready.is_ok() {
                    // A supervisor that is gone has no use for it.
                    let _ = me.tell(Started { child: number }).await;
                }
                let _ = told.send(ready);
            }
            let reason = ending.await.unwrap_or(ExitReason::Shutdown);
            let _ = me
                .tell(Exited {
                    child: number,
                    reason,
                })
                .await;
        });
        Ok((actor, ready_too))
    }

    fn end_child(&mut self, number: u64, reason: ExitReason) {
        // Forgotten with all it held.
        if let Some(child) = self.children.remove(&number) {
            child.lineage.with(reason);
        }
    }

    /// Stops all children, then tells the watchers.
    async fn end(&mut self, reason: ExitReason, grace: Duration) {
        self.ending.decide(reason.clone());
        let cells: Vec<Arc<Cell>> = self
            .children
            .values()
            .filter_map(|child| {
                child.lineage.lineage.retire();
                child.lineage.lineage.current()
            })
            .collect();
        let endings: Vec<_> = cells.iter().map(|cell| cell.watch_ending()).collect();
        if !grace.is_zero() {
            for cell in &cells {
                cell.push(crate::exchange::Event::Drain);
            }
        }
        let all = async {
            for ending in endings {
                // An error means that the isolate is gone altogether.
                let _ = ending.await;
            }
        };
        let in_time = !grace.is_zero() && tokio::time::timeout(grace, all).await.is_ok();
        if !in_time {
            let endings: Vec<_> = cells.iter().map(|cell| cell.watch_ending()).collect();
            for cell in &cells {
                cell.stop(ExitReason::Killed);
            }
            for ending in endings {
                let _ = ending.await;
            }
        }
        for (_, child) in self.children.drain() {
            child.lineage.with(reason.clone());
        }
        self.ending.announce(NOBODY, &reason);
    }
}

impl Drop for SupervisorActor {
    fn drop(&mut self) {
        if self.ending.reason().is_none() {
            self.ending.decide(ExitReason::Shutdown);
            self.ending.announce(NOBODY, &ExitReason::Shutdown);
        }
    }
}

impl Message<Start> for SupervisorActor {
    type Reply = ();

    async fn handle(&mut self, start: Start, context: &mut Context<Self, ()>) {
        let Start {
            child: spec,
            answer,
        } = start;
        self.last += 1;
        let number = self.last;
        let family = Family::First {
            keeps_mailbox: spec.keeps_mailbox,
        };
        let begun = self.begin(number, &spec, family, context.actor_ref());
        let outcome = begun.and_then(|(actor, ready)| {
            let Some(lineage) = actor.cell().lineage().cloned() else {
                unreachable!("the first of a family has a lineage");
            };
            let lineage = Finish {
                lineage,
                inner: self.inner.clone(),
            };
            if let Some(name) = &spec.name
                && let Err(error) = actor.register(name)
            {
                lineage.with(ExitReason::Killed);
                return Err(SpawnError::Name(error));
            }
            let child = Child {
                spec,
                lineage,
                failures: 0,
                begun: Instant::now(),
                started: false,
            };
            self.children.insert(number, child);
            Ok((actor, ready))
        });
        // Whoever asked may have gone away: the child lives all the same.
        let _ = answer.send(outcome);
    }
}

impl Message<Started> for SupervisorActor {
    type Reply = ();

    async fn handle(&mut self, started: Started, _: &mut Context<Self, ()>) {
        if let Some(child) = self.children.get_mut(&started.child) {
            child.started = true;
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
        let Some(child) = self.children.get_mut(&number) else {
            return;
        };
        let ends = self.inner.directory.is_closed()
            || child.lineage.lineage.is_retired()
            || !child.started
            || !child.spec.restart.follows(&reason);
        if ends {
            self.end_child(number, reason);
            return;
        }
        let now = Instant::now();
        if now.duration_since(child.begun) > self.intensity.window() {
            child.failures = 0;
        }
        child.failures = child.failures.saturating_add(1);
        let failures = child.failures;
        if !self.intensity.bears(now) {
            let exhausted = self.intensity.exhausted();
            self.end(exhausted, Duration::ZERO).await;
            context.stop();
            return;
        }
        let wait = self.backoff.wait(failures, &mut self.chance);
        let me = context.actor_ref().clone();
        let inner = self.inner.clone();
        tokio::spawn(async move {
            // A supervisor that has ended restarts nothing.
            let restart = async { drop(me.ask(Again { child: number }).await) };
            inner.directory.restart_after(wait, restart).await;
        });
    }
}

impl Message<Again> for SupervisorActor {
    type Reply = ();

    async fn handle(&mut self, again: Again, context: &mut Context<Self, ()>) {
        let Some(child) = self.children.get_mut(&again.child) else {
            return;
        };
        let lineage = child.lineage.lineage.clone();
        if lineage.is_retired() || self.inner.directory.is_closed() {
            let reason = if lineage.is_retired() {
                ExitReason::Stopped
            } else {
                ExitReason::Shutdown
            };
            self.end_child(again.child, reason);
            return;
        }
        child.begun = Instant::now();
        let spec = child.spec.clone();
        lineage.count_restart();
        let begun = self.begin(
            again.child,
            &spec,
            Family::Next(lineage),
            context.actor_ref(),
        );
        if let Err(error) = begun {
            // A start that was refused is a failure like any other: tried again, within the same bounds.
            let reason = match error {
                SpawnError::Refused(limit) => ExitReason::Limit(limit),
                error => {
                    ExitReason::StartFailed(nano_proto::JsError::new("Error", error.to_string()))
                }
            };
            // This very actor is running: its mailbox is open.
            let _ = context
                .actor_ref()
                .tell(Exited {
                    child: again.child,
                    reason,
                })
                .await;
        }
    }
}

impl Message<End> for SupervisorActor {
    type Reply = ();

    async fn handle(&mut self, end: End, context: &mut Context<Self, ()>) {
        self.end(end.reason, end.grace).await;
        context.stop();
    }
}

impl Message<Count> for SupervisorActor {
    type Reply = usize;

    async fn handle(&mut self, _: Count, _: &mut Context<Self, usize>) -> usize {
        self.children.len()
    }
}
