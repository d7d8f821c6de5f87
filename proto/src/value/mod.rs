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
mod primitive;
pub mod serde;
mod shared_bytes;
mod tags;
mod validate;
mod walk;
mod weight;
pub(crate) mod write;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

pub use self::primitive::Primitive;
pub use self::serde::{from_bytes, from_value, to_value};
pub use self::shared_bytes::{Made, SharedBytes};
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
#[derive(Debug)]
#[non_exhaustive]
pub enum Transfer {
    /// The contents of an ArrayBuffer.
    ArrayBuffer(Bytes),
    /// The contents of a resizable ArrayBuffer.
    Resizable {
        /// What it holds.
        bytes: Bytes,
        /// To how many bytes it may be resized.
        max_bytes: u64,
    },
    /// One end of a message channel.
    Port(PortId),
    /// The same as an isolate gave it up, for another of the process to adopt. There is one owner, so a clone is a
    /// [`Port`](Self::Port), and so is what an envelope carries.
    Endpoint(Box<dyn Endpoint>),
    /// The memory of an ArrayBuffer as an isolate gave it up, for another of the process to adopt
    /// without a copy. There is one owner, so a clone is an [`ArrayBuffer`](Self::ArrayBuffer) or a
    /// [`Resizable`](Self::Resizable) with a copy of the contents; so is what an envelope carries.
    Memory(Box<dyn Memory>),
    /// Something that isolates of one process share, such as a SharedArrayBuffer. It does not
    /// leave the process: the envelope that carries it is refused where it arrives.
    Shared(Shared),
    /// The contents of an immutable ArrayBuffer, which isolates of one process share.
    Immutable(SharedBytes),
}

/// Memory of an ArrayBuffer on its way from one isolate to another.
pub trait Memory: Any + Send + Sync + fmt::Debug {
    /// What it holds.
    fn bytes(&self) -> &[u8];

    /// To how many bytes it may be resized, if it may.
    fn max_bytes(&self) -> Option<u64> {
        None
    }
}

/// One end of a message channel on its way from one isolate to another. Whoever drops it closes it.
pub trait Endpoint: Any + Send + Sync + fmt::Debug {
    /// Its address.
    fn id(&self) -> PortId;
}

/// What isolates of one process share; only the engine knows what it is.
#[derive(Clone)]
pub struct Shared(pub Arc<dyn Any + Send + Sync>);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address alone, without what a fat pointer has besides.
        write!(f, "Shared({:p})", Arc::as_ptr(&self.0).cast::<()>())
    }
}

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Shared {}

impl Clone for Transfer {
    fn clone(&self) -> Self {
        match self {
            Self::ArrayBuffer(bytes) => Self::ArrayBuffer(bytes.clone()),
            Self::Port(id) => Self::Port(*id),
            Self::Endpoint(end) => Self::Port(end.id()),
            Self::Resizable { bytes, max_bytes } => Self::Resizable {
                bytes: bytes.clone(),
                max_bytes: *max_bytes,
            },
            Self::Memory(memory) => {
                let bytes = Bytes::copy_from_slice(memory.bytes());
                match memory.max_bytes() {
                    Some(max_bytes) => Self::Resizable { bytes, max_bytes },
                    None => Self::ArrayBuffer(bytes),
                }
            }
            Self::Shared(shared) => Self::Shared(shared.clone()),
            Self::Immutable(bytes) => Self::Immutable(bytes.clone()),
        }
    }
}

impl PartialEq for Transfer {
    /// By contents, wherever those lie.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Port(_) | Self::Endpoint(_), Self::Port(_) | Self::Endpoint(_)) => {
                self.port() == other.port()
            }
            (Self::Shared(a), Self::Shared(b)) => a == b,
            _ => {
                self.max_bytes() == other.max_bytes()
                    && matches!((self.contents(), other.contents()), (Some(a), Some(b)) if a == b)
            }
        }
    }
}

impl Eq for Transfer {}

impl Transfer {
    /// The bytes of an ArrayBuffer, however it travels.
    pub fn contents(&self) -> Option<&[u8]> {
        match self {
            Self::ArrayBuffer(bytes) | Self::Resizable { bytes, .. } => Some(bytes),
            Self::Memory(memory) => Some(memory.bytes()),
            Self::Immutable(shared) => Some(shared.bytes()),
            Self::Port(_) | Self::Endpoint(_) | Self::Shared(_) => None,
        }
    }

    /// The address of a port, however it travels.
    pub fn port(&self) -> Option<PortId> {
        match self {
            Self::Port(id) => Some(*id),
            Self::Endpoint(end) => Some(end.id()),
            _ => None,
        }
    }

    /// To how many bytes an ArrayBuffer may be resized, if it may.
    pub fn max_bytes(&self) -> Option<u64> {
        match self {
            Self::Resizable { max_bytes, .. } => Some(*max_bytes),
            Self::Memory(memory) => memory.max_bytes(),
            _ => None,
        }
    }

    /// How many bytes it weighs against a message's limit.
    pub fn len(&self) -> usize {
        match self {
            Self::ArrayBuffer(bytes) | Self::Resizable { bytes, .. } => bytes.len(),
            Self::Memory(memory) => memory.bytes().len(),
            Self::Port(_) | Self::Endpoint(_) => size_of::<PortId>(),
            Self::Shared(_) => size_of::<Shared>(),
            Self::Immutable(_) => size_of::<Bytes>(),
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
        Self::of_tag::<{ tags::UNDEFINED }>()
    }

    /// What is written as a tag and nothing else; allocates nothing.
    const fn of_tag<const TAG: u8>() -> Self {
        Self::new(Bytes::from_static(
            const { &[tags::VERSION, tags::LATEST_VERSION as u8, TAG] },
        ))
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
        assert_eq!(Value::default(), Value::undefined());
        assert!(!Value::default().is_empty());
        assert!(Value::new(Bytes::new()).is_empty());
    }

    #[test]
    fn what_is_shared_is_equal_to_itself_only() {
        let shared = Transfer::Shared(Shared(Arc::new(5_u8)));
        assert_eq!(shared.clone(), shared);
        assert_ne!(shared, Transfer::Shared(Shared(Arc::new(5_u8))));
        assert_eq!(shared.contents(), None);
        assert!(format!("{shared:?}").starts_with("Shared(Shared(0x"));
        let port = Transfer::Port(PortId::new(crate::IsolateId::new(1, 0), 2));
        assert_eq!(port.clone(), port);
        assert_ne!(port, shared);
        assert!(!port.is_empty());
        assert!(Transfer::ArrayBuffer(Bytes::new()).is_empty());
        let end = Transfer::Endpoint(Box::new(End));
        assert_eq!(end, port);
        assert!(matches!(end.clone(), Transfer::Port(id) if id == End.id()));
        assert_eq!((end.len(), end.contents()), (port.len(), None));
        assert_eq!(shared.port(), None);
        let value = Value::undefined().with_transfers(vec![port, shared]);
        assert!(format!("{value:?}").ends_with(", 2 transfers)"));
    }

    #[derive(Debug)]
    struct End;

    impl Endpoint for End {
        fn id(&self) -> PortId {
            PortId::new(crate::IsolateId::new(1, 0), 2)
        }
    }

    #[derive(Debug)]
    struct Moved(&'static [u8]);

    impl Memory for Moved {
        fn bytes(&self) -> &[u8] {
            self.0
        }
    }

    #[derive(Debug)]
    struct Resizable(&'static [u8], u64);

    impl Memory for Resizable {
        fn bytes(&self) -> &[u8] {
            self.0
        }

        fn max_bytes(&self) -> Option<u64> {
            Some(self.1)
        }
    }

    #[test]
    fn moved_memory_is_read_in_place_and_cloned_by_copying() {
        let moved = Transfer::Memory(Box::new(Moved(b"moved")));
        assert_eq!(moved.len(), 5);
        let copy = moved.clone();
        assert!(matches!(&copy, Transfer::ArrayBuffer(bytes) if &bytes[..] == b"moved"));
        assert_eq!(copy, moved);
        assert_ne!(copy, Transfer::ArrayBuffer(Bytes::from_static(b"other")));
        let resizable = Transfer::Resizable {
            bytes: Bytes::from_static(b"moved"),
            max_bytes: 9,
        };
        assert_ne!(copy, resizable);
        assert_eq!(resizable.clone(), resizable);
        let moved = Transfer::Memory(Box::new(Resizable(b"moved", 9)));
        assert!(matches!(
            moved.clone(),
            Transfer::Resizable { max_bytes: 9, .. }
        ));
        assert_eq!(moved, resizable);
    }

    #[test]
    fn a_message_weighs_its_transfers_too() {
        let moved = vec![Transfer::ArrayBuffer(Bytes::from_static(b"12345"))];
        let value = Value::undefined().with_transfers(moved);
        assert_eq!(value.len(), 8);
        assert_eq!(value.into_parts().1.len(), 1);
    }
}
