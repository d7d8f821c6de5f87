//! Children that are started again together: who is, in what order, and what of that counts.

use std::time::Duration;

use nano::proto::Undelivered;
use nano::{
    ActorRef, ActorSpec, AskError, Backoff, ChildSpec, ExitReason, Restart, Runtime, SpawnError,
    Strategy, Supervisor, SupervisorBuilder,
};

use crate::callee::{GRACE, until_received};
use crate::one_thread;
use crate::promises::Chance;
use crate::supervise::restarted;

/// Notes who starts, and holds starts up.
const LOG: &str = "
  const said = [], starts = {}, gates = {};
  export const begin = async (name) => {
    said.push(name + ' begins');
    const start = starts[name] = (starts[name] ?? 0) + 1;
    await gates[name]?.promise;
    return start;
  };
  export const ready = (name) => { said.push(name + ' ready') };
  export const shut = (name) => { gates[name] = Promise.withResolvers() };
  export const open = (name) => { gates[name].resolve(); delete gates[name] };
  export const take = () => said.splice(0);
  export const began = (name) => starts[name] ?? 0;
";

/// A module that tells the log when it begins and when it is ready, and whose start of the number `fails` fails.
pub fn module(name: &str, fails: u32) -> ActorSpec {
    ActorSpec::source(format!(
        "
  import {{ lookup }} from 'nano:actor';
  if (await lookup('log').ask('begin', '{name}') === {fails}) throw new Error('no');
  await lookup('log').ask('ready', '{name}');
  let n = 0;
  export const next = () => ++n;
  export const spin = (ms) => {{ const end = performance.now() + ms; while (performance.now() < end); }};
"
    ))
}

pub fn child(name: &str) -> ChildSpec {
    ChildSpec::new(module(name, 0))
}

/// The log, under its name.
pub async fn log(runtime: &Runtime) -> ActorRef {
    let log = runtime.spawn(ActorSpec::source(LOG)).await.unwrap();
    log.register("log").unwrap();
    log
}

pub async fn said(log: &ActorRef) -> Vec<String> {
    log.ask("take", &()).await.unwrap()
}

/// Waits until `name` has begun for the time `times`.
pub async fn began(log: &ActorRef, name: &str, times: u32) {
    let begins = async { while log.ask::<u32>("began", name).await.unwrap() < times {} };
    let begins = tokio::time::timeout(GRACE, begins);
    begins.await.expect("it begins");
}

pub fn together(runtime: &Runtime, strategy: Strategy, restarts: u32) -> SupervisorBuilder {
    runtime
        .supervisor()
        .strategy(strategy)
        .limit(restarts, Duration::from_secs(600))
        .backoff(Backoff::NONE)
}

/// Children a, b and c in this order, each of which has counted to one.
async fn three(supervisor: &Supervisor) -> [ActorRef; 3] {
    let mut children = Vec::new();
    for name in ["a", "b", "c"] {
        let child = supervisor.spawn(child(name)).await.unwrap();
        assert_eq!(next(&child).await, 1);
        children.push(child);
    }
    children.try_into().expect("three")
}

/// Counts on, in whatever incarnation lives.
async fn next(child: &ActorRef) -> u32 {
    let asked = tokio::time::timeout(GRACE, child.ask::<u32>("next", &()).into_future());
    asked.await.expect("it answers").unwrap()
}

#[test]
fn one_for_all_starts_all_in_order_each_when_the_one_before_is_ready() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let log = log(&runtime).await;
        let supervisor = together(&runtime, Strategy::OneForAll, 5).start();
        let children = three(&supervisor).await;
        let all = [
            "a begins", "a ready", "b begins", "b ready", "c begins", "c ready",
        ];
        assert_eq!(said(&log).await, all);
        for (round, victim) in (1..).zip([1, 0, 2]) {
            children[victim].kill();
            restarted(&children[2], round).await;
            for child in &children {
                assert_eq!(next(child).await, 1, "a fresh heap");
                assert_eq!(child.stats().await.unwrap().restarts, round);
            }
            assert_eq!(said(&log).await, all);
        }
    });
}

#[test]
fn rest_for_one_starts_those_that_came_later() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let log = log(&runtime).await;
        let supervisor = together(&runtime, Strategy::RestForOne, 5).start();
        let [a, b, c] = three(&supervisor).await;
        said(&log).await;
        b.kill();
        restarted(&c, 1).await;
        assert_eq!((next(&a).await, next(&b).await, next(&c).await), (2, 1, 1));
        let two = ["b begins", "b ready", "c begins", "c ready"];
        assert_eq!(said(&log).await, two);
        c.kill();
        restarted(&c, 2).await;
        assert_eq!((next(&a).await, next(&b).await, next(&c).await), (3, 2, 1));
        assert_eq!(said(&log).await, ["c begins", "c ready"]);
    });
}

#[test]
fn an_end_without_a_restart_concerns_no_other_child() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let _log = log(&runtime).await;
        let supervisor = together(&runtime, Strategy::OneForAll, 5).start();
        let [a, b, c] = three(&supervisor).await;
        let never = child("never").restart(Restart::Never);
        let never = supervisor.spawn(never).await.unwrap();
        never.kill();
        assert_eq!(never.wait().await, ExitReason::Killed);
        assert_eq!(b.stop(GRACE).await, ExitReason::Stopped);
        let brief = ChildSpec::new(ActorSpec::source("").ends_when_quiescent(true));
        let brief = supervisor.spawn(brief).await.unwrap();
        assert_eq!(brief.wait().await, ExitReason::Normal);
        assert_eq!(supervisor.children().await, Ok(2));
        assert_eq!((next(&a).await, next(&c).await), (2, 2));
    });
}

#[test]
fn who_is_never_restarted_or_was_stopped_stays_down_with_the_others() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let log = log(&runtime).await;
        let supervisor = together(&runtime, Strategy::OneForAll, 5).start();
        let [a, b, c] = three(&supervisor).await;
        let never = child("never").restart(Restart::Never);
        let never = supervisor.spawn(never).await.unwrap();
        assert_eq!(b.stop(GRACE).await, ExitReason::Stopped);
        said(&log).await;
        a.kill();
        assert_eq!(never.wait().await, ExitReason::Killed);
        restarted(&c, 1).await;
        assert_eq!(next(&c).await, 1);
        let two = ["a begins", "a ready", "c begins", "c ready"];
        assert_eq!(said(&log).await, two);
        assert_eq!(b.exit_reason(), Some(ExitReason::Stopped));
        assert_eq!(supervisor.children().await, Ok(2));
    });
}

#[test]
fn who_is_stopped_while_the_others_start_stays_down() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let log = log(&runtime).await;
        let supervisor = together(&runtime, Strategy::OneForAll, 5).start();
        let [a, b, c] = three(&supervisor).await;
        log.ask::<()>("shut", "a").await.unwrap();
        said(&log).await;
        c.kill();
        began(&log, "a", 2).await;
        // It waits for its turn.
        let stopped = tokio::time::timeout(GRACE, b.stop(Duration::from_secs(600)));
        assert_eq!(stopped.await.expect("at once"), ExitReason::Stopped);
        assert_eq!(supervisor.children().await, Ok(2));
        log.ask::<()>("open", "a").await.unwrap();
        restarted(&c, 1).await;
        assert_eq!(next(&c).await, 1);
        let two = ["a begins", "a ready", "c begins", "c ready"];
        assert_eq!(said(&log).await, two);
        assert_eq!(next(&a).await, 1);
    });
}

#[test]
fn ends_at_the_same_time_are_one_restart_and_lose_no_child() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let log = log(&runtime).await;
        let supervisor = together(&runtime, Strategy::OneForAll, 3).start();
        let children = three(&supervisor).await;
        said(&log).await;
        for round in 1..=3 {
            // The end of one is that of all, whomever the supervisor hears of first.
            children[0].link(&children[1]).unwrap();
            children[0].link(&children[2]).unwrap();
            children[round as usize - 1].kill();
            for child in &children {
                restarted(child, round).await;
                assert_eq!(next(child).await, 1);
            }
            assert_eq!(said(&log).await.len(), 6, "each has begun once");
        }
        children[0].kill();
        let exhausted = ExitReason::RestartsExhausted {
            restarts: 3,
            within_ms: 600_000,
        };
        assert_eq!(supervisor.watch().await, exhausted);
        for child in children {
            assert_eq!(child.wait().await, exhausted);
        }
        assert_eq!(runtime.stats().isolates, 1, "the log");
    });
}

#[test]
fn mailboxes_are_kept_as_in_any_restart() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let _log = log(&runtime).await;
        let supervisor = together(&runtime, Strategy::OneForAll, 5).start();
        let first = supervisor.spawn(child("first")).await.unwrap();
        let keeps = supervisor.spawn(child("keeps")).await.unwrap();
        let loses = child("loses").keeps_mailbox(false);
        let loses = supervisor.spawn(loses).await.unwrap();
        let (mut begun, mut waiting) = (Vec::new(), Vec::new());
        for actor in [&keeps, &loses] {
            let received = actor.stats().await.unwrap().messages_in;
            begun.push(tokio::spawn(
                actor.ask::<()>("spin", &600_000).into_future(),
            ));
            until_received(actor, received + 1).await;
            waiting.push(tokio::spawn(actor.ask::<u32>("next", &()).into_future()));
            while actor.stats().await.unwrap().mailbox_depth < 1 {}
        }
        first.kill();
        for asked in begun {
            let unknown = Err(AskError::Unknown(ExitReason::Killed));
            assert_eq!(asked.await.unwrap(), unknown);
        }
        let mut replies = Vec::new();
        for asked in waiting {
            replies.push(asked.await.unwrap());
        }
        let lost = replies.pop().unwrap();
        let not_delivered = matches!(
            lost,
            Err(AskError::NotDelivered {
                why: Undelivered::NotRunning(_),
                ..
            })
        );
        assert!(not_delivered, "{lost:?}");
        assert_eq!(replies, [Ok(1)], "on a fresh heap");
        restarted(&loses, 1).await;
        assert_eq!(next(&loses).await, 1);
    });
}

#[test]
fn a_start_that_fails_among_the_others_is_a_failure_like_any_other() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let log = log(&runtime).await;
        let all = ["a begins", "a ready", "b begins"];
        let rest = ["b begins", "b ready", "c begins", "c ready"];
        let anew = ["a begins", "a ready"];
        for (strategy, then) in [
            (Strategy::OneForAll, [&anew[..], &rest].concat()),
            (Strategy::RestForOne, rest.to_vec()),
        ] {
            for limit in [1, 2] {
                let supervisor = together(&runtime, strategy, limit).start();
                let name = |of: &str| format!("{of}{limit}{strategy:?}");
                let a = supervisor.spawn(child(&name("a"))).await.unwrap();
                let b = ChildSpec::new(module(&name("b"), 2));
                let b = supervisor.spawn(b).await.unwrap();
                let c = supervisor.spawn(child(&name("c"))).await.unwrap();
                said(&log).await;
                a.kill();
                let mut expected = all.to_vec();
                if limit == 2 {
                    restarted(&c, 1).await;
                    assert_eq!((next(&b).await, next(&c).await), (1, 1));
                    assert_eq!(b.stats().await.unwrap().restarts, 2);
                    expected.extend(&then);
                } else {
                    let exhausted = ExitReason::RestartsExhausted {
                        restarts: 1,
                        within_ms: 600_000,
                    };
                    assert_eq!(c.wait().await, exhausted, "{strategy:?}");
                    assert_eq!(supervisor.watch().await, exhausted);
                }
                let suffix = name("");
                let said: Vec<_> = said(&log).await;
                let said: Vec<_> = said.iter().map(|said| said.replace(&suffix, "")).collect();
                assert_eq!(said, expected, "{strategy:?}, {limit}");
                supervisor.stop(GRACE).await;
            }
        }
    });
}

#[test]
fn a_failure_in_mid_restart_begins_it_anew() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let log = log(&runtime).await;
        let supervisor = together(&runtime, Strategy::OneForAll, 2).start();
        let [a, b, c] = three(&supervisor).await;
        log.ask::<()>("shut", "b").await.unwrap();
        said(&log).await;
        a.kill();
        began(&log, "b", 2).await;
        // It has been started again, b is being started, c waits.
        assert_eq!(next(&a).await, 1);
        a.kill();
        restarted(&a, 2).await;
        log.ask::<()>("open", "b").await.unwrap();
        restarted(&c, 1).await;
        for child in [&a, &b, &c] {
            assert_eq!(next(child).await, 1);
        }
        assert_eq!(c.stats().await.unwrap().restarts, 1);
        assert_eq!(supervisor.exit_reason(), None);
    });
}

#[test]
fn a_child_that_starts_while_another_fails_starts_anew_with_the_others() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let log = log(&runtime).await;
        let supervisor = together(&runtime, Strategy::OneForAll, 2).start();
        let [a, ..] = three(&supervisor).await;
        log.ask::<()>("shut", "late").await.unwrap();
        let late = tokio::spawn({
            let supervisor = supervisor.clone();
            async move { supervisor.spawn(child("late")).await }
        });
        began(&log, "late", 1).await;
        a.kill();
        began(&log, "late", 2).await;
        log.ask::<()>("open", "late").await.unwrap();
        let late = late.await.unwrap().expect("it starts");
        assert_eq!(next(&late).await, 1);
        assert_eq!(supervisor.children().await, Ok(4));
        // One that fails by itself has never been a child.
        let bad = supervisor.spawn(module("bad", 1)).await;
        assert!(
            matches!(bad, Err(SpawnError::Start(ExitReason::StartFailed(_)))),
            "{bad:?}"
        );
        assert_eq!(supervisor.children().await, Ok(4));
        assert_eq!(next(&late).await, 2);
    });
}

#[test]
fn a_stop_ends_a_restart_of_all_in_whatever_state_it_is() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let log = log(&runtime).await;
        for grace in [Duration::ZERO, Duration::from_secs(600)] {
            // While they wait.
            let backoff = Backoff::default()
                .first(Duration::from_secs(600))
                .most(Duration::from_secs(600));
            let supervisor = together(&runtime, Strategy::OneForAll, 5).backoff(backoff);
            let supervisor = supervisor.start();
            let [a, b, c] = three(&supervisor).await;
            a.kill();
            while runtime.stats().isolates > 1 {
                tokio::task::yield_now().await;
            }
            let waiting = tokio::spawn(b.ask::<u32>("next", &()).into_future());
            let stopped = tokio::time::timeout(GRACE, supervisor.stop(grace));
            assert_eq!(stopped.await.expect("at once"), ExitReason::Stopped);
            assert!(waiting.await.unwrap().is_err());
            for child in [a, b, c] {
                assert_eq!(child.exit_reason(), Some(ExitReason::Stopped));
            }
        }
        // While one is being started.
        let supervisor = together(&runtime, Strategy::OneForAll, 5).start();
        let [a, b, c] = three(&supervisor).await;
        let starts: u32 = log.ask("began", "b").await.unwrap();
        log.ask::<()>("shut", "b").await.unwrap();
        c.kill();
        began(&log, "b", starts + 1).await;
        let stopped = tokio::time::timeout(GRACE, supervisor.stop(Duration::ZERO));
        assert_eq!(stopped.await.expect("at once"), ExitReason::Stopped);
        for child in [a, b, c] {
            assert_eq!(child.exit_reason(), Some(ExitReason::Stopped));
        }
        assert_eq!(runtime.stats().isolates, 1, "the log");
    });
}

#[test]
fn a_shutdown_ends_a_restart_of_all() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let log = log(&runtime).await;
        let supervisor = together(&runtime, Strategy::RestForOne, 5).start();
        let [a, b, c] = three(&supervisor).await;
        log.ask::<()>("shut", "b").await.unwrap();
        a.kill();
        began(&log, "b", 2).await;
        let down = runtime.shutdown(Duration::from_millis(10));
        // The one that waits at the gate, and the log that holds it there, may have to be killed.
        let _ = tokio::time::timeout(GRACE, down).await.expect("it ends");
        assert_eq!(supervisor.exit_reason(), Some(ExitReason::Shutdown));
        for child in [a, b, c] {
            assert!(child.exit_reason().is_some());
        }
        assert_eq!(runtime.stats().isolates, 0);
    });
}

#[test]
fn whatever_ends_when_nobody_is_lost_or_started_twice() {
    let mut chance = Chance::new("together");
    let runtime = Runtime::builder()
        .isolate_threads(2)
        .warm_spares(4)
        .build()
        .unwrap();
    let source = "
      let n = 0;
      export const next = () => ++n;
      export const boom = () => { setTimeout(() => { throw new Error('boom') }, 0); };
    ";
    runtime.block_on(async {
        for round in 0..20 {
            let strategy = [
                Strategy::OneForOne,
                Strategy::OneForAll,
                Strategy::RestForOne,
            ][round % 3];
            let supervisor = together(&runtime, strategy, 10_000).seed(chance.below(u64::MAX));
            let supervisor = supervisor.start();
            let (mut lasting, mut passing) = (Vec::new(), Vec::new());
            for _ in 0..60 {
                let of = lasting.len() as u64 + 1;
                let some = lasting.get(chance.below(of) as usize).cloned();
                let some: Option<ActorRef> = some;
                match (chance.below(8), some) {
                    (0, _) | (_, None) if lasting.len() < 12 => {
                        let spec = ChildSpec::new(ActorSpec::source(source));
                        let spec = spec.restart([Restart::Always, Restart::OnFailure][round % 2]);
                        lasting.push(supervisor.spawn(spec).await.unwrap());
                    }
                    (1, _) => {
                        let spec = ChildSpec::new(ActorSpec::source(source));
                        // Its first start may be cut short.
                        let spawned = supervisor.spawn(spec.restart(Restart::Never)).await;
                        passing.extend(spawned);
                    }
                    (2, Some(victim)) => {
                        lasting.retain(|child| *child != victim);
                        passing.push(victim.clone());
                        tokio::spawn(async move { victim.stop(GRACE).await });
                    }
                    (3, Some(victim)) => {
                        // It may be gone before it is told.
                        let _ = victim.try_tell("boom", &());
                    }
                    (4, _) => tokio::task::yield_now().await,
                    (_, Some(victim)) => victim.kill(),
                    (_, None) => {}
                }
            }
            for child in &lasting {
                let answered = async {
                    while child.ask::<u32>("next", &()).await.is_err() {
                        tokio::task::yield_now().await;
                    }
                };
                let answered = tokio::time::timeout(GRACE, answered).await;
                answered.unwrap_or_else(|_| panic!("{strategy:?}: one is lost"));
            }
            for child in &passing {
                child.stop(GRACE).await;
            }
            // What is killed along with them ends, and all answer at last.
            let calm = async {
                while supervisor.children().await != Ok(lasting.len())
                    || runtime.stats().isolates != lasting.len() as u64
                {
                    tokio::task::yield_now().await;
                }
            };
            let calm = tokio::time::timeout(GRACE, calm).await;
            let isolates = runtime.stats().isolates;
            let of = lasting.len();
            calm.unwrap_or_else(|_| panic!("{strategy:?}: {isolates} isolates, {of} children"));
            assert_eq!(supervisor.stop(GRACE).await, ExitReason::Stopped);
            assert_eq!(runtime.stats().isolates, 0);
        }
    });
}
