//! Ops of bodies (Fetch): their limit, and what is read of a form.

use std::hash::{BuildHasher, Hasher, RandomState};

use nano_proto::LimitKind;

use super::super::error;
use super::super::state::state;
use super::super::text::{self, NoString};
use super::{Args, Return};
use crate::web::fetch::multipart::{self, Step};

/// `op_body_check(bytes) -> limit`: throws where a body with so many is too large to be collected.
pub(super) fn op_body_check<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let bytes = args.get(0).integer_value(scope).unwrap_or(0);
    let bytes = u64::try_from(bytes).unwrap_or(0);
    let limit = state(scope).control.limits().buffered_body_bytes;
    if let Err(exceeded) = LimitKind::BufferedBody.check(bytes, limit) {
        error::throw_limit(scope, &exceeded);
        return;
    }
    rv.set_double(limit as f64);
}

/// `op_multipart_boundary() -> string` that nobody can guess, so that no contents hold it.
pub(super) fn op_multipart_boundary<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _: Args<'s>,
    mut rv: Return<'s>,
) {
    // SipHash under keys of the system's random numbers: the standard library's way to some of them.
    let random = || RandomState::new().build_hasher().finish();
    let text = format!("----nanoform{:016x}{:016x}", random(), random());
    if let Some(text) = v8::String::new(scope, &text) {
        rv.set(text.into());
    }
}

/// `op_multipart_escape(text, is_name) -> string`: with each line break as CRLF, or what a name or a filename is written
/// as.
pub(super) fn op_multipart_escape<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let Ok(text) = v8::Local::<v8::String>::try_from(args.get(0)) else {
        error::throw_type_error(
            scope,
            "op_multipart_escape: the first argument is no string",
        );
        return;
    };
    let replace = if args.get(1).is_true() {
        multipart::in_name
    } else {
        multipart::in_value
    };
    let length = text.length();
    let made = if text.is_onebyte() {
        text::written(length, |units| {
            text.write_one_byte_v2(scope, 0, units, v8::WriteFlags::empty());
            Ok(length)
        })
        .and_then(|units| escaped(&units, replace))
        .and_then(|units| text::one_byte(scope, &units))
    } else {
        text::written(length, |units| {
            text.write_v2(scope, 0, units, v8::WriteFlags::empty());
            Ok(length)
        })
        .and_then(|units| escaped(&units, replace))
        .and_then(|units| text::two_byte(scope, &units))
    };
    match made {
        Ok(text) => rv.set(text.into()),
        Err(_) => error::throw_range_error(scope, "A value of the form is too long"),
    }
}

/// `units` with what stands for some of them.
fn escaped<T: Copy + Into<u16> + From<u8>>(
    units: &[T],
    replace: multipart::Replace,
) -> Result<Vec<T>, NoString> {
    let longest = v8::String::MAX_LENGTH;
    multipart::escaped(units, replace, longest).ok_or(NoString::TooLong)
}

/// `op_multipart_next(bytes, boundary, position) -> [next, name, value, filename, type, begin, end]`, of which `value`
/// is null for a file; null at the end, undefined for what is no form. `bytes` are not shared.
pub(super) fn op_multipart_next<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let Ok(view) = v8::Local::<v8::ArrayBufferView>::try_from(args.get(0)) else {
        error::throw_type_error(scope, "op_multipart_next: the first argument is no view");
        return;
    };
    let boundary = args.get(1).to_rust_string_lossy(scope);
    let position = args.get(2).integer_value(scope).unwrap_or(0);
    let position = usize::try_from(position).unwrap_or(usize::MAX);
    let mut on_heap = [0; v8::TYPED_ARRAY_MAX_SIZE_IN_HEAP];
    let input = view.get_contents(&mut on_heap);
    let part = match multipart::step(input, boundary.as_bytes(), position) {
        None => return,
        Some(Step::End) => {
            rv.set_null();
            return;
        }
        Some(Step::Part(part)) => part,
    };
    let text = |bytes: Option<&[u8]>| -> Option<v8::Local<'s, v8::Value>> {
        match bytes {
            None => Some(v8::null(scope).into()),
            Some(bytes) => {
                v8::String::new_from_utf8(scope, bytes, v8::NewStringType::Normal).map(Into::into)
            }
        }
    };
    let value = part
        .filename
        .is_none()
        .then(|| input.get(part.body.clone()).unwrap_or_default());
    let texts = [Some(&*part.name), value, part.filename.as_deref()].map(text);
    let kind = match &part.content_type {
        None => Some(v8::null(scope).into()),
        Some(bytes) => {
            v8::String::new_from_one_byte(scope, bytes, v8::NewStringType::Normal).map(Into::into)
        }
    };
    let ([Some(name), Some(value), Some(filename)], Some(kind)) = (texts, kind) else {
        error::throw_range_error(scope, "A value of the form is too long for a string");
        return;
    };
    let [next, begin, end] = [part.next, part.body.start, part.body.end]
        .map(|place| v8::Number::new(scope, place as f64).into());
    let elements = [next, name, value, filename, kind, begin, end];
    rv.set(v8::Array::new_with_elements(scope, &elements).into());
}
