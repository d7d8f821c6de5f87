//! The steps of a value, and the rules for the parts of one that stand for themselves.

use super::cursor::{BigIntRef, Cursor, Str};
use super::document::{ErrorKind, ViewKind};
use super::host::{HostRef, Part};
use super::tags::*;
use crate::error::DecodeError;

/// A property key: V8 takes strings and numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum KeyRef<'a> {
    String(Str<'a>),
    Int32(i32),
    Number(f64),
}

/// What kind of ArrayBuffer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BufferKind {
    Fixed,
    Immutable,
    Resizable { max: u64 },
}

/// A view of the buffer, or the reference to one, that comes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ViewRef {
    pub(crate) kind: ViewKind,
    pub(crate) offset: u64,
    pub(crate) length: u64,
    pub(crate) flags: u32,
}

/// One step of a value. Containers have a `Begin…`, what they hold, and an `End`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Event<'a> {
    Undefined,
    Null,
    Bool(bool),
    Int32(i32),
    Number(f64),
    BigInt(BigIntRef<'a>),
    String(Str<'a>),
    Reference {
        id: u32,
        view: Option<ViewRef>,
    },
    Date(f64),
    BoxedBool(bool),
    BoxedNumber(f64),
    BoxedBigInt(BigIntRef<'a>),
    BoxedString(Str<'a>),
    RegExp {
        pattern: Str<'a>,
        flags: u32,
    },
    ArrayBuffer {
        bytes: &'a [u8],
        kind: BufferKind,
        view: Option<ViewRef>,
    },
    Transferred {
        id: u32,
        view: Option<ViewRef>,
    },
    /// `wasm`: the length, when the buffer is that of a wasm memory.
    SharedBuffer {
        id: u32,
        wasm: Option<u64>,
        view: Option<ViewRef>,
    },
    SharedObject(u32),
    WasmModule(u32),
    Host(HostRef<'a>),
    /// Behind the root: the value that comes next is that part of the AggregateError `object`.
    Part {
        object: u32,
        part: Part,
    },
    /// An element that is missing.
    Hole,
    /// The key of a property, whose value comes next.
    Key(KeyRef<'a>),
    BeginObject,
    BeginDense(u32),
    BeginSparse(u32),
    BeginMap,
    BeginSet,
    /// Holds its cause, or nothing.
    BeginError {
        kind: ErrorKind,
        message: Option<Str<'a>>,
        stack: Option<Str<'a>>,
    },
    /// Holds its buffer.
    BeginWasmMemory {
        maximum_pages: i32,
        memory64: bool,
    },
    /// A shared buffer of a wasm memory that JavaScript may grow; holds that memory.
    BeginResizableShared(u32),
    /// The innermost container is complete. `stack` is that of an error in the order of older
    /// writers, cause first.
    End {
        stack: Option<Str<'a>>,
    },
}

/// Flags that V8 accepts: nine of them, without `l` (linear), and not `u` and `v` together.
pub(crate) fn regexp_flags(at: usize, flags: u32) -> Result<(), DecodeError> {
    const LINEAR: u32 = 1 << 6;
    const UNICODE: u32 = 1 << 4;
    const UNICODE_SETS: u32 = 1 << 8;
    let both = UNICODE | UNICODE_SETS;
    if flags >> 9 != 0 || flags & LINEAR != 0 || flags & both == both {
        return Err(DecodeError::malformed(at, "impossible RegExp flags"));
    }
    Ok(())
}

impl ViewRef {
    /// What follows the tag `V`.
    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, DecodeError> {
        let start = cursor.pos;
        let tag = cursor.byte()?;
        let Some(kind) = ViewKind::from_tag(tag) else {
            return Err(cursor.unexpected(tag, "the kind of a view"));
        };
        let (offset, length) = (cursor.size()?, cursor.size()?);
        let flags = cursor.varint32()?;
        let size = kind.element_size();
        if offset % size != 0 || length % size != 0 {
            return Err(DecodeError::malformed(start, "view that splits an element"));
        }
        if flags & !(VIEW_LENGTH_TRACKING | VIEW_BACKED_BY_RESIZABLE) != 0 {
            return Err(DecodeError::malformed(start, "impossible flags of a view"));
        }
        Ok(Self {
            kind,
            offset,
            length,
            flags,
        })
    }

    /// V8's rules for a view of a buffer whose length is known.
    pub(crate) fn check(self, at: usize, buffer: u64, resizable: bool) -> Result<(), DecodeError> {
        if self.offset > buffer || self.length > buffer - self.offset {
            return Err(DecodeError::malformed(at, "view beyond its buffer"));
        }
        let backed = self.flags & VIEW_BACKED_BY_RESIZABLE != 0;
        if backed != resizable || (self.flags != 0 && !resizable) {
            return Err(DecodeError::malformed(
                at,
                "view whose flags differ from its buffer",
            ));
        }
        Ok(())
    }

    /// The part of `buffer` that it shows; one that tracks the length shows the rest.
    pub(crate) fn slice(self, buffer: &[u8]) -> Option<&[u8]> {
        let start = usize::try_from(self.offset).ok()?;
        if self.flags & VIEW_LENGTH_TRACKING != 0 {
            let rest = buffer.get(start..)?;
            let whole = rest.len() - rest.len() % self.kind.element_size() as usize;
            return rest.get(..whole);
        }
        buffer.get(start..start.checked_add(usize::try_from(self.length).ok()?)?)
    }
}
