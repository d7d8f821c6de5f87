//! Messages between isolates and from Rust.

use std::time::Instant;

use nano::Runtime;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::actors::{self, ECHO, Failure, Laps, asker, limits, script};
use crate::figures::{mean, micros, quantile, report};

pub async fn ask_rtt(runtime: &Runtime, count: u32) -> Result<(), Failure> {
    let pair = asker(runtime).await?;
    let warm = json!({"count": count.div_ceil(10)});
    let _: Vec<f64> = pair.asker.ask("sequential", &warm).await?;
    let run = json!({"count": count});
    let took: Vec<f64> = pair.asker.ask("sequential", &run).await?;
    report("ask_rtt.p50", quantile(&took, 0.5), "us");
    report("ask_rtt.mean", mean(&took), "us");
    Ok(())
}

#[derive(Serialize, Deserialize)]
struct Request {
    id: u32,
    s: String,
}

/// The same from Rust: sixteen asks a sample, as everywhere.
pub async fn rust_ask_rtt(runtime: &Runtime, count: u32) -> Result<(), Failure> {
    const EACH: u32 = 16;
    let echo = runtime.spawn(script(ECHO).limits(limits())).await?;
    let mut took = Vec::new();
    let warm = count.div_ceil(10);
    let mut request = Request {
        id: 0,
        s: "hello".into(),
    };
    while request.id < warm + count {
        let measured = request.id >= warm;
        let began = Instant::now();
        for _ in 0..EACH {
            let reply: Request = echo.ask("answer", &request).await?;
            assert_eq!(reply.id, request.id, "the answer to another request");
            request.id += 1;
        }
        if measured {
            took.push(micros(began.elapsed()) / f64::from(EACH));
        }
    }
    report("rust_ask_rtt.p50", quantile(&took, 0.5), "us");
    report("rust_ask_rtt.mean", mean(&took), "us");
    Ok(())
}

/// Two new isolates for each number of requests in flight.
pub async fn pipelined_echo(runtime: &Runtime, count: u32, windows: &[u32]) -> Result<(), Failure> {
    for window in windows {
        let pair = asker(runtime).await?;
        let warm = json!({"count": count.div_ceil(10), "window": window});
        let _: f64 = pair.asker.ask("pipelined", &warm).await?;
        let run = json!({"count": count, "window": window});
        let seconds: f64 = pair.asker.ask("pipelined", &run).await?;
        let name = format!("pipelined_echo.{window}");
        report(&name, f64::from(count) / seconds / 1e6, "M/s");
        for actor in [pair.asker, pair.echo] {
            actor.kill();
            actor.wait().await;
        }
    }
    Ok(())
}

pub async fn ring(runtime: &Runtime, count: usize, rounds: u64) -> Result<(), Failure> {
    let actors = actors::ring(runtime, count).await?;
    let Laps { hops, seconds } = actors[0].ask("start", &rounds).await?;
    assert_eq!(hops, count as u64 * rounds, "a message was lost");
    report(
        &format!("ring.{count}"),
        hops as f64 / seconds,
        "messages/s",
    );
    Ok(())
}
