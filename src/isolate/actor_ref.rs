//! The handle of an isolate actor.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use nano_proto::{ExitReason, IsolateId, Stats, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ask::{Ask, AskRaw, Tell};
use super::control_actor::{Figures, Stop};
use super::{Cell, Ending, not_running};
use crate::error::{OtherRuntime, RegisterError};
use crate::exchange::Peer as _;
use crate::runtime::Inner;
use nano_proto::AskError;

/// An isolate actor, from Rust. Clones name the same isolate; dropping them does not end it.
#[derive(Clone)]
pub struct ActorRef {
    cell: Arc<Cell>,
    inner: Arc<Inner>,
}

impl fmt::Debug for ActorRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActorRef")
            .field("id", &self.id())
            .field("name", &self.name())
            .finish()
    }
}

impl PartialEq for ActorRef {
    fn eq(&self, other: &Self) -> bool {
        // Addresses are unique within a runtime only.
        Arc::ptr_eq(&self.inner, &other.inner) && self.cell.is_same(&other.cell)
    }
}

impl Eq for ActorRef {}

const _: () = {
    const fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<ActorRef>();
};

impl ActorRef {
    pub(crate) fn new(cell: Arc<Cell>, inner: Arc<Inner>) -> Self {
        Self { cell, inner }
    }

    pub(crate) fn cell(&self) -> &Arc<Cell> {
        &self.cell
    }

    /// The isolate's address; of a supervised one that of the incarnation that the reference was made for. It means
    /// something within its runtime only: another runtime of the process has isolates of the same addresses.
    pub fn id(&self) -> IsolateId {
        self.cell.id()
    }

    /// The name it was spawned with.
    pub fn name(&self) -> Option<&str> {
        self.cell.name()
    }

    /// Calls the export `entry` with `argument` and waits for what it returns. The future is built by
    /// degrees: set a timeout, then `.await` it. Dropping it cancels the call: one that has not begun
    /// does not run, one that has sees its abort signal, as does whatever it asked in turn. While the
    /// mailbox is full it waits for a place.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use nano::{ActorSpec, Runtime};
    /// # let runtime = Runtime::new()?;
    /// # runtime.block_on(async {
    /// let actor = runtime.spawn(ActorSpec::source("export const double = (n) => 2 * n;")).await?;
    /// let four: u32 = actor.ask("double", &2).timeout(Duration::from_secs(5)).await?;
    /// assert_eq!(four, 4);
    /// let (eight, receipt) = actor.ask::<u32>("double", &four).with_receipt().await?;
    /// assert_eq!(eight, 8);
    /// println!("{:?} of CPU time, {:?} in the mailbox", receipt.cpu, receipt.queued);
    /// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`AskError`], which says whether the call may have run.
    pub fn ask<T: DeserializeOwned>(
        &self,
        entry: &str,
        argument: &(impl Serialize + ?Sized),
    ) -> Ask<T> {
        Ask::new(self.ask_value(entry, nano_proto::to_value(argument)))
    }

    /// The same with values that are serialized already.
    ///
    /// # Errors
    /// [`AskError`], which says whether the call may have run.
    pub fn ask_raw(&self, entry: &str, argument: Value) -> AskRaw {
        self.ask_value(entry, Ok(argument))
    }

    fn ask_value(&self, entry: &str, argument: Result<Value, nano_proto::EncodeError>) -> AskRaw {
        AskRaw::new(
            self.cell.clone(),
            self.inner.timers.clone(),
            entry,
            argument,
        )
    }

    /// Sends `argument` to the export `entry`. The future waits for a place in the mailbox and is
    /// done once the message lies there; what becomes of it nobody says. Messages from one sender
    /// that awaits each keep their order.
    ///
    /// ```
    /// # use nano::{ActorSpec, Runtime};
    /// # let runtime = Runtime::new()?;
    /// # runtime.block_on(async {
    /// let source = "let sum = 0; export const add = (n) => { sum += n }; export const total = () => sum;";
    /// let actor = runtime.spawn(ActorSpec::source(source)).await?;
    /// actor.tell("add", &2).await?;
    /// actor.tell("add", &3).await?;
    /// assert_eq!(actor.ask::<u32>("total", &()).await?, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`AskError::NotDelivered`].
    pub fn tell(&self, entry: &str, argument: &(impl Serialize + ?Sized)) -> Tell {
        Tell::new(self.cell.clone(), entry, nano_proto::to_value(argument))
    }

    /// The same with a value that is serialized already.
    ///
    /// # Errors
    /// [`AskError::NotDelivered`].
    pub fn tell_raw(&self, entry: &str, argument: Value) -> Tell {
        Tell::new(self.cell.clone(), entry, Ok(argument))
    }

    /// Sends without waiting.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use nano::{ActorSpec, AskError, Limits, Runtime, from_value, proto::Undelivered};
    /// # let runtime = Runtime::new()?;
    /// # runtime.block_on(async {
    /// let source = "export const note = () => {}; export const spin = () => { while (true); };";
    /// let spec = ActorSpec::source(source).limits(Limits::default().with_mailbox(1));
    /// let actor = runtime.spawn(spec).await?;
    /// actor.try_tell("spin", &())?;
    /// let refused = loop {
    ///   if let Err(error) = actor.try_tell("note", "a word") {
    ///     break error;
    ///   }
    /// };
    /// let AskError::NotDelivered { why: Undelivered::MailboxFull { allowed: 1 }, value: Some(value) } = refused
    /// else { panic!("{refused:?}") };
    /// assert_eq!(from_value::<String>(&value)?, "a word");
    /// # actor.kill();
    /// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`AskError::NotDelivered`] with `MailboxFull` where there is no room, and the value handed
    /// back.
    pub fn try_tell(
        &self,
        entry: &str,
        argument: &(impl Serialize + ?Sized),
    ) -> Result<(), AskError> {
        super::ask::try_tell(&self.cell, entry, nano_proto::to_value(argument))
    }

    /// Lets running calls finish for at most `grace`, takes no more messages, then ends the isolate.
    /// A supervisor does not restart it. Returns why it ended: [`ExitReason::Killed`] where the time
    /// did not suffice.
    pub async fn stop(&self, grace: Duration) -> ExitReason {
        if let Some(lineage) = self.cell.lineage() {
            lineage.retire();
            if lineage.current().is_none() {
                // It waits for a restart that no longer comes.
                lineage.finish(ExitReason::Stopped);
            }
        }
        let cell = self.cell.current();
        let told = match cell.control_actor() {
            Some(control) => control
                .tell(Stop {
                    grace,
                    then: ExitReason::Killed,
                })
                .await
                .is_ok(),
            None => false,
        };
        if !told {
            cell.stop(ExitReason::Killed);
        }
        self.wait().await
    }

    /// Ends the isolate at once, in mid-turn if need be. A supervisor takes this for a failure.
    pub fn kill(&self) {
        self.cell.current().stop(ExitReason::Killed);
    }

    /// Waits until the isolate has ended and no supervisor restarts it, and returns why.
    pub async fn wait(&self) -> ExitReason {
        self.watch().await
    }

    fn ending(&self) -> &Ending {
        self.cell
            .lineage()
            .map_or_else(|| self.cell.ending(), |lineage| lineage.ending())
    }

    /// Why the isolate ended, if it has and no supervisor restarts it.
    pub fn exit_reason(&self) -> Option<ExitReason> {
        self.cell.gone()
    }

    /// Whether the isolate lives, or will again.
    pub fn is_alive(&self) -> bool {
        self.exit_reason().is_none()
    }

    /// Links two isolates: when one ends otherwise than in order, so does the other. The link is
    /// between the incarnations that live now: a restart does not renew it.
    ///
    /// # Errors
    /// [`OtherRuntime`] where the two are isolates of different runtimes; then nothing is linked.
    pub fn link(&self, other: &Self) -> Result<(), OtherRuntime> {
        if !self.is_of(&other.inner) {
            return Err(OtherRuntime { id: other.id() });
        }
        self.cell.current().link(other.cell.current());
        Ok(())
    }

    /// Whether it is an isolate of this runtime.
    pub(crate) fn is_of(&self, runtime: &Arc<Inner>) -> bool {
        Arc::ptr_eq(&self.inner, runtime)
    }

    /// A future that gives the reason for which the isolate ended, for good where it is supervised.
    /// Each future gives it exactly once, behind the replies to all asks; at once where the isolate
    /// has ended.
    pub fn watch(&self) -> impl Future<Output = ExitReason> + Send + 'static {
        let (sender, ending) = tokio::sync::oneshot::channel();
        self.ending().tell(sender);
        async move { ending.await.unwrap_or(ExitReason::Shutdown) }
    }

    /// Gives the isolate a name by which others find it, until it ends; a supervised one keeps it
    /// when it is restarted.
    ///
    /// # Errors
    /// [`RegisterError::Taken`] where another isolate has the name, [`RegisterError::Ended`] where
    /// this one has ended.
    pub fn register(&self, name: &str) -> Result<(), RegisterError> {
        self.inner.registry.register(name, &self.cell)
    }

    /// The isolate's figures as they were last written, also after it has ended.
    pub fn last_stats(&self) -> Stats {
        self.cell.stats()
    }

    /// The isolate's figures. The heap's are read within 200 ms; an isolate that is stuck in a turn
    /// for longer leaves those of its last sample.
    ///
    /// # Errors
    /// [`AskError::NotDelivered`] where the isolate has ended or is about to be restarted.
    pub async fn stats(&self) -> Result<Stats, AskError> {
        let cell = self.cell.current();
        let answer = match cell.control_actor() {
            Some(control) => control.ask(Figures).await.ok().and_then(|answer| answer.0),
            None => None,
        };
        answer.ok_or_else(|| not_running(cell.ending().reason().unwrap_or(ExitReason::Killed)))
    }
}
