//! Isolates inside a function of V8's that looks at no termination: whoever waits for them is told all the same,
//! and before those who watch.

use std::time::{Duration, Instant};

use nano::proto::Undelivered;
use nano::{
    ActorRef, ActorSpec, AskError, Backoff, ChildSpec, ExitReason, Limits, Restart, Runtime,
    SpawnError,
};

use crate::callee::{self, until_received};
use crate::one_thread;

/// Longer than it takes to give a thread up, shorter than what [`LONG`] stands for.
const GRACE: Duration = Duration::from_secs(9);

/// `stick(n)` takes a second for each 2^27 or so, on a fast machine. There is no event to wait for within it.
const SOURCE: &str = "
  export const stick = (length) => Array.prototype.lastIndexOf.call({ length }, 1);
  export const reply = (length) => ({ get slow() { stick(length) } });
  export const echo = (x) => x;
  export default { get lazy() { stick(2 ** 31) } };
";
const LONG: u64 = 1 << 31;

/// What would bound an ask.
fn unbounded() -> Limits {
    Limits::default()
        .with_wall_ms_per_call(Limits::NONE)
        .with_cpu_ms_per_call(Limits::NONE)
        .with_cpu_ms_per_turn(Limits::NONE)
}

async fn spawn(runtime: &Runtime) -> ActorRef {
    let spec = ActorSpec::source(SOURCE).limits(unbounded());
    runtime.spawn(spec).await.unwrap()
}

fn not_run(error: &AskError) -> bool {
    matches!(
        error,
        AskError::NotDelivered {
            why: Undelivered::NotRunning(_),
            ..
        }
    )
}

#[test]
fn asks_of_an_isolate_that_is_given_up_end_before_its_watch() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        for (entry, length) in [("stick", LONG), ("reply", LONG), ("lazy", LONG)] {
            let actor = spawn(&runtime).await;
            let begun = tokio::spawn(actor.ask::<()>(entry, &length).into_future());
            until_received(&actor, 1).await;
            let waiting = tokio::spawn(actor.ask::<u32>("echo", &1).into_future());
            tokio::time::sleep(Duration::from_millis(20)).await;
            actor.kill();
            let reason = tokio::time::timeout(GRACE, actor.watch()).await.unwrap();
            assert_eq!(reason, ExitReason::Killed, "{entry}");
            // The tasks that wait need a moment to see it.
            let soon = Duration::from_secs(1);
            let begun = tokio::time::timeout(soon, begun).await.expect(entry);
            assert_eq!(
                begun.unwrap(),
                Err(AskError::Unknown(ExitReason::Killed)),
                "{entry}"
            );
            let waiting = tokio::time::timeout(soon, waiting).await.expect(entry);
            assert!(not_run(&waiting.unwrap().unwrap_err()), "{entry}");
        }
        assert!(runtime.stats().lost_threads > 0);
    });
}

#[test]
fn an_isolate_that_is_given_up_takes_back_what_it_asked() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let asked = callee::named(&runtime, "asked").await;
        let asker = "
            import { lookup } from 'nano:actor';
            export async function f(length) {
                lookup('asked').ask('hang');
                await new Promise((done) => setTimeout(done, 50));
                Array.prototype.lastIndexOf.call({ length }, 1);
            }
        ";
        let asker = ActorSpec::source(asker).limits(unbounded());
        let asker = runtime.spawn(asker).await.unwrap();
        asker.tell("f", &LONG).await.unwrap();
        until_received(&asked, 1).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        asker.kill();
        assert_eq!(asker.wait().await, ExitReason::Killed);
        let aborts = async {
            while asked.ask::<Vec<String>>("aborted", &()).await.unwrap() != ["AbortError"] {}
        };
        let aborts = tokio::time::timeout(Duration::from_secs(2), aborts).await;
        aborts.expect("its call is taken back");
        assert!(runtime.stats().lost_threads > 0);
    });
}

#[test]
fn an_isolate_that_asks_one_that_is_given_up_hears_of_the_ask_before_the_watch() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let stuck = spawn(&runtime).await;
        stuck.register("stuck").unwrap();
        let asker = "
            import { lookup } from 'nano:actor';
            export async function f(length) {
                const stuck = lookup('stuck'), order = [];
                const note = (what) => (end) => order.push(what, end.code ?? end);
                const watch = stuck.watch().then(note('watch'));
                const asked = stuck.ask('stick', length).catch(note('begun'));
                await Promise.all([watch, asked, stuck.ask('echo').catch(note('waiting'))]);
                return order;
            }
        ";
        let asker = ActorSpec::source(asker).limits(unbounded());
        let asker = runtime.spawn(asker).await.unwrap();
        let order = tokio::spawn(asker.ask::<Vec<String>>("f", &LONG).into_future());
        until_received(&stuck, 1).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        stuck.kill();
        let order = tokio::time::timeout(GRACE, order).await.unwrap().unwrap();
        let expected = [
            "begun",
            "unknown",
            "waiting",
            "not_delivered",
            "watch",
            "killed",
        ];
        assert_eq!(order.unwrap(), expected);
    });
}

#[test]
fn what_waits_for_a_start_that_is_given_up_is_told() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let source = "
            import { register } from 'nano:actor';
            register('starting');
            await new Promise((go) => setTimeout(go, 50));
            Array.prototype.lastIndexOf.call({ length: 2 ** 31 }, 1);
        ";
        let spec = ActorSpec::source(source).limits(unbounded());
        let spawning = {
            let runtime = runtime.clone();
            tokio::spawn(async move { runtime.spawn(spec).await })
        };
        let actor = loop {
            match runtime.lookup("starting") {
                Some(actor) => break actor,
                None => tokio::task::yield_now().await,
            }
        };
        let held = tokio::spawn(actor.ask::<()>("any", &()).into_future());
        tokio::time::sleep(Duration::from_millis(100)).await;
        actor.kill();
        let spawned = tokio::time::timeout(GRACE, spawning).await.unwrap();
        let Err(SpawnError::Start(ExitReason::Killed)) = spawned.unwrap() else {
            panic!("it never starts")
        };
        let held = tokio::time::timeout(GRACE, held).await.unwrap();
        assert!(not_run(&held.unwrap().unwrap_err()));
    });
}

#[test]
fn a_call_that_had_not_begun_when_its_isolate_was_given_up_passes_to_the_next_incarnation() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let supervisor = runtime.supervisor().backoff(Backoff::NONE).start();
        let spec = ActorSpec::source(SOURCE).limits(unbounded());
        let child = ChildSpec::new(spec).restart(Restart::Always);
        let actor = supervisor.spawn(child).await.unwrap();
        // It comes back when its thread has been given up, with something else to handle.
        let begun = tokio::spawn(actor.ask::<()>("stick", &(LONG / 3)).into_future());
        until_received(&actor, 1).await;
        let waiting = tokio::spawn(actor.ask::<u32>("echo", &7).into_future());
        tokio::time::sleep(Duration::from_millis(20)).await;
        actor.kill();
        let waiting = tokio::time::timeout(GRACE, waiting).await.unwrap();
        assert_eq!(waiting.unwrap(), Ok(7));
        let begun = tokio::time::timeout(GRACE, begun).await.unwrap();
        assert_eq!(begun.unwrap(), Err(AskError::Unknown(ExitReason::Killed)));
        // Until the thread has come back.
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_eq!(actor.ask::<u32>("echo", &8).await, Ok(8));
        assert_eq!(actor.stats().await.unwrap().restarts, 1);
    });
}

#[test]
fn no_ask_is_open_when_a_shutdown_has_returned() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let stuck = spawn(&runtime).await;
        let behind = spawn(&runtime).await;
        let begun = tokio::spawn(stuck.ask::<()>("stick", &LONG).into_future());
        until_received(&stuck, 1).await;
        let asks = [
            begun,
            tokio::spawn(stuck.ask::<()>("echo", &()).into_future()),
            tokio::spawn(behind.ask::<()>("stick", &LONG).into_future()),
        ];
        tokio::time::sleep(Duration::from_millis(20)).await;
        runtime
            .shutdown(Duration::from_millis(50))
            .await
            .unwrap_err();
        assert_eq!(stuck.exit_reason(), Some(ExitReason::Shutdown));
        for ask in asks {
            let ended = tokio::time::timeout(Duration::from_millis(500), ask).await;
            assert!(ended.expect("it has ended").unwrap().is_err());
        }
    });
}

#[test]
fn figures_of_a_stuck_isolate_delay_neither_each_other_nor_a_stop() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        let minute = 60_000;
        let limits = Limits::default()
            .with_cpu_ms_per_call(minute)
            .with_cpu_ms_per_turn(minute);
        let source = "export const loop = () => { for (;;); };";
        let actor = runtime
            .spawn(ActorSpec::source(source).limits(limits))
            .await
            .unwrap();
        actor.tell("loop", &()).await.unwrap();
        while actor.last_stats().messages_in < 1 {
            tokio::task::yield_now().await;
        }
        let begun = Instant::now();
        let all: Vec<_> = (0..50)
            .map(|_| {
                let actor = actor.clone();
                tokio::spawn(async move { actor.stats().await.map(|_| ()) })
            })
            .collect();
        for figures in all {
            assert_eq!(figures.await.unwrap(), Ok(()));
        }
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(3), "{took:?}");

        let begun = Instant::now();
        let all: Vec<_> = (0..50)
            .map(|_| {
                let actor = actor.clone();
                tokio::spawn(async move { actor.stats().await.is_ok() })
            })
            .collect();
        // They stand before the stop.
        tokio::time::sleep(Duration::from_millis(20)).await;
        let reason = actor.stop(Duration::from_millis(100)).await;
        assert_eq!(reason, ExitReason::Killed);
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(3), "{took:?}");
        for figures in all {
            figures.await.unwrap();
        }
    });
}

/// Loops each of whose rounds is spent in a function of V8's own, in a function that is long besides: V8 would let
/// millions of rounds pass before it looked at a termination.
const BUSY_ROUNDS: [&str; 4] = [
    "const text = '[' + '1,'.repeat(1e4) + '1]'; for (;;) JSON.parse(text);",
    "for (;;) new ArrayBuffer(1e6);",
    "const text = 'ä'.repeat(1e5); for (;;) text.normalize('NFD');",
    "const text = 'AAAA'.repeat(1e4); do { Uint8Array.fromBase64(text); } while (true);",
];

#[test]
fn loops_over_functions_of_v8s_end_without_the_loss_of_their_thread() {
    let runtime = one_thread::runtime();
    let unused = "sum = sum * 3 + 1;\n".repeat(8_000);
    runtime.block_on(async {
        let cpu = Limits::default().with_cpu_ms_per_call(100);
        for body in BUSY_ROUNDS {
            let source = format!(
                "export const go = (never) => {{ let sum = 0; if (never) {{ {unused} }} {body} }}
                 export const go_on = async (never) => {{ let sum = 0; if (never) {{ {unused} }} await 1; {body} }}"
            );
            for entry in ["go", "go_on"] {
                let spec = ActorSpec::source(source.clone()).limits(cpu);
                let actor = runtime.spawn(spec).await.unwrap();
                let error = actor.ask::<()>(entry, &false).await.unwrap_err();
                let reason = tokio::time::timeout(GRACE, actor.watch()).await.unwrap();
                assert!(matches!(reason, ExitReason::Limit(_)), "{body}: {reason:?}");
                assert!(matches!(error, AskError::Limit(_)), "{body}: {error:?}");

                let spec = ActorSpec::source(source.clone()).limits(unbounded());
                let actor = runtime.spawn(spec).await.unwrap();
                let begun = tokio::spawn(actor.ask::<()>(entry, &false).into_future());
                until_received(&actor, 1).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
                actor.kill();
                let reason = tokio::time::timeout(GRACE, actor.watch()).await.unwrap();
                assert_eq!(reason, ExitReason::Killed, "{body}");
                begun.abort();
            }
        }
    });
    assert_eq!(runtime.stats().lost_threads, 0);
}
