//! WebAssembly memories and their buffers, which refer to each other.

use super::{Frame, Walker};
use crate::error::DecodeError;
use crate::value::event::Event;
use crate::value::tags::*;

impl<'a> Walker<'a> {
    /// A memory, whose buffer comes next.
    pub(super) fn memory(&mut self) -> Result<Event<'a>, DecodeError> {
        let maximum_pages = self.cursor.zigzag()?;
        let wide = self.cursor.byte()?;
        if wide > 1 || maximum_pages < -1 {
            let what = "impossible WebAssembly.Memory";
            return Err(DecodeError::malformed(self.at, what));
        }
        let id = self.object()?;
        self.begin(Frame::BeforeBuffer(id))?;
        Ok(Event::BeginWasmMemory {
            maximum_pages,
            memory64: wide == 1,
        })
    }

    /// The buffer of a wasm memory: always with its extra part, never viewed.
    pub(super) fn memory_buffer(&mut self, memory: u32) -> Result<Event<'a>, DecodeError> {
        let tag = self.cursor.tag()?;
        self.at = self.cursor.pos - 1;
        if tag == REFERENCE {
            let event = self.reference(false)?;
            let shared = match event {
                Event::Reference { id, .. } if self.whole => {
                    let buffer = self
                        .buffers
                        .binary_search_by_key(&id, |buffer| buffer.id)
                        .ok();
                    buffer
                        .and_then(|place| self.buffers.get(place))
                        .is_some_and(|b| b.shared)
                }
                _ => true,
            };
            if !shared {
                let what = "a WebAssembly.Memory over something that is no shared buffer";
                return Err(DecodeError::malformed(self.at, what));
            }
            return Ok(event);
        }
        if tag != SHARED_ARRAY_BUFFER {
            return Err(self
                .cursor
                .unexpected(tag, "the buffer of a WebAssembly.Memory"));
        }
        let id = self.cursor.varint32()?;
        self.buffer_object(None, true)?;
        match self.cursor.byte()? {
            WASM_FIXED => {
                let wasm = Some(self.cursor.size()?);
                Ok(Event::SharedBuffer {
                    id,
                    wasm,
                    view: None,
                })
            }
            WASM_RESIZABLE => {
                self.begin(Frame::BeforeMemory(memory))?;
                Ok(Event::BeginResizableShared(id))
            }
            other => Err(self
                .cursor
                .unexpected(other, "`f` or `r` of a wasm memory's buffer")),
        }
    }

    /// The memory of a buffer that JavaScript may grow: the one that it was met in.
    pub(super) fn buffer_memory(&mut self, memory: u32) -> Result<Event<'a>, DecodeError> {
        let tag = self.cursor.tag()?;
        self.at = self.cursor.pos - 1;
        if tag != REFERENCE {
            return Err(self
                .cursor
                .unexpected(tag, "a reference to the WebAssembly.Memory"));
        }
        let event = self.reference(false)?;
        match event {
            Event::Reference { id, .. } if self.whole && id != memory => Err(
                DecodeError::malformed(self.at, "a growable wasm buffer of another memory"),
            ),
            event => Ok(event),
        }
    }
}
