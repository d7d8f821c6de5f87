//! There and back: from Rust, and from one isolate to another.

use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use nano::Runtime;
use serde_json::json;

use crate::actors::{ECHO, asker, limits, script};

pub fn round_trips(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let mut group = c.benchmark_group("ask");

    let spec = script(ECHO).limits(limits());
    let echo = runtime.block_on(runtime.spawn(spec)).expect("an isolate");
    let message = json!({"id": 1, "s": "hello"});
    group.bench_function("rust_to_js", |b| {
        b.iter_custom(|times| {
            runtime.block_on(async {
                let began = Instant::now();
                for _ in 0..times {
                    let _: serde_json::Value = echo.ask("answer", &message).await.expect("a reply");
                }
                began.elapsed()
            })
        });
    });

    let pair = runtime.block_on(asker(&runtime)).expect("two isolates");
    let asker = pair.asker;
    group.bench_function("js_to_js", |b| {
        b.iter_custom(|times| {
            let run = json!({"count": times});
            let samples: Vec<f64> = runtime
                .block_on(asker.ask("sequential", &run).into_future())
                .expect("times");
            let mean = samples.iter().sum::<f64>() / samples.len() as f64;
            Duration::from_secs_f64(mean * times as f64 / 1e6)
        });
    });
    group.throughput(Throughput::Elements(1));
    for window in [64, 512] {
        group.bench_function(format!("js_to_js_{window}_in_flight"), |b| {
            b.iter_custom(|times| {
                let run = json!({"count": times, "window": window});
                let seconds: f64 = runtime
                    .block_on(asker.ask("pipelined", &run).into_future())
                    .expect("a time");
                Duration::from_secs_f64(seconds)
            });
        });
    }
    group.finish();
}
