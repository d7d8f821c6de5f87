//! Long strings that native code makes. Their characters lie in a block of their own, where they are written once; in
//! V8's heap they would be copied to, and from fresh pages every time. An isolate pays for them as it does for buffers.

use std::ffi::c_char;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::Arc;

use super::blocks;
use super::budget::BufferBudget;
use super::heap;
use super::state::state;
use super::text::NoString;

/// Strings of so many bytes are long. V8 gets the pages of shorter ones back from its own garbage, and a copy to those
/// takes less than what lies in a block takes until it is found to be garbage.
pub(super) const LONG: usize = blocks::LARGEST + 1;

/// What stands in front of the characters, which are aligned behind it as V8 wants them.
#[repr(C, align(16))]
struct Header {
    /// A reference to what paid for the block.
    budget: *const BufferBudget,
    /// The length of the block, in bytes.
    size: usize,
}

const HEADER: usize = size_of::<Header>();

/// A block that is not V8's yet.
struct Characters {
    block: NonNull<u8>,
    size: usize,
    budget: Arc<BufferBudget>,
}

impl Characters {
    /// Room for `bytes`; none where the budget or the system has none.
    fn take(budget: &Arc<BufferBudget>, bytes: usize) -> Option<Self> {
        let size = bytes.checked_add(HEADER)?;
        if !budget.take(size as u64) {
            return None;
        }
        let Some(block) = blocks::take(size) else {
            budget.give_back(size as u64);
            return None;
        };
        Some(Self {
            block,
            size,
            budget: budget.clone(),
        })
    }

    fn data(&self) -> NonNull<u8> {
        // SAFETY: the block is longer than the header.
        unsafe { self.block.add(HEADER) }
    }

    /// Gives the block to a string, which frees it by `release`.
    fn into_data(self) -> NonNull<u8> {
        let this = ManuallyDrop::new(self);
        let header = Header {
            // SAFETY: `this` is never dropped, so the reference is moved out of it once.
            budget: Arc::into_raw(unsafe { std::ptr::read(&this.budget) }),
            size: this.size,
        };
        // SAFETY: the block begins with room for the header, and is aligned for it as all blocks are.
        unsafe { this.block.cast::<Header>().write(header) };
        this.data()
    }
}

impl Drop for Characters {
    fn drop(&mut self) {
        // SAFETY: it came from `take`, and V8 never had it.
        unsafe { blocks::give_back(self.block, self.size) };
        self.budget.give_back(self.size as u64);
    }
}

/// # Safety
/// `data` came from `into_data`, and nobody uses it any more.
unsafe fn release(data: *mut u8) {
    // SAFETY: the header stands in front of the characters.
    let block = unsafe { NonNull::new_unchecked(data.sub(HEADER)) };
    // SAFETY: `into_data` has written it.
    let header = unsafe { block.cast::<Header>().read() };
    // SAFETY: this is the reference that `into_data` gave up.
    let budget = unsafe { Arc::from_raw(header.budget) };
    // SAFETY: as the caller promises; the size is that which it was taken with.
    unsafe { blocks::give_back(block, header.size) };
    budget.give_back(header.size as u64);
}

unsafe extern "C" fn release_one_byte(data: *mut c_char, _: usize) {
    // SAFETY: V8 gives back what it was given, once.
    unsafe { release(data.cast()) };
}

unsafe extern "C" fn release_two_byte(data: *mut u16, _: usize) {
    // SAFETY: as above.
    unsafe { release(data.cast()) };
}

/// What characters there are.
pub(super) trait Character: Copy {
    /// A string of `length` of them at `data`.
    ///
    /// # Safety
    /// They came from `into_data`, and are written.
    unsafe fn string<'s>(
        scope: &v8::PinScope<'s, '_>,
        data: NonNull<u8>,
        length: usize,
    ) -> Option<v8::Local<'s, v8::String>>;
}

impl Character for u8 {
    unsafe fn string<'s>(
        scope: &v8::PinScope<'s, '_>,
        data: NonNull<u8>,
        length: usize,
    ) -> Option<v8::Local<'s, v8::String>> {
        let data = data.as_ptr().cast();
        // SAFETY: the string owns the characters, and frees them as they want to be.
        unsafe { v8::String::new_external_onebyte_raw(scope, data, length, release_one_byte) }
    }
}

impl Character for u16 {
    unsafe fn string<'s>(
        scope: &v8::PinScope<'s, '_>,
        data: NonNull<u8>,
        length: usize,
    ) -> Option<v8::Local<'s, v8::String>> {
        let data = data.as_ptr().cast();
        // SAFETY: as above.
        unsafe { v8::String::new_external_twobyte_raw(scope, data, length, release_two_byte) }
    }
}

/// A string of up to `length` characters, which `write` writes and says the number of; it reads none before, and
/// runs no JavaScript. Without room for it, `write` comes back.
pub(super) fn make<'s, 'c, T: Character, W>(
    scope: &mut v8::PinScope<'s, 'c>,
    length: usize,
    write: W,
) -> Result<Result<v8::Local<'s, v8::String>, NoString>, W>
where
    W: FnOnce(&mut v8::PinScope<'s, 'c>, &mut [T]) -> Result<usize, NoString>,
{
    heap::collect_if_due(scope);
    let bytes = length.checked_mul(size_of::<T>());
    let budget = state(scope).control.buffers.clone();
    let Some(characters) = bytes.and_then(|bytes| Characters::take(&budget, bytes)) else {
        return Err(write);
    };
    let output = characters.data().cast::<T>();
    // SAFETY: there is room for so many, which are integers: nothing that lies there is no value of theirs. Nobody else
    // has the block.
    let output = unsafe { std::slice::from_raw_parts_mut(output.as_ptr(), length) };
    let count = match write(scope, output) {
        Ok(count) => count.min(length),
        Err(why) => return Ok(Err(why)),
    };
    if count == 0 {
        return Ok(Ok(v8::String::empty(scope)));
    }
    if count > v8::String::MAX_LENGTH {
        return Ok(Err(NoString::TooLong));
    }
    // SAFETY: `write` has written so many.
    let string = unsafe { T::string(scope, characters.into_data(), count) };
    Ok(string.ok_or(NoString::TooLong))
}
