//! The plain data of **nano**, an actor runtime for JavaScript.
//!
//! Everything that one part of nano says to another is defined here, with no V8, no tokio and no
//! I/O: a program that only moves messages depends on this crate alone.
//!
//! | you look for | it is in |
//! |---|---|
//! | who a message is for | [`address`] |
//! | what a message carries | [`value`]: the bytes of V8's structured clone format, and serde over them |
//! | how it crosses to another machine, or lies on a disk | [`envelope`] |
//! | what an isolate may use | [`limits`] |
//! | what went wrong, and whether the work may have run | [`error`] |
//! | what is said inside one process | [`message`] |
//!
//! The crate must never panic, recurse without a bound or allocate more than a constant times the
//! input, whatever bytes it is given: [`value::validate`] and [`envelope::Envelope::decode`] are
//! what stands between a foreign machine and V8's deserializer.
//!
//! ```
//! use nano_proto::{from_value, to_value};
//!
//! let value = to_value(&("pages", 3_u32))?;
//! let (name, count): (String, u32) = from_value(&value)?;
//! assert_eq!((name.as_str(), count), ("pages", 3));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod address;
pub mod envelope;
pub mod error;
pub mod limits;
pub mod message;
pub mod value;
mod wire;

pub use address::{Address, CallId, IsolateId, PortId};
pub use envelope::{Body, Envelope, TraceContext};
pub use error::{
    AskError, DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind, ExitReason, JsError,
    LimitExceeded, MayHaveRun, Undelivered,
};
pub use limits::{LimitKind, Limits};
pub use message::{Ask, Receipt, Stats};
pub use value::{
    Endpoint, Made, Memory, Primitive, Shared, SharedBytes, Transfer, Validation, Value,
    from_bytes, from_value, to_value, validate,
};
