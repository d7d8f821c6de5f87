//! Rust types from value bytes: of many kinds, each answered by a value or an error with a place,
//! and what was read is written so that it reads alike.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use libfuzzer_sys::fuzz_target;
use nano_proto::{IsolateId, Limits, SharedBytes, Transfer, Value, from_value, to_value};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
enum Kind {
    Unit,
    New(Option<Box<Tree>>),
    Pair(u8, char),
    Named { x: f64 },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Tree {
    id: u64,
    s: String,
    a: Option<Box<Tree>>,
    b: Vec<Tree>,
    c: BTreeMap<String, Tree>,
    kinds: Vec<Kind>,
    x: i128,
}

fn check<T: DeserializeOwned + Serialize + std::fmt::Debug>(value: &Value) {
    match from_value::<T>(value) {
        Ok(read) => {
            // Too deep to write is the one thing that may happen: reading counts other levels.
            let Ok(written) = to_value(&read) else {
                return;
            };
            let again: T = from_value(&written).expect("what was written can be read");
            assert_eq!(format!("{again:?}"), format!("{read:?}"));
        }
        Err(error) => assert!(error.offset() <= value.bytes().len() as u64, "{error}"),
    }
}

/// One buffer of each kind that travels beside a value.
fn beside() -> Vec<Transfer> {
    let bytes: Vec<u8> = (0..16).collect();
    vec![
        Transfer::ArrayBuffer(bytes.clone().into()),
        Transfer::Immutable(SharedBytes::from(bytes.clone())),
        Transfer::Resizable {
            bytes: bytes.into(),
            max_bytes: 64,
        },
    ]
}

fuzz_target!(|bytes: &[u8]| {
    let value = &Value::new(bytes.to_vec().into()).with_transfers(beside());
    check::<Tree>(value);
    check::<serde_json::Value>(value);
    check::<Vec<Option<f64>>>(value);
    check::<BTreeMap<i64, serde_json::Value>>(value);
    check::<Vec<(String, i128)>>(value);
    check::<BTreeSet<u16>>(value);
    check::<serde_bytes::ByteBuf>(value);
    check::<Vec<Kind>>(value);
    check::<(bool, String, u8)>(value);
    check::<Vec<IsolateId>>(value);
    check::<Limits>(value);
});
