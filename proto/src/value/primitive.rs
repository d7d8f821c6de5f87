//! Values that are one primitive and nothing else, as most counters, flags and acknowledgements are.

use bytes::Bytes;

use super::cursor::Cursor;
use super::{Value, tags, write};

/// A JavaScript primitive of a few bytes, borrowed from wherever it lies.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Primitive<'a> {
    /// `undefined`.
    Undefined,
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string of at most [`Primitive::LONGEST`] characters below U+0100, a byte each.
    Latin1(&'a [u8]),
}

impl Primitive<'_> {
    /// The longest string that counts as a primitive of a few bytes, in characters: its length is one byte.
    pub const LONGEST: usize = 0x7F;
}

impl Value {
    /// The value that holds `primitive`, in the bytes that V8's serializer writes for it.
    ///
    /// ```
    /// use nano_proto::{Primitive, Value, to_value};
    ///
    /// assert_eq!(Value::of_primitive(Primitive::Number(7.0)), to_value(&7)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    /// If a string is longer than [`Primitive::LONGEST`].
    pub fn of_primitive(primitive: Primitive<'_>) -> Self {
        match primitive {
            Primitive::Undefined => Self::undefined(),
            Primitive::Null => Self::of_tag::<{ tags::NULL }>(),
            Primitive::Bool(true) => Self::of_tag::<{ tags::TRUE }>(),
            Primitive::Bool(false) => Self::of_tag::<{ tags::FALSE }>(),
            Primitive::Number(number) => {
                // A header, a tag and at most a double: the vector becomes the bytes without a copy.
                let mut out = Vec::with_capacity(11);
                write::header(&mut out);
                write::number(&mut out, number);
                Self::new(Bytes::from(out))
            }
            Primitive::Latin1(text) => {
                assert!(text.len() <= Primitive::LONGEST, "it is no short string");
                let mut out = Vec::with_capacity(4 + text.len());
                write::header(&mut out);
                out.extend_from_slice(&[tags::ONE_BYTE_STRING, text.len() as u8]);
                out.extend_from_slice(text);
                Self::new(Bytes::from(out))
            }
        }
    }

    /// The primitive that the value is, where it is one and is written in the usual way; `None` says nothing
    /// of the value.
    pub fn as_primitive(&self) -> Option<Primitive<'_>> {
        let [tags::VERSION, version, tag, content @ ..] = &self.bytes()[..] else {
            return None;
        };
        if u32::from(*version) != tags::LATEST_VERSION || !self.transfers().is_empty() {
            return None;
        }
        match (*tag, content) {
            (tags::UNDEFINED, []) => Some(Primitive::Undefined),
            (tags::NULL, []) => Some(Primitive::Null),
            (tags::TRUE, []) => Some(Primitive::Bool(true)),
            (tags::FALSE, []) => Some(Primitive::Bool(false)),
            (tags::INT32, content) => {
                let mut cursor = Cursor::new(content);
                let number = cursor.zigzag().ok()?;
                (cursor.pos == content.len()).then_some(Primitive::Number(f64::from(number)))
            }
            (tags::DOUBLE, content) => {
                let number = f64::from_le_bytes(content.try_into().ok()?);
                Some(Primitive::Number(number))
            }
            (tags::ONE_BYTE_STRING, [length, text @ ..])
                if usize::from(*length) == text.len() && text.len() <= Primitive::LONGEST =>
            {
                Some(Primitive::Latin1(text))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::to_value;

    #[test]
    fn primitives_are_written_and_read_as_by_the_codec() {
        let numbers = [0.0, 1.0, -1.0, 1e9, 2e9, -2147483648.0, 3e9, 0.5, f64::MAX];
        for number in numbers.into_iter().chain([f64::INFINITY, -0.0]) {
            let value = Value::of_primitive(Primitive::Number(number));
            assert_eq!(value, to_value(&number).unwrap(), "{number}");
            let Some(Primitive::Number(read)) = value.as_primitive() else {
                panic!("{number} is a primitive");
            };
            assert_eq!(read.to_bits(), number.to_bits());
        }
        let nan = Value::of_primitive(Primitive::Number(f64::NAN));
        assert!(matches!(nan.as_primitive(), Some(Primitive::Number(read)) if read.is_nan()));
        let long = "x".repeat(Primitive::LONGEST);
        for text in ["", "hello", long.as_str()] {
            let primitive = Primitive::Latin1(text.as_bytes());
            let value = Value::of_primitive(primitive);
            assert_eq!(value, to_value(text).unwrap());
            assert_eq!(value.as_primitive(), Some(primitive));
        }
        for (primitive, same) in [
            (Primitive::Undefined, to_value(&())),
            (Primitive::Null, to_value(&None::<u8>)),
            (Primitive::Bool(true), to_value(&true)),
            (Primitive::Bool(false), to_value(&false)),
        ] {
            let value = Value::of_primitive(primitive);
            assert_eq!(value.as_primitive(), Some(primitive));
            assert_eq!(value, same.unwrap());
        }
    }

    #[test]
    fn everything_else_is_left_to_the_codec() {
        for bytes in [
            &b""[..],
            b"\xff\x10",
            b"\xff\x0f_",
            b"\xff\x10__",
            b"\xff\x10I",
            b"\xff\x10I\x80",
            b"\xff\x10I\x02\x02",
            b"\xff\x10N\0\0\0\0\0\0\0",
            b"\xff\x10\"\x05four",
            b"\xff\x10\"\x80\x01",
            b"\xff\x10c\x02a\0",
            b"\xff\x10{\0",
        ] {
            let value = Value::new(Bytes::copy_from_slice(bytes));
            assert_eq!(value.as_primitive(), None, "{value:?}");
        }
        let moved = vec![crate::Transfer::ArrayBuffer(Bytes::new())];
        assert_eq!(
            Value::undefined().with_transfers(moved).as_primitive(),
            None
        );
    }
}
