//! The actor behind a supervisor: starts children, and keeps what is known of them.
//!
//! It is a kameo actor on the I/O runtime; the restarts are nano's own, on top of the isolates' exit notices. What
//! follows when children end is in `restarting.rs`, how it ends itself in `stopping.rs`. Nothing in it waits, so
//! that it answers at any time.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use kameo::Actor;
use kameo::actor::ActorRef as KameoRef;
use kameo::message::{Context, Message};
use nano_proto::ExitReason;
use tokio::sync::oneshot;

use super::child::{Child, Finish};
use super::child_spec::ChildSpec;
use super::restart::{Backoff, Chance, Intensity};
use super::restarting::{Exited, Started};
use super::round::Round;
use super::stopping::{Close, NOBODY};
use super::strategy::Strategy;
use crate::error::SpawnError;
use crate::isolate::{ActorRef, Ending, Family};
use crate::runtime::{ActorSpec, Inner, Starting};

/// The actor behind a [`Supervisor`](super::Supervisor).
pub(super) struct SupervisorActor {
    pub inner: Arc<Inner>,
    pub strategy: Strategy,
    pub intensity: Intensity,
    pub backoff: Backoff,
    pub chance: Chance,
    /// By number, in the order in which they were spawned.
    pub children: BTreeMap<u64, Child>,
    last: u64,
    /// The restarts under way: a child whose incarnation has ended, and which has not, is in one of them.
    pub rounds: HashMap<u64, Round>,
    pub ending: Arc<Ending>,
    /// Why it stops, once it does: it waits for its children to end.
    pub stopping: Option<ExitReason>,
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

/// Told once a child has evaluated its module; closed where it never will.
pub(super) type Ready = oneshot::Receiver<()>;

/// A child that was begun; it ends where nobody takes this until it has started.
type Begun = (ActorRef, Ready, Starting);

pub(super) struct Start {
    pub child: ChildSpec,
    pub answer: oneshot::Sender<Result<Begun, SpawnError>>,
}

pub(super) struct Count;

impl SupervisorActor {
    /// A supervisor with no children yet.
    pub fn new(
        inner: Arc<Inner>,
        strategy: Strategy,
        intensity: Intensity,
        backoff: Backoff,
        chance: Chance,
        ending: Arc<Ending>,
    ) -> Self {
        inner.directory.add_supervisor();
        Self {
            inner,
            strategy,
            intensity,
            backoff,
            chance,
            children: BTreeMap::new(),
            last: 0,
            rounds: HashMap::new(),
            ending,
            stopping: None,
        }
    }

    /// Starts an incarnation of a child; its start and its end are told to the supervisor, in this order, and the end
    /// once. Whoever is to tell keeps the supervisor alive.
    pub fn begin(
        &self,
        child: u64,
        spec: ActorSpec,
        family: Family,
        me: &KameoRef<Self>,
    ) -> Result<ActorRef, SpawnError> {
        let (actor, ready) = self.inner.begin(spec, family)?;
        let ending = actor.cell().watch_ending();
        let me = me.clone();
        tokio::spawn(async move {
            if let Ok(Ok(())) = ready.await {
                // A supervisor that is gone has no use for it.
                let _ = me.tell(Started { child }).await;
            }
            let reason = ending.await.unwrap_or(ExitReason::Shutdown);
            let _ = me.tell(Exited { child, reason }).await;
        });
        Ok(actor)
    }

    /// Starts the first incarnation of a child.
    fn begin_first(&mut self, spec: ChildSpec, me: &KameoRef<Self>) -> Result<Begun, SpawnError> {
        if self.stopping.is_some() {
            return Err(match self.inner.directory.is_closed() {
                true => SpawnError::ShuttingDown,
                false => SpawnError::SupervisorStopping,
            });
        }
        self.last += 1;
        let family = Family::First {
            keeps_mailbox: spec.keeps_mailbox,
        };
        let actor = self.begin(self.last, spec.spec.clone(), family, me)?;
        let Some(lineage) = actor.cell().lineage().cloned() else {
            unreachable!("the first of a family has a lineage");
        };
        let lineage = Finish::new(lineage, self.inner.clone());
        if let Some(name) = &spec.name
            && let Err(error) = actor.register(name)
        {
            lineage.with(ExitReason::Killed);
            return Err(SpawnError::Name(error));
        }
        let (ready, told) = oneshot::channel();
        let child = Child {
            spec,
            lineage,
            failures: 0,
            begun: Instant::now(),
            ready: Some(ready),
        };
        self.children.insert(self.last, child);
        let starting = Starting::new(actor.cell().clone());
        Ok((actor, told, starting))
    }

    /// Told when the supervisor has ended.
    pub fn ended(&self) -> oneshot::Receiver<ExitReason> {
        let (sender, ended) = oneshot::channel();
        self.ending.tell(sender);
        ended
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
        let outcome = self.begin_first(start.child, context.actor_ref());
        // Whoever asked may have gone away: then the child ends.
        let _ = start.answer.send(outcome);
    }
}

impl Message<Count> for SupervisorActor {
    type Reply = usize;

    async fn handle(&mut self, _: Count, _: &mut Context<Self, usize>) -> usize {
        // One that was stopped while it waited for a restart is kept until that would have come.
        let lives = |child: &&Child| child.lineage.ending().reason().is_none();
        self.children.values().filter(lives).count()
    }
}
