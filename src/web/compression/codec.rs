//! One stream that is compressed or decompressed, a bounded piece of its output at a time.

use super::brotli_format::{BrotliDecoder, BrotliEncoder};
use super::zlib_formats::{Deflater, Inflater};

/// The formats of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 7932.
    Brotli,
    /// RFC 1950.
    Deflate,
    /// RFC 1951.
    DeflateRaw,
    /// RFC 1952.
    Gzip,
}

impl Format {
    /// The format of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "brotli" => Some(Self::Brotli),
            "deflate" => Some(Self::Deflate),
            "deflate-raw" => Some(Self::DeflateRaw),
            "gzip" => Some(Self::Gzip),
            _ => None,
        }
    }
}

/// What is wrong with the compressed input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodecError {
    /// It is not of the format.
    Corrupt,
    /// It goes on behind its end.
    Trailing,
    /// It ends too early.
    Truncated,
    /// There is no memory for what is to be kept.
    Memory,
}

/// What a step has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// Bytes of the input that are not needed any more.
    pub read: usize,
    /// Bytes of output.
    pub written: usize,
    /// There may be more output without more input.
    pub has_more: bool,
    /// The compressed data is complete.
    pub has_ended: bool,
}

enum Engine {
    Deflate(Deflater),
    Inflate(Inflater),
    BrotliEncode(BrotliEncoder),
    BrotliDecode(Box<BrotliDecoder>),
}

/// A stream of compressed or decompressed data.
pub struct Codec {
    engine: Engine,
    /// What was given and is not read yet, from `at` on.
    input: Vec<u8>,
    at: usize,
    /// Whether no more input comes.
    finishing: bool,
    has_ended: bool,
    /// Whether the engine may have output.
    has_more: bool,
}

impl Codec {
    /// Compresses.
    pub fn compress(format: Format) -> Self {
        Self::of(match format {
            Format::Brotli => Engine::BrotliEncode(BrotliEncoder::new()),
            other => Engine::Deflate(Deflater::new(other)),
        })
    }

    /// Decompresses.
    pub fn decompress(format: Format) -> Self {
        Self::of(match format {
            Format::Brotli => Engine::BrotliDecode(Box::new(BrotliDecoder::new())),
            other => Engine::Inflate(Inflater::new(other)),
        })
    }

    fn of(engine: Engine) -> Self {
        Self {
            engine,
            input: Vec::new(),
            at: 0,
            finishing: false,
            has_ended: false,
            has_more: false,
        }
    }

    /// About how many bytes of memory it takes.
    pub fn memory(&self) -> u64 {
        let engine = match &self.engine {
            Engine::Deflate(_) => Deflater::MEMORY,
            Engine::Inflate(_) => Inflater::MEMORY,
            Engine::BrotliEncode(encoder) => encoder.memory(),
            Engine::BrotliDecode(decoder) => decoder.memory(),
        };
        engine + self.input.capacity() as u64
    }

    /// Reads `piece`, the next of the input, and writes what comes of it to `output`, which has not room for nothing: how
    /// many bytes these are. What of the piece does not fit is kept for `go_on`.
    pub fn push(&mut self, piece: &[u8], output: &mut [u8]) -> Result<usize, CodecError> {
        if self.has_ended {
            return match piece {
                [] => Ok(0),
                _ => Err(CodecError::Trailing),
            };
        }
        if self.at < self.input.len() {
            // Nobody does that who has called `go_on` to its end.
            self.keep(piece)?;
            return self.go_on(output);
        }
        let (read, written) = self.run(piece, output)?;
        if let Some(rest) = piece.get(read..) {
            self.keep(rest)?;
        }
        Ok(written)
    }

    /// No more input comes: what is left of the output.
    pub fn finish(&mut self, output: &mut [u8]) -> Result<usize, CodecError> {
        self.finishing = true;
        self.has_more = true;
        self.go_on(output)
    }

    /// More of the output, 0 if there is no more before the next input.
    pub fn go_on(&mut self, output: &mut [u8]) -> Result<usize, CodecError> {
        let is_left = self.at < self.input.len();
        if self.has_ended {
            return if is_left {
                Err(CodecError::Trailing)
            } else {
                Ok(0)
            };
        }
        if !is_left && !self.has_more {
            return Ok(0);
        }
        let input = std::mem::take(&mut self.input);
        let ran = self.run(input.get(self.at..).unwrap_or_default(), output);
        self.input = input;
        let (read, written) = ran?;
        self.at += read;
        if self.at >= self.input.len() {
            self.input = Vec::new();
            self.at = 0;
        }
        if self.finishing && !self.has_ended && !self.has_more {
            return Err(CodecError::Truncated);
        }
        Ok(written)
    }

    fn keep(&mut self, rest: &[u8]) -> Result<(), CodecError> {
        self.input
            .try_reserve_exact(rest.len())
            .map_err(|_| CodecError::Memory)?;
        self.input.extend_from_slice(rest);
        Ok(())
    }

    /// Runs until the output is full or the input empty: how much of each that was.
    fn run(&mut self, input: &[u8], output: &mut [u8]) -> Result<(usize, usize), CodecError> {
        let (mut read, mut written) = (0, 0);
        loop {
            let rest = input.get(read..).unwrap_or_default();
            let room = output.get_mut(written..).unwrap_or_default();
            let full = room.len();
            let step = match &mut self.engine {
                Engine::Deflate(deflater) => deflater.step(rest, room, self.finishing),
                Engine::Inflate(inflater) => inflater.step(rest, room),
                Engine::BrotliEncode(encoder) => encoder.step(rest, room, self.finishing),
                Engine::BrotliDecode(decoder) => decoder.step(rest, room),
            }?;
            read += step.read;
            written += step.written;
            self.has_ended = step.has_ended;
            self.has_more = step.has_more && !step.has_ended;
            let is_stuck = step.read == 0 && step.written == 0;
            if step.has_ended || step.written == full || is_stuck {
                return Ok((read, written));
            }
            if read == input.len() && !self.has_more {
                return Ok((read, written));
            }
        }
    }
}
