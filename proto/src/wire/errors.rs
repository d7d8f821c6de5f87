//! Errors on the wire. A number once given to a variant stays its own.

use super::{Put, Take, Wire, wire_enum, wire_struct};
use crate::error::{
    AskError, DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind, ExitReason, JsError,
    LimitExceeded, Undelivered,
};

wire_struct!(LimitExceeded {
    limit,
    used,
    allowed
});

wire_enum!(DecodeErrorKind, "decoding error" {
    0 Truncated { missing };
    1 Trailing { bytes };
    2 Version { what, found, read };
    3 Tag { found, wanted };
    4 Varint { bits };
    5 Count { what, found, declared };
    6 Reference { id, known };
    7 Beside { what, id, known };
    8 Host { tag };
    9 Local { what };
    10 Limit { what, found, allowed };
    11 Malformed(what);
    12 Type { found, wanted };
    13 Cycle { id };
    14 Custom(message);
});

wire_enum!(EncodeErrorKind, "encoding error" {
    0 Depth { allowed };
    1 TooLong { what, length, allowed };
    2 MixedKeys;
    3 Document { node, what };
    4 DataClone(message);
    5 Custom(message);
    6 KeyTwice(key);
});

wire_enum!(ExitReason, "exit" (cut, uncut) {
    0 Normal;
    1 Stopped;
    2 Killed;
    3 Threw(error);
    4 Limit(limit);
    5 LinkDied { isolate, reason };
    6 Panicked(message);
    7 StartFailed(error);
    8 RestartsExhausted { restarts, within_ms };
    9 Shutdown;
    10 Lost(message);
});

/// What stands for the rest of a chain of links that is too long to send.
fn cut(reason: &ExitReason, to: &mut Put) -> bool {
    let cut = to.depth >= ExitReason::MAX_DEPTH && matches!(reason, ExitReason::LinkDied { .. });
    if cut {
        ExitReason::Lost("cut off: too long a chain of links".into()).put(to);
    }
    cut
}

/// Nothing is read that would be cut when it is written again.
fn uncut(reason: &ExitReason, from: &Take<'_>, at: usize) -> Result<(), DecodeError> {
    match reason {
        ExitReason::LinkDied { .. } => not_deeper(from, at, ExitReason::MAX_DEPTH),
        _ => Ok(()),
    }
}

fn not_deeper(from: &Take<'_>, at: usize, allowed: u32) -> Result<(), DecodeError> {
    if from.depth < allowed {
        return Ok(());
    }
    let (found, allowed) = (u64::from(from.depth) + 1, u64::from(allowed));
    Err(DecodeError::limit(at, "levels of nesting", found, allowed))
}

wire_enum!(Undelivered, "refusal" {
    0 NotRunning(reason);
    1 MailboxFull { allowed };
    2 NoSuchHandler(name);
    3 NoSuchName(name);
    4 Encode(error);
    5 TooLarge(limit);
    6 Refused(limit);
    7 Invalid(error);
    8 ShuttingDown;
    9 Expired;
    10 Unreachable(message);
});

wire_enum!(AskError, "failure" {
    0 NotDelivered { why, value };
    1 Threw(error);
    2 Limit(limit);
    3 Timeout { after_ms, started };
    4 Cancelled;
    5 Unknown(reason);
    6 Decode(error);
    7 ReplyNotCloneable(error);
});

impl Wire for DecodeError {
    fn put(&self, to: &mut Put) {
        self.offset().put(to);
        self.kind().put(to);
        write_steps(self.segments(), to);
    }

    fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
        Ok(Self::with_path(
            Wire::take(from)?,
            Wire::take(from)?,
            Wire::take(from)?,
        ))
    }
}

fn write_steps(steps: &[String], to: &mut Put) {
    crate::value::write::varint64(&mut to.out, steps.len() as u64);
    steps.iter().for_each(|step| step.put(to));
}

impl Wire for EncodeError {
    fn put(&self, to: &mut Put) {
        self.offset().put(to);
        self.kind().put(to);
    }

    fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
        Ok(Self::with_offset(Wire::take(from)?, Wire::take(from)?))
    }
}

impl Wire for JsError {
    fn put(&self, to: &mut Put) {
        self.name.put(to);
        self.message.put(to);
        self.stack.put(to);
        self.file.put(to);
        self.line.put(to);
        self.column.put(to);
        // The form has no place for where a part of a line begins, without which its column would be wrong.
        match self.source_skipped {
            0 => self.source_line.put(to),
            _ => None::<String>.put(to),
        }
        self.value.put(to);
        self.code.put(to);
        // A program can make chains of any length; the rest of one helps nobody.
        if to.depth < Self::MAX_DEPTH {
            self.cause.put(to);
            self.errors.put(to);
        } else {
            to.out.extend_from_slice(&[0, 0]);
        }
    }

    fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
        let at = from.cursor.pos;
        let error = Self {
            name: Wire::take(from)?,
            message: Wire::take(from)?,
            stack: Wire::take(from)?,
            file: Wire::take(from)?,
            line: Wire::take(from)?,
            column: Wire::take(from)?,
            source_line: Wire::take(from)?,
            source_skipped: 0,
            value: Wire::take(from)?,
            code: Wire::take(from)?,
            // For people beside the isolate: they are not sent.
            properties: String::new(),
            cause: Wire::take(from)?,
            errors: Wire::take(from)?,
        };
        if error.cause.is_some() || !error.errors.is_empty() {
            not_deeper(from, at, Self::MAX_DEPTH)?;
        }
        Ok(error)
    }
}
