//! The control plane of one isolate: a kameo actor on the I/O runtime that stops it and answers for
//! its figures. Messages to the isolate's JavaScript go round it, straight into the inbox.

use std::convert::Infallible;
use std::sync::{Arc, Weak};
use std::time::Duration;

use kameo::Actor;
use kameo::actor::{ActorRef, Spawn};
use kameo::message::{Context, Message};
use kameo::reply::DelegatedReply;
use nano_proto::{ExitReason, Stats};
use tokio::sync::watch;

use super::Cell;
use crate::exchange::Event;

/// The actor. The isolate's cell holds it, and it lives as long as that.
pub(crate) struct ControlActor {
    cell: Weak<Cell>,
    /// Closes when the isolate has taken the sample that it was asked for last.
    sample: Option<watch::Receiver<()>>,
}

impl Actor for ControlActor {
    type Args = Weak<Cell>;
    type Error = Infallible;

    async fn on_start(cell: Weak<Cell>, _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(Self { cell, sample: None })
    }
}

/// Asks the isolate to take no more messages and to end with its last running call; after `grace`
/// it is killed.
pub(crate) struct Stop {
    pub grace: Duration,
    /// With what reason it is killed.
    pub then: ExitReason,
}

/// How long a sample of the heap is waited for.
const SAMPLE_WAIT: Duration = Duration::from_millis(200);

/// Asks for the isolate's figures.
pub(crate) struct Figures;

/// The answer to [`Figures`]; nothing where the isolate has ended.
#[derive(kameo::Reply)]
pub(crate) struct Answer(pub Option<Stats>);

impl ControlActor {
    /// Starts the control actor of `cell` on the runtime `io`.
    pub fn start(io: &tokio::runtime::Handle, cell: &Arc<Cell>) -> ActorRef<Self> {
        let _entered = io.enter();
        Self::spawn(Arc::downgrade(cell))
    }
}

impl ControlActor {
    /// Has the isolate read its heap's figures, and gives what closes when it has. All who ask before that share one
    /// sample, so that an isolate that is stuck gathers none.
    fn sample(&mut self, cell: &Cell) -> watch::Receiver<()> {
        let is_open = |sample: &&watch::Receiver<()>| sample.has_changed().is_ok();
        if let Some(sample) = self.sample.as_ref().filter(is_open) {
            return sample.clone();
        }
        let (sender, sample) = watch::channel(());
        cell.push(Event::Sample(sender));
        self.sample.insert(sample).clone()
    }
}

impl Message<Stop> for ControlActor {
    type Reply = ();

    async fn handle(&mut self, stop: Stop, _: &mut Context<Self, ()>) {
        let Some(cell) = self.cell.upgrade() else {
            return;
        };
        cell.push(Event::Drain);
        let ending = cell.watch_ending();
        tokio::spawn(async move {
            if tokio::time::timeout(stop.grace, ending).await.is_err() {
                cell.stop(stop.then);
            }
        });
    }
}

impl Message<Figures> for ControlActor {
    type Reply = DelegatedReply<Answer>;

    async fn handle(
        &mut self,
        _: Figures,
        context: &mut Context<Self, DelegatedReply<Answer>>,
    ) -> DelegatedReply<Answer> {
        let Some(cell) = self.cell.upgrade() else {
            return context.reply(Answer(None));
        };
        // The heap's figures are read in a turn, since only who holds the lock may.
        let mut sample = self.sample(&cell);
        // Not waited for here: what comes next may be a stop.
        context.spawn(async move {
            // An isolate that is stuck in its turn, or has ended, leaves the figures of its last sample.
            let _ = tokio::time::timeout(SAMPLE_WAIT, sample.changed()).await;
            Answer(cell.ending().reason().is_none().then(|| cell.stats()))
        })
    }
}
