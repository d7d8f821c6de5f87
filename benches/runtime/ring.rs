//! One message that goes round a ring of isolates. `examples/ring` is the same with 1,000 of them.

use std::time::Duration;

use criterion::{Criterion, Throughput};
use nano::Runtime;

use crate::actors::{self, Laps};

pub fn laps(c: &mut Criterion) {
    let mut group = c.benchmark_group("ring_lap");
    for count in [10_usize, 100] {
        let runtime = Runtime::new().expect("a runtime");
        let ring = runtime.block_on(actors::ring(&runtime, count));
        let ring = ring.expect("isolates");
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(count.to_string(), |b| {
            b.iter_custom(|laps| {
                let Laps { hops, seconds } = runtime
                    .block_on(ring[0].ask("start", &laps).into_future())
                    .expect("the message comes back");
                assert_eq!(hops, laps * count as u64, "a message was lost");
                Duration::from_secs_f64(seconds)
            });
        });
    }
    group.finish();
}
