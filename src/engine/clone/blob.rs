//! The memory of Blobs: immutable buffers, which isolates share. What a Blob is, its JavaScript knows; see
//! `web/file/blob.js`.

use nano_proto::value::host::{self, Blob, File, FormValue, HostObject};
use nano_proto::{SharedBytes, Transfer};

use super::super::buffer_flags::{is_immutable, is_resizable};
use super::super::files;
use super::host_object::{Parts, describe_ours, text};
use super::immutable;
use super::serialize::Outgoing;

pub(in super::super) use super::immutable::{buffer_of, buffer_of_own, share};

const BLOB_FILE: &str = "file/blob";
const FORM_FILE: &str = "xhr/form_data";

/// An immutable buffer with the memory of `buffer`, which has a fixed length. `None` where that cannot be, with or
/// without an exception pending.
pub(in super::super) fn freeze<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    buffer: v8::Local<'s, v8::ArrayBuffer>,
) -> Option<v8::Local<'s, v8::ArrayBuffer>> {
    if is_resizable(buffer) {
        return None;
    }
    if is_immutable(buffer) {
        return Some(buffer);
    }
    immutable::freeze(scope, buffer)
}

/// Passes the `length` bytes of `buffer` that begin at `offset`, if it has them, to `with`, which runs no JavaScript.
pub(in super::super) fn with_part(
    buffer: v8::Local<'_, v8::ArrayBuffer>,
    offset: usize,
    length: usize,
    with: impl FnOnce(&[u8]),
) {
    let Some(data) = buffer.data() else { return };
    // SAFETY: the buffer is that many bytes long, and no JavaScript runs that could write to it.
    let all =
        unsafe { std::slice::from_raw_parts(data.as_ptr().cast::<u8>(), buffer.byte_length()) };
    let part = offset
        .checked_add(length)
        .and_then(|end| all.get(offset..end));
    if let Some(part) = part {
        with(part);
    }
}

/// A Blob's bytes go beside the value: as much of the buffer as they lie in.
fn send(
    scope: &mut v8::PinScope<'_, '_>,
    fields: v8::Local<'_, v8::Array>,
    message: &Outgoing<'_>,
) -> Option<Blob> {
    let media_type = text(scope, fields.get_index(scope, 0)?)?;
    let number = |i| {
        let value = fields.get_index(scope, i)?.number_value(scope)?;
        Some(value as usize)
    };
    let (size, offset) = (number(1)?, number(2)?);
    let buffer = v8::Local::<v8::ArrayBuffer>::try_from(fields.get_index(scope, 3)?).ok()?;
    let shared = share(scope, buffer)?;
    // From a place on that a buffer may begin at, so that nothing need be copied.
    let start = offset - offset % SharedBytes::ALIGN;
    let part = shared.part(start, offset.checked_add(size)?)?;
    let index = message.share(Transfer::Immutable(part));
    Some(Blob {
        media_type,
        size: size as u64,
        offset: (offset - start) as u64,
        index,
    })
}

/// The same with what a File has besides.
fn send_file(
    scope: &mut v8::PinScope<'_, '_>,
    fields: v8::Local<'_, v8::Array>,
    message: &Outgoing<'_>,
) -> Option<File> {
    Some(File {
        blob: send(scope, fields, message)?,
        name: text(scope, fields.get_index(scope, 4)?)?,
        last_modified: fields.get_index(scope, 5)?.number_value(scope)?,
    })
}

/// The wire form of a Blob, File or FormData. `None` with an exception pending.
pub(super) fn wire_form<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    message: &Outgoing<'_>,
) -> Option<Option<HostObject>> {
    if files::is_loaded(scope, BLOB_FILE)
        && let Some(fields) = describe_ours(scope, BLOB_FILE, "toWire", object.into())?
    {
        return Some(Some(if fields.length() > 4 {
            HostObject::File(send_file(scope, fields, message)?)
        } else {
            HostObject::Blob(send(scope, fields, message)?)
        }));
    }
    if files::is_loaded(scope, FORM_FILE)
        && let Some(fields) = describe_ours(scope, FORM_FILE, "toWire", object.into())?
    {
        let mut entries = Vec::with_capacity(fields.length() as usize / 2);
        for i in (1..fields.length()).step_by(2) {
            let name = text(scope, fields.get_index(scope, i - 1)?)?;
            let value = fields.get_index(scope, i)?;
            let value = match v8::Local::<v8::Array>::try_from(value) {
                Ok(file) => FormValue::File(send_file(scope, file, message)?),
                Err(_) => FormValue::Text(text(scope, value)?),
            };
            entries.push((name, value));
        }
        return Some(Some(HostObject::FormData(entries)));
    }
    Some(None)
}

/// What `fromWire` of a Blob is called with: type, size, offset, buffer.
fn received<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    parts: &Parts<'_>,
) -> Option<[v8::Local<'s, v8::Value>; 4]> {
    let media_type = parts.string(scope)?;
    let (size, offset, index) = (parts.u64()?, parts.u64()?, parts.u32()?);
    let buffer = parts.document.message.immutable(scope, index)?;
    let end = offset.checked_add(size)?;
    if end > buffer.byte_length() as u64 {
        return None;
    }
    let number = |value: u64| v8::Number::new(scope, value as f64).into();
    let (size, offset) = (number(size), number(offset));
    Some([media_type, size, offset, buffer.into()])
}

fn received_file<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    parts: &Parts<'_>,
) -> Option<v8::Local<'s, v8::Value>> {
    let [media_type, size, offset, buffer] = received(scope, parts)?;
    let name = parts.string(scope)?;
    let time = parts.f64()?;
    let time = v8::Number::new(scope, time).into();
    let from_wire = files::function(scope, "file/file", "fromWire")?;
    let undefined = v8::undefined(scope).into();
    let args = [media_type, size, offset, buffer, name, time];
    from_wire.call(scope, undefined, &args)
}

/// A Blob, File or FormData of `tag`. `None` with or without an exception pending.
pub(super) fn read<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    tag: u32,
    parts: &Parts<'_>,
) -> Option<v8::Local<'s, v8::Value>> {
    let undefined = v8::undefined(scope).into();
    match tag {
        host::TAG_BLOB => {
            let args = received(scope, parts)?;
            let from_wire = files::function(scope, BLOB_FILE, "fromWire")?;
            from_wire.call(scope, undefined, &args)
        }
        host::TAG_FILE => received_file(scope, parts),
        _ => {
            let from_wire = files::function(scope, FORM_FILE, "fromWire")?;
            let form = from_wire.call(scope, undefined, &[])?;
            let add = files::function(scope, FORM_FILE, "addFromWire")?;
            for _ in 0..parts.u32()? {
                v8::scope!(let scope, scope);
                let name = parts.string(scope)?;
                let value = match parts.u32()? {
                    host::ENTRY_TEXT => parts.string(scope)?,
                    host::ENTRY_FILE => received_file(scope, parts)?,
                    _ => return None,
                };
                let undefined = v8::undefined(scope).into();
                let form = v8::Local::new(scope, form);
                add.call(scope, undefined, &[form, name, value])?;
            }
            Some(form)
        }
    }
}
