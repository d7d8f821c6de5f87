//! Rust values as JavaScript values, through serde and without a tree in between.
//!
//! # The mapping
//!
//! | Rust (serde) | written as | read from, besides |
//! |---|---|---|
//! | `bool` | boolean | `Boolean` object |
//! | `i8`…`i32`, `u8`…`u32`, `f32`, `f64` | number: a small integer where it is one (`-0` is not), else a double | see below |
//! | `i64`, `u64`, `isize`, `usize` within ±(2^53 − 1) | number | see below |
//! | the same beyond | BigInt | see below |
//! | `i128`, `u128` | BigInt, whatever its size | see below |
//! | `char` | string of one character | `String` object |
//! | `str`, `String` | string: Latin-1 if all characters are below U+0100, else UTF-16 | `String` object; lone surrogates become U+FFFD |
//! | `serialize_bytes` (`serde_bytes`) | `Uint8Array` over a fresh `ArrayBuffer` | any view, any buffer, a transferred one, a `Blob` or `File`, an array of bytes, a string's UTF-8 |
//! | [`SharedBytes`](crate::SharedBytes) | immutable `ArrayBuffer` over the same memory | |
//! | `None` | `null` | `undefined`, a hole |
//! | `Some(x)` | `x` | |
//! | `()`, unit struct | `undefined` | `null`, a hole |
//! | newtype struct | what it holds | |
//! | sequence, tuple, tuple struct | dense array | sparse array (holes read as `undefined`), `Set`, any typed array, `ArrayBuffer`, `Blob` or `File` (its bytes), `Map` or `FormData` as pairs |
//! | map whose first key is a string, `char` or unit variant | plain object; array indices first, ascending, then the rest in order, as V8 does | `Map`, an `Error` or `DOMException` (`name`, `message`, `stack`, `cause`), an `AggregateError` (`message`, `stack`, `cause`, `errors`, as far as it has them, and no `name`), a `Blob` (`type`, `bytes`), a `File` (`name` and `lastModified` besides), a `FormData` |
//! | map with other keys | `Map` | plain object: keys are parsed as numbers and booleans where the Rust type wants those |
//! | empty map | plain object: nothing tells the type of its keys | |
//! | struct | plain object | `Map`, the errors of the row for maps, an array of its fields in order |
//! | unit variant | its name | `String` object, `{Name: undefined}` |
//! | other variants | `{Name: content}`: the value, an array or an object | a `Map` of one entry |
//! | [`IsolateId`](crate::IsolateId) | host object *Actor* | a number or BigInt |
//!
//! Numbers are read from numbers, BigInts, `Date`s (milliseconds since 1970) and `Number` and
//! `BigInt` objects. An integer type takes any of them whose value is integral and in its range; a
//! float takes any, the nearest to a BigInt. Where the Rust type decides nothing (`serde_json::Value`, untagged enums),
//! integral numbers arrive as integers, since JavaScript has one type for both, a buffer or view as
//! a sequence of numbers, a Blob as a map, a FormData as pairs, and a RegExp as `/source/flags`.
//!
//! # What cannot be said
//!
//! - Arrays are written element by element: `[1.0, 2.5]` has a small integer and a double, where an
//!   array *literal* in V8 would hold two doubles. Both read alike.
//! - Sharing: an object referred to twice is read twice; one that contains itself is refused
//!   ([`DecodeErrorKind::Cycle`]). [`Document`](super::document::Document) keeps both.
//! - Depth: [`MAX_DEPTH`] levels either way, since serde recurses on the native stack.
//! - References multiply: at most [`REREAD_FACTOR`] times the input and [`REREAD_BYTES`] are read
//!   again through them (holes of sparse arrays count as a byte each), so that a small message
//!   cannot become a huge tree.

/// For deserializers of one scalar: `Some` and a newtype hold it as it is.
macro_rules! held_as_it_is {
    () => {
        fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            visitor.visit_some(self)
        }

        fn deserialize_newtype_struct<V: Visitor<'de>>(
            self,
            _name: &'static str,
            visitor: V,
        ) -> Result<V::Value, DecodeError> {
            visitor.visit_newtype_struct(self)
        }
    };
}

mod aggregate;
mod buffer;
mod de;
mod elements;
mod entries;
mod files;
mod keys;
mod number;
mod only;
mod property_key;
mod reader;
mod refs;
mod ser;
mod thrown;
mod viewed;

use std::cell::RefCell;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Value;
#[cfg(doc)]
use crate::error::DecodeErrorKind;
use crate::error::{DecodeError, EncodeError};

/// How deep a Rust value may nest; each level costs native stack.
pub const MAX_DEPTH: u32 = 256;

/// How many times the length of the input may be read again through references, or be made up of
/// holes.
pub const REREAD_FACTOR: u64 = 64;

/// What is allowed of that besides, whatever the length of the input.
pub const REREAD_BYTES: u64 = 256 << 10;

/// Above this many bytes a buffer is handed out rather than copied, and not kept.
const SCRATCH_BYTES: usize = 16 * 1024;

thread_local! {
    // One exact allocation per message instead of several while it grows.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Writes `value` as V8 would write the corresponding JavaScript value; the [mapping](self) says
/// which that is.
///
/// # Errors
///
/// When the value nests too deeply, a string is longer than V8's longest, a map mixes string keys
/// with others, or a `Serialize` implementation says so.
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, EncodeError> {
    // Taken, not borrowed: a `Serialize` implementation may itself call `to_value`.
    let mut out = SCRATCH.with(|scratch| std::mem::take(&mut *scratch.borrow_mut()));
    out.clear();
    super::write::header(&mut out);
    let mut serializer = ser::Serializer::new(&mut out);
    let written = value.serialize(&mut serializer);
    let shared = serializer.shared;
    if out.len() > SCRATCH_BYTES {
        return written.map(|()| Value::new(Bytes::from(out)).with_transfers(shared));
    }
    let result = written.map(|()| Value::new(Bytes::copy_from_slice(&out)).with_transfers(shared));
    if out.capacity() <= 2 * SCRATCH_BYTES {
        SCRATCH.with(|scratch| *scratch.borrow_mut() = out);
    }
    result
}

/// Reads a Rust value; the [mapping](self) says from what.
///
/// # Errors
///
/// With the byte and the path at which the bytes are malformed or hold another type than `T`
/// wants.
pub fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, DecodeError> {
    de::read(value.bytes(), value.transfers())
}

/// The same from bytes without a transfer list.
///
/// # Errors
///
/// As [`from_value`].
pub fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    de::read(bytes, &[])
}

#[cfg(test)]
mod tests;
