//! nano's side of the comparison: one workload a run, a JSON line a figure. See `README.md` here.

mod actors;

use std::time::{Duration, Instant};

use actors::{ANSWER, ECHO, Failure, asker, first_reply};
use nano::{ActorRef, ActorSpec, Runtime};

fn report(name: &str, value: f64, unit: &str) {
    println!("{{\"name\": \"{name}\", \"value\": {value}, \"unit\": \"{unit}\"}}");
}

fn quantile(sorted: &[f64], q: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * q).round() as usize]
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

fn resident_kib() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: f64 = statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .unwrap_or(0.0);
    pages * 4.0
}

async fn spawn_first_reply(runtime: &Runtime, quick: bool, warm: bool) -> Result<(), Failure> {
    let suffix = if warm { "" } else { "_no_spares" };
    report(
        &format!("spawn_first_reply{suffix}.cold"),
        micros(first_reply(runtime).await?),
        "us",
    );
    for _ in 0..20 {
        first_reply(runtime).await?;
    }
    let mut took = Vec::new();
    for _ in 0..if quick { 40 } else { 200 } {
        took.push(micros(first_reply(runtime).await?));
        // The peers' workers are ended before the next is started, which takes them as long.
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    took.sort_by(f64::total_cmp);
    report(
        &format!("spawn_first_reply{suffix}.p50"),
        quantile(&took, 0.5),
        "us",
    );
    report(
        &format!("spawn_first_reply{suffix}.p99"),
        quantile(&took, 0.99),
        "us",
    );
    let count = if quick { 100 } else { 1000 };
    let began = Instant::now();
    let spawns: Vec<_> = (0..count)
        .map(|_| {
            let runtime = runtime.clone();
            tokio::spawn(async move {
                let actor = runtime.spawn(ActorSpec::source(ECHO)).await?;
                let _: u32 = actor.ask("answer", &1).await?;
                Ok::<ActorRef, Box<dyn std::error::Error + Send + Sync>>(actor)
            })
        })
        .collect();
    for spawn in spawns {
        spawn.await?.map_err(|error| error.to_string())?;
    }
    report(
        &format!("spawn_first_reply{suffix}.burst_{count}"),
        began.elapsed().as_secs_f64(),
        "s",
    );
    Ok(())
}

async fn idle_memory(runtime: &Runtime, count: usize) -> Result<(), Failure> {
    let settle = || tokio::time::sleep(Duration::from_secs(1));
    settle().await;
    let before = resident_kib();
    let mut actors = Vec::with_capacity(count);
    for _ in 0..count {
        let actor = match runtime.spawn(ActorSpec::source(ANSWER)).await {
            Ok(actor) => actor,
            // The machine has no room for so many.
            Err(refused) => {
                let why = format!("stopped at {} isolates: {refused}", actors.len());
                let note = serde_json::json!({"name": format!("idle_memory.{count}"), "note": why});
                println!("{note}");
                return Ok(());
            }
        };
        let _: serde_json::Value = actor.ask("answer", &serde_json::json!({"id": 1})).await?;
        actors.push(actor);
    }
    settle().await;
    report(
        &format!("idle_memory.{count}"),
        (resident_kib() - before) / count as f64,
        "KiB",
    );
    for actor in &actors {
        let _: serde_json::Value = actor
            .ask("answer", &serde_json::json!({"touch": true}))
            .await?;
    }
    settle().await;
    report(
        &format!("idle_memory.{count}_touched"),
        (resident_kib() - before) / count as f64,
        "KiB",
    );
    Ok(())
}

async fn ask_rtt(runtime: &Runtime) -> Result<(), Failure> {
    let asker = asker(runtime).await?;
    let run = serde_json::json!({"count": 20_000});
    let mut micros: Vec<f64> = asker.ask("sequential", &run).await?;
    report(
        "ask_rtt.mean",
        micros.iter().sum::<f64>() / micros.len() as f64,
        "us",
    );
    micros.sort_by(f64::total_cmp);
    report("ask_rtt.p50", quantile(&micros, 0.5), "us");
    Ok(())
}

async fn rust_ask(runtime: &Runtime) -> Result<(), Failure> {
    let echo = runtime.spawn(ActorSpec::source(ECHO)).await?;
    let mut took = Vec::new();
    for i in 0..20_000_u32 {
        let began = Instant::now();
        let _: u32 = echo.ask("answer", &i).await?;
        took.push(micros(began.elapsed()));
    }
    report(
        "rust_ask_rtt.mean",
        took.iter().sum::<f64>() / took.len() as f64,
        "us",
    );
    took.sort_by(f64::total_cmp);
    report("rust_ask_rtt.p50", quantile(&took, 0.5), "us");
    Ok(())
}

async fn pipelined_echo(runtime: &Runtime, quick: bool) -> Result<(), Failure> {
    let asker = asker(runtime).await?;
    let count = if quick { 100_000 } else { 200_000 };
    for window in [64, 512] {
        let run = serde_json::json!({"count": count, "window": window});
        let seconds: f64 = asker.ask("pipelined", &run).await?;
        report(
            &format!("pipelined_echo.{window}"),
            f64::from(count) / seconds / 1e6,
            "M/s",
        );
    }
    Ok(())
}

async fn ring(runtime: &Runtime, count: usize, rounds: u32) -> Result<(), Failure> {
    let actors = actors::ring(runtime, count).await?;
    let began = Instant::now();
    let hops: u64 = actors[0].ask("start", &rounds).await?;
    assert_eq!(hops, count as u64 * u64::from(rounds), "a message was lost");
    report(
        &format!("ring.{count}"),
        hops as f64 / began.elapsed().as_secs_f64(),
        "messages/s",
    );
    Ok(())
}

fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let workload = args.next().unwrap_or_default();
    let quick = args.next().is_some_and(|arg| arg == "--quick");
    let runtime = Runtime::new()?;
    match workload.as_str() {
        "spawn_first_reply" => {
            runtime.block_on(spawn_first_reply(&runtime, quick, true))?;
            let bare = Runtime::builder().warm_spares(0).build()?;
            bare.block_on(spawn_first_reply(&bare, quick, false))
        }
        "idle_memory" => {
            for count in if quick {
                vec![100]
            } else {
                vec![100, 1000, 10_000]
            } {
                let fresh = Runtime::builder().warm_spares(0).build()?;
                fresh.block_on(idle_memory(&fresh, count))?;
            }
            Ok(())
        }
        "ask_rtt" => {
            runtime.block_on(ask_rtt(&runtime))?;
            runtime.block_on(rust_ask(&runtime))
        }
        "pipelined_echo" => runtime.block_on(pipelined_echo(&runtime, quick)),
        "ring" => {
            runtime.block_on(ring(&runtime, 100, if quick { 100 } else { 300 }))?;
            if quick {
                Ok(())
            } else {
                runtime.block_on(ring(&runtime, 1000, 50))
            }
        }
        // The runner starts the program itself for the others.
        _ => Ok(()),
    }
}
