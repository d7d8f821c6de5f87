//! Requests of this isolate that wait for an answer.

use std::sync::Arc;
use std::time::Instant;

use nano_proto::{AskError, CallId, Undelivered};
use rustc_hash::FxHashMap;
use tokio::sync::oneshot;

use super::Control;
use super::deadlines::Deadlines;
use super::state::State;
use crate::exchange::{Cancel, Peer, Stage};

/// A message that another isolate was asked by.
pub(super) struct Sent {
    pub peer: Arc<dyn Peer>,
    pub id: CallId,
    pub at: Instant,
    pub deadline: Option<Instant>,
    /// The other isolate's wall time for a call, in milliseconds, where that is what sets the deadline.
    pub wall_ms: Option<u64>,
    /// Shared with the other isolate where the ask has a timeout of its own.
    pub stage: Option<Arc<Stage>>,
}

/// What a request was made by, as long as it can be taken back.
enum Made {
    /// A message to another isolate.
    Sent(Sent),
    /// The start of a child.
    Start(oneshot::Sender<Cancel>),
}

/// A request that waits for an answer.
pub(super) struct Request {
    resolver: v8::Global<v8::PromiseResolver>,
    /// The call in whose async context it was made.
    call: Option<CallId>,
    made: Option<Made>,
    /// As in what was made, which may have been taken.
    wall_ms: Option<u64>,
    /// Whether it is answered by the end of this isolate alone, and so is nothing to wait for.
    own_end: bool,
}

/// Requests of this isolate that wait for an answer, by number.
pub(super) struct Asks {
    /// Where others see what was sent, to take it back when the isolate ends.
    control: Arc<Control>,
    last: u64,
    pending: FxHashMap<u64, Request>,
    /// How many wait for the end of this isolate alone.
    own_ends: usize,
    deadlines: Deadlines<u64>,
}

impl Asks {
    /// Those of the isolate that has this control block: none.
    pub fn new(control: Arc<Control>) -> Self {
        Self {
            control,
            last: 0,
            pending: FxHashMap::default(),
            own_ends: 0,
            deadlines: Deadlines::default(),
        }
    }

    pub fn len(&self) -> usize {
        self.pending.len()
    }

    /// Whether an answer may come that makes JavaScript run.
    pub fn keeps_running(&self) -> bool {
        self.pending.len() > self.own_ends
    }

    /// Whether some of the answers come from elsewhere than the calls for which `is_held` is true, or there is a
    /// time at which they come in any case.
    pub fn wait_for_others(&self, is_held: impl Fn(CallId) -> bool) -> bool {
        self.pending.values().any(|request| match &request.made {
            Some(Made::Sent(sent)) => sent.deadline.is_some() || !is_held(sent.id),
            Some(Made::Start(_)) => true,
            None => !request.own_end,
        })
    }

    /// Keeps `resolver` until this isolate has ended.
    pub fn insert_own_end(
        &mut self,
        resolver: v8::Global<v8::PromiseResolver>,
        call: Option<CallId>,
    ) -> u64 {
        let number = self.insert(resolver, call);
        if let Some(request) = self.pending.get_mut(&number) {
            request.own_end = true;
            self.own_ends += 1;
        }
        number
    }

    /// Keeps `resolver` until the answer of the returned number comes.
    pub fn insert(
        &mut self,
        resolver: v8::Global<v8::PromiseResolver>,
        call: Option<CallId>,
    ) -> u64 {
        self.last += 1;
        self.pending.insert(
            self.last,
            Request {
                resolver,
                call,
                made: None,
                wall_ms: None,
                own_end: false,
            },
        );
        self.last
    }

    /// Notes by which message the request was made.
    pub fn note_sent(&mut self, number: u64, sent: Sent) {
        if let Some(deadline) = sent.deadline {
            let waits = |number| self.pending.contains_key(&number);
            self.deadlines
                .push(deadline, number, self.pending.len(), waits);
        }
        if let Some(request) = self.pending.get_mut(&number) {
            self.control.asked.add(sent.id, &sent.peer);
            request.wall_ms = sent.wall_ms;
            request.made = Some(Made::Sent(sent));
        }
    }

    /// Notes how the start is taken back that the request waits for.
    pub fn note_start(&mut self, number: u64, start: oneshot::Sender<Cancel>) {
        if let Some(request) = self.pending.get_mut(&number) {
            request.made = Some(Made::Start(start));
        }
    }

    pub fn remove(&mut self, number: u64) -> Option<v8::Global<v8::PromiseResolver>> {
        let request = self.pending.remove(&number)?;
        self.own_ends -= usize::from(request.own_end);
        if let Some(Made::Sent(sent)) = &request.made {
            self.control.asked.remove(sent.id);
        }
        Some(request.resolver)
    }

    /// The call in whose async context the request was made.
    pub fn call_of(&self, number: u64) -> Option<CallId> {
        self.pending.get(&number)?.call
    }

    /// The wall time that sets the request's deadline, if that does.
    pub fn wall_ms(&self, number: u64) -> Option<u64> {
        self.pending.get(&number)?.wall_ms
    }

    /// The message of the request.
    pub fn take_sent(&mut self, number: u64) -> Option<Sent> {
        let request = self.pending.get_mut(&number)?;
        let is_it = |made: &mut Made| matches!(made, Made::Sent(_));
        match request.made.take_if(is_it)? {
            Made::Sent(sent) => {
                self.control.asked.remove(sent.id);
                Some(sent)
            }
            Made::Start(_) => None,
        }
    }

    /// Takes the start back that the request waits for, whose answer then comes at once.
    pub fn cancel_start(&mut self, number: u64, why: Cancel) {
        let Some(request) = self.pending.get_mut(&number) else {
            return;
        };
        let is_it = |made: &mut Made| matches!(made, Made::Start(_));
        if let Some(Made::Start(start)) = request.made.take_if(is_it) {
            // An error means that the start is over, and its answer on its way.
            let _ = start.send(why);
        }
    }

    /// The message of this id, if its request still waits.
    pub fn take_sent_by_id(&mut self, id: CallId) -> Option<Sent> {
        let is_it =
            |request: &Request| matches!(&request.made, Some(Made::Sent(sent)) if sent.id == id);
        let mut pending = self.pending.iter();
        let number = pending.find_map(|(number, request)| is_it(request).then_some(*number))?;
        self.take_sent(number)
    }

    /// The requests that the call made and that wait.
    pub fn of_call(&self, id: CallId) -> Vec<u64> {
        let of_call = self
            .pending
            .iter()
            .filter(|(_, request)| request.call == Some(id));
        of_call.map(|(number, _)| *number).collect()
    }

    /// When the first ask reaches its deadline.
    pub fn next_deadline(&mut self) -> Option<Instant> {
        self.deadlines
            .next(|number| self.pending.contains_key(&number))
    }

    pub fn take_expired(&mut self, now: Instant) -> Option<u64> {
        let waits = |number| self.pending.contains_key(&number);
        self.deadlines.take_expired(now, waits)
    }
}

/// Takes back a message to another isolate. Returns whether it had not been sent yet.
pub(super) fn recall(state: &State, sent: &Sent, why: Cancel) -> bool {
    let unsent = state
        .targets
        .borrow_mut()
        .recall(sent.peer.mailbox(), sent.id);
    match unsent {
        Some(call) => {
            call.reply
                .send(Err(AskError::not_delivered(Undelivered::Expired, None)));
            true
        }
        None => {
            sent.peer.cancel(sent.id, why);
            false
        }
    }
}
