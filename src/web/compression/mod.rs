//! The Compression standard (compression.spec.whatwg.org). Its streams are JavaScript; the formats are here.

mod brotli_format;
mod codec;
mod zlib_formats;

pub(crate) use codec::{Codec, CodecError, Format};
