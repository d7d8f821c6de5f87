//! nano's own codec for what stands around a value: lengths before contents, varints, a number for
//! each variant that is never reused. Every byte read is hostile.

mod errors;
mod transfer;

use std::borrow::Cow;

use bytes::Bytes;

use crate::address::{Address, CallId, IsolateId, PortId};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::limits::LimitKind;
use crate::message::Receipt;
use crate::value::cursor::Cursor;
use crate::value::{Transfer, Validation, Value, validate, write};

/// What is being written.
pub(crate) struct Put {
    pub(crate) out: Vec<u8>,
    /// Boxes around what is being written.
    pub(crate) depth: u32,
}

/// What is being read.
pub(crate) struct Take<'a> {
    pub(crate) cursor: Cursor<'a>,
    /// The same bytes, where they may be shared instead of copied.
    source: Option<&'a Bytes>,
    validation: &'a Validation,
    pub(crate) depth: u32,
    /// Of what kinds the parts were, for the test that looks for all of them in the corpus.
    #[cfg(test)]
    pub(crate) met: std::collections::BTreeSet<(&'static str, u8)>,
}

impl<'a> Take<'a> {
    pub(crate) fn new(
        bytes: &'a [u8],
        source: Option<&'a Bytes>,
        validation: &'a Validation,
    ) -> Self {
        Self {
            cursor: Cursor::new(bytes),
            source,
            validation,
            depth: 0,
            #[cfg(test)]
            met: std::collections::BTreeSet::new(),
        }
    }

    /// The number of the variant of `what` that comes next.
    #[cfg_attr(not(test), expect(unused_variables, reason = "only tests keep it"))]
    pub(crate) fn variant(&mut self, what: &'static str) -> Result<u8, DecodeError> {
        let code = self.cursor.byte()?;
        #[cfg(test)]
        self.met.insert((what, code));
        Ok(code)
    }

    pub(crate) fn unknown(&self, at: usize, what: &str, code: u64) -> DecodeError {
        DecodeError::new(
            at,
            DecodeErrorKind::Malformed(format!("{what} of unknown kind {code}").into()),
        )
    }

    fn slice(&mut self) -> Result<&'a [u8], DecodeError> {
        self.cursor.buffer()
    }

    fn bytes(&mut self) -> Result<Bytes, DecodeError> {
        let slice = self.slice()?;
        let start = self.cursor.pos - slice.len();
        Ok(match self.source {
            Some(source) if source.len() >= self.cursor.pos => source.slice(start..self.cursor.pos),
            _ => Bytes::copy_from_slice(slice),
        })
    }

    /// Text of at most `allowed` bytes.
    pub(crate) fn text(&mut self, allowed: usize) -> Result<String, DecodeError> {
        let at = self.cursor.pos;
        let slice = self.slice()?;
        if slice.len() > allowed {
            let (found, allowed) = (slice.len() as u64, allowed as u64);
            return Err(DecodeError::limit(at, "bytes of text", found, allowed));
        }
        match std::str::from_utf8(slice) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(DecodeError::malformed(at, "text that is not UTF-8")),
        }
    }
}

/// One part of an envelope.
pub(crate) trait Wire: Sized {
    fn put(&self, to: &mut Put);
    fn take(from: &mut Take<'_>) -> Result<Self, DecodeError>;
}

/// What is told apart by a number in front, with all of its numbers.
#[cfg(test)]
pub(crate) trait Coded {
    const CODES: (&str, &[u8]);
}

/// How deep boxed parts may nest: more than any writer makes.
const MAX_DEPTH: u32 = 64;

impl Wire for u64 {
    fn put(&self, to: &mut Put) {
        write::varint64(&mut to.out, *self);
    }

    fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
        from.cursor.varint64()
    }
}

impl Wire for u32 {
    fn put(&self, to: &mut Put) {
        write::varint32(&mut to.out, *self);
    }

    fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
        from.cursor.varint32()
    }
}

impl Wire for u8 {
    fn put(&self, to: &mut Put) {
        to.out.push(*self);
    }

    fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
        from.cursor.byte()
    }
}

impl Wire for bool {
    fn put(&self, to: &mut Put) {
        to.out.push(u8::from(*self));
    }

    fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
        match from.cursor.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(from.cursor.unexpected(other, "0 or 1")),
        }
    }
}

impl Wire for String {
    fn put(&self, to: &mut Put) {
        write::varint64(&mut to.out, self.len() as u64);
        to.out.extend_from_slice(self.as_bytes());
    }

    fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
        from.text(usize::MAX)
    }
}

impl Wire for Cow<'static, str> {
    fn put(&self, to: &mut Put) {
        write::varint64(&mut to.out, self.len() as u64);
        to.out.extend_from_slice(self.as_bytes());
    }

    fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
        from.text(usize::MAX).map(Cow::Owned)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, to: &mut Put) {
        self.is_some().put(to);
        if let Some(value) = self {
            value.put(to);
        }
    }

    fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
        bool::take(from)?.then(|| T::take(from)).transpose()
    }
}

impl<T: Wire> Wire for Box<T> {
    fn put(&self, to: &mut Put) {
        to.depth += 1;
        (**self).put(to);
        to.depth -= 1;
    }

    fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
        nested(from, T::take).map(Self::new)
    }
}

/// Reads something that may hold more of its own kind.
fn nested<T>(
    from: &mut Take<'_>,
    take: impl FnOnce(&mut Take<'_>) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    from.depth += 1;
    if from.depth > MAX_DEPTH {
        let (found, allowed) = (u64::from(from.depth), u64::from(MAX_DEPTH));
        return Err(DecodeError::limit(
            from.cursor.pos,
            "levels of nesting",
            found,
            allowed,
        ));
    }
    let value = take(from)?;
    from.depth -= 1;
    Ok(value)
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, to: &mut Put) {
        write::varint64(&mut to.out, self.len() as u64);
        to.depth += 1;
        self.iter().for_each(|item| item.put(to));
        to.depth -= 1;
    }

    fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
        let count = from.cursor.varint64()?;
        // Nothing is reserved: each item read has paid for itself with a byte at least.
        nested(from, |from| (0..count).map(|_| T::take(from)).collect())
    }
}

impl Wire for IsolateId {
    fn put(&self, to: &mut Put) {
        self.to_u64().put(to);
    }

    fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
        u64::take(from).map(Self::from_u64)
    }
}

impl Wire for PortId {
    fn put(&self, to: &mut Put) {
        self.isolate().put(to);
        self.number().put(to);
    }

    fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
        Ok(Self::new(Wire::take(from)?, Wire::take(from)?))
    }
}

impl Wire for CallId {
    fn put(&self, to: &mut Put) {
        self.0.put(to);
    }

    fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
        u64::take(from).map(Self)
    }
}

impl Wire for LimitKind {
    fn put(&self, to: &mut Put) {
        self.code().put(to);
    }

    fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
        let at = from.cursor.pos;
        let code = u32::take(from)?;
        Self::from_code(code).ok_or_else(|| from.unknown(at, "limit", u64::from(code)))
    }
}

impl Wire for std::time::Duration {
    /// In nanoseconds: more than five hundred years fit.
    fn put(&self, to: &mut Put) {
        u64::try_from(self.as_nanos()).unwrap_or(u64::MAX).put(to);
    }

    fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
        u64::take(from).map(Self::from_nanos)
    }
}

/// An enum as the number of its variant and its fields. Of the two functions, if any, the first may
/// write something else instead, and says so; the second may refuse what was read.
macro_rules! wire_enum {
    ($type:ident, $what:literal $(($instead:path, $check:path))? { $(
        $code:literal $variant:ident $(($($item:ident),*))? $({$($field:ident),*})?;
    )* }) => {
        #[cfg(test)]
        impl $crate::wire::Coded for $type {
            const CODES: (&str, &[u8]) = ($what, &[$($code),*]);
        }

        impl Wire for $type {
            fn put(&self, to: &mut Put) {
                $(if $instead(self, to) {
                    return;
                })?
                match self {$(
                    Self::$variant $(($($item),*))? $({$($field),*})? => {
                        to.out.push($code);
                        $($($item.put(to);)*)?
                        $($($field.put(to);)*)?
                    }
                )*}
            }

            fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
                let at = from.cursor.pos;
                let value = match from.variant($what)? {
                    $($code => Self::$variant
                        $(($({ let $item = Wire::take(from)?; $item }),*))?
                        $({$($field: Wire::take(from)?),*})?,
                    )*
                    other => return Err(from.unknown(at, $what, u64::from(other))),
                };
                $($check(&value, from, at)?;)?
                Ok(value)
            }
        }
    };
}

/// A struct as its fields in order.
macro_rules! wire_struct {
    ($type:ident { $($field:ident),* }) => {
        impl Wire for $type {
            fn put(&self, to: &mut Put) {
                $(self.$field.put(to);)*
            }

            fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
                Ok(Self { $($field: Wire::take(from)?),* })
            }
        }
    };
}

pub(crate) use {wire_enum, wire_struct};

wire_enum!(Address, "address" {
    0 Isolate(id);
    1 Port(id);
});

wire_struct!(Receipt {
    cpu,
    wall,
    queued,
    operations,
    peak_heap_bytes,
    peak_buffer_bytes
});

impl Wire for Value {
    fn put(&self, to: &mut Put) {
        write::varint64(&mut to.out, self.transfers().len() as u64);
        self.transfers()
            .iter()
            .for_each(|transfer| transfer.put(to));
        write::varint64(&mut to.out, self.bytes().len() as u64);
        to.out.extend_from_slice(self.bytes());
    }

    fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
        let at = from.cursor.pos;
        let transfers: Vec<Transfer> = Wire::take(from)?;
        let maxima = transfers.iter().filter_map(Transfer::max_bytes);
        let (reserved, allowed) = (
            maxima.fold(0, u64::saturating_add),
            from.validation.resizable_bytes,
        );
        if reserved > allowed {
            let what = "bytes of resizable buffers";
            return Err(DecodeError::limit(at, what, reserved, allowed));
        }
        let bytes = from.bytes()?;
        let start = from.cursor.pos - bytes.len();
        let count = u32::try_from(transfers.len()).unwrap_or(u32::MAX);
        let validation = from.validation.clone().with_transfers(count);
        validate(&bytes, &validation).map_err(|error| error.shifted(start))?;
        Ok(Self::new(bytes).with_transfers(transfers))
    }
}
