//! The state of a reading: where it is, how deep, and which references it follows.

use std::borrow::Cow;

use serde::de::{self, DeserializeSeed, Visitor};

use super::aggregate::AggregateEntries;
use super::buffer::is_buffer;
use super::elements::Elements;
use super::entries::Entries;
use super::number::Number;
use super::refs::{Refs, Start};
use super::thrown::ErrorEntries;
use super::{MAX_DEPTH, REREAD_BYTES, REREAD_FACTOR};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::value::Transfer;
use crate::value::cursor::{Cursor, Str};
use crate::value::event;
use crate::value::host::HostRef;
use crate::value::tags::{self, *};
use crate::value::walk;

pub(super) struct Deserializer<'de> {
    pub(super) cursor: Cursor<'de>,
    pub(super) version: u32,
    depth: u32,
    pub(super) transfers: &'de [Transfer],
    /// Made when the first reference, or AggregateError with something behind the root, is met.
    refs: Option<Box<Refs>>,
    /// Work done that no byte of the input paid for, and how much of it is allowed.
    reread: u64,
    reread_allowed: u64,
    /// Set on arrival at a buffer by a reference to it alone: what follows is a view of it that
    /// belongs elsewhere.
    pub(super) without_view: bool,
    /// Whether something was met of which a part lies behind the root.
    behind: bool,
}

impl<'de> Deserializer<'de> {
    pub(super) fn new(bytes: &'de [u8], transfers: &'de [Transfer]) -> Result<Self, DecodeError> {
        let mut cursor = Cursor::new(bytes);
        let version = cursor.header()?;
        let beside = transfers.iter().map(|transfer| match transfer {
            Transfer::Immutable(shared) => shared.bytes().len() as u64,
            _ => 0,
        });
        let reread_allowed = beside.fold(
            REREAD_BYTES + REREAD_FACTOR * bytes.len() as u64,
            u64::saturating_add,
        );
        Ok(Self {
            cursor,
            version,
            depth: 0,
            transfers,
            refs: None,
            reread: 0,
            reread_allowed,
            without_view: false,
            behind: false,
        })
    }

    /// Reads what lies one level deeper: everything that lets a visitor come back here for more.
    #[inline]
    pub(super) fn deeper<R>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<R, DecodeError>,
    ) -> Result<R, DecodeError> {
        let at = self.cursor.pos;
        let depth = self.depth + 1;
        if depth > MAX_DEPTH {
            let (found, allowed) = (u64::from(depth), u64::from(MAX_DEPTH));
            return Err(DecodeError::limit(at, "levels of nesting", found, allowed));
        }
        self.depth = depth;
        let result = read(self);
        self.depth -= 1;
        result.map_err(|error| error.located(at))
    }

    pub(super) fn skip(&mut self) -> Result<(), DecodeError> {
        self.behind |= walk::skip(&mut self.cursor, self.version)?;
        Ok(())
    }

    fn refs(&mut self) -> Result<&mut Refs, DecodeError> {
        let refs = match self.refs.take() {
            Some(refs) => refs,
            None => Box::new(Refs::new(self.cursor.bytes())?),
        };
        Ok(self.refs.insert(refs))
    }

    /// Charges work that no byte pays for: what is read again through references, and holes.
    pub(super) fn charge(&mut self, work: u64) -> Result<(), DecodeError> {
        self.reread = self.reread.saturating_add(work);
        if self.reread > self.reread_allowed {
            let what = "bytes read again through references or for holes";
            let (found, allowed) = (self.reread, self.reread_allowed);
            return Err(DecodeError::limit(self.cursor.pos, what, found, allowed));
        }
        Ok(())
    }

    /// Reads the object that the reference at hand (its tag has been taken) stands for.
    #[cold]
    pub(super) fn follow<R>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<R, DecodeError>,
    ) -> Result<R, DecodeError> {
        let at = self.cursor.pos;
        let id = self.cursor.varint32()?;
        let back = self.cursor.pos;
        self.charge(1)?;
        let Start { offset, view } = self.refs()?.enter(id, at)?;
        self.cursor.pos = offset;
        let tag = self.cursor.bytes().get(offset).copied().unwrap_or_default();
        self.without_view = !view && is_buffer(tag);
        let result = self.deeper(read)?;
        self.without_view = false;
        let reread = self.cursor.pos.saturating_sub(offset);
        self.cursor.pos = back;
        self.refs()?.leave();
        self.charge(reread as u64)?;
        Ok(result)
    }

    /// Reads the value that begins at `offset`, and comes back.
    pub(super) fn elsewhere<R>(
        &mut self,
        offset: usize,
        read: impl FnOnce(&mut Self) -> Result<R, DecodeError>,
    ) -> Result<R, DecodeError> {
        let back = std::mem::replace(&mut self.cursor.pos, offset);
        let result = read(self)?;
        let read = self.cursor.pos.saturating_sub(offset);
        self.cursor.pos = back;
        // An error that is referred to is read again with all its parts.
        self.charge(read as u64)?;
        Ok(result)
    }

    #[inline]
    pub(super) fn tag(&mut self) -> Result<u8, DecodeError> {
        self.cursor.value_tag()
    }

    /// The number that begins with `tag`; `None` when that is none.
    #[inline]
    pub(super) fn number(&mut self, tag: u8) -> Result<Option<Number<'de>>, DecodeError> {
        Ok(Some(match tag {
            INT32 => Number::Int32(self.cursor.zigzag()?),
            DOUBLE | DATE | NUMBER_OBJECT => Number::Double(self.cursor.double()?),
            UINT32 => Number::Double(f64::from(self.cursor.varint32()?)),
            BIGINT | BIGINT_OBJECT => Number::BigInt(self.cursor.bigint()?),
            _ => return Ok(None),
        }))
    }

    /// The string that begins with `tag`, boxed or not; `None` when that is none.
    #[inline]
    pub(super) fn string(&mut self, tag: u8) -> Result<Option<Str<'de>>, DecodeError> {
        match tag {
            STRING_OBJECT => self.cursor.string().map(Some),
            _ => self.cursor.string_body(tag),
        }
    }

    /// The error for a value of `tag` where the visitor wants something else.
    #[cold]
    pub(super) fn mismatch<V: Visitor<'de>>(&self, tag: u8, visitor: &V) -> DecodeError {
        let wanted = (visitor as &dyn de::Expected).to_string();
        let kind = match tags::name(tag) {
            Some(found) => DecodeErrorKind::Type {
                found: found.into(),
                wanted: wanted.into(),
            },
            None => DecodeErrorKind::Tag {
                found: tag,
                wanted: wanted.into(),
            },
        };
        DecodeError::new(self.cursor.pos.saturating_sub(1), kind)
    }

    pub(super) fn regexp(&mut self) -> Result<String, DecodeError> {
        let at = self.cursor.pos;
        let pattern = self.cursor.string()?;
        let bits = self.cursor.varint32()?;
        event::regexp_flags(at, bits)?;
        // Alphabetically, as `RegExp.prototype.flags` gives them.
        let flags = [
            (7, 'd'),
            (0, 'g'),
            (1, 'i'),
            (2, 'm'),
            (5, 's'),
            (4, 'u'),
            (8, 'v'),
            (3, 'y'),
        ];
        let flags: String = flags
            .iter()
            .filter(|(bit, _)| bits >> bit & 1 == 1)
            .map(|(_, flag)| *flag)
            .collect();
        Ok(format!("/{}/{flags}", pattern.text()))
    }

    /// Reads the host object whose tag has been taken; a FormData as a map, or as pairs.
    pub(super) fn host<V: Visitor<'de>>(
        &mut self,
        as_map: bool,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let tag_at = self.cursor.pos.saturating_sub(1);
        self.deeper(|de| match HostRef::read(&mut de.cursor)? {
            HostRef::Actor(id) => visitor.visit_u64(id.to_u64()),
            HostRef::DomException {
                name,
                message,
                stack,
            } => {
                let parts = [("name", name), ("message", message), ("stack", stack)];
                visitor.visit_map(&mut ErrorEntries::plain(de, parts))
            }
            HostRef::AggregateError(error) => {
                let mut parts = Vec::new();
                for part in error.parts() {
                    de.behind = true;
                    let offset = de.refs()?.part(tag_at, part);
                    parts.extend(offset.map(|offset| (part, offset)));
                }
                visitor.visit_map(AggregateEntries::new(de, error, parts))
            }
            HostRef::FormData(form) => de.form(form, as_map, visitor),
            host @ (HostRef::Blob(_) | HostRef::File(_)) => match de.blob(host)? {
                Some(contents) => contents.visit_map(visitor),
                None => Err(de.mismatch(HOST_OBJECT, &visitor)),
            },
            HostRef::CloneHook { value: inner, .. } => de
                .nested(inner.bytes, visitor)
                .map_err(|error| error.shifted(inner.at)),
            // They have no value in Rust.
            HostRef::ReadableStream(_)
            | HostRef::WritableStream(_)
            | HostRef::TransformStream { .. }
            | HostRef::MessagePort(_) => visitor.visit_unit(),
        })
    }

    /// The same where elements are wanted.
    fn host_sequence<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, DecodeError> {
        let at = self.cursor.pos;
        match HostRef::read(&mut self.cursor)? {
            HostRef::FormData(form) => self.deeper(|de| de.form(form, false, visitor)),
            host => match self.blob(host)? {
                Some(contents) => contents.elements().visit(at, visitor),
                None => {
                    self.cursor.pos = at;
                    Err(self.mismatch(HOST_OBJECT, &visitor))
                }
            },
        }
    }

    /// The bytes of the Blob or File whose tag has been taken.
    pub(super) fn blob_bytes<V: Visitor<'de>>(
        &mut self,
        visitor: &V,
    ) -> Result<&'de [u8], DecodeError> {
        let at = self.cursor.pos;
        let host = HostRef::read(&mut self.cursor)?;
        match self.blob(host)? {
            Some(contents) => Ok(contents.bytes()),
            None => {
                self.cursor.pos = at;
                Err(self.mismatch(HOST_OBJECT, visitor))
            }
        }
    }

    /// The value inside a host object, which is complete in itself.
    fn nested<V: Visitor<'de>>(
        &mut self,
        bytes: &'de [u8],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let mut inner = Deserializer::new(bytes, &[])?;
        // Limits are the whole input's.
        inner.depth = self.depth;
        (inner.reread, inner.reread_allowed) = (self.reread, self.reread_allowed);
        let value = de::Deserializer::deserialize_any(&mut inner, visitor);
        let value = value.map_err(|error| error.located(inner.cursor.pos))?;
        self.reread = inner.reread;
        inner.end()?;
        Ok(value)
    }

    /// Nothing may follow the value but what AggregateErrors have there.
    pub(super) fn end(&mut self) -> Result<(), DecodeError> {
        if self.behind {
            // The walk over the whole input has seen to it, or does now.
            return self.refs().map(|_| ());
        }
        match self.cursor.remaining() as u64 {
            0 => Ok(()),
            bytes => Err(DecodeError::new(
                self.cursor.pos,
                DecodeErrorKind::Trailing { bytes },
            )),
        }
    }

    pub(super) fn sequence<V: Visitor<'de>>(
        &mut self,
        tag: u8,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match tag {
            BEGIN_DENSE | BEGIN_SPARSE | BEGIN_SET | BEGIN_MAP => self.deeper(|de| {
                let mut elements = Elements::begin(de, tag)?;
                let value = visitor.visit_seq(&mut elements)?;
                elements.finish()?;
                Ok(value)
            }),
            HOST_OBJECT => self.host_sequence(visitor),
            _ => match self.buffer(tag)? {
                Some(buffer) => buffer.elements().visit(self.cursor.pos, visitor),
                None => Err(self.mismatch(tag, &visitor)),
            },
        }
    }

    pub(super) fn map<V: Visitor<'de>>(
        &mut self,
        tag: u8,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match tag {
            BEGIN_OBJECT | BEGIN_MAP => self.deeper(|de| {
                let mut entries = Entries::new(de, tag == BEGIN_MAP);
                let value = visitor.visit_map(&mut entries)?;
                entries.finish()?;
                Ok(value)
            }),
            ERROR => self.deeper(|de| {
                let mut entries = ErrorEntries::begin(de)?;
                let value = visitor.visit_map(&mut entries)?;
                entries.finish()?;
                Ok(value)
            }),
            HOST_OBJECT => self.host(true, visitor),
            _ => Err(self.mismatch(tag, &visitor)),
        }
    }
}

pub(super) fn visit_text<'de, V: Visitor<'de>>(
    string: Str<'de>,
    visitor: V,
) -> Result<V::Value, DecodeError> {
    match string.text() {
        Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
        Cow::Owned(text) => visitor.visit_string(text),
    }
}

/// Reads one value with a seed, naming the step to it in an error.
#[inline]
pub(super) fn seeded<'de, T: DeserializeSeed<'de>>(
    de: &mut Deserializer<'de>,
    seed: T,
    step: impl FnOnce() -> String,
) -> Result<T::Value, DecodeError> {
    let at = de.cursor.pos;
    match seed.deserialize(de) {
        Ok(value) => Ok(value),
        Err(error) => Err(error.located(at).inside(step)),
    }
}
