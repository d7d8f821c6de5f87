//! When an ask is over: dropped, cancelled, past its deadline or its receiver's limit; and what it asked in turn.

use std::time::Duration;

use nano::{ActorRef, ActorSpec, AskError, ExitReason, Limits, MayHaveRun, Runtime};

use crate::callee::{GRACE, SOURCE, named, until_received};
use crate::one_thread;

/// What the first isolate of a [`chain`] is asked, so that it asks the second, and that the third.
const CHAIN: (&str, &str, (&str, &str, ())) = ("b", "via", ("c", "hang", ()));

async fn chain(runtime: &Runtime) -> [ActorRef; 3] {
    [
        named(runtime, "a").await,
        named(runtime, "b").await,
        named(runtime, "c").await,
    ]
}

/// Asks until the isolate answers as wanted.
async fn until_aborted(actor: &ActorRef, wanted: &[&str]) {
    let seen = async { while actor.ask::<Vec<String>>("aborted", &()).await.unwrap() != wanted {} };
    tokio::time::timeout(GRACE, seen)
        .await
        .expect("the call is aborted");
}

#[test]
fn a_dropped_ask_aborts_the_call_and_what_it_asked_in_turn() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let [first, second, third] = chain(&runtime).await;
        let ask = tokio::spawn(first.ask::<()>("via", &CHAIN).into_future());
        until_received(&third, 1).await;
        ask.abort();
        for actor in [&first, &second, &third] {
            until_aborted(actor, &["AbortError"]).await;
        }
    });
}

#[test]
fn an_isolate_that_ends_takes_back_what_it_asked() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        for end in ["kill", "stop", "fail", "spin"] {
            let [first, second, third] = chain(&runtime).await;
            let ask = tokio::spawn(first.ask::<()>("via", &CHAIN).into_future());
            until_received(&third, 1).await;
            match end {
                "kill" => second.kill(),
                "stop" => drop(second.stop(Duration::ZERO).await),
                _ => second.tell(end, &60_000).await.unwrap(),
            }
            let lost = ask.await.unwrap();
            assert!(lost.is_err(), "{end}: {lost:?}");
            until_aborted(&third, &["AbortError"]).await;
            for actor in [first, second, third] {
                actor.kill();
                actor.wait().await;
            }
        }
    });
}

#[test]
fn a_deadline_holds_for_all_that_a_call_asks() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let [first, second, third] = chain(&runtime).await;
        // Long enough for a loaded machine to have begun all three calls.
        let ask = first
            .ask::<()>("via", &CHAIN)
            .timeout(Duration::from_millis(1_500));
        let ask = tokio::spawn(ask.into_future());
        until_received(&third, 1).await;
        let late = ask.await.unwrap();
        assert!(
            matches!(late, Err(AskError::Timeout { started: true, .. })),
            "{late:?}"
        );
        for actor in [&first, &second, &third] {
            until_aborted(actor, &["TimeoutError"]).await;
        }
    });
}

#[test]
fn the_wall_limit_of_a_call_ends_it_and_the_isolate_lives() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        named(&runtime, "asker").await;
        let limits = Limits::default().with_wall_ms_per_call(50);
        let slow = runtime
            .spawn(ActorSpec::source(SOURCE).limits(limits))
            .await
            .unwrap();
        slow.register("slow").unwrap();
        slow.tell("hang", &()).await.unwrap();
        until_aborted(&slow, &["TimeoutError"]).await;
        let asker = runtime.lookup("asker").unwrap();
        assert_eq!(
            asker
                .ask::<String>("patient", &("slow", 60_000))
                .await
                .unwrap(),
            "TimeoutError"
        );
    });
}

#[test]
fn an_ask_from_javascript_ends_at_its_deadline_even_if_the_other_side_is_stuck() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let (asker, stuck) = (
            named(&runtime, "asker").await,
            named(&runtime, "stuck").await,
        );
        let spin = tokio::spawn(stuck.ask::<()>("spin", &900).into_future());
        until_received(&stuck, 1).await;
        assert_eq!(
            asker
                .ask::<String>("patient", &("stuck", 30))
                .await
                .unwrap(),
            "TimeoutError"
        );
        assert!(
            !spin.is_finished(),
            "the answer did not wait for the one that is stuck"
        );
        spin.await.unwrap().unwrap();
        assert_eq!(
            stuck.ask::<Vec<String>>("aborted", &()).await.unwrap(),
            [] as [&str; 0]
        );
    });
}

#[test]
fn a_cancelled_ask_in_the_mailbox_does_not_run_and_its_place_is_free() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let spec = ActorSpec::source(SOURCE).limits(Limits::default().with_mailbox(2));
        let actor = runtime.spawn(spec).await.unwrap();
        actor.register("busy").unwrap();
        let fickle = named(&runtime, "fickle").await;
        let spin = tokio::spawn(actor.ask::<()>("spin", &500).into_future());
        until_received(&actor, 1).await;
        let asked = tokio::spawn(actor.ask::<()>("run", &()).into_future());
        let depth = async { while actor.stats().await.unwrap().mailbox_depth < 1 {} };
        depth.await;
        assert_eq!(
            fickle.ask::<String>("fickle", "busy").await.unwrap(),
            "changed my mind"
        );
        asked.abort();
        assert!(asked.await.unwrap_err().is_cancelled());
        let full = actor.try_tell("run", &()).unwrap_err();
        assert_eq!(full.may_have_run(), MayHaveRun::No);
        spin.await.unwrap().unwrap();
        assert_eq!(actor.ask::<u32>("runs", &()).await, Ok(0));
        actor.try_tell("run", &()).unwrap();
        assert_eq!(actor.ask::<u32>("runs", &()).await, Ok(1));
    });
}

#[test]
fn an_ask_to_an_isolate_that_cannot_be_stopped_ends_at_its_wall_limit() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let limits = Limits::default()
            .with_wall_ms_per_call(300)
            .with_cpu_ms_per_call(Limits::NONE)
            .with_cpu_ms_per_turn(Limits::NONE);
        let stuck = "
            import { register } from 'nano:actor';
            register('stuck');
            export const stick = () => Array.prototype.lastIndexOf.call({ length: 2 ** 31 }, 1);
        ";
        let stuck = runtime
            .spawn(ActorSpec::source(stuck).limits(limits))
            .await
            .unwrap();
        let asker = "
            import { lookup } from 'nano:actor';
            export const f = () => lookup('stuck').ask('stick').catch((error) => error.name);
        ";
        let asker = runtime.spawn(ActorSpec::source(asker)).await.unwrap();
        let failed = tokio::time::timeout(Duration::from_secs(20), asker.ask::<String>("f", &()));
        assert_eq!(failed.await.unwrap().unwrap(), "TimeoutError");
        let ended = tokio::time::timeout(Duration::from_secs(20), async {
            stuck.kill();
            stuck.wait().await
        });
        assert_eq!(ended.await.unwrap(), ExitReason::Killed);
        assert_eq!(runtime.stats().lost_threads, 1);
    });
}

#[test]
fn getters_that_run_while_a_call_is_answered_are_the_calls() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let source = "
            import { self } from 'nano:actor';
            let signal;
            const is_mine = () => signal === self.signal && !signal.aborted;
            const begin = () => { signal = self.signal };
            const reply = () => ({ get mine() { return is_mine() } });
            const thrown = () => ({ name: 'E', get message() { return String(is_mine()) } });
            const rest = () => new Promise((done) => setTimeout(done, 1));
            export const at_once = () => { begin(); return reply() };
            export const in_a_microtask = async () => { await null; begin(); return reply() };
            export const after_a_rest = async () => { await rest(); begin(); return reply() };
            export const by_then = () => {
                begin();
                return { get then() { const mine = is_mine(); return (done) => done({ mine }) } };
            };
            export const in_then = () => { begin(); return { then(done) { done(reply()) } } };
            export const throws = () => { begin(); throw thrown() };
            export const rejects = async () => { await null; begin(); throw thrown() };
            export const rejects_later = async () => { await rest(); begin(); throw thrown() };";
        let actor = runtime.spawn(ActorSpec::source(source)).await.unwrap();
        #[derive(serde::Deserialize)]
        struct Reply {
            mine: bool,
        }
        let answers = [
            "at_once",
            "in_a_microtask",
            "after_a_rest",
            "by_then",
            "in_then",
        ];
        for entry in answers {
            let Reply { mine } = actor.ask(entry, &()).await.unwrap();
            assert!(mine, "{entry}");
        }
        for entry in ["throws", "rejects", "rejects_later"] {
            let Err(AskError::Threw(error)) = actor.ask::<()>(entry, &()).await else {
                panic!("{entry}")
            };
            assert_eq!(error.message, "true", "{entry}");
        }
    });
}
