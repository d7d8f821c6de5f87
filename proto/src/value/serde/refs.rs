//! Where each object begins, for values that refer back, and where the parts of AggregateErrors do.

use crate::error::{DecodeError, DecodeErrorKind};
use crate::value::event::Event;
use crate::value::host::Part;
use crate::value::walk::Walker;

/// The beginning of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// The offset of its tag; of a view, that of the buffer or reference before it.
    pub(super) offset: usize,
    /// Whether it is the view, rather than the buffer at the same place.
    pub(super) view: bool,
}

/// What lies behind the root for an AggregateError.
#[derive(Clone, Copy, Debug)]
struct Behind {
    /// The offset of the error's tag.
    error: usize,
    part: Part,
    /// The offset of the value.
    value: usize,
}

/// The objects of a value in the order of their ids, and what lies behind the root, in that order too.
/// Only values with references or AggregateErrors need it; it takes one pass over the whole input,
/// which checks all of it.
fn table(bytes: &[u8]) -> Result<(Vec<Start>, Vec<Behind>), DecodeError> {
    let mut walker = Walker::whole(bytes, usize::MAX)?;
    let mut starts: Vec<Start> = Vec::new();
    let mut behind = Vec::new();
    while let Some(event) = walker.next()? {
        if let Event::Part { object, part } = event {
            let error = starts.get(object as usize).map(|start| start.offset);
            let value = walker.cursor.pos;
            behind.extend(error.map(|error| Behind { error, part, value }));
            continue;
        }
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
    Ok((starts, behind))
}

/// The objects, and the references followed on the way from the root to here.
#[derive(Debug)]
pub(super) struct Refs {
    starts: Vec<Start>,
    behind: Vec<Behind>,
    following: Vec<u32>,
}

impl Refs {
    pub(super) fn new(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (starts, behind) = table(bytes)?;
        Ok(Self {
            starts,
            behind,
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

    /// Where a part of the AggregateError whose tag stands at `error` lies.
    pub(super) fn part(&self, error: usize, part: Part) -> Option<usize> {
        let place = |behind: &Behind| (behind.error, behind.part);
        let index = self.behind.binary_search_by_key(&(error, part), place);
        Some(self.behind.get(index.ok()?)?.value)
    }

    /// Comes back from there.
    pub(super) fn leave(&mut self) {
        self.following.pop();
    }
}
