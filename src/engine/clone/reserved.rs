//! Memory for bytes that Rust allocates and an isolate pays for.

use std::sync::Arc;

use super::super::budget::BufferBudget;
use super::super::error;
use super::super::state::state;

/// So many bytes of an isolate's budget, given back when this is dropped.
#[derive(Debug)]
pub(in super::super) struct Reserved {
    bytes: u64,
    budget: Arc<BufferBudget>,
}

impl Reserved {
    /// Takes `bytes` from the isolate's budget, if they are to be had there now.
    pub fn try_take(scope: &v8::PinScope<'_, '_>, bytes: usize) -> Option<Self> {
        let budget = state(scope).control.buffers.clone();
        let bytes = bytes as u64;
        // Made only where it was taken, since what is dropped gives back.
        budget.take(bytes).then(|| Self { bytes, budget })
    }

    /// The same once what is garbage has gone. `None` with a `RangeError` pending where that was not enough.
    pub fn take(scope: &mut v8::PinScope<'_, '_>, bytes: usize) -> Option<Self> {
        if let Some(reserved) = Self::try_take(scope, bytes) {
            return Some(reserved);
        }
        // V8 does the same before it gives up an allocation of its own.
        if bytes as u64 <= state(scope).control.limits().buffer_bytes {
            scope.low_memory_notification();
            if let Some(reserved) = Self::try_take(scope, bytes) {
                return Some(reserved);
            }
        }
        error::throw_refused_buffer(scope);
        None
    }

    /// Room for the bytes. `None` with a `RangeError` pending where the machine has none.
    pub fn room(&self, scope: &mut v8::PinScope<'_, '_>) -> Option<Vec<u8>> {
        let mut room = Vec::new();
        let has =
            usize::try_from(self.bytes).is_ok_and(|bytes| room.try_reserve_exact(bytes).is_ok());
        if !has {
            error::throw_refused_buffer(scope);
            return None;
        }
        Some(room)
    }

    /// Gives back what is more than `bytes`.
    pub fn shrink(&mut self, bytes: usize) {
        let less = self.bytes.saturating_sub(bytes as u64);
        self.bytes -= less;
        self.budget.give_back(less);
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes);
    }
}
