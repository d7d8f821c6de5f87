//! Strings as V8 holds them.

use std::borrow::Cow;

use crate::value::cursor::{Str, units};

/// A JavaScript string as V8 holds it: which of the two encodings is part of the bytes, though
/// JavaScript does not see it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum JsString {
    /// Latin-1, one byte a character.
    OneByte(Box<[u8]>),
    /// UTF-16; may hold lone surrogates.
    TwoByte(Box<[u16]>),
}

impl JsString {
    /// As Rust text; lone surrogates become U+FFFD.
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::OneByte(latin1) => Str::OneByte(latin1).text(),
            Self::TwoByte(units) => Cow::Owned(String::from_utf16_lossy(units)),
        }
    }

    /// Its length as JavaScript sees it.
    pub fn len(&self) -> usize {
        match self {
            Self::OneByte(latin1) => latin1.len(),
            Self::TwoByte(units) => units.len(),
        }
    }

    /// Whether it is the empty string.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl From<&str> for JsString {
    /// The encoding V8 would choose.
    fn from(text: &str) -> Self {
        if text.chars().all(|c| u32::from(c) <= 0xFF) {
            Self::OneByte(text.chars().map(|c| c as u8).collect())
        } else {
            Self::TwoByte(text.encode_utf16().collect())
        }
    }
}

impl From<Str<'_>> for JsString {
    fn from(string: Str<'_>) -> Self {
        match string {
            Str::OneByte(latin1) => Self::OneByte(latin1.into()),
            Str::TwoByte(bytes) => Self::TwoByte(units(bytes).collect()),
            Str::Utf8(bytes) => String::from_utf8_lossy(bytes).as_ref().into(),
        }
    }
}
