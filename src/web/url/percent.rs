//! <https://url.spec.whatwg.org/#percent-encoded-bytes>

use std::borrow::Cow;

/// A percent-encode set, as the bit that its members have in `SETS`.
#[derive(Clone, Copy)]
pub(super) struct Set(u8);

pub(super) const C0_CONTROL: Set = Set(1);
pub(super) const FRAGMENT: Set = Set(2);
pub(super) const QUERY: Set = Set(4);
pub(super) const SPECIAL_QUERY: Set = Set(8);
pub(super) const PATH: Set = Set(16);
pub(super) const USERINFO: Set = Set(32);
/// What is no letter, digit, or one of `*-._`.
pub(super) const URLENCODED: Set = Set(64);

static SETS: [u8; 256] = sets();

const fn contains(text: &[u8], byte: u8) -> bool {
    let mut i = 0;
    while i < text.len() {
        if text[i] == byte {
            return true;
        }
        i += 1;
    }
    false
}

const fn sets() -> [u8; 256] {
    let mut sets = [0; 256];
    let mut i = 0;
    while i < 256 {
        let byte = i as u8;
        let c0 = byte <= 0x1f || byte > 0x7e;
        let query = c0 || contains(b" \"#<>", byte);
        let path = query || contains(b"?^`{}", byte);
        let mut bits = 0;
        if c0 {
            bits |= C0_CONTROL.0;
        }
        if c0 || contains(b" \"<>`", byte) {
            bits |= FRAGMENT.0;
        }
        if query {
            bits |= QUERY.0;
        }
        if query || byte == b'\'' {
            bits |= SPECIAL_QUERY.0;
        }
        if path {
            bits |= PATH.0;
        }
        if path || contains(b"/:;=@[\\]|", byte) {
            bits |= USERINFO.0;
        }
        if !byte.is_ascii_alphanumeric() && !contains(b"*-._", byte) {
            bits |= URLENCODED.0;
        }
        sets[i] = bits;
        i += 1;
    }
    sets
}

impl Set {
    #[inline]
    pub(super) fn has(self, byte: u8) -> bool {
        SETS[usize::from(byte)] & self.0 != 0
    }
}

/// The two digits that a byte is percent-encoded with.
pub(super) fn push_encoded(out: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(DIGITS[usize::from(byte >> 4)]));
    out.push(char::from(DIGITS[usize::from(byte & 15)]));
}

/// <https://url.spec.whatwg.org/#string-utf-8-percent-encode>
pub(super) fn encode(out: &mut String, text: &str, set: Set) {
    let bytes = text.as_bytes();
    let mut start = 0;
    for (i, &byte) in bytes.iter().enumerate() {
        if set.has(byte) {
            // Every byte of a character that is not ASCII is in every set, so what lies between is whole.
            if start < i {
                out.push_str(&text[start..i]);
            }
            push_encoded(out, byte);
            start = i + 1;
        }
    }
    out.push_str(&text[start..]);
}

/// <https://url.spec.whatwg.org/#string-percent-decode>
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = bytes.iter().position(|&byte| byte == b'%') else {
        return Cow::Borrowed(bytes);
    };
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(&bytes[..first]);
    let mut i = first;
    while i < bytes.len() {
        match encoded_byte(&bytes[i..]) {
            Some(byte) => {
                out.push(byte);
                i += 3;
            }
            None => {
                out.push(bytes[i]);
                i += 1;
            }
        }
    }
    Cow::Owned(out)
}

/// The byte that the first three of `bytes` stand for, if they are percent-encoded.
#[inline]
pub(super) fn encoded_byte(bytes: &[u8]) -> Option<u8> {
    match bytes {
        [b'%', high, low, ..] => {
            let high = char::from(*high).to_digit(16)?;
            let low = char::from(*low).to_digit(16)?;
            u8::try_from(high * 16 + low).ok()
        }
        _ => None,
    }
}
