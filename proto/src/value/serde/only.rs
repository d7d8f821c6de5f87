//! Serializers that take one kind of scalar and refuse whatever else they are given: the key of a
//! property is text, the number in an isolate's address an integer.

use std::fmt;

use serde::ser::{self, Serialize};

/// What such a serializer takes; the rest is [`refused`](Self::refused).
pub(super) trait Takes: Sized {
    type Error: ser::Error;

    fn refused() -> Self::Error;

    fn text(self, _text: &str) -> Result<(), Self::Error> {
        Err(Self::refused())
    }

    fn integer(self, _value: u64) -> Result<(), Self::Error> {
        Err(Self::refused())
    }
}

pub(super) struct Only<T>(pub(super) T);

macro_rules! refuse {
    ($($method:ident($($type:ty),*) -> $ok:ty;)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<$ok, T::Error> {
            Err(T::refused())
        }
    )*};
}

impl<T: Takes> ser::Serializer for Only<T> {
    type Ok = ();
    type Error = T::Error;
    type SerializeSeq = ser::Impossible<(), T::Error>;
    type SerializeTuple = Self::SerializeSeq;
    type SerializeTupleStruct = Self::SerializeSeq;
    type SerializeTupleVariant = Self::SerializeSeq;
    type SerializeMap = Self::SerializeSeq;
    type SerializeStruct = Self::SerializeSeq;
    type SerializeStructVariant = Self::SerializeSeq;

    fn serialize_str(self, text: &str) -> Result<(), T::Error> {
        self.0.text(text)
    }

    fn serialize_char(self, text: char) -> Result<(), T::Error> {
        self.0.text(text.encode_utf8(&mut [0; 4]))
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), T::Error> {
        self.0.text(variant)
    }

    fn collect_str<D: fmt::Display + ?Sized>(self, text: &D) -> Result<(), T::Error> {
        self.0.text(&text.to_string())
    }

    fn serialize_u64(self, value: u64) -> Result<(), T::Error> {
        self.0.integer(value)
    }

    fn serialize_some<V: Serialize + ?Sized>(self, value: &V) -> Result<(), T::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<V: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &V,
    ) -> Result<(), T::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<V: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &V,
    ) -> Result<(), T::Error> {
        Err(T::refused())
    }

    refuse! {
        serialize_bool(bool) -> ();
        serialize_i8(i8) -> ();
        serialize_i16(i16) -> ();
        serialize_i32(i32) -> ();
        serialize_i64(i64) -> ();
        serialize_i128(i128) -> ();
        serialize_u8(u8) -> ();
        serialize_u16(u16) -> ();
        serialize_u32(u32) -> ();
        serialize_u128(u128) -> ();
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_none() -> ();
        serialize_unit() -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeSeq;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeSeq;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeSeq;
        serialize_map(Option<usize>) -> Self::SerializeSeq;
        serialize_struct(&'static str, usize) -> Self::SerializeSeq;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeSeq;
    }
}
