//! Host objects: what structured clone leaves to the embedder, under numbers that never change.
//!
//! V8 writes the tag `\`, then its delegate writes what it likes. nano's delegate writes a number
//! of this table as a `u32` varint, then the body.
//!
//! | tag | object | body | exists |
//! |---|---|---|---|
//! | 1 | Actor | the [`IsolateId`] as `u64` | yes |
//! | 2 | DOMException | name, message, stack: three *strings*; no stack is an empty one | yes |
//! | 3 | AggregateError | `u32` flags: 1 message, 2 stack, 4 cause, 8 errors; *string*: message, *string*: stack, as far as there are; `cause` and `errors` lie *behind the root* | yes |
//! | 4 | CloneHook | *string*: the class's registered name; *value*: what its hook returned | yes |
//! | 5 | Blob | *string*: type; `u64` size; `u64` offset of the first byte and `u32` index of the immutable buffer in the transfer list that holds them | yes |
//! | 6 | File | as Blob; then *string*: name; double: last modified, in whole ms | yes |
//! | 7 | FormData | `u32` count; for each *string*: name, `u32` 0 and *string*, or 1 and a File's body | yes |
//! | 8 | CryptoKey | `u32` type; `u32` extractable; `u32` usages; *value*: algorithm; `u32` index of the key material in the transfer list | no |
//! | 9 | ReadableStream | `u32` index of its port in the transfer list | yes |
//! | 10 | WritableStream | the same | yes |
//! | 11 | TransformStream | `u32` index of the readable side's port, `u32` of the writable side's | yes |
//! | 12 | MessagePort | `u32` index in the transfer list | yes |
//! | 13–63 | reserved for the platform (URL, Headers, Request, Response, ImageData, …) | | no |
//! | 64– | free for embedders, once there is a way to register them | | no |
//!
//! `u32` and `u64` are varints, a *string* is `u32` 0 (Latin-1) or 1 (UTF-16, little-endian),
//! `u32` byte length, bytes. A tag that does not exist yet is refused
//! ([`DecodeErrorKind::Host`]), since nobody could tell where its body ends.
//!
//! A *value* is `u64` byte length, then a complete serialization of its own, header included.
//! Objects are not shared across that border: the code of a program makes its object from the value,
//! and must neither see nor change others of the message that are half made.
//!
//! What lies *behind the root* are further values in the same document, without lengths, which share
//! objects with the root and may hold the AggregateError itself. Those of all errors follow in the
//! order of the errors' object ids, `cause` before `errors`; an error that is met there has its own
//! behind all that were announced before. In a *value* they lie behind the root of that value.

mod aggregate_error;
mod blob;
mod form_data;

use bytes::Bytes;

pub use self::aggregate_error::{AggregateError, HAS_CAUSE, HAS_ERRORS, HAS_MESSAGE, HAS_STACK};
pub(crate) use self::aggregate_error::{AggregateRef, Part, write as write_aggregate_error};
pub use self::blob::{Blob, File};
pub(crate) use self::blob::{BlobRef, FileRef};
pub use self::form_data::{ENTRY_FILE, ENTRY_TEXT, FormValue};
pub(crate) use self::form_data::{FormDataRef, FormValueRef};
use super::cursor::{Cursor, Str};
use super::document::{JsString, Node};
use super::write;
use crate::address::IsolateId;
use crate::error::{DecodeError, DecodeErrorKind, EncodeError};

/// An isolate's address.
pub const TAG_ACTOR: u32 = 1;
/// A `DOMException`.
pub const TAG_DOM_EXCEPTION: u32 = 2;
/// An `AggregateError`, whose `errors` V8 would drop.
pub const TAG_AGGREGATE_ERROR: u32 = 3;
/// An instance of a class that declares clone hooks.
pub const TAG_CLONE_HOOK: u32 = 4;
/// A `Blob`.
pub const TAG_BLOB: u32 = 5;
/// A `File`.
pub const TAG_FILE: u32 = 6;
/// A `FormData`.
pub const TAG_FORM_DATA: u32 = 7;
/// A `CryptoKey`; not yet.
pub const TAG_CRYPTO_KEY: u32 = 8;
/// A `ReadableStream`.
pub const TAG_READABLE_STREAM: u32 = 9;
/// A `WritableStream`.
pub const TAG_WRITABLE_STREAM: u32 = 10;
/// A `TransformStream`.
pub const TAG_TRANSFORM_STREAM: u32 = 11;
/// A `MessagePort`.
pub const TAG_MESSAGE_PORT: u32 = 12;

/// In a host object's *string*: Latin-1.
pub const ENCODING_ONE_BYTE: u32 = 0;
/// In a host object's *string*: UTF-16, little-endian.
pub const ENCODING_TWO_BYTE: u32 = 1;

/// A host object of a tag that exists, but for AggregateErrors, whose contents are nodes of a
/// document: see [`AggregateError`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostObject {
    /// An isolate's address.
    Actor(IsolateId),
    /// A `DOMException`.
    DomException {
        /// `name`, from which `code` follows.
        name: JsString,
        /// `message`.
        message: JsString,
        /// `stack`, or empty.
        stack: JsString,
    },
    /// An instance of a class with clone hooks.
    CloneHook {
        /// The name under which the class is registered.
        class: JsString,
        /// A complete serialization of what its hook returned.
        value: Bytes,
    },
    /// A `Blob`.
    Blob(Blob),
    /// A `File`.
    File(File),
    /// The entries of a `FormData`.
    FormData(Vec<(JsString, FormValue)>),
    /// A `ReadableStream`, by the index of its port in the transfer list.
    ReadableStream(u32),
    /// A `WritableStream`, the same.
    WritableStream(u32),
    /// A `TransformStream`, by the indices of its two sides' ports.
    TransformStream {
        /// Of the readable side.
        readable: u32,
        /// Of the writable side.
        writable: u32,
    },
    /// A `MessagePort`, by its index in the transfer list.
    MessagePort(u32),
}

impl HostObject {
    /// Its number in the table.
    pub const fn tag(&self) -> u32 {
        match self {
            Self::Actor(_) => TAG_ACTOR,
            Self::DomException { .. } => TAG_DOM_EXCEPTION,
            Self::CloneHook { .. } => TAG_CLONE_HOOK,
            Self::Blob(_) => TAG_BLOB,
            Self::File(_) => TAG_FILE,
            Self::FormData(_) => TAG_FORM_DATA,
            Self::ReadableStream(_) => TAG_READABLE_STREAM,
            Self::WritableStream(_) => TAG_WRITABLE_STREAM,
            Self::TransformStream { .. } => TAG_TRANSFORM_STREAM,
            Self::MessagePort(_) => TAG_MESSAGE_PORT,
        }
    }

    /// Tag and body: what a serializer's delegate writes as raw bytes.
    ///
    /// # Errors
    ///
    /// When a string is longer than 4 GiB.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EncodeError> {
        let mut out = Vec::new();
        self.write(&mut out)?;
        Ok(out)
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        write::varint32(out, self.tag());
        match self {
            Self::Actor(id) => write::varint64(out, id.to_u64()),
            Self::DomException {
                name,
                message,
                stack,
            } => {
                for string in [name, message, stack] {
                    write_string(out, string)?;
                }
            }
            Self::CloneHook { class, value } => {
                write_string(out, class)?;
                write_nested(out, value);
            }
            Self::Blob(blob) => blob.write(out)?,
            Self::File(file) => file.write(out)?,
            Self::FormData(entries) => form_data::write(out, entries)?,
            Self::ReadableStream(port) | Self::WritableStream(port) | Self::MessagePort(port) => {
                write::varint32(out, *port);
            }
            Self::TransformStream { readable, writable } => {
                write::varint32(out, *readable);
                write::varint32(out, *writable);
            }
        }
        Ok(())
    }
}

fn write_string(out: &mut Vec<u8>, string: &JsString) -> Result<(), EncodeError> {
    match string {
        JsString::OneByte(latin1) => {
            let length = write::length32(out, "string", latin1.len())?;
            write::varint32(out, ENCODING_ONE_BYTE);
            write::varint32(out, length);
            out.extend_from_slice(latin1);
        }
        JsString::TwoByte(units) => {
            let length = write::length32(out, "string", units.len().saturating_mul(2))?;
            write::varint32(out, ENCODING_TWO_BYTE);
            write::varint32(out, length);
            out.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        }
    }
    Ok(())
}

fn write_nested(out: &mut Vec<u8>, value: &[u8]) {
    write::varint64(out, value.len() as u64);
    out.extend_from_slice(value);
}

/// A complete serialization inside a host object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Nested<'a> {
    pub(crate) bytes: &'a [u8],
    /// Where it begins in the outer input.
    pub(crate) at: usize,
}

/// A host object as it lies in the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostRef<'a> {
    Actor(IsolateId),
    DomException {
        name: Str<'a>,
        message: Str<'a>,
        stack: Str<'a>,
    },
    AggregateError(AggregateRef<'a>),
    CloneHook {
        class: Str<'a>,
        value: Nested<'a>,
    },
    Blob(BlobRef<'a>),
    File(FileRef<'a>),
    FormData(FormDataRef<'a>),
    ReadableStream(u32),
    WritableStream(u32),
    TransformStream {
        readable: u32,
        writable: u32,
    },
    MessagePort(u32),
}

impl<'a> HostRef<'a> {
    /// Tag and body, after the `\`.
    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Result<Self, DecodeError> {
        let start = cursor.pos;
        match cursor.varint32()? {
            TAG_ACTOR => Ok(Self::Actor(IsolateId::from_u64(cursor.varint64()?))),
            TAG_DOM_EXCEPTION => Ok(Self::DomException {
                name: read_string(cursor)?,
                message: read_string(cursor)?,
                stack: read_string(cursor)?,
            }),
            TAG_AGGREGATE_ERROR => AggregateRef::read(cursor).map(Self::AggregateError),
            TAG_CLONE_HOOK => Ok(Self::CloneHook {
                class: read_string(cursor)?,
                value: read_nested(cursor)?,
            }),
            TAG_BLOB => BlobRef::read(cursor).map(Self::Blob),
            TAG_FILE => FileRef::read(cursor).map(Self::File),
            TAG_FORM_DATA => FormDataRef::read(cursor).map(Self::FormData),
            TAG_READABLE_STREAM => cursor.varint32().map(Self::ReadableStream),
            TAG_WRITABLE_STREAM => cursor.varint32().map(Self::WritableStream),
            TAG_TRANSFORM_STREAM => Ok(Self::TransformStream {
                readable: cursor.varint32()?,
                writable: cursor.varint32()?,
            }),
            TAG_MESSAGE_PORT => cursor.varint32().map(Self::MessagePort),
            tag => Err(DecodeError::new(start, DecodeErrorKind::Host { tag })),
        }
    }

    /// The value inside, if it has one.
    pub(crate) fn nested(self) -> Option<Nested<'a>> {
        match self {
            Self::CloneHook { value, .. } => Some(value),
            _ => None,
        }
    }

    /// The entries of the transfer list that it is made of.
    pub(crate) fn ports(self) -> impl Iterator<Item = u32> {
        let ports = match self {
            Self::ReadableStream(port) | Self::WritableStream(port) | Self::MessagePort(port) => {
                [Some(port), None]
            }
            Self::TransformStream { readable, writable } => [Some(readable), Some(writable)],
            _ => [None; 2],
        };
        ports.into_iter().flatten()
    }

    /// As a node, whose parts behind the root are not known yet.
    pub(crate) fn to_node(self) -> Node {
        Node::Host(match self {
            Self::Actor(id) => HostObject::Actor(id),
            Self::DomException {
                name,
                message,
                stack,
            } => HostObject::DomException {
                name: name.into(),
                message: message.into(),
                stack: stack.into(),
            },
            Self::AggregateError(error) => {
                return Node::AggregateError {
                    message: error.message.map(Into::into),
                    stack: error.stack.map(Into::into),
                    cause: None,
                    errors: None,
                };
            }
            Self::CloneHook { class, value } => HostObject::CloneHook {
                class: class.into(),
                value: Bytes::copy_from_slice(value.bytes),
            },
            Self::Blob(blob) => HostObject::Blob(blob.into()),
            Self::File(file) => HostObject::File(file.into()),
            Self::FormData(form) => HostObject::FormData(form.to_entries()),
            Self::ReadableStream(port) => HostObject::ReadableStream(port),
            Self::WritableStream(port) => HostObject::WritableStream(port),
            Self::TransformStream { readable, writable } => {
                HostObject::TransformStream { readable, writable }
            }
            Self::MessagePort(port) => HostObject::MessagePort(port),
        })
    }
}

fn read_string<'a>(cursor: &mut Cursor<'a>) -> Result<Str<'a>, DecodeError> {
    let start = cursor.pos;
    let encoding = cursor.varint32()?;
    let length = cursor.varint32()? as usize;
    match encoding {
        ENCODING_ONE_BYTE => cursor.raw(length).map(Str::OneByte),
        ENCODING_TWO_BYTE if length.is_multiple_of(2) => cursor.raw(length).map(Str::TwoByte),
        _ => Err(DecodeError::malformed(
            start,
            "a host object's string of unknown encoding",
        )),
    }
}

fn read_nested<'a>(cursor: &mut Cursor<'a>) -> Result<Nested<'a>, DecodeError> {
    let bytes = cursor.buffer()?;
    Ok(Nested {
        bytes,
        at: cursor.pos - bytes.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_objects_come_back_from_their_bytes() {
        let inner = crate::to_value(&(1, "x")).unwrap().bytes().clone();
        let blob = Blob {
            media_type: "text/plain".into(),
            size: 5,
            offset: 1 << 40,
            index: 300,
        };
        let file = File {
            blob: blob.clone(),
            name: "€.txt".into(),
            last_modified: -1.0,
        };
        let objects = [
            HostObject::Blob(blob),
            HostObject::File(file.clone()),
            HostObject::FormData(vec![
                ("a".into(), FormValue::Text("€".into())),
                ("a".into(), FormValue::File(file)),
            ]),
            HostObject::FormData(Vec::new()),
            HostObject::Actor(IsolateId::new(300, 2)),
            HostObject::DomException {
                name: "AbortError".into(),
                message: "€".into(),
                stack: "".into(),
            },
            HostObject::CloneHook {
                class: "Point".into(),
                value: inner,
            },
            HostObject::ReadableStream(1),
            HostObject::WritableStream(300),
            HostObject::TransformStream {
                readable: 0,
                writable: 1,
            },
            HostObject::MessagePort(u32::MAX),
        ];
        for object in objects {
            let bytes = object.to_bytes().unwrap();
            let mut cursor = Cursor::new(&bytes);
            let read = HostRef::read(&mut cursor).unwrap();
            assert_eq!(cursor.remaining(), 0);
            assert_eq!(read.nested().is_some(), object.tag() == TAG_CLONE_HOOK);
            assert_eq!(read.to_node(), Node::Host(object));
        }
    }

    #[test]
    fn tags_without_a_layout_are_refused() {
        for tag in [0, TAG_CRYPTO_KEY, 13, 64, 200] {
            let mut bytes = Vec::new();
            write::varint32(&mut bytes, tag);
            let error = HostRef::read(&mut Cursor::new(&bytes)).unwrap_err();
            assert_eq!(error.kind(), &DecodeErrorKind::Host { tag });
        }
    }
}
