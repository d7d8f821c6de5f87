//! A pull parser over a whole value: one event at a time, the nesting on the heap.
//!
//! Documents, the validator, the table of object starts and skipping are all built on it, so each
//! rule of the format stands once. It never recurses, and its memory is a constant times the
//! bytes read, since every container and every buffer takes at least two of them.

mod buffer;
mod value;
mod wasm;

use std::collections::VecDeque;

use self::buffer::Buffer;
use super::cursor::{Cursor, Str};
use super::event::Event;
use super::host::Part;
use super::tags::*;
use crate::error::{DecodeError, DecodeErrorKind};

/// A container that is open.
#[derive(Clone, Copy, Debug)]
enum Frame {
    /// `keyed`: a key has been read and its value is next.
    Object {
        count: u64,
        keyed: bool,
    },
    /// `left`: elements that are still to come, before the properties.
    Array {
        end: u8,
        length: u32,
        left: u32,
        count: u64,
        keyed: bool,
    },
    Map {
        count: u64,
    },
    Set {
        count: u64,
    },
    /// An error whose cause is still to come.
    BeforeCause,
    AfterCause,
    /// An error without one.
    NoCause,
    /// A wasm memory, by its id.
    BeforeBuffer(u32),
    AfterBuffer,
    /// A buffer within the wasm memory of that id.
    BeforeMemory(u32),
    AfterMemory,
}

impl Frame {
    /// An array of `length`, of which the first `left` lie there without their indices.
    const fn array(end: u8, length: u32, left: u32) -> Self {
        Self::Array {
            end,
            length,
            left,
            count: 0,
            keyed: false,
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Walker<'a> {
    pub(crate) cursor: Cursor<'a>,
    version: u32,
    frames: Vec<Frame>,
    max_depth: usize,
    started: bool,
    /// The id that the next object gets.
    next_id: u32,
    /// In the order of their ids.
    buffers: Vec<Buffer>,
    /// What is still to come behind the root, with the object that it is a part of.
    parts: VecDeque<(u32, Part)>,
    /// Whether references and views are checked against what came before, which a walk that starts
    /// in the middle cannot do.
    whole: bool,
    /// Where the value of the last event began.
    pub(crate) at: usize,
}

impl<'a> Walker<'a> {
    /// Walks all of `bytes`, header included: the root, and what AggregateErrors have behind it.
    pub(crate) fn whole(bytes: &'a [u8], max_depth: usize) -> Result<Self, DecodeError> {
        let mut cursor = Cursor::new(bytes);
        let version = cursor.header()?;
        Ok(Self {
            whole: true,
            ..Self::new(cursor, version, max_depth)
        })
    }

    /// Walks the one value at the cursor.
    pub(crate) fn one(cursor: Cursor<'a>, version: u32) -> Self {
        Self::new(cursor, version, usize::MAX)
    }

    fn new(cursor: Cursor<'a>, version: u32, max_depth: usize) -> Self {
        Self {
            at: cursor.pos,
            cursor,
            version,
            frames: Vec::new(),
            max_depth,
            started: false,
            next_id: 0,
            buffers: Vec::new(),
            parts: VecDeque::new(),
            whole: false,
        }
    }

    /// Whether something of what was read lies behind the root, unread.
    pub(crate) fn awaits_parts(&self) -> bool {
        !self.parts.is_empty()
    }

    /// How many objects have begun.
    pub(crate) fn objects(&self) -> u32 {
        self.next_id
    }

    /// The next event; `None` when the value is complete.
    pub(crate) fn next(&mut self) -> Result<Option<Event<'a>>, DecodeError> {
        let Some(frame) = self.frames.last_mut() else {
            if !self.started {
                self.started = true;
                return self.value().map(Some);
            }
            if self.whole
                && let Some((object, part)) = self.parts.pop_front()
            {
                self.at = self.cursor.pos;
                self.started = false;
                return Ok(Some(Event::Part { object, part }));
            }
            let left = self.cursor.remaining() as u64;
            if self.whole && left > 0 {
                let kind = DecodeErrorKind::Trailing { bytes: left };
                return Err(DecodeError::new(self.cursor.pos, kind));
            }
            return Ok(None);
        };
        self.at = self.cursor.pos;
        match frame {
            Frame::Object { count, keyed } => {
                if std::mem::take(keyed) {
                    *count += 1;
                    return self.value().map(Some);
                }
                if self.cursor.peek_tag() == Some(END_OBJECT) {
                    let count = *count;
                    self.cursor.pos += 1;
                    self.cursor.count("properties", count)?;
                    return Ok(self.end(None));
                }
                *keyed = true;
                self.key().map(Some)
            }
            Frame::Array { left, .. } if *left > 0 => {
                *left -= 1;
                if self.cursor.peek_tag() == Some(HOLE) {
                    self.at = self.cursor.pos;
                    self.cursor.pos += 1;
                    return Ok(Some(Event::Hole));
                }
                self.value().map(Some)
            }
            Frame::Array {
                end,
                length,
                count,
                keyed,
                ..
            } => {
                if std::mem::take(keyed) {
                    *count += 1;
                    return self.value().map(Some);
                }
                let (end, length, count) = (*end, *length, *count);
                *keyed = true;
                self.array_key(end, length, count)
            }
            Frame::Map { count } => {
                if *count % 2 == 0 && self.cursor.peek_tag() == Some(END_MAP) {
                    let count = *count;
                    self.cursor.pos += 1;
                    self.cursor.count("keys and values", count)?;
                    return Ok(self.end(None));
                }
                *count += 1;
                self.value().map(Some)
            }
            Frame::Set { count } => {
                if self.cursor.peek_tag() == Some(END_SET) {
                    let count = *count;
                    self.cursor.pos += 1;
                    self.cursor.count("members", count)?;
                    return Ok(self.end(None));
                }
                *count += 1;
                self.value().map(Some)
            }
            Frame::BeforeCause => {
                *frame = Frame::AfterCause;
                self.value().map(Some)
            }
            Frame::AfterCause => self.error_end(),
            // The `.` has been read already.
            Frame::NoCause => Ok(self.end(None)),
            Frame::BeforeBuffer(memory) => {
                let memory = *memory;
                *frame = Frame::AfterBuffer;
                self.memory_buffer(memory).map(Some)
            }
            Frame::BeforeMemory(memory) => {
                let memory = *memory;
                *frame = Frame::AfterMemory;
                self.buffer_memory(memory).map(Some)
            }
            Frame::AfterBuffer | Frame::AfterMemory => Ok(self.end(None)),
        }
    }

    fn end(&mut self, stack: Option<Str<'a>>) -> Option<Event<'a>> {
        self.frames.pop();
        Some(Event::End { stack })
    }

    fn begin(&mut self, frame: Frame) -> Result<(), DecodeError> {
        if self.frames.len() >= self.max_depth {
            let (found, allowed) = (self.frames.len() as u64 + 1, self.max_depth as u64);
            return Err(DecodeError::limit(
                self.at,
                "levels of nesting",
                found,
                allowed,
            ));
        }
        self.frames.push(frame);
        Ok(())
    }

    /// The next object's id. There are fewer objects than bytes, so a `u32` only overflows past
    /// 4 GiB.
    fn object(&mut self) -> Result<u32, DecodeError> {
        let id = self.next_id;
        match id.checked_add(1) {
            Some(next) => self.next_id = next,
            None => {
                let allowed = u64::from(u32::MAX);
                return Err(DecodeError::limit(self.at, "objects", allowed + 1, allowed));
            }
        }
        Ok(id)
    }
}

/// Moves the cursor past the value it stands at. Tells whether some of it lies behind the root.
pub(crate) fn skip(cursor: &mut Cursor<'_>, version: u32) -> Result<bool, DecodeError> {
    let mut walker = Walker::one(cursor.clone(), version);
    while walker.next()?.is_some() {}
    let parts = walker.awaits_parts();
    *cursor = walker.cursor;
    Ok(parts)
}

#[cfg(test)]
mod tests;
