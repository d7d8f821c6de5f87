//! A supervisor: starts children, and starts them again when they end, within bounds.
//!
//! It is a kameo actor on the I/O runtime; the restarts are nano's own, on top of the isolates'
//! exit notices. One for one: the end of a child concerns no other child, until there have been too
//! many.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kameo::Actor;
use kameo::actor::{ActorRef as KameoRef, Spawn as _};
use kameo::message::{Context, Message};
use nano_proto::{ExitReason, IsolateId};

use super::restart::{Backoff, Chance, Intensity, Restart};
use crate::error::SpawnError;
use crate::isolate::{ActorRef, Cell, Ending, Family, Lineage};
use crate::runtime::{ActorSpec, Inner};

/// A child of a supervisor: what it is, and when it is started again.
#[derive(Clone)]
pub struct ChildSpec {
    spec: ActorSpec,
    restart: Restart,
    name: Option<String>,
    keeps_mailbox: bool,
}

impl ChildSpec {
    /// A child that is started again after a failure and keeps its mailbox.
    pub fn new(spec: ActorSpec) -> Self {
        Self {
            spec,
            restart: Restart::default(),
            name: None,
            keeps_mailbox: true,
        }
    }

    /// After which ends it is started again.
    #[must_use]
    pub fn restart(mut self, restart: Restart) -> Self {
        self.restart = restart;
        self
    }

    /// Registers it under this name, which it keeps when it is restarted.
    #[must_use]
    pub fn register(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Whether messages that have not begun when the child ends are handed to its next incarnation,
    /// which is the default; else they fail as not delivered. Those that have begun fail as unknown
    /// either way.
    #[must_use]
    pub fn keeps_mailbox(mut self, keeps: bool) -> Self {
        self.keeps_mailbox = keeps;
        self
    }
}

impl From<ActorSpec> for ChildSpec {
    fn from(spec: ActorSpec) -> Self {
        Self::new(spec)
    }
}

/// Sets up a [`Supervisor`]; had from [`crate::Runtime::supervisor`].
#[must_use]
pub struct SupervisorBuilder {
    inner: Arc<Inner>,
    most: u32,
    window: Duration,
    backoff: Backoff,
    seed: Option<u64>,
}

impl SupervisorBuilder {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        let (most, window) = (5, Duration::from_secs(10));
        Self {
            inner,
            most,
            window,
            backoff: Backoff::default(),
            seed: None,
        }
    }

    /// How many restarts, of all children together, are borne within any span of this length: 5 in 10
    /// s by default. One more, and the supervisor ends.
    pub fn limit(mut self, restarts: u32, window: Duration) -> Self {
        (self.most, self.window) = (restarts, window);
        self
    }

    /// How long children wait before they are started again.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// The seed of the jitter, for runs that can be repeated.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Starts the supervisor, with no children yet.
    pub fn start(self) -> Supervisor {
        let Self {
            inner,
            most,
            window,
            backoff,
            seed,
        } = self;
        let ending = Arc::new(Ending::default());
        let state = SupervisorActor {
            inner: inner.clone(),
            intensity: Intensity::new(most, window),
            backoff,
            chance: Chance::new(seed.unwrap_or_else(Chance::any_seed)),
            children: HashMap::new(),
            last: 0,
            ending: ending.clone(),
        };
        let _entered = inner.io.enter();
        // Unbounded: its messages are one per spawn and one per end of a child.
        let actor = SupervisorActor::spawn_with_mailbox(state, kameo::mailbox::unbounded());
        Supervisor { actor, ending }
    }
}

/// A supervisor of isolates, one for one. Clones name the same supervisor; dropping them ends
/// neither it nor its children.
///
/// ```
/// # use std::time::Duration;
/// use nano::{ActorSpec, ChildSpec, Restart, Runtime};
///
/// let runtime = Runtime::new()?;
/// runtime.block_on(async {
///   let supervisor = runtime.supervisor().limit(3, Duration::from_secs(5)).start();
///   let counter = ActorSpec::source("let n = 0; export const next = () => ++n;");
///   let child = supervisor.spawn(ChildSpec::new(counter).restart(Restart::Always)).await?;
///   assert_eq!(child.ask::<u32>("next", &()).await?, 1);
///   child.kill();
///   // The same reference reaches the next incarnation, which has a fresh heap.
///   while child.stats().await.map_or(true, |stats| stats.restarts == 0) {
///     tokio::task::yield_now().await;
///   }
///   assert_eq!(child.ask::<u32>("next", &()).await?, 1);
///   supervisor.stop(Duration::from_secs(1)).await;
///   Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Supervisor {
    actor: KameoRef<SupervisorActor>,
    ending: Arc<Ending>,
}

impl fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Supervisor")
            .field("ended", &self.exit_reason())
            .finish_non_exhaustive()
    }
}

const _: () = {
    const fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<Supervisor>();
};

impl Supervisor {
    /// Starts a child and waits until its module has been evaluated. The reference follows the child
    /// from one incarnation to the next.
    ///
    /// # Errors
    /// [`SpawnError`] where the first start fails: then the supervisor has no such child.
    /// [`SpawnError::Start`] with the supervisor's reason where that has ended,
    /// [`SpawnError::Name`] where the child's name is taken.
    pub async fn spawn(&self, child: impl Into<ChildSpec>) -> Result<ActorRef, SpawnError> {
        let (answer, started) = tokio::sync::oneshot::channel();
        let gone = || SpawnError::Start(self.exit_reason().unwrap_or(ExitReason::Shutdown));
        self.actor
            .tell(Start {
                child: child.into(),
                answer,
            })
            .await
            .map_err(|_| gone())?;
        let (actor, ready) = started.await.map_err(|_| gone())??;
        match ready.await {
            Ok(Ok(())) => Ok(actor),
            Ok(Err(reason)) => Err(SpawnError::Start(reason)),
            Err(_) => Err(SpawnError::Start(actor.watch().await)),
        }
    }

    /// Stops the children, letting running calls finish for at most `grace`, and ends the supervisor.
    pub async fn stop(&self, grace: Duration) -> ExitReason {
        // An error means that it has ended.
        let _ = self
            .actor
            .tell(End {
                reason: ExitReason::Stopped,
                grace,
            })
            .await;
        self.watch().await
    }

    /// A future that gives the reason for which the supervisor ended:
    /// [`ExitReason::RestartsExhausted`] where it gave up.
    pub fn watch(&self) -> impl Future<Output = ExitReason> + Send + 'static {
        let (sender, ending) = tokio::sync::oneshot::channel();
        self.ending.tell(sender);
        async move { ending.await.unwrap_or(ExitReason::Shutdown) }
    }

    /// Why the supervisor ended, if it has.
    pub fn exit_reason(&self) -> Option<ExitReason> {
        self.ending.reason()
    }

    /// How many children it has, those that wait for a restart included.
    ///
    /// # Errors
    /// The reason for which the supervisor ended.
    pub async fn children(&self) -> Result<usize, ExitReason> {
        let gone = |_| self.exit_reason().unwrap_or(ExitReason::Shutdown);
        self.actor.ask(Count).await.map_err(gone)
    }
}

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

struct SupervisorActor {
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

type Ready = tokio::sync::oneshot::Receiver<Result<(), ExitReason>>;

struct Start {
    child: ChildSpec,
    answer: tokio::sync::oneshot::Sender<Result<(ActorRef, Ready), SpawnError>>,
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

struct End {
    reason: ExitReason,
    grace: Duration,
}

struct Count;

/// What the supervisor's watchers are told by; they are all tasks, so the address is nobody's.
const NOBODY: IsolateId = IsolateId::new(0, 0);

impl SupervisorActor {
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
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            // A supervisor that has ended restarts nothing.
            let _ = me.tell(Again { child: number }).await;
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
