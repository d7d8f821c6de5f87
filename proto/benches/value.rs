//! How long the codec takes: `cargo bench -p nano-proto`, and behind `--` a part of a name. The rates
//! count encoded bytes.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nano_proto::value::document;
use nano_proto::{Body, CallId, Envelope, IsolateId, Validation, from_value, to_value, validate};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Small {
    id: u32,
    s: String,
}

impl Small {
    fn new(id: u32) -> Self {
        let s = format!("item {id}");
        Self { id, s }
    }
}

/// One value, to its bytes and back in every way there is.
fn value<T: Serialize + DeserializeOwned>(c: &mut Criterion, name: &str, value: &T) {
    let encoded = to_value(value).expect("a value");
    let bytes = encoded.bytes();
    let read = document::read(bytes).expect("a document");
    let options = Validation::default();
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("to_value", |b| b.iter(|| to_value(black_box(value))));
    group.bench_function("from_value", |b| {
        b.iter(|| from_value::<T>(black_box(&encoded)).map(drop));
    });
    group.bench_function("validate", |b| {
        b.iter(|| validate(black_box(bytes), &options));
    });
    group.bench_function("document_read", |b| {
        b.iter(|| document::read(black_box(bytes)).map(drop));
    });
    group.bench_function("document_write", |b| {
        b.iter(|| document::write(black_box(&read)));
    });
    group.finish();
}

fn values(c: &mut Criterion) {
    value(c, "small", &Small::new(7));
    value(
        c,
        "objects_1000",
        &(0..1000).map(Small::new).collect::<Vec<_>>(),
    );
    let map: BTreeMap<_, _> = (0..1000_u32).map(|id| (format!("key{id}"), id)).collect();
    value(c, "map_1000", &map);
    value(c, "ascii_1m", &"plain ASCII text".repeat(1 << 16));
    value(c, "bytes_1m", &serde_bytes::ByteBuf::from(vec![7; 1 << 20]));
}

/// What a value costs where its type is not known, and what JSON would.
fn json(c: &mut Criterion) {
    let small = Small::new(7);
    let encoded = to_value(&small).expect("a value");
    let text = serde_json::to_vec(&small).expect("JSON");
    let mut group = c.benchmark_group("json");
    group.bench_function("from_value_untyped", |b| {
        b.iter(|| from_value::<serde_json::Value>(black_box(&encoded)).map(drop));
    });
    group.bench_function("serde_json_to_vec", |b| {
        b.iter(|| serde_json::to_vec(black_box(&small)));
    });
    group.bench_function("serde_json_from_slice", |b| {
        b.iter(|| serde_json::from_slice::<Small>(black_box(&text)).map(drop));
    });
    group.finish();
}

fn envelope(c: &mut Criterion) {
    let body = Body::Ask {
        entry: "add".into(),
        value: to_value(&Small::new(7)).expect("a value"),
    };
    let mut ask = Envelope::new(CallId(7), body);
    ask.target = Some(IsolateId::new(3, 0).into());
    ask.deadline_ms = Some(500);
    let frame = ask.encode();
    let options = Validation::default();
    let mut group = c.benchmark_group("envelope");
    group.bench_function("encode", |b| b.iter(|| black_box(&ask).encode()));
    group.bench_function("decode", |b| {
        b.iter(|| Envelope::decode(black_box(&frame), &options).map(drop));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = values, json, envelope
}
criterion_main!(benches);
