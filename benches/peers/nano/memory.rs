//! Resident memory of an isolate that waits, as `work/idle_memory.mjs` has it of the peers.

use std::time::{Duration, Instant};

use nano::{ActorRef, Runtime};
use serde_json::json;
use tokio::task::JoinSet;

use crate::actors::{Failure, start};
use crate::figures::{note, progress, report};

fn resident_kib() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: f64 = statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .unwrap_or(0.0);
    pages * 4.0
}

/// Resident memory once it is at rest, as the peers' `settled`. Spares that the spawns called for are given
/// up by then, but for as many as there were at first.
async fn settled(runtime: &Runtime, spares: u64) -> f64 {
    let limit = Instant::now() + Duration::from_secs(15);
    let mut last = resident_kib();
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = resident_kib();
        let at_rest = now > last * 0.998 && runtime.stats().warm_spares <= spares;
        if at_rest || Instant::now() > limit {
            return now;
        }
        last = now;
    }
}

/// Lets every isolate use ten globals, at most fifty at a time; which of the ten it lacks.
async fn touch(actors: &[ActorRef]) -> Result<Vec<String>, Failure> {
    let mut lacking = Vec::new();
    for group in actors.chunks(50) {
        let mut replies = JoinSet::new();
        for actor in group {
            let actor = actor.clone();
            replies.spawn(async move { actor.ask("answer", &json!({"touch": true})).await });
        }
        while let Some(reply) = replies.join_next().await {
            lacking = reply??;
        }
    }
    Ok(lacking)
}

pub async fn idle(runtime: &Runtime, name: &str, count: usize) -> Result<(), Failure> {
    let name = format!("{name}.{count}");
    let touched = format!("{name}_touched");
    let before = settled(runtime, u64::MAX).await;
    let spares = runtime.stats().warm_spares;
    let mut actors = Vec::with_capacity(count);
    while actors.len() < count {
        let mut group = JoinSet::new();
        for _ in 0..20.min(count - actors.len()) {
            let runtime = runtime.clone();
            group.spawn(async move { start(&runtime).await });
        }
        while let Some(started) = group.join_next().await {
            match started? {
                Ok(actor) => actors.push(actor),
                // The machine has no room for so many.
                Err(refused) => {
                    let each = (resident_kib() - before) / actors.len() as f64;
                    let so_far = format!("{} isolates of {each:.0} KiB", actors.len());
                    let why = format!("stopped at {so_far}: {refused}");
                    note(&name, &why);
                    note(&touched, &why);
                    return Ok(());
                }
            }
        }
        if actors.len().is_multiple_of(200) {
            progress(&format!("{} isolates", actors.len()));
        }
    }
    let each = |now: f64| (now - before) / count as f64;
    report(&name, each(settled(runtime, spares).await), "KiB");
    let lacking = touch(&actors).await?;
    report(&touched, each(settled(runtime, spares).await), "KiB");
    if !lacking.is_empty() {
        note(
            &touched,
            &format!("other globals stand in for {}", lacking.join(", ")),
        );
    }
    Ok(())
}
