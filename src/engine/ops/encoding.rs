//! Ops of the Encoding standard.

use encoding_rs::Encoding;

use super::super::buffer::{self, NotBytes};
use super::super::decoders::{self, Mode};
use super::super::error;
use super::super::state::state;
use super::super::text::{self, NoString};
use super::super::utf8;
use super::{Args, Return};

/// Bits of what the decoding ops are told.
const FATAL: u32 = 1;
const IGNORE_BOM: u32 = 2;
const STREAM: u32 = 4;

fn throw_not_bytes(scope: &mut v8::PinScope<'_, '_>, operation: &str, why: NotBytes) {
    let what = match why {
        NotBytes::Kind => "is not of type '(ArrayBuffer or ArrayBufferView)'.",
        NotBytes::Resizable => "is backed by a resizable buffer.",
        NotBytes::Immutable => "is backed by an immutable buffer.",
        NotBytes::Memory => {
            error::throw_refused_buffer(scope);
            return;
        }
    };
    error::throw_type_error(scope, &format!("Failed to execute {operation} {what}"));
}

fn throw_no_string(scope: &mut v8::PinScope<'_, '_>, encoding: &str, why: NoString) {
    match why {
        NoString::Malformed => error::throw_type_error(
            scope,
            &format!("The encoded data was not valid for encoding {encoding}"),
        ),
        why => text::throw(scope, why),
    }
}

/// `op_encoding_utf8_encode(string) -> Uint8Array`.
pub(super) fn op_encoding_utf8_encode<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let Ok(text) = v8::Local::<v8::String>::try_from(args.get(0)) else {
        error::throw_type_error(scope, "op_encoding_utf8_encode: the argument is no string");
        return;
    };
    if let Some(array) = text::to_utf8(scope, text) {
        rv.set(array.into());
    }
}

/// Two numbers below this are one, which is exact.
const PACKED: usize = 1 << 26;

/// Both in one number, if they are small enough.
pub(super) fn packed(read: usize, written: usize) -> Option<f64> {
    (read < PACKED && written < PACKED).then(|| (read + written * PACKED) as f64)
}

/// `op_encoding_utf8_encode_into(string, uint8Array) -> read + written * 2^26`, or `[read, written]` where one of them
/// is not below 2^26.
pub(super) fn op_encoding_utf8_encode_into<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let array = v8::Local::<v8::Uint8Array>::try_from(args.get(1));
    let text = v8::Local::<v8::String>::try_from(args.get(0));
    let (Ok(array), Ok(text)) = (array, text) else {
        error::throw_type_error(
            scope,
            "Failed to execute 'encodeInto' on 'TextEncoder': parameter 2 is not of type 'Uint8Array'.",
        );
        return;
    };
    let done = buffer::with_bytes_mut(scope, array.into(), |scope, output| {
        let done = text::to_utf8_into(scope, text, output);
        (done, done.1)
    });
    match done {
        Ok((read, written)) => match packed(read, written) {
            Some(number) => rv.set_double(number),
            None => {
                let pair = [read, written].map(|n| v8::Number::new(scope, n as f64).into());
                rv.set(v8::Array::new_with_elements(scope, &pair).into());
            }
        },
        Err(why) => throw_not_bytes(scope, "'encodeInto' on 'TextEncoder': parameter 2", why),
    }
}

/// What is kept of a stream of UTF-8 between two pieces, as a number: up to three bytes that begin a character, how many
/// they are (from bit 24), and whether the stream has begun, so that no more byte order mark is looked for (bit 26).
#[derive(Clone, Copy, Default)]
struct Rest {
    bytes: [u8; 3],
    length: usize,
    has_begun: bool,
}

impl Rest {
    fn from_number(number: u32) -> Self {
        let [first, second, third, bits] = number.to_le_bytes();
        Self {
            bytes: [first, second, third],
            length: usize::from(bits & 3),
            has_begun: bits & 4 != 0,
        }
    }

    fn number(self) -> u32 {
        let [first, second, third] = self.bytes;
        u32::from_le_bytes([
            first,
            second,
            third,
            self.length as u8 | u8::from(self.has_begun) << 2,
        ])
    }

    /// It begins a character that the end of the stream leaves unfinished, or nothing.
    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Decodes a piece of the stream, or its end; what of it waits for the next piece is kept.
    fn decode<'s>(
        &mut self,
        scope: &mut v8::PinScope<'s, '_>,
        piece: &[u8],
        flags: u32,
    ) -> Result<v8::Local<'s, v8::String>, NoString> {
        let mut joined = Vec::new();
        let mut bytes = piece;
        if self.length > 0 {
            joined
                .try_reserve_exact(piece.len().saturating_add(self.length))
                .map_err(|_| NoString::TooLong)?;
            joined.extend_from_slice(self.bytes());
            joined.extend_from_slice(piece);
            bytes = &joined;
        }
        let unfinished = match flags & STREAM {
            0 => 0,
            _ => utf8::unfinished(bytes),
        };
        let (whole, rest) = bytes.split_at(bytes.len().saturating_sub(unfinished));
        let mut kept = Self {
            length: rest.len().min(3),
            has_begun: self.has_begun || !whole.is_empty(),
            ..Self::default()
        };
        for (place, byte) in kept.bytes.iter_mut().zip(rest) {
            *place = *byte;
        }
        let text = match whole {
            [0xEF, 0xBB, 0xBF, text @ ..] if flags & IGNORE_BOM == 0 && !self.has_begun => text,
            _ => whole,
        };
        *self = kept;
        text::from_utf8(scope, text, flags & FATAL != 0)
    }
}

/// `op_encoding_utf8_decode(bytes, flags = 0, rest = 0) -> string`, of an ArrayBuffer, a view, or undefined, which has no
/// bytes. Where the stream goes on and more is kept of it than that it has begun: `[string, rest]`.
pub(super) fn op_encoding_utf8_decode<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let number = |i| match args.get(i) {
        value if value.is_uint32() => value.uint32_value(scope).unwrap_or(0),
        _ => 0,
    };
    let (flags, mut rest) = (number(1), Rest::from_number(number(2)));
    let decoded = if args.get(0).is_undefined() {
        Ok(rest.decode(scope, &[], flags))
    } else {
        buffer::with_bytes(scope, args.get(0), |scope, piece| {
            rest.decode(scope, piece, flags)
        })
    };
    match decoded {
        Ok(Ok(text)) if flags & STREAM == 0 || (rest.has_begun && rest.length == 0) => {
            rv.set(text.into());
        }
        Ok(Ok(text)) => {
            let rest = v8::Integer::new_from_unsigned(scope, rest.number()).into();
            rv.set(v8::Array::new_with_elements(scope, &[text.into(), rest]).into());
        }
        Ok(Err(why)) => throw_no_string(scope, "utf-8", why),
        Err(why) => throw_not_bytes(scope, "'decode' on 'TextDecoder': parameter 1", why),
    }
}

/// `op_encoding_for_label(label) -> name | undefined` in lower case (encoding.spec.whatwg.org/#concept-encoding-get).
/// There is none for "replacement".
pub(super) fn op_encoding_for_label<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let Ok(label) = v8::Local::<v8::String>::try_from(args.get(0)) else {
        return;
    };
    // The longest label has 19 characters, but there may be white space around it.
    let label = label.to_rust_string_lossy(scope);
    if let Some(encoding) = Encoding::for_label_no_replacement(label.as_bytes()) {
        let name = encoding.name().to_ascii_lowercase();
        rv.set(error::string(scope, &name).into());
    }
}

/// `op_encoding_decode(bytes, flags, name, number) -> string`: of an encoding other than UTF-8, and of a stream where it
/// has a number, which goes on if the flags say so.
pub(super) fn op_encoding_decode<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let flags = args.get(1).uint32_value(scope).unwrap_or(0);
    let number = args.get(3).number_value(scope).unwrap_or(0.0) as u64;
    let name = args.get(2).to_rust_string_lossy(scope);
    let Some(encoding) = Encoding::for_label(name.as_bytes()) else {
        error::throw_type_error(scope, "op_encoding_decode: there is no such encoding");
        return;
    };
    let mode = Mode {
        encoding,
        fatal: flags & FATAL != 0,
        ignore_bom: flags & IGNORE_BOM != 0,
    };
    let decode = |scope: &mut v8::PinScope<'s, '_>, bytes: &[u8]| {
        if number == 0 {
            return decoders::decode(scope, mode, bytes);
        }
        let known = state(scope).decoders.borrow_mut().take(number);
        let mut decoder = known.unwrap_or_else(|| mode.decoder());
        let last = flags & STREAM == 0;
        let text = decoders::decode_piece(scope, &mut decoder, mode.fatal, bytes, last);
        if !last && text.is_ok() {
            state(scope).decoders.borrow_mut().put(number, decoder);
        }
        text
    };
    let decoded = if args.get(0).is_undefined() {
        Ok(decode(scope, &[]))
    } else {
        buffer::with_bytes(scope, args.get(0), decode)
    };
    match decoded {
        Ok(Ok(text)) => rv.set(text.into()),
        Ok(Err(why)) => throw_no_string(scope, &name, why),
        Err(why) => throw_not_bytes(scope, "'decode' on 'TextDecoder': parameter 1", why),
    }
}

/// `op_encoding_decoder_open() -> number` for the streams of a decoder.
pub(super) fn op_encoding_decoder_open<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _: Args<'s>,
    mut rv: Return<'s>,
) {
    rv.set_double(state(scope).decoders.borrow_mut().open() as f64);
}

/// `op_encoding_decoder_close(number)`: the decoder is gone.
pub(super) fn op_encoding_decoder_close<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    _: Return<'s>,
) {
    let number = args.get(0).number_value(scope).unwrap_or(0.0) as u64;
    state(scope).decoders.borrow_mut().close(number);
}
