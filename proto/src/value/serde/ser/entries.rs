//! Objects and `Map`s in the making.

use std::collections::HashSet;

use serde::ser::{self, Serialize};

use super::super::keys::{StringKey, sort_indices};
use super::super::only::Only;
use super::Serializer;
use crate::error::{EncodeError, EncodeErrorKind};
use crate::value::tags::*;
use crate::value::write;

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// A map of which no key has been seen.
    Undecided,
    Object,
    Map,
}

/// An object or a `Map` in the making.
pub(in crate::value::serde) struct Entries<'a, 'o> {
    ser: &'a mut Serializer<'o>,
    kind: Kind,
    /// Where the first entry begins.
    start: usize,
    count: u32,
    /// Where each entry from the first array index on begins, and which index it is. V8 puts those
    /// first; few objects have any.
    indices: Vec<(usize, Option<u32>)>,
    /// The keys of an object so far, where one may come twice: no object has a property twice.
    keys: Option<HashSet<Box<str>>>,
    variant: bool,
}

impl<'a, 'o> Entries<'a, 'o> {
    #[inline]
    pub(super) fn begin(
        ser: &'a mut Serializer<'o>,
        kind: Kind,
        variant: bool,
    ) -> Result<Self, EncodeError> {
        ser.enter()?;
        ser.out.push(BEGIN_OBJECT);
        let start = ser.out.len();
        Ok(Self {
            ser,
            kind,
            start,
            count: 0,
            indices: Vec::new(),
            keys: None,
            variant,
        })
    }

    /// Refuses a string key that comes twice.
    pub(super) fn with_keys_checked(mut self) -> Self {
        self.keys = Some(HashSet::new());
        self
    }

    #[inline]
    fn string_key(&mut self, key: &str) -> Result<(), EncodeError> {
        if let Some(keys) = &mut self.keys
            && !keys.insert(key.into())
        {
            let kind = EncodeErrorKind::KeyTwice(key.to_owned());
            return Err(EncodeError::new(self.ser.out.len(), kind));
        }
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
            let is_string = key.serialize(Only(StringKey(&mut |key: &str| {
                text = Some(self.string_key(key))
            })));
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
            sort_indices(self.ser.out, self.start, &self.indices)?;
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
