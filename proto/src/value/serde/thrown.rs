//! Errors and `DOMException`s as maps.

use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, Visitor};

use super::reader::{Deserializer, seeded, visit_text};
use crate::error::DecodeError;
use crate::value::cursor::Str;
use crate::value::document::ErrorKind;
use crate::value::tags::*;

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
        Ok(Self {
            de,
            texts,
            text: None,
            cause,
        })
    }

    /// Of the parts of a `DOMException`.
    pub(super) fn plain(
        de: &'a mut Deserializer<'de>,
        parts: [(&'static str, Str<'de>); 3],
    ) -> Self {
        let texts = parts.into_iter().rev().collect();
        Self {
            de,
            texts,
            text: None,
            cause: Cause::None,
        }
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
            Some(text) => seed.deserialize(Text(text)),
            None => {
                self.cause = Cause::Read;
                seeded(self.de, seed, || ".cause".into())
            }
        }
    }
}

/// A text part of an error.
pub(super) struct Text<'de>(pub(super) Str<'de>);

impl<'de> de::Deserializer<'de> for Text<'de> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visit_text(self.0, visitor)
    }

    held_as_it_is!();

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
