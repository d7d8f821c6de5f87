//! Arrays in the making.

use serde::ser::{self, Serialize};

use super::super::keys::realign;
use super::Serializer;
use crate::error::EncodeError;
use crate::value::tags::*;
use crate::value::write;

/// A dense array in the making.
pub(in crate::value::serde) struct Elements<'a, 'o> {
    ser: &'a mut Serializer<'o>,
    /// Where the length stands, or is to stand.
    start: usize,
    declared: Option<usize>,
    count: usize,
    variant: bool,
}

impl<'a, 'o> Elements<'a, 'o> {
    #[inline]
    pub(super) fn begin(
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
            realign(&elements, self.ser.out)?;
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
