//! The frame of a message between machines, or on a disk.
//!
//! | part | bytes |
//! |---|---|
//! | magic | `nE` |
//! | version | 1 |
//! | kind | one byte, see [`Body`] |
//! | correlation | varint |
//! | sender, target | `0`, or `1` and an address: `0` isolate, or `1` isolate and port number |
//! | deadline | `0`, or `1` and the milliseconds left, varint |
//! | trace | `0`, or `1`, 16 bytes trace id, 8 bytes parent id, flags, tracestate |
//! | body | by its kind |
//!
//! Texts and values have their length in front. A value is its transfer list, then its bytes. What
//! is decoded has been through [`validate`](crate::validate) whole, values inside errors too, so it
//! may go to V8.

mod trace;

use bytes::Bytes;

pub use self::trace::TraceContext;
use crate::address::{Address, CallId};
use crate::error::{AskError, DecodeError, DecodeErrorKind, ExitReason};
use crate::message::Receipt;
use crate::value::{Validation, Value};
use crate::wire::{Put, Take, Wire, wire_enum};

const MAGIC: &[u8; 2] = b"nE";

/// A message with all that a machine must know to deliver it.
///
/// ```
/// use nano_proto::{Body, CallId, Envelope, IsolateId, Validation, to_value};
///
/// let body = Body::Ask { entry: "add".into(), value: to_value(&(1, 2))? };
/// let mut envelope = Envelope::new(CallId(7), body);
/// envelope.target = Some(IsolateId::new(3, 0).into());
/// envelope.deadline_ms = Some(500);
///
/// let bytes = envelope.encode();
/// assert_eq!(Envelope::decode(&bytes, &Validation::default())?, envelope);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// Which call it belongs to.
    pub correlation: CallId,
    /// Who sends it, where somebody can be answered.
    pub sender: Option<Address>,
    /// Whom it is for; none for replies, which the correlation finds.
    pub target: Option<Address>,
    /// How long the caller still waits, in milliseconds: relative, since clocks differ.
    pub deadline_ms: Option<u64>,
    /// The trace it belongs to.
    pub trace: Option<TraceContext>,
    /// What it says.
    pub body: Body,
}

/// What an envelope says; the numbers on the wire stand beside.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Body {
    /// 0: call an exported function, and answer.
    Ask {
        /// Its name: at most [`Envelope::MAX_ENTRY_BYTES`] long.
        entry: String,
        /// Its argument.
        value: Value,
    },
    /// 1: call an exported function.
    Tell {
        /// Its name.
        entry: String,
        /// Its argument.
        value: Value,
    },
    /// 2: what an ask returned.
    Reply {
        /// The result.
        value: Value,
        /// What it cost, where the asker wanted to know.
        receipt: Option<Receipt>,
    },
    /// 3: why an ask has no result.
    Failure(AskError),
    /// 4: the asker no longer waits.
    Cancel,
    /// 5: the sender, an isolate, has ended.
    Exit(ExitReason),
    /// 6: tell the sender when the target ends.
    Watch,
    /// 7: never mind.
    Unwatch,
    /// 8: a message for a port.
    Post(Value),
}

wire_enum!(Body, "envelope" {
    0 Ask { entry, value };
    1 Tell { entry, value };
    2 Reply { value, receipt };
    3 Failure(error);
    4 Cancel;
    5 Exit(reason);
    6 Watch;
    7 Unwatch;
    8 Post(value);
});

impl Envelope {
    /// The version written, and the only one read.
    pub const VERSION: u8 = 1;

    /// The longest name of an entry, in bytes; a longer one is refused by [`decode`](Self::decode).
    pub const MAX_ENTRY_BYTES: usize = 1_024;

    /// How much an envelope may be longer than the longest value it may carry, in bytes.
    const OVERHEAD_BYTES: u64 = 64 << 10;

    /// An envelope from nobody to nobody.
    pub const fn new(correlation: CallId, body: Body) -> Self {
        Self {
            correlation,
            sender: None,
            target: None,
            deadline_ms: None,
            trace: None,
            body,
        }
    }

    /// As bytes.
    pub fn encode(&self) -> Bytes {
        let mut to = Put {
            out: Vec::with_capacity(128 + self.payload_len()),
            depth: 0,
        };
        to.out.extend_from_slice(MAGIC);
        to.out.push(Self::VERSION);
        self.correlation.put(&mut to);
        self.sender.put(&mut to);
        self.target.put(&mut to);
        self.deadline_ms.put(&mut to);
        self.trace.put(&mut to);
        self.body.put(&mut to);
        Bytes::from(to.out)
    }

    fn payload_len(&self) -> usize {
        match &self.body {
            Body::Ask { value, .. }
            | Body::Tell { value, .. }
            | Body::Reply { value, .. }
            | Body::Post(value) => value.len(),
            _ => 0,
        }
    }

    /// From bytes; values and buffers share them.
    ///
    /// # Errors
    ///
    /// With the byte at which it is malformed, or asks for more than `options` allows; its
    /// `transfers` is taken from the envelope's own list, its `input_bytes` is for all of it.
    pub fn decode(bytes: &Bytes, options: &Validation) -> Result<Self, DecodeError> {
        Self::take(bytes, Some(bytes), options)
    }

    /// From borrowed bytes, which are copied.
    ///
    /// # Errors
    ///
    /// As [`decode`](Self::decode).
    pub fn decode_slice(bytes: &[u8], options: &Validation) -> Result<Self, DecodeError> {
        Self::take(bytes, None, options)
    }

    fn take(
        bytes: &[u8],
        source: Option<&Bytes>,
        options: &Validation,
    ) -> Result<Self, DecodeError> {
        let allowed = options.input_bytes.saturating_add(Self::OVERHEAD_BYTES);
        if bytes.len() as u64 > allowed {
            return Err(DecodeError::limit(
                0,
                "bytes of envelope",
                bytes.len() as u64,
                allowed,
            ));
        }
        Self::read(&mut Take::new(bytes, source, options))
    }

    fn read(from: &mut Take<'_>) -> Result<Self, DecodeError> {
        if from.cursor.raw(MAGIC.len())? != MAGIC {
            return Err(DecodeError::malformed(0, "not an envelope"));
        }
        let at = from.cursor.pos;
        let found = u32::from(from.cursor.byte()?);
        if found != u32::from(Self::VERSION) {
            let (what, read) = ("envelope".into(), "1".into());
            return Err(DecodeError::new(
                at,
                DecodeErrorKind::Version { what, found, read },
            ));
        }
        let envelope = Self {
            correlation: Wire::take(from)?,
            sender: Wire::take(from)?,
            target: Wire::take(from)?,
            deadline_ms: Wire::take(from)?,
            trace: Wire::take(from)?,
            body: Wire::take(from)?,
        };
        let left = from.cursor.remaining() as u64;
        if left > 0 {
            let kind = DecodeErrorKind::Trailing { bytes: left };
            return Err(DecodeError::new(from.cursor.pos, kind));
        }
        if let Body::Ask { entry, .. } | Body::Tell { entry, .. } = &envelope.body
            && entry.len() > Self::MAX_ENTRY_BYTES
        {
            let (found, allowed) = (entry.len() as u64, Self::MAX_ENTRY_BYTES as u64);
            return Err(DecodeError::limit(
                0,
                "bytes of an entry's name",
                found,
                allowed,
            ));
        }
        Ok(envelope)
    }
}

#[cfg(test)]
mod tests;
