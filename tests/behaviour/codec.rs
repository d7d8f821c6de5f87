//! The codec of `nano-proto` and V8's serializer write the same bytes.

#[path = "../../proto/tests/support/documents.rs"]
mod documents;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use documents::{Parts, child, documents};
use nano::proto::value::document::{
    self, BigInt, Document, JsString, Key, Node, NodeId, Properties,
};
use nano::proto::value::host::HostObject;
use nano::proto::{IsolateId, Validation, validate};
use nano::{ActorRef, ActorSpec, AskError, Limits, Runtime, Value, from_value, to_value};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde::{Deserialize, Serialize};

/// Makes the runtime's classes known, so that their wire forms are read, and gives back what it gets.
const IDENTITY: &str = "
    import 'nano:actor';
    new AggregateError([]);
    new DOMException();
    export const id = (v) => v;
";

async fn identity(runtime: &Runtime, limits: Limits) -> ActorRef {
    let spec = ActorSpec::source(IDENTITY).limits(limits);
    runtime.spawn(spec).await.expect("the module runs")
}

fn limits() -> Limits {
    Limits::default()
        .with_cpu_ms_per_call(20_000)
        .with_cpu_ms_per_turn(20_000)
}

// --- documents ---------------------------------------------------------------------------------

/// Strings as V8 holds them: two bytes a character only where one would not do.
fn string() -> impl Strategy<Value = JsString> {
    prop_oneof![
        vec(any::<u8>(), 0..40).prop_map(|latin1| JsString::OneByte(latin1.into())),
        vec(any::<u16>(), 0..40).prop_map(|mut units| {
            units.push(0x20AC);
            JsString::TwoByte(units.into())
        }),
    ]
}

/// Doubles that V8 keeps as doubles, with the one NaN that it has.
fn double() -> impl Strategy<Value = f64> {
    any::<f64>().prop_map(|n| if n.is_nan() { f64::NAN } else { n })
}

/// Milliseconds that a Date may hold.
fn time() -> impl Strategy<Value = f64> {
    prop_oneof![
        (-8_640_000_000_000_000_i64..=8_640_000_000_000_000).prop_map(|ms| ms as f64),
        Just(f64::NAN),
    ]
}

fn big() -> impl Strategy<Value = BigInt> {
    prop_oneof![
        any::<i128>().prop_map(BigInt::from),
        (any::<bool>(), vec(any::<[u8; 8]>(), 1..6)).prop_map(|(negative, digits)| {
            let mut digits = digits.concat();
            // No leading zeros: the highest digit is not zero.
            if let Some(last) = digits.last_mut() {
                *last |= 1;
            }
            BigInt::new(negative, digits)
        }),
    ]
}

/// Properties in the order in which V8 keeps them: indices ascending, then names.
fn properties() -> impl Strategy<Value = Properties> {
    let indices = btree_map(0_i32..2000, child(), 0..3);
    let names = btree_map("[a-z\u{e9}]{1,8}", child(), 0..4);
    (indices, names).prop_map(|(indices, names)| {
        let indices = indices
            .into_iter()
            .map(|(index, child)| (Key::Int32(index), child));
        let names = names.into_iter();
        let names = names.map(|(name, child)| (Key::String(JsString::from(name.as_str())), child));
        indices.chain(names).collect()
    })
}

/// What V8 keeps as it is. A key of a Map or Set must be unlike the others, which only true objects
/// are sure to be, so there are none of those.
fn any_document() -> impl Strategy<Value = Document> {
    let parts = Parts {
        text: string().boxed(),
        double: double().boxed(),
        big: big().boxed(),
        time: time().boxed(),
        stack: string().prop_map(Some).boxed(),
        properties: properties().boxed(),
    };
    let regexp = ("[a-z]{1,9}", 0_u32..64).prop_map(|(pattern, flags)| {
        // Of the flags u and l the second is for experiments, so it stays off.
        Node::RegExp {
            pattern: JsString::from(pattern.as_str()),
            flags: flags & 0b1_0111,
        }
    });
    let actor = any::<u32>().prop_map(|n| Node::Host(HostObject::Actor(IsolateId::new(n, 1))));
    documents(prop_oneof![
        4 => parts.leaf(),
        1 => double().prop_map(Node::number),
        1 => regexp,
        1 => actor,
        4 => parts.container(),
        2 => vec(child(), 0..6).prop_map(|elements| Node::Array {
            elements: elements.into_iter().map(Some).collect(),
            properties: Vec::new(),
        }),
        2 => properties().prop_map(|properties| Node::SparseArray {
            length: 2000,
            properties
        }),
    ])
}

/// What V8 makes of a document: an array that was deserialized counts as one with holes from then on,
/// and is written as such; an integer that an array of doubles held becomes a small integer.
fn kept_by_v8(document: &Document) -> Document {
    let mut kept = document.clone();
    for index in 0..document.nodes().len() {
        let id = place(document, index);
        if let Some(Node::Number(n)) = document.node(id) {
            *kept.node_mut(id).unwrap() = Node::number(*n);
        }
        let Some(Node::Array {
            elements,
            properties,
        }) = document.node(id)
        else {
            continue;
        };
        let length = u32::try_from(elements.len()).unwrap();
        let elements = (0..)
            .zip(elements)
            .filter_map(|(i, child)| Some((Key::Int32(i), (*child)?)));
        let properties = elements.chain(properties.iter().cloned()).collect();
        *kept.node_mut(id).unwrap() = Node::SparseArray { length, properties };
    }
    kept
}

/// The place of a document's node by its position.
fn place(document: &Document, index: usize) -> NodeId {
    let mut other = Document::new(Node::Undefined);
    let mut id = other.root();
    for _ in 0..index.min(document.nodes().len()) {
        id = other.push(Node::Undefined).unwrap();
    }
    id
}

/// The bytes that V8 writes for a value that it has read from `bytes`.
fn written_again(bytes: &[u8]) -> Bytes {
    document::write(&kept_by_v8(&document::read(bytes).unwrap())).unwrap()
}

#[test]
fn any_document_goes_through_an_isolate_unchanged() {
    let runtime = Runtime::new().expect("a runtime");
    let actor = runtime.block_on(identity(&runtime, limits()));
    let mut runner = TestRunner::new(Config {
        cases: 400,
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(&any_document(), |document| {
            let bytes = document::write(&document).unwrap();
            let reply =
                runtime.block_on(async { actor.ask_raw("id", Value::new(bytes.clone())).await });
            match reply {
                Ok(reply) => {
                    let back = document::read(reply.bytes()).unwrap();
                    let sent = document::read(&written_again(&bytes)).unwrap();
                    prop_assert_eq!(format!("{back:?}"), format!("{sent:?}"));
                    prop_assert_eq!(reply.bytes(), &written_again(&bytes));
                }
                Err(error) => prop_assert!(false, "{}", error),
            }
            Ok(())
        })
        .unwrap();
}

// --- what JavaScript makes -----------------------------------------------------------------------

/// Values of every type that both sides know, as expressions.
const VALUES: &[&str] = &[
    "undefined",
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "-1",
    "2 ** 31 - 1",
    "-(2 ** 31)",
    "2 ** 31",
    "1.5",
    "NaN",
    "Infinity",
    "-Infinity",
    "Number.MIN_VALUE",
    "2 ** 53",
    "0n",
    "1n",
    "-1n",
    "2n ** 64n - 1n",
    "2n ** 64n",
    "-(2n ** 200n)",
    "''",
    "'text'",
    "'\\u00e9'",
    "'\\u20ac'",
    "'\\ud800'",
    "'\\u{1f600}'",
    "'x'.repeat(5000)",
    "'a' + '\\u20ac'.slice(1)",
    "new Date(0)",
    "new Date(-1.5)",
    "new Date(NaN)",
    "/a+/",
    "/a+/dgimsuy",
    "/[a--b]/v",
    "new RegExp('\\u20ac')",
    "new Map()",
    "new Map([[1, 'a'], [{}, new Map()]])",
    "new Set()",
    "new Set([1, 'a', {}])",
    "({})",
    "({ a: 1, b: { c: [] } })",
    "({ 0: 'a', 5: 'b', x: 1, '-1': 2, 4294967295: 3 })",
    "({ '\\u20ac': 1 })",
    "[]",
    "[1, 2, 3]",
    "[1.5, 2]",
    "['a', , undefined, null]",
    "new Array(5)",
    "new Array(1e7)",
    "Object.assign([1, 2], { extra: 3 })",
    "Object.assign([1, , 2], { extra: 3 })",
    "(() => { const o = {}; o.self = o; o.list = [o, o]; return o; })()",
    "(() => { const s = { x: 1 }; return [s, s, new Map([[s, s]])]; })()",
    "new Boolean(true)",
    "new Boolean(false)",
    "new Number(1)",
    "new Number(NaN)",
    "new String('s')",
    "Object(-5n)",
    "new ArrayBuffer(0)",
    "new ArrayBuffer(7)",
    "new ArrayBuffer(4, { maxByteLength: 16 })",
    "new Int8Array([1, -1])",
    "new Uint8Array([1])",
    "new Uint8ClampedArray([300])",
    "new Int16Array(2)",
    "new Uint16Array(2)",
    "new Int32Array(2)",
    "new Uint32Array(2)",
    "new Float16Array([1.5])",
    "new Float32Array([1.5])",
    "new Float64Array([1.5])",
    "new BigInt64Array([-1n])",
    "new BigUint64Array([1n])",
    "new DataView(new ArrayBuffer(8), 2, 4)",
    "new Uint8Array(new ArrayBuffer(8), 3, 2)",
    "new Uint8Array(new ArrayBuffer(4, { maxByteLength: 8 }))",
    "new Uint8Array(new ArrayBuffer(4, { maxByteLength: 8 }), 1, 2)",
    "new DataView(new ArrayBuffer(4, { maxByteLength: 8 }))",
    "(() => { const b = new ArrayBuffer(8); return [new Uint8Array(b), new Int16Array(b, 2), b]; })()",
    "new Error('m')",
    "new Error()",
    "new EvalError('m')",
    "new RangeError('m')",
    "new ReferenceError('m')",
    "new SyntaxError('m')",
    "new TypeError('m', { cause: { a: 1 } })",
    "new URIError('m')",
    "(() => { const e = new Error('m'); e.cause = e; return e; })()",
    "Object.assign(new Error('m'), { stack: 1 })",
    "new Error('m', { cause: undefined })",
    "new DOMException('m', 'AbortError')",
    "new AggregateError([1, new Error('x')], 'm')",
    "new AggregateError([], '\\u20ac', { cause: undefined })",
    "(() => { const e = new AggregateError([1]); e.errors.push(e); e.cause = e.errors; return [e, e]; })()",
    "(() => { const e = new AggregateError([]); delete e.errors; e.stack = 1; return e; })()",
    "me.actor",
];

#[test]
fn what_v8_writes_is_read_and_written_alike() {
    let values = VALUES.join(",\n");
    let source = format!(
        "import {{ self as me }} from 'nano:actor';
         const values = [{values}];
         export const count = () => values.length;
         export const make = (i) => values[i];
         export const id = (v) => v;"
    );
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let actor = runtime
            .spawn(ActorSpec::source(source).limits(limits()))
            .await
            .unwrap();
        let count: usize = actor.ask("count", &()).await.unwrap();
        assert_eq!(count, VALUES.len());
        for (i, expression) in VALUES.iter().enumerate() {
            let index = to_value(&i).unwrap();
            let made = actor
                .ask_raw("make", index)
                .await
                .unwrap_or_else(|e| panic!("{expression}: {e}"));
            validate(made.bytes(), &Validation::default())
                .unwrap_or_else(|error| panic!("{expression}: {error}"));
            let document = document::read(made.bytes())
                .unwrap_or_else(|error| panic!("{expression}: {error}"));
            let written = document::write(&document).unwrap();
            assert_eq!(
                written.escape_ascii().to_string(),
                made.bytes().escape_ascii().to_string(),
                "{expression}"
            );
            let back = actor.ask_raw("id", Value::new(written)).await.unwrap();
            assert_eq!(
                back.bytes().escape_ascii().to_string(),
                written_again(made.bytes()).escape_ascii().to_string(),
                "{expression} comes back"
            );
        }
    });
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Record {
    name: String,
    age: u8,
    ratio: f64,
    tags: Vec<String>,
    by_name: BTreeMap<String, i64>,
    by_number: BTreeMap<u16, bool>,
    parent: Option<Box<Record>>,
    big: u64,
    negative: i64,
    choice: Choice,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Choice {
    Nothing,
    Text(String),
    Pair(i32, char),
    Named { x: f32 },
}

fn record(parent: Option<Box<Record>>, choice: Choice) -> Record {
    Record {
        name: "J\u{f6}rg \u{1f600}".into(),
        age: 255,
        ratio: 0.1,
        tags: vec!["a".into(), String::new()],
        by_name: BTreeMap::from([("z".into(), -1), ("7".into(), i64::MIN)]),
        by_number: BTreeMap::from([(0, true), (65_535, false)]),
        parent,
        big: u64::MAX,
        negative: i64::MIN,
        choice,
    }
}

#[test]
fn rust_values_go_through_an_isolate_unchanged() {
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let actor = identity(&runtime, limits()).await;
        for choice in [
            Choice::Nothing,
            Choice::Text("t".into()),
            Choice::Pair(-1, '\u{20ac}'),
            Choice::Named { x: 1.5 },
        ] {
            let value = record(Some(Box::new(record(None, Choice::Nothing))), choice);
            let encoded = to_value(&value).unwrap();
            let reply = actor.ask_raw("id", encoded.clone()).await.unwrap();
            assert_eq!(*reply.bytes(), written_again(encoded.bytes()));
            assert_eq!(from_value::<Record>(&reply).unwrap(), value);
        }
    });
}

#[test]
fn v8_survives_what_the_validator_accepts() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/value");
    let mut files: Vec<_> = std::fs::read_dir(corpus)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let runtime = Runtime::new().expect("a runtime");
    let (mut accepted, mut read) = (0, 0);
    runtime.block_on(async {
        let mut actor = identity(&runtime, Limits::default()).await;
        for path in files {
            let bytes = Bytes::from(std::fs::read(&path).unwrap());
            if validate(&bytes, &Validation::default()).is_err() {
                continue;
            }
            accepted += 1;
            let ask = actor
                .ask_raw("id", Value::new(bytes))
                .timeout(Duration::from_secs(10));
            match ask.await {
                Ok(_) => read += 1,
                // V8 may refuse what bytes alone do not tell.
                Err(AskError::Threw(_) | AskError::ReplyNotCloneable(_)) => {}
                // Or reach a limit of the isolate, which then is gone; the process is not.
                Err(error) => {
                    println!("{}: {error}", path.display());
                    actor = identity(&runtime, Limits::default()).await;
                }
            }
            let alive: u32 = actor.ask("id", &1).await.unwrap();
            assert_eq!(alive, 1, "{}", path.display());
        }
    });
    assert!(
        accepted > 20 && read > 20,
        "{accepted} accepted, {read} read"
    );
}

#[test]
fn host_objects_without_what_they_announce_are_refused() {
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let actor = identity(&runtime, limits()).await;
        let id = |body: &[u8]| {
            let bytes = [b"\xFF\x10", body].concat();
            actor.ask_raw("id", Value::new(bytes.into())).into_future()
        };
        let broken: [&[u8]; 10] = [
            b"\\\x05",
            b"\\\x02\x07\x00",
            b"u\x05",
            b"A\x01w\x05$\x00\x01",
            b"\\\x03",
            b"\\\x03\x10",
            b"\\\x03\x01\x02\x00",
            b"\\\x03\x08",
            b"\\\x03\x0C_",
            b"\\\x03\x08A\x01^\x02$\x00\x01",
        ];
        for body in broken {
            match id(body).await {
                Err(AskError::Threw(error)) => assert_eq!(error.name, "DataCloneError"),
                other => panic!("{}: {other:?}", body.escape_ascii()),
            }
        }
        // Each holds the next: nothing recurses.
        let many = [
            &b"\\\x03\x08"[..],
            &b"A\x01\\\x03\x08$\x00\x01".repeat(50_000),
            b"A\x00$\x00\x00",
        ]
        .concat();
        let back = id(&many).await.unwrap();
        let read = document::read(back.bytes()).unwrap();
        let errors = read.nodes().iter();
        let errors = errors.filter(|node| matches!(node, Node::AggregateError { .. }));
        assert_eq!(errors.count(), 50_001);
    });
}
