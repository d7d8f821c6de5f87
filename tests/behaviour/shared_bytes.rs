//! One memory that many isolates read, and that none can change.

use std::collections::BTreeMap;
use std::sync::mpsc::{Sender, TryRecvError, channel};
use std::time::Duration;

use bytes::Bytes;
use nano::proto::{Body, CallId, Envelope, Transfer, Validation};
use nano::{ActorRef, ActorSpec, Limits, Runtime, SharedBytes, Value, from_value, to_value};
use serde::Serialize;
use serde_json::{Value as Json, json};

const ATTACK: &str = include_str!("shared_bytes.js");

/// Contents that every writer of the test would change.
const PATTERN: [u8; 64] = {
    let mut bytes = [0; 64];
    let mut i = 0;
    while i < bytes.len() {
        bytes[i] = (i as u8).wrapping_mul(37) ^ 0xA5;
        i += 1;
    }
    bytes
};

#[repr(align(16))]
struct Aligned([u8; 64]);

/// Memory that the processor protects: whoever writes to it ends the process, even with the bytes that
/// are there already.
static PROTECTED: Aligned = Aligned(PATTERN);

async fn attacker(runtime: &Runtime) -> ActorRef {
    let limits = Limits::default()
        .with_cpu_ms_per_call(200_000)
        .with_cpu_ms_per_turn(200_000)
        .with_wall_ms_per_call(400_000)
        .with_heap_bytes(512 << 20);
    let spec = ActorSpec::source(ATTACK).limits(limits);
    runtime.spawn(spec).await.expect("the module runs")
}

#[test]
fn no_script_changes_shared_bytes() {
    let runtime = Runtime::builder().build().unwrap();
    runtime.block_on(async {
        let actor = attacker(&runtime).await;
        let prepared: usize = actor.ask("prepare", &()).await.unwrap();
        assert!(prepared > 1_000);
        let open = SharedBytes::from(PATTERN.to_vec());
        let holes: Vec<String> = actor.ask("attack", &open).await.unwrap();
        assert_eq!(holes, Vec::<String>::new());
        assert_eq!(open.bytes()[..], PATTERN);
        let protected = SharedBytes::new(Bytes::from_static(&PROTECTED.0));
        assert_eq!(protected.bytes().as_ptr(), PROTECTED.0.as_ptr());
        let holes: Vec<String> = actor.ask("attack", &protected).await.unwrap();
        assert_eq!(holes, Vec::<String>::new());
    });
}

#[test]
fn the_writers_of_this_test_do_write() {
    let runtime = Runtime::builder().build().unwrap();
    runtime.block_on(async {
        let actor = attacker(&runtime).await;
        let idle: Vec<String> = actor.ask("control", &PATTERN.to_vec()).await.unwrap();
        // These change no typed array at all, but a wrong fast path might.
        let harmless = [
            "inherited",
            "defineAccessor",
            "delete",
            "arrayPush",
            "arrayPop",
            "atomicsNotify",
            "superTypedOther",
            "resize",
            "length",
            "freeze",
            "freezeBuffer",
            "maxByteLength",
        ];
        assert_eq!(idle, harmless);
    });
}

#[test]
fn no_webassembly_changes_shared_bytes() {
    let runtime = Runtime::builder().build().unwrap();
    runtime.block_on(async {
        let actor = attacker(&runtime).await;
        let protected = SharedBytes::new(Bytes::from_static(&PROTECTED.0));
        let holes: Vec<String> = actor.ask("attackByWasm", &protected).await.unwrap();
        assert_eq!(holes, Vec::<String>::new());
    });
}

#[test]
fn a_shared_buffer_is_immutable_as_the_proposal_says() {
    let runtime = Runtime::builder().build().unwrap();
    runtime.block_on(async {
        let actor = attacker(&runtime).await;
        let shared = SharedBytes::from(PATTERN.to_vec());
        let found: BTreeMap<String, Json> = actor.ask("semantics", &shared).await.unwrap();
        let first = PATTERN[0];
        let expected = json!({
            "immutable": true,
            "strictStore": true,
            "reflectSet": false,
            "descriptor": {
                "value": first, "writable": false, "enumerable": true, "configurable": false,
            },
            "fill": true,
            "dataView": true,
            "atomics": true,
            "atomicsLoad": first,
            "slice": false,
            "sliceToImmutable": true,
            "clone": true,
            "cloneIsOther": true,
            "transfer": "DataCloneError",
            "detached": false,
        });
        assert_eq!(json!(found), expected);
    });
}

/// Bytes that tell when they are freed.
struct Owner {
    bytes: Vec<u8>,
    dropped: Sender<()>,
}

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = self.dropped.send(());
    }
}

fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = text.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

const KEEPER: &str = "
  import 'nano:actor';
  let kept;
  export function keep(buffer) {
    kept = buffer;
    const words = new Float64Array(buffer);
    return [buffer.byteLength, words[0], words[words.length - 1]];
  }
  export const last = () => new Float64Array(kept).at(-1);
  export const share = (to) => to.ask('take', kept);
  export const take = (buffer) => (kept = buffer, [buffer.byteLength, buffer.immutable]);
";

#[test]
fn many_isolates_read_one_memory() {
    const LENGTH: usize = 32 << 20;
    let isolates = if cfg!(debug_assertions) { 300 } else { 1_000 };
    let runtime = Runtime::builder().build().unwrap();
    let (sender, dropped) = channel();
    let mut bytes = vec![0; LENGTH];
    bytes[..8].copy_from_slice(&1.5_f64.to_le_bytes());
    bytes[LENGTH - 8..].copy_from_slice(&2.5_f64.to_le_bytes());
    let shared = SharedBytes::new(Bytes::from_owner(Owner {
        bytes,
        dropped: sender,
    }));
    runtime.block_on(async {
        // Room for no copy: nobody is charged.
        let limits = Limits::default()
            .with_buffer_bytes(1 << 20)
            .with_external_bytes(1 << 20);
        let mut actors = Vec::new();
        for _ in 0..isolates {
            let spec = ActorSpec::source(KEEPER).limits(limits);
            actors.push(runtime.spawn(spec).await.unwrap());
        }
        let before = resident();
        for actor in &actors {
            let read: (usize, f64, f64) = actor.ask("keep", &shared).await.unwrap();
            assert_eq!(read, (LENGTH, 1.5, 2.5));
        }
        let grown = resident().saturating_sub(before);
        assert!(
            grown < 10 * LENGTH as u64,
            "{isolates} isolates took {grown} bytes"
        );
        for actor in &actors {
            let stats = actor.stats().await.unwrap();
            assert!(stats.buffer_bytes < 1 << 20, "{stats:?}");
            assert!(stats.external_bytes < 1 << 20, "{stats:?}");
        }
        drop(shared);
        let last = actors.pop().unwrap();
        for actor in &actors {
            actor.kill();
            actor.wait().await;
        }
        let read: f64 = last.ask("last", &()).await.unwrap();
        assert_eq!(read, 2.5);
        assert_eq!(dropped.try_recv(), Err(TryRecvError::Empty));
        last.kill();
        last.wait().await;
        runtime.shutdown(Duration::from_secs(5)).await.unwrap();
    });
    drop(runtime);
    // V8 lets go of it on a thread of its own choice.
    assert_eq!(dropped.recv_timeout(Duration::from_secs(60)), Ok(()));
}

#[test]
fn a_shared_buffer_that_is_sent_on_is_copied() {
    let runtime = Runtime::builder().build().unwrap();
    runtime.block_on(async {
        let from = runtime.spawn(ActorSpec::source(KEEPER)).await.unwrap();
        let small = Limits::default().with_buffer_bytes(1 << 10);
        let to = runtime
            .spawn(ActorSpec::source(KEEPER).limits(small))
            .await
            .unwrap();
        let shared = SharedBytes::from(vec![0; 256]);
        let _: Json = from.ask("keep", &shared).await.unwrap();
        let found: (usize, bool) = from.ask("share", &to.id()).await.unwrap();
        assert_eq!(found, (256, true));
        assert!(to.stats().await.unwrap().buffer_bytes >= 256);
        // The copy is charged, and so it must fit.
        let large = SharedBytes::from(vec![0; 4096]);
        let _: Json = from.ask("keep", &large).await.unwrap();
        assert!(from.ask::<Json>("share", &to.id()).await.is_err());
    });
}

#[test]
fn shared_bytes_are_empty_unaligned_and_referred_to_twice() {
    let runtime = Runtime::builder().build().unwrap();
    runtime.block_on(async {
        let source = "
          export const look = ({ empty, odd, list: [a, b] }) => [
            empty.byteLength, empty.immutable, new Float64Array(odd)[0], a === b, a.immutable,
          ];
          export const back = (buffer) => [buffer, new Uint8Array(buffer, 1, 2)];
        ";
        let actor = runtime.spawn(ActorSpec::source(source)).await.unwrap();
        let mut bytes = vec![0; 9];
        bytes[1..].copy_from_slice(&4.25_f64.to_le_bytes());
        let odd = SharedBytes::new(Bytes::from(bytes).slice(1..));
        let empty = SharedBytes::from(Vec::new());
        let argument = Looked {
            empty,
            odd: &odd,
            list: [&odd, &odd],
        };
        let found: Json = actor.ask("look", &argument).await.unwrap();
        assert_eq!(found, json!([0, true, 4.25, false, true]));
        let (whole, part): (Vec<u8>, Vec<u8>) = actor.ask("back", &odd).await.unwrap();
        assert_eq!(whole, 4.25_f64.to_le_bytes());
        assert_eq!(part, &whole[1..3]);
    });
}

#[derive(Serialize)]
struct Looked<'a> {
    empty: SharedBytes,
    odd: &'a SharedBytes,
    list: [&'a SharedBytes; 2],
}

#[test]
fn a_resizable_buffer_that_an_envelope_carried_can_be_resized() {
    // A transferred buffer with a view of it that follows its length.
    let bytes = b"\xFF\x10t\0VB\0\0\x03";
    let moved = Transfer::Resizable {
        bytes: Bytes::from_static(b"grows"),
        max_bytes: 64,
    };
    let value = Value::new(Bytes::from_static(bytes)).with_transfers(vec![moved]);
    let envelope = Envelope::new(CallId(1), Body::Post(value));
    let decoded = Envelope::decode(&envelope.encode(), &Validation::default()).unwrap();
    let Body::Post(value) = decoded.body else {
        panic!("{decoded:?}");
    };
    let runtime = Runtime::builder().build().unwrap();
    runtime.block_on(async {
        let source = "export const grow = (view) => {
            const text = String.fromCharCode(...view);
            view.buffer.resize(64);
            return [text, view.buffer.maxByteLength, view.length];
        }";
        let actor = runtime.spawn(ActorSpec::source(source)).await.unwrap();
        let found: Value = actor.ask_raw("grow", value).await.unwrap();
        let expected = ("grows".to_owned(), 64, 64);
        assert_eq!(from_value::<(String, u32, u32)>(&found).unwrap(), expected);
        // Where there is no room, the call fails and the isolate lives.
        let huge = Transfer::Resizable {
            bytes: Bytes::new(),
            max_bytes: 1 << 52,
        };
        let value = Value::new(Bytes::from_static(bytes)).with_transfers(vec![huge]);
        let failed = actor.ask_raw("grow", value).await;
        assert!(failed.is_err());
        assert_eq!(actor.exit_reason(), None, "{failed:?}");
    });
}

#[test]
fn an_envelope_carries_the_contents_and_they_arrive_immutable() {
    let shared = SharedBytes::from(b"carried".to_vec());
    let value = to_value(&("x", &shared)).unwrap();
    let envelope = Envelope::new(CallId(1), Body::Post(value));
    let decoded = Envelope::decode(&envelope.encode(), &Validation::default()).unwrap();
    let Body::Post(value) = decoded.body else {
        panic!("{decoded:?}");
    };
    assert!(matches!(value.transfers(), [Transfer::Immutable(bytes)] if *bytes == shared));
    let runtime = Runtime::builder().build().unwrap();
    runtime.block_on(async {
        let source = "export const look = ([, buffer]) => [buffer.immutable, buffer.byteLength]";
        let actor = runtime.spawn(ActorSpec::source(source)).await.unwrap();
        let found: Value = actor.ask_raw("look", value).await.unwrap();
        assert_eq!(from_value::<(bool, usize)>(&found).unwrap(), (true, 7));
    });
}

/// Bytes whose owner fails when they are freed.
struct Sloppy {
    bytes: Vec<u8>,
    dropped: Sender<()>,
}

impl AsRef<[u8]> for Sloppy {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Sloppy {
    fn drop(&mut self) {
        let _ = self.dropped.send(());
        panic!("the owner of shared bytes fails");
    }
}

#[test]
fn an_owner_that_panics_ends_nothing() {
    let runtime = Runtime::new().unwrap();
    let (sender, dropped) = channel();
    let shared = SharedBytes::new(Bytes::from_owner(Sloppy {
        bytes: vec![1; 1 << 16],
        dropped: sender,
    }));
    runtime.block_on(async {
        let keeper = runtime.spawn(ActorSpec::source(KEEPER)).await.unwrap();
        let read: (usize, f64, f64) = keeper.ask("keep", &shared).await.unwrap();
        assert_eq!(read.0, 1 << 16);
        // What is left is the isolate's.
        drop(shared);
        keeper.kill();
        keeper.wait().await;
        runtime.shutdown(Duration::from_secs(5)).await.unwrap();
    });
    drop(runtime);
    assert_eq!(dropped.recv_timeout(Duration::from_secs(60)), Ok(()));
}
