//! The handle of an isolate actor.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use nano_proto::{ExitReason, IsolateId, Stats, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ask::{Ask, AskRaw, Tell};
use super::control_actor::{ControlActor, Figures, Stop};
use super::{Cell, not_running};
use crate::error::RegisterError;
use crate::exchange::Peer as _;
use crate::runtime::Inner;
use nano_proto::AskError;

/// An isolate actor, from Rust. Clones name the same isolate; dropping them does not end it.
#[derive(Clone)]
pub struct ActorRef {
  cell: Arc<Cell>,
  inner: Arc<Inner>,
  control: Option<kameo::actor::ActorRef<ControlActor>>,
}

impl fmt::Debug for ActorRef {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_struct("ActorRef").field("id", &self.id()).field("name", &self.name()).finish()
  }
}

impl PartialEq for ActorRef {
  fn eq(&self, other: &Self) -> bool {
    Arc::ptr_eq(&self.cell, &other.cell)
  }
}

impl Eq for ActorRef {}

impl ActorRef {
  pub(crate) fn new(cell: Arc<Cell>, inner: Arc<Inner>) -> Self {
    Self { cell, inner, control: None }
  }

  pub(crate) fn with_control(
    cell: Arc<Cell>,
    inner: Arc<Inner>,
    control: kameo::actor::ActorRef<ControlActor>,
  ) -> Self {
    Self { cell, inner, control: Some(control) }
  }

  pub(crate) fn cell(&self) -> &Arc<Cell> {
    &self.cell
  }

  /// The isolate's address.
  pub fn id(&self) -> IsolateId {
    self.cell.id()
  }

  /// The name it was spawned with.
  pub fn name(&self) -> Option<&str> {
    self.cell.name()
  }

  /// Calls the export `entry` with `argument` and waits for what it returns. The future is built by
  /// degrees: set a timeout, then `.await` it. Dropping it cancels the call.
  ///
  /// # Errors
  /// [`AskError`], which says whether the call may have run.
  pub fn ask<T: DeserializeOwned>(&self, entry: &str, argument: &(impl Serialize + ?Sized)) -> Ask<T> {
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
    AskRaw::new(self.cell.clone(), entry, argument)
  }

  /// Sends `argument` to the export `entry`. The future waits for a place in the mailbox and is done once
  /// the message lies there; what becomes of it nobody says.
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
  /// # Errors
  /// [`AskError::NotDelivered`] with `MailboxFull` where there is no room, and the value handed back.
  pub fn try_tell(&self, entry: &str, argument: &(impl Serialize + ?Sized)) -> Result<(), AskError> {
    super::ask::try_tell(&self.cell, entry, nano_proto::to_value(argument))
  }

  /// Lets running calls finish for at most `grace`, takes no more messages, then ends the isolate.
  /// Returns why it ended.
  pub async fn stop(&self, grace: Duration) -> ExitReason {
    match &self.control {
      // Where the control actor is gone, so is the isolate.
      Some(control) => drop(control.tell(Stop { grace }).await),
      None => self.cell.stop(ExitReason::Killed),
    }
    self.wait().await
  }

  /// Ends the isolate at once, in mid-turn if need be.
  pub fn kill(&self) {
    self.cell.stop(ExitReason::Killed);
  }

  /// Waits until the isolate has ended, and returns why.
  pub async fn wait(&self) -> ExitReason {
    self.cell.watch_ending().await.unwrap_or(ExitReason::Killed)
  }

  /// Why the isolate ended, if it has.
  pub fn exit_reason(&self) -> Option<ExitReason> {
    self.cell.ending().reason()
  }

  /// Whether the isolate has not ended.
  pub fn is_alive(&self) -> bool {
    self.exit_reason().is_none()
  }

  /// Links two isolates: when one ends otherwise than in order, so does the other.
  pub fn link(&self, other: &Self) {
    self.cell.link(other.cell.clone());
  }

  /// A future that gives the reason for which the isolate ended: once, however often it is asked for.
  pub fn watch(&self) -> impl Future<Output = ExitReason> + Send + 'static {
    let ending = self.cell.watch_ending();
    async move { ending.await.unwrap_or(ExitReason::Killed) }
  }

  /// Gives the isolate a name by which others find it, until it ends.
  ///
  /// # Errors
  /// [`RegisterError::Taken`] where another isolate has the name.
  pub fn register(&self, name: &str) -> Result<(), RegisterError> {
    self.inner.registry.register(name, &self.cell)
  }

  /// The isolate's figures as they were last written, also after it has ended.
  pub fn last_stats(&self) -> Stats {
    self.cell.stats()
  }

  /// The isolate's figures. The heap's are those of its last sample.
  ///
  /// # Errors
  /// [`AskError::NotDelivered`] where the isolate has ended.
  pub async fn stats(&self) -> Result<Stats, AskError> {
    let gone = || not_running(self.exit_reason().unwrap_or(ExitReason::Killed));
    match &self.control {
      Some(control) => control.ask(Figures).await.map(|answer| answer.0).map_err(|_| gone()),
      None if self.is_alive() => Ok(self.cell.stats()),
      None => Err(gone()),
    }
  }
}
