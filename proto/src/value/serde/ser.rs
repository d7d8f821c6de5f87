//! Writing straight into the buffer.

use serde::ser::{self, Serialize};

use super::MAX_DEPTH;
use super::keys::StringKey;
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
            return value.serialize(super::varint::Varint(self.out));
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

    fn serialize_map(self, _length: Option<usize>) -> Result<Entries<'a, 'o>, EncodeError> {
        Entries::begin(self, Kind::Undecided, false)
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

/// A dense array in the making.
pub(super) struct Elements<'a, 'o> {
    ser: &'a mut Serializer<'o>,
    /// Where the length stands, or is to stand.
    start: usize,
    declared: Option<usize>,
    count: usize,
    variant: bool,
}

impl<'a, 'o> Elements<'a, 'o> {
    #[inline]
    fn begin(
        ser: &'a mut Serializer<'o>,
        declared: Option<usize>,
        variant: bool,
    ) -> Result<Self, EncodeError> {
        ser.enter()?;
        ser.out.push(BEGIN_DENSE);
        let start = ser.out.len();
        if let Some(length) = declared {
            let length = write::length32(ser.out, "array", length)?;
            write::varint32(ser.out, length);
        }
        Ok(Self {
            ser,
            start,
            declared,
            count: 0,
            variant,
        })
    }

    #[inline]
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        self.count += 1;
        value.serialize(&mut *self.ser)
    }

    #[inline]
    fn finish(self) -> Result<(), EncodeError> {
        let length = write::length32(self.ser.out, "array", self.count)?;
        if length > MAX_DENSE_LENGTH {
            let allowed = u64::from(MAX_DENSE_LENGTH);
            return Err(write::too_long(
                self.ser.out,
                "array",
                u64::from(length),
                allowed,
            ));
        }
        if self.declared != Some(self.count) {
            // The length comes first, so what follows it moves, and may need other padding.
            let declared = self.declared.map_or(0, |n| write::varint_len(n as u64));
            let elements = self.ser.out.split_off(self.start + declared);
            self.ser.out.truncate(self.start);
            write::varint32(self.ser.out, length);
            super::keys::realign(&elements, self.ser.out)?;
        }
        self.ser.out.extend_from_slice(&[END_DENSE, 0]);
        write::varint32(self.ser.out, length);
        self.ser.depth -= 1;
        if self.variant {
            self.ser.end_variant();
        }
        Ok(())
    }
}

macro_rules! elements {
    ($($trait:ident :: $method:ident),*) => {$(
        impl ser::$trait for Elements<'_, '_> {
            type Ok = ();
            type Error = EncodeError;
            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
                self.element(value)
            }
            #[inline]
            fn end(self) -> Result<(), EncodeError> {
                self.finish()
            }
        }
    )*};
}

elements!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// A map of which no key has been seen.
    Undecided,
    Object,
    Map,
}

/// An object or a `Map` in the making.
pub(super) struct Entries<'a, 'o> {
    ser: &'a mut Serializer<'o>,
    kind: Kind,
    /// Where the first entry begins.
    start: usize,
    count: u32,
    /// Where each entry from the first array index on begins, and which index it is. V8 puts those
    /// first; few objects have any.
    indices: Vec<(usize, Option<u32>)>,
    variant: bool,
}

impl<'a, 'o> Entries<'a, 'o> {
    #[inline]
    fn begin(ser: &'a mut Serializer<'o>, kind: Kind, variant: bool) -> Result<Self, EncodeError> {
        ser.enter()?;
        ser.out.push(BEGIN_OBJECT);
        let start = ser.out.len();
        Ok(Self {
            ser,
            kind,
            start,
            count: 0,
            indices: Vec::new(),
            variant,
        })
    }

    #[inline]
    fn string_key(&mut self, key: &str) -> Result<(), EncodeError> {
        self.kind = Kind::Object;
        self.count = self.count.saturating_add(1);
        match write::array_index(key) {
            Some(index) => {
                self.indices.push((self.ser.out.len(), Some(index)));
                write::index_key(self.ser.out, index);
                Ok(())
            }
            None => {
                if !self.indices.is_empty() {
                    self.indices.push((self.ser.out.len(), None));
                }
                write::text(self.ser.out, key)
            }
        }
    }

    fn any_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), EncodeError> {
        if self.kind != Kind::Map {
            let mut text = None;
            let is_string = key.serialize(StringKey(&mut |key: &str| {
                text = Some(self.string_key(key))
            }));
            if is_string.is_ok() {
                return text.unwrap_or(Ok(()));
            }
            if self.kind == Kind::Object {
                return Err(EncodeError::new(
                    self.ser.out.len(),
                    EncodeErrorKind::MixedKeys,
                ));
            }
            self.kind = Kind::Map;
            self.ser.out[self.start - 1] = BEGIN_MAP;
        }
        self.count = self.count.saturating_add(1);
        key.serialize(&mut *self.ser)
    }

    #[inline]
    fn finish(self) -> Result<(), EncodeError> {
        if !self.indices.is_empty() {
            super::keys::sort_indices(self.ser.out, self.start, &self.indices)?;
        }
        if self.kind == Kind::Map {
            self.ser.out.push(END_MAP);
            write::varint32(self.ser.out, self.count.saturating_mul(2));
        } else {
            self.ser.out.push(END_OBJECT);
            write::varint32(self.ser.out, self.count);
        }
        self.ser.depth -= 1;
        if self.variant {
            self.ser.end_variant();
        }
        Ok(())
    }
}

impl ser::SerializeMap for Entries<'_, '_> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), EncodeError> {
        self.any_key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        value.serialize(&mut *self.ser)
    }

    fn end(self) -> Result<(), EncodeError> {
        self.finish()
    }
}

macro_rules! fields {
    ($($trait:ident),*) => {$(
        impl ser::$trait for Entries<'_, '_> {
            type Ok = ();
            type Error = EncodeError;
            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), EncodeError> {
                self.string_key(key)?;
                value.serialize(&mut *self.ser)
            }
            #[inline]
            fn end(self) -> Result<(), EncodeError> {
                self.finish()
            }
        }
    )*};
}

fields!(SerializeStruct, SerializeStructVariant);
