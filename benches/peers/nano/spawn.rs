//! From `spawn` to the first reply, as `work/spawn_first_reply.mjs` has it of the peers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nano::Runtime;
use tokio::task::JoinSet;

use crate::actors::{Failure, first_reply, start};
use crate::figures::{micros, note, quantile, report};

/// The first isolate of the process. The start of the process and of the runtime is not in it.
pub async fn cold(runtime: &Runtime, name: &str) -> Result<(), Failure> {
    let took = first_reply(runtime).await?;
    report(&format!("{name}.cold"), micros(took), "us");
    Ok(())
}

/// One after the other, each ended before the next.
pub async fn sequential(runtime: &Runtime, name: &str, count: usize) -> Result<(), Failure> {
    for _ in 0..count.div_ceil(10) {
        first_reply(runtime).await?;
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    let mut took = Vec::with_capacity(count);
    for _ in 0..count {
        took.push(micros(first_reply(runtime).await?));
        // The same pause as the peers have; in it a spare is made.
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    report(&format!("{name}.p50"), quantile(&took, 0.5), "us");
    report(&format!("{name}.p99"), quantile(&took, 0.99), "us");
    Ok(())
}

/// All at once, until the last has answered; all stay alive until then.
pub async fn burst(runtime: &Runtime, name: &str, count: usize) -> Result<(), Failure> {
    let name = format!("{name}.burst_{count}");
    let mut replies = JoinSet::new();
    let began = Instant::now();
    for _ in 0..count {
        let runtime = runtime.clone();
        replies.spawn(async move { start(&runtime).await });
    }
    let mut actors = Vec::with_capacity(count);
    while let Some(reply) = replies.join_next().await {
        match reply? {
            Ok(actor) => actors.push(actor),
            Err(refused) => {
                note(&name, &format!("{} had replied: {refused}", actors.len()));
                return Ok(());
            }
        }
    }
    report(&name, began.elapsed().as_secs_f64(), "s");
    Ok(())
}

/// For so many seconds a fixed number in flight: each is spawned, replies and ends, and the next follows at
/// once. The first second warms up.
pub async fn sustained(
    runtime: &Runtime,
    name: &str,
    seconds: u64,
    in_flight: usize,
) -> Result<(), Failure> {
    let begins = Instant::now() + Duration::from_secs(1);
    let ends = begins + Duration::from_secs(seconds);
    let with_spares: &AtomicU64 = Box::leak(Box::default());
    let mut lanes = JoinSet::new();
    for _ in 0..in_flight {
        let runtime = runtime.clone();
        lanes.spawn(async move {
            let mut took = Vec::new();
            while Instant::now() < ends {
                let ready = runtime.stats().warm_spares > 0;
                let began = Instant::now();
                let actor = start(&runtime).await?;
                let replied = Instant::now();
                if begins <= replied && replied < ends {
                    took.push(micros(replied - began));
                    with_spares.fetch_add(u64::from(ready), Ordering::Relaxed);
                }
                actor.kill();
                actor.wait().await;
            }
            Ok::<_, Failure>(took)
        });
    }
    let mut took = Vec::new();
    while let Some(lane) = lanes.join_next().await {
        took.extend(lane??);
    }
    let name = format!("{name}.sustained");
    report(&name, took.len() as f64 / seconds as f64, "replies/s");
    report(&format!("{name}_p50"), quantile(&took, 0.5), "us");
    report(&format!("{name}_p99"), quantile(&took, 0.99), "us");
    // The rate is meant to use the spares up.
    let share = with_spares.load(Ordering::Relaxed) as f64 / took.len() as f64;
    if share > 0.5 {
        let share = (share * 100.0).round();
        note(
            &name,
            &format!("spares were ready at {share} % of the spawns"),
        );
    }
    Ok(())
}
