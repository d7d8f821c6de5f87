//! The key of a property, as whatever the Rust type wants of it.

use serde::de::{self, IntoDeserializer, Visitor};

use super::number::{self, Wanted};
use super::reader::{Deserializer, visit_text};
use crate::error::DecodeError;
use crate::value::cursor::Str;
use crate::value::tags::*;

/// A property's key: text, though array indices are written as numbers, and a number or boolean
/// where the Rust type wants one.
pub(super) struct PropertyKey<'a, 'de>(pub(super) &'a mut Deserializer<'de>);

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
            INT32 => cursor
                .zigzag()
                .map(|index| KeyText::Index(f64::from(index))),
            UINT32 => cursor
                .varint32()
                .map(|index| KeyText::Index(f64::from(index))),
            DOUBLE => cursor.double().map(KeyText::Index),
            _ => match cursor.string_body(tag)? {
                Some(string) => Ok(KeyText::Text(string)),
                None => Err(cursor.unexpected(tag, "a property key")),
            },
        }
    }

    fn number<V: Visitor<'de>>(
        mut self,
        wanted: Wanted,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
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
            number::double(value, wanted, visitor)
        } else {
            visitor.visit_string(text)
        }
        .map_err(|error: DecodeError| error.located(at))
    }
}

macro_rules! number_keys {
    ($($wanted:ident: $($method:ident)*;)*) => {$($(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            self.number(Wanted::$wanted, visitor)
        }
    )*)*};
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
        Integer: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
            deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128;
        Float: deserialize_f32 deserialize_f64;
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

    held_as_it_is!();

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
