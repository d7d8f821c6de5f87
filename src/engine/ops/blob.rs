//! Ops of Blobs: the bytes of their parts, joined, copied and decoded.
//!
//! *Parts* are a string, a view, a buffer with the offset and the length of what is meant of it in the next two arguments,
//! or a list (an object of indices and `length`) of strings, views, and buffers each followed by such two numbers.

use std::mem::MaybeUninit;

use encoding_rs::{Encoding, UTF_8};
use v8::simdutf;

use super::super::clone::{Reserved, blob};
use super::super::decoders::{self, Mode};
use super::super::text::{self, NoString};
use super::super::{buffer, error, files};
use super::{Args, Return};

/// One part.
#[derive(Clone, Copy)]
enum Part<'s> {
    Text(v8::Local<'s, v8::String>),
    View(v8::Local<'s, v8::ArrayBufferView>),
    Buffer {
        buffer: v8::Local<'s, v8::ArrayBuffer>,
        offset: usize,
        length: usize,
    },
}

impl Part<'_> {
    /// How many bytes it has, at most where line endings are converted.
    fn length(&self, scope: &v8::PinScope<'_, '_>) -> usize {
        match self {
            Self::Text(text) => text.utf8_length(scope),
            Self::View(view) => view.byte_length(),
            Self::Buffer { length, .. } => *length,
        }
    }

    /// Puts its bytes behind those that `bytes` holds, which has room.
    fn append(&self, scope: &v8::PinScope<'_, '_>, bytes: &mut Vec<u8>, native: bool) {
        let start = bytes.len();
        match self {
            Self::Text(text) => {
                let room = bytes.spare_capacity_mut();
                let flags = v8::WriteFlags::kReplaceInvalidUtf8;
                let written = text.write_utf8_uninit_v2(scope, room, flags, None);
                // SAFETY: that many bytes of the room were written.
                unsafe { bytes.set_len(start + written) };
                if native {
                    convert_line_endings(bytes, start);
                }
            }
            Self::View(view) => {
                let length = view.byte_length();
                let room: &mut [MaybeUninit<u8>] = bytes.spare_capacity_mut();
                let Some(room) = room.get_mut(..length) else {
                    return;
                };
                let written = view.copy_contents_uninit(room);
                // SAFETY: that many bytes of the room were written.
                unsafe { bytes.set_len(start + written) };
            }
            Self::Buffer {
                buffer,
                offset,
                length,
            } => blob::with_part(*buffer, *offset, *length, |part| {
                bytes.extend_from_slice(part);
            }),
        }
    }
}

/// w3c.github.io/FileAPI/#convert-line-endings-to-native, where native is a line feed.
fn convert_line_endings(bytes: &mut Vec<u8>, start: usize) {
    let Some(first) = bytes.iter().skip(start).position(|&byte| byte == b'\r') else {
        return;
    };
    let mut to = start + first;
    let mut from = to;
    while let Some(&byte) = bytes.get(from) {
        from += 1;
        let kept = match byte {
            b'\r' => {
                if bytes.get(from) == Some(&b'\n') {
                    from += 1;
                }
                b'\n'
            }
            byte => byte,
        };
        if let Some(place) = bytes.get_mut(to) {
            *place = kept;
        }
        to += 1;
    }
    bytes.truncate(to);
}

fn part<'s>(value: v8::Local<'s, v8::Value>) -> Option<Part<'s>> {
    if let Ok(text) = v8::Local::<v8::String>::try_from(value) {
        return Some(Part::Text(text));
    }
    let view = v8::Local::<v8::ArrayBufferView>::try_from(value).ok()?;
    Some(Part::View(view))
}

/// One part, without memory of its own for the list, or many.
enum SmallParts<'s> {
    One([Part<'s>; 1]),
    Many(Vec<Part<'s>>),
}

impl<'s> std::ops::Deref for SmallParts<'s> {
    type Target = [Part<'s>];

    fn deref(&self) -> &[Part<'s>] {
        match self {
            Self::One(part) => part,
            Self::Many(parts) => parts,
        }
    }
}

/// So many bytes of `buffer`, if it has them.
fn of_buffer(
    buffer: v8::Local<'_, v8::ArrayBuffer>,
    offset: usize,
    length: usize,
) -> Option<Part<'_>> {
    let end = offset.checked_add(length)?;
    (end <= buffer.byte_length()).then_some(Part::Buffer {
        buffer,
        offset,
        length,
    })
}

/// The parts that the arguments are. `None` with an exception pending.
fn parts<'s>(scope: &mut v8::PinScope<'s, '_>, args: &Args<'s>) -> Option<SmallParts<'s>> {
    let value = args.get(0);
    if let Some(part) = part(value) {
        return Some(SmallParts::One([part]));
    }
    let parts = match v8::Local::<v8::ArrayBuffer>::try_from(value) {
        Ok(buffer) => {
            let number = |i| v8::Local::<v8::Number>::try_from(args.get(i)).ok();
            number(1)
                .zip(number(2))
                .map(|(offset, length)| (offset.value() as usize, length.value() as usize))
                .and_then(|(offset, length)| of_buffer(buffer, offset, length))
                .map(|part| SmallParts::One([part]))
        }
        Err(_) => v8::Local::<v8::Object>::try_from(value)
            .ok()
            .and_then(|list| parts_of_list(scope, list))
            .map(SmallParts::Many),
    };
    if parts.is_none() {
        error::throw_type_error(scope, "op_blob: the argument is no parts");
    }
    parts
}

fn parts_of_list<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    list: v8::Local<'s, v8::Object>,
) -> Option<Vec<Part<'s>>> {
    let length = files::get(scope, list, "length")?.uint32_value(scope)?;
    let mut parts = Vec::with_capacity(length.min(1024) as usize);
    let mut i = 0;
    while i < length {
        let value = list.get_index(scope, i)?;
        i += 1;
        if let Some(part) = part(value) {
            parts.push(part);
            continue;
        }
        let buffer = v8::Local::<v8::ArrayBuffer>::try_from(value).ok()?;
        let mut number = || {
            let value = list.get_index(scope, i)?.number_value(scope)?;
            i += 1;
            Some(value as usize)
        };
        let (offset, length) = (number()?, number()?);
        parts.push(of_buffer(buffer, offset, length)?);
    }
    Some(parts)
}

/// Passes the bytes of each part that is a buffer to `with`, which runs no JavaScript.
fn for_each_buffer(parts: &[Part<'_>], mut with: impl FnMut(&[u8])) {
    for part in parts {
        if let Part::Buffer {
            buffer,
            offset,
            length,
        } = *part
        {
            blob::with_part(buffer, offset, length, &mut with);
        }
    }
}

/// How many bytes all parts have.
fn length(scope: &v8::PinScope<'_, '_>, parts: &[Part<'_>]) -> usize {
    let lengths = parts.iter().map(|part| part.length(scope));
    lengths.fold(0, usize::saturating_add)
}

/// The bytes of all parts, for which the isolate pays. `None` with an exception pending.
fn joined(
    scope: &mut v8::PinScope<'_, '_>,
    parts: &[Part<'_>],
    native: bool,
) -> Option<(Vec<u8>, Reserved)> {
    let length = length(scope, parts);
    let reserved = Reserved::take(scope, length)?;
    let mut bytes = reserved.room(scope)?;
    for part in parts {
        part.append(scope, &mut bytes, native);
    }
    Some((bytes, reserved))
}

/// `op_blob_join(parts, native) -> ArrayBuffer`: an immutable buffer of all bytes; `native` tells whether the line
/// endings of strings are converted.
pub(super) fn op_blob_join<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let Some(parts) = parts(scope, &args) else {
        return;
    };
    if let Some((bytes, reserved)) = joined(scope, &parts, args.get(1).is_true())
        && let Some(buffer) = blob::buffer_of_own(scope, bytes, reserved)
    {
        rv.set(buffer.into());
    }
}

/// `op_blob_read(parts) -> Uint8Array`: a copy of the bytes of parts that are buffers.
pub(super) fn op_blob_read<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let Some(parts) = parts(scope, &args) else {
        return;
    };
    let length = length(scope, &parts);
    let array = buffer::uint8_array(scope, length, |_, bytes| {
        let mut written = 0;
        for_each_buffer(&parts, |part| {
            if let Some(room) = bytes
                .get_mut(written..)
                .and_then(|room| room.get_mut(..part.len()))
            {
                room.copy_from_slice(part);
                written += part.len();
            }
        });
        written
    });
    if let Some(array) = array {
        rv.set(array.into());
    }
}

/// The string that `with` makes of all bytes, in place where they are those of one buffer; it runs no JavaScript.
fn with_bytes<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    parts: &[Part<'s>],
    with: impl FnOnce(&mut v8::PinScope<'s, '_>, &[u8]) -> Made<'s>,
) -> Option<Made<'s>> {
    if let [
        Part::Buffer {
            buffer,
            offset,
            length,
        },
    ] = *parts
    {
        if length == 0 {
            return Some(with(scope, &[]));
        }
        let mut result = None;
        blob::with_part(buffer, offset, length, |bytes| {
            result = Some(with(scope, bytes));
        });
        return result;
    }
    let (bytes, _reserved) = joined(scope, parts, false)?;
    Some(with(scope, &bytes))
}

/// Gives back the string that `with` makes of all bytes, of which `least` says how long it is at least: so many bytes as no
/// string can have are not joined for one.
fn give_text<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    parts: &[Part<'s>],
    mut rv: Return<'s>,
    least: impl FnOnce(&[Part<'s>], usize) -> usize,
    with: impl FnOnce(&mut v8::PinScope<'s, '_>, &[u8]) -> Made<'s>,
) {
    let length = length(scope, parts);
    let made = match least(parts, length) > v8::String::MAX_LENGTH {
        true => Some(Err(NoString::TooLong)),
        false => with_bytes(scope, parts, with),
    };
    match made {
        Some(Ok(string)) => rv.set(string.into()),
        Some(Err(why)) => text::throw(scope, why),
        None => {}
    }
}

/// Bytes of UTF-8 that continue no character make a code unit or more each, malformed ones too, but for the byte order mark.
fn least_of_utf8(parts: &[Part<'_>], length: usize) -> usize {
    if length <= v8::String::MAX_LENGTH {
        return 0;
    }
    let mut count = 0;
    for_each_buffer(parts, |bytes| count += simdutf::count_utf8(bytes));
    count.saturating_sub(1)
}

/// The first bytes, as many as a byte order mark has at most.
fn beginning(parts: &[Part<'_>]) -> Vec<u8> {
    let mut first = Vec::with_capacity(3);
    for_each_buffer(parts, |bytes| {
        let missing = 3 - first.len();
        first.extend_from_slice(bytes.get(..missing).unwrap_or(bytes));
    });
    first
}

type Made<'s> = Result<v8::Local<'s, v8::String>, NoString>;

/// encoding.spec.whatwg.org/#utf-8-decode
fn give_utf8<'s>(scope: &mut v8::PinScope<'s, '_>, parts: &[Part<'s>], rv: Return<'s>) {
    give_text(scope, parts, rv, least_of_utf8, |scope, bytes| {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        text::from_utf8(scope, bytes, false)
    });
}

/// `op_blob_text(parts) -> string`, of UTF-8.
pub(super) fn op_blob_text<'s>(scope: &mut v8::PinScope<'s, '_>, args: Args<'s>, rv: Return<'s>) {
    if let Some(parts) = parts(scope, &args) {
        give_utf8(scope, &parts, rv);
    }
}

/// encoding.spec.whatwg.org/#decode
///
/// `op_blob_decode(list of parts, encoding) -> string`; a byte order mark overrules the encoding.
pub(super) fn op_blob_decode<'s>(scope: &mut v8::PinScope<'s, '_>, args: Args<'s>, rv: Return<'s>) {
    let Some(parts) = parts(scope, &args) else {
        return;
    };
    let name = args.get(1).to_rust_string_lossy(scope);
    let marked = Encoding::for_bom(&beginning(&parts)).map(|(encoding, _)| encoding);
    let Some(encoding) = marked.or_else(|| Encoding::for_label(name.as_bytes())) else {
        error::throw_type_error(scope, "op_blob_decode: there is no such encoding");
        return;
    };
    if encoding == UTF_8 {
        give_utf8(scope, &parts, rv);
        return;
    }
    let mode = Mode {
        encoding,
        fatal: false,
        ignore_bom: false,
    };
    let least = |_: &[Part<'_>], length| decoders::least_units(encoding, length);
    give_text(scope, &parts, rv, least, |scope, bytes| {
        decoders::decode(scope, mode, bytes)
    });
}

/// infra.spec.whatwg.org/#isomorphic-decode
///
/// `op_blob_latin1(parts) -> string`.
pub(super) fn op_blob_latin1<'s>(scope: &mut v8::PinScope<'s, '_>, args: Args<'s>, rv: Return<'s>) {
    if let Some(parts) = parts(scope, &args) {
        let least = |_: &[Part<'_>], length| length;
        give_text(scope, &parts, rv, least, |scope, bytes| {
            text::one_byte(scope, bytes)
        });
    }
}

/// rfc-editor.org/rfc/rfc4648#section-4
///
/// `op_blob_base64(parts) -> string`.
pub(super) fn op_blob_base64<'s>(scope: &mut v8::PinScope<'s, '_>, args: Args<'s>, rv: Return<'s>) {
    if let Some(parts) = parts(scope, &args) {
        let least = |_: &[Part<'_>], length: usize| length.div_ceil(3).saturating_mul(4);
        give_text(scope, &parts, rv, least, |scope, bytes| {
            text::base64(scope, bytes)
        });
    }
}

/// `op_blob_freeze(buffer) -> ArrayBuffer or undefined`: an immutable buffer with the memory of one of fixed length, which
/// is detached; undefined where that cannot be.
pub(super) fn op_blob_freeze<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(args.get(0)) else {
        return;
    };
    v8::tc_scope!(let tc, scope);
    match blob::freeze(tc, buffer) {
        Some(frozen) => rv.set(frozen.into()),
        None if tc.has_terminated() => {}
        None => tc.reset(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_endings_become_line_feeds() {
        for (text, wanted) in [
            ("", ""),
            ("a\nb", "a\nb"),
            ("\r\n\r\r\n\n\r", "\n\n\n\n\n"),
            ("a\r\nb\rc", "a\nb\nc"),
        ] {
            let mut bytes = b"\r".to_vec();
            bytes.extend_from_slice(text.as_bytes());
            convert_line_endings(&mut bytes, 1);
            assert_eq!(bytes, [b"\r", wanted.as_bytes()].concat(), "{text:?}");
        }
    }
}
