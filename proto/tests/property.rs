//! Random values go through unchanged.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use nano_proto::value::document::{
    self, BigInt, Document, ErrorKind, JsString, Key, Node, NodeId, ViewKind,
};
use nano_proto::value::host::HostObject;
use nano_proto::{IsolateId, Validation, from_value, to_value, validate};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

// --- documents ---------------------------------------------------------------------------------

fn string() -> impl Strategy<Value = JsString> {
    prop_oneof![
        vec(any::<u8>(), 0..200).prop_map(|latin1| JsString::OneByte(latin1.into())),
        vec(any::<u16>(), 0..200).prop_map(|units| JsString::TwoByte(units.into())),
    ]
}

fn key() -> impl Strategy<Value = Key> {
    prop_oneof![
        string().prop_map(Key::String),
        any::<i32>().prop_map(Key::Int32),
        any::<u32>().prop_map(|index| Key::Number(f64::from(index))),
    ]
}

fn bytes() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..64).prop_map(Bytes::from)
}

/// How many nodes a document has.
const NODES: usize = 16;

/// The places of a document of `NODES` nodes.
fn blank() -> (Document, Vec<NodeId>) {
    let mut document = Document::new(Node::Undefined);
    let mut ids = vec![document.root()];
    ids.extend((1..NODES).map(|_| document.push(Node::Undefined).unwrap()));
    (document, ids)
}

/// A node whose children are any of the document, itself included.
fn node() -> impl Strategy<Value = Node> {
    let ids = blank().1;
    let child = || proptest::sample::select(ids.clone());
    let properties = || vec((key(), child()), 0..5);
    prop_oneof![
        Just(Node::Undefined),
        Just(Node::Null),
        any::<bool>().prop_map(Node::Bool),
        any::<i32>().prop_map(Node::Int32),
        any::<f64>().prop_map(Node::Number),
        any::<i128>().prop_map(|n| Node::BigInt(BigInt::from(n))),
        string().prop_map(Node::String),
        any::<f64>().prop_map(Node::Date),
        any::<bool>().prop_map(Node::BoxedBool),
        any::<f64>().prop_map(Node::BoxedNumber),
        any::<i128>().prop_map(|n| Node::BoxedBigInt(BigInt::from(n))),
        string().prop_map(Node::BoxedString),
        (string(), 0_u32..64).prop_map(|(pattern, flags)| Node::RegExp { pattern, flags }),
        any::<u64>().prop_map(|n| Node::Host(HostObject::Actor(IsolateId::from_u64(n)))),
        (string(), string(), string()).prop_map(|(name, message, stack)| {
            Node::Host(HostObject::DomException {
                name,
                message,
                stack,
            })
        }),
        bytes().prop_map(Node::ArrayBuffer),
        bytes().prop_map(Node::ImmutableArrayBuffer),
        (bytes(), 64_u64..4096).prop_map(|(bytes, max)| Node::ResizableArrayBuffer { bytes, max }),
        properties().prop_map(Node::Object),
        (vec(proptest::option::of(child()), 0..6), properties()).prop_map(
            |(elements, properties)| Node::Array {
                elements,
                properties
            }
        ),
        (0_u32..1000, properties())
            .prop_map(|(length, properties)| Node::SparseArray { length, properties }),
        vec((child(), child()), 0..5).prop_map(Node::Map),
        vec(child(), 0..5).prop_map(Node::Set),
        (
            proptest::sample::select(ErrorKind::ALL),
            proptest::option::of(string()),
            proptest::option::of(string()),
            proptest::option::of(child()),
        )
            .prop_map(|(kind, message, stack, cause)| Node::Error {
                kind,
                message,
                stack,
                cause
            }),
        (
            proptest::sample::select(ViewKind::ALL),
            child(),
            0_u64..8,
            0_u64..8
        )
            .prop_map(|(kind, buffer, offset, length)| Node::View {
                kind,
                buffer,
                offset: offset * kind.element_size(),
                length: length * kind.element_size(),
                length_tracking: false,
                backed_by_resizable: false,
            }),
    ]
}

fn any_document() -> impl Strategy<Value = Document> {
    vec(node(), NODES).prop_map(|nodes| {
        let (mut document, ids) = blank();
        for (id, node) in ids.iter().zip(nodes) {
            *document.node_mut(*id).unwrap() = node;
        }
        for id in ids {
            // A view is of a buffer and within it.
            let Some(Node::View {
                buffer,
                offset,
                length,
                ..
            }) = document.node(id)
            else {
                continue;
            };
            let end = offset + length;
            let (room, resizable) = match document.node(*buffer) {
                Some(Node::ArrayBuffer(b) | Node::ImmutableArrayBuffer(b)) => (b.len(), false),
                Some(Node::ResizableArrayBuffer { bytes, .. }) => (bytes.len(), true),
                _ => {
                    *document.node_mut(id).unwrap() = Node::Null;
                    continue;
                }
            };
            match document.node_mut(id) {
                Some(Node::View {
                    offset,
                    length,
                    backed_by_resizable,
                    ..
                }) => {
                    *backed_by_resizable = resizable;
                    if end > room as u64 {
                        (*offset, *length) = (0, 0);
                    }
                }
                _ => unreachable!("it was a view above"),
            }
        }
        document
    })
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
        (any::<f64>(), proptest::option::of(inner.prop_map(Box::new)))
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
