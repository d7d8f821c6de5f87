//! The format brotli.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use brotli::enc::StandardAlloc;
use brotli::enc::combined_alloc::BrotliAlloc;
use brotli::enc::encode::{
    BrotliEncoderOperation, BrotliEncoderParameter, BrotliEncoderStateStruct,
};
use brotli::{Allocator, BrotliDecompressStream, BrotliResult, BrotliState, SliceWrapper};

use super::codec::{CodecError, Step};

/// Counts what it gives out.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicU64>);

impl Counting {
    fn used(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl<T: Clone + Default> Allocator<T> for Counting {
    type AllocatedMemory = <StandardAlloc as Allocator<T>>::AllocatedMemory;

    fn alloc_cell(&mut self, len: usize) -> Self::AllocatedMemory {
        let bytes = len as u64 * size_of::<T>() as u64;
        self.0.fetch_add(bytes, Ordering::Relaxed);
        StandardAlloc::default().alloc_cell(len)
    }

    fn free_cell(&mut self, data: Self::AllocatedMemory) {
        let bytes = data.slice().len() as u64 * size_of::<T>() as u64;
        self.0.fetch_sub(bytes, Ordering::Relaxed);
        Allocator::<T>::free_cell(&mut StandardAlloc::default(), data);
    }
}

impl BrotliAlloc for Counting {}

/// What the states take themselves, about.
const STATE: u64 = 16 << 10;

/// Compresses.
pub(super) struct BrotliEncoder {
    state: Box<BrotliEncoderStateStruct<Counting>>,
    counting: Counting,
}

impl BrotliEncoder {
    /// What is about as fast as gzip and smaller. The format's best takes a hundred times as long.
    const QUALITY: u32 = 5;
    /// A window of 1 MiB.
    const WINDOW_BITS: u32 = 20;

    pub fn new() -> Self {
        let counting = Counting::default();
        let mut state = Box::new(BrotliEncoderStateStruct::new(counting.clone()));
        state.set_parameter(BrotliEncoderParameter::BROTLI_PARAM_QUALITY, Self::QUALITY);
        state.set_parameter(
            BrotliEncoderParameter::BROTLI_PARAM_LGWIN,
            Self::WINDOW_BITS,
        );
        Self { state, counting }
    }

    pub fn memory(&self) -> u64 {
        self.counting.used() + STATE
    }

    pub fn step(
        &mut self,
        input: &[u8],
        output: &mut [u8],
        finish: bool,
    ) -> Result<Step, CodecError> {
        let operation = if finish {
            BrotliEncoderOperation::BROTLI_OPERATION_FINISH
        } else {
            BrotliEncoderOperation::BROTLI_OPERATION_PROCESS
        };
        let (mut left, mut read) = (input.len(), 0);
        let (mut room, mut written) = (output.len(), 0);
        let is_fine = self.state.compress_stream(
            operation,
            &mut left,
            input,
            &mut read,
            &mut room,
            output,
            &mut written,
            &mut None,
            &mut |_, _, _, _| (),
        );
        if !is_fine {
            return Err(CodecError::Corrupt);
        }
        Ok(Step {
            read,
            written,
            has_more: self.state.has_more_output() || written == output.len(),
            has_ended: self.state.is_finished(),
        })
    }
}

/// Decompresses.
pub(super) struct BrotliDecoder {
    state: BrotliState<Counting, Counting, Counting>,
    counting: Counting,
    total: usize,
}

impl BrotliDecoder {
    pub fn new() -> Self {
        let counting = Counting::default();
        // The strict one: windows of more than 16 MiB are no part of the RFC.
        let [a, b, c] = [0; 3].map(|_| counting.clone());
        let state = BrotliState::new_strict(a, b, c);
        Self {
            state,
            counting,
            total: 0,
        }
    }

    pub fn memory(&self) -> u64 {
        self.counting.used() + STATE
    }

    pub fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, CodecError> {
        let (mut left, mut read) = (input.len(), 0);
        let (mut room, mut written) = (output.len(), 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut read,
            input,
            &mut room,
            &mut written,
            output,
            &mut self.total,
            &mut self.state,
        );
        match result {
            BrotliResult::ResultFailure => Err(CodecError::Corrupt),
            result => Ok(Step {
                read,
                written,
                has_more: matches!(result, BrotliResult::NeedsMoreOutput),
                has_ended: matches!(result, BrotliResult::ResultSuccess),
            }),
        }
    }
}
