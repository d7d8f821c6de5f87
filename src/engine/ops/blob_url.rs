//! Ops of `blob:` URLs.

use super::super::clone::{Reserved, blob};
use super::super::state::state;
use super::super::{error, files};
use super::{Args, Return};
use crate::exchange::{BlobEntry, BlobPart};

/// What an entry takes besides the bytes, roughly, in bytes: its URL twice, and places in tables.
const ENTRY_BYTES: usize = 512;

/// The segments in `list`: buffer, offset and length of each.
fn segments<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    list: v8::Local<'s, v8::Value>,
) -> Option<Vec<BlobPart>> {
    let list = v8::Local::<v8::Object>::try_from(list).ok()?;
    let length = files::get(scope, list, "length")?.uint32_value(scope)?;
    let mut parts = Vec::new();
    for i in (2..length).step_by(3) {
        let buffer = v8::Local::<v8::ArrayBuffer>::try_from(list.get_index(scope, i - 2)?).ok()?;
        let number = |i| Some(list.get_index(scope, i)?.number_value(scope)? as usize);
        let (offset, length) = (number(i - 1)?, number(i)?);
        let shared = blob::share(scope, buffer)?;
        parts.push(BlobPart {
            shared,
            offset,
            length,
        });
    }
    Some(parts)
}

/// `op_blob_url_create(parts, type) -> string`: a URL for the Blob of these segments.
pub(super) fn op_blob_url_create<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let Some(parts) = segments(scope, args.get(0)) else {
        return;
    };
    let media_type = args.get(1).to_rust_string_lossy(scope);
    let weight = ENTRY_BYTES + media_type.len() + parts.len() * size_of::<BlobPart>();
    let Some(charge) = Reserved::take(scope, weight) else {
        return;
    };
    let entry = BlobEntry::new(parts, &media_type, charge);
    match state(scope).host().create_blob_url(entry) {
        Some(url) => {
            let url = error::string(scope, &url);
            rv.set(url.into());
        }
        None => error::throw_dom_exception(
            scope,
            "OperationError",
            "the system gives no random numbers to make a URL of",
        ),
    }
}

/// `op_blob_url_revoke(url)`.
pub(super) fn op_blob_url_revoke<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    _: Return<'s>,
) {
    let url = args.get(0).to_rust_string_lossy(scope);
    state(scope).host().revoke_blob_url(&url);
}

/// `op_blob_url_find(url) -> array or undefined`: the type of the Blob, then buffer, offset and length of each segment.
pub(super) fn op_blob_url_find<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let url = args.get(0).to_rust_string_lossy(scope);
    let Some(entry) = state(scope).host().find_blob_url(&url) else {
        return;
    };
    let mut fields: Vec<v8::Local<'s, v8::Value>> = Vec::with_capacity(1 + 3 * entry.parts.len());
    fields.push(error::string(scope, &entry.media_type).into());
    for part in entry.parts.iter() {
        let Some(buffer) = blob::buffer_of(scope, part.shared.clone()) else {
            return;
        };
        fields.push(buffer.into());
        fields.push(v8::Number::new(scope, part.offset as f64).into());
        fields.push(v8::Number::new(scope, part.length as f64).into());
    }
    let fields = v8::Array::new_with_elements(scope, &fields);
    rv.set(fields.into());
}
