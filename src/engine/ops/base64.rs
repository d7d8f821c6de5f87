//! Ops of base64.

use encoding_rs::mem;
use v8::simdutf::{self, Base64Options, ErrorCode, LastChunkHandling};

use super::super::text::{self, NoString};
use super::{Args, Return};

/// Gives back a string of up to `length` characters, which `write` writes, out of those of `text`; nothing where one of
/// these is above U+00FF, or `write` finds them malformed.
fn convert<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    text: v8::Local<'s, v8::String>,
    length: usize,
    mut rv: Return<'s>,
    write: impl FnOnce(&[u8], &mut [u8]) -> Result<usize, NoString>,
) {
    let made = text::one_byte_with(scope, length, |scope, output| {
        let view = v8::ValueView::new(scope, text);
        match view.data() {
            v8::ValueViewData::OneByte(bytes) => write(bytes, output),
            v8::ValueViewData::TwoByte(units) if mem::is_utf16_latin1(units) => {
                write(&text::narrowed(units)?, output)
            }
            v8::ValueViewData::TwoByte(_) => Err(NoString::Malformed),
        }
    });
    match made {
        Ok(text) => rv.set(text.into()),
        Err(NoString::Malformed) => {}
        Err(why) => text::throw(scope, why),
    }
}

/// `op_base64_encode(string) -> string | undefined`: undefined where a character is above U+00FF
/// (infra.spec.whatwg.org/#forgiving-base64-encode).
pub(super) fn op_base64_encode<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    rv: Return<'s>,
) {
    let Ok(text) = v8::Local::<v8::String>::try_from(args.get(0)) else {
        return;
    };
    let length = text::base64_length(text.length());
    convert(scope, text, length, rv, |bytes, output| {
        Ok(text::write_base64(bytes, output))
    });
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
    // Four characters give three bytes at the most.
    let length = text.length().div_ceil(4) * 3;
    convert(scope, text, length, rv, |bytes, output| {
        if output.len() < simdutf::maximal_binary_length_from_base64(bytes) {
            return Err(NoString::TooLong);
        }
        let (options, end) = (Base64Options::Default, LastChunkHandling::Loose);
        // SAFETY: the output is as long as it can get.
        let result = unsafe { simdutf::base64_to_binary(bytes, output, options, end) };
        match result.error {
            ErrorCode::Success => Ok(result.count),
            _ => Err(NoString::Malformed),
        }
    });
}
