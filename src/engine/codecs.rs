//! The compressed streams of one isolate, by number. What they take counts as buffers.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::budget::BufferBudget;
use crate::web::compression::{Codec, CodecError};

/// A codec with what it has taken from its isolate's budget.
struct Charged {
    codec: Codec,
    taken: u64,
    budget: Arc<BufferBudget>,
}

impl Charged {
    /// Takes what the codec has come to need, or gives back; false where there is no room.
    fn settle(&mut self) -> bool {
        let needed = self.codec.memory();
        if needed > self.taken && !self.budget.take(needed - self.taken) {
            self.budget.blame(needed - self.taken);
            return false;
        }
        if needed < self.taken {
            self.budget.give_back(self.taken - needed);
        }
        self.taken = needed;
        true
    }
}

impl Drop for Charged {
    fn drop(&mut self) {
        self.budget.give_back(self.taken);
    }
}

/// The codecs of one isolate. A number is never used again.
#[derive(Default)]
pub(super) struct Codecs {
    last: u64,
    open: FxHashMap<u64, Charged>,
}

impl Codecs {
    /// A number for `codec`; none where `budget` has no room for it.
    pub fn open(&mut self, codec: Codec, budget: &Arc<BufferBudget>) -> Option<u64> {
        let mut charged = Charged {
            codec,
            taken: 0,
            budget: budget.clone(),
        };
        if !charged.settle() {
            return None;
        }
        self.last += 1;
        self.open.insert(self.last, charged);
        Some(self.last)
    }

    /// The stream has ended, or nobody wants it any more.
    pub fn close(&mut self, number: u64) {
        self.open.remove(&number);
    }

    /// What `step` does with a codec, which is closed if that fails. One that is closed has no output.
    pub fn step(
        &mut self,
        number: u64,
        step: impl FnOnce(&mut Codec) -> Result<usize, CodecError>,
    ) -> Result<usize, CodecError> {
        let Some(charged) = self.open.get_mut(&number) else {
            return Ok(0);
        };
        let mut result = step(&mut charged.codec);
        if !charged.settle() {
            result = Err(CodecError::Memory);
        }
        if result.is_err() {
            self.close(number);
        }
        result
    }
}
