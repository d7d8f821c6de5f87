//! AggregateErrors, the one host object whose contents lie in the same document.
//!
//! An object may lie in an error's `errors` and elsewhere in the value, or hold the error itself, and
//! is one object then. V8's reader knows a host object only once its delegate has returned it, so
//! that what refers back to it can only be read later: the body has the texts, and the values lie
//! behind the root, as further values of the same object ids. They follow in the order of the
//! errors' ids, each error's `cause` before its `errors`; those of an error that is met in there
//! come after all that were announced before.

use super::{read_string, write_string};
use crate::error::{DecodeError, EncodeError};
use crate::value::cursor::{Cursor, Str};
use crate::value::document::JsString;
use crate::value::host::TAG_AGGREGATE_ERROR;
use crate::value::write;

/// Flag of a body: a *string* follows, the error's `message`.
pub const HAS_MESSAGE: u32 = 1;
/// Flag of a body: a *string* follows, the error's `stack`.
pub const HAS_STACK: u32 = 2;
/// Flag of a body: a value lies behind the root, the error's `cause`.
pub const HAS_CAUSE: u32 = 4;
/// Flag of a body: a value lies behind the root, the error's `errors`.
pub const HAS_ERRORS: u32 = 8;

/// What lies in the body of an AggregateError, and what is announced there.
///
/// [`Node::AggregateError`](crate::value::document::Node::AggregateError) is the whole of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AggregateError {
    /// `message`, if it has its own.
    pub message: Option<JsString>,
    /// `stack`, if that is a string.
    pub stack: Option<JsString>,
    /// Whether `cause` lies behind the root.
    pub cause: bool,
    /// Whether `errors` does.
    pub errors: bool,
}

impl AggregateError {
    /// Tag and body: what a serializer's delegate writes as raw bytes. The values that it announces
    /// are to be written behind the root.
    ///
    /// # Errors
    ///
    /// When a string is longer than 4 GiB.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EncodeError> {
        let mut out = Vec::new();
        let texts = [self.message.as_ref(), self.stack.as_ref()];
        write(&mut out, texts, self.cause, self.errors)?;
        Ok(out)
    }
}

/// Writes tag and body; `texts` are `message` and `stack`.
pub(crate) fn write(
    out: &mut Vec<u8>,
    texts: [Option<&JsString>; 2],
    cause: bool,
    errors: bool,
) -> Result<(), EncodeError> {
    let [message, stack] = texts;
    let has = [
        (HAS_MESSAGE, message.is_some()),
        (HAS_STACK, stack.is_some()),
        (HAS_CAUSE, cause),
        (HAS_ERRORS, errors),
    ];
    let flags = has.iter().filter(|(_, has)| *has).map(|(flag, _)| flag);
    write::varint32(out, TAG_AGGREGATE_ERROR);
    write::varint32(out, flags.sum());
    for text in texts.into_iter().flatten() {
        write_string(out, text)?;
    }
    Ok(())
}

/// Which value of an AggregateError lies behind the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Cause,
    Errors,
}

impl Part {
    /// In the order in which they lie there.
    pub(crate) const ALL: [Self; 2] = [Self::Cause, Self::Errors];

    /// The property that it is.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Cause => "cause",
            Self::Errors => "errors",
        }
    }
}

/// A body as it lies in the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AggregateRef<'a> {
    pub(crate) message: Option<Str<'a>>,
    pub(crate) stack: Option<Str<'a>>,
    cause: bool,
    errors: bool,
}

impl<'a> AggregateRef<'a> {
    /// What follows the tag.
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, DecodeError> {
        let start = cursor.pos;
        let flags = cursor.varint32()?;
        if flags & !(HAS_MESSAGE | HAS_STACK | HAS_CAUSE | HAS_ERRORS) != 0 {
            let what = "impossible flags of an AggregateError";
            return Err(DecodeError::malformed(start, what));
        }
        let mut text = |flag| match flags & flag {
            0 => Ok(None),
            _ => read_string(cursor).map(Some),
        };
        Ok(Self {
            message: text(HAS_MESSAGE)?,
            stack: text(HAS_STACK)?,
            cause: flags & HAS_CAUSE != 0,
            errors: flags & HAS_ERRORS != 0,
        })
    }

    /// What of it lies behind the root, in that order.
    pub(crate) fn parts(self) -> impl Iterator<Item = Part> {
        Part::ALL.into_iter().filter(move |part| match part {
            Part::Cause => self.cause,
            Part::Errors => self.errors,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::host::HostRef;

    #[test]
    fn a_body_comes_back_from_its_bytes() {
        for flags in 0..16_u32 {
            let body = AggregateError {
                message: (flags & HAS_MESSAGE != 0).then(|| "m".into()),
                stack: (flags & HAS_STACK != 0).then(|| "€".into()),
                cause: flags & HAS_CAUSE != 0,
                errors: flags & HAS_ERRORS != 0,
            };
            let bytes = body.to_bytes().unwrap();
            assert_eq!(bytes[..2], [3, flags as u8]);
            let mut cursor = Cursor::new(&bytes);
            let HostRef::AggregateError(read) = HostRef::read(&mut cursor).unwrap() else {
                panic!("another object");
            };
            assert_eq!(cursor.remaining(), 0);
            assert_eq!(read.message.map(Into::into), body.message);
            assert_eq!(read.stack.map(Into::into), body.stack);
            let parts: Vec<_> = read.parts().map(Part::name).collect();
            let wanted = [(body.cause, "cause"), (body.errors, "errors")];
            let wanted = wanted.iter().filter(|(has, _)| *has).map(|(_, name)| *name);
            assert_eq!(parts, wanted.collect::<Vec<_>>());
        }
    }

    #[test]
    fn unknown_flags_are_refused_where_they_stand() {
        let error = HostRef::read(&mut Cursor::new(b"\x03\x10")).unwrap_err();
        assert_eq!(error.offset(), 1);
        assert!(error.to_string().contains("flags of an AggregateError"));
    }
}
