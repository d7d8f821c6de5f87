//! How long the codec takes: `cargo bench -p nano-proto`. Prints the best of several rounds, since
//! what is wanted is the cost of the code and not of the machine's other work.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use nano_proto::value::document;
use nano_proto::{Body, CallId, Envelope, IsolateId, Validation, from_value, to_value, validate};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Small {
    id: u32,
    s: String,
}

#[derive(Serialize, Deserialize)]
struct Plain {
    id: u32,
    ok: bool,
}

/// The best of ten rounds, in nanoseconds a run.
fn time<T>(name: &str, mut run: impl FnMut() -> T) {
    let mut best = Duration::MAX;
    let mut runs = 1_u32;
    for _ in 0..10 {
        let begin = Instant::now();
        for _ in 0..runs {
            black_box(run());
        }
        let each = begin.elapsed() / runs;
        best = best.min(each);
        // About 20 ms a round.
        runs = (20_000_000 / each.as_nanos().max(1)).clamp(1, 1_000_000) as u32;
    }
    println!("{name:44} {:>12} ns", best.as_nanos());
}

fn main() {
    let small = Small {
        id: 7,
        s: "hello".into(),
    };
    let encoded = to_value(&small).unwrap();
    time("to_value {id, s}", || to_value(&small).unwrap());
    time("from_value {id, s}", || {
        from_value::<Small>(&encoded).unwrap()
    });
    let plain = Plain { id: 7, ok: true };
    let encoded_plain = to_value(&plain).unwrap();
    time("to_value {id, ok}", || to_value(&plain).unwrap());
    time("from_value {id, ok}", || {
        from_value::<Plain>(&encoded_plain).unwrap()
    });
    time("from_value {id, s} as JSON", || {
        from_value::<serde_json::Value>(&encoded).unwrap()
    });
    time("serde_json::to_vec {id, s}", || {
        serde_json::to_vec(&small).unwrap()
    });
    let json = serde_json::to_vec(&small).unwrap();
    time("serde_json::from_slice {id, s}", || {
        serde_json::from_slice::<Small>(&json).unwrap()
    });
    time("validate {id, s}", || {
        validate(encoded.bytes(), &Validation::default())
    });
    time("document read {id, s}", || {
        document::read(encoded.bytes()).unwrap()
    });

    let many: Vec<_> = (0..1_000)
        .map(|id| Small {
            id,
            s: format!("item {id}"),
        })
        .collect();
    let encoded_many = to_value(&many).unwrap();
    time("to_value 1,000 × {id, s}", || to_value(&many).unwrap());
    time("from_value 1,000 × {id, s}", || {
        from_value::<Vec<Small>>(&encoded_many).unwrap()
    });
    time("validate 1,000 × {id, s}", || {
        validate(encoded_many.bytes(), &Validation::default())
    });
    let document = document::read(encoded_many.bytes()).unwrap();
    time("document read 1,000 × {id, s}", || {
        document::read(encoded_many.bytes()).unwrap()
    });
    time("document write 1,000 × {id, s}", || {
        document::write(&document).unwrap()
    });

    let map: BTreeMap<_, _> = (0..1_000).map(|id| (format!("key{id}"), id)).collect();
    let encoded_map = to_value(&map).unwrap();
    time("to_value map of 1,000", || to_value(&map).unwrap());
    time("from_value map of 1,000", || {
        from_value::<BTreeMap<String, u32>>(&encoded_map).unwrap()
    });
    let text = "a longer text, plain ASCII. ".repeat(40_000);
    let encoded_text = to_value(&text).unwrap();
    time("to_value 1.1 MB of ASCII", || to_value(&text).unwrap());
    time("from_value 1.1 MB of ASCII", || {
        from_value::<String>(&encoded_text).unwrap()
    });
    let bytes = serde_bytes::ByteBuf::from(vec![7; 1 << 20]);
    let encoded_bytes = to_value(&bytes).unwrap();
    time("to_value 1 MiB of bytes", || to_value(&bytes).unwrap());
    time("from_value 1 MiB of bytes", || {
        from_value::<serde_bytes::ByteBuf>(&encoded_bytes).unwrap()
    });

    let body = Body::Ask {
        entry: "add".into(),
        value: encoded,
    };
    let mut envelope = Envelope::new(CallId(7), body);
    envelope.target = Some(IsolateId::new(3, 0).into());
    envelope.deadline_ms = Some(500);
    let frame = envelope.encode();
    time("Envelope::encode, an ask", || envelope.encode());
    time("Envelope::decode, an ask", || {
        Envelope::decode(&frame, &Validation::default()).unwrap()
    });
}
