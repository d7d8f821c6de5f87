//! What a document is made of.

use std::borrow::Cow;

use bytes::Bytes;

use super::bigint::BigInt;
use super::kind::{ErrorKind, ViewKind};
use super::text::JsString;
use crate::value::event::KeyRef;
use crate::value::host::HostObject;

/// The place of a node in its [`Document`](super::Document). Two mentions of one place are one
/// object, mentioned twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// The index in the document's arena.
    pub const fn index(self) -> u32 {
        self.0
    }
}

/// A property's key, as V8 writes it: array indices are numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// Any string that is no array index.
    String(JsString),
    /// An index within 31 bits (or, from hand-made bytes, any small integer).
    Int32(i32),
    /// A larger index.
    Number(f64),
}

impl Key {
    /// As JavaScript shows it.
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::String(string) => string.to_text(),
            Self::Int32(index) => Cow::Owned(index.to_string()),
            Self::Number(index) => Cow::Owned(index.to_string()),
        }
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        match crate::value::write::array_index(text) {
            Some(index) => match i32::try_from(index) {
                Ok(small) => Self::Int32(small),
                Err(_) => Self::Number(f64::from(index)),
            },
            None => Self::String(text.into()),
        }
    }
}

impl From<KeyRef<'_>> for Key {
    fn from(key: KeyRef<'_>) -> Self {
        match key {
            KeyRef::String(string) => Self::String(string.into()),
            KeyRef::Int32(index) => Self::Int32(index),
            KeyRef::Number(index) => Self::Number(index),
        }
    }
}

/// Properties in their order.
pub type Properties = Vec<(Key, NodeId)>;

/// One value. Those down to [`String`](Self::String) are primitives, written wherever they are
/// mentioned; the others are objects, written once and referred to after that.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Node {
    /// `undefined`.
    Undefined,
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number that V8 holds as a small integer.
    Int32(i32),
    /// A number that it holds as a double; NaNs keep their bits.
    Number(f64),
    /// A BigInt.
    BigInt(BigInt),
    /// A string.
    String(JsString),
    /// A plain object.
    Object(Properties),
    /// A dense array: elements, `None` for a hole, then properties that are no elements.
    Array {
        /// From index 0 on.
        elements: Vec<Option<NodeId>>,
        /// Such as `index` of a match.
        properties: Properties,
    },
    /// An array that V8 writes as its length and what is there: any that has or had holes.
    SparseArray {
        /// Its `length`.
        length: u32,
        /// Elements, ascending, then other properties.
        properties: Properties,
    },
    /// A `Date`: milliseconds since 1970, NaN if invalid.
    Date(f64),
    /// A RegExp.
    RegExp {
        /// Its source.
        pattern: JsString,
        /// Bits from 0 on: g, i, m, y, u, s, l, d, v.
        flags: u32,
    },
    /// A `Map`, in order.
    Map(Vec<(NodeId, NodeId)>),
    /// A `Set`, in order.
    Set(Vec<NodeId>),
    /// `new Boolean(…)`.
    BoxedBool(bool),
    /// `new Number(…)`.
    BoxedNumber(f64),
    /// `Object(1n)`.
    BoxedBigInt(BigInt),
    /// `new String(…)`.
    BoxedString(JsString),
    /// An ArrayBuffer that keeps its length.
    ArrayBuffer(Bytes),
    /// One that was made immutable.
    ImmutableArrayBuffer(Bytes),
    /// A resizable one.
    ResizableArrayBuffer {
        /// What it holds now.
        bytes: Bytes,
        /// Its `maxByteLength`.
        max: u64,
    },
    /// An ArrayBuffer in the message's transfer list.
    TransferredArrayBuffer(u32),
    /// A SharedArrayBuffer that the sender's process knows under a number.
    SharedArrayBuffer {
        /// The number.
        id: u32,
        /// Of a wasm memory's buffer, which that is.
        wasm: Option<WasmBuffer>,
    },
    /// A typed array or `DataView`.
    View {
        /// Which.
        kind: ViewKind,
        /// The buffer it looks at.
        buffer: NodeId,
        /// Where it begins, in bytes.
        offset: u64,
        /// Its length in bytes; 0 if it tracks that of its buffer.
        length: u64,
        /// Whether it tracks the length of its buffer.
        length_tracking: bool,
        /// Whether its buffer is a resizable, unshared one.
        backed_by_resizable: bool,
    },
    /// An error.
    Error {
        /// Its prototype.
        kind: ErrorKind,
        /// `message`, if it has its own.
        message: Option<JsString>,
        /// `stack`, if that is a string.
        stack: Option<JsString>,
        /// `cause`, if it has its own.
        cause: Option<NodeId>,
    },
    /// A WebAssembly.Module that the sender's process knows under a number.
    WasmModule(u32),
    /// A WebAssembly.Memory over a shared buffer.
    WasmMemory {
        /// Its maximum, in pages of 64 KiB; -1 for none.
        maximum_pages: i32,
        /// Whether addresses are 64 bits wide.
        memory64: bool,
        /// Its buffer: a shared one that has `wasm`.
        buffer: NodeId,
    },
    /// An object of V8's shared heap, under its number in the message's conveyor.
    SharedObject(u32),
    /// An AggregateError.
    AggregateError {
        /// `message`, if it has its own.
        message: Option<JsString>,
        /// `stack`, if that is a string.
        stack: Option<JsString>,
        /// `cause`, if it has its own.
        cause: Option<NodeId>,
        /// `errors`, if it has its own: an array, unless it was changed.
        errors: Option<NodeId>,
    },
    /// Another host object.
    Host(HostObject),
}

/// The shared buffer of a wasm memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WasmBuffer {
    /// Of a fixed length, in bytes.
    Fixed(u64),
    /// Grown through JavaScript; with the memory it belongs to.
    Resizable(NodeId),
}

impl Node {
    /// Whether it is a primitive, which has no identity.
    pub const fn is_primitive(&self) -> bool {
        matches!(
            self,
            Self::Undefined
                | Self::Null
                | Self::Bool(_)
                | Self::Int32(_)
                | Self::Number(_)
                | Self::BigInt(_)
                | Self::String(_)
        )
    }

    /// A number as V8 would hold it.
    pub fn number(value: f64) -> Self {
        let small = value as i32;
        if f64::from(small).to_bits() == value.to_bits() {
            Self::Int32(small)
        } else {
            Self::Number(value)
        }
    }
}
