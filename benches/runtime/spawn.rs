//! From `spawn` to the first reply.

use std::time::Duration;

use criterion::{BatchSize, Criterion};
use nano::Runtime;

use crate::actors;

pub fn first_reply(c: &mut Criterion) {
    let mut group = c.benchmark_group("spawn_first_reply");
    group
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(500));

    let spares = Runtime::new().expect("a runtime");
    group.bench_function("warm_spare", |b| {
        b.iter_custom(|times| one_by_one(&spares, times));
    });
    drop(spares);

    let bare = Runtime::builder().warm_spares(0);
    let bare = bare.build().expect("a runtime");
    group.bench_function("without_spares", |b| {
        b.iter_custom(|times| one_by_one(&bare, times));
    });
    drop(bare);

    // The first isolate of a runtime, whose threads are just starting. V8 itself has been started by
    // the runtimes above.
    group.bench_function("cold", |b| {
        b.iter_batched(
            || Runtime::new().expect("a runtime"),
            |runtime| {
                let first = runtime.block_on(actors::first_reply(&runtime));
                first.expect("an isolate that replies");
                runtime
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn one_by_one(runtime: &Runtime, times: u64) -> Duration {
    runtime.block_on(async {
        let mut took = Duration::ZERO;
        for _ in 0..times {
            let first = actors::first_reply(runtime).await;
            took += first.expect("an isolate that replies");
            // Time for the last isolate to go and for a spare to be made.
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        took
    })
}
