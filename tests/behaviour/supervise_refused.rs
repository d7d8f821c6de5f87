//! Restarts that the runtime refuses because it is full.

use std::time::Duration;

use nano::{ActorSpec, Backoff, ExitReason, Runtime, SpawnError, Strategy, Supervisor};

use crate::callee::GRACE;
use crate::supervise::restarted;
use crate::supervise_together::{began, child, log, together};

/// A runtime for so many isolates.
fn runtime(isolates: u64) -> Runtime {
    Runtime::builder()
        .isolate_threads(1)
        .max_isolates(isolates)
        .build()
        .unwrap()
}

/// A supervisor that bears one restart, whose children a and b have ended: a is up again, and b's start is refused for
/// as long as the isolate given here lives.
async fn refused(
    runtime: &Runtime,
    backoff: Backoff,
) -> (Supervisor, [nano::ActorRef; 2], nano::ActorRef) {
    let log = log(runtime).await;
    let supervisor = together(runtime, Strategy::OneForAll, 1).backoff(backoff);
    let supervisor = supervisor.start();
    let a = supervisor.spawn(child("a")).await.unwrap();
    let b = supervisor.spawn(child("b")).await.unwrap();
    log.ask::<()>("shut", "a").await.unwrap();
    a.kill();
    began(&log, "a", 2).await;
    // In the place of b, which has ended and waits for a.
    let other = runtime.spawn_begin(ActorSpec::source("")).unwrap();
    log.ask::<()>("open", "a").await.unwrap();
    assert_eq!(a.ask::<u32>("next", &()).await, Ok(1));
    (supervisor, [a, b], other)
}

#[test]
fn a_refused_start_is_no_failure_and_is_tried_again() {
    let runtime = runtime(3);
    runtime.block_on(async {
        let (supervisor, [a, b], other) = refused(&runtime, Backoff::NONE).await;
        let waiting = tokio::spawn(b.ask::<u32>("next", &()).into_future());
        // Long enough for some more refusals; one would have been too many, were it a failure.
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(supervisor.exit_reason(), None);
        assert!(b.is_alive());
        let full = supervisor.spawn(child("c")).await;
        assert!(matches!(full, Err(SpawnError::Refused(_))), "{full:?}");
        other.kill();
        restarted(&b, 1).await;
        let stats = b.stats().await.unwrap();
        assert_eq!(stats.restarts, 1, "only one that began is one");
        assert_eq!(
            waiting.await.unwrap(),
            Ok(1),
            "it has waited in the mailbox"
        );
        assert_eq!(
            a.ask::<u32>("next", &()).await,
            Ok(2),
            "it is not concerned"
        );
        // Failures are bounded as ever.
        b.kill();
        assert!(matches!(
            supervisor.watch().await,
            ExitReason::RestartsExhausted { restarts: 1, .. }
        ));
    });
}

#[test]
fn a_supervisor_whose_child_is_refused_stops_at_once() {
    let runtime = runtime(3);
    runtime.block_on(async {
        let (supervisor, [a, b], _other) = refused(&runtime, Backoff::NONE).await;
        let stopped = tokio::time::timeout(GRACE, supervisor.stop(Duration::from_secs(600)));
        assert_eq!(stopped.await.expect("at once"), ExitReason::Stopped);
        for child in [a, b] {
            assert_eq!(child.exit_reason(), Some(ExitReason::Stopped));
        }
    });
}

#[test]
fn a_runtime_shuts_down_though_it_refuses_a_child() {
    let runtime = runtime(3);
    runtime.block_on(async {
        let (supervisor, [a, b], _other) = refused(&runtime, Backoff::NONE).await;
        let down = tokio::time::timeout(GRACE, runtime.shutdown(GRACE));
        down.await.expect("at once").expect("in order");
        assert_eq!(supervisor.exit_reason(), Some(ExitReason::Shutdown));
        assert!(!a.is_alive() && !b.is_alive());
    });
}
