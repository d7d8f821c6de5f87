//! Bytes that cannot be read and values that cannot be written.

use std::borrow::Cow;
use std::fmt;

use thiserror::Error;

type Text = Cow<'static, str>;

/// Why bytes could not be read: at which byte, in which part of the value, and what is wrong.
///
/// The error is one pointer wide, so that a successful read pays nothing for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError(Box<Decode>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Decode {
    offset: u64,
    kind: DecodeErrorKind,
    /// Innermost first, since it is collected on the way out.
    path: Vec<String>,
}

/// What is wrong at the offset of a [`DecodeError`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The input ends within something.
    #[error("the input ends, {missing} more bytes wanted")]
    Truncated {
        /// How many bytes are missing, at least.
        missing: u64,
    },
    /// The value is complete, but bytes follow it.
    #[error("{bytes} bytes follow the end")]
    Trailing {
        /// How many.
        bytes: u64,
    },
    /// A version that this crate does not read.
    #[error("{what} version {found}, but {read} is read here")]
    Version {
        /// Whose version.
        what: Text,
        /// The version found; 0 when there is no header at all.
        found: u32,
        /// The versions that are read.
        read: Text,
    },
    /// A byte that starts nothing known, or nothing allowed here.
    #[error("byte {found:#04x} where {wanted} is wanted")]
    Tag {
        /// The byte.
        found: u8,
        /// What may stand here.
        wanted: Text,
    },
    /// A variable-length number that does not fit.
    #[error("a number does not fit into {bits} bits")]
    Varint {
        /// Its width.
        bits: u32,
    },
    /// A count written at the end differs from what was there.
    #[error("{found} {what} found, {declared} declared")]
    Count {
        /// What is counted.
        what: Text,
        /// How many there were.
        found: u64,
        /// How many there should be.
        declared: u64,
    },
    /// A reference to an object that does not exist (yet).
    #[error("reference to object {id}, but there are {known} so far")]
    Reference {
        /// The id.
        id: u32,
        /// Objects read up to here.
        known: u32,
    },
    /// A transfer, port or shared object that is not in the message's list.
    #[error("{what} {id} is not among the {known} of this message")]
    Beside {
        /// What should be in the list.
        what: Text,
        /// Its index.
        id: u32,
        /// The list's length.
        known: u32,
    },
    /// A host object of a tag that does not exist, or not yet.
    #[error("host object of unknown tag {tag}")]
    Host {
        /// The tag.
        tag: u32,
    },
    /// Something that may not come from elsewhere, such as a SharedArrayBuffer.
    #[error("{what} crosses only between isolates of one process")]
    Local {
        /// What it is.
        what: Text,
    },
    /// More than the caller allows.
    #[error("{what}: {found}, at most {allowed} allowed")]
    Limit {
        /// What is limited, with its unit.
        what: Text,
        /// The figure found.
        found: u64,
        /// The figure allowed.
        allowed: u64,
    },
    /// Malformed in another way.
    #[error("{0}")]
    Malformed(Text),
    /// A value of one type where the Rust type wants another.
    #[error("{found} found, {wanted} wanted")]
    Type {
        /// What the value is.
        found: Text,
        /// What the Rust type takes.
        wanted: Text,
    },
    /// An object that contains itself: no Rust tree can hold it, use a `Document`.
    #[error("the object contains itself (object {id})")]
    Cycle {
        /// The object's id.
        id: u32,
    },
    /// An error of a `Deserialize` implementation.
    #[error("{0}")]
    Custom(Text),
}

impl DecodeError {
    /// An error of `kind` at byte `offset`.
    #[cold]
    pub fn new(offset: usize, kind: DecodeErrorKind) -> Self {
        Self::with_path(offset as u64, kind, Vec::new())
    }

    #[cold]
    pub(crate) fn with_path(offset: u64, kind: DecodeErrorKind, path: Vec<String>) -> Self {
        Self(Box::new(Decode { offset, kind, path }))
    }

    #[cold]
    pub(crate) fn malformed(offset: usize, what: &'static str) -> Self {
        Self::new(offset, DecodeErrorKind::Malformed(what.into()))
    }

    #[cold]
    pub(crate) fn limit(offset: usize, what: &'static str, found: u64, allowed: u64) -> Self {
        Self::new(
            offset,
            DecodeErrorKind::Limit {
                what: what.into(),
                found,
                allowed,
            },
        )
    }

    /// The byte at which it went wrong, from the start of the input.
    pub fn offset(&self) -> u64 {
        self.0.offset
    }

    /// What is wrong there.
    pub fn kind(&self) -> &DecodeErrorKind {
        &self.0.kind
    }

    /// The way from the root to the value that was being read, such as `.users[3].name`; empty at
    /// the root and where only bytes were checked.
    pub fn path(&self) -> String {
        self.0.path.iter().rev().map(String::as_str).collect()
    }

    pub(crate) fn segments(&self) -> &[String] {
        &self.0.path
    }

    /// Moves the offset, for an error from a slice that starts at `by`.
    #[cold]
    pub(crate) fn shifted(mut self, by: usize) -> Self {
        self.0.offset = self.0.offset.saturating_add(by as u64);
        self
    }

    /// Adds the step by which the caller reached the failing value.
    #[cold]
    pub(crate) fn inside(mut self, step: impl FnOnce() -> String) -> Self {
        // Deep values end the collection, not the reading: a path of a hundred steps helps nobody.
        if self.0.path.len() < 100 {
            self.0.path.push(step());
        }
        self
    }

    /// Gives an error from a `Deserialize` implementation, which knows no offsets, its place.
    #[cold]
    pub(crate) fn located(mut self, offset: usize) -> Self {
        if self.0.offset == u64::MAX {
            self.0.offset = offset as u64;
        }
        self
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: {}", self.0.offset, self.0.kind)?;
        if !self.0.path.is_empty() {
            write!(f, " (at {})", self.path())?;
        }
        Ok(())
    }
}

impl std::error::Error for DecodeError {}

impl serde::de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        // The offset is unknown here; `located` puts it in.
        Self::with_path(
            u64::MAX,
            DecodeErrorKind::Custom(message.to_string().into()),
            Vec::new(),
        )
    }

    fn invalid_type(
        unexpected: serde::de::Unexpected<'_>,
        expected: &dyn serde::de::Expected,
    ) -> Self {
        let kind = DecodeErrorKind::Type {
            found: unexpected.to_string().into(),
            wanted: expected.to_string().into(),
        };
        Self::with_path(u64::MAX, kind, Vec::new())
    }
}

/// Why a value could not be written, and how many bytes had been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodeError(Box<Encode>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Encode {
    offset: u64,
    kind: EncodeErrorKind,
}

/// What an [`EncodeError`] is about.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EncodeErrorKind {
    /// Deeper than the codec follows a Rust value.
    #[error("nested more than {allowed} levels deep")]
    Depth {
        /// How deep it may be.
        allowed: u32,
    },
    /// A length or count that the format cannot hold.
    #[error("{what} of {length}, at most {allowed} can be written")]
    TooLong {
        /// What is too long.
        what: Text,
        /// Its length.
        length: u64,
        /// The longest that can be written.
        allowed: u64,
    },
    /// A map whose keys are strings and other values by turns: neither an object nor a `Map`.
    #[error("a map with string keys has a key of another type")]
    MixedKeys,
    /// A map put together from parts, such as a struct with flattened fields, has a key in two of them.
    #[error("the key {0:?} comes twice in one map")]
    KeyTwice(String),
    /// A `Document` that says something impossible.
    #[error("node {node}: {what}")]
    Document {
        /// Which node.
        node: u32,
        /// What is wrong with it.
        what: Text,
    },
    /// JavaScript's own serializer refused the value.
    #[error("{0}")]
    DataClone(Text),
    /// An error of a `Serialize` implementation.
    #[error("{0}")]
    Custom(Text),
}

impl EncodeError {
    /// An error of `kind` after `offset` bytes.
    #[cold]
    pub fn new(offset: usize, kind: EncodeErrorKind) -> Self {
        Self(Box::new(Encode {
            offset: offset as u64,
            kind,
        }))
    }

    #[cold]
    pub(crate) fn with_offset(offset: u64, kind: EncodeErrorKind) -> Self {
        Self(Box::new(Encode { offset, kind }))
    }

    /// A value that V8's serializer refused, with its `DataCloneError`'s message.
    pub fn data_clone(message: impl Into<String>) -> Self {
        Self::new(0, EncodeErrorKind::DataClone(Cow::Owned(message.into())))
    }

    /// How many bytes had been written.
    pub fn offset(&self) -> u64 {
        self.0.offset
    }

    /// What went wrong.
    pub fn kind(&self) -> &EncodeErrorKind {
        &self.0.kind
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            // No byte of ours was involved.
            EncodeErrorKind::DataClone(message) => f.write_str(message),
            kind => write!(f, "after {} bytes: {kind}", self.0.offset),
        }
    }
}

impl std::error::Error for EncodeError {}

impl serde::ser::Error for EncodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(0, EncodeErrorKind::Custom(message.to_string().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decode_errors_name_byte_and_path() {
        let error = DecodeError::malformed(4, "nonsense")
            .shifted(10)
            .inside(|| "[3]".into())
            .inside(|| ".users".into());
        assert_eq!(error.to_string(), "byte 14: nonsense (at .users[3])");
        assert_eq!(size_of::<Result<(), DecodeError>>(), size_of::<usize>());
    }

    #[test]
    fn a_clone_error_keeps_its_own_words() {
        let error = EncodeError::data_clone("() => 1 could not be cloned.");
        assert_eq!(error.to_string(), "() => 1 could not be cloned.");
        let error = EncodeError::new(3, EncodeErrorKind::MixedKeys);
        assert!(error.to_string().starts_with("after 3 bytes"));
    }
}
