//! Buffers and the views of them, wherever their bytes lie.

use super::reader::Deserializer;
use super::viewed::Viewed;
use crate::error::{DecodeError, DecodeErrorKind};
use crate::value::Transfer;
use crate::value::document::ViewKind;
use crate::value::event::ViewRef;
use crate::value::tags::*;

/// A buffer, or the part of it that a view shows.
pub(super) struct Buffer<'de> {
    pub(super) bytes: &'de [u8],
    pub(super) view: Option<ViewRef>,
}

impl<'de> Buffer<'de> {
    pub(super) fn elements(&self) -> Viewed<'de> {
        Viewed::new(
            self.bytes,
            self.view.map_or(ViewKind::Uint8, |view| view.kind),
        )
    }
}

pub(super) const fn is_buffer(tag: u8) -> bool {
    matches!(
        tag,
        ARRAY_BUFFER
            | IMMUTABLE_ARRAY_BUFFER
            | RESIZABLE_ARRAY_BUFFER
            | TRANSFERRED_ARRAY_BUFFER
            | SHARED_ARRAY_BUFFER
    )
}

impl<'de> Deserializer<'de> {
    /// Whether the reference just taken has a view behind it: then it names that view's buffer.
    pub(super) fn reference_is_viewed(&mut self) -> Result<bool, DecodeError> {
        let mut ahead = self.cursor.clone();
        ahead.varint32()?;
        Ok(!self.without_view && ahead.peek_tag() == Some(VIEW))
    }

    /// The buffer that begins with `tag`, with its view; `None` when that is no buffer.
    pub(super) fn buffer(&mut self, tag: u8) -> Result<Option<Buffer<'de>>, DecodeError> {
        let start = self.cursor.pos;
        let without_view = std::mem::take(&mut self.without_view);
        let bytes = match tag {
            ARRAY_BUFFER | IMMUTABLE_ARRAY_BUFFER => self.cursor.buffer()?,
            RESIZABLE_ARRAY_BUFFER => self.cursor.resizable()?.0,
            TRANSFERRED_ARRAY_BUFFER => {
                let id = self.cursor.varint32()?;
                match self.transfers.get(id as usize).and_then(Transfer::contents) {
                    Some(bytes) => bytes,
                    None => {
                        let kind = DecodeErrorKind::Beside {
                            what: "transferred buffer".into(),
                            id,
                            known: self.transfers.len() as u32,
                        };
                        return Err(DecodeError::new(start, kind));
                    }
                }
            }
            REFERENCE => {
                // Only for the buffer of a view, so this cannot go round in a circle.
                let mut found = None;
                self.follow(|de| {
                    let tag = de.tag()?;
                    // A reference leads to an object, and objects are no references, but a view's
                    // place is that of the reference before it.
                    if tag != REFERENCE {
                        found = de.buffer(tag)?;
                    }
                    Ok(())
                })?;
                match found {
                    Some(buffer) => buffer.bytes,
                    None => return Err(DecodeError::malformed(start, "view of no buffer")),
                }
            }
            _ => return Ok(None),
        };
        if without_view || self.cursor.peek_tag() != Some(VIEW) {
            return Ok(Some(Buffer { bytes, view: None }));
        }
        let at = self.cursor.pos;
        self.cursor.pos += 1;
        let view = ViewRef::read(&mut self.cursor)?;
        match view.slice(bytes) {
            Some(bytes) => Ok(Some(Buffer {
                bytes,
                view: Some(view),
            })),
            None => Err(DecodeError::malformed(at, "view beyond its buffer")),
        }
    }
}
