//! Writing straight into the buffer.

mod elements;
mod entries;

use serde::ser::{self, Serialize};

use self::elements::Elements;
use self::entries::{Entries, Kind};
use super::MAX_DEPTH;
use super::only::{Only, Takes};
use crate::address::ISOLATE_NEWTYPE;
use crate::error::{EncodeError, EncodeErrorKind};
use crate::value::host::TAG_ACTOR;
use crate::value::shared_bytes::SHARED_BYTES_NEWTYPE;
use crate::value::tags::*;
use crate::value::{SharedBytes, Transfer, write};

/// JavaScript's largest safe integer.
const MAX_SAFE: u64 = (1 << 53) - 1;

pub(super) struct Serializer<'o> {
    pub(super) out: &'o mut Vec<u8>,
    depth: u32,
    /// What travels beside the bytes.
    pub(super) shared: Vec<Transfer>,
}

impl<'o> Serializer<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>) -> Self {
        Self {
            out,
            depth: 0,
            shared: Vec::new(),
        }
    }

    #[inline]
    fn enter(&mut self) -> Result<(), EncodeError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let kind = EncodeErrorKind::Depth { allowed: MAX_DEPTH };
            return Err(EncodeError::new(self.out.len(), kind));
        }
        Ok(())
    }

    fn integer(&mut self, negative: bool, magnitude: u64) {
        if magnitude > MAX_SAFE {
            write::bigint(self.out, negative, u128::from(magnitude));
        } else {
            let value = magnitude as f64;
            // `0.0 - 0.0`, not `-0.0`, should a negative zero ever be asked for.
            write::number(self.out, if negative { 0.0 - value } else { value });
        }
    }

    /// `{Name: …`, one property.
    fn begin_variant(&mut self, name: &'static str) -> Result<(), EncodeError> {
        self.enter()?;
        self.out.push(BEGIN_OBJECT);
        match write::array_index(name) {
            Some(index) => write::index_key(self.out, index),
            None => write::text(self.out, name)?,
        }
        Ok(())
    }

    fn end_variant(&mut self) {
        self.depth -= 1;
        self.out.extend_from_slice(&[END_OBJECT, 1]);
    }
}

impl<'a, 'o> ser::Serializer for &'a mut Serializer<'o> {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = Elements<'a, 'o>;
    type SerializeTuple = Elements<'a, 'o>;
    type SerializeTupleStruct = Elements<'a, 'o>;
    type SerializeTupleVariant = Elements<'a, 'o>;
    type SerializeMap = Entries<'a, 'o>;
    type SerializeStruct = Entries<'a, 'o>;
    type SerializeStructVariant = Entries<'a, 'o>;

    fn is_human_readable(&self) -> bool {
        true
    }

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<(), EncodeError> {
        self.out.push(if value { TRUE } else { FALSE });
        Ok(())
    }

    #[inline]
    fn serialize_i8(self, value: i8) -> Result<(), EncodeError> {
        self.serialize_i32(i32::from(value))
    }

    #[inline]
    fn serialize_i16(self, value: i16) -> Result<(), EncodeError> {
        self.serialize_i32(i32::from(value))
    }

    #[inline]
    fn serialize_i32(self, value: i32) -> Result<(), EncodeError> {
        write::int32(self.out, value);
        Ok(())
    }

    #[inline]
    fn serialize_i64(self, value: i64) -> Result<(), EncodeError> {
        match i32::try_from(value) {
            Ok(small) => write::int32(self.out, small),
            Err(_) => self.integer(value < 0, value.unsigned_abs()),
        }
        Ok(())
    }

    #[inline]
    fn serialize_u8(self, value: u8) -> Result<(), EncodeError> {
        self.serialize_i32(i32::from(value))
    }

    #[inline]
    fn serialize_u16(self, value: u16) -> Result<(), EncodeError> {
        self.serialize_i32(i32::from(value))
    }

    #[inline]
    fn serialize_u32(self, value: u32) -> Result<(), EncodeError> {
        self.serialize_u64(u64::from(value))
    }

    #[inline]
    fn serialize_u64(self, value: u64) -> Result<(), EncodeError> {
        match i32::try_from(value) {
            Ok(small) => write::int32(self.out, small),
            Err(_) => self.integer(false, value),
        }
        Ok(())
    }

    fn serialize_i128(self, value: i128) -> Result<(), EncodeError> {
        write::bigint(self.out, value < 0, value.unsigned_abs());
        Ok(())
    }

    fn serialize_u128(self, value: u128) -> Result<(), EncodeError> {
        write::bigint(self.out, false, value);
        Ok(())
    }

    #[inline]
    fn serialize_f32(self, value: f32) -> Result<(), EncodeError> {
        self.serialize_f64(f64::from(value))
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Result<(), EncodeError> {
        write::number(self.out, value);
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), EncodeError> {
        write::text(self.out, value.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), EncodeError> {
        write::text(self.out, value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), EncodeError> {
        // V8 writes a view as its buffer, then the view: kind, offset, length, flags.
        self.out.reserve(value.len().saturating_add(24));
        self.out.push(ARRAY_BUFFER);
        write::varint64(self.out, value.len() as u64);
        self.out.extend_from_slice(value);
        self.out.extend_from_slice(&[VIEW, b'B', 0]);
        write::varint64(self.out, value.len() as u64);
        self.out.push(0);
        Ok(())
    }

    #[inline]
    fn serialize_none(self) -> Result<(), EncodeError> {
        self.out.push(NULL);
        Ok(())
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        self.enter()?;
        value.serialize(&mut *self)?;
        self.depth -= 1;
        Ok(())
    }

    #[inline]
    fn serialize_unit(self) -> Result<(), EncodeError> {
        self.out.push(UNDEFINED);
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), EncodeError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), EncodeError> {
        self.serialize_str(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        if name == ISOLATE_NEWTYPE {
            self.out.extend_from_slice(&[HOST_OBJECT, TAG_ACTOR as u8]);
            return value.serialize(Only(Address(self.out)));
        }
        if name == SHARED_BYTES_NEWTYPE
            && let Some(shared) = SharedBytes::take_handed()
        {
            self.out.push(TRANSFERRED_ARRAY_BUFFER);
            write::varint32(self.out, self.shared.len() as u32);
            self.shared.push(Transfer::Immutable(shared));
            return Ok(());
        }
        self.serialize_some(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        self.begin_variant(variant)?;
        value.serialize(&mut *self)?;
        self.end_variant();
        Ok(())
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Elements<'a, 'o>, EncodeError> {
        Elements::begin(self, length, false)
    }

    fn serialize_tuple(self, length: usize) -> Result<Elements<'a, 'o>, EncodeError> {
        Elements::begin(self, Some(length), false)
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        length: usize,
    ) -> Result<Elements<'a, 'o>, EncodeError> {
        Elements::begin(self, Some(length), false)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Elements<'a, 'o>, EncodeError> {
        self.begin_variant(variant)?;
        Elements::begin(self, Some(length), true)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Entries<'a, 'o>, EncodeError> {
        let entries = Entries::begin(self, Kind::Undecided, false)?;
        Ok(match length {
            Some(_) => entries,
            // What is put together from parts, as a struct with flattened fields is.
            None => entries.with_keys_checked(),
        })
    }

    fn serialize_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Entries<'a, 'o>, EncodeError> {
        Entries::begin(self, Kind::Object, false)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Entries<'a, 'o>, EncodeError> {
        self.begin_variant(variant)?;
        Entries::begin(self, Kind::Object, true)
    }
}

/// The one integer of an address, as V8's `WriteUint64` writes it.
struct Address<'o>(&'o mut Vec<u8>);

impl Takes for Address<'_> {
    type Error = EncodeError;

    fn refused() -> EncodeError {
        ser::Error::custom("an address is an integer")
    }

    fn integer(self, value: u64) -> Result<(), EncodeError> {
        write::varint64(self.0, value);
        Ok(())
    }
}
