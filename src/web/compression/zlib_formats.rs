//! The formats around deflate.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::codec::{CodecError, Format, Step};

/// The largest window, 32 KiB, which every decoder must know.
const WINDOW_BITS: u8 = 15;

/// Compresses.
pub(super) struct Deflater(Compress);

impl Deflater {
    /// Its tables, about.
    pub const MEMORY: u64 = 320 << 10;

    pub fn new(format: Format) -> Self {
        let level = Compression::default();
        Self(match format {
            Format::Gzip => Compress::new_gzip(level, WINDOW_BITS),
            other => Compress::new(level, other == Format::Deflate),
        })
    }

    pub fn step(
        &mut self,
        input: &[u8],
        output: &mut [u8],
        finish: bool,
    ) -> Result<Step, CodecError> {
        let before = (self.0.total_in(), self.0.total_out());
        let flush = if finish {
            FlushCompress::Finish
        } else {
            FlushCompress::None
        };
        let status = self.0.compress(input, output, flush);
        let status = status.map_err(|_| CodecError::Corrupt)?;
        Ok(step(
            status,
            before,
            (self.0.total_in(), self.0.total_out()),
            output.len(),
        ))
    }
}

/// Decompresses.
pub(super) struct Inflater(Decompress);

impl Inflater {
    /// Its window and its tables, about.
    pub const MEMORY: u64 = 64 << 10;

    pub fn new(format: Format) -> Self {
        Self(match format {
            Format::Gzip => Decompress::new_gzip(WINDOW_BITS),
            other => Decompress::new(other == Format::Deflate),
        })
    }

    pub fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, CodecError> {
        let before = (self.0.total_in(), self.0.total_out());
        let status = self.0.decompress(input, output, FlushDecompress::None);
        let status = status.map_err(|_| CodecError::Corrupt)?;
        Ok(step(
            status,
            before,
            (self.0.total_in(), self.0.total_out()),
            output.len(),
        ))
    }
}

fn step(status: Status, before: (u64, u64), after: (u64, u64), room: usize) -> Step {
    let written = (after.1 - before.1) as usize;
    Step {
        read: (after.0 - before.0) as usize,
        written,
        // What fills the output may have been cut off.
        has_more: written == room && status != Status::StreamEnd,
        has_ended: status == Status::StreamEnd,
    }
}
