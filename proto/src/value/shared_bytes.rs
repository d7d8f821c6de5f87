//! Bytes that isolates read together, and nobody writes.

use std::cell::RefCell;
use std::fmt;

use bytes::Bytes;
use serde::{Serialize, Serializer};

/// The name under which serde's newtype carries a [`SharedBytes`].
pub(crate) const SHARED_BYTES_NEWTYPE: &str = "nano:SharedBytes";

thread_local! {
    /// What a [`SharedBytes`] hands to the serializer that it is just calling; serde itself can only
    /// carry a copy.
    static HANDED: RefCell<Option<SharedBytes>> = const { RefCell::new(None) };
}

/// Bytes that any number of isolates see as an *immutable* `ArrayBuffer`, without a copy: each buffer
/// points at this one memory, which is freed when the last of them and the last clone of this is gone.
///
/// Anywhere in a value that [`to_value`](crate::to_value) writes it becomes such a buffer. No isolate
/// is charged for it, and it weighs nothing against a message's limit, since a message only carries
/// the address. To another machine an envelope carries the contents. In any other serde format it is
/// plain bytes.
///
/// The memory must stay as it is for as long as this lives: an owner given to
/// [`Bytes::from_owner`] must not change it, and a mapped file must not be written to.
///
/// ```
/// use nano_proto::{SharedBytes, to_value};
///
/// let table = SharedBytes::from(vec![7; 1 << 20]);
/// // Each value refers to the same MiB.
/// let values: Vec<_> = (0..1_000).map(|n| to_value(&(n, &table))).collect::<Result<_, _>>()?;
/// assert!(values.iter().all(|value| value.bytes().len() < 32));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SharedBytes {
    bytes: Bytes,
    made: Option<Made>,
}

/// Memory that an isolate has made and others may show. Unlike memory of the program's, each that does pays for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    /// Where the memory begins, all of which lives as long as any part of it does.
    pub start: usize,
    /// How many bytes there are from there.
    pub length: usize,
    /// Names whoever made it, as the runtime likes.
    pub maker: usize,
}

impl SharedBytes {
    /// How the memory is aligned, so that a typed array of any kind may lie on it.
    pub const ALIGN: usize = 16;

    /// Shares `bytes`. They are copied, once, where they are not aligned to [`ALIGN`](Self::ALIGN): a
    /// `Vec` is, a slice out of the middle of something often is not.
    pub fn new(bytes: Bytes) -> Self {
        if bytes.is_empty() || bytes.as_ptr().addr().is_multiple_of(Self::ALIGN) {
            return Self::from_aligned(bytes);
        }
        let mut room = vec![0; bytes.len().saturating_add(Self::ALIGN)].into_boxed_slice();
        let start = room.as_ptr().addr().wrapping_neg() % Self::ALIGN;
        if let Some(aligned) = room.get_mut(start..start + bytes.len()) {
            aligned.copy_from_slice(&bytes);
        }
        // The slice stays where it is when it becomes `Bytes`.
        Self::from_aligned(Bytes::from(room).slice(start..start + bytes.len()))
    }

    const fn from_aligned(bytes: Bytes) -> Self {
        Self { bytes, made: None }
    }

    /// Says that an isolate has made the memory.
    #[must_use]
    pub const fn made_by(mut self, made: Made) -> Self {
        self.made = Some(made);
        self
    }

    /// The memory that it is a part of, where an isolate has made that.
    pub const fn made(&self) -> Option<Made> {
        self.made
    }

    /// The same memory from `start` up to `end`, copied where that is not aligned; none where it is not there.
    pub fn part(&self, start: usize, end: usize) -> Option<Self> {
        if start > end || end > self.bytes.len() {
            return None;
        }
        let part = Self::new(self.bytes.slice(start..end));
        let is_copy = !start.is_multiple_of(Self::ALIGN);
        Some(match self.made {
            Some(made) if !is_copy => part.made_by(made),
            _ => part,
        })
    }

    /// What is shared.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The same.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// What the `Serialize` implementation below has just handed over.
    pub(crate) fn take_handed() -> Option<Self> {
        HANDED.with(|handed| handed.borrow_mut().take())
    }
}

impl PartialEq for SharedBytes {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for SharedBytes {}

impl<T: Into<Bytes>> From<T> for SharedBytes {
    fn from(bytes: T) -> Self {
        Self::new(bytes.into())
    }
}

impl fmt::Debug for SharedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedBytes({} bytes)", self.bytes.len())
    }
}

/// For serializers other than the value codec's.
struct Plain<'a>(&'a [u8]);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl Serialize for SharedBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        HANDED.with(|handed| *handed.borrow_mut() = Some(self.clone()));
        let done = serializer.serialize_newtype_struct(SHARED_BYTES_NEWTYPE, &Plain(&self.bytes));
        drop(Self::take_handed());
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Transfer, from_value, to_value};

    #[test]
    fn they_travel_beside_the_value() {
        let shared = SharedBytes::from(vec![1, 2, 3]);
        let value = to_value(&("x", &shared, Some(&shared))).unwrap();
        let [Transfer::Immutable(first), Transfer::Immutable(second)] = value.transfers() else {
            panic!("{value:?}");
        };
        assert_eq!(first.bytes().as_ptr(), shared.bytes().as_ptr());
        assert_eq!(second.bytes().as_ptr(), shared.bytes().as_ptr());
        let (_, read, again): (String, Vec<u8>, Vec<u8>) = from_value(&value).unwrap();
        assert_eq!((read, again), (vec![1, 2, 3], vec![1, 2, 3]));
        assert!(value.len() < 100);
    }

    #[test]
    fn a_part_is_of_the_same_memory_and_weighs_all_of_it_once() {
        let bytes = Bytes::from(vec![5; 100]);
        let made = Made {
            start: bytes.as_ptr().addr(),
            length: 100,
            maker: 1,
        };
        let shared = SharedBytes::new(bytes).made_by(made);
        let part = shared.part(16, 20).unwrap();
        assert_eq!(part.made(), Some(made));
        assert_eq!(shared.part(3, 5).unwrap().made(), None, "a copy");
        assert!(shared.part(3, 2).is_none() && shared.part(3, 101).is_none());
        let one = to_value(&(&part, &part)).unwrap();
        let free = to_value(&SharedBytes::from(vec![5; 100])).unwrap();
        assert_eq!(one.weight(), one.own_weight() + 100);
        assert_eq!(free.weight(), free.own_weight());
    }

    #[test]
    fn only_bytes_out_of_alignment_are_copied() {
        let whole = Bytes::from(vec![5; 100]);
        let kept = SharedBytes::new(whole.clone());
        assert_eq!(kept.bytes().as_ptr(), whole.as_ptr());
        for start in 1..40 {
            let part = whole.slice(start..);
            let shared = SharedBytes::new(part.clone());
            assert_eq!(*shared.bytes(), part);
            assert!(shared.bytes().as_ptr().addr().is_multiple_of(16));
        }
        assert!(SharedBytes::new(whole.slice(7..7)).bytes().is_empty());
    }

    #[test]
    fn elsewhere_they_are_plain_bytes() {
        let shared = SharedBytes::from(vec![1, 2]);
        assert_eq!(format!("{shared:?}"), "SharedBytes(2 bytes)");
        assert_eq!(shared.clone().into_bytes(), [1, 2][..]);
        assert_eq!(serde_json::to_string(&shared).unwrap(), "[1,2]");
        // Nothing of it is left for the next one.
        assert!(SharedBytes::take_handed().is_none());
    }
}
