//! One value, or the beginning of one; keys; and errors, whose parts have tags of their own.

use super::{Frame, Walker};
use crate::error::DecodeError;
use crate::value::document::ErrorKind;
use crate::value::event::{Event, KeyRef, regexp_flags};
use crate::value::host::HostRef;
use crate::value::tags::*;

impl<'a> Walker<'a> {
    pub(super) fn key(&mut self) -> Result<Event<'a>, DecodeError> {
        let tag = self.cursor.value_tag()?;
        self.at = self.cursor.pos - 1;
        let key = match tag {
            INT32 => KeyRef::Int32(self.cursor.zigzag()?),
            UINT32 => match small(self.cursor.varint32()?) {
                Ok(index) => KeyRef::Int32(index),
                Err(index) => KeyRef::Number(index),
            },
            DOUBLE => KeyRef::Number(self.cursor.double()?),
            _ => match self.cursor.string_body(tag)? {
                Some(string) => KeyRef::String(string),
                None => return Err(self.cursor.unexpected(tag, "a property key")),
            },
        };
        Ok(Event::Key(key))
    }

    /// A key of an array's properties, or the array's end.
    pub(super) fn array_key(
        &mut self,
        end: u8,
        length: u32,
        count: u64,
    ) -> Result<Option<Event<'a>>, DecodeError> {
        if self.cursor.peek_tag() != Some(end) {
            return self.key().map(Some);
        }
        self.cursor.pos += 1;
        self.cursor.count("properties", count)?;
        self.cursor.count("elements", u64::from(length))?;
        Ok(self.end(None))
    }

    pub(super) fn value(&mut self) -> Result<Event<'a>, DecodeError> {
        let tag = self.cursor.value_tag()?;
        self.at = self.cursor.pos - 1;
        let cursor = &mut self.cursor;
        Ok(match tag {
            UNDEFINED => Event::Undefined,
            NULL => Event::Null,
            TRUE => Event::Bool(true),
            FALSE => Event::Bool(false),
            INT32 => Event::Int32(cursor.zigzag()?),
            UINT32 => match small(cursor.varint32()?) {
                Ok(value) => Event::Int32(value),
                Err(value) => Event::Number(value),
            },
            DOUBLE => Event::Number(cursor.double()?),
            BIGINT => Event::BigInt(cursor.bigint()?),
            REFERENCE => return self.reference(true),
            BEGIN_OBJECT => {
                self.object()?;
                self.begin(Frame::Object {
                    count: 0,
                    keyed: false,
                })?;
                Event::BeginObject
            }
            BEGIN_DENSE => {
                let length = cursor.varint32()?;
                // Each element takes a byte at least, so a longer array cannot be complete.
                if u64::from(length) > cursor.remaining() as u64 || length > MAX_DENSE_LENGTH {
                    let allowed = (cursor.remaining() as u64).min(u64::from(MAX_DENSE_LENGTH));
                    let found = u64::from(length);
                    return Err(DecodeError::limit(self.at, "elements", found, allowed));
                }
                self.object()?;
                self.begin(Frame::array(END_DENSE, length, length))?;
                Event::BeginDense(length)
            }
            BEGIN_SPARSE => {
                let length = cursor.varint32()?;
                self.object()?;
                self.begin(Frame::array(END_SPARSE, length, 0))?;
                Event::BeginSparse(length)
            }
            BEGIN_MAP => {
                self.object()?;
                self.begin(Frame::Map { count: 0 })?;
                Event::BeginMap
            }
            BEGIN_SET => {
                self.object()?;
                self.begin(Frame::Set { count: 0 })?;
                Event::BeginSet
            }
            DATE => {
                let time = cursor.double()?;
                self.object()?;
                Event::Date(time)
            }
            TRUE_OBJECT | FALSE_OBJECT => {
                self.object()?;
                Event::BoxedBool(tag == TRUE_OBJECT)
            }
            NUMBER_OBJECT => {
                let value = cursor.double()?;
                self.object()?;
                Event::BoxedNumber(value)
            }
            BIGINT_OBJECT => {
                let value = cursor.bigint()?;
                self.object()?;
                Event::BoxedBigInt(value)
            }
            STRING_OBJECT => {
                let value = cursor.string()?;
                self.object()?;
                Event::BoxedString(value)
            }
            REGEXP => {
                let pattern = cursor.string()?;
                let flags = cursor.varint32()?;
                regexp_flags(self.at, flags)?;
                self.object()?;
                Event::RegExp { pattern, flags }
            }
            ARRAY_BUFFER | IMMUTABLE_ARRAY_BUFFER | RESIZABLE_ARRAY_BUFFER => {
                return self.array_buffer(tag);
            }
            TRANSFERRED_ARRAY_BUFFER => return self.transferred(),
            SHARED_ARRAY_BUFFER => return self.shared_buffer(),
            // No id: V8's reader gives it none.
            SHARED_OBJECT => Event::SharedObject(cursor.varint32()?),
            WASM_MODULE => {
                let id = cursor.varint32()?;
                self.object()?;
                Event::WasmModule(id)
            }
            WASM_MEMORY => return self.memory(),
            ERROR => return self.error(),
            HOST_OBJECT => {
                let host = HostRef::read(cursor)?;
                let id = self.object()?;
                if let HostRef::AggregateError(error) = host {
                    self.parts.extend(error.parts().map(|part| (id, part)));
                }
                Event::Host(host)
            }
            _ => match cursor.string_body(tag)? {
                Some(string) => Event::String(string),
                None => return Err(cursor.unexpected(tag, "a value")),
            },
        })
    }

    fn error(&mut self) -> Result<Event<'a>, DecodeError> {
        self.object()?;
        let mut tag = self.cursor.byte()?;
        let kind = ErrorKind::from_tag(tag);
        if kind != ErrorKind::Error {
            tag = self.cursor.byte()?;
        }
        let mut message = None;
        if tag == ERROR_MESSAGE {
            message = Some(self.cursor.string()?);
            tag = self.cursor.byte()?;
        }
        let mut stack = None;
        if tag == ERROR_STACK {
            stack = Some(self.cursor.string()?);
            tag = self.cursor.byte()?;
        }
        self.begin(match tag {
            ERROR_CAUSE => Frame::BeforeCause,
            ERROR_END => Frame::NoCause,
            _ => return Err(self.cursor.unexpected(tag, "the next part of an error")),
        })?;
        Ok(Event::BeginError {
            kind,
            message,
            stack,
        })
    }

    pub(super) fn error_end(&mut self) -> Result<Option<Event<'a>>, DecodeError> {
        let mut tag = self.cursor.byte()?;
        let mut stack = None;
        // Writers before version 16 put the stack behind the cause.
        if tag == ERROR_STACK && self.version < LATEST_VERSION {
            stack = Some(self.cursor.string()?);
            tag = self.cursor.byte()?;
        }
        if tag != ERROR_END {
            return Err(self.cursor.unexpected(tag, "the end of an error"));
        }
        Ok(self.end(stack))
    }
}

/// As V8 holds the number: a small integer if it is one.
fn small(value: u32) -> Result<i32, f64> {
    i32::try_from(value).map_err(|_| f64::from(value))
}
