//! The one number in an isolate's address, which is no value of its own.

use serde::ser::{self, Serialize};

use crate::error::EncodeError;
use crate::value::write;

/// Writes the one integer of an address as V8's `WriteUint64` does.
pub(super) struct Varint<'o>(pub(super) &'o mut Vec<u8>);

macro_rules! only_u64 {
    ($($method:ident($($arg:ident: $type:ty),*) -> $ok:ty;)*) => {$(
        fn $method(self, $($arg: $type),*) -> Result<$ok, EncodeError> {
            $(let _ = $arg;)*
            Err(ser::Error::custom("an address is an integer"))
        }
    )*};
}

type Never = ser::Impossible<(), EncodeError>;

impl ser::Serializer for Varint<'_> {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    fn serialize_u64(self, value: u64) -> Result<(), EncodeError> {
        write::varint64(self.0, value);
        Ok(())
    }

    only_u64! {
        serialize_bool(v: bool) -> ();
        serialize_i8(v: i8) -> ();
        serialize_i16(v: i16) -> ();
        serialize_i32(v: i32) -> ();
        serialize_i64(v: i64) -> ();
        serialize_u8(v: u8) -> ();
        serialize_u16(v: u16) -> ();
        serialize_u32(v: u32) -> ();
        serialize_f32(v: f32) -> ();
        serialize_f64(v: f64) -> ();
        serialize_char(v: char) -> ();
        serialize_str(v: &str) -> ();
        serialize_bytes(v: &[u8]) -> ();
        serialize_none() -> ();
        serialize_unit() -> ();
        serialize_unit_struct(v: &'static str) -> ();
        serialize_unit_variant(a: &'static str, b: u32, c: &'static str) -> ();
        serialize_seq(v: Option<usize>) -> Never;
        serialize_tuple(v: usize) -> Never;
        serialize_tuple_struct(a: &'static str, b: usize) -> Never;
        serialize_tuple_variant(a: &'static str, b: u32, c: &'static str, d: usize) -> Never;
        serialize_map(v: Option<usize>) -> Never;
        serialize_struct(a: &'static str, b: usize) -> Never;
        serialize_struct_variant(a: &'static str, b: u32, c: &'static str, d: usize) -> Never;
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        value.serialize(self)
    }
}
