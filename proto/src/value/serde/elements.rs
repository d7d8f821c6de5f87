//! The elements of arrays and sets, and the pairs of maps, one at a time.

use serde::de::{self, DeserializeSeed, IntoDeserializer, SeqAccess, Visitor};

use super::reader::{Deserializer, seeded};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::value::tags::*;

/// How the elements lie in the bytes.
#[derive(Clone, Copy)]
enum Layout {
    /// Elements, `left` of them unread.
    Dense { left: u32 },
    /// Indices with elements; `pending` is an index whose element comes next.
    Sparse { index: u32, pending: Option<u32> },
    /// Until the end tag.
    Set,
    /// Pairs until the end tag.
    Map,
}

/// The elements of an array or `Set`, or the pairs of a `Map`.
pub(super) struct Elements<'a, 'de> {
    de: &'a mut Deserializer<'de>,
    layout: Layout,
    length: u32,
    /// Elements given.
    given: u64,
    /// Properties read, of a sparse array also elements.
    properties: u64,
    ended: bool,
}

impl<'a, 'de> Elements<'a, 'de> {
    /// Of the container whose `tag` has been read.
    #[inline]
    pub(super) fn begin(de: &'a mut Deserializer<'de>, tag: u8) -> Result<Self, DecodeError> {
        let mut length = 0;
        let layout = match tag {
            BEGIN_SET => Layout::Set,
            BEGIN_MAP => Layout::Map,
            _ => {
                length = de.cursor.varint32()?;
                match tag {
                    BEGIN_DENSE => Layout::Dense { left: length },
                    _ => {
                        // A hole takes no byte: this keeps a short input from becoming a long
                        // list, and says so before the list is begun.
                        let present = de.cursor.remaining() as u64;
                        de.charge(u64::from(length).saturating_sub(present))?;
                        Layout::Sparse {
                            index: 0,
                            pending: None,
                        }
                    }
                }
            }
        };
        Ok(Self {
            de,
            layout,
            length,
            given: 0,
            properties: 0,
            ended: false,
        })
    }

    fn end_tag(&self) -> u8 {
        match self.layout {
            Layout::Dense { .. } => END_DENSE,
            Layout::Sparse { .. } => END_SPARSE,
            Layout::Set => END_SET,
            Layout::Map => END_MAP,
        }
    }

    /// Whether the end tag is next; takes it, and checks its counts.
    fn at_end(&mut self) -> Result<bool, DecodeError> {
        let cursor = &mut self.de.cursor;
        if self.ended || cursor.peek_tag() != Some(self.end_tag()) {
            return Ok(self.ended);
        }
        self.de.cursor.pos += 1;
        self.ended = true;
        let cursor = &mut self.de.cursor;
        match self.layout {
            Layout::Set => cursor.count("members", self.given)?,
            Layout::Map => cursor.count("keys and values", 2 * self.given)?,
            Layout::Dense { .. } | Layout::Sparse { .. } => {
                cursor.count("properties", self.properties)?;
                cursor.count("elements", u64::from(self.length))?;
            }
        }
        Ok(true)
    }

    /// After the visitor: nothing may be left but properties that are no elements.
    #[inline]
    pub(super) fn finish(mut self) -> Result<(), DecodeError> {
        let at = self.de.cursor.pos;
        let left = match self.layout {
            Layout::Dense { left } => left > 0,
            Layout::Sparse { index, .. } => index < self.length,
            Layout::Set | Layout::Map => !self.at_end()?,
        };
        if left {
            let kind = DecodeErrorKind::Type {
                found: "more elements".into(),
                wanted: format!("{} of them", self.given).into(),
            };
            return Err(DecodeError::new(at, kind));
        }
        while !self.at_end()? {
            self.de.skip()?;
            self.de.skip()?;
            self.properties += 1;
        }
        Ok(())
    }

    fn element<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, DecodeError> {
        let place = self.given;
        self.given += 1;
        seeded(self.de, seed, || format!("[{place}]"))
    }

    /// The next key of a sparse array that is an index, past those that are not.
    fn sparse_index(&mut self, index: u32) -> Result<Option<u32>, DecodeError> {
        while !self.at_end()? {
            let at = self.de.cursor.pos;
            let tag = self.de.cursor.value_tag()?;
            let key = match tag {
                INT32 => u32::try_from(self.de.cursor.zigzag()?).ok(),
                UINT32 => Some(self.de.cursor.varint32()?),
                DOUBLE => {
                    let key = self.de.cursor.double()?;
                    Some(key as u32).filter(|index| f64::from(*index) == key)
                }
                _ => {
                    self.de.cursor.pos = at;
                    self.de.skip()?;
                    None
                }
            };
            self.properties += 1;
            match key {
                Some(key) if key < index || key >= self.length => {
                    return Err(DecodeError::malformed(
                        at,
                        "indices of a sparse array in disorder",
                    ));
                }
                Some(key) => return Ok(Some(key)),
                None => self.de.skip()?,
            }
        }
        Ok(None)
    }
}

impl<'de> SeqAccess<'de> for &mut Elements<'_, 'de> {
    type Error = DecodeError;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        match self.layout {
            Layout::Dense { left: 0 } => Ok(None),
            Layout::Dense { left } => {
                self.layout = Layout::Dense { left: left - 1 };
                self.element(seed).map(Some)
            }
            Layout::Sparse { index, pending } => {
                if index >= self.length {
                    return Ok(None);
                }
                let pending = match pending {
                    None => self.sparse_index(index)?,
                    some => some,
                };
                let here = pending == Some(index);
                let pending = pending.filter(|_| !here);
                self.layout = Layout::Sparse {
                    index: index + 1,
                    pending,
                };
                if here {
                    return self.element(seed).map(Some);
                }
                self.given += 1;
                seed.deserialize(().into_deserializer()).map(Some)
            }
            Layout::Set => {
                if self.at_end()? {
                    return Ok(None);
                }
                self.element(seed).map(Some)
            }
            Layout::Map => {
                if self.at_end()? {
                    return Ok(None);
                }
                self.given += 1;
                seed.deserialize(Pair(self.de)).map(Some)
            }
        }
    }

    fn size_hint(&self) -> Option<usize> {
        match self.layout {
            // Each element takes a byte at least.
            Layout::Dense { left } => Some((left as usize).min(self.de.cursor.remaining())),
            Layout::Sparse { .. } | Layout::Set | Layout::Map => None,
        }
    }
}

/// One entry of a `Map`, as a tuple.
struct Pair<'a, 'de>(&'a mut Deserializer<'de>);

impl<'de> de::Deserializer<'de> for Pair<'_, 'de> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let at = self.0.cursor.pos;
        let mut access = PairAccess {
            de: self.0,
            given: 0,
        };
        let pair = visitor
            .visit_seq(&mut access)
            .map_err(|error| error.located(at))?;
        match access.given {
            2 => Ok(pair),
            _ => Err(DecodeError::malformed(at, "an entry of a Map is a pair")),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

struct PairAccess<'a, 'de> {
    de: &'a mut Deserializer<'de>,
    given: u32,
}

impl<'de> SeqAccess<'de> for &mut PairAccess<'_, 'de> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        if self.given == 2 {
            return Ok(None);
        }
        self.given += 1;
        seed.deserialize(&mut *self.de).map(Some)
    }
}

/// An array, set or sparse array of bytes as bytes.
pub(super) fn collect_bytes(mut elements: Elements<'_, '_>) -> Result<Vec<u8>, DecodeError> {
    let mut bytes = Vec::new();
    let mut access = &mut elements;
    while let Some(byte) = access.next_element()? {
        bytes.push(byte);
    }
    elements.finish()?;
    Ok(bytes)
}
