//! What came of an ask.

use thiserror::Error;

use super::{DecodeError, EncodeError, ExitReason, JsError, LimitExceeded};
use crate::limits::LimitKind;
use crate::value::Value;

/// Whether the work of a failed ask may have been done: the question a caller has before it tries
/// again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MayHaveRun {
    /// It has not: send it again freely.
    No,
    /// It has, in part or whole.
    Yes,
    /// Nobody knows.
    Unknown,
}

/// Why a message never reached its handler.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum Undelivered {
    /// The isolate is not running; with the reason where it is still known.
    #[error("the isolate is not running{}", .0.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default())]
    NotRunning(Option<Box<ExitReason>>),
    /// The mailbox is full and the sender would not wait.
    #[error("the mailbox is full (of {allowed} messages, or of as many bytes as it takes); raise it with {}", LimitKind::Mailbox.raise_with())]
    MailboxFull {
        /// The mailbox's limit.
        allowed: u64,
    },
    /// The isolate exports no function of that name.
    #[error("no handler named {0:?}: export a function of that name")]
    NoSuchHandler(String),
    /// No isolate is registered under that name.
    #[error("no isolate is registered as {0:?}")]
    NoSuchName(String),
    /// The value could not be written.
    #[error("the message cannot be encoded: {0}")]
    Encode(EncodeError),
    /// The message is larger than the limit.
    #[error("{0}")]
    TooLarge(LimitExceeded),
    /// Another limit refused it before it started.
    #[error("{0}")]
    Refused(LimitExceeded),
    /// The bytes did not pass the receiver's validation.
    #[error("the receiver refused the message: {0}")]
    Invalid(DecodeError),
    /// The runtime is shutting down.
    #[error("the runtime is shutting down")]
    ShuttingDown,
    /// The deadline had passed, or the caller had cancelled, before the message was taken up.
    #[error("given up before it was taken up")]
    Expired,
    /// The machine of the isolate cannot be reached.
    #[error("unreachable: {0}")]
    Unreachable(String),
}

/// Why an ask has no reply.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum AskError {
    /// Never reached the handler: send it again freely.
    #[error("not delivered: {why}")]
    NotDelivered {
        /// Why not.
        why: Undelivered,
        /// The message, given back where it still existed.
        value: Option<Value>,
    },
    /// The handler ran and threw.
    #[error("{0}")]
    Threw(JsError),
    /// A limit stopped it, its wall time for one; part of it may have run. The isolate has ended too where the limit
    /// stopped that in the middle of the call.
    #[error("{0}")]
    Limit(LimitExceeded),
    /// No reply within the caller's time.
    #[error("no reply within {after_ms} ms")]
    Timeout {
        /// How long the caller waited, in milliseconds.
        after_ms: u64,
        /// False only where it is certain that the handler has not begun and will not.
        started: bool,
    },
    /// The caller cancelled it after delivery.
    #[error("cancelled")]
    Cancelled,
    /// The isolate went away after delivery, through no doing of this call's that is known: nobody knows.
    #[error("the isolate went away during the call: {0}")]
    Unknown(ExitReason),
    /// The handler ran and replied, but the reply does not fit the Rust type.
    #[error("the reply cannot be decoded: {0}")]
    Decode(DecodeError),
    /// The handler ran, but what it returned cannot be cloned.
    #[error("the reply cannot be encoded: {0}")]
    ReplyNotCloneable(EncodeError),
}

impl AskError {
    /// Not delivered, with the message given back.
    pub fn not_delivered(why: Undelivered, value: impl Into<Option<Value>>) -> Self {
        Self::NotDelivered {
            why,
            value: value.into(),
        }
    }

    /// Whether the work may have run.
    ///
    /// ```
    /// use nano_proto::{AskError, JsError, MayHaveRun, Undelivered};
    ///
    /// let error = AskError::not_delivered(Undelivered::ShuttingDown, None);
    /// assert_eq!(error.may_have_run(), MayHaveRun::No);
    /// assert_eq!(AskError::Threw(JsError::default()).may_have_run(), MayHaveRun::Yes);
    /// ```
    pub fn may_have_run(&self) -> MayHaveRun {
        match self {
            Self::NotDelivered { .. } | Self::Timeout { started: false, .. } => MayHaveRun::No,
            Self::Threw(_)
            | Self::Limit(_)
            | Self::Decode(_)
            | Self::ReplyNotCloneable(_)
            | Self::Timeout { started: true, .. } => MayHaveRun::Yes,
            Self::Cancelled | Self::Unknown(_) => MayHaveRun::Unknown,
        }
    }
}

impl From<DecodeError> for AskError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_says_whether_it_may_have_run() {
        let timeout = |started| AskError::Timeout {
            after_ms: 5,
            started,
        };
        assert_eq!(timeout(false).may_have_run(), MayHaveRun::No);
        assert_eq!(timeout(true).may_have_run(), MayHaveRun::Yes);
        assert_eq!(AskError::Cancelled.may_have_run(), MayHaveRun::Unknown);
        assert_eq!(
            AskError::Unknown(ExitReason::Killed).may_have_run(),
            MayHaveRun::Unknown
        );
    }

    #[test]
    fn a_reply_that_cannot_be_read_came_from_work_that_ran() {
        let error = AskError::from(crate::from_bytes::<u8>(b"\xFF\x10T").unwrap_err());
        assert_eq!(error.may_have_run(), MayHaveRun::Yes);
        assert!(error.to_string().contains("a boolean found"), "{error}");
    }

    #[test]
    fn texts_carry_the_reason() {
        let why = Undelivered::NotRunning(Some(Box::new(ExitReason::Killed)));
        let error = AskError::not_delivered(why, Value::undefined());
        assert_eq!(
            error.to_string(),
            "not delivered: the isolate is not running: killed"
        );
        assert_eq!(
            Undelivered::NotRunning(None).to_string(),
            "the isolate is not running"
        );
    }
}
