//! Where each object begins, for values that refer back.

use crate::error::{DecodeError, DecodeErrorKind};
use crate::value::event::Event;
use crate::value::walk::Walker;

/// The beginning of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// The offset of its tag; of a view, that of the buffer or reference before it.
    pub(super) offset: usize,
    /// Whether it is the view, rather than the buffer at the same place.
    pub(super) view: bool,
}

/// The objects of a value in the order of their ids. Only values with references need it; it takes
/// one pass over the whole input, which checks all of it.
pub(super) fn starts(bytes: &[u8]) -> Result<Vec<Start>, DecodeError> {
    let mut walker = Walker::whole(bytes, usize::MAX)?;
    let mut starts = Vec::new();
    while let Some(event) = walker.next()? {
        let known = starts.len();
        let offset = walker.at;
        let objects = walker.objects() as usize;
        if objects > known {
            let plain = !matches!(event, Event::Reference { .. });
            if plain {
                starts.push(Start {
                    offset,
                    view: false,
                });
            }
            if objects > starts.len() {
                starts.push(Start { offset, view: true });
            }
        }
        debug_assert_eq!(starts.len(), objects);
    }
    Ok(starts)
}

/// The objects, and the references followed on the way from the root to here.
#[derive(Debug)]
pub(super) struct Refs {
    starts: Vec<Start>,
    following: Vec<u32>,
}

impl Refs {
    pub(super) fn new(bytes: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self {
            starts: starts(bytes)?,
            following: Vec::new(),
        })
    }

    /// Goes to object `id`; `at` is where the reference stands.
    pub(super) fn enter(&mut self, id: u32, at: usize) -> Result<Start, DecodeError> {
        let Some(start) = self.starts.get(id as usize).copied() else {
            let known = self.starts.len() as u32;
            return Err(DecodeError::new(
                at,
                DecodeErrorKind::Reference { id, known },
            ));
        };
        // Any endless way through the value follows the same reference twice.
        if self.following.contains(&id) {
            return Err(DecodeError::new(at, DecodeErrorKind::Cycle { id }));
        }
        self.following.push(id);
        Ok(start)
    }

    /// Comes back from there.
    pub(super) fn leave(&mut self) {
        self.following.pop();
    }
}
