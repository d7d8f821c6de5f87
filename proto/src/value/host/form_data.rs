//! FormData: a list of names, each with a text or a File.
//!
//! The XMLHttpRequest standard has it neither serializable nor transferable. It is here since a form is just what one
//! isolate receives and another works on.

use super::blob::{File, FileRef};
use super::{read_string, write_string};
use crate::error::{DecodeError, EncodeError};
use crate::value::cursor::{Cursor, Str};
use crate::value::document::JsString;
use crate::value::write;

/// In a FormData's body: a text follows.
pub const ENTRY_TEXT: u32 = 0;
/// In a FormData's body: a File's body follows.
pub const ENTRY_FILE: u32 = 1;

/// The value of one entry of a `FormData`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormValue {
    /// A string.
    Text(JsString),
    /// A File.
    File(File),
}

pub(super) fn write(
    out: &mut Vec<u8>,
    entries: &[(JsString, FormValue)],
) -> Result<(), EncodeError> {
    let count = write::length32(out, "FormData", entries.len())?;
    write::varint32(out, count);
    for (name, value) in entries {
        write_string(out, name)?;
        match value {
            FormValue::Text(text) => {
                write::varint32(out, ENTRY_TEXT);
                write_string(out, text)?;
            }
            FormValue::File(file) => {
                write::varint32(out, ENTRY_FILE);
                file.write(out)?;
            }
        }
    }
    Ok(())
}

/// One entry as it lies in the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormValueRef<'a> {
    Text(Str<'a>),
    File(FileRef<'a>),
}

/// A FormData's body as it lies in the bytes, looked through once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FormDataRef<'a> {
    count: u32,
    entries: &'a [u8],
}

impl<'a> FormDataRef<'a> {
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, DecodeError> {
        let count = cursor.varint32()?;
        let start = cursor.pos;
        // Each entry takes bytes, so that a count without them ends with the input.
        for _ in 0..count {
            read_entry(cursor)?;
        }
        let entries = cursor.bytes().get(start..cursor.pos).unwrap_or_default();
        Ok(Self { count, entries })
    }

    /// The entries, one after the other.
    pub(crate) fn entries(self) -> impl Iterator<Item = (Str<'a>, FormValueRef<'a>)> {
        let mut cursor = Cursor::new(self.entries);
        // No error is left to come.
        (0..self.count).map_while(move |_| read_entry(&mut cursor).ok())
    }

    pub(super) fn to_entries(self) -> Vec<(JsString, FormValue)> {
        let own = |(name, value): (Str<'a>, FormValueRef<'a>)| {
            let value = match value {
                FormValueRef::Text(text) => FormValue::Text(text.into()),
                FormValueRef::File(file) => FormValue::File(file.into()),
            };
            (name.into(), value)
        };
        self.entries().map(own).collect()
    }
}

fn read_entry<'a>(cursor: &mut Cursor<'a>) -> Result<(Str<'a>, FormValueRef<'a>), DecodeError> {
    let name = read_string(cursor)?;
    let start = cursor.pos;
    let value = match cursor.varint32()? {
        ENTRY_TEXT => FormValueRef::Text(read_string(cursor)?),
        ENTRY_FILE => FormValueRef::File(FileRef::read(cursor)?),
        _ => {
            return Err(DecodeError::malformed(
                start,
                "an entry of a FormData that is neither text nor File",
            ));
        }
    };
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_beyond_the_bytes_is_refused_at_their_end() {
        let mut cursor = Cursor::new(b"\xFF\xFF\xFF\xFF\x0F\x00\x01a\x00\x00\x01b");
        let error = FormDataRef::read(&mut cursor).unwrap_err();
        assert_eq!(error.offset(), 12, "{error}");
    }

    #[test]
    fn an_entry_of_another_kind_is_refused_where_it_stands() {
        let error = FormDataRef::read(&mut Cursor::new(b"\x01\x00\x01a\x02")).unwrap_err();
        assert_eq!(error.offset(), 4);
        assert!(
            error.to_string().contains("neither text nor File"),
            "{error}"
        );
    }
}
