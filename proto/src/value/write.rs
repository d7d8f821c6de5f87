//! The lowest layer of writing: the same bytes that V8's serializer writes.

use super::tags::*;
use crate::error::{EncodeError, EncodeErrorKind};

#[inline]
pub(crate) fn varint32(out: &mut Vec<u8>, value: u32) {
    if value < 0x80 {
        out.push(value as u8);
    } else {
        varint64(out, u64::from(value));
    }
}

pub(crate) fn varint64(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(crate) fn varint_len(value: u64) -> usize {
    let bits = 64 - (value | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

#[inline]
pub(crate) fn zigzag(out: &mut Vec<u8>, value: i32) {
    varint32(out, (value << 1 ^ value >> 31) as u32);
}

pub(crate) fn header(out: &mut Vec<u8>) {
    out.extend_from_slice(&[VERSION, LATEST_VERSION as u8]);
}

#[inline]
pub(crate) fn int32(out: &mut Vec<u8>, value: i32) {
    out.push(INT32);
    zigzag(out, value);
}

pub(crate) fn double(out: &mut Vec<u8>, value: f64) {
    out.push(DOUBLE);
    out.extend_from_slice(&value.to_le_bytes());
}

/// A number as V8 holds it once it has come through `Factory::NewNumber`: a small integer where
/// the value is one (negative zero is not), else a double.
#[inline]
pub(crate) fn number(out: &mut Vec<u8>, value: f64) {
    let truncated = value as i32;
    if f64::from(truncated).to_bits() == value.to_bits() {
        int32(out, truncated);
    } else if value.is_nan() {
        double(out, f64::from_bits(0x7FF8_0000_0000_0000));
    } else {
        double(out, value);
    }
}

pub(crate) fn too_long(out: &[u8], what: &'static str, length: u64, allowed: u64) -> EncodeError {
    EncodeError::new(
        out.len(),
        EncodeErrorKind::TooLong {
            what: what.into(),
            length,
            allowed,
        },
    )
}

/// A 32-bit length of what is about to be written.
pub(crate) fn length32(out: &[u8], what: &'static str, length: usize) -> Result<u32, EncodeError> {
    u32::try_from(length).map_err(|_| too_long(out, what, length as u64, u64::from(u32::MAX)))
}

/// A string from Rust text, with V8's choice of encoding: one byte a character where all are
/// below U+0100, else UTF-16.
#[inline]
pub(crate) fn text(out: &mut Vec<u8>, text: &str) -> Result<(), EncodeError> {
    if text.len() < 0x80 && text.is_ascii() {
        out.extend_from_slice(&[ONE_BYTE_STRING, text.len() as u8]);
        out.extend_from_slice(text.as_bytes());
        return Ok(());
    }
    long_text(out, text)
}

fn long_text(out: &mut Vec<u8>, text: &str) -> Result<(), EncodeError> {
    if text.is_ascii() {
        return one_byte(out, text.as_bytes());
    }
    if text.chars().all(|c| u32::from(c) <= 0xFF) {
        let length = text.chars().count();
        check_units(out, length)?;
        out.push(ONE_BYTE_STRING);
        varint64(out, length as u64);
        out.extend(text.chars().map(|c| c as u8));
        return Ok(());
    }
    let length = text.encode_utf16().count();
    two_byte_head(out, length)?;
    out.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    Ok(())
}

fn check_units(out: &[u8], units: usize) -> Result<(), EncodeError> {
    if units as u64 > MAX_STRING_UNITS {
        return Err(too_long(out, "string", units as u64, MAX_STRING_UNITS));
    }
    Ok(())
}

pub(crate) fn one_byte(out: &mut Vec<u8>, latin1: &[u8]) -> Result<(), EncodeError> {
    check_units(out, latin1.len())?;
    out.push(ONE_BYTE_STRING);
    varint64(out, latin1.len() as u64);
    out.extend_from_slice(latin1);
    Ok(())
}

/// Tag and length of a two-byte string, after the padding that puts its characters at an even
/// offset.
pub(crate) fn two_byte_head(out: &mut Vec<u8>, units: usize) -> Result<(), EncodeError> {
    check_units(out, units)?;
    let byte_length = units as u64 * 2;
    if (out.len() + 1 + varint_len(byte_length)) % 2 == 1 {
        out.push(PADDING);
    }
    out.push(TWO_BYTE_STRING);
    varint64(out, byte_length);
    Ok(())
}

pub(crate) fn two_byte(out: &mut Vec<u8>, units: &[u16]) -> Result<(), EncodeError> {
    two_byte_head(out, units.len())?;
    out.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
    Ok(())
}

/// A BigInt's bitfield and digits: whole 64-bit digits, without leading zeros.
pub(crate) fn bigint_body(out: &mut Vec<u8>, negative: bool, magnitude: u128) {
    let length = (128 - magnitude.leading_zeros() as usize).div_ceil(64) * 8;
    varint32(out, (length as u32) << 1 | u32::from(negative));
    out.extend_from_slice(&magnitude.to_le_bytes()[..length]);
}

pub(crate) fn bigint(out: &mut Vec<u8>, negative: bool, magnitude: u128) {
    out.push(BIGINT);
    bigint_body(out, negative, magnitude);
}

/// The `array index` that a property key is, if it is one: then V8 stores and writes the property
/// as an element, under a number.
#[inline]
pub(crate) fn array_index(key: &str) -> Option<u32> {
    let bytes = key.as_bytes();
    if !bytes.first()?.is_ascii_digit() || bytes.len() > 10 {
        return None;
    }
    if bytes[0] == b'0' && bytes.len() > 1 || !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // 2^32 - 1 is no index: it could not be below any length.
    key.parse().ok().filter(|index| *index != u32::MAX)
}

/// A property key that is an array index.
pub(crate) fn index_key(out: &mut Vec<u8>, index: u32) {
    number(out, f64::from(index));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out);
        out
    }

    #[test]
    fn strings_beyond_v8s_longest_are_refused() {
        let longest = MAX_STRING_UNITS as usize;
        assert!(check_units(&[], longest).is_ok());
        let error = check_units(&[0; 7], longest + 1).unwrap_err();
        assert_eq!(error.offset(), 7);
        let text = error.to_string();
        assert!(
            text.contains("string of 536870889, at most 536870888"),
            "{text}"
        );
    }

    #[test]
    fn numbers_are_written_as_v8_does() {
        assert_eq!(
            written(|out| number(out, 2147483647.0)),
            b"I\xFE\xFF\xFF\xFF\x0F"
        );
        assert_eq!(
            written(|out| number(out, -2147483648.0)),
            b"I\xFF\xFF\xFF\xFF\x0F"
        );
        assert_eq!(
            written(|out| number(out, 2147483648.0)),
            b"N\0\0\0\0\0\0\xE0\x41"
        );
        assert_eq!(written(|out| number(out, -0.0)), b"N\0\0\0\0\0\0\0\x80");
        assert_eq!(
            written(|out| number(out, f64::NAN)),
            b"N\0\0\0\0\0\0\xF8\x7F"
        );
        assert_eq!(written(|out| bigint(out, false, 0)), b"Z\0");
        assert_eq!(
            written(|out| bigint(out, true, 1)),
            b"Z\x11\x01\0\0\0\0\0\0\0"
        );
        assert_eq!(written(|out| bigint(out, false, 1 << 64))[..2], *b"Z\x20");
    }

    #[test]
    fn strings_choose_their_width_and_pad() {
        let one = written(|out| text(out, "é").unwrap());
        assert_eq!(one, b"\"\x01\xE9");
        let even = written(|out| text(out, "€").unwrap());
        assert_eq!(even, b"c\x02\xAC\x20");
        let odd = written(|out| {
            out.push(BEGIN_OBJECT);
            text(out, "€").unwrap();
        });
        assert_eq!(odd, b"o\0c\x02\xAC\x20");
    }

    #[test]
    fn only_canonical_array_indices_count() {
        assert_eq!(array_index("0"), Some(0));
        assert_eq!(array_index("4294967294"), Some(u32::MAX - 1));
        for no in ["", "01", "-1", "4294967295", "99999999999", "1e3", "1a"] {
            assert_eq!(array_index(no), None, "{no}");
        }
    }

    #[test]
    fn varint_lengths_match() {
        for value in [
            0,
            1,
            127,
            128,
            16_383,
            16_384,
            u64::from(u32::MAX),
            u64::MAX,
        ] {
            assert_eq!(written(|out| varint64(out, value)).len(), varint_len(value));
        }
    }
}
