//! A supervisor, as a program sets it up and speaks to it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use kameo::actor::{ActorRef as KameoRef, Spawn as _};
use nano_proto::ExitReason;

use super::child_spec::ChildSpec;
use super::restart::{Backoff, Chance, Intensity};
use super::stopping::End;
use super::strategy::Strategy;
use super::supervisor_actor::{Count, Start, SupervisorActor};
use crate::error::SpawnError;
use crate::isolate::{ActorRef, Ending};
use crate::runtime::Inner;

/// Sets up a [`Supervisor`]; had from [`crate::Runtime::supervisor`].
#[must_use]
pub struct SupervisorBuilder {
    inner: Arc<Inner>,
    strategy: Strategy,
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
            strategy: Strategy::default(),
            most,
            window,
            backoff: Backoff::default(),
            seed: None,
        }
    }

    /// Whom the failure of a child concerns: that child alone by default.
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// How many restarts, of all children together, are borne within any span of this length: 5 in 10
    /// s by default. One more, and the supervisor ends. Children that are started again together count
    /// once; a start that the runtime refuses, be it full, does not count and is tried again.
    pub fn limit(mut self, restarts: u32, window: Duration) -> Self {
        (self.most, self.window) = (restarts, window);
        self
    }

    /// How long children wait before they are started again, after failures and refused starts.
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
            strategy,
            most,
            window,
            backoff,
            seed,
        } = self;
        let ending = Arc::new(Ending::default());
        let intensity = Intensity::new(most, window);
        let chance = Chance::new(seed.unwrap_or_else(Chance::any_seed));
        let state = SupervisorActor::new(
            inner.clone(),
            strategy,
            intensity,
            backoff,
            chance,
            ending.clone(),
        );
        let _entered = inner.io.enter();
        // Unbounded: its messages are one per spawn and one per end of a child.
        let actor = SupervisorActor::spawn_with_mailbox(state, kameo::mailbox::unbounded());
        Supervisor { actor, ending }
    }
}

/// A supervisor of isolates, one for one unless another [`Strategy`] is set. Clones name the same supervisor; dropping them ends
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
    /// from one incarnation to the next. Where the future is dropped before, the child ends.
    ///
    /// # Errors
    /// [`SpawnError`] where the first start fails: then the supervisor has no such child.
    /// [`SpawnError::SupervisorStopping`] while the supervisor stops, [`SpawnError::Start`] with its reason where it
    /// has ended. [`SpawnError::Name`] where the child's name is taken.
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
        let (actor, ready, starting) = started.await.map_err(|_| gone())??;
        match ready.await {
            Ok(()) => {
                starting.done();
                Ok(actor)
            }
            Err(_) => Err(SpawnError::Start(actor.watch().await)),
        }
    }

    /// Stops the children, letting running calls finish for at most `grace`, and ends the supervisor. Meanwhile it
    /// starts nothing more. Of several stops the one whose time is over first counts.
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

    /// How many children it has, those included that wait for a restart, or end while the supervisor stops.
    ///
    /// # Errors
    /// The reason for which the supervisor ended.
    pub async fn children(&self) -> Result<usize, ExitReason> {
        let gone = |_| self.exit_reason().unwrap_or(ExitReason::Shutdown);
        self.actor.ask(Count).await.map_err(gone)
    }
}
