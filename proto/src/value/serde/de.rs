//! Reading straight from the bytes.

use std::borrow::Cow;

use serde::de::{self, DeserializeOwned, DeserializeSeed, Visitor};

use super::access::{Elements, Entries, ErrorEntries, Variant, collect_bytes};
use super::number::Number;
use super::refs::{Refs, Start};
use super::viewed::Viewed;
use super::{MAX_DEPTH, REREAD_FACTOR};
use crate::address::ISOLATE_NEWTYPE;
use crate::error::{DecodeError, DecodeErrorKind};
use crate::value::Transfer;
use crate::value::cursor::{Cursor, Str};
use crate::value::document::ViewKind;
use crate::value::host::HostRef;
use crate::value::tags::*;
use crate::value::walk::{self, ViewRef};

pub(super) fn read<T: DeserializeOwned>(
    bytes: &[u8],
    transfers: &[Transfer],
) -> Result<T, DecodeError> {
    let mut de = Deserializer::new(bytes, transfers)?;
    let value = T::deserialize(&mut de).map_err(|error| error.located(de.cursor.pos))?;
    de.end()?;
    Ok(value)
}

/// A buffer, or the part of it that a view shows.
pub(super) struct Buffer<'de> {
    pub(super) bytes: &'de [u8],
    pub(super) view: Option<ViewRef>,
}

impl<'de> Buffer<'de> {
    fn elements(&self) -> Viewed<'de> {
        Viewed::new(self.bytes, self.view.map_or(ViewKind::Uint8, |view| view.kind))
    }
}

const fn is_buffer(tag: u8) -> bool {
    matches!(
        tag,
        ARRAY_BUFFER
            | IMMUTABLE_ARRAY_BUFFER
            | RESIZABLE_ARRAY_BUFFER
            | TRANSFERRED_ARRAY_BUFFER
            | SHARED_ARRAY_BUFFER
    )
}

pub(super) struct Deserializer<'de> {
    pub(super) cursor: Cursor<'de>,
    pub(super) version: u32,
    depth: u32,
    transfers: &'de [Transfer],
    /// Made when the first reference is met.
    refs: Option<Box<Refs>>,
    /// Work done that no byte of the input paid for, and how much of it is allowed.
    reread: u64,
    reread_allowed: u64,
    /// Set on arrival at a buffer by a reference to it alone: what follows is a view of it that
    /// belongs elsewhere.
    without_view: bool,
}

impl<'de> Deserializer<'de> {
    pub(super) fn new(bytes: &'de [u8], transfers: &'de [Transfer]) -> Result<Self, DecodeError> {
        let mut cursor = Cursor::new(bytes);
        let version = cursor.header()?;
        let reread_allowed = (1 << 20) + REREAD_FACTOR * bytes.len() as u64;
        Ok(Self {
            cursor,
            version,
            depth: 0,
            transfers,
            refs: None,
            reread: 0,
            reread_allowed,
            without_view: false,
        })
    }

    #[inline]
    pub(super) fn enter(&mut self) -> Result<(), DecodeError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let (found, allowed) = (u64::from(self.depth), u64::from(MAX_DEPTH));
            return Err(DecodeError::limit(self.cursor.pos, "levels of nesting", found, allowed));
        }
        Ok(())
    }

    #[inline]
    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    pub(super) fn skip(&mut self) -> Result<(), DecodeError> {
        walk::skip(&mut self.cursor, self.version)
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
        self.enter()?;
        self.cursor.pos = offset;
        let tag = self.cursor.bytes().get(offset).copied().unwrap_or_default();
        self.without_view = !view && is_buffer(tag);
        let result = read(self)?;
        self.without_view = false;
        let reread = self.cursor.pos.saturating_sub(offset);
        self.leave();
        self.cursor.pos = back;
        self.refs()?.leave();
        self.charge(reread as u64)?;
        Ok(result)
    }

    #[inline]
    fn tag(&mut self) -> Result<u8, DecodeError> {
        self.cursor.value_tag()
    }

    /// Whether the reference just taken has a view behind it: then it names that view's buffer.
    fn reference_is_viewed(&mut self) -> Result<bool, DecodeError> {
        let mut ahead = self.cursor.clone();
        ahead.varint32()?;
        Ok(!self.without_view && ahead.peek_tag() == Some(VIEW))
    }

    /// The buffer that begins with `tag`, with its view; `None` when that is no buffer.
    pub(super) fn buffer(&mut self, tag: u8) -> Result<Option<Buffer<'de>>, DecodeError> {
        let start = self.cursor.pos;
        let without_view = std::mem::take(&mut self.without_view);
        let bytes = match tag {
            ARRAY_BUFFER | IMMUTABLE_ARRAY_BUFFER => self.cursor.buffer()?,
            RESIZABLE_ARRAY_BUFFER => self.cursor.resizable()?.0,
            TRANSFERRED_ARRAY_BUFFER => {
                let id = self.cursor.varint32()?;
                match self.transfers.get(id as usize).and_then(Transfer::contents) {
                    Some(bytes) => bytes,
                    None => {
                        let kind = DecodeErrorKind::Beside {
                            what: "transferred buffer".into(),
                            id,
                            known: self.transfers.len() as u32,
                        };
                        return Err(DecodeError::new(start, kind));
                    }
                }
            }
            REFERENCE => {
                // Only for the buffer of a view, so this cannot go round in a circle.
                let mut found = None;
                self.follow(|de| {
                    let tag = de.tag()?;
                    // A reference leads to an object, and objects are no references, but a view's
                    // place is that of the reference before it.
                    if tag != REFERENCE {
                        found = de.buffer(tag)?;
                    }
                    Ok(())
                })?;
                match found {
                    Some(buffer) => buffer.bytes,
                    None => return Err(DecodeError::malformed(start, "view of no buffer")),
                }
            }
            _ => return Ok(None),
        };
        if without_view || self.cursor.peek_tag() != Some(VIEW) {
            return Ok(Some(Buffer { bytes, view: None }));
        }
        let at = self.cursor.pos;
        self.cursor.pos += 1;
        let view = ViewRef::read(&mut self.cursor)?;
        match view.slice(bytes) {
            Some(bytes) => Ok(Some(Buffer { bytes, view: Some(view) })),
            None => Err(DecodeError::malformed(at, "view beyond its buffer")),
        }
    }

    /// The number that begins with `tag`; `None` when that is none.
    #[inline]
    fn number(&mut self, tag: u8) -> Result<Option<Number<'de>>, DecodeError> {
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
    fn string(&mut self, tag: u8) -> Result<Option<Str<'de>>, DecodeError> {
        match tag {
            STRING_OBJECT => self.cursor.string().map(Some),
            _ => self.cursor.string_body(tag),
        }
    }

    /// The error for a value of `tag` where the visitor wants something else.
    #[cold]
    fn mismatch<V: Visitor<'de>>(&self, tag: u8, visitor: &V) -> DecodeError {
        let wanted = (visitor as &dyn de::Expected).to_string();
        let kind = match name_of(tag) {
            Some(found) => DecodeErrorKind::Type { found: found.into(), wanted: wanted.into() },
            None => DecodeErrorKind::Tag { found: tag, wanted: wanted.into() },
        };
        DecodeError::new(self.cursor.pos.saturating_sub(1), kind)
    }

    pub(super) fn regexp(&mut self) -> Result<String, DecodeError> {
        let at = self.cursor.pos;
        let pattern = self.cursor.string()?;
        let bits = self.cursor.varint32()?;
        walk::regexp_flags(at, bits)?;
        // Alphabetically, as `RegExp.prototype.flags` gives them.
        let flags = [(7, 'd'), (0, 'g'), (1, 'i'), (2, 'm'), (5, 's'), (4, 'u'), (8, 'v'), (3, 'y')];
        let flags: String =
            flags.iter().filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, flag)| *flag).collect();
        Ok(format!("/{}/{flags}", pattern.text()))
    }

    fn host<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, DecodeError> {
        let at = self.cursor.pos;
        self.enter()?;
        let value = match HostRef::read(&mut self.cursor)? {
            HostRef::Actor(id) => visitor.visit_u64(id.to_u64()),
            HostRef::DomException { name, message, stack } => {
                let parts = [("name", name), ("message", message), ("stack", stack)];
                visitor.visit_map(&mut ErrorEntries::plain(self, parts))
            }
            HostRef::AggregateError(inner) | HostRef::CloneHook { value: inner, .. } => {
                self.nested(inner.bytes, visitor).map_err(|error| error.shifted(inner.at))
            }
        };
        self.leave();
        value.map_err(|error| error.located(at))
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

    /// Nothing may follow the value.
    fn end(&self) -> Result<(), DecodeError> {
        match self.cursor.remaining() as u64 {
            0 => Ok(()),
            bytes => Err(DecodeError::new(self.cursor.pos, DecodeErrorKind::Trailing { bytes })),
        }
    }

    fn sequence<V: Visitor<'de>>(
        &mut self,
        tag: u8,
        visitor: V,
    ) -> Result<Result<V::Value, V>, DecodeError> {
        match tag {
            BEGIN_DENSE | BEGIN_SPARSE | BEGIN_SET | BEGIN_MAP => {
                let at = self.cursor.pos;
                self.enter()?;
                let mut elements = Elements::begin(self, tag)?;
                let value = visitor.visit_seq(&mut elements).map_err(|error| error.located(at))?;
                elements.finish()?;
                self.leave();
                Ok(Ok(value))
            }
            _ => match self.buffer(tag)? {
                Some(buffer) => buffer.elements().visit(self.cursor.pos, visitor).map(Ok),
                None => Ok(Err(visitor)),
            },
        }
    }

    fn map<V: Visitor<'de>>(
        &mut self,
        tag: u8,
        visitor: V,
    ) -> Result<Result<V::Value, V>, DecodeError> {
        let at = self.cursor.pos;
        match tag {
            BEGIN_OBJECT | BEGIN_MAP => {
                self.enter()?;
                let mut entries = Entries::new(self, tag == BEGIN_MAP);
                let value =
                    visitor.visit_map(&mut entries).map_err(|error| error.located(at))?;
                entries.finish()?;
                self.leave();
                Ok(Ok(value))
            }
            ERROR => {
                self.enter()?;
                let mut entries = ErrorEntries::begin(self)?;
                let value =
                    visitor.visit_map(&mut entries).map_err(|error| error.located(at))?;
                entries.finish()?;
                self.leave();
                Ok(Ok(value))
            }
            HOST_OBJECT => self.host(visitor).map(Ok),
            _ => Ok(Err(visitor)),
        }
    }
}

/// What a value that begins with `tag` is called.
pub(super) fn name_of(tag: u8) -> Option<&'static str> {
    Some(match tag {
        UNDEFINED => "undefined",
        NULL => "null",
        HOLE => "a hole",
        TRUE | FALSE => "a boolean",
        INT32 | UINT32 | DOUBLE => "a number",
        BIGINT => "a BigInt",
        ONE_BYTE_STRING | TWO_BYTE_STRING | UTF8_STRING => "a string",
        BEGIN_OBJECT => "an object",
        BEGIN_DENSE | BEGIN_SPARSE => "an array",
        DATE => "a Date",
        TRUE_OBJECT | FALSE_OBJECT => "a Boolean object",
        NUMBER_OBJECT => "a Number object",
        BIGINT_OBJECT => "a BigInt object",
        STRING_OBJECT => "a String object",
        REGEXP => "a RegExp",
        BEGIN_MAP => "a Map",
        BEGIN_SET => "a Set",
        ARRAY_BUFFER | IMMUTABLE_ARRAY_BUFFER | RESIZABLE_ARRAY_BUFFER => "an ArrayBuffer",
        TRANSFERRED_ARRAY_BUFFER => "a transferred ArrayBuffer",
        SHARED_ARRAY_BUFFER => "a SharedArrayBuffer",
        SHARED_OBJECT => "a shared object",
        WASM_MODULE => "a WebAssembly.Module",
        WASM_MEMORY => "a WebAssembly.Memory",
        ERROR => "an error",
        HOST_OBJECT => "a host object",
        _ => return None,
    })
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

macro_rules! numbers {
    ($($method:ident: $exact:literal;)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            let at = self.cursor.pos;
            let tag = self.tag()?;
            match self.number(tag)? {
                Some(number) => number.visit($exact, visitor).map_err(|error| error.located(at)),
                None if tag == REFERENCE => self.follow(|de| de.$method(visitor)),
                None if tag == HOST_OBJECT => self.host(visitor),
                None => Err(self.mismatch(tag, &visitor)),
            }
        }
    )*};
}

impl<'de> de::Deserializer<'de> for &mut Deserializer<'de> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let at = self.cursor.pos;
        let tag = self.tag()?;
        match tag {
            UNDEFINED | NULL | HOLE => visitor.visit_unit(),
            TRUE | TRUE_OBJECT => visitor.visit_bool(true),
            FALSE | FALSE_OBJECT => visitor.visit_bool(false),
            REGEXP => self.regexp().and_then(|text| visitor.visit_string(text)),
            REFERENCE if !self.reference_is_viewed()? => {
                return self.follow(|de| de.deserialize_any(visitor));
            }
            BEGIN_OBJECT | BEGIN_MAP | ERROR | HOST_OBJECT => match self.map(tag, visitor)? {
                Ok(value) => return Ok(value),
                Err(visitor) => return Err(self.mismatch(tag, &visitor)),
            },
            BEGIN_DENSE | BEGIN_SPARSE | BEGIN_SET => match self.sequence(tag, visitor)? {
                Ok(value) => return Ok(value),
                Err(visitor) => return Err(self.mismatch(tag, &visitor)),
            },
            _ => {
                if let Some(number) = self.number(tag)? {
                    number.visit(false, visitor)
                } else if let Some(string) = self.string(tag)? {
                    visit_text(string, visitor)
                } else if let Some(buffer) = self.buffer(tag)? {
                    // A sequence fits whatever would take bytes, and more besides.
                    buffer.elements().visit(at, visitor)
                } else {
                    Err(self.mismatch(tag, &visitor))
                }
            }
        }
        .map_err(|error| error.located(at))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let at = self.cursor.pos;
        match self.tag()? {
            TRUE | TRUE_OBJECT => visitor.visit_bool(true),
            FALSE | FALSE_OBJECT => visitor.visit_bool(false),
            REFERENCE => self.follow(|de| de.deserialize_bool(visitor)),
            tag => Err(self.mismatch(tag, &visitor)),
        }
        .map_err(|error| error.located(at))
    }

    numbers! {
        deserialize_i8: true;
        deserialize_i16: true;
        deserialize_i32: true;
        deserialize_i64: true;
        deserialize_i128: true;
        deserialize_u8: true;
        deserialize_u16: true;
        deserialize_u32: true;
        deserialize_u64: true;
        deserialize_u128: true;
        deserialize_f32: false;
        deserialize_f64: false;
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    #[inline]
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let at = self.cursor.pos;
        let tag = self.tag()?;
        match self.string(tag)? {
            Some(string) => visit_text(string, visitor),
            None if tag == REFERENCE => self.follow(|de| de.deserialize_str(visitor)),
            None if tag == REGEXP => self.regexp().and_then(|text| visitor.visit_string(text)),
            None => Err(self.mismatch(tag, &visitor)),
        }
        .map_err(|error| error.located(at))
    }

    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let at = self.cursor.pos;
        let tag = self.tag()?;
        if tag == REFERENCE && !self.reference_is_viewed()? {
            return self.follow(|de| de.deserialize_bytes(visitor));
        }
        if let Some(buffer) = self.buffer(tag)? {
            return visitor.visit_borrowed_bytes(buffer.bytes).map_err(|e: DecodeError| e.located(at));
        }
        if let Some(string) = self.string(tag)? {
            let text = string.text();
            return visitor.visit_bytes(text.as_bytes()).map_err(|e: DecodeError| e.located(at));
        }
        match tag {
            BEGIN_DENSE | BEGIN_SPARSE | BEGIN_SET => {
                self.enter()?;
                let elements = Elements::begin(self, tag)?;
                let bytes = collect_bytes(elements)?;
                self.leave();
                visitor.visit_byte_buf(bytes).map_err(|e: DecodeError| e.located(at))
            }
            _ => Err(self.mismatch(tag, &visitor)),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_bytes(visitor)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let start = self.cursor.pos;
        match self.tag()? {
            UNDEFINED | NULL | HOLE => visitor.visit_none(),
            _ => {
                self.cursor.pos = start;
                self.enter()?;
                let value = visitor.visit_some(&mut *self)?;
                self.leave();
                Ok(value)
            }
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.tag()? {
            UNDEFINED | NULL | HOLE => visitor.visit_unit(),
            tag => Err(self.mismatch(tag, &visitor)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        if name == ISOLATE_NEWTYPE {
            return self.deserialize_u64(visitor);
        }
        self.enter()?;
        let value = visitor.visit_newtype_struct(&mut *self)?;
        self.leave();
        Ok(value)
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let tag = self.tag()?;
        if tag == REFERENCE && !self.reference_is_viewed()? {
            return self.follow(|de| de.deserialize_seq(visitor));
        }
        match self.sequence(tag, visitor)? {
            Ok(value) => Ok(value),
            Err(visitor) => Err(self.mismatch(tag, &visitor)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_seq(visitor)
    }

    #[inline]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let tag = self.tag()?;
        if tag == REFERENCE {
            return self.follow(|de| de.deserialize_map(visitor));
        }
        match self.map(tag, visitor)? {
            Ok(value) => Ok(value),
            Err(visitor) => Err(self.mismatch(tag, &visitor)),
        }
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let tag = self.tag()?;
        match tag {
            REFERENCE => self.follow(|de| de.deserialize_map(visitor)),
            // Fields in their order.
            BEGIN_DENSE => match self.sequence(tag, visitor)? {
                Ok(value) => Ok(value),
                Err(visitor) => Err(self.mismatch(tag, &visitor)),
            },
            _ => match self.map(tag, visitor)? {
                Ok(value) => Ok(value),
                Err(visitor) => Err(self.mismatch(tag, &visitor)),
            },
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let at = self.cursor.pos;
        let tag = self.tag()?;
        if tag == REFERENCE {
            return self.follow(|de| de.deserialize_enum(name, variants, visitor));
        }
        if let Some(string) = self.string(tag)? {
            let text = string.text();
            let unit = de::value::StrDeserializer::new(&text);
            return visitor.visit_enum(unit).map_err(|error: DecodeError| error.located(at));
        }
        if tag != BEGIN_OBJECT && tag != BEGIN_MAP {
            return Err(self.mismatch(tag, &visitor));
        }
        self.enter()?;
        let mut entries = Entries::new(self, tag == BEGIN_MAP);
        if entries.at_end()? {
            return Err(DecodeError::malformed(at, "object without a variant's name"));
        }
        let value = visitor.visit_enum(Variant(&mut entries));
        let value = value.map_err(|error| error.located(at))?;
        if !entries.at_end()? {
            return Err(DecodeError::malformed(at, "object of more than a variant's name"));
        }
        self.leave();
        Ok(value)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(
        self,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.skip()?;
        visitor.visit_unit()
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
