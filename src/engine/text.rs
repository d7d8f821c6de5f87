//! UTF-8 from strings and strings from UTF-8 (encoding.spec.whatwg.org/#utf-8), by the vector code that is part of V8's
//! library. Strings without a character above U+00FF come out with one byte for each.

use encoding_rs::mem;
use v8::simdutf::{self, Base64Options, ErrorCode};

use super::buffer;
use super::long_string::{self, LONG};

/// Why there is no string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoString {
    /// The bytes are not of the encoding.
    Malformed,
    /// It would be longer than V8 allows, or there is no memory.
    TooLong,
}

/// A string of these characters up to U+00FF.
pub(super) fn one_byte<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    text: &[u8],
) -> Result<v8::Local<'s, v8::String>, NoString> {
    if text.is_empty() {
        return Ok(v8::String::empty(scope));
    }
    if text.len() >= LONG {
        let copied = long_string::make(scope, text.len(), |_, output: &mut [u8]| {
            output.copy_from_slice(text);
            Ok(text.len())
        });
        if let Ok(string) = copied {
            return string;
        }
    }
    v8::String::new_from_one_byte(scope, text, v8::NewStringType::Normal).ok_or(NoString::TooLong)
}

/// The same of up to `length` characters, which `write` writes and says the number of; it reads none before.
pub(super) fn one_byte_with<'s, 'c>(
    scope: &mut v8::PinScope<'s, 'c>,
    length: usize,
    write: impl FnOnce(&mut v8::PinScope<'s, 'c>, &mut [u8]) -> Result<usize, NoString>,
) -> Result<v8::Local<'s, v8::String>, NoString> {
    let write = match length {
        LONG.. => match long_string::make(scope, length, write) {
            Ok(string) => return string,
            Err(write) => write,
        },
        _ => write,
    };
    let text = written(length, |output| write(scope, output))?;
    one_byte(scope, &text)
}

/// A string of up to `length` code units, which `write` writes and says the number of; it reads none before.
fn two_byte_with<'s, 'c>(
    scope: &mut v8::PinScope<'s, 'c>,
    length: usize,
    write: impl FnOnce(&mut v8::PinScope<'s, 'c>, &mut [u16]) -> Result<usize, NoString>,
) -> Result<v8::Local<'s, v8::String>, NoString> {
    let write = match length {
        LONG.. => match long_string::make(scope, length, write) {
            Ok(string) => return string,
            Err(write) => write,
        },
        _ => write,
    };
    let units = written(length, |output| write(scope, output))?;
    v8::String::new_from_two_byte(scope, &units, v8::NewStringType::Normal).ok_or(NoString::TooLong)
}

/// How many characters the base64 of `length` bytes has.
pub(super) fn base64_length(length: usize) -> usize {
    simdutf::base64_length_from_binary(length, Base64Options::Default)
}

/// Writes the base64 of `bytes`, for which there is room, and says how long it is
/// (infra.spec.whatwg.org/#forgiving-base64-encode).
pub(super) fn write_base64(bytes: &[u8], output: &mut [u8]) -> usize {
    assert!(base64_length(bytes.len()) <= output.len());
    // SAFETY: the output is as long as it is to be.
    unsafe { simdutf::binary_to_base64(bytes, output, Base64Options::Default) }
}

/// The base64 of `bytes`.
pub(super) fn base64<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    bytes: &[u8],
) -> Result<v8::Local<'s, v8::String>, NoString> {
    one_byte_with(scope, base64_length(bytes.len()), |_, output| {
        Ok(write_base64(bytes, output))
    })
}

/// A string of these code units.
pub(super) fn two_byte<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    units: &[u16],
) -> Result<v8::Local<'s, v8::String>, NoString> {
    if mem::is_utf16_latin1(units) {
        return one_byte(scope, &narrowed(units)?);
    }
    v8::String::new_from_two_byte(scope, units, v8::NewStringType::Normal).ok_or(NoString::TooLong)
}

/// Code units up to U+00FF with one byte for each.
pub(super) fn narrowed(units: &[u16]) -> Result<Vec<u8>, NoString> {
    written(units.len(), |output| {
        mem::convert_utf16_to_latin1_lossy(units, output);
        Ok(units.len())
    })
}

/// What `write` writes to memory for `length` elements, of which it says how many it has written; it reads none before.
pub(super) fn written<T: Copy>(
    length: usize,
    write: impl FnOnce(&mut [T]) -> Result<usize, NoString>,
) -> Result<Vec<T>, NoString> {
    let mut memory = Vec::<T>::new();
    memory
        .try_reserve_exact(length)
        .map_err(|_| NoString::TooLong)?;
    // SAFETY: there is room for so many, which are integers: nothing that lies there is no value of theirs.
    let output = unsafe { std::slice::from_raw_parts_mut(memory.as_mut_ptr(), length) };
    let count = write(output)?.min(length);
    // SAFETY: `write` has written these.
    unsafe { memory.set_len(count) };
    Ok(memory)
}

/// The string whose UTF-8 `bytes` are. What is malformed becomes U+FFFD, unless that is `fatal`.
pub(super) fn from_utf8<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    bytes: &[u8],
    fatal: bool,
) -> Result<v8::Local<'s, v8::String>, NoString> {
    if simdutf::validate_ascii(bytes) {
        return one_byte(scope, bytes);
    }
    // Most text has its first character beyond U+00FF soon, and then this costs little.
    let narrow = one_byte_with(scope, bytes.len(), |_, output| {
        // SAFETY: there are no more characters than bytes.
        let converted = unsafe { simdutf::convert_utf8_to_latin1_with_errors(bytes, output) };
        match converted.error {
            ErrorCode::Success => Ok(converted.count),
            _ => Err(NoString::Malformed),
        }
    });
    if narrow.is_ok() {
        return narrow;
    }
    let wide = two_byte_with(scope, bytes.len(), |_, output| {
        // SAFETY: there are no more code units than bytes.
        let converted = unsafe { simdutf::convert_utf8_to_utf16le_with_errors(bytes, output) };
        match converted.error {
            ErrorCode::Success => Ok(converted.count),
            _ => Err(NoString::Malformed),
        }
    });
    match wide {
        Err(NoString::Malformed) if !fatal => lossy(scope, bytes),
        wide => wide,
    }
}

/// The same with U+FFFD for what is malformed.
fn lossy<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    bytes: &[u8],
) -> Result<v8::Local<'s, v8::String>, NoString> {
    let mut decoder = encoding_rs::UTF_8.new_decoder_without_bom_handling();
    let length = decoder
        .max_utf16_buffer_length(bytes.len())
        .ok_or(NoString::TooLong)?;
    let units = written(length, |output| {
        Ok(decoder.decode_to_utf16(bytes, output, true).2)
    })?;
    two_byte(scope, &units)
}

/// How many bytes at the end of `bytes` begin a character that is not complete.
pub(super) fn unfinished(bytes: &[u8]) -> usize {
    for (index, &lead) in bytes.iter().rev().take(3).enumerate() {
        let have = index + 1;
        let (need, second) = match lead {
            0x80..=0xBF => continue,
            0xC2..=0xDF => (2, 0x80..=0xBF),
            0xE0 => (3, 0xA0..=0xBF),
            0xED => (3, 0x80..=0x9F),
            0xE1..=0xEF => (3, 0x80..=0xBF),
            0xF0 => (4, 0x90..=0xBF),
            0xF1..=0xF3 => (4, 0x80..=0xBF),
            0xF4 => (4, 0x80..=0x8F),
            _ => return 0,
        };
        let follows = bytes.get(bytes.len() - have + 1);
        let is_begun = have < need && follows.is_none_or(|byte| second.contains(byte));
        return if is_begun { have } else { 0 };
    }
    0
}

/// How `text` is written as UTF-8.
#[derive(Clone, Copy)]
enum Form {
    Ascii,
    Latin1,
    Utf16,
    /// There are surrogates that are not paired.
    Malformed,
}

fn form(scope: &mut v8::Isolate, text: v8::Local<'_, v8::String>) -> (Form, usize) {
    let view = v8::ValueView::new(scope, text);
    match view.data() {
        v8::ValueViewData::OneByte(bytes) => match simdutf::utf8_length_from_latin1(bytes) {
            length if length == bytes.len() => (Form::Ascii, length),
            length => (Form::Latin1, length),
        },
        v8::ValueViewData::TwoByte(units) if simdutf::validate_utf16le(units) => {
            (Form::Utf16, simdutf::utf8_length_from_utf16le(units))
        }
        v8::ValueViewData::TwoByte(_) => (Form::Malformed, 0),
    }
}

/// Writes the UTF-8 of `text`, for which there is room, and says how long it is.
fn write(
    scope: &mut v8::Isolate,
    text: v8::Local<'_, v8::String>,
    form: Form,
    output: &mut [u8],
) -> usize {
    if let Form::Malformed = form {
        return text.write_utf8_v2(scope, output, v8::WriteFlags::kReplaceInvalidUtf8, None);
    }
    let view = v8::ValueView::new(scope, text);
    match (form, view.data()) {
        (Form::Ascii, v8::ValueViewData::OneByte(bytes)) => {
            let length = bytes.len().min(output.len());
            output[..length].copy_from_slice(&bytes[..length]);
            length
        }
        // SAFETY: `form` has said how long the output is.
        (_, v8::ValueViewData::OneByte(bytes)) => unsafe {
            simdutf::convert_latin1_to_utf8(bytes, output)
        },
        // SAFETY: `form` has said how long the output is.
        (_, v8::ValueViewData::TwoByte(units)) => unsafe {
            simdutf::convert_utf16le_to_utf8(units, output)
        },
    }
}

/// The UTF-8 of `text` in a new array. `None` with an exception pending.
pub(super) fn to_utf8<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    text: v8::Local<'s, v8::String>,
) -> Option<v8::Local<'s, v8::Uint8Array>> {
    let (form, mut length) = form(scope, text);
    if let Form::Malformed = form {
        length = text.utf8_length(scope);
    }
    buffer::uint8_array(scope, length, |scope, output| {
        write(scope, text, form, output)
    })
}

/// Writes as many whole characters of `text` as there is room for: how many code units they are, and how many bytes.
pub(super) fn to_utf8_into(
    scope: &mut v8::Isolate,
    text: v8::Local<'_, v8::String>,
    output: &mut [u8],
) -> (usize, usize) {
    if let Some(done) = convert_into(scope, text, output) {
        return done;
    }
    let mut read = 0;
    let flags = v8::WriteFlags::kReplaceInvalidUtf8;
    let written = text.write_utf8_v2(scope, output, flags, Some(&mut read));
    (read, written)
}

/// The same where all of it fits and is well-formed, or has a byte for each character, which is quicker.
fn convert_into(
    scope: &mut v8::Isolate,
    text: v8::Local<'_, v8::String>,
    output: &mut [u8],
) -> Option<(usize, usize)> {
    let view = v8::ValueView::new(scope, text);
    match view.data() {
        // There is room for whatever it is: one look at each character is enough.
        v8::ValueViewData::OneByte(bytes) if bytes.len() <= output.len() / 2 => {
            // SAFETY: no character takes more than two bytes.
            let written = unsafe { simdutf::convert_latin1_to_utf8(bytes, output) };
            Some((bytes.len(), written))
        }
        v8::ValueViewData::OneByte(bytes) => {
            let head = bytes.get(..output.len()).unwrap_or(bytes);
            if simdutf::validate_ascii(head) {
                output.get_mut(..head.len())?.copy_from_slice(head);
                return Some((head.len(), head.len()));
            }
            if output.len() < simdutf::utf8_length_from_latin1(bytes) {
                return None;
            }
            // SAFETY: there is room for all of it.
            let written = unsafe { simdutf::convert_latin1_to_utf8(bytes, output) };
            Some((bytes.len(), written))
        }
        v8::ValueViewData::TwoByte(units) => {
            if output.len() < simdutf::utf8_length_from_utf16le(units) {
                return None;
            }
            // SAFETY: there is room for all of it up to the first surrogate that is not paired.
            let done = unsafe { simdutf::convert_utf16le_to_utf8_with_errors(units, output) };
            done.is_ok().then_some((units.len(), done.count))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::unfinished;

    #[test]
    fn what_begins_a_character_is_kept_and_nothing_else() {
        for (bytes, kept) in [
            (&b""[..], 0),
            (b"a", 0),
            (b"\xC3", 1),
            (b"\xC1", 0),
            (b"\xC3\xA4", 0),
            (b"a\xE2\x82", 2),
            (b"\xE2\x82\xAC", 0),
            (b"\xE0\x80", 0),
            (b"\xED\xA0", 0),
            (b"\xF0\x9F\x92", 3),
            (b"\xF0\x80", 0),
            (b"\xF4\x90", 0),
            (b"\xF5", 0),
            (b"\x80\x80\x80\x80", 0),
            (b"\xF0\x9F\x92\xA9", 0),
            (b"\xC3\x80\x80", 0),
        ] {
            assert_eq!(unfinished(bytes), kept, "{bytes:x?}");
        }
    }
}
