//! What a document is made of.

use std::borrow::Cow;

use bytes::Bytes;

use crate::value::cursor::{BigIntRef, Str, units};
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

/// A JavaScript string as V8 holds it: which of the two encodings is part of the bytes, though
/// JavaScript does not see it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum JsString {
    /// Latin-1, one byte a character.
    OneByte(Box<[u8]>),
    /// UTF-16; may hold lone surrogates.
    TwoByte(Box<[u16]>),
}

impl JsString {
    /// As Rust text; lone surrogates become U+FFFD.
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::OneByte(latin1) => Str::OneByte(latin1).text(),
            Self::TwoByte(units) => Cow::Owned(String::from_utf16_lossy(units)),
        }
    }

    /// Its length as JavaScript sees it.
    pub fn len(&self) -> usize {
        match self {
            Self::OneByte(latin1) => latin1.len(),
            Self::TwoByte(units) => units.len(),
        }
    }

    /// Whether it is the empty string.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl From<&str> for JsString {
    /// The encoding V8 would choose.
    fn from(text: &str) -> Self {
        if text.chars().all(|c| u32::from(c) <= 0xFF) {
            Self::OneByte(text.chars().map(|c| c as u8).collect())
        } else {
            Self::TwoByte(text.encode_utf16().collect())
        }
    }
}

impl From<Str<'_>> for JsString {
    fn from(string: Str<'_>) -> Self {
        match string {
            Str::OneByte(latin1) => Self::OneByte(latin1.into()),
            Str::TwoByte(bytes) => Self::TwoByte(units(bytes).collect()),
            Str::Utf8(bytes) => String::from_utf8_lossy(bytes).as_ref().into(),
        }
    }
}

/// A BigInt of any size.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BigInt {
    negative: bool,
    digits: Vec<u8>,
}

impl BigInt {
    /// From a sign and a magnitude of little-endian bytes; V8 writes multiples of eight, without
    /// leading zeros. A zero has no sign.
    pub fn new(negative: bool, digits: Vec<u8>) -> Self {
        Self {
            negative: negative && !digits.is_empty(),
            digits,
        }
    }

    /// Whether it is below zero.
    pub const fn is_negative(&self) -> bool {
        self.negative
    }

    /// The magnitude, little-endian.
    pub fn digits(&self) -> &[u8] {
        &self.digits
    }

    /// The number, if it fits.
    pub fn to_i128(&self) -> Option<i128> {
        let magnitude = magnitude(&self.digits)?;
        if self.negative {
            0_i128.checked_sub_unsigned(magnitude)
        } else {
            i128::try_from(magnitude).ok()
        }
    }
}

/// The number that little-endian bytes make, if it fits.
pub(crate) fn magnitude(digits: &[u8]) -> Option<u128> {
    let (low, high) = digits.split_at(digits.len().min(16));
    if high.iter().any(|byte| *byte != 0) {
        return None;
    }
    let mut wide = [0; 16];
    wide.get_mut(..low.len())?.copy_from_slice(low);
    Some(u128::from_le_bytes(wide))
}

impl From<i128> for BigInt {
    fn from(value: i128) -> Self {
        let magnitude = value.unsigned_abs();
        let length = (128 - magnitude.leading_zeros() as usize).div_ceil(64) * 8;
        Self::new(value < 0, magnitude.to_le_bytes()[..length].to_vec())
    }
}

impl From<BigIntRef<'_>> for BigInt {
    fn from(value: BigIntRef<'_>) -> Self {
        Self::new(value.negative, value.digits.to_vec())
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

macro_rules! tagged {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $tag:literal $(, $size:literal)?;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every kind there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub(crate) const fn tag(self) -> u8 {
                match self { $(Self::$variant => $tag,)* }
            }
        }
    };
}

tagged! {
    /// What a view of an ArrayBuffer sees in it.
    ViewKind {
        /// `Int8Array`.
        Int8 = b'b';
        /// `Uint8Array`.
        Uint8 = b'B';
        /// `Uint8ClampedArray`.
        Uint8Clamped = b'C';
        /// `Int16Array`.
        Int16 = b'w';
        /// `Uint16Array`.
        Uint16 = b'W';
        /// `Int32Array`.
        Int32 = b'd';
        /// `Uint32Array`.
        Uint32 = b'D';
        /// `Float16Array`.
        Float16 = b'h';
        /// `Float32Array`.
        Float32 = b'f';
        /// `Float64Array`.
        Float64 = b'F';
        /// `BigInt64Array`.
        BigInt64 = b'q';
        /// `BigUint64Array`.
        BigUint64 = b'Q';
        /// `DataView`.
        DataView = b'?';
    }
}

impl ViewKind {
    /// Bytes of one element; 1 for a `DataView`.
    pub const fn element_size(self) -> u64 {
        match self {
            Self::Int8 | Self::Uint8 | Self::Uint8Clamped | Self::DataView => 1,
            Self::Int16 | Self::Uint16 | Self::Float16 => 2,
            Self::Int32 | Self::Uint32 | Self::Float32 => 4,
            Self::Float64 | Self::BigInt64 | Self::BigUint64 => 8,
        }
    }

    pub(crate) fn from_tag(tag: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.tag() == tag)
    }
}

tagged! {
    /// The prototype of an error: V8 keeps these six, by `name`, and makes every other one an
    /// `Error`.
    ErrorKind {
        /// `Error`; has no tag, so its number never stands in the bytes.
        Error = 0;
        /// `EvalError`.
        EvalError = b'E';
        /// `RangeError`.
        RangeError = b'R';
        /// `ReferenceError`.
        ReferenceError = b'F';
        /// `SyntaxError`.
        SyntaxError = b'S';
        /// `TypeError`.
        TypeError = b'T';
        /// `URIError`.
        UriError = b'U';
    }
}

impl ErrorKind {
    /// The error's `name`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "Error",
            Self::EvalError => "EvalError",
            Self::RangeError => "RangeError",
            Self::ReferenceError => "ReferenceError",
            Self::SyntaxError => "SyntaxError",
            Self::TypeError => "TypeError",
            Self::UriError => "URIError",
        }
    }

    /// Of a tag that may be no prototype's: then it is a plain `Error`.
    pub(crate) fn from_tag(tag: u8) -> Self {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.tag() == tag && tag != 0)
            .unwrap_or(Self::Error)
    }
}

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
    /// A host object.
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
