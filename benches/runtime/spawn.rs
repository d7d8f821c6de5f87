//! From `spawn` to the first reply.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, Throughput};
use nano::Runtime;
use tokio::task::JoinSet;

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
    group.bench_function("burst_100", |b| {
        b.iter_custom(|times| bursts(&spares, times));
    });
    group.throughput(Throughput::Elements(1));
    group.bench_function("sustained", |b| {
        b.iter_custom(|times| sustained(&spares, times));
    });
    drop(spares);

    let bare = Runtime::builder().warm_spares(0);
    let bare = bare.build().expect("a runtime");
    group.bench_function("without_spares", |b| {
        b.iter_custom(|times| one_by_one(&bare, times));
    });
    group.bench_function("sustained_without_spares", |b| {
        b.iter_custom(|times| sustained(&bare, times));
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
            // Time for a spare to be made.
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        took
    })
}

/// A hundred at once, from the first spawn to the last reply.
fn bursts(runtime: &Runtime, times: u64) -> Duration {
    runtime.block_on(async {
        let mut took = Duration::ZERO;
        for _ in 0..times {
            let began = Instant::now();
            let mut replies = JoinSet::new();
            for _ in 0..100 {
                let runtime = runtime.clone();
                replies.spawn(async move { actors::start(&runtime).await });
            }
            let started = replies.join_all().await;
            took += began.elapsed();
            for actor in started {
                let actor = actor.expect("an isolate that replies");
                actor.kill();
                actor.wait().await;
            }
        }
        took
    })
}

/// Four in flight, each followed by its end and the next, as the comparison with the peers has it. The time is
/// that of all of them, so that the rate is the inverse of it.
fn sustained(runtime: &Runtime, times: u64) -> Duration {
    const IN_FLIGHT: u64 = 4;
    let left = Arc::new(AtomicU64::new(times));
    runtime.block_on(async {
        let began = Instant::now();
        let mut lanes = JoinSet::new();
        for _ in 0..IN_FLIGHT {
            let (runtime, left) = (runtime.clone(), left.clone());
            lanes.spawn(async move {
                let one_less = |left: u64| left.checked_sub(1);
                while left.fetch_update(Relaxed, Relaxed, one_less).is_ok() {
                    let first = actors::first_reply(&runtime).await;
                    first.expect("an isolate that replies");
                }
            });
        }
        lanes.join_all().await;
        began.elapsed()
    })
}
