//! The isolates that are measured, here beside the peers and in `benches/runtime` by themselves.
#![allow(dead_code, reason = "each of the two uses a part")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use nano::{ActorRef, ActorSpec, Limits, Runtime};
use serde::Deserialize;
use serde_json::{Value, json};

pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A spec of a script in `benches/peers`, read from its file as the peers read theirs.
pub fn script(file: &str) -> ActorSpec {
    let mut path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    path.push("benches/peers");
    path.push(file);
    ActorSpec::file(path)
}

/// The worker of the peers itself: it exports `answer`, too.
pub const ANSWER: &str = "work/worker/answer.mjs";
pub const ECHO: &str = "nano/echo.js";

/// Without those that a long measurement would reach.
pub fn limits() -> Limits {
    Limits::default()
        .with_cpu_ms_per_call(Limits::NONE)
        .with_cpu_ms_per_turn(Limits::NONE)
        .with_wall_ms_per_call(Limits::NONE)
}

/// A new isolate that has replied once, to the message that the peers' workers get.
pub async fn start(runtime: &Runtime) -> Result<ActorRef, Failure> {
    let actor = runtime.spawn(script(ANSWER)).await?;
    let _: Value = actor.ask("answer", &json!({"id": 1})).await?;
    Ok(actor)
}

/// How long a new isolate takes until its first reply. It has ended when this returns.
pub async fn first_reply(runtime: &Runtime) -> Result<Duration, Failure> {
    let began = Instant::now();
    let actor = start(runtime).await?;
    let took = began.elapsed();
    actor.kill();
    actor.wait().await;
    Ok(took)
}

/// An isolate that asks another one, in ways of its own.
pub struct Asker {
    pub asker: ActorRef,
    pub echo: ActorRef,
}

pub async fn asker(runtime: &Runtime) -> Result<Asker, Failure> {
    let echo = runtime.spawn(script(ECHO).limits(limits())).await?;
    let asker = script("nano/asker.js").limits(limits());
    let asker = runtime.spawn(asker).await?;
    asker.tell_raw("meet", nano::actor_value(echo.id())).await?;
    Ok(Asker { asker, echo })
}

/// Isolates of which each knows the next; `start` on the first one sends a message round.
pub async fn ring(runtime: &Runtime, count: usize) -> Result<Vec<ActorRef>, Failure> {
    let mut actors = Vec::with_capacity(count);
    for _ in 0..count {
        let spec = script("nano/hop.js").limits(limits());
        actors.push(runtime.spawn(spec).await?);
    }
    for (i, actor) in actors.iter().enumerate() {
        let next = actors[(i + 1) % count].id();
        actor.tell_raw("join", nano::actor_value(next)).await?;
    }
    Ok(actors)
}

/// What a ring has measured. The round before, which warms up, is not in it.
#[derive(Deserialize)]
pub struct Laps {
    pub hops: u64,
    pub seconds: f64,
}
