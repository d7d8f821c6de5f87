//! Messages without an answer, one behind the other, from Rust; until the last has been handled.

use std::time::Instant;

use criterion::{Criterion, Throughput};
use nano::{ActorSpec, Runtime};

use crate::actors::limits;

const COUNTER: &str = "
let count = 0;
export function add({ id }) { count += 1; }
export const seen = () => count;
";

pub fn pipelined(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let spec = ActorSpec::source(COUNTER).limits(limits());
    let counter = runtime.block_on(runtime.spawn(spec)).expect("an isolate");
    let message = serde_json::json!({"id": 1, "s": "hello"});
    let mut sent = 0;
    let mut group = c.benchmark_group("tell");
    group.throughput(Throughput::Elements(1));
    group.bench_function("pipelined", |b| {
        b.iter_custom(|times| {
            sent += times;
            runtime.block_on(async {
                let began = Instant::now();
                for _ in 0..times {
                    counter.tell("add", &message).await.expect("a place");
                }
                let seen: u64 = counter.ask("seen", &()).await.expect("a reply");
                let took = began.elapsed();
                assert_eq!(seen, sent, "a message was lost");
                took
            })
        });
    });
    group.finish();
}
