//! nano's side of the comparison: one workload a run, a JSON line a figure. See `README.md` here.

use std::time::{Duration, Instant};

use nano::{ActorRef, ActorSpec, Limits, Runtime};

const ECHO: &str = "export const answer = (message) => message;";

/// Asks `peer` one after another, and with a window of asks in flight.
const ASKER: &str = r#"
import { ask } from "nano:actor";
// Sixteen asks a sample: the clock that scripts see has steps of 5 microseconds.
const EACH = 16;
export async function sequential({ peer, count }) {
  const micros = [];
  for (let i = 0; i < count; i += EACH) {
    const began = performance.now();
    for (let id = 0; id < EACH; id++) await ask(peer, "answer", { id, s: "hello" });
    micros.push(((performance.now() - began) * 1000) / EACH);
  }
  return micros;
}
export async function pipelined({ peer, count, window }) {
  const began = performance.now();
  let sent = 0;
  const lane = async () => {
    while (sent < count) await ask(peer, "answer", { id: sent++, s: "hello" });
  };
  await Promise.all(Array.from({ length: window }, lane));
  return (performance.now() - began) / 1000;
}
"#;

const HOP: &str = r#"
import { tell } from "nano:actor";
let next, left, done;
export const join = (to) => { next = to; };
export function hop(n) {
  if (left !== undefined && --left === 0) return done(n);
  tell(next, "hop", n + 1);
}
export function start(rounds) {
  left = rounds;
  tell(next, "hop", 1);
  return new Promise((resolve) => { done = resolve; });
}
"#;

const ANSWER: &str = r#"
export function answer(message) {
  if (message.touch) {
    for (const name of ["URL", "Headers", "TextEncoder", "AbortController", "ReadableStream",
      "Blob", "structuredClone", "performance", "crypto", "Event"]) globalThis[name];
  }
  return message;
}
"#;

type Failure = Box<dyn std::error::Error>;

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

fn limits() -> Limits {
    Limits::default()
        .with_cpu_ms_per_call(Limits::NONE)
        .with_cpu_ms_per_turn(Limits::NONE)
        .with_wall_ms_per_call(Limits::NONE)
}

async fn first_reply(runtime: &Runtime) -> Result<Duration, Failure> {
    let began = Instant::now();
    let actor = runtime.spawn(ActorSpec::source(ECHO)).await?;
    let _: u32 = actor.ask("answer", &1).await?;
    let took = began.elapsed();
    actor.kill();
    Ok(took)
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
        let actor = runtime.spawn(ActorSpec::source(ANSWER)).await?;
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

/// Spawns an asker, and gives it a peer by a name.
async fn pair(runtime: &Runtime) -> Result<ActorRef, Failure> {
    let echo = runtime
        .spawn(ActorSpec::source(ECHO).limits(limits()))
        .await?;
    let asker = ASKER.to_owned()
        + "import { lookup } from 'nano:actor';\n\
           export const run = (how) => (how.window ? pipelined : sequential)({ ...how, peer: lookup('echo') });";
    echo.register("echo")?;
    Ok(runtime
        .spawn(ActorSpec::source(asker).limits(limits()))
        .await?)
}

async fn ask_rtt(runtime: &Runtime) -> Result<(), Failure> {
    let asker = pair(runtime).await?;
    let run = serde_json::json!({"count": 20_000});
    let mut micros: Vec<f64> = asker.ask("run", &run).await?;
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
    let asker = pair(runtime).await?;
    let count = if quick { 100_000 } else { 200_000 };
    for window in [64, 512] {
        let run = serde_json::json!({"count": count, "window": window});
        let seconds: f64 = asker.ask("run", &run).await?;
        report(
            &format!("pipelined_echo.{window}"),
            f64::from(count) / seconds / 1e6,
            "M/s",
        );
    }
    Ok(())
}

async fn ring(runtime: &Runtime, count: usize, rounds: u32) -> Result<(), Failure> {
    let mut actors = Vec::with_capacity(count);
    for _ in 0..count {
        actors.push(
            runtime
                .spawn(ActorSpec::source(HOP).limits(limits()))
                .await?,
        );
    }
    for (i, actor) in actors.iter().enumerate() {
        let next = actors[(i + 1) % count].id();
        actor.tell_raw("join", nano::actor_value(next)).await?;
    }
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
