//! Blobs, Files and FormData: a Blob is its bytes or a map of what it has, a FormData its entries.

use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::number::{Number, Wanted};
use super::reader::{Deserializer, visit_text};
use super::thrown::Text;
use super::viewed::Viewed;
use crate::error::{DecodeError, DecodeErrorKind};
use crate::value::Transfer;
use crate::value::cursor::Str;
use crate::value::document::ViewKind;
use crate::value::host::{BlobRef, FileRef, FormDataRef, FormValueRef, HostRef};

/// A Blob with its bytes, and what it has besides as a File.
#[derive(Clone, Copy)]
pub(super) struct Contents<'de> {
    media_type: Str<'de>,
    bytes: &'de [u8],
    file: Option<(Str<'de>, f64)>,
    at: usize,
}

impl<'de> Deserializer<'de> {
    /// The same bytes may be meant by any number of Blobs: what is read of a buffer beyond its length counts as read
    /// again.
    fn contents(
        &mut self,
        blob: BlobRef<'de>,
        file: Option<(Str<'de>, f64)>,
    ) -> Result<Contents<'de>, DecodeError> {
        let at = self.cursor.pos;
        self.charge(blob.size)?;
        let buffer = match self.transfers.get(blob.index as usize) {
            Some(Transfer::Immutable(shared)) => shared.bytes(),
            _ => {
                let kind = DecodeErrorKind::Beside {
                    what: "Blob's buffer".into(),
                    id: blob.index,
                    known: self.transfers.len() as u32,
                };
                return Err(DecodeError::new(at, kind));
            }
        };
        match blob.slice(buffer) {
            Some(bytes) => Ok(Contents {
                media_type: blob.media_type,
                bytes,
                file,
                at,
            }),
            None => Err(DecodeError::malformed(at, "a Blob beyond its buffer")),
        }
    }

    fn file(&mut self, file: FileRef<'de>) -> Result<Contents<'de>, DecodeError> {
        self.contents(file.blob, Some((file.name, file.last_modified)))
    }

    /// The Blob or File that `host` is, if it is one.
    pub(super) fn blob(
        &mut self,
        host: HostRef<'de>,
    ) -> Result<Option<Contents<'de>>, DecodeError> {
        match host {
            HostRef::Blob(blob) => self.contents(blob, None).map(Some),
            HostRef::File(file) => self.file(file).map(Some),
            _ => Ok(None),
        }
    }

    /// A form as pairs, or as a map, in which a name may come twice.
    pub(super) fn form<V: Visitor<'de>>(
        &mut self,
        form: FormDataRef<'de>,
        as_map: bool,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let mut entries = Vec::new();
        for (name, value) in form.entries() {
            entries.push((
                name,
                match value {
                    FormValueRef::Text(text) => FormPart::Text(text),
                    FormValueRef::File(file) => FormPart::File(self.file(file)?),
                },
            ));
        }
        let mut entries = Form {
            entries: entries.into_iter(),
            value: None,
        };
        match as_map {
            true => visitor.visit_map(&mut entries),
            false => visitor.visit_seq(&mut entries),
        }
    }
}

impl<'de> Contents<'de> {
    /// As a sequence of bytes.
    pub(super) fn elements(self) -> Viewed<'de> {
        Viewed::new(self.bytes, ViewKind::Uint8)
    }

    pub(super) fn bytes(self) -> &'de [u8] {
        self.bytes
    }

    pub(super) fn visit_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_map(Parts {
            contents: self,
            next: 0,
        })
    }
}

/// What a Blob has, by name.
struct Parts<'de> {
    contents: Contents<'de>,
    next: usize,
}

const PARTS: [&str; 4] = ["type", "bytes", "name", "lastModified"];

impl<'de> MapAccess<'de> for Parts<'de> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DecodeError> {
        let known = if self.contents.file.is_some() { 4 } else { 2 };
        let Some(name) = PARTS.get(self.next).filter(|_| self.next < known) else {
            return Ok(None);
        };
        self.next += 1;
        seed.deserialize((*name).into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DecodeError> {
        let Contents {
            media_type, file, ..
        } = self.contents;
        let (name, time) = file.unwrap_or((Str::OneByte(b""), 0.0));
        match self.next {
            1 => seed.deserialize(Text(media_type)),
            2 => seed.deserialize(FormPart::Bytes(self.contents)),
            3 => seed.deserialize(Text(name)),
            _ => seed.deserialize(FormPart::Number(time)),
        }
    }
}

/// The entries of a form that are still to come.
struct Form<'de> {
    entries: std::vec::IntoIter<(Str<'de>, FormPart<'de>)>,
    value: Option<FormPart<'de>>,
}

impl<'de> MapAccess<'de> for &mut Form<'de> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DecodeError> {
        let Some((name, value)) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        seed.deserialize(Text(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DecodeError> {
        match self.value.take() {
            Some(value) => seed.deserialize(value),
            None => Err(DecodeError::malformed(0, "a value without a key")),
        }
    }
}

impl<'de> SeqAccess<'de> for &mut Form<'de> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        let Some((name, value)) = self.entries.next() else {
            return Ok(None);
        };
        let pair = [FormPart::Text(name), value];
        let pair = de::value::SeqDeserializer::new(pair.into_iter());
        seed.deserialize(pair).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// A part of a Blob or of a form's entry.
enum FormPart<'de> {
    Text(Str<'de>),
    Number(f64),
    File(Contents<'de>),
    Bytes(Contents<'de>),
}

impl<'de> IntoDeserializer<'de, DecodeError> for FormPart<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> FormPart<'de> {
    fn bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self {
            Self::File(contents) | Self::Bytes(contents) => {
                visitor.visit_borrowed_bytes(contents.bytes)
            }
            other => de::Deserializer::deserialize_any(other, visitor),
        }
    }

    fn elements<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self {
            Self::File(contents) | Self::Bytes(contents) => {
                contents.elements().visit(contents.at, visitor)
            }
            other => de::Deserializer::deserialize_any(other, visitor),
        }
    }
}

impl<'de> de::Deserializer<'de> for FormPart<'de> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self {
            Self::Text(text) => visit_text(text, visitor),
            Self::Number(number) => Number::Double(number).visit(Wanted::Any, visitor),
            Self::File(contents) => contents.visit_map(visitor),
            Self::Bytes(contents) => contents.elements().visit(contents.at, visitor),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.bytes(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.bytes(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.elements(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.elements(visitor)
    }

    held_as_it_is!();

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self {
            Self::Text(text) => Text(text).deserialize_enum(name, variants, visitor),
            other => other.deserialize_any(visitor),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string unit unit_struct
        tuple_struct map struct identifier ignored_any
    }
}
