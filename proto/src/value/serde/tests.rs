use std::fmt;

use serde::{Serialize, Serializer};

use super::*;
use crate::address::ISOLATE_NEWTYPE;
use crate::error::EncodeErrorKind;

/// Bytes without their header.
fn body(value: impl Serialize) -> Vec<u8> {
    to_value(&value).unwrap().bytes()[2..].to_vec()
}

#[test]
fn numbers_of_every_width_are_written_by_their_value() {
    for small in [
        body(-7_i8),
        body(-7_i16),
        body(-7_i32),
        body(-7_i64),
        body(-7.0_f32),
        body(-7.0_f64),
    ] {
        assert_eq!(small, b"I\x0D");
    }
    for small in [body(7_u8), body(7_u16), body(7_u32), body(7_u64)] {
        assert_eq!(small, b"I\x0E");
    }
    assert_eq!(body(u32::MAX)[0], b'N');
    assert_eq!(body(i64::MIN)[0], b'Z');
    assert_eq!(body(u64::MAX)[0], b'Z');
    assert_eq!(body(0.5_f32)[0], b'N');
    assert_eq!(body(None::<u8>), b"0");
}

/// An address whose number is something else.
struct Address<T>(T);

impl<T: Serialize> Serialize for Address<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(ISOLATE_NEWTYPE, &self.0)
    }
}

#[test]
fn an_address_is_nothing_but_an_integer() {
    assert_eq!(body(Address(300_u64)), b"\\\x01\xAC\x02");
    assert_eq!(body(Address(Some(5_u64))), b"\\\x01\x05");
    fn refused(value: impl Serialize) {
        let error = to_value(&Address(value)).unwrap_err();
        assert!(
            error.to_string().contains("an address is an integer"),
            "{error}"
        );
    }
    refused("5");
    refused('5');
    refused(5_u8);
    refused(-5_i64);
    refused(5.0);
    refused(true);
    refused(());
    refused(None::<u64>);
    refused([5]);
    refused(Variant::Unit);
    refused(Variant::New(5));
    refused(Variant::Struct { x: 5 });
}

#[derive(Serialize)]
enum Variant {
    Unit,
    New(u8),
    Struct { x: u8 },
}

/// Text by way of `Display`, as addresses and dates of other crates are.
struct Shown(&'static str);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        assert!(serializer.is_human_readable());
        serializer.collect_str(self)
    }
}

/// A value that is none.
struct Refuses;

impl Serialize for Refuses {
    fn serialize<S: Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("not today"))
    }
}

/// A map of one entry.
struct Entry<K, V>(K, V);

impl<K: Serialize, V: Serialize> Serialize for Entry<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(&self.0, &self.1)?;
        map.end()
    }
}

#[test]
fn whatever_is_text_makes_an_object_and_the_rest_a_map() {
    assert_eq!(body(Entry(Shown("a"), Shown("b"))), b"o\"\x01a\"\x01b{\x01");
    assert_eq!(body(Entry(Some('a'), 1)), b"o\"\x01aI\x02{\x01");
    assert_eq!(body(Entry(Variant::Unit, 1)), b"o\"\x04UnitI\x02{\x01");
    assert_eq!(body(Entry(serde_bytes::Bytes::new(b"a"), 1))[0], b';');
    assert_eq!(body(Entry(Variant::New(1), 1))[0], b';');
    assert_eq!(body(Entry(Variant::Struct { x: 1 }, 1))[0], b';');
    assert_eq!(body(Entry((1, "a"), 1))[0], b';');
    assert_eq!(body(Entry(1_u64, 1))[0], b';');
}

#[test]
fn what_refuses_itself_says_why_wherever_it_stands() {
    for error in [
        to_value(&Refuses).unwrap_err(),
        to_value(&Entry(Refuses, 1)).unwrap_err(),
        to_value(&Entry("a", Refuses)).unwrap_err(),
        to_value(&[Refuses]).unwrap_err(),
    ] {
        assert_eq!(error.kind(), &EncodeErrorKind::Custom("not today".into()));
    }
}
