//! A call on its way to an isolate, and the way back.

use std::sync::Arc;
use std::time::Instant;

use nano_proto::{AskError, CallId, ExitReason, JsError, Receipt, Undelivered, Value};

use super::{Answer, Peer, Stage};
use crate::isolate::Credit;

/// The name of the export that a call is for.
pub type Entry = Arc<str>;

/// A call's result with what it cost.
#[derive(Debug)]
pub struct Replied {
    /// What the handler returned.
    pub value: Value,
    /// What the call cost.
    pub receipt: Receipt,
}

/// How a call ended.
pub type Outcome = Result<Replied, AskError>;

/// What a reply weighs while it waits, in bytes.
pub fn weight(outcome: &Outcome) -> u64 {
    let bytes = match outcome {
        Ok(replied) => replied.value.weight(),
        Err(AskError::Threw(thrown)) => weight_of_error(thrown),
        Err(AskError::NotDelivered { why, value }) => {
            let reason = match why {
                Undelivered::NotRunning(Some(reason)) => weight_of_reason(reason),
                _ => 0,
            };
            reason + value.as_ref().map_or(0, Value::len)
        }
        Err(AskError::Unknown(reason)) => weight_of_reason(reason),
        Err(_) => 0,
    };
    bytes as u64
}

fn weight_of_reason(reason: &ExitReason) -> usize {
    match reason {
        ExitReason::Threw(error) | ExitReason::StartFailed(error) => weight_of_error(error),
        _ => 0,
    }
}

/// All texts of an error and of those within it, and its value.
pub(super) fn weight_of_error(error: &JsError) -> usize {
    let texts = [&error.name, &error.message, &error.stack, &error.properties];
    let optional = [&error.file, &error.source_line, &error.code];
    let texts = texts.into_iter().chain(optional.into_iter().flatten());
    let within = error.cause.as_deref().into_iter().chain(&error.errors);
    texts.map(String::len).sum::<usize>()
        + error.value.as_ref().map_or(0, Value::len)
        + within.map(weight_of_error).sum::<usize>()
}

/// One message to an isolate: an ask if somebody waits for the reply, else a tell.
pub struct Call {
    /// Names the call in a later cancellation.
    pub id: CallId,
    /// The export that answers.
    pub entry: Entry,
    /// The argument.
    pub value: Value,
    /// When nobody waits any longer.
    pub deadline: Option<Instant>,
    /// When it was sent, if the caller wants a receipt.
    pub metered: Option<Instant>,
    /// The place in the mailbox, freed when the message leaves it.
    pub credit: Option<Credit>,
    /// Who waits.
    pub reply: Reply,
}

impl Call {
    /// What it weighs in a mailbox, in bytes.
    pub fn bytes(&self) -> u64 {
        self.value.weight() as u64
    }
}

/// Where a reply goes.
pub enum ReplyTo {
    /// A tell.
    Nobody,
    /// A Rust caller.
    Rust(Answer),
    /// An isolate, and the number under which it keeps the promise.
    Peer {
        /// Who asks.
        peer: Arc<dyn Peer>,
        /// Its number for the request.
        number: u64,
        /// Shared with it where it may give up.
        stage: Option<Arc<Stage>>,
    },
}

impl ReplyTo {
    /// What the sender shares of the call's progress.
    fn stage(&self) -> Option<&Stage> {
        match self {
            Self::Nobody => None,
            Self::Rust(answer) => Some(answer.stage()),
            Self::Peer { stage, .. } => stage.as_deref(),
        }
    }
}

/// The obligation to answer a call once: dropped unanswered, it answers by itself, so that an ask
/// always ends.
pub struct Reply {
    to: ReplyTo,
    started: bool,
}

impl Reply {
    /// An obligation towards `to`.
    pub fn new(to: ReplyTo) -> Self {
        Self { to, started: false }
    }

    /// Whether the sender waits for an answer.
    pub fn is_awaited(&self) -> bool {
        !matches!(self.to, ReplyTo::Nobody)
    }

    /// Whether the sender has given up before the handler began.
    pub fn is_abandoned(&self) -> bool {
        self.to.stage().is_some_and(Stage::is_given_up)
    }

    /// Notes that the handler begins: from here on a lost call may have run. False where the sender has
    /// given up and was told that it will not run.
    #[must_use]
    pub fn start(&mut self) -> bool {
        self.started = self.to.stage().is_none_or(Stage::begin);
        self.started
    }

    /// Answers.
    pub fn send(mut self, outcome: Outcome) {
        self.deliver(outcome);
    }

    /// Answers that the isolate ended before the call did.
    pub fn lost(self, reason: &ExitReason) {
        let error = Self::loss(self.started, reason);
        self.send(Err(error));
    }

    fn loss(started: bool, reason: &ExitReason) -> AskError {
        match (started, reason) {
            (false, reason) => AskError::not_delivered(
                Undelivered::NotRunning(Some(Box::new(reason.clone()))),
                None,
            ),
            (true, reason) => AskError::Unknown(reason.clone()),
        }
    }

    fn deliver(&mut self, outcome: Outcome) {
        match std::mem::replace(&mut self.to, ReplyTo::Nobody) {
            ReplyTo::Nobody => {}
            // A caller that dropped its future no longer wants the answer.
            ReplyTo::Rust(answer) => answer.send(outcome),
            ReplyTo::Peer { peer, number, .. } => peer.settle(number, outcome),
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if self.is_awaited() {
            let error = Self::loss(self.started, &ExitReason::Killed);
            self.deliver(Err(error));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_weighs_what_is_within_it() {
        let kilobyte = || "x".repeat(1_000);
        let mut error = JsError::new("E", kilobyte());
        error.file = Some(kilobyte());
        error.source_line = Some(kilobyte());
        error.cause = Some(Box::new(JsError::new("", kilobyte())));
        error.errors = vec![JsError::new("", kilobyte())];
        assert_eq!(weight(&Err(AskError::Threw(error.clone()))), 5_001);
        let reason = ExitReason::StartFailed(error);
        assert_eq!(weight(&Err(AskError::Unknown(reason.clone()))), 5_001);
        let why = Undelivered::NotRunning(Some(Box::new(reason)));
        assert_eq!(weight(&Err(AskError::not_delivered(why, None))), 5_001);
        assert_eq!(weight(&Err(AskError::Cancelled)), 0);
    }
}
