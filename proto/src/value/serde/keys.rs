//! Keys of objects: which are strings, and the order V8 gives them.

use std::fmt;

use serde::ser;

use super::only::Takes;
use crate::error::EncodeError;
use crate::value::cursor::{Cursor, units};
use crate::value::tags::*;
use crate::value::write;

/// The key is no string: the map becomes a `Map`.
#[derive(Debug, thiserror::Error)]
#[error("not a string")]
pub(super) struct NoString;

impl ser::Error for NoString {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self
    }
}

/// Hands a key that is a string to the function.
pub(super) struct StringKey<'f>(pub(super) &'f mut dyn FnMut(&str));

impl Takes for StringKey<'_> {
    type Error = NoString;

    fn refused() -> NoString {
        NoString
    }

    fn text(self, key: &str) -> Result<(), NoString> {
        (self.0)(key);
        Ok(())
    }
}

/// Puts the entries of an object that begins at `start` in V8's order: array indices ascending,
/// then the others as they came. `entries` has the beginnings of all from the first index on.
pub(super) fn sort_indices(
    out: &mut Vec<u8>,
    start: usize,
    entries: &[(usize, Option<u32>)],
) -> Result<(), EncodeError> {
    let first = entries.first().map_or(out.len(), |entry| entry.0);
    let mut ascending: Vec<_> = entries
        .iter()
        .enumerate()
        .filter_map(|(place, entry)| entry.1.map(|index| (index, place)))
        .collect();
    let sorted = first == start
        && ascending.iter().enumerate().all(|(n, entry)| entry.1 == n)
        && ascending.is_sorted();
    if sorted {
        return Ok(());
    }
    ascending.sort();
    let old = out.split_off(start);
    let entry = |place: usize| {
        let begin = entries.get(place)?.0 - start;
        let end = entries
            .get(place + 1)
            .map_or(old.len(), |next| next.0 - start);
        old.get(begin..end)
    };
    for (_, place) in &ascending {
        realign(entry(*place).unwrap_or_default(), out)?;
    }
    realign(old.get(..first - start).unwrap_or_default(), out)?;
    for (place, (_, index)) in entries.iter().enumerate() {
        if index.is_none() {
            realign(entry(place).unwrap_or_default(), out)?;
        }
    }
    Ok(())
}

/// Appends what this serializer wrote elsewhere, with the padding of its two-byte strings made
/// right for the new place. The input is a run of tags with their bodies; structure matters not.
pub(super) fn realign(written: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let mut cursor = Cursor::new(written);
    let mut copied = 0;
    while let Some(tag) = cursor.peek_tag() {
        let begin = cursor.pos;
        cursor.pos += 1;
        let body = skip_body(&mut cursor, tag);
        let Ok(string) = body else {
            // Only this crate's own output comes here, so this is not reached; copying it
            // unchanged keeps it readable.
            break;
        };
        if let Some(string) = string {
            write::two_byte_head(out, units(string).len())?;
            out.extend_from_slice(string);
        } else {
            out.extend_from_slice(written.get(begin..cursor.pos).unwrap_or_default());
        }
        copied = cursor.pos;
    }
    out.extend_from_slice(written.get(copied..).unwrap_or_default());
    Ok(())
}

/// Moves past the body of `tag`; of a two-byte string it returns the characters.
fn skip_body<'a>(
    cursor: &mut Cursor<'a>,
    tag: u8,
) -> Result<Option<&'a [u8]>, crate::error::DecodeError> {
    match tag {
        INT32 | BEGIN_DENSE | END_OBJECT | END_MAP | TRANSFERRED_ARRAY_BUFFER => {
            cursor.varint32()?;
        }
        END_DENSE => {
            cursor.varint32()?;
            cursor.varint32()?;
        }
        DOUBLE => {
            cursor.raw(8)?;
        }
        BIGINT => {
            cursor.bigint()?;
        }
        ONE_BYTE_STRING => {
            cursor.string_body(tag)?;
        }
        TWO_BYTE_STRING => {
            let length = cursor.varint32()?;
            return cursor.raw(length as usize).map(Some);
        }
        ARRAY_BUFFER => {
            cursor.buffer()?;
        }
        VIEW => {
            cursor.byte()?;
            cursor.size()?;
            cursor.size()?;
            cursor.varint32()?;
        }
        HOST_OBJECT => {
            cursor.varint32()?;
            cursor.varint64()?;
        }
        UNDEFINED | NULL | TRUE | FALSE | BEGIN_OBJECT | BEGIN_MAP => {}
        _ => return Err(cursor.unexpected(tag, "what a serializer writes")),
    }
    Ok(None)
}
