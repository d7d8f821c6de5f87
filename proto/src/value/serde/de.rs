//! What each kind of Rust value is read from.

use serde::de::{self, DeserializeOwned, Visitor};

use super::elements::{Elements, collect_bytes};
use super::entries::{Entries, Variant};
use super::number::Wanted;
use super::reader::{Deserializer, visit_text};
use crate::address::ISOLATE_NEWTYPE;
use crate::error::DecodeError;
use crate::value::Transfer;
use crate::value::tags::*;

pub(super) fn read<T: DeserializeOwned>(
    bytes: &[u8],
    transfers: &[Transfer],
) -> Result<T, DecodeError> {
    let mut de = Deserializer::new(bytes, transfers)?;
    let value = T::deserialize(&mut de).map_err(|error| error.located(de.cursor.pos))?;
    de.end()?;
    Ok(value)
}

macro_rules! numbers {
    ($($method:ident: $wanted:ident;)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            let at = self.cursor.pos;
            let tag = self.tag()?;
            match self.number(tag)? {
                Some(number) => number
                    .visit(Wanted::$wanted, visitor)
                    .map_err(|error| error.located(at)),
                None if tag == REFERENCE => self.follow(|de| de.$method(visitor)),
                None if tag == HOST_OBJECT => self.host(true, visitor),
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
            BEGIN_OBJECT | BEGIN_MAP | ERROR => return self.map(tag, visitor),
            HOST_OBJECT => return self.host(false, visitor),
            BEGIN_DENSE | BEGIN_SPARSE | BEGIN_SET => return self.sequence(tag, visitor),
            _ => {
                if let Some(number) = self.number(tag)? {
                    number.visit(Wanted::Any, visitor)
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
        deserialize_i8: Integer;
        deserialize_i16: Integer;
        deserialize_i32: Integer;
        deserialize_i64: Integer;
        deserialize_i128: Integer;
        deserialize_u8: Integer;
        deserialize_u16: Integer;
        deserialize_u32: Integer;
        deserialize_u64: Integer;
        deserialize_u128: Integer;
        deserialize_f32: Float;
        deserialize_f64: Float;
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
            return visitor
                .visit_borrowed_bytes(buffer.bytes)
                .map_err(|e: DecodeError| e.located(at));
        }
        if let Some(string) = self.string(tag)? {
            let text = string.text();
            return visitor
                .visit_bytes(text.as_bytes())
                .map_err(|e: DecodeError| e.located(at));
        }
        match tag {
            HOST_OBJECT => {
                let bytes = self.blob_bytes(&visitor)?;
                visitor
                    .visit_borrowed_bytes(bytes)
                    .map_err(|e: DecodeError| e.located(at))
            }
            BEGIN_DENSE | BEGIN_SPARSE | BEGIN_SET => {
                let bytes = self.deeper(|de| collect_bytes(Elements::begin(de, tag)?))?;
                visitor
                    .visit_byte_buf(bytes)
                    .map_err(|e: DecodeError| e.located(at))
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
                self.deeper(|de| visitor.visit_some(de))
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
        self.deeper(|de| visitor.visit_newtype_struct(de))
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let tag = self.tag()?;
        if tag == REFERENCE && !self.reference_is_viewed()? {
            return self.follow(|de| de.deserialize_seq(visitor));
        }
        self.sequence(tag, visitor)
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
        self.map(tag, visitor)
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let tag = self.tag()?;
        match tag {
            REFERENCE => self.follow(|de| de.deserialize_struct(name, fields, visitor)),
            // Fields in their order. V8 writes any array as sparse that may have had a hole.
            BEGIN_DENSE | BEGIN_SPARSE => self.sequence(tag, visitor),
            _ => self.map(tag, visitor),
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
            return visitor
                .visit_enum(unit)
                .map_err(|error: DecodeError| error.located(at));
        }
        if tag != BEGIN_OBJECT && tag != BEGIN_MAP {
            return Err(self.mismatch(tag, &visitor));
        }
        self.deeper(|de| {
            let mut entries = Entries::new(de, tag == BEGIN_MAP);
            if entries.at_end()? {
                let what = "object without a variant's name";
                return Err(DecodeError::malformed(at, what));
            }
            let value = visitor.visit_enum(Variant(&mut entries))?;
            if !entries.at_end()? {
                let what = "object of more than a variant's name";
                return Err(DecodeError::malformed(at, what));
            }
            Ok(value)
        })
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.skip()?;
        visitor.visit_unit()
    }
}
