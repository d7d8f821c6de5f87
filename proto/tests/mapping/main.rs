//! Which JavaScript value each Rust value is, and the other way round.

mod containers;
mod limits;
mod scalars;
#[path = "../support/mod.rs"]
mod support;
mod writing;

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use nano_proto::value::document::{self, BigInt, Document, ErrorKind, Node};
use nano_proto::value::host::HostObject;
use nano_proto::{
    DecodeErrorKind, EncodeErrorKind, IsolateId, SharedBytes, Transfer, Value, from_bytes,
    from_value, to_value,
};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Serialize, Serializer};
use support::seed;

fn written(value: impl Serialize) -> Vec<u8> {
    to_value(&value).unwrap().bytes().to_vec()
}

fn read<T: DeserializeOwned>(name: &str) -> T {
    from_bytes(&seed(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Reads hand-made bytes, given without their header.
fn raw<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, nano_proto::DecodeError> {
    from_bytes(&[&[0xFF, 16], bytes].concat())
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Plain {
    id: u32,
    s: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Kind {
    Plain,
    New(u8),
    Pair(u8, String),
    Named {
        x: i32,
    },
    #[serde(rename = "7")]
    Seven(bool),
}

/// The same value through a document, whose writer puts nothing in another order or place.
fn canonical(value: &impl Serialize) -> Vec<u8> {
    let document = document::read(&written(value)).unwrap();
    document::write(&document).unwrap().to_vec()
}
