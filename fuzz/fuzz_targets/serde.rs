//! Rust types from value bytes: of many kinds, each answered by a value or an error with a place,
//! and what was read is written so that it reads alike.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use libfuzzer_sys::fuzz_target;
use nano_proto::{IsolateId, Limits, from_bytes, from_value, to_value};
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

fn check<T: DeserializeOwned + Serialize + std::fmt::Debug>(bytes: &[u8]) {
    match from_bytes::<T>(bytes) {
        Ok(value) => {
            // Too deep to write is the one thing that may happen: reading counts other levels.
            let Ok(written) = to_value(&value) else {
                return;
            };
            let again: T = from_value(&written).expect("what was written can be read");
            assert_eq!(format!("{again:?}"), format!("{value:?}"));
        }
        Err(error) => assert!(error.offset() <= bytes.len() as u64, "{error}"),
    }
}

fuzz_target!(|bytes: &[u8]| {
    check::<Tree>(bytes);
    check::<serde_json::Value>(bytes);
    check::<Vec<Option<f64>>>(bytes);
    check::<BTreeMap<i64, serde_json::Value>>(bytes);
    check::<Vec<(String, i128)>>(bytes);
    check::<BTreeSet<u16>>(bytes);
    check::<serde_bytes::ByteBuf>(bytes);
    check::<Vec<Kind>>(bytes);
    check::<(bool, String, u8)>(bytes);
    check::<Vec<IsolateId>>(bytes);
    check::<Limits>(bytes);
});
