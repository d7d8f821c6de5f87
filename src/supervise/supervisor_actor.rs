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
use crate::exchange::Event;
use crate::isolate::{ActorRef, Ending, Family, Lineage};
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
    /// Why it stops, once it does: it waits for its children to end.
    stopping: Option<ExitReason>,
}

impl Actor for SupervisorActor {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(state: Self, me: KameoRef<Self>) -> Result<Self, Infallible> {
        // Weak, so that one without children ends when nobody refers to it.
        let me = me.downgrade();
        let mut closing = state.inner.directory.closing();
        let ended = state.ended();
        tokio::spawn(async move {
            tokio::select! {
                // The runtime's end either way.
                _ = closing.wait_for(|&closing| closing) => {}
                _ = ended => return,
            }
            if let Some(me) = me.upgrade() {
                // One that is gone has no children left.
                let _ = me.tell(Close).await;
            }
        });
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

/// What children have been given to end in is over.
struct Overdue;

/// The runtime shuts down, and sees to the end of the isolates.
struct Close;

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
        inner.directory.add_supervisor();
        Self {
            inner,
            intensity,
            backoff,
            chance,
            children: HashMap::new(),
            last: 0,
            ending,
            stopping: None,
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

    /// Told when the supervisor has ended.
    fn ended(&self) -> tokio::sync::oneshot::Receiver<ExitReason> {
        let (sender, ended) = tokio::sync::oneshot::channel();
        self.ending.tell(sender);
        ended
    }

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
    }

    /// Begins to stop, or hurries: the children end with their running calls, and those that are left after
    /// `grace` are killed.
    fn stop(&mut self, reason: ExitReason, grace: Duration, context: &mut Context<Self, ()>) {
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
        let lineage = &child.lineage.lineage;
        lineage.retire();
        match lineage.current() {
            Some(cell) => cell.push(Event::Drain),
            // It waits for a restart that no longer comes.
            None => self.end_child(number, reason.clone()),
        }
    }

    fn kill_children(&self) {
        for child in self.children.values() {
            if let Some(cell) = child.lineage.lineage.current() {
                cell.stop(ExitReason::Killed);
            }
        }
    }

    /// Ends, and tells the watchers, once it stops and no child is left.
    fn rest(&self, context: &mut Context<Self, ()>) {
        if let Some(reason) = &self.stopping
            && self.children.is_empty()
        {
            self.ending.decide(reason.clone());
            self.ending.announce(NOBODY, reason);
            context.stop();
        }
    }
}

impl Drop for SupervisorActor {
    fn drop(&mut self) {
        self.children.clear();
        if self.ending.reason().is_none() {
            self.ending.decide(ExitReason::Shutdown);
            self.ending.announce(NOBODY, &ExitReason::Shutdown);
        }
        self.inner.directory.remove_supervisor();
    }
}

impl Message<Start> for SupervisorActor {
    type Reply = ();

    async fn handle(&mut self, start: Start, context: &mut Context<Self, ()>) {
        let Start {
            child: spec,
            answer,
        } = start;
        if self.stopping.is_some() {
            // Whoever asked may have gone away.
            let why = match self.inner.directory.is_closed() {
                true => SpawnError::ShuttingDown,
                false => SpawnError::SupervisorStopping,
            };
            let _ = answer.send(Err(why));
            return;
        }
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
        if let Some(reason) = self.stopping.clone() {
            self.end_child(number, reason);
            self.rest(context);
            return;
        }
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
            self.stop(exhausted, Duration::ZERO, context);
            return;
        }
        let wait = self.backoff.wait(failures, &mut self.chance);
        let me = context.actor_ref().clone();
        let ended = self.ended();
        tokio::spawn(async move {
            if tokio::time::timeout(wait, ended).await.is_err() {
                // A supervisor that is gone restarts nothing.
                let _ = me.tell(Again { child: number }).await;
            }
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

impl Message<Count> for SupervisorActor {
    type Reply = usize;

    async fn handle(&mut self, _: Count, _: &mut Context<Self, usize>) -> usize {
        self.children.len()
    }
}
