//! Blob and File: what they are lies in the value, their bytes lie beside it.

use super::{read_string, write_string};
use crate::error::{DecodeError, EncodeError};
use crate::value::cursor::{Cursor, Str};
use crate::value::document::JsString;
use crate::value::write;

/// The body of a `Blob`.
///
/// The bytes are a part of an immutable buffer in the transfer list
/// ([`Transfer::Immutable`](crate::Transfer::Immutable)), so that isolates of one process share them: a slice of a
/// Blob is another part of the same buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// `type`.
    pub media_type: JsString,
    /// How many bytes there are.
    pub size: u64,
    /// Where in the buffer they begin.
    pub offset: u64,
    /// The buffer's place in the transfer list.
    pub index: u32,
}

impl Blob {
    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        write_string(out, &self.media_type)?;
        write::varint64(out, self.size);
        write::varint64(out, self.offset);
        write::varint32(out, self.index);
        Ok(())
    }
}

/// The body of a `File`.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// What it has as a Blob.
    pub blob: Blob,
    /// `name`.
    pub name: JsString,
    /// `lastModified`: whole milliseconds since 1970.
    pub last_modified: f64,
}

// The number is never NaN where it was read, and one that was made by hand is nobody's key.
impl Eq for File {}

impl File {
    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.blob.write(out)?;
        write_string(out, &self.name)?;
        out.extend_from_slice(&self.last_modified.to_le_bytes());
        Ok(())
    }
}

/// A Blob's body as it lies in the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlobRef<'a> {
    pub(crate) media_type: Str<'a>,
    pub(crate) size: u64,
    pub(crate) offset: u64,
    pub(crate) index: u32,
}

impl<'a> BlobRef<'a> {
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, DecodeError> {
        let media_type = read_string(cursor)?;
        let start = cursor.pos;
        let (size, offset) = (cursor.varint64()?, cursor.varint64()?);
        if size.checked_add(offset).is_none() {
            return Err(DecodeError::malformed(start, "a Blob without an end"));
        }
        Ok(Self {
            media_type,
            size,
            offset,
            index: cursor.varint32()?,
        })
    }

    /// Its part of the buffer that it names.
    pub(crate) fn slice(self, buffer: &[u8]) -> Option<&[u8]> {
        let start = usize::try_from(self.offset).ok()?;
        let end = start.checked_add(usize::try_from(self.size).ok()?)?;
        buffer.get(start..end)
    }
}

impl From<BlobRef<'_>> for Blob {
    fn from(blob: BlobRef<'_>) -> Self {
        Self {
            media_type: blob.media_type.into(),
            size: blob.size,
            offset: blob.offset,
            index: blob.index,
        }
    }
}

/// A File's body as it lies in the bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FileRef<'a> {
    pub(crate) blob: BlobRef<'a>,
    pub(crate) name: Str<'a>,
    pub(crate) last_modified: f64,
}

impl Eq for FileRef<'_> {}

impl<'a> FileRef<'a> {
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, DecodeError> {
        let blob = BlobRef::read(cursor)?;
        let name = read_string(cursor)?;
        let start = cursor.pos;
        let last_modified = cursor.double()?;
        // WebIDL's `long long` is never anything else.
        if last_modified.fract() != 0.0 {
            return Err(DecodeError::malformed(
                start,
                "a File's time that is no whole number",
            ));
        }
        Ok(Self {
            blob,
            name,
            last_modified,
        })
    }
}

impl From<FileRef<'_>> for File {
    fn from(file: FileRef<'_>) -> Self {
        Self {
            blob: file.blob.into(),
            name: file.name.into(),
            last_modified: file.last_modified,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_is_a_part_of_its_buffer() {
        let blob = BlobRef {
            media_type: Str::OneByte(b""),
            size: 2,
            offset: 1,
            index: 0,
        };
        assert_eq!(blob.slice(b"abc"), Some(&b"bc"[..]));
        assert_eq!(blob.slice(b"ab"), None);
        let far = BlobRef {
            offset: u64::MAX - 2,
            ..blob
        };
        assert_eq!(far.slice(b"abc"), None);
    }

    #[test]
    fn impossible_places_and_times_are_refused_where_they_stand() {
        let mut bytes = b"\x00\x00".to_vec();
        write::varint64(&mut bytes, u64::MAX);
        bytes.extend_from_slice(b"\x01\x00");
        let error = BlobRef::read(&mut Cursor::new(&bytes)).unwrap_err();
        assert_eq!(error.offset(), 2);
        assert!(error.to_string().contains("without an end"), "{error}");
        for time in [0.5, f64::NAN, f64::INFINITY] {
            let mut bytes = b"\x00\x00\x00\x00\x00\x00\x00".to_vec();
            bytes.extend_from_slice(&time.to_le_bytes());
            let error = FileRef::read(&mut Cursor::new(&bytes)).unwrap_err();
            assert_eq!(error.offset(), 7, "{time}: {error}");
        }
    }
}
