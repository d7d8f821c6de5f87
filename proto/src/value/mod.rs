//! JavaScript values as bytes: V8's structured clone format.
//!
//! | to … | use |
//! |---|---|
//! | send a Rust value, receive one | [`to_value`], [`from_value`]; the mapping is in [`serde`] |
//! | look at any value, with sharing and cycles | [`document`] |
//! | let bytes from another machine or a disk near V8 | [`validate`], first and always |
//! | know what a host object holds | [`host`] |
//!
//! Version 16 is written, 15 and 16 are read. Between the two, lengths of buffers and views grew
//! from 32 to 64 bits (the same varints below 4 GiB), and an error's stack moved before its cause;
//! both orders are read in version 15, though V8 itself, and so [`validate`], takes only the new
//! one. V8 reads older versions too; here they are refused.
//!
//! The folder must never recurse on data, and never allocate by a length that was not compared
//! with the bytes at hand. Start at the internal `walk.rs` (reading) and `write.rs`.

pub(crate) mod cursor;
pub mod document;
mod event;
pub mod host;
pub mod serde;
mod tags;
mod validate;
mod walk;
pub(crate) mod write;

use std::fmt;

use bytes::Bytes;

pub use self::serde::{from_bytes, from_value, to_value};
pub use self::validate::{Validation, validate};
use crate::address::PortId;

/// Structured-clone bytes plus what travels beside them.
///
/// Cloning is cheap: the bytes are shared.
#[derive(Clone, PartialEq, Eq)]
pub struct Value {
    bytes: Bytes,
    transfers: Vec<Transfer>,
}

/// Something that a value moves rather than copies. The bytes refer to it by its place in the
/// list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transfer {
    /// The contents of an ArrayBuffer, adopted without a copy inside one process.
    ArrayBuffer(Bytes),
    /// One end of a message channel.
    Port(PortId),
}

impl Transfer {
    /// How many bytes it weighs against a message's limit.
    pub fn len(&self) -> usize {
        match self {
            Self::ArrayBuffer(bytes) => bytes.len(),
            Self::Port(_) => size_of::<PortId>(),
        }
    }

    /// Whether it weighs nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Value {
    /// Bytes that V8's serializer, [`to_value`] or [`document::write`] made. Nothing is checked:
    /// bytes from elsewhere go through [`validate`] first.
    pub const fn new(bytes: Bytes) -> Self {
        Self {
            bytes,
            transfers: Vec::new(),
        }
    }

    /// The same with a transfer list.
    #[must_use]
    pub fn with_transfers(mut self, transfers: Vec<Transfer>) -> Self {
        self.transfers = transfers;
        self
    }

    /// JavaScript's `undefined`; allocates nothing.
    pub const fn undefined() -> Self {
        const UNDEFINED: &[u8] = &[tags::VERSION, tags::LATEST_VERSION as u8, tags::UNDEFINED];
        Self::new(Bytes::from_static(UNDEFINED))
    }

    /// The structured-clone bytes, header included.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// What travels beside them.
    pub fn transfers(&self) -> &[Transfer] {
        &self.transfers
    }

    /// Both parts.
    pub fn into_parts(self) -> (Bytes, Vec<Transfer>) {
        (self.bytes, self.transfers)
    }

    /// Bytes and transfers together, as a message's limit counts them.
    pub fn len(&self) -> usize {
        let beside: usize = self.transfers.iter().map(Transfer::len).sum();
        self.bytes.len().saturating_add(beside)
    }

    /// Whether there are no bytes at all, which no value has.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.transfers.is_empty()
    }
}

impl Default for Value {
    fn default() -> Self {
        Self::undefined()
    }
}

impl fmt::Debug for Value {
    /// The first bytes only: values may be large, and logs are not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = self
            .bytes
            .get(..self.bytes.len().min(32))
            .unwrap_or_default();
        write!(
            f,
            "Value({} bytes, b\"{}\"",
            self.bytes.len(),
            head.escape_ascii()
        )?;
        if !self.transfers.is_empty() {
            write!(f, ", {} transfers", self.transfers.len())?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undefined_is_what_unit_writes() {
        assert_eq!(Value::undefined(), to_value(&()).unwrap());
        assert_eq!(
            format!("{:?}", Value::undefined()),
            r#"Value(3 bytes, b"\xff\x10_")"#
        );
    }

    #[test]
    fn a_message_weighs_its_transfers_too() {
        let moved = vec![Transfer::ArrayBuffer(Bytes::from_static(b"12345"))];
        let value = Value::undefined().with_transfers(moved);
        assert_eq!(value.len(), 8);
        assert_eq!(value.into_parts().1.len(), 1);
    }
}
