//! UTF-8 from strings and strings from UTF-8 (encoding.spec.whatwg.org/#utf-8), by the vector code that is part of V8's
//! library. Strings without a character above U+00FF come out with one byte for each.

use std::ptr::NonNull;

use encoding_rs::mem;
use v8::simdutf::{self, Base64Options};

use super::state::state;
use super::{blocks, buffer, error, utf8};

/// Why there is no string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoString {
    /// The bytes are not of the encoding.
    Malformed,
    /// It would be longer than V8 allows, or there is no memory.
    TooLong,
    /// The isolate was stopped meanwhile.
    Stopped,
}

/// A string of these characters up to U+00FF.
pub(super) fn one_byte<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    text: &[u8],
) -> Result<v8::Local<'s, v8::String>, NoString> {
    if text.is_empty() {
        return Ok(v8::String::empty(scope));
    }
    v8::String::new_from_one_byte(scope, text, v8::NewStringType::Normal).ok_or(NoString::TooLong)
}

/// The same of up to `length` characters, which `write` writes and says the number of; it reads none before.
pub(super) fn one_byte_with<'s, 'c>(
    scope: &mut v8::PinScope<'s, 'c>,
    length: usize,
    write: impl FnOnce(&mut v8::PinScope<'s, 'c>, &mut [u8]) -> Result<usize, NoString>,
) -> Result<v8::Local<'s, v8::String>, NoString> {
    with_written(scope, length, write, |scope, text: &[u8]| {
        v8::String::new_from_one_byte(scope, text, v8::NewStringType::Normal)
    })
}

/// A string of up to `length` code units, which `write` writes and says the number of; it reads none before.
pub(super) fn two_byte_with<'s, 'c>(
    scope: &mut v8::PinScope<'s, 'c>,
    length: usize,
    write: impl FnOnce(&mut v8::PinScope<'s, 'c>, &mut [u16]) -> Result<usize, NoString>,
) -> Result<v8::Local<'s, v8::String>, NoString> {
    with_written(scope, length, write, |scope, units: &[u16]| {
        v8::String::new_from_two_byte(scope, units, v8::NewStringType::Normal)
    })
}

/// What `read` makes of the characters that `write` has written: V8 copies them. The memory is kept for the next time,
/// where it is in the caches.
fn with_written<'s, 'c, T: Copy>(
    scope: &mut v8::PinScope<'s, 'c>,
    length: usize,
    write: impl FnOnce(&mut v8::PinScope<'s, 'c>, &mut [T]) -> Result<usize, NoString>,
    read: impl FnOnce(&mut v8::PinScope<'s, 'c>, &[T]) -> Option<v8::Local<'s, v8::String>>,
) -> Result<v8::Local<'s, v8::String>, NoString> {
    let bytes = length
        .checked_mul(size_of::<T>())
        .ok_or(NoString::TooLong)?;
    let room = Room::take(bytes).ok_or(NoString::TooLong)?;
    // SAFETY: there is room for so many, which are integers: nothing that lies there is no value of theirs. Nobody else
    // has the block, which is aligned for all of them.
    let output = unsafe { std::slice::from_raw_parts_mut(room.block.cast::<T>().as_ptr(), length) };
    let count = write(scope, output)?.min(length);
    let written = output.get(..count).unwrap_or_default();
    if written.is_empty() {
        return Ok(v8::String::empty(scope));
    }
    read(scope, written).ok_or(NoString::TooLong)
}

/// A block until it is dropped.
struct Room {
    block: NonNull<u8>,
    bytes: usize,
}

impl Room {
    fn take(bytes: usize) -> Option<Self> {
        let block = blocks::take(bytes)?;
        Some(Self { block, bytes })
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // SAFETY: it was taken for so many bytes, and is used no more.
        unsafe { blocks::give_back(self.block, self.bytes) };
    }
}

/// Whoever handles more than so many bytes looks at whether the isolate was stopped after so many.
pub(super) const LOOK: usize = 1 << 20;

/// Throws where there is no string, be it malformed or not.
pub(super) fn throw(scope: &mut v8::PinScope<'_, '_>, why: NoString) {
    match why {
        NoString::Stopped => error::throw_stopped(scope),
        _ => error::throw_range_error(scope, "Invalid string length"),
    }
}

/// Fails where the isolate was stopped.
pub(super) fn go_on(isolate: &mut v8::Isolate) -> Result<(), NoString> {
    match state(isolate).control.is_stopped() {
        true => Err(NoString::Stopped),
        false => Ok(()),
    }
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
    // Most text that is not ASCII has its first character beyond U+00FF soon, if it has one.
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    if simdutf::validate_ascii(head) && simdutf::validate_ascii(bytes) {
        return one_byte(scope, bytes);
    }
    if head.iter().all(|byte| *byte < 0xC4) {
        let length = room_for::<u8>(bytes, simdutf::latin1_length_from_utf8);
        let text = one_byte_with(scope, length, |scope, output| {
            utf8::narrow(bytes, output, || go_on(scope))
        });
        if !matches!(text, Err(NoString::Malformed | NoString::TooLong)) {
            return text;
        }
    }
    let length = room_for::<u16>(bytes, simdutf::utf16_length_from_utf8);
    let mut decode = |length| {
        two_byte_with(scope, length, |scope, output| {
            utf8::wide(bytes, output, fatal, || go_on(scope))
        })
    };
    let most = bytes.len().min(v8::String::MAX_LENGTH);
    match decode(length) {
        // The length is that of well-formed text.
        Err(NoString::TooLong) if length < most && !fatal => decode(most),
        text => text,
    }
}

/// How much of a text is looked at before it is known what it is, in bytes.
const HEAD: usize = 256;

/// Room for how many characters is taken for those of `bytes`: for as many where it is given back at once, else for as
/// many as `count` says.
fn room_for<T>(bytes: &[u8], count: impl FnOnce(&[u8]) -> usize) -> usize {
    if bytes.len().saturating_mul(size_of::<T>()) <= blocks::LARGEST {
        return bytes.len();
    }
    count(bytes).min(v8::String::MAX_LENGTH)
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
