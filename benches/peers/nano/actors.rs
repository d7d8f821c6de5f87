//! The isolates that are measured, here beside the peers and in `benches/runtime` by themselves.
#![allow(dead_code, reason = "each of the two uses a part")]

use std::time::{Duration, Instant};

use nano::{ActorRef, ActorSpec, Limits, Runtime};

pub const ECHO: &str = "export const answer = (message) => message;";
const ASKER: &str = include_str!("asker.js");
const HOP: &str = include_str!("hop.js");
pub const ANSWER: &str = include_str!("answer.js");

pub type Failure = Box<dyn std::error::Error>;

/// Without those that a long measurement would reach.
pub fn limits() -> Limits {
    Limits::default()
        .with_cpu_ms_per_call(Limits::NONE)
        .with_cpu_ms_per_turn(Limits::NONE)
        .with_wall_ms_per_call(Limits::NONE)
}

/// How long a new isolate takes until its first reply.
pub async fn first_reply(runtime: &Runtime) -> Result<Duration, Failure> {
    let began = Instant::now();
    let actor = runtime.spawn(ActorSpec::source(ECHO)).await?;
    let _: u32 = actor.ask("answer", &1).await?;
    let took = began.elapsed();
    actor.kill();
    Ok(took)
}

/// An isolate that asks another one, in ways of its own.
pub async fn asker(runtime: &Runtime) -> Result<ActorRef, Failure> {
    let echo = ActorSpec::source(ECHO).limits(limits());
    runtime.spawn(echo).await?.register("echo")?;
    let asker = ActorSpec::source(ASKER).limits(limits());
    Ok(runtime.spawn(asker).await?)
}

/// Isolates of which each knows the next; `start` on the first one sends a message round.
pub async fn ring(runtime: &Runtime, count: usize) -> Result<Vec<ActorRef>, Failure> {
    let mut actors = Vec::with_capacity(count);
    for _ in 0..count {
        let spec = ActorSpec::source(HOP).limits(limits());
        actors.push(runtime.spawn(spec).await?);
    }
    for (i, actor) in actors.iter().enumerate() {
        let next = actors[(i + 1) % count].id();
        actor.tell_raw("join", nano::actor_value(next)).await?;
    }
    Ok(actors)
}
