//! Ends that come at awkward times: while a child waits, many at once, when no restart is borne.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use nano::{ActorSpec, Backoff, ChildSpec, ExitReason, Restart, Strategy};

use crate::callee::GRACE;
use crate::one_thread;
use crate::supervise::{child, restarted, supervisor};
use crate::supervise_together::{log, module, together};

/// A backoff after which nobody waits for a restart.
fn long() -> Backoff {
    let wait = Duration::from_secs(600);
    Backoff::default().first(wait).most(wait)
}

#[test]
fn a_child_whose_spawn_was_dropped_ends() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let supervisor = runtime.supervisor().start();
        for wait in [0, 100, 5_000, 50_000] {
            let source = "await new Promise((done) => setTimeout(done, 300))";
            let spawned = supervisor.spawn(ActorSpec::source(source));
            let late = tokio::time::timeout(Duration::from_micros(wait), spawned).await;
            assert!(late.is_err());
        }
        let gone = async {
            while supervisor.children().await != Ok(0) || runtime.stats().isolates > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let gone = tokio::time::timeout(GRACE, gone).await;
        gone.expect("they end");
        // Nor does one that has started before anybody looked.
        let mut spawned = Box::pin(supervisor.spawn(child()));
        let waits = poll_fn(|context| Poll::Ready(spawned.as_mut().poll(context).is_pending()));
        let mut is_waiting = waits.await;
        if is_waiting {
            tokio::time::sleep(Duration::from_millis(2)).await;
            let waits = poll_fn(|context| Poll::Ready(spawned.as_mut().poll(context).is_pending()));
            is_waiting = waits.await;
        }
        // Unless it was very quick.
        if is_waiting {
            tokio::time::sleep(Duration::from_millis(500)).await;
            drop(spawned);
            let gone = async { while supervisor.children().await != Ok(0) {} };
            let gone = tokio::time::timeout(GRACE, gone).await;
            gone.expect("it ends");
        }
        let kept = supervisor.spawn(child()).await.expect("it starts");
        assert!(kept.is_alive());
    });
}

#[test]
fn a_child_is_restarted_though_nobody_refers_to_its_supervisor() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let backoff = Backoff::default().first(Duration::from_millis(50));
        let supervisor = runtime.supervisor().backoff(backoff).start();
        let told = supervisor.watch();
        let actor = supervisor.spawn(child().register("kept")).await.unwrap();
        actor.kill();
        while runtime.stats().isolates > 0 {
            tokio::task::yield_now().await;
        }
        drop((actor, supervisor));
        let found = runtime.lookup("kept").expect("it lives, or will again");
        restarted(&found, 1).await;
        assert_eq!(found.stop(GRACE).await, ExitReason::Stopped);
        // Without a child, nothing keeps it.
        let told = tokio::time::timeout(GRACE, told).await;
        assert_eq!(told.expect("it ends"), ExitReason::Shutdown);
    });
}

#[test]
fn a_child_that_is_stopped_while_it_waits_for_a_restart_is_gone_at_once() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let supervisor = runtime.supervisor().backoff(long()).start();
        let actor = supervisor.spawn(child().register("counter")).await.unwrap();
        actor.kill();
        while runtime.stats().isolates > 0 {
            tokio::task::yield_now().await;
        }
        let waiting = tokio::spawn(actor.ask::<u32>("next", &()).into_future());
        let stopped = tokio::time::timeout(GRACE, actor.stop(Duration::from_secs(600)));
        let reason = stopped.await.expect("at once");
        // Whether its supervisor had noted the failure by then is chance.
        assert!(
            matches!(reason, ExitReason::Stopped | ExitReason::Killed),
            "{reason:?}"
        );
        assert!(waiting.await.unwrap().is_err());
        assert_eq!(supervisor.children().await, Ok(0));
        let other = supervisor.spawn(child().register("counter")).await.unwrap();
        assert_eq!(other.ask::<u32>("next", &()).await, Ok(1));
        assert_eq!(supervisor.children().await, Ok(1));
    });
}

#[test]
fn a_stop_waits_for_no_backoff() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let supervisor = runtime.supervisor().backoff(long()).start();
        let actor = supervisor.spawn(child()).await.unwrap();
        actor.kill();
        while runtime.stats().isolates > 0 {
            tokio::task::yield_now().await;
        }
        let stopped = tokio::time::timeout(GRACE, supervisor.stop(Duration::from_secs(600)));
        assert_eq!(stopped.await.expect("at once"), ExitReason::Stopped);
        assert_eq!(actor.exit_reason(), Some(ExitReason::Stopped));
    });
}

#[test]
fn a_supervisor_that_bears_no_restart_ends_with_the_first_failure() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        for strategy in [
            Strategy::OneForOne,
            Strategy::OneForAll,
            Strategy::RestForOne,
        ] {
            let supervisor = together(&runtime, strategy, 0).start();
            let one = supervisor.spawn(child()).await.unwrap();
            let two = supervisor.spawn(child()).await.unwrap();
            // An end that leads to no restart is borne.
            assert_eq!(one.stop(GRACE).await, ExitReason::Stopped);
            assert_eq!(supervisor.exit_reason(), None);
            two.kill();
            let exhausted = ExitReason::RestartsExhausted {
                restarts: 0,
                within_ms: 600_000,
            };
            assert_eq!(supervisor.watch().await, exhausted);
            assert_eq!(two.wait().await, exhausted);
            assert_eq!(runtime.stats().isolates, 0);
        }
    });
}

#[test]
fn later_starts_that_fail_are_bounded_too() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let log = log(&runtime).await;
        let supervisor = supervisor(&runtime, 1);
        let fails = ChildSpec::new(module("a", 2)).restart(Restart::Always);
        let fails = supervisor.spawn(fails).await.unwrap();
        fails.kill();
        let exhausted = ExitReason::RestartsExhausted {
            restarts: 1,
            within_ms: 60_000,
        };
        assert_eq!(fails.wait().await, exhausted);
        assert_eq!(supervisor.watch().await, exhausted);
        assert_eq!(log.ask::<u32>("began", "a").await, Ok(2));
    });
}

#[test]
fn many_children_that_fail_at_once_all_come_back() {
    const CHILDREN: u64 = 1_000;
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        for strategy in [Strategy::OneForOne, Strategy::OneForAll] {
            let supervisor = together(&runtime, strategy, 2 * CHILDREN as u32).start();
            let mut children = Vec::new();
            for _ in 0..CHILDREN {
                children.push(supervisor.spawn(child()).await.unwrap());
            }
            assert_eq!(supervisor.children().await, Ok(CHILDREN as usize));
            for child in &children {
                child.kill();
            }
            for child in &children {
                restarted(child, 1).await;
            }
            for child in &children {
                let next = async {
                    while child.ask::<u32>("next", &()).await.is_err() {
                        tokio::task::yield_now().await;
                    }
                };
                let next = tokio::time::timeout(GRACE, next).await;
                next.expect("it answers");
            }
            assert_eq!(runtime.stats().isolates, CHILDREN);
            assert_eq!(supervisor.stop(GRACE).await, ExitReason::Stopped);
            assert_eq!(runtime.stats().isolates, 0);
        }
    });
}
