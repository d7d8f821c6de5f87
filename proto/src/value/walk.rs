//! A pull parser over a whole value: one event at a time, the nesting on the heap.
//!
//! Documents, the validator, the table of object starts and skipping are all built on it, so each
//! rule of the format stands once. It never recurses, and its memory is a constant times the
//! bytes read, since every container and every buffer takes at least two of them.

mod wasm;

use super::cursor::{Cursor, Str};
use super::document::ErrorKind;
use super::event::{BufferKind, Event, KeyRef, ViewRef, regexp_flags};
use super::host::HostRef;
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
    Dense {
        length: u32,
        left: u32,
        count: u64,
        keyed: bool,
    },
    Sparse {
        length: u32,
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

/// A buffer that references may name again.
#[derive(Clone, Copy, Debug)]
struct Buffer {
    id: u32,
    shared: bool,
    /// Its length, and whether it resizes; unknown of those that travel beside the bytes.
    known: Option<(u64, bool)>,
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
    /// Whether references and views are checked against what came before, which a walk that starts
    /// in the middle cannot do.
    whole: bool,
    /// Where the value of the last event began.
    pub(crate) at: usize,
}

impl<'a> Walker<'a> {
    /// Walks all of `bytes`, header included; nothing may follow the value.
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
            whole: false,
        }
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
            Frame::Dense { left, .. } if *left > 0 => {
                *left -= 1;
                if self.cursor.peek_tag() == Some(HOLE) {
                    self.at = self.cursor.pos;
                    self.cursor.pos += 1;
                    return Ok(Some(Event::Hole));
                }
                self.value().map(Some)
            }
            Frame::Dense {
                length,
                count,
                keyed,
                ..
            } => {
                if std::mem::take(keyed) {
                    *count += 1;
                    return self.value().map(Some);
                }
                let (length, found) = (*length, *count);
                *keyed = true;
                self.array_key(END_DENSE, length, found)
            }
            Frame::Sparse {
                length,
                count,
                keyed,
            } => {
                if std::mem::take(keyed) {
                    *count += 1;
                    return self.value().map(Some);
                }
                let (length, found) = (*length, *count);
                *keyed = true;
                self.array_key(END_SPARSE, length, found)
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

    fn key(&mut self) -> Result<Event<'a>, DecodeError> {
        let tag = self.cursor.value_tag()?;
        self.at = self.cursor.pos - 1;
        let key = match tag {
            INT32 => KeyRef::Int32(self.cursor.zigzag()?),
            UINT32 => unsigned_key(self.cursor.varint32()?),
            DOUBLE => KeyRef::Number(self.cursor.double()?),
            _ => match self.cursor.string_body(tag)? {
                Some(string) => KeyRef::String(string),
                None => return Err(self.cursor.unexpected(tag, "a property key")),
            },
        };
        Ok(Event::Key(key))
    }

    /// A key of an array's properties, or the array's end.
    fn array_key(
        &mut self,
        end: u8,
        length: u32,
        count: u64,
    ) -> Result<Option<Event<'a>>, DecodeError> {
        if self.cursor.peek_tag() != Some(end) {
            return self.key().map(Some);
        }
        self.cursor.pos += 1;
        self.cursor.count("properties", count)?;
        self.cursor.count("elements", u64::from(length))?;
        Ok(self.end(None))
    }

    fn value(&mut self) -> Result<Event<'a>, DecodeError> {
        let tag = self.cursor.value_tag()?;
        self.at = self.cursor.pos - 1;
        let cursor = &mut self.cursor;
        Ok(match tag {
            UNDEFINED => Event::Undefined,
            NULL => Event::Null,
            TRUE => Event::Bool(true),
            FALSE => Event::Bool(false),
            INT32 => Event::Int32(cursor.zigzag()?),
            UINT32 => match unsigned_key(cursor.varint32()?) {
                KeyRef::Int32(value) => Event::Int32(value),
                KeyRef::Number(value) => Event::Number(value),
                KeyRef::String(string) => Event::String(string),
            },
            DOUBLE => Event::Number(cursor.double()?),
            BIGINT => Event::BigInt(cursor.bigint()?),
            REFERENCE => return self.reference(true),
            BEGIN_OBJECT => {
                self.object()?;
                self.begin(Frame::Object {
                    count: 0,
                    keyed: false,
                })?;
                Event::BeginObject
            }
            BEGIN_DENSE => {
                let length = cursor.varint32()?;
                // Each element takes a byte at least, so a longer array cannot be complete.
                if u64::from(length) > cursor.remaining() as u64 || length > MAX_DENSE_LENGTH {
                    let allowed = (cursor.remaining() as u64).min(u64::from(MAX_DENSE_LENGTH));
                    let found = u64::from(length);
                    return Err(DecodeError::limit(self.at, "elements", found, allowed));
                }
                self.object()?;
                self.begin(Frame::Dense {
                    length,
                    left: length,
                    count: 0,
                    keyed: false,
                })?;
                Event::BeginDense(length)
            }
            BEGIN_SPARSE => {
                let length = cursor.varint32()?;
                self.object()?;
                self.begin(Frame::Sparse {
                    length,
                    count: 0,
                    keyed: false,
                })?;
                Event::BeginSparse(length)
            }
            BEGIN_MAP => {
                self.object()?;
                self.begin(Frame::Map { count: 0 })?;
                Event::BeginMap
            }
            BEGIN_SET => {
                self.object()?;
                self.begin(Frame::Set { count: 0 })?;
                Event::BeginSet
            }
            DATE => {
                let time = cursor.double()?;
                self.object()?;
                Event::Date(time)
            }
            TRUE_OBJECT | FALSE_OBJECT => {
                self.object()?;
                Event::BoxedBool(tag == TRUE_OBJECT)
            }
            NUMBER_OBJECT => {
                let value = cursor.double()?;
                self.object()?;
                Event::BoxedNumber(value)
            }
            BIGINT_OBJECT => {
                let value = cursor.bigint()?;
                self.object()?;
                Event::BoxedBigInt(value)
            }
            STRING_OBJECT => {
                let value = cursor.string()?;
                self.object()?;
                Event::BoxedString(value)
            }
            REGEXP => {
                let pattern = cursor.string()?;
                let flags = cursor.varint32()?;
                regexp_flags(self.at, flags)?;
                self.object()?;
                Event::RegExp { pattern, flags }
            }
            ARRAY_BUFFER | IMMUTABLE_ARRAY_BUFFER | RESIZABLE_ARRAY_BUFFER => {
                return self.array_buffer(tag);
            }
            TRANSFERRED_ARRAY_BUFFER => {
                let id = cursor.varint32()?;
                self.buffer_object(None, false)?;
                Event::Transferred {
                    id,
                    view: self.view(true, None)?,
                }
            }
            SHARED_ARRAY_BUFFER => {
                let id = cursor.varint32()?;
                self.buffer_object(None, true)?;
                // V8 knows from the buffer whether it is a wasm memory's. The bytes alone tell it
                // only in this form; `r` would as well be the error that comes next.
                let mut wasm = None;
                if self.cursor.peek_tag() == Some(WASM_FIXED) {
                    self.cursor.pos += 1;
                    wasm = Some(self.cursor.size()?);
                }
                Event::SharedBuffer {
                    id,
                    wasm,
                    view: self.view(true, None)?,
                }
            }
            // No id: V8's reader gives it none.
            SHARED_OBJECT => Event::SharedObject(cursor.varint32()?),
            WASM_MODULE => {
                let id = cursor.varint32()?;
                self.object()?;
                Event::WasmModule(id)
            }
            WASM_MEMORY => {
                let maximum_pages = cursor.zigzag()?;
                let wide = cursor.byte()?;
                if wide > 1 || maximum_pages < -1 {
                    return Err(DecodeError::malformed(
                        self.at,
                        "impossible WebAssembly.Memory",
                    ));
                }
                let id = self.object()?;
                self.begin(Frame::BeforeBuffer(id))?;
                Event::BeginWasmMemory {
                    maximum_pages,
                    memory64: wide == 1,
                }
            }
            ERROR => return self.error(),
            HOST_OBJECT => {
                let host = HostRef::read(cursor)?;
                self.object()?;
                Event::Host(host)
            }
            _ => match cursor.string_body(tag)? {
                Some(string) => Event::String(string),
                None => return Err(cursor.unexpected(tag, "a value")),
            },
        })
    }

    fn reference(&mut self, viewable: bool) -> Result<Event<'a>, DecodeError> {
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

    fn buffer_object(
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

    fn array_buffer(&mut self, tag: u8) -> Result<Event<'a>, DecodeError> {
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

    fn error(&mut self) -> Result<Event<'a>, DecodeError> {
        self.object()?;
        let mut tag = self.cursor.byte()?;
        let kind = ErrorKind::from_tag(tag);
        if kind != ErrorKind::Error {
            tag = self.cursor.byte()?;
        }
        let mut message = None;
        if tag == ERROR_MESSAGE {
            message = Some(self.cursor.string()?);
            tag = self.cursor.byte()?;
        }
        let mut stack = None;
        if tag == ERROR_STACK {
            stack = Some(self.cursor.string()?);
            tag = self.cursor.byte()?;
        }
        self.begin(match tag {
            ERROR_CAUSE => Frame::BeforeCause,
            ERROR_END => Frame::NoCause,
            _ => return Err(self.cursor.unexpected(tag, "the next part of an error")),
        })?;
        Ok(Event::BeginError {
            kind,
            message,
            stack,
        })
    }

    fn error_end(&mut self) -> Result<Option<Event<'a>>, DecodeError> {
        let mut tag = self.cursor.byte()?;
        let mut stack = None;
        // Writers before version 16 put the stack behind the cause.
        if tag == ERROR_STACK && self.version < LATEST_VERSION {
            stack = Some(self.cursor.string()?);
            tag = self.cursor.byte()?;
        }
        if tag != ERROR_END {
            return Err(self.cursor.unexpected(tag, "the end of an error"));
        }
        Ok(self.end(stack))
    }
}

fn unsigned_key<'a>(value: u32) -> KeyRef<'a> {
    match i32::try_from(value) {
        Ok(small) => KeyRef::Int32(small),
        Err(_) => KeyRef::Number(f64::from(value)),
    }
}

/// Moves the cursor past the value it stands at.
pub(crate) fn skip(cursor: &mut Cursor<'_>, version: u32) -> Result<(), DecodeError> {
    let mut walker = Walker::one(cursor.clone(), version);
    while walker.next()?.is_some() {}
    *cursor = walker.cursor;
    Ok(())
}

#[cfg(test)]
mod tests;
