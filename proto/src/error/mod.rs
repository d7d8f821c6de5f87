//! What went wrong, and whether the work may have run.
//!
//! | question | type |
//! |---|---|
//! | what came of my ask? | [`AskError`], with [`AskError::may_have_run`] |
//! | why was it not delivered? | [`Undelivered`] |
//! | why is the isolate gone? | [`ExitReason`] |
//! | what did JavaScript throw? | [`JsError`] |
//! | which limit, how much, how to raise it? | [`LimitExceeded`] |
//! | which byte is wrong? | [`DecodeError`] |
//! | which value cannot be written? | [`EncodeError`] |
//!
//! All of them cross machines inside an [`Envelope`](crate::Envelope).

mod ask;
mod codec;
mod exit;
mod js;

pub use ask::{AskError, MayHaveRun, Undelivered};
pub use codec::{DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind};
pub use exit::{ExitReason, LimitExceeded};
pub use js::JsError;
