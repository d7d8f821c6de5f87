//! The lowest layer of reading: numbers and strings at a place in a slice.

use std::borrow::Cow;

use super::tags::*;
use crate::error::{DecodeError, DecodeErrorKind};

/// A string as it lies in the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Str<'a> {
    /// Latin-1.
    OneByte(&'a [u8]),
    /// UTF-16, little-endian, of even length; may hold lone surrogates.
    TwoByte(&'a [u8]),
    /// UTF-8 that nobody has checked.
    Utf8(&'a [u8]),
}

impl<'a> Str<'a> {
    /// As Rust text. Lone surrogates and bad UTF-8 become U+FFFD.
    pub(crate) fn text(self) -> Cow<'a, str> {
        match self {
            Self::OneByte(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) if text.is_ascii() => Cow::Borrowed(text),
                _ => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
            },
            Self::TwoByte(bytes) => Cow::Owned(
                char::decode_utf16(units(bytes))
                    .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect(),
            ),
            Self::Utf8(bytes) => String::from_utf8_lossy(bytes),
        }
    }

    /// How many bytes it takes in the input.
    pub(crate) fn byte_len(self) -> usize {
        match self {
            Self::OneByte(bytes) | Self::TwoByte(bytes) | Self::Utf8(bytes) => bytes.len(),
        }
    }
}

/// The UTF-16 units of little-endian bytes.
pub(crate) fn units(bytes: &[u8]) -> impl ExactSizeIterator<Item = u16> + Clone + '_ {
    bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
}

/// A BigInt as it lies in the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BigIntRef<'a> {
    pub(crate) negative: bool,
    /// Magnitude, little-endian.
    pub(crate) digits: &'a [u8],
}

/// A place in a slice; every read checks what is left.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    pub(crate) pos: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, pos: 0 }
    }

    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    #[inline]
    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len().saturating_sub(self.pos)
    }

    #[cold]
    fn truncated(&self, wanted: u64) -> DecodeError {
        let missing = wanted.saturating_sub(self.remaining() as u64);
        DecodeError::new(self.pos, DecodeErrorKind::Truncated { missing })
    }

    /// The error for byte `found`, just read, where `wanted` should be.
    #[cold]
    pub(crate) fn unexpected(&self, found: u8, wanted: &'static str) -> DecodeError {
        let kind = DecodeErrorKind::Tag {
            found,
            wanted: wanted.into(),
        };
        DecodeError::new(self.pos.saturating_sub(1), kind)
    }

    /// The version at the start: 15 or 16.
    #[inline]
    pub(crate) fn header(&mut self) -> Result<u32, DecodeError> {
        let start = self.pos;
        let version = match self.byte()? {
            VERSION => self.varint32()?,
            // Before version 1 there was no header, and V8's legacy paths would be taken.
            _ => 0,
        };
        if (OLDEST_VERSION..=LATEST_VERSION).contains(&version) {
            return Ok(version);
        }
        let kind = DecodeErrorKind::Version {
            what: "structured clone format".into(),
            found: version,
            read: "15 and 16".into(),
        };
        Err(DecodeError::new(start, kind))
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8, DecodeError> {
        match self.bytes.get(self.pos) {
            Some(byte) => {
                self.pos += 1;
                Ok(*byte)
            }
            None => Err(self.truncated(1)),
        }
    }

    /// Skips padding and tells the next tag without taking it.
    #[inline]
    pub(crate) fn peek_tag(&mut self) -> Option<u8> {
        while let Some(byte) = self.bytes.get(self.pos) {
            if *byte != PADDING {
                return Some(*byte);
            }
            self.pos += 1;
        }
        None
    }

    /// The next tag, past padding.
    #[inline]
    pub(crate) fn tag(&mut self) -> Result<u8, DecodeError> {
        match self.peek_tag() {
            Some(tag) => {
                self.pos += 1;
                Ok(tag)
            }
            None => Err(self.truncated(1)),
        }
    }

    #[inline]
    pub(crate) fn raw(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        match self
            .pos
            .checked_add(length)
            .and_then(|end| self.bytes.get(self.pos..end))
        {
            Some(slice) => {
                self.pos += length;
                Ok(slice)
            }
            None => Err(self.truncated(length as u64)),
        }
    }

    /// V8 drops the bits that do not fit and reads on; no writer makes such numbers, so they are
    /// refused here.
    #[inline]
    pub(crate) fn varint32(&mut self) -> Result<u32, DecodeError> {
        match self.bytes.get(self.pos) {
            Some(byte) if *byte < 0x80 => {
                self.pos += 1;
                Ok(u32::from(*byte))
            }
            _ => {
                let start = self.pos;
                let wide = self.varint_loop(5, 32)?;
                u32::try_from(wide)
                    .map_err(|_| DecodeError::new(start, DecodeErrorKind::Varint { bits: 32 }))
            }
        }
    }

    #[inline]
    pub(crate) fn varint64(&mut self) -> Result<u64, DecodeError> {
        self.varint_loop(10, 64)
    }

    fn varint_loop(&mut self, longest: u32, bits: u32) -> Result<u64, DecodeError> {
        let start = self.pos;
        let mut value = 0_u64;
        for place in 0..longest {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7F);
            let shifted = part << (7 * place);
            if shifted >> (7 * place) != part {
                break;
            }
            value |= shifted;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(DecodeError::new(start, DecodeErrorKind::Varint { bits }))
    }

    /// A size: 64 bits on the wire since version 16, 32 before, which reads the same.
    #[inline]
    pub(crate) fn size(&mut self) -> Result<u64, DecodeError> {
        self.varint64()
    }

    #[inline]
    pub(crate) fn zigzag(&mut self) -> Result<i32, DecodeError> {
        let raw = self.varint32()?;
        Ok((raw >> 1) as i32 ^ -((raw & 1) as i32))
    }

    #[inline]
    pub(crate) fn double(&mut self) -> Result<f64, DecodeError> {
        match self
            .bytes
            .get(self.pos..)
            .and_then(<[u8]>::first_chunk::<8>)
        {
            Some(chunk) => {
                self.pos += 8;
                Ok(f64::from_le_bytes(*chunk))
            }
            None => Err(self.truncated(8)),
        }
    }

    /// `length` bytes, where the length came from the wire and may exceed the address space.
    fn sized(&mut self, length: u64) -> Result<&'a [u8], DecodeError> {
        self.raw(usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// Length and contents of an ArrayBuffer that does not resize.
    pub(crate) fn buffer(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.size()?;
        self.sized(length)
    }

    /// Contents and maximum of a resizable ArrayBuffer.
    pub(crate) fn resizable(&mut self) -> Result<(&'a [u8], u64), DecodeError> {
        let start = self.pos;
        let length = self.size()?;
        let max = self.size()?;
        if length > max || max > MAX_BUFFER_BYTES {
            return Err(DecodeError::malformed(
                start,
                "resizable buffer beyond its maximum",
            ));
        }
        Ok((self.sized(length)?, max))
    }

    /// A BigInt's bitfield and digits.
    pub(crate) fn bigint(&mut self) -> Result<BigIntRef<'a>, DecodeError> {
        let start = self.pos;
        let bitfield = self.varint32()?;
        let length = u64::from(bitfield >> 1 & 0x3FFF_FFFF);
        let negative = bitfield & 1 == 1;
        if bitfield >> 31 != 0 || (negative && length == 0) {
            return Err(DecodeError::malformed(start, "impossible BigInt"));
        }
        if length > MAX_BIGINT_BYTES {
            return Err(DecodeError::limit(
                start,
                "bytes of a BigInt",
                length,
                MAX_BIGINT_BYTES,
            ));
        }
        Ok(BigIntRef {
            negative,
            digits: self.sized(length)?,
        })
    }

    /// The body of a string whose tag was `tag`; `None` when that is no string's.
    #[inline]
    pub(crate) fn string_body(&mut self, tag: u8) -> Result<Option<Str<'a>>, DecodeError> {
        let start = self.pos;
        let string = match tag {
            ONE_BYTE_STRING => {
                let length = self.varint32()?;
                Str::OneByte(self.raw(length as usize)?)
            }
            TWO_BYTE_STRING => {
                let length = self.varint32()?;
                if length % 2 != 0 {
                    return Err(DecodeError::malformed(
                        start,
                        "two-byte string of odd length",
                    ));
                }
                Str::TwoByte(self.raw(length as usize)?)
            }
            UTF8_STRING => {
                let length = self.varint32()?;
                Str::Utf8(self.raw(length as usize)?)
            }
            _ => return Ok(None),
        };
        Ok(Some(string))
    }

    /// A whole string: tag and body.
    pub(crate) fn string(&mut self) -> Result<Str<'a>, DecodeError> {
        let tag = self.value_tag()?;
        match self.string_body(tag)? {
            Some(string) => Ok(string),
            None => Err(self.unexpected(tag, "a string")),
        }
    }

    /// The tag of a value, past padding and ignored counts.
    #[inline]
    pub(crate) fn value_tag(&mut self) -> Result<u8, DecodeError> {
        loop {
            let tag = self.tag()?;
            if tag != OBJECT_COUNT {
                return Ok(tag);
            }
            self.varint32()?;
        }
    }

    /// A count at the end of a container, compared with what was there.
    #[inline]
    pub(crate) fn count(&mut self, what: &'static str, found: u64) -> Result<(), DecodeError> {
        let start = self.pos;
        let declared = u64::from(self.varint32()?);
        if found == declared {
            return Ok(());
        }
        Err(DecodeError::new(
            start,
            DecodeErrorKind::Count {
                what: what.into(),
                found,
                declared,
            },
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_that_do_not_fit_are_refused() {
        let read = |bytes: &[u8]| Cursor::new(bytes).varint32();
        assert_eq!(read(&[0xFF, 0xFF, 0xFF, 0xFF, 0x0F]).unwrap(), u32::MAX);
        assert!(read(&[0xFF, 0xFF, 0xFF, 0xFF, 0x10]).is_err());
        assert!(read(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x00]).is_err());
        assert!(read(&[0x80]).is_err());
        let wide = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01];
        assert_eq!(Cursor::new(&wide).varint64().unwrap(), u64::MAX);
        let over = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02];
        assert!(Cursor::new(&over).varint64().is_err());
    }

    #[test]
    fn a_length_beyond_the_input_allocates_nothing() {
        let error = Cursor::new(&[0xFF, 0xFF, 0xFF, 0xFF, 0x0F])
            .buffer()
            .unwrap_err();
        assert_eq!(
            error.kind(),
            &DecodeErrorKind::Truncated {
                missing: u64::from(u32::MAX)
            }
        );
    }

    #[test]
    fn strings_of_all_encodings_become_text() {
        assert_eq!(Str::OneByte(b"caf\xE9").text(), "café");
        assert_eq!(Str::TwoByte(&[0xAC, 0x20, 0x00, 0xD8]).text(), "€\u{FFFD}");
        assert_eq!(Str::Utf8("é".as_bytes()).text(), "é");
        // Latin-1 that happens to be valid UTF-8.
        assert_eq!(Str::OneByte("é".as_bytes()).text(), "Ã©");
    }
}
