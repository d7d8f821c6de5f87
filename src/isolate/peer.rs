//! An isolate as engine, clock and other isolates reach it: everything is an event in its inbox, pushed from any
//! thread.

use std::sync::{Arc, Weak};
use std::time::Duration;

use nano_actors::clock::Wake;
use nano_proto::{AskError, CallId, ExitReason, IsolateId, Limits};

use super::cell::Cell;
use super::credit::{Credit, Ticket};
use crate::engine::{TaskSink, V8Task};
use crate::exchange::{self, Call, Cancel, Event, Notice, Outcome, Peer, Refused};

impl Peer for Cell {
    fn id(&self) -> IsolateId {
        Cell::id(self)
    }

    fn limits(&self) -> Option<&Limits> {
        Some(self.control().limits())
    }

    fn send(&self, call: Box<Call>) -> Result<(), (Box<Call>, Refused)> {
        if let Some(reason) = self.gone() {
            return Err((call, Refused::Closed(reason)));
        }
        match self.credits().try_take(call.bytes()) {
            Some(credit) => {
                self.send_with(call, credit);
                Ok(())
            }
            None => Err((call, Refused::Full)),
        }
    }

    fn send_waited(&self, call: Box<Call>, place: Credit) -> Result<(), (Box<Call>, Refused)> {
        if let Some(reason) = self.gone() {
            return Err((call, Refused::Closed(reason)));
        }
        let mut place = place;
        place.weigh(call.bytes());
        self.send_with(call, place);
        Ok(())
    }

    fn mailbox(&self) -> IsolateId {
        self.credits().owner()
    }

    fn is_gone(&self) -> bool {
        self.gone().is_some()
    }

    fn when_room(&self, waiter: Arc<dyn Peer>, bytes: u64) -> Option<Ticket> {
        self.credits().tell_when_free(waiter, bytes)
    }

    fn change_wait(&self, ticket: Ticket, bytes: Option<u64>) {
        match bytes {
            Some(bytes) => self.credits().reweigh(ticket, bytes),
            None => self.credits().leave(ticket),
        }
    }

    fn room(&self, mailbox: IsolateId, place: Option<Credit>) {
        self.push(Event::Room(mailbox, place));
    }

    fn notify(&self, notice: Notice) {
        self.push(Event::Notice(notice));
    }

    fn settle(&self, number: u64, outcome: Outcome) {
        let bytes = exchange::weight(&outcome);
        let outcome = match self.control().admit_reply(bytes) {
            Ok(()) => outcome,
            Err(exceeded) => Err(AskError::Limit(exceeded)),
        };
        self.push(Event::Settle(number, outcome));
    }

    fn cancel(&self, call: CallId, why: Cancel) {
        if self.ending().reason().is_some() {
            if let Some(lineage) = self.lineage() {
                lineage.cancel(call, why);
            }
            return;
        }
        self.take_back(call, why);
    }

    fn stop(&self, now: bool) {
        if let (Some(lineage), Some(_)) = (self.lineage(), self.ending().reason()) {
            if let Some(current) = lineage.current() {
                Peer::stop(&*current, now);
            }
        } else if now {
            Cell::stop(self, ExitReason::Killed);
        } else {
            self.push(Event::Drain);
        }
    }

    fn watch(&self, watcher: Arc<dyn Peer>, number: u64) {
        match self.lineage() {
            Some(lineage) => lineage
                .ending()
                .watch(Cell::id(self), watcher, Some(number)),
            None => self.ending().watch(Cell::id(self), watcher, Some(number)),
        }
    }

    fn link(&self, other: Arc<dyn Peer>) {
        self.ending().watch(Cell::id(self), other.clone(), None);
        if let Some(me) = self.me() {
            other.linked(me);
        }
    }

    fn linked(&self, other: Arc<dyn Peer>) {
        self.ending().watch(Cell::id(self), other, None);
    }

    fn exited(&self, watch: Option<u64>, id: IsolateId, reason: ExitReason) {
        self.push(Event::Exited { watch, id, reason });
    }
}

/// A cell as the target of V8's own tasks and of alarms; keeps nothing alive.
pub(crate) struct Pokes(pub Weak<Cell>);

impl TaskSink for Pokes {
    fn post(&self, task: V8Task, delay: Duration) {
        if let Some(cell) = self.0.upgrade() {
            cell.push(Event::Task(task, delay));
        }
    }
}

impl Wake for Cell {
    fn wake(&self) {
        self.alarm();
    }
}
