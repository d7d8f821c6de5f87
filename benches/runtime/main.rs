//! Times of the runtime: `cargo bench --bench runtime`, and behind `--` a part of a name.
//!
//! One program for all of them, since each would be linked with V8 anew. Every group has a runtime of
//! its own, so that no isolate of another one is about.

#[path = "../peers/nano/actors.rs"]
mod actors;
mod ask;
mod ring;
mod spawn;
mod structured_clone;
mod tell;

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

/// A few minutes for all; `--measurement-time` and `--sample-size` ask for more.
fn quick() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
}

criterion_group! {
    name = benches;
    config = quick();
    targets = spawn::first_reply, ask::round_trips, tell::pipelined, ring::laps,
        structured_clone::shapes
}
criterion_main!(benches);
