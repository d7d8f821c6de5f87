//! What `docs/promises.md` promises, under chance: each test kills, stops and floods by a seed that
//! it prints. `NANO_SEED=n` repeats a run's choices.

use std::time::{Duration, Instant};

use nano::proto::Undelivered;
use nano::{
    ActorRef, ActorSpec, AskError, Backoff, ChildSpec, ExitReason, Limits, MayHaveRun, Restart,
    Runtime, Supervisor,
};

const GRACE: Duration = Duration::from_secs(20);

/// Chance by a seed (splitmix64).
pub struct Chance(u64);

impl Chance {
    pub fn new(test: &str) -> Self {
        let given = std::env::var("NANO_SEED")
            .ok()
            .and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| {
            use std::hash::{BuildHasher, Hasher};
            std::hash::RandomState::new().build_hasher().finish()
        });
        println!("{test}: NANO_SEED={seed}");
        Self(seed)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

fn runtime() -> Runtime {
    Runtime::builder()
        .isolate_threads(2)
        .warm_spares(4)
        .build()
        .unwrap()
}

const RECORDER: &str = "
  const seen = {};
  let out = 0;
  export function note([sender, n]) {
    const last = seen[sender] ?? -1;
    if (n <= last) out++;
    seen[sender] = n;
  }
  export const wrong = () => out;
  export const last = () => seen;
";

const SENDER: &str = "
  import { lookup } from 'nano:actor';
  export async function flood([me, count, viaAsk]) {
    // Two references to one receiver keep one order.
    const refs = [lookup('recorder'), lookup('recorder')];
    const asks = [];
    for (let n = 0; n < count; n++) {
      const to = refs[(n * 7 + me) % 2];
      if (n % viaAsk === 0) asks.push(to.ask('note', [me, n]));
      else to.tell('note', [me, n]);
      if (n % 37 === 0) await null;
    }
    await Promise.all(asks);
  }
";

#[test]
fn messages_of_one_sender_arrive_in_order_through_a_small_mailbox() {
    let mut chance = Chance::new("order");
    let runtime = runtime();
    runtime.block_on(async {
        let small = Limits::default().with_mailbox(1 + chance.below(5));
        let recorder = runtime
            .spawn(ActorSpec::source(RECORDER).limits(small))
            .await
            .unwrap();
        recorder.register("recorder").unwrap();
        let mut floods = Vec::new();
        let mut expected = Vec::new();
        for me in 0..4 {
            let sender = runtime.spawn(ActorSpec::source(SENDER)).await.unwrap();
            let count = 200 + chance.below(300);
            expected.push(count - 1);
            let asked = (me, count, 2 + chance.below(20));
            floods.push(tokio::spawn(
                sender.ask::<()>("flood", &asked).into_future(),
            ));
        }
        for me in 4..6 {
            let (recorder, count) = (recorder.clone(), 200 + chance.below(300));
            expected.push(count - 1);
            floods.push(tokio::spawn(async move {
                for n in 0..count {
                    recorder.tell("note", &(me, n)).await?;
                }
                Ok(())
            }));
        }
        for flood in floods {
            flood.await.unwrap().unwrap();
        }
        let all = async {
            loop {
                let last: std::collections::HashMap<String, u64> =
                    recorder.ask("last", &()).await.unwrap();
                if expected
                    .iter()
                    .enumerate()
                    .all(|(me, n)| last.get(&me.to_string()) == Some(n))
                {
                    return;
                }
            }
        };
        tokio::time::timeout(GRACE, all)
            .await
            .expect("every message arrives");
        assert_eq!(recorder.ask::<u32>("wrong", &()).await, Ok(0));
    });
}

const COUNTER: &str = "
  const seen = new Map();
  export const mark = (n) => { seen.set(n, (seen.get(n) ?? 0) + 1) };
  export const most = () => Math.max(0, ...seen.values());
  export const spin = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
  export const hang = () => new Promise(() => {});
  export const echo = (x) => x;
  export const fail = () => { throw new Error('no') };
  export const later = (ms) => new Promise((done) => setTimeout(done, ms));
  // V8 looks at no termination meanwhile.
  export const stick = (length) => Array.prototype.lastIndexOf.call({ length }, 1);
";

fn supervised(runtime: &Runtime, seed: u64) -> Supervisor {
    runtime
        .supervisor()
        .limit(1_000, Duration::from_secs(60))
        .backoff(
            Backoff::default()
                .first(Duration::from_millis(1))
                .most(Duration::from_millis(5)),
        )
        .seed(seed)
        .start()
}

#[test]
fn a_tell_runs_at_most_once_even_where_its_mailbox_outlives_the_isolate() {
    let mut chance = Chance::new("at most once");
    let runtime = runtime();
    runtime.block_on(async {
        let marks = runtime.spawn(ActorSpec::source(COUNTER)).await.unwrap();
        marks.register("marks").unwrap();
        let forward = "
      import { lookup } from 'nano:actor';
      const marks = lookup('marks');
      export const pass = (n) => marks.tell('mark', n);
    ";
        let supervisor = supervised(&runtime, chance.below(u64::MAX));
        let child = ChildSpec::new(ActorSpec::source(forward)).restart(Restart::Always);
        let actor = supervisor.spawn(child).await.unwrap();
        for n in 0..2_000u32 {
            actor.tell("pass", &n).await.unwrap();
            if chance.below(100) == 0 {
                actor.kill();
            }
        }
        // Behind all of them; the last kill may take it along.
        while actor.ask::<()>("pass", &2_000).await.is_err() {}
        assert!(marks.ask::<u32>("most", &()).await.unwrap() <= 1);
        let restarts = actor.stats().await.unwrap().restarts;
        assert!(restarts > 0, "2,000 draws of one in a hundred");
    });
}

/// An isolate that is supervised, or not.
async fn counter(
    runtime: &Runtime,
    supervisor: &Supervisor,
    chance: &mut Chance,
    limits: Limits,
) -> ActorRef {
    let spec = ActorSpec::source(COUNTER).limits(limits);
    let started = match chance.below(2) {
        0 => runtime.spawn(spec).await,
        _ => supervisor.spawn(spec).await,
    };
    started.expect("starts")
}

#[test]
fn an_ask_always_ends_whatever_happens_to_the_isolate() {
    let mut chance = Chance::new("an ask ends");
    let runtime = runtime();
    runtime.block_on(async {
        let limits = Limits::default()
            .with_mailbox(8)
            .with_wall_ms_per_call(1_000)
            .with_cpu_ms_per_call(200);
        let mut asks = Vec::new();
        for round in 0..12 {
            let supervisor = supervised(&runtime, round);
            let actor = counter(&runtime, &supervisor, &mut chance, limits).await;
            for _ in 0..30 {
                let timeout = Duration::from_millis(1 + chance.below(400));
                let ask = match chance.below(6) {
                    0 => actor.ask::<Option<u64>>("hang", &()),
                    1 => actor.ask("spin", &chance.below(20)),
                    2 => actor.ask("fail", &()),
                    3 => actor.ask("later", &chance.below(50)),
                    4 => actor.ask("missing", &()),
                    _ => actor.ask("echo", &chance.below(9)),
                };
                let ask = if chance.below(2) == 0 {
                    ask.timeout(timeout)
                } else {
                    ask
                };
                asks.push(tokio::spawn(ask.into_future()));
                if chance.below(10) == 0 {
                    tokio::task::yield_now().await;
                }
            }
            match chance.below(4) {
                0 => actor.kill(),
                1 => drop(tokio::spawn(async move {
                    actor.stop(Duration::from_millis(20)).await
                })),
                2 => drop(tokio::spawn(async move {
                    supervisor.stop(Duration::ZERO).await
                })),
                _ => {}
            }
        }
        let began = Instant::now();
        let mut ends = [0; 2];
        for ask in asks {
            let outcome = tokio::time::timeout(GRACE, ask)
                .await
                .expect("an ask ends")
                .unwrap();
            ends[usize::from(outcome.is_err())] += 1;
        }
        println!(
            "{} replies, {} errors in {:?}",
            ends[0],
            ends[1],
            began.elapsed()
        );
        runtime.shutdown(GRACE).await.unwrap();
    });
}

#[test]
fn no_ask_is_open_when_a_shutdown_has_returned_whatever_happened() {
    let mut chance = Chance::new("shutdown");
    let runtime = runtime();
    runtime.block_on(async {
        // Nothing but its isolate's end bounds an ask.
        let limits = Limits::default()
            .with_mailbox(4)
            .with_wall_ms_per_call(Limits::NONE)
            .with_cpu_ms_per_call(Limits::NONE)
            .with_cpu_ms_per_turn(Limits::NONE);
        let mut asks = Vec::new();
        for round in 0..10 {
            let supervisor = supervised(&runtime, round);
            let actor = counter(&runtime, &supervisor, &mut chance, limits).await;
            for _ in 0..20 {
                // Up to six seconds, some longer than it takes to give a thread up.
                let length = 1 << (26 + chance.below(5));
                let ask = match chance.below(6) {
                    0 => actor.ask::<Option<u64>>("hang", &()),
                    1 if chance.below(6) == 0 => actor.ask("stick", &length),
                    2 => actor.ask("later", &chance.below(50)),
                    _ => actor.ask("echo", &chance.below(9)),
                };
                asks.push(tokio::spawn(ask.into_future()));
                if chance.below(5) == 0 {
                    tokio::time::sleep(Duration::from_millis(chance.below(4))).await;
                }
            }
            match chance.below(4) {
                0 => actor.kill(),
                1 => drop(tokio::spawn(async move {
                    actor.stop(Duration::from_millis(20)).await
                })),
                2 => drop(tokio::spawn(async move {
                    supervisor.stop(Duration::from_millis(20)).await
                })),
                _ => {}
            }
        }
        let grace = Duration::from_millis(chance.below(400));
        println!("{:?} after {grace:?}", runtime.shutdown(grace).await);
        for ask in asks {
            // The tasks that wait need a moment to see it.
            let ended = tokio::time::timeout(Duration::from_secs(1), ask).await;
            let _ = ended.expect("an ask ends with the runtime").unwrap();
        }
        assert_eq!(runtime.stats().isolates, 0);
    });
}

#[test]
fn a_watch_fires_exactly_once_with_the_reason_and_behind_every_reply() {
    let mut chance = Chance::new("watch");
    let runtime = runtime();
    runtime.block_on(async {
        let watcher = "
      import { lookup } from 'nano:actor';
      let fired = [];
      export function start(name) {
        const actor = lookup(name);
        const order = [];
        actor.ask('hang').catch(() => order.push('reply'));
        actor.watch().then((reason) => { order.push(reason); fired.push(order) });
      }
      export const result = () => fired;
    ";
        let watcher = runtime.spawn(ActorSpec::source(watcher)).await.unwrap();
        let mut expected = Vec::new();
        for round in 0..20 {
            let name = format!("watched-{round}");
            let actor = runtime.spawn(ActorSpec::source(COUNTER)).await.unwrap();
            actor.register(&name).unwrap();
            watcher.ask::<()>("start", &name).await.unwrap();
            // The watcher's own ask has begun, or at least lies in the mailbox.
            let futures: Vec<_> = (0..1 + chance.below(5)).map(|_| actor.watch()).collect();
            let late = match chance.below(3) {
                0 => {
                    actor.kill();
                    ExitReason::Killed
                }
                1 => {
                    // The ask that hangs does not let it end in time.
                    assert_eq!(
                        actor.stop(Duration::from_millis(chance.below(3))).await,
                        ExitReason::Killed
                    );
                    ExitReason::Killed
                }
                _ => {
                    let spinning = tokio::spawn(actor.ask::<()>("spin", &5_000).into_future());
                    tokio::task::yield_now().await;
                    actor.kill();
                    assert!(spinning.await.unwrap().is_err());
                    ExitReason::Killed
                }
            };
            for watch in futures {
                assert_eq!(
                    tokio::time::timeout(GRACE, watch).await.expect("told"),
                    late
                );
            }
            assert_eq!(actor.watch().await, late, "a late watch is told at once");
            expected.push(vec!["reply".to_owned(), late.to_string()]);
        }
        let all = async {
            loop {
                let fired: Vec<Vec<String>> = watcher.ask("result", &()).await.unwrap();
                if fired.len() >= expected.len() {
                    return fired;
                }
            }
        };
        let fired = tokio::time::timeout(GRACE, all)
            .await
            .expect("each watch fires");
        assert_eq!(fired, expected, "once each, behind the reply");
    });
}

#[test]
fn restarts_are_bounded_then_escalate() {
    let mut chance = Chance::new("restarts");
    let runtime = runtime();
    runtime.block_on(async {
        for _ in 0..5 {
            let most = chance.below(6) as u32;
            let supervisor = runtime
                .supervisor()
                .limit(most, GRACE)
                .backoff(Backoff::NONE)
                .start();
            let mut children = Vec::new();
            for _ in 0..3 {
                let child = ChildSpec::new(ActorSpec::source(COUNTER)).restart(Restart::Always);
                children.push(supervisor.spawn(child).await.unwrap());
            }
            let told = supervisor.watch();
            let mut kills = 0;
            while supervisor.exit_reason().is_none() && kills < 10_000 {
                let victim = &children[chance.below(3) as usize];
                victim.kill();
                kills += 1;
                // A restart, or the end.
                let _ = victim.ask::<u32>("echo", &1).await;
            }
            let exhausted = ExitReason::RestartsExhausted {
                restarts: most,
                within_ms: GRACE.as_millis() as u64,
            };
            assert_eq!(
                tokio::time::timeout(GRACE, told)
                    .await
                    .expect("it gives up"),
                exhausted
            );
            for child in children {
                assert_eq!(child.wait().await, exhausted);
            }
        }
        assert_eq!(runtime.stats().isolates, 0);
    });
}

async fn ask_in_time(actor: &ActorRef) -> Duration {
    let began = Instant::now();
    assert_eq!(actor.ask::<u32>("echo", &7).await, Ok(7));
    began.elapsed()
}

#[test]
fn neighbours_answer_while_others_loop_flood_and_die() {
    let mut chance = Chance::new("neighbours");
    let runtime = Runtime::builder()
        .isolate_threads(1)
        .warm_spares(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        let neighbour = runtime.spawn(ActorSpec::source(COUNTER)).await.unwrap();
        let limits = Limits::default()
            .with_cpu_ms_per_call(600)
            .with_cpu_ms_per_turn(600);
        let mut waits = Vec::new();
        for _ in 0..4 {
            let bad = runtime
                .spawn(ActorSpec::source(COUNTER).limits(limits))
                .await
                .unwrap();
            let spin = tokio::spawn(bad.ask::<()>("spin", &60_000).into_future());
            while bad.stats().await.unwrap().messages_in == 0 {}
            for n in 0..chance.below(500) {
                drop(bad.try_tell("mark", &n));
            }
            for _ in 0..10 {
                waits.push(ask_in_time(&neighbour).await);
            }
            if chance.below(2) == 0 {
                bad.kill();
            }
            let lost = spin.await.unwrap().unwrap_err();
            assert_ne!(lost.may_have_run(), MayHaveRun::No, "{lost}");
            bad.wait().await;
        }
        waits.sort_unstable();
        println!(
            "median {:?}, longest {:?}",
            waits[waits.len() / 2],
            waits[waits.len() - 1]
        );
        assert!(waits[waits.len() / 2] < Duration::from_millis(100));
        assert!(waits[waits.len() - 1] < Duration::from_secs(1));
        let stats = runtime.stats();
        assert!(
            stats.migrations + stats.spare_threads > 0,
            "the only thread was stuck: {stats:?}"
        );
    });
}

#[test]
fn a_message_to_an_isolate_that_has_ended_says_so_and_comes_back() {
    let runtime = runtime();
    runtime.block_on(async {
        let actor = runtime.spawn(ActorSpec::source(COUNTER)).await.unwrap();
        actor.kill();
        assert_eq!(actor.wait().await, ExitReason::Killed);
        for error in [
            actor.tell("echo", "back").await.unwrap_err(),
            actor.ask::<String>("echo", "back").await.unwrap_err(),
            actor.try_tell("echo", "back").unwrap_err(),
        ] {
            assert_eq!(error.may_have_run(), MayHaveRun::No);
            let AskError::NotDelivered {
                why: Undelivered::NotRunning(Some(reason)),
                value,
            } = error
            else {
                panic!("{error:?}")
            };
            assert_eq!(*reason, ExitReason::Killed);
            assert_eq!(nano::from_value::<String>(&value.unwrap()).unwrap(), "back");
        }
    });
}

#[test]
fn asks_end_when_the_runtime_is_dropped_under_them() {
    let outside = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let mut chance = Chance::new("dropped runtime");
    for _ in 0..5 {
        let runtime = runtime();
        let limits = Limits::default().with_mailbox(4);
        let (plain, child) = runtime.block_on(async {
            let supervisor = supervised(&runtime, 1);
            let spec = ActorSpec::source(COUNTER).limits(limits);
            (
                runtime.spawn(spec.clone()).await.unwrap(),
                supervisor.spawn(spec).await.unwrap(),
            )
        });
        outside.block_on(async {
            let mut asks = Vec::new();
            for _ in 0..20 {
                let actor = if chance.below(2) == 0 { &plain } else { &child };
                let ask = match chance.below(3) {
                    0 => actor.ask::<Option<u64>>("hang", &()),
                    1 => actor.ask("spin", &chance.below(30)),
                    _ => actor.ask("echo", &1),
                };
                asks.push(tokio::spawn(ask.into_future()));
            }
            tokio::task::yield_now().await;
            if chance.below(2) == 0 {
                child.kill();
            }
            drop(runtime);
            for ask in asks {
                // Ends in whatever way it likes.
                let _ = tokio::time::timeout(GRACE, ask)
                    .await
                    .expect("an ask ends")
                    .unwrap();
            }
            for actor in [plain, child] {
                tokio::time::timeout(GRACE, actor.watch())
                    .await
                    .expect("told");
            }
        });
    }
}
