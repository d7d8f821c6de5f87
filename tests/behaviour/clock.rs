//! The time that scripts see.

use std::time::Duration;

use nano::{ActorSpec, Runtime};

use crate::one_thread;

const CLOCK: &str = "
  import { spawn } from 'nano:actor';
  export const read = () => {
    const times = [];
    for (let i = 0; i < 2000; i++) times.push(performance.now(), new Event('x').timeStamp);
    return [performance.timeOrigin, times];
  };
  const source = `
    export const read = () => [performance.timeOrigin, Array.from({ length: 2000 }, () => performance.now())];`;
  export const child = async (options) => (await spawn('nano:child', { source, ...options })).ask('read');
  export const refused = async (step) => {
    try { await spawn('nano:child', { source, clockResolutionMs: step }) } catch (error) { return error.name }
  };
";

type Times = (f64, Vec<f64>);

fn assert_steps((origin, times): &Times, micros: f64) {
    let off = |time: &f64| {
        let steps = time * 1e3 / micros;
        (steps - steps.round()).abs() * micros
    };
    assert!(times.is_sorted(), "it never goes back");
    assert!(
        times.iter().all(|time| *time >= 0.0),
        "from the isolate's start"
    );
    let worst = times.iter().map(off).fold(0.0, f64::max);
    assert!(worst < 0.01, "{worst} µs beside a step of {micros} µs");
    // A double has steps of a quarter of a microsecond there.
    assert!(off(origin) < 0.51, "{origin} {}", off(origin));
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs_f64() * 1e3;
    assert!((now - origin - times[0]).abs() < 60_000.0, "{origin} {now}");
}

/// The smallest step between two readings, in microseconds.
fn finest((_, times): &Times) -> f64 {
    let steps = times.windows(2).map(|pair| (pair[1] - pair[0]) * 1e3);
    steps
        .filter(|step| *step > 0.01)
        .fold(f64::INFINITY, f64::min)
}

#[test]
fn scripts_see_time_in_the_steps_that_were_set() {
    let us = Duration::from_micros;
    let built = |step| {
        Runtime::builder()
            .clock_resolution(step)
            .build()
            .expect("a runtime")
    };
    for (runtime, micros) in [
        (one_thread::with_spares(0), 5.0),
        (built(us(200)), 200.0),
        (built(us(0)), 1.0),
    ] {
        runtime.block_on(async {
            let actor = runtime
                .spawn(ActorSpec::source(CLOCK))
                .await
                .expect("starts");
            let times = actor.ask::<Times>("read", &()).await.unwrap();
            assert_steps(&times, micros);
            assert!(
                finest(&times) < 2.0 * micros,
                "no coarser than it says: {}",
                finest(&times)
            );
            let child = async |step: f64| {
                let options = serde_json::json!({ "clockResolutionMs": step });
                actor.ask::<Times>("child", &options).await.unwrap()
            };
            let coarse = child(1.0).await;
            assert_steps(&coarse, 1_000.0);
            // Finer than its parent it never is.
            assert_steps(&child(0.0).await, micros);
            let inherits = actor.ask::<Times>("child", &serde_json::json!({})).await;
            assert_steps(&inherits.unwrap(), micros);
            for wrong in [-1.0, 1e300] {
                assert_eq!(
                    actor.ask::<String>("refused", &wrong).await.as_deref(),
                    Ok("TypeError")
                );
            }
            let own = ActorSpec::source(CLOCK).clock_resolution(us(50));
            let own = runtime.spawn(own).await.expect("starts");
            assert_steps(&own.ask::<Times>("read", &()).await.unwrap(), 50.0);
        });
    }
}
