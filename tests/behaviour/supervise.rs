//! Supervision: who is started again, what survives, and when it is given up.

use std::time::Duration;

use nano::proto::Undelivered;
use nano::{
    ActorRef, ActorSpec, AskError, Backoff, ChildSpec, ExitReason, Restart, Runtime, SpawnError,
    Supervisor,
};

use crate::callee::{GRACE, until_received};
use crate::one_thread;

const SOURCE: &str = "
  let n = 0;
  export const next = () => ++n;
  export const boom = () => { setTimeout(() => { throw new Error('boom') }, 0); };
  export const hang = () => new Promise(() => {});
  export const busy = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
";

pub fn supervisor(runtime: &Runtime, restarts: u32) -> Supervisor {
    runtime
        .supervisor()
        .limit(restarts, Duration::from_secs(60))
        .backoff(Backoff::NONE)
        .start()
}

pub fn child() -> ChildSpec {
    ChildSpec::new(ActorSpec::source(SOURCE))
}

/// Waits until the child has been restarted `times` times.
pub async fn restarted(actor: &ActorRef, times: u64) {
    let restarts = async {
        while actor.stats().await.map_or(0, |stats| stats.restarts) < times {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(GRACE, restarts)
        .await
        .expect("the child is restarted");
}

#[test]
fn a_reference_stays_valid_across_restarts_and_each_starts_with_a_fresh_heap() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let supervisor = supervisor(&runtime, 10);
        let actor = supervisor.spawn(child()).await.unwrap();
        for round in 1..=3 {
            assert_eq!(actor.ask::<u32>("next", &()).await, Ok(1));
            assert_eq!(actor.ask::<u32>("next", &()).await, Ok(2));
            actor.kill();
            restarted(&actor, round).await;
        }
        assert!(actor.is_alive());
    });
}

#[test]
fn a_child_keeps_its_registered_name_and_loses_it_when_it_ends_for_good() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let supervisor = supervisor(&runtime, 10);
        let actor = supervisor.spawn(child().register("counter")).await.unwrap();
        let taken = supervisor.spawn(child().register("counter")).await;
        assert!(matches!(taken, Err(SpawnError::Name(_))), "{taken:?}");
        actor.kill();
        restarted(&actor, 1).await;
        let found = runtime.lookup("counter").expect("the name is kept");
        assert_eq!(found, actor);
        assert_eq!(found.ask::<u32>("next", &()).await, Ok(1));
        assert_eq!(actor.stop(GRACE).await, ExitReason::Stopped);
        assert!(runtime.lookup("counter").is_none());
        supervisor
            .spawn(child().register("counter"))
            .await
            .expect("the name is free");
    });
}

#[test]
fn messages_that_have_not_begun_reach_the_next_incarnation_and_begun_ones_are_unknown() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let supervisor = supervisor(&runtime, 10);
        let actor = supervisor.spawn(child()).await.unwrap();
        let hanging = tokio::spawn(actor.ask::<()>("hang", &()).into_future());
        let busy = tokio::spawn(actor.ask::<()>("busy", &100).into_future());
        // Behind a message that takes a while, in order.
        while actor.ask::<u32>("next", &()).await != Ok(1) {}
        let busy_too = tokio::spawn(actor.ask::<()>("busy", &5_000).into_future());
        busy.await.unwrap().unwrap();
        let waiting: Vec<_> = (0..20)
            .map(|_| actor.ask::<u32>("next", &()).into_future())
            .collect();
        let waiting = tokio::spawn(async move {
            let mut replies = Vec::new();
            let tasks: Vec<_> = waiting.into_iter().map(tokio::spawn).collect();
            for task in tasks {
                replies.push(task.await.unwrap());
            }
            replies
        });
        while actor.stats().await.unwrap().mailbox_depth < 20 {
            tokio::task::yield_now().await;
        }
        actor.kill();
        assert_eq!(
            hanging.await.unwrap(),
            Err(AskError::Unknown(ExitReason::Killed))
        );
        assert_eq!(
            busy_too.await.unwrap(),
            Err(AskError::Unknown(ExitReason::Killed))
        );
        let mut replies: Vec<u32> = waiting
            .await
            .unwrap()
            .into_iter()
            .map(Result::unwrap)
            .collect();
        replies.sort_unstable();
        assert_eq!(
            replies,
            (1..=20).collect::<Vec<_>>(),
            "each ran once, on a fresh heap"
        );
    });
}

#[test]
fn a_mailbox_that_is_not_kept_fails_as_not_delivered() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let supervisor = supervisor(&runtime, 10);
        let actor = supervisor
            .spawn(child().keeps_mailbox(false))
            .await
            .unwrap();
        let busy = tokio::spawn(actor.ask::<()>("busy", &5_000).into_future());
        while actor.stats().await.unwrap().messages_in < 1 {}
        let waiting = tokio::spawn(actor.ask::<u32>("next", &()).into_future());
        while actor.stats().await.unwrap().mailbox_depth < 1 {}
        actor.kill();
        assert_eq!(
            busy.await.unwrap(),
            Err(AskError::Unknown(ExitReason::Killed))
        );
        let lost = waiting.await.unwrap();
        let Err(AskError::NotDelivered {
            why: Undelivered::NotRunning(_),
            ..
        }) = lost
        else {
            panic!("{lost:?}")
        };
        restarted(&actor, 1).await;
        assert_eq!(actor.ask::<u32>("next", &()).await, Ok(1));
    });
}

#[test]
fn too_many_restarts_end_the_supervisor_and_its_children_and_tell_the_watchers_why() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let supervisor = supervisor(&runtime, 2);
        let (failing, innocent) = (
            supervisor.spawn(child()).await.unwrap(),
            supervisor.spawn(child()).await.unwrap(),
        );
        assert_eq!(supervisor.children().await, Ok(2));
        let (told, child_told) = (supervisor.watch(), innocent.watch());
        for round in 1..=2 {
            failing.tell("boom", &()).await.unwrap();
            restarted(&failing, round).await;
        }
        failing.tell("boom", &()).await.unwrap();
        let exhausted = ExitReason::RestartsExhausted {
            restarts: 2,
            within_ms: 60_000,
        };
        assert_eq!(told.await, exhausted);
        assert_eq!(child_told.await, exhausted);
        assert_eq!(failing.wait().await, exhausted);
        assert!(!innocent.is_alive());
        let late = supervisor.spawn(child()).await;
        assert!(matches!(late, Err(SpawnError::Start(_))), "{late:?}");
        let lost = innocent.ask::<u32>("next", &()).await.unwrap_err();
        assert!(matches!(lost, AskError::NotDelivered { .. }), "{lost:?}");
        assert_eq!(runtime.stats().isolates, 0);
    });
}

#[test]
fn children_that_end_for_good_are_forgotten() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let supervisor = supervisor(&runtime, 10);
        let kept = supervisor.spawn(child()).await.unwrap();
        for _ in 0..20 {
            let never = supervisor
                .spawn(child().restart(Restart::Never))
                .await
                .unwrap();
            never.kill();
            assert_eq!(never.wait().await, ExitReason::Killed);
        }
        assert_eq!(supervisor.children().await, Ok(1));
        let orderly = supervisor
            .spawn(child().restart(Restart::Always))
            .await
            .unwrap();
        assert_eq!(orderly.stop(GRACE).await, ExitReason::Stopped);
        assert_eq!(supervisor.children().await, Ok(1));
        assert_eq!(supervisor.stop(GRACE).await, ExitReason::Stopped);
        assert_eq!(kept.exit_reason(), Some(ExitReason::Stopped));
    });
}

#[test]
fn a_first_start_that_fails_is_the_spawners_business() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let supervisor = supervisor(&runtime, 10);
        let bad = ActorSpec::source("throw new TypeError('no')");
        let failed = supervisor.spawn(bad).await;
        let Err(SpawnError::Start(ExitReason::StartFailed(error))) = failed else {
            panic!("{failed:?}")
        };
        assert_eq!(error.message, "no");
        while supervisor.children().await != Ok(0) {}
        assert_eq!(supervisor.exit_reason(), None);
    });
}

#[test]
fn a_shutdown_ends_supervised_children_without_a_restart() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let supervisor = supervisor(&runtime, 10);
        let actor = supervisor
            .spawn(child().restart(Restart::Always))
            .await
            .unwrap();
        runtime.shutdown(GRACE).await.unwrap();
        actor.wait().await;
        assert_eq!(runtime.stats().isolates, 0);
    });
}

#[test]
fn a_shutdown_waits_for_no_backoff_and_ends_the_child_that_does() {
    let runtime = Runtime::builder().build().unwrap();
    runtime.block_on(async {
        let backoff = Backoff::default()
            .first(Duration::from_secs(600))
            .most(Duration::from_secs(600));
        let supervisor = runtime.supervisor().backoff(backoff).start();
        let child = supervisor.spawn(child()).await.unwrap();
        child.ask::<()>("boom", &()).await.unwrap();
        while runtime.stats().isolates > 0 {
            tokio::task::yield_now().await;
        }
        let waiting = tokio::spawn(child.ask::<u32>("next", &()).into_future());
        runtime.shutdown(Duration::from_secs(10)).await.unwrap();
        let waited = tokio::time::timeout(Duration::from_secs(10), waiting).await;
        assert!(waited.unwrap().unwrap().is_err());
        // Whether the supervisor had noted the failure by then is chance.
        let reason = child.wait().await;
        assert!(
            matches!(reason, ExitReason::Shutdown | ExitReason::Threw(_)),
            "{reason:?}"
        );
    });
}

#[test]
fn a_supervisor_that_stops_answers_starts_nothing_and_can_be_hurried() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let supervisor = supervisor(&runtime, 5);
        let actor = supervisor.spawn(child()).await.unwrap();
        let hanging = tokio::spawn(actor.ask::<()>("hang", &()).into_future());
        until_received(&actor, 1).await;
        let patient = tokio::spawn({
            let supervisor = supervisor.clone();
            async move { supervisor.stop(Duration::from_secs(600)).await }
        });
        let refused = tokio::time::timeout(GRACE, async {
            loop {
                match supervisor.spawn(child()).await {
                    Ok(early) => early.kill(),
                    Err(error) => return error,
                }
            }
        });
        let refused = refused.await.expect("it answers while it stops");
        assert!(
            matches!(refused, SpawnError::SupervisorStopping),
            "{refused}"
        );
        assert_eq!(supervisor.exit_reason(), None, "it waits for a call");
        assert!(supervisor.children().await.unwrap() >= 1);
        // A longer time than the first changes nothing; a shorter one does.
        let longer = tokio::spawn({
            let supervisor = supervisor.clone();
            async move { supervisor.stop(Duration::from_secs(900)).await }
        });
        let soon = supervisor.stop(Duration::from_millis(10));
        let reason = tokio::time::timeout(GRACE, soon).await.expect("it hurries");
        assert_eq!(reason, ExitReason::Stopped);
        assert_eq!(patient.await.unwrap(), ExitReason::Stopped);
        assert_eq!(longer.await.unwrap(), ExitReason::Stopped);
        let lost = hanging.await.unwrap().unwrap_err();
        assert_eq!(lost, AskError::Unknown(ExitReason::Killed));
        assert_eq!(actor.wait().await, ExitReason::Stopped);
        assert_eq!(supervisor.children().await, Err(ExitReason::Stopped));
    });
}

#[test]
fn a_supervisor_that_stops_ends_with_its_last_running_call() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let supervisor = supervisor(&runtime, 5);
        let [one, two] = [
            supervisor.spawn(child()).await.unwrap(),
            supervisor.spawn(child()).await.unwrap(),
        ];
        let busy = tokio::spawn(one.ask::<()>("busy", &100).into_future());
        until_received(&one, 1).await;
        assert_eq!(supervisor.stop(GRACE).await, ExitReason::Stopped);
        assert_eq!(busy.await.unwrap(), Ok(()));
        assert_eq!(two.exit_reason(), Some(ExitReason::Stopped));
        assert_eq!(runtime.stats().isolates, 0);
    });
}

#[test]
fn supervisors_end_with_their_runtime() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let idle = supervisor(&runtime, 5);
        let calm = supervisor(&runtime, 5);
        let held_up = supervisor(&runtime, 5);
        let waits = runtime.supervisor().backoff(
            Backoff::default()
                .first(Duration::from_secs(600))
                .most(Duration::from_secs(600)),
        );
        let waits = waits.start();
        calm.spawn(child()).await.unwrap();
        let hangs = held_up.spawn(child()).await.unwrap();
        let hanging = tokio::spawn(hangs.ask::<()>("hang", &()).into_future());
        until_received(&hangs, 1).await;
        let failed = waits.spawn(child()).await.unwrap();
        failed.kill();
        while runtime.stats().isolates > 2 {
            tokio::task::yield_now().await;
        }
        let late = tokio::spawn(failed.ask::<u32>("next", &()).into_future());
        let watch = calm.watch();
        runtime
            .shutdown(Duration::from_millis(50))
            .await
            .expect_err("one is killed");
        for (name, supervisor) in [
            ("idle", idle),
            ("calm", calm),
            ("held up", held_up),
            ("waits", waits),
        ] {
            assert_eq!(
                supervisor.exit_reason(),
                Some(ExitReason::Shutdown),
                "{name}"
            );
            assert_eq!(supervisor.children().await, Err(ExitReason::Shutdown));
            let refused = supervisor.spawn(child()).await.unwrap_err();
            assert!(
                matches!(refused, SpawnError::Start(ExitReason::Shutdown)),
                "{refused}"
            );
        }
        assert_eq!(watch.await, ExitReason::Shutdown);
        assert!(hanging.await.unwrap().is_err());
        assert!(late.await.unwrap().is_err());
        assert!(failed.exit_reason().is_some());
        let after = supervisor(&runtime, 5);
        assert_eq!(after.watch().await, ExitReason::Shutdown);
    });
}
