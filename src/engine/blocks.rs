//! The memory of large buffers. What one of them leaves is kept for the next: the system hands out pages that it has to
//! clear and map first, which takes longer than to fill them.

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc};
use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

/// V8 hands out memory of this alignment to typed arrays of every kind.
const ALIGN: usize = 16;
/// Buffers from here, in bytes, up to there get blocks that are kept.
pub(super) const SMALLEST: usize = 64 << 10;
pub(super) const LARGEST: usize = 4 << 20;
/// As many bytes are kept at the most, by the whole process, while it runs. V8 collects its garbage after so many.
const MOST: usize = 64 << 20;
/// A doubling of the size has so many sizes of blocks.
const STEPS: usize = 4;
const SIZES: usize = ((LARGEST / SMALLEST).ilog2() as usize + 1) * STEPS;

struct Address(NonNull<u8>);

// SAFETY: nobody uses the memory while it is kept.
unsafe impl Send for Address {}

struct Kept {
    /// By the number of their size.
    blocks: [Vec<Address>; SIZES],
    bytes: usize,
}

static KEPT: Mutex<Kept> = Mutex::new(Kept {
    blocks: [const { Vec::new() }; SIZES],
    bytes: 0,
});

/// The size of the block for a buffer of `length` bytes, in bytes, and the size's number, if such blocks are kept.
fn size(length: usize) -> (usize, Option<usize>) {
    if !(SMALLEST..=LARGEST).contains(&length) {
        return (length.max(1), None);
    }
    let doubling = length.next_power_of_two();
    let step = doubling / (2 * STEPS);
    let steps = length.div_ceil(step);
    let number = (doubling / SMALLEST).ilog2() as usize * STEPS + steps - STEPS - 1;
    (steps * step, Some(number))
}

fn kept(number: usize, size: usize) -> Option<NonNull<u8>> {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let Address(data) = kept.blocks.get_mut(number)?.pop()?;
    kept.bytes -= size;
    Some(data)
}

fn take_with(length: usize, fresh: unsafe fn(Layout) -> *mut u8) -> Option<(NonNull<u8>, bool)> {
    let (size, number) = size(length);
    if let Some(data) = number.and_then(|number| kept(number, size)) {
        return Some((data, true));
    }
    let layout = Layout::from_size_align(size, ALIGN).ok()?;
    // SAFETY: the layout's size is at least one.
    NonNull::new(unsafe { fresh(layout) }).map(|data| (data, false))
}

/// Memory for `length` bytes, with whatever lies there; none where the system has none.
pub(super) fn take(length: usize) -> Option<NonNull<u8>> {
    take_with(length, alloc).map(|(data, _)| data)
}

/// Memory for `length` bytes, which are all 0; none where the system has none.
pub(super) fn take_zeroed(length: usize) -> Option<NonNull<u8>> {
    let (data, was_used) = take_with(length, alloc_zeroed)?;
    if was_used {
        // SAFETY: the block has room for so many bytes, and nobody else has it.
        unsafe { data.write_bytes(0, length) };
    }
    Some(data)
}

/// Gives the memory of a buffer back.
///
/// # Safety
/// `data` is what `take` or `take_zeroed` gave for the same length, and nobody uses it any more.
pub(super) unsafe fn give_back(data: NonNull<u8>, length: usize) {
    let (size, number) = size(length);
    if let Some(number) = number {
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes + size <= MOST {
            kept.bytes += size;
            kept.blocks[number].push(Address(data));
            return;
        }
    }
    // SAFETY: as the caller promises.
    unsafe { free(data, size) };
}

/// # Safety
/// `data` is a block of `size` bytes that nobody uses any more.
unsafe fn free(data: NonNull<u8>, size: usize) {
    if let Ok(layout) = Layout::from_size_align(size, ALIGN) {
        // SAFETY: this is the layout that it was taken with.
        unsafe { dealloc(data.as_ptr(), layout) };
    }
}

/// Gives all that is kept to the system: nothing runs that could use it.
pub fn release() {
    for number in 0..SIZES {
        // The size's largest buffer.
        let size = size_of_number(number);
        while let Some(data) = kept(number, size) {
            // SAFETY: it was kept, so nobody uses it, and is a block of this size.
            unsafe { free(data, size) };
        }
    }
}

fn size_of_number(number: usize) -> usize {
    let step = (SMALLEST << (number / STEPS)) / (2 * STEPS);
    (number % STEPS + STEPS + 1) * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_fit_closely_and_have_numbers_of_their_own() {
        let mut last = None;
        for length in (SMALLEST..=LARGEST).step_by(1021).chain([LARGEST]) {
            let (size, number) = size(length);
            let number = number.expect("a length in between");
            assert!(
                size >= length && size - length <= length / STEPS,
                "{length} in {size}"
            );
            assert_eq!(size_of_number(number), size);
            assert!(number < SIZES && last <= Some(number));
            last = Some(number);
        }
        assert_eq!(size(SMALLEST - 1), (SMALLEST - 1, None));
        assert_eq!(size(LARGEST + 1), (LARGEST + 1, None));
        assert_eq!(size(0), (1, None));
    }

    #[test]
    fn what_was_used_is_cleared() {
        let length = 3 * SMALLEST / 2 + 1;
        for _ in 0..8 {
            let data = take_zeroed(length).expect("memory");
            // SAFETY: the block has room for so many bytes, and nobody else has it.
            unsafe {
                let bytes = std::slice::from_raw_parts(data.as_ptr(), length);
                assert!(bytes.iter().all(|byte| *byte == 0));
                data.write_bytes(7, length);
                give_back(data, length);
            }
        }
    }
}
