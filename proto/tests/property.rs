//! Random values go through unchanged.

#[path = "support/documents.rs"]
mod documents;

use std::collections::{BTreeMap, BTreeSet};

use documents::{Parts, bytes, child, documents};
use nano_proto::value::document::{self, BigInt, Document, JsString, Key, Node, Properties};
use nano_proto::value::host::HostObject;
use nano_proto::{IsolateId, Validation, from_value, to_value, validate};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

// --- documents ---------------------------------------------------------------------------------

fn string() -> impl Strategy<Value = JsString> {
    prop_oneof![
        vec(any::<u8>(), 0..200).prop_map(|latin1| JsString::OneByte(latin1.into())),
        vec(any::<u16>(), 0..200).prop_map(|units| JsString::TwoByte(units.into())),
    ]
}

fn properties() -> impl Strategy<Value = Properties> {
    let key = prop_oneof![
        string().prop_map(Key::String),
        any::<i32>().prop_map(Key::Int32),
        any::<u32>().prop_map(|index| Key::Number(f64::from(index))),
    ];
    vec((key, child()), 0..5)
}

/// Whatever the bytes can say.
fn any_document() -> impl Strategy<Value = Document> {
    let parts = Parts {
        text: string().boxed(),
        double: any::<f64>().boxed(),
        big: any::<i128>().prop_map(BigInt::from).boxed(),
        time: any::<f64>().boxed(),
        stack: option::of(string()).boxed(),
        properties: properties().boxed(),
    };
    let elements = vec(option::of(child()), 0..6);
    documents(prop_oneof![
        14 => parts.leaf(),
        3 => parts.container(),
        1 => any::<f64>().prop_map(Node::Number),
        1 => (string(), 0_u32..64).prop_map(|(pattern, flags)| Node::RegExp { pattern, flags }),
        1 => any::<u64>().prop_map(|n| Node::Host(HostObject::Actor(IsolateId::from_u64(n)))),
        1 => bytes().prop_map(Node::ImmutableArrayBuffer),
        1 => (elements, properties()).prop_map(|(elements, properties)| Node::Array {
            elements,
            properties
        }),
        1 => (0_u32..1000, properties())
            .prop_map(|(length, properties)| Node::SparseArray { length, properties }),
        1 => vec((child(), child()), 0..5).prop_map(Node::Map),
        1 => vec(child(), 0..5).prop_map(Node::Set),
    ])
}

// --- Rust values -------------------------------------------------------------------------------

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Unit,
    New(String),
    Tuple(i8, char),
    Struct { x: f64, y: Option<Box<Shape>> },
}

fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        Just(Shape::Unit),
        any::<String>().prop_map(Shape::New),
        any::<(i8, char)>().prop_map(|(a, b)| Shape::Tuple(a, b)),
    ];
    leaf.prop_recursive(8, 32, 1, |inner| {
        (any::<f64>(), option::of(inner.prop_map(Box::new)))
            .prop_map(|(x, y)| Shape::Struct { x, y })
    })
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Numbers {
    a: i8,
    b: i16,
    c: i32,
    d: i64,
    e: i128,
    f: u8,
    g: u16,
    h: u32,
    i: u64,
    j: u128,
    k: f32,
    l: f64,
    #[serde(rename = "7")]
    seven: bool,
    #[serde(rename = "0")]
    zero: char,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Everything {
    unit: (),
    text: String,
    #[serde(with = "serde_bytes")]
    bytes: Vec<u8>,
    list: Vec<Option<String>>,
    by_name: BTreeMap<String, i64>,
    by_number: BTreeMap<i16, String>,
    by_pair: BTreeMap<(u8, bool), ()>,
    set: BTreeSet<u64>,
    numbers: Numbers,
    shapes: Vec<Shape>,
    id: Option<u64>,
}

fn numbers() -> impl Strategy<Value = Numbers> {
    (
        any::<(i8, i16, i32, i64, i128)>(),
        any::<(u8, u16, u32, u64, u128)>(),
        any::<(f32, f64, bool, char)>(),
    )
        .prop_map(
            |((a, b, c, d, e), (f, g, h, i, j), (k, l, seven, zero))| Numbers {
                a,
                b,
                c,
                d,
                e,
                f,
                g,
                h,
                i,
                j,
                k,
                l,
                seven,
                zero,
            },
        )
}

fn everything() -> impl Strategy<Value = Everything> {
    (
        (
            any::<String>(),
            vec(any::<u8>(), 0..300),
            vec(any::<Option<String>>(), 0..5),
        ),
        (
            btree_map(any::<String>(), any::<i64>(), 0..5),
            btree_map(any::<i16>(), any::<String>(), 0..5),
            btree_map(any::<(u8, bool)>(), Just(()), 0..5),
            btree_set(any::<u64>(), 0..5),
        ),
        (numbers(), vec(shape(), 0..4), any::<Option<u64>>()),
    )
        .prop_map(
            |((text, bytes, list), (by_name, by_number, by_pair, set), rest)| Everything {
                unit: (),
                text,
                bytes,
                list,
                by_name,
                by_number,
                by_pair,
                set,
                numbers: rest.0,
                shapes: rest.1,
                id: rest.2,
            },
        )
}

proptest! {
    #[test]
    fn documents_are_written_and_read_alike(document in any_document()) {
        let bytes = document::write(&document).unwrap();
        let read = document::read(&bytes).unwrap();
        prop_assert_eq!(&document::write(&read).unwrap(), &bytes);
        // Equal as arenas once unreachable nodes are gone; NaNs compare as text.
        let again = document::read(&bytes).unwrap();
        prop_assert_eq!(format!("{again:?}"), format!("{read:?}"));
        prop_assert!(validate(&bytes, &Validation::default()).is_ok());
        // Whatever it is, reading it as a tree ends.
        let _ = nano_proto::from_bytes::<serde_json::Value>(&bytes);
        nano_proto::from_bytes::<serde::de::IgnoredAny>(&bytes).unwrap();
    }

    #[test]
    fn rust_values_come_back(value in everything()) {
        let encoded = to_value(&value).unwrap();
        let decoded: Everything = from_value(&encoded).unwrap();
        prop_assert_eq!(format!("{decoded:?}"), format!("{value:?}"));
        prop_assert!(validate(encoded.bytes(), &Validation::default()).is_ok());
        // The bytes are in the one form that V8 writes, padding and order included.
        let document = document::read(encoded.bytes()).unwrap();
        prop_assert_eq!(&document::write(&document).unwrap(), encoded.bytes());
    }

    #[test]
    fn random_bytes_are_answered(tail in vec(any::<u8>(), 0..200)) {
        let mut bytes = vec![0xFF, 16];
        bytes.extend(tail);
        let valid = validate(&bytes, &Validation::default()).is_ok();
        let document = document::read(&bytes);
        prop_assert!(document.is_ok() || !valid);
        let _ = nano_proto::from_bytes::<serde_json::Value>(&bytes);
    }
}
