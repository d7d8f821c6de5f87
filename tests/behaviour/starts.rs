//! A start that nobody waits for any more.

use std::time::Duration;

use nano::{ActorSpec, AskError, Limits, Runtime};

use crate::callee::GRACE;
use crate::one_thread;

/// A module that is never evaluated.
const HANGS: &str = "await new Promise(() => { setInterval(() => {}, 1000) })";

/// Waits until so many isolates live.
async fn until_alive(runtime: &Runtime, isolates: u64) {
    let alive = async {
        while runtime.stats().isolates != isolates {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(GRACE, alive)
        .await
        .unwrap_or_else(|_| panic!("{} live", runtime.stats().isolates));
}

#[test]
fn a_start_that_nobody_waits_for_any_more_ends_the_isolate() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        for source in [HANGS, "for (;;);"] {
            let begun = async { until_alive(&runtime, 1).await };
            let limits = Limits::unlimited_root();
            let spec = ActorSpec::source(source).limits(limits);
            tokio::select! {
                biased;
                started = runtime.spawn(spec) => panic!("{started:?}"),
                () = begun => {}
            }
            until_alive(&runtime, 0).await;
        }
        // One that has started lives on.
        let actor = runtime.spawn(ActorSpec::source("export const f = () => 1;"));
        let actor = actor.await.unwrap();
        assert_eq!(actor.ask::<u32>("f", &()).await, Ok(1));
    });
}

const PARENT: &str = "
  import { spawn, self } from 'nano:actor';
  let ends = [];
  const note = (promise) => promise.then(() => ends.push('started'), ({ name }) => ends.push(name));
  export const go = async (source) => { await note(spawn('nano:child', { source })); };
  // The call is over by the time of the spawn.
  export const late = async (source) => {
    const { signal } = self;
    await new Promise((done) => signal.addEventListener('abort', done));
    await note(spawn('nano:child', { source }));
  };
  export const told = () => ends.splice(0);
";

#[test]
fn a_spawn_in_javascript_ends_with_the_call_that_awaits_it() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        let parent = runtime.spawn(ActorSpec::source(PARENT)).await.unwrap();
        let told = async |wanted: &str| {
            let told = async {
                while parent.ask::<Vec<String>>("told", &()).await.unwrap() != [wanted] {}
            };
            tokio::time::timeout(GRACE, told)
                .await
                .unwrap_or_else(|_| panic!("no {wanted}"));
        };
        let late = parent
            .ask::<()>("go", HANGS)
            .timeout(Duration::from_millis(100));
        let late = late.await;
        assert!(matches!(late, Err(AskError::Timeout { .. })), "{late:?}");
        told("TimeoutError").await;
        until_alive(&runtime, 1).await;

        let dropped = tokio::spawn(parent.ask::<()>("go", HANGS).into_future());
        until_alive(&runtime, 2).await;
        dropped.abort();
        told("AbortError").await;
        until_alive(&runtime, 1).await;

        let late = parent
            .ask::<()>("late", HANGS)
            .timeout(Duration::from_millis(100));
        assert!(late.await.is_err());
        told("TimeoutError").await;
        until_alive(&runtime, 1).await;

        assert_eq!(parent.ask::<()>("go", "").await, Ok(()));
        told("started").await;
    });
}
