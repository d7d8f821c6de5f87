//! Buffers, the views of them, and references, which may be to a buffer that is viewed.

use super::Walker;
use crate::error::{DecodeError, DecodeErrorKind};
use crate::value::event::{BufferKind, Event, ViewRef};
use crate::value::tags::*;

/// A buffer that references may name again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Buffer {
    pub(super) id: u32,
    pub(super) shared: bool,
    /// Its length, and whether it resizes; unknown of those that travel beside the bytes.
    known: Option<(u64, bool)>,
}

impl<'a> Walker<'a> {
    pub(super) fn reference(&mut self, viewable: bool) -> Result<Event<'a>, DecodeError> {
        let start = self.cursor.pos;
        let id = self.cursor.varint32()?;
        if !self.whole {
            let view = self.view(viewable, None)?;
            return Ok(Event::Reference { id, view });
        }
        if id >= self.next_id {
            let kind = DecodeErrorKind::Reference {
                id,
                known: self.next_id,
            };
            return Err(DecodeError::new(start, kind));
        }
        let buffer = self
            .buffers
            .binary_search_by_key(&id, |buffer| buffer.id)
            .ok();
        let known = buffer
            .and_then(|place| self.buffers.get(place))
            .and_then(|b| b.known);
        let view = self.view(viewable && buffer.is_some(), known)?;
        Ok(Event::Reference { id, view })
    }

    pub(super) fn buffer_object(
        &mut self,
        known: Option<(u64, bool)>,
        shared: bool,
    ) -> Result<(), DecodeError> {
        let id = self.object()?;
        if self.whole {
            self.buffers.push(Buffer { id, shared, known });
        }
        Ok(())
    }

    pub(super) fn array_buffer(&mut self, tag: u8) -> Result<Event<'a>, DecodeError> {
        let (bytes, kind) = match tag {
            RESIZABLE_ARRAY_BUFFER => {
                let (bytes, max) = self.cursor.resizable()?;
                (bytes, BufferKind::Resizable { max })
            }
            IMMUTABLE_ARRAY_BUFFER => (self.cursor.buffer()?, BufferKind::Immutable),
            _ => (self.cursor.buffer()?, BufferKind::Fixed),
        };
        let known = Some((bytes.len() as u64, tag == RESIZABLE_ARRAY_BUFFER));
        self.buffer_object(known, false)?;
        let view = self.view(true, known)?;
        Ok(Event::ArrayBuffer { bytes, kind, view })
    }

    /// A SharedArrayBuffer. V8 knows from the buffer whether it is a wasm memory's. The bytes alone
    /// tell it only in the form with `f`; `r` would as well be the error that comes next.
    pub(super) fn shared_buffer(&mut self) -> Result<Event<'a>, DecodeError> {
        let id = self.cursor.varint32()?;
        self.buffer_object(None, true)?;
        let mut wasm = None;
        if self.cursor.peek_tag() == Some(WASM_FIXED) {
            self.cursor.pos += 1;
            wasm = Some(self.cursor.size()?);
        }
        let view = self.view(true, None)?;
        Ok(Event::SharedBuffer { id, wasm, view })
    }

    /// An ArrayBuffer that travels beside the bytes.
    pub(super) fn transferred(&mut self) -> Result<Event<'a>, DecodeError> {
        let id = self.cursor.varint32()?;
        self.buffer_object(None, false)?;
        let view = self.view(true, None)?;
        Ok(Event::Transferred { id, view })
    }

    /// The view that follows a buffer, if one does.
    fn view(
        &mut self,
        viewable: bool,
        known: Option<(u64, bool)>,
    ) -> Result<Option<ViewRef>, DecodeError> {
        if !viewable || self.cursor.peek_tag() != Some(VIEW) {
            return Ok(None);
        }
        let start = self.cursor.pos;
        self.cursor.pos += 1;
        let view = ViewRef::read(&mut self.cursor)?;
        if let Some((length, resizable)) = known {
            view.check(start, length, resizable)?;
        }
        self.object()?;
        Ok(Some(view))
    }
}
