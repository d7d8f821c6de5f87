//! Ops of the Compression standard.

use std::cell::RefCell;

use super::super::buffer::{self, NotBytes};
use super::super::codecs;
use super::super::error;
use super::{Args, Return};
use crate::web::compression::{Codec, CodecError, Format};

/// The most that comes out at once.
const PIECE: usize = 64 << 10;

thread_local! {
    /// Where it comes out first, since nobody knows how much it will be.
    static OUTPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

fn throw(scope: &mut v8::PinScope<'_, '_>, why: CodecError) {
    let text = match why {
        CodecError::Corrupt => "The compressed data was not valid",
        CodecError::Trailing => "There is data behind the end of the compressed data",
        CodecError::Truncated => "The compressed data ends too early",
        CodecError::Memory => {
            error::throw_refused_buffer(scope);
            return;
        }
    };
    error::throw_type_error(scope, text);
}

/// `op_compression_open(format, decompress) -> [number, token]`: it is closed once the token is garbage, at the latest.
pub(super) fn op_compression_open<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let name = args.get(0).to_rust_string_lossy(scope);
    let Some(format) = Format::of_name(&name) else {
        error::throw_type_error(scope, "op_compression_open: there is no such format");
        return;
    };
    let codec = if args.get(1).is_true() {
        Codec::decompress(format)
    } else {
        Codec::compress(format)
    };
    let Some((number, token)) = codecs::open(scope, codec) else {
        throw(scope, CodecError::Memory);
        return;
    };
    let number = v8::Number::new(scope, number as f64).into();
    rv.set(v8::Array::new_with_elements(scope, &[number, token.into()]).into());
}

/// `op_compression_run(number, input, finish) -> Uint8Array | undefined`: the next of the output, at most 64 KiB, after
/// more input, or its end, or neither. Undefined says that there is no more before the next input. Where it throws, the
/// codec is closed.
pub(super) fn op_compression_run<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let number = args.get(0).number_value(scope).unwrap_or(0.0) as u64;
    let finish = args.get(2).is_true();
    let made = OUTPUT.with_borrow_mut(|output| {
        output.resize(PIECE, 0);
        let ran = if args.get(1).is_undefined() {
            Ok(codecs::step(scope, number, |codec| match finish {
                true => codec.finish(output),
                false => codec.go_on(output),
            }))
        } else {
            buffer::with_bytes(scope, args.get(1), |scope, piece| {
                codecs::step(scope, number, |codec| codec.push(piece, output))
            })
        };
        match ran {
            Ok(Ok(0)) => None,
            Ok(Ok(written)) => {
                let made = buffer::uint8_array(scope, written, |_, array| {
                    let written = written.min(output.len()).min(array.len());
                    array[..written].copy_from_slice(&output[..written]);
                    written
                });
                if made.is_none() {
                    codecs::close(scope, number);
                }
                made
            }
            Ok(Err(why)) => {
                throw(scope, why);
                None
            }
            Err(NotBytes::Memory) => {
                throw(scope, CodecError::Memory);
                None
            }
            Err(_) => {
                error::throw_type_error(scope, "op_compression_run: the input is no buffer");
                None
            }
        }
    });
    if let Some(array) = made {
        rv.set(array.into());
    }
}

/// `op_compression_close(number)`: nobody wants the rest.
pub(super) fn op_compression_close<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    _: Return<'s>,
) {
    let number = args.get(0).number_value(scope).unwrap_or(0.0) as u64;
    codecs::close(scope, number);
}
