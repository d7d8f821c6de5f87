//! One message that goes round a ring of isolates. `examples/ring` is the same with 1,000 of them.

use std::time::Instant;

use criterion::{Criterion, Throughput};
use nano::Runtime;

use crate::actors;

pub fn laps(c: &mut Criterion) {
    let mut group = c.benchmark_group("ring_lap");
    for count in [10_usize, 100] {
        let runtime = Runtime::new().expect("a runtime");
        let ring = runtime.block_on(actors::ring(&runtime, count));
        let ring = ring.expect("isolates");
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(count.to_string(), |b| {
            b.iter_custom(|laps| {
                let began = Instant::now();
                let hops: u64 = runtime
                    .block_on(ring[0].ask("start", &laps).into_future())
                    .expect("the message comes back");
                let took = began.elapsed();
                assert_eq!(hops, laps * count as u64, "a message was lost");
                took
            });
        });
    }
    group.finish();
}
