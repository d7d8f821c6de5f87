//! The elements of typed arrays and buffers.

use serde::de::{self, DeserializeSeed, SeqAccess, Visitor};

use super::number::{self, Wanted};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::value::document::ViewKind;

/// The bytes of a buffer, or of the part of it that a view shows, as elements.
pub(super) struct Viewed<'de> {
    bytes: &'de [u8],
    kind: ViewKind,
}

impl<'de> Viewed<'de> {
    pub(super) const fn new(bytes: &'de [u8], kind: ViewKind) -> Self {
        Self { bytes, kind }
    }

    /// Gives all elements to the visitor, which must take them all.
    pub(super) fn visit<V: Visitor<'de>>(
        mut self,
        at: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let value = visitor
            .visit_seq(&mut self)
            .map_err(|error| error.located(at))?;
        if self.bytes.is_empty() {
            return Ok(value);
        }
        let left = self.bytes.len() as u64 / self.kind.element_size();
        let kind = DecodeErrorKind::Type {
            found: format!("{left} more elements").into(),
            wanted: "none".into(),
        };
        Err(DecodeError::new(at, kind))
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.bytes.split_first_chunk::<N>()?;
        self.bytes = rest;
        Some(*first)
    }

    fn next(&mut self) -> Option<Element> {
        Some(match self.kind {
            ViewKind::Int8 => Element::I64(i8::from_le_bytes(self.take()?).into()),
            ViewKind::Uint8 | ViewKind::Uint8Clamped | ViewKind::DataView => {
                Element::U64(u8::from_le_bytes(self.take()?).into())
            }
            ViewKind::Int16 => Element::I64(i16::from_le_bytes(self.take()?).into()),
            ViewKind::Uint16 => Element::U64(u16::from_le_bytes(self.take()?).into()),
            ViewKind::Int32 => Element::I64(i32::from_le_bytes(self.take()?).into()),
            ViewKind::Uint32 => Element::U64(u32::from_le_bytes(self.take()?).into()),
            ViewKind::Float16 => Element::F64(half(u16::from_le_bytes(self.take()?))),
            ViewKind::Float32 => Element::F64(f32::from_le_bytes(self.take()?).into()),
            ViewKind::Float64 => Element::F64(f64::from_le_bytes(self.take()?)),
            ViewKind::BigInt64 => Element::I64(i64::from_le_bytes(self.take()?)),
            ViewKind::BigUint64 => Element::U64(u64::from_le_bytes(self.take()?)),
        })
    }
}

/// An IEEE 754 binary16.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF));
    let magnitude = match exponent {
        0 => fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2_f64.powi(exponent - 25),
    };
    sign * magnitude
}

impl<'de> SeqAccess<'de> for &mut Viewed<'de> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        match self.next() {
            Some(element) => seed.deserialize(element).map(Some),
            None => Ok(None),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.bytes.len() / self.kind.element_size() as usize)
    }
}

#[derive(Clone, Copy)]
enum Element {
    I64(i64),
    U64(u64),
    F64(f64),
}

macro_rules! integers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            match self {
                Self::F64(value) => number::double(value, Wanted::Integer, visitor),
                whole => whole.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Element {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self {
            Self::I64(value) => visitor.visit_i64(value),
            Self::U64(value) => visitor.visit_u64(value),
            Self::F64(value) => number::double(value, Wanted::Any, visitor),
        }
    }

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    held_as_it_is!();

    serde::forward_to_deserialize_any! {
        bool f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::half;

    #[test]
    fn halves_become_doubles() {
        assert_eq!(half(0x3C00), 1.0);
        assert_eq!(half(0xC000), -2.0);
        assert_eq!(half(0x7BFF), 65_504.0);
        assert_eq!(half(0x0001), 2_f64.powi(-24));
        assert_eq!(half(0x7C00), f64::INFINITY);
        assert!(half(0x7E00).is_nan());
    }
}
