//! Decoders of legacy encodings (encoding.spec.whatwg.org/#encodings), and those of an isolate that are between two
//! pieces of their input.

use encoding_rs::{
    CoderResult, Decoder, DecoderResult, Encoding, ISO_2022_JP, REPLACEMENT, UTF_16BE, UTF_16LE,
};
use rustc_hash::FxHashMap;
use v8::simdutf;

use super::text::{self, LOOK, NoString};

/// How a `TextDecoder` decodes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mode {
    pub encoding: &'static Encoding,
    pub fatal: bool,
    pub ignore_bom: bool,
}

impl Mode {
    /// A decoder for one stream.
    pub fn decoder(self) -> Decoder {
        if self.ignore_bom {
            self.encoding.new_decoder_without_bom_handling()
        } else {
            self.encoding.new_decoder_with_bom_removal()
        }
    }
}

/// The decoders of one isolate that have begun a stream, by number. A number is for as long as its `TextDecoder` lives,
/// and is never used again.
#[derive(Default)]
pub(super) struct Decoders {
    last: u64,
    open: FxHashMap<u64, Option<Decoder>>,
}

impl Decoders {
    /// A number for one more.
    pub fn open(&mut self) -> u64 {
        self.last += 1;
        self.open.insert(self.last, None);
        self.last
    }

    /// Its `TextDecoder` is gone.
    pub fn close(&mut self, number: u64) {
        self.open.remove(&number);
    }

    /// The decoder in mid-stream, if it is in one, which is not in it any more before `put` is called.
    pub fn take(&mut self, number: u64) -> Option<Decoder> {
        self.open.get_mut(&number)?.take()
    }

    /// The stream goes on.
    pub fn put(&mut self, number: u64, decoder: Decoder) {
        if let Some(place) = self.open.get_mut(&number) {
            *place = Some(decoder);
        }
    }
}

/// A string of all of `bytes`, which have no stream.
pub(super) fn decode<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    mode: Mode,
    bytes: &[u8],
) -> Result<v8::Local<'s, v8::String>, NoString> {
    let encoding = mode.encoding;
    if encoding.is_ascii_compatible() && Encoding::ascii_valid_up_to(bytes) == bytes.len()
        || mode.decoder().latin1_byte_compatible_up_to(bytes) == Some(bytes.len())
    {
        return text::one_byte(scope, bytes);
    }
    if encoding == UTF_16LE
        && let Some(units) = units(bytes, mode.ignore_bom)
    {
        return text::two_byte(scope, &units?);
    }
    decode_piece(scope, &mut mode.decoder(), mode.fatal, bytes, true)
}

/// The code units of UTF-16 that is whole; none where it is not.
fn units(bytes: &[u8], ignore_bom: bool) -> Option<Result<Vec<u16>, NoString>> {
    let bytes = match bytes {
        [0xFF, 0xFE, rest @ ..] if !ignore_bom => rest,
        whole => whole,
    };
    let (pairs, []) = bytes.as_chunks::<2>() else {
        return None;
    };
    let units = text::written(pairs.len(), |output| {
        for (unit, pair) in output.iter_mut().zip(pairs) {
            *unit = u16::from_le_bytes(*pair);
        }
        Ok(pairs.len())
    });
    match units {
        Ok(units) if !simdutf::validate_utf16le(&units) => None,
        units => Some(units),
    }
}

/// How many code units `length` bytes are at least.
pub(super) fn least_units(encoding: &'static Encoding, length: usize) -> usize {
    if encoding.is_single_byte() {
        length
    } else if encoding == UTF_16LE || encoding == UTF_16BE {
        // The byte order mark is none.
        length.saturating_sub(2) / 2
    } else if encoding == ISO_2022_JP || encoding == REPLACEMENT {
        // The one has bytes that stand for nothing, the other makes one character of all.
        0
    } else {
        // A character has four bytes at most, in gb18030.
        length / 4
    }
}

/// A string of the next piece of what `decoder` decodes.
pub(super) fn decode_piece<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    decoder: &mut Decoder,
    fatal: bool,
    bytes: &[u8],
    last: bool,
) -> Result<v8::Local<'s, v8::String>, NoString> {
    // A decoder that stops in between may want room for a character more when it goes on.
    let length = decoder
        .max_utf16_buffer_length(bytes.len().saturating_add(4))
        .ok_or(NoString::TooLong)?;
    let units = text::written(length, |output| {
        let (mut from, mut written) = (0, 0);
        loop {
            text::go_on(scope)?;
            let rest = bytes.get(from..).unwrap_or_default();
            let piece = rest.get(..LOOK).unwrap_or(rest);
            let is_last = last && piece.len() == rest.len();
            let room = output.get_mut(written..).unwrap_or_default();
            written += piece_to(decoder, fatal, piece, room, is_last)?;
            from += piece.len();
            if from >= bytes.len() {
                return Ok(written);
            }
        }
    })?;
    text::two_byte(scope, &units)
}

/// Decodes all of `piece` to `output`: how many code units that gives.
fn piece_to(
    decoder: &mut Decoder,
    fatal: bool,
    piece: &[u8],
    output: &mut [u16],
    last: bool,
) -> Result<usize, NoString> {
    if fatal {
        return match decoder.decode_to_utf16_without_replacement(piece, output, last) {
            (DecoderResult::InputEmpty, _, written) => Ok(written),
            (DecoderResult::Malformed(..), ..) => Err(NoString::Malformed),
            (DecoderResult::OutputFull, ..) => Err(NoString::TooLong),
        };
    }
    match decoder.decode_to_utf16(piece, output, last) {
        (CoderResult::InputEmpty, _, written, _) => Ok(written),
        (CoderResult::OutputFull, ..) => Err(NoString::TooLong),
    }
}
