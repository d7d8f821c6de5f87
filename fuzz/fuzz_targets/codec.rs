//! Compressed streams: foreign bytes give output or an error, the same however they are split; and what was compressed
//! decompresses to what it was.
#![no_main]

#[allow(dead_code, missing_docs, unreachable_pub)]
#[path = "../../src/web/compression/mod.rs"]
mod compression;

use compression::{Codec, CodecError, Format};
use libfuzzer_sys::fuzz_target;

const FORMATS: [Format; 4] = [
    Format::Brotli,
    Format::Deflate,
    Format::DeflateRaw,
    Format::Gzip,
];

/// More than this of the output is not looked at.
const MOST: usize = 1 << 20;

/// What comes out where the input comes in two pieces, and the output in pieces of `room`.
fn run(mut codec: Codec, input: &[u8], at: usize, room: usize) -> Result<Vec<u8>, CodecError> {
    let (first, second) = input.split_at(at.min(input.len()));
    let mut output = vec![0; room];
    let mut all = Vec::new();
    let mut step = 0;
    loop {
        let mut written = match step {
            0 => codec.push(first, &mut output)?,
            1 => codec.push(second, &mut output)?,
            2 => codec.finish(&mut output)?,
            _ => return Ok(all),
        };
        while written > 0 {
            all.extend_from_slice(&output[..written]);
            if all.len() > MOST {
                return Ok(all);
            }
            written = codec.go_on(&mut output)?;
        }
        step += 1;
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&[choice, at, room], input)) = bytes.split_first_chunk() else {
        return;
    };
    let format = FORMATS[usize::from(choice) % FORMATS.len()];
    let (at, room) = (usize::from(at), usize::from(room) + 1);

    let whole = run(Codec::decompress(format), input, 0, 65536);
    let split = run(Codec::decompress(format), input, at, room);
    match (&whole, &split) {
        // Cut off at other places.
        (Ok(whole), Ok(split)) if whole.len() > MOST || split.len() > MOST => {
            let both = whole.len().min(split.len());
            assert_eq!(whole[..both], split[..both]);
        }
        (Ok(_), Ok(_)) => assert_eq!(whole, split),
        // What was found behind so much output is not looked for by both.
        _ => {}
    }

    let packed = run(Codec::compress(format), input, at, room).expect("anything can be compressed");
    let again = run(Codec::decompress(format), &packed, at, room);
    assert_eq!(again.as_deref(), Ok(input));
});
