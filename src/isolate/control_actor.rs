//! The control plane of one isolate: a kameo actor on the I/O runtime that stops it and answers for its
//! figures. Messages to the isolate's JavaScript go round it, straight into the inbox.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use kameo::Actor;
use kameo::actor::{ActorRef, Spawn};
use kameo::message::{Context, Message};
use nano_proto::{ExitReason, Stats};

use super::Cell;
use crate::exchange::Event;

/// The actor. It lives as long as its isolate.
pub(crate) struct ControlActor {
  cell: Arc<Cell>,
}

impl Actor for ControlActor {
  type Args = Arc<Cell>;
  type Error = Infallible;

  async fn on_start(cell: Arc<Cell>, _: ActorRef<Self>) -> Result<Self, Infallible> {
    Ok(Self { cell })
  }
}

/// Asks the isolate to take no more messages and to end with its last running call; after `grace` it
/// is killed.
pub(crate) struct Stop {
  pub grace: Duration,
}

/// Asks for the isolate's figures.
pub(crate) struct Figures;

/// The answer to [`Figures`].
#[derive(kameo::Reply)]
pub(crate) struct Answer(pub Stats);

impl ControlActor {
  /// Starts the control actor of `cell` on the runtime `io`.
  pub fn start(io: &tokio::runtime::Handle, cell: Arc<Cell>) -> ActorRef<Self> {
    let _entered = io.enter();
    Self::spawn(cell)
  }
}

impl Message<Stop> for ControlActor {
  type Reply = ();

  async fn handle(&mut self, stop: Stop, _: &mut Context<Self, ()>) {
    self.cell.push(Event::Drain);
    let (cell, ending) = (self.cell.clone(), self.cell.watch_ending());
    tokio::spawn(async move {
      if tokio::time::timeout(stop.grace, ending).await.is_err() {
        cell.stop(ExitReason::Killed);
      }
    });
  }
}

impl Message<Figures> for ControlActor {
  type Reply = Answer;

  async fn handle(&mut self, _: Figures, _: &mut Context<Self, Answer>) -> Answer {
    Answer(self.cell.stats())
  }
}
