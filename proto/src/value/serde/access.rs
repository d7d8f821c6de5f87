//! The parts of arrays, sets, maps, objects and errors, one at a time.

use serde::de::{
    self, DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};

use super::de::{Deserializer, seeded, visit_text};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::value::cursor::{Cursor, Str};
use crate::value::document::ErrorKind;
use crate::value::tags::*;

/// How the elements lie in the bytes.
#[derive(Clone, Copy)]
enum Layout {
    /// Elements, `left` of them unread.
    Dense { left: u32 },
    /// Indices with elements; `pending` is an index whose element comes next.
    Sparse { index: u32, pending: Option<u32> },
    /// Until the end tag.
    Set,
    /// Pairs until the end tag.
    Map,
}

/// The elements of an array or `Set`, or the pairs of a `Map`.
pub(super) struct Elements<'a, 'de> {
    de: &'a mut Deserializer<'de>,
    layout: Layout,
    length: u32,
    /// Elements given.
    given: u64,
    /// Properties read, of a sparse array also elements.
    properties: u64,
    ended: bool,
}

impl<'a, 'de> Elements<'a, 'de> {
    /// Of the container whose `tag` has been read.
    #[inline]
    pub(super) fn begin(de: &'a mut Deserializer<'de>, tag: u8) -> Result<Self, DecodeError> {
        let mut length = 0;
        let layout = match tag {
            BEGIN_SET => Layout::Set,
            BEGIN_MAP => Layout::Map,
            _ => {
                length = de.cursor.varint32()?;
                match tag {
                    BEGIN_DENSE => Layout::Dense { left: length },
                    _ => Layout::Sparse { index: 0, pending: None },
                }
            }
        };
        Ok(Self { de, layout, length, given: 0, properties: 0, ended: false })
    }

    fn end_tag(&self) -> u8 {
        match self.layout {
            Layout::Dense { .. } => END_DENSE,
            Layout::Sparse { .. } => END_SPARSE,
            Layout::Set => END_SET,
            Layout::Map => END_MAP,
        }
    }

    /// Whether the end tag is next; takes it, and checks its counts.
    fn at_end(&mut self) -> Result<bool, DecodeError> {
        let cursor = &mut self.de.cursor;
        if self.ended || cursor.peek_tag() != Some(self.end_tag()) {
            return Ok(self.ended);
        }
        self.de.cursor.pos += 1;
        self.ended = true;
        let cursor = &mut self.de.cursor;
        match self.layout {
            Layout::Set => cursor.count("members", self.given)?,
            Layout::Map => cursor.count("keys and values", 2 * self.given)?,
            Layout::Dense { .. } | Layout::Sparse { .. } => {
                cursor.count("properties", self.properties)?;
                cursor.count("elements", u64::from(self.length))?;
            }
        }
        Ok(true)
    }

    /// After the visitor: nothing may be left but properties that are no elements.
    #[inline]
    pub(super) fn finish(mut self) -> Result<(), DecodeError> {
        let at = self.de.cursor.pos;
        let left = match self.layout {
            Layout::Dense { left } => left > 0,
            Layout::Sparse { index, .. } => index < self.length,
            Layout::Set | Layout::Map => !self.at_end()?,
        };
        if left {
            let kind = DecodeErrorKind::Type {
                found: "more elements".into(),
                wanted: format!("{} of them", self.given).into(),
            };
            return Err(DecodeError::new(at, kind));
        }
        while !self.at_end()? {
            self.de.skip()?;
            self.de.skip()?;
            self.properties += 1;
        }
        Ok(())
    }

    fn element<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, DecodeError> {
        let place = self.given;
        self.given += 1;
        seeded(self.de, seed, || format!("[{place}]"))
    }

    /// The next key of a sparse array that is an index, past those that are not.
    fn sparse_index(&mut self, index: u32) -> Result<Option<u32>, DecodeError> {
        while !self.at_end()? {
            let at = self.de.cursor.pos;
            let tag = self.de.cursor.value_tag()?;
            let key = match tag {
                INT32 => u32::try_from(self.de.cursor.zigzag()?).ok(),
                UINT32 => Some(self.de.cursor.varint32()?),
                DOUBLE => {
                    let key = self.de.cursor.double()?;
                    Some(key as u32).filter(|index| f64::from(*index) == key)
                }
                _ => {
                    self.de.cursor.pos = at;
                    self.de.skip()?;
                    None
                }
            };
            self.properties += 1;
            match key {
                Some(key) if key < index || key >= self.length => {
                    return Err(DecodeError::malformed(at, "indices of a sparse array in disorder"));
                }
                Some(key) => return Ok(Some(key)),
                None => self.de.skip()?,
            }
        }
        Ok(None)
    }
}

impl<'de> SeqAccess<'de> for &mut Elements<'_, 'de> {
    type Error = DecodeError;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        match self.layout {
            Layout::Dense { left: 0 } => Ok(None),
            Layout::Dense { left } => {
                self.layout = Layout::Dense { left: left - 1 };
                self.element(seed).map(Some)
            }
            Layout::Sparse { index, pending } => {
                if index >= self.length {
                    return Ok(None);
                }
                let pending = match pending {
                    None => self.sparse_index(index)?,
                    some => some,
                };
                let here = pending == Some(index);
                let pending = pending.filter(|_| !here);
                self.layout = Layout::Sparse { index: index + 1, pending };
                if here {
                    return self.element(seed).map(Some);
                }
                self.given += 1;
                // A hole takes no byte: this keeps a short input from becoming a long list.
                self.de.charge(1)?;
                seed.deserialize(().into_deserializer()).map(Some)
            }
            Layout::Set => {
                if self.at_end()? {
                    return Ok(None);
                }
                self.element(seed).map(Some)
            }
            Layout::Map => {
                if self.at_end()? {
                    return Ok(None);
                }
                self.given += 1;
                seed.deserialize(Pair(self.de)).map(Some)
            }
        }
    }

    fn size_hint(&self) -> Option<usize> {
        match self.layout {
            // Each element takes a byte at least.
            Layout::Dense { left } => Some((left as usize).min(self.de.cursor.remaining())),
            Layout::Sparse { .. } | Layout::Set | Layout::Map => None,
        }
    }
}

/// One entry of a `Map`, as a tuple.
struct Pair<'a, 'de>(&'a mut Deserializer<'de>);

impl<'de> de::Deserializer<'de> for Pair<'_, 'de> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let at = self.0.cursor.pos;
        let mut access = PairAccess { de: self.0, given: 0 };
        let pair = visitor.visit_seq(&mut access).map_err(|error| error.located(at))?;
        match access.given {
            2 => Ok(pair),
            _ => Err(DecodeError::malformed(at, "an entry of a Map is a pair")),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

struct PairAccess<'a, 'de> {
    de: &'a mut Deserializer<'de>,
    given: u32,
}

impl<'de> SeqAccess<'de> for &mut PairAccess<'_, 'de> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        if self.given == 2 {
            return Ok(None);
        }
        self.given += 1;
        seed.deserialize(&mut *self.de).map(Some)
    }
}

/// An array, set or sparse array of bytes as bytes.
pub(super) fn collect_bytes(mut elements: Elements<'_, '_>) -> Result<Vec<u8>, DecodeError> {
    let mut bytes = Vec::new();
    let mut access = &mut elements;
    while let Some(byte) = access.next_element()? {
        bytes.push(byte);
    }
    elements.finish()?;
    Ok(bytes)
}

/// The properties of an object or the entries of a `Map`.
pub(super) struct Entries<'a, 'de> {
    de: &'a mut Deserializer<'de>,
    map: bool,
    count: u64,
    /// Where the last key began, for the path of an error.
    key: usize,
    ended: bool,
}

impl<'a, 'de> Entries<'a, 'de> {
    #[inline]
    pub(super) fn new(de: &'a mut Deserializer<'de>, map: bool) -> Self {
        Self { de, map, count: 0, key: 0, ended: false }
    }

    /// Whether the end tag is next; takes it, and checks its count.
    #[inline]
    pub(super) fn at_end(&mut self) -> Result<bool, DecodeError> {
        let end = if self.map { END_MAP } else { END_OBJECT };
        if self.ended || self.de.cursor.peek_tag() != Some(end) {
            return Ok(self.ended);
        }
        self.ended = true;
        self.de.cursor.pos += 1;
        match self.map {
            true => self.de.cursor.count("keys and values", 2 * self.count)?,
            false => self.de.cursor.count("properties", self.count)?,
        }
        Ok(true)
    }

    #[inline]
    pub(super) fn finish(mut self) -> Result<(), DecodeError> {
        while !self.at_end()? {
            self.count += 1;
            self.de.skip()?;
            self.de.skip()?;
        }
        Ok(())
    }

    #[inline]
    fn key<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, DecodeError> {
        self.count += 1;
        self.key = self.de.cursor.pos;
        match self.map {
            true => seeded(self.de, seed, || "[key]".into()),
            false => seed.deserialize(PropertyKey(self.de)),
        }
    }

    #[inline]
    fn value<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, DecodeError> {
        let (key, bytes) = (self.key, self.de.cursor.bytes());
        seeded(self.de, seed, || step_to(bytes, key))
    }
}

/// How the property whose key begins at `key` is reached.
#[cold]
fn step_to(bytes: &[u8], key: usize) -> String {
    let mut cursor = Cursor::new(bytes);
    cursor.pos = key;
    let Ok(tag) = cursor.value_tag() else { return ".?".into() };
    if tag == INT32 {
        return cursor.zigzag().map_or(".?".into(), |index| format!("[{index}]"));
    }
    match cursor.string_body(tag) {
        // A path is for people: the rest of a long key would not help them.
        Ok(Some(string)) => format!(".{}", string.text().chars().take(40).collect::<String>()),
        _ => "[?]".into(),
    }
}

impl<'de> MapAccess<'de> for &mut Entries<'_, 'de> {
    type Error = DecodeError;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DecodeError> {
        if self.at_end()? {
            return Ok(None);
        }
        self.key(seed).map(Some)
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DecodeError> {
        self.value(seed)
    }
}

/// A property's key: text, though array indices are written as numbers, and a number or boolean
/// where the Rust type wants one.
struct PropertyKey<'a, 'de>(&'a mut Deserializer<'de>);

enum KeyText<'de> {
    Text(Str<'de>),
    Index(f64),
}

impl<'de> PropertyKey<'_, 'de> {
    #[inline]
    fn read(&mut self) -> Result<KeyText<'de>, DecodeError> {
        let cursor = &mut self.0.cursor;
        let tag = cursor.value_tag()?;
        match tag {
            INT32 => cursor.zigzag().map(|index| KeyText::Index(f64::from(index))),
            UINT32 => cursor.varint32().map(|index| KeyText::Index(f64::from(index))),
            DOUBLE => cursor.double().map(KeyText::Index),
            _ => match cursor.string_body(tag)? {
                Some(string) => Ok(KeyText::Text(string)),
                None => Err(cursor.unexpected(tag, "a property key")),
            },
        }
    }

    fn number<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        let at = self.0.cursor.pos;
        let text = match self.read()? {
            KeyText::Index(index) => index.to_string(),
            KeyText::Text(string) => string.text().into_owned(),
        };
        if let Ok(value) = text.parse() {
            visitor.visit_u64(value)
        } else if let Ok(value) = text.parse() {
            visitor.visit_i64(value)
        } else if let Ok(value) = text.parse() {
            visitor.visit_u128(value)
        } else if let Ok(value) = text.parse() {
            visitor.visit_i128(value)
        } else if let Ok(value) = text.parse() {
            visitor.visit_f64(value)
        } else {
            visitor.visit_string(text)
        }
        .map_err(|error: DecodeError| error.located(at))
    }
}

macro_rules! number_keys {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            self.number(visitor)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for PropertyKey<'_, 'de> {
    type Error = DecodeError;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        let at = self.0.cursor.pos;
        match self.read()? {
            KeyText::Text(string) => visit_text(string, visitor),
            KeyText::Index(index) => visitor.visit_string(index.to_string()),
        }
        .map_err(|error| error.located(at))
    }

    number_keys! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    fn deserialize_bool<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        let at = self.0.cursor.pos;
        match self.read()? {
            KeyText::Text(Str::OneByte(b"true")) => visitor.visit_bool(true),
            KeyText::Text(Str::OneByte(b"false")) => visitor.visit_bool(false),
            KeyText::Text(string) => visit_text(string, visitor),
            KeyText::Index(index) => visitor.visit_f64(index),
        }
        .map_err(|error| error.located(at))
    }

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

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let at = self.0.cursor.pos;
        let text = match self.read()? {
            KeyText::Text(string) => string.text().into_owned(),
            KeyText::Index(index) => index.to_string(),
        };
        visitor
            .visit_enum(text.as_str().into_deserializer())
            .map_err(|error: DecodeError| error.located(at))
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

/// A variant with content: the one entry of an object.
pub(super) struct Variant<'b, 'a, 'de>(pub(super) &'b mut Entries<'a, 'de>);

impl<'de> EnumAccess<'de> for Variant<'_, '_, 'de> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self), DecodeError> {
        let name = self.0.key(seed)?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, '_, 'de> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        self.0.value(std::marker::PhantomData::<()>)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, DecodeError> {
        self.0.value(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        de::Deserializer::deserialize_tuple(&mut *self.0.de, length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        de::Deserializer::deserialize_struct(&mut *self.0.de, "", fields, visitor)
    }
}

/// An error, or a `DOMException`, as a map of what it has.
pub(super) struct ErrorEntries<'a, 'de> {
    de: &'a mut Deserializer<'de>,
    /// What is known already, last first.
    texts: Vec<(&'static str, Str<'de>)>,
    text: Option<Str<'de>>,
    cause: Cause,
}

#[derive(Clone, Copy, PartialEq)]
enum Cause {
    /// The error has ended.
    None,
    /// Its value is next.
    Next,
    /// Its value has been read; the end, or a late stack, is next.
    Read,
}

impl<'a, 'de> ErrorEntries<'a, 'de> {
    /// Of the error whose tag has been read.
    pub(super) fn begin(de: &'a mut Deserializer<'de>) -> Result<Self, DecodeError> {
        let cursor = &mut de.cursor;
        let mut tag = cursor.byte()?;
        let kind = ErrorKind::from_tag(tag);
        if kind != ErrorKind::Error {
            tag = cursor.byte()?;
        }
        let mut texts = vec![("name", Str::OneByte(kind.name().as_bytes()))];
        for (part, name) in [(ERROR_MESSAGE, "message"), (ERROR_STACK, "stack")] {
            if tag == part {
                texts.push((name, cursor.string()?));
                tag = cursor.byte()?;
            }
        }
        let cause = match tag {
            ERROR_CAUSE => Cause::Next,
            ERROR_END => Cause::None,
            _ => return Err(cursor.unexpected(tag, "the next part of an error")),
        };
        texts.reverse();
        Ok(Self { de, texts, text: None, cause })
    }

    /// Of the parts of a `DOMException`.
    pub(super) fn plain(de: &'a mut Deserializer<'de>, parts: [(&'static str, Str<'de>); 3]) -> Self {
        let texts = parts.into_iter().rev().collect();
        Self { de, texts, text: None, cause: Cause::None }
    }

    /// Reads what follows the cause.
    fn after_cause(&mut self) -> Result<(), DecodeError> {
        let cursor = &mut self.de.cursor;
        let mut tag = cursor.byte()?;
        if tag == ERROR_STACK && self.de.version < LATEST_VERSION {
            self.texts.push(("stack", cursor.string()?));
            tag = cursor.byte()?;
        }
        if tag != ERROR_END {
            return Err(cursor.unexpected(tag, "the end of an error"));
        }
        self.cause = Cause::None;
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(), DecodeError> {
        if self.cause == Cause::Next {
            self.de.skip()?;
            self.cause = Cause::Read;
        }
        if self.cause == Cause::Read {
            self.after_cause()?;
        }
        Ok(())
    }
}

impl<'de> MapAccess<'de> for &mut ErrorEntries<'_, 'de> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DecodeError> {
        if self.cause == Cause::Read {
            self.after_cause()?;
        }
        let name = match self.texts.pop() {
            Some((name, text)) => {
                self.text = Some(text);
                name
            }
            None if self.cause == Cause::Next => "cause",
            None => return Ok(None),
        };
        seed.deserialize(name.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DecodeError> {
        match self.text.take() {
            Some(text) => seed.deserialize(Part(text)),
            None => {
                self.cause = Cause::Read;
                seeded(self.de, seed, || ".cause".into())
            }
        }
    }
}

/// A text part of an error.
struct Part<'de>(Str<'de>);

impl<'de> de::Deserializer<'de> for Part<'de> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visit_text(self.0, visitor)
    }

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

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_enum(self.0.text().as_ref().into_deserializer())
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
