//! The properties of objects and the entries of maps, one at a time; and variants, which are
//! objects of one property.

use serde::de::{self, DeserializeSeed, EnumAccess, MapAccess, VariantAccess, Visitor};

use super::property_key::PropertyKey;
use super::reader::{Deserializer, seeded};
use crate::error::DecodeError;
use crate::value::cursor::Cursor;
use crate::value::tags::*;

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
        Self {
            de,
            map,
            count: 0,
            key: 0,
            ended: false,
        }
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
    let Ok(tag) = cursor.value_tag() else {
        return ".?".into();
    };
    if tag == INT32 {
        return cursor
            .zigzag()
            .map_or(".?".into(), |index| format!("[{index}]"));
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
