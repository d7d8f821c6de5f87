//! Ops of base64.

use encoding_rs::mem;
use v8::simdutf::{self, Base64Options, ErrorCode, LastChunkHandling};

use super::super::error;
use super::super::text::{self, NoString};
use super::{Args, Return};

/// What `read` makes of the characters of `text`; none where one is above U+00FF.
fn with_characters<R>(
    scope: &mut v8::Isolate,
    text: v8::Local<'_, v8::String>,
    read: impl FnOnce(&[u8]) -> Result<R, NoString>,
) -> Option<Result<R, NoString>> {
    let view = v8::ValueView::new(scope, text);
    match view.data() {
        v8::ValueViewData::OneByte(bytes) => Some(read(bytes)),
        v8::ValueViewData::TwoByte(units) if mem::is_utf16_latin1(units) => {
            Some(text::narrowed(units).and_then(|bytes| read(&bytes)))
        }
        v8::ValueViewData::TwoByte(_) => None,
    }
}

fn set_text<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    mut rv: Return<'s>,
    bytes: Result<Vec<u8>, NoString>,
) {
    match bytes.and_then(|bytes| text::one_byte(scope, &bytes)) {
        Ok(text) => rv.set(text.into()),
        Err(_) => error::throw_range_error(scope, "Invalid string length"),
    }
}

/// `op_base64_encode(string) -> string | undefined`: undefined where a character is above U+00FF.
pub(super) fn op_base64_encode<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    rv: Return<'s>,
) {
    let Ok(text) = v8::Local::<v8::String>::try_from(args.get(0)) else {
        return;
    };
    let encoded = with_characters(scope, text, text::base64);
    if let Some(encoded) = encoded {
        set_text(scope, rv, encoded);
    }
}

/// `op_base64_decode(string) -> string | undefined`: undefined where it is not base64
/// (infra.spec.whatwg.org/#forgiving-base64-decode).
pub(super) fn op_base64_decode<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    rv: Return<'s>,
) {
    let Ok(text) = v8::Local::<v8::String>::try_from(args.get(0)) else {
        return;
    };
    let decoded = with_characters(scope, text, |bytes| {
        let length = simdutf::maximal_binary_length_from_base64(bytes);
        text::written(length, |output| {
            let (options, end) = (Base64Options::Default, LastChunkHandling::Loose);
            // SAFETY: the output is as long as it can get.
            let result = unsafe { simdutf::base64_to_binary(bytes, output, options, end) };
            match result.error {
                ErrorCode::Success => Ok(result.count),
                _ => Err(NoString::Malformed),
            }
        })
    });
    match decoded {
        None | Some(Err(NoString::Malformed)) => {}
        Some(decoded) => set_text(scope, rv, decoded),
    }
}
