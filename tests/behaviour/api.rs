//! Actors from Rust and from JavaScript: asks and their ends, costs, names, groups, links.

use std::time::Duration;

use nano::proto::Undelivered;
use nano::{
    ActorRef, ActorSpec, AskError, ExitReason, Limits, MayHaveRun, RegisterError, Runtime,
    ShutdownError, SpawnError,
};

const GRACE: Duration = Duration::from_secs(10);

const SOURCE: &str = "
  import { self, lookup } from 'nano:actor';
  let aborts = [], ran = 0;
  export const aborted = () => aborts;
  export const runs = () => ran;
  export const run = () => { ran++ };
  export const hang = () => new Promise(() => {
    const { signal } = self;
    signal.addEventListener('abort', () => aborts.push(signal.reason.name));
  });
  export const via = async ([name, next, argument]) => {
    const { signal } = self;
    signal.addEventListener('abort', () => aborts.push(signal.reason.name));
    await null;
    return await lookup(name).ask(next, argument);
  };
  export const patient = async ([name, timeout]) => {
    try { return await lookup(name).ask('hang', null, { timeout }); } catch (error) { return error.name }
  };
  export const fickle = async (name) => {
    const controller = new AbortController();
    const asked = lookup(name).ask('run', null, { signal: controller.signal });
    controller.abort(new Error('changed my mind'));
    try { return await asked; } catch (error) { return error.message }
  };
  export const spin = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
  export const wait = (ms) => new Promise((done) => setTimeout(done, ms, 'done'));
  export const hog = (n) => { globalThis.kept = new Array(n).fill(1.5); };
  export const buffers = async (n) => { let b = new ArrayBuffer(n); b = null; await null; };
  export const work = async (ms) => {
    await new Promise((done) => setTimeout(done, 1));
    spin(ms);
    await new Promise((done) => setTimeout(done, 30));
  };
  export const echo = (x) => x;
";

fn runtime() -> Runtime {
    Runtime::builder()
        .isolate_threads(1)
        .warm_spares(2)
        .build()
        .unwrap()
}

async fn named(runtime: &Runtime, name: &str) -> ActorRef {
    let actor = runtime
        .spawn(ActorSpec::source(SOURCE).name(name))
        .await
        .unwrap();
    actor.register(name).unwrap();
    actor
}

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

/// Waits until the isolate has taken so many messages.
async fn until_received(actor: &ActorRef, messages: u64) {
    let received = async { while actor.stats().await.unwrap().messages_in < messages {} };
    tokio::time::timeout(GRACE, received)
        .await
        .expect("the message arrives");
}

#[test]
fn a_dropped_ask_aborts_the_call_and_what_it_asked_in_turn() {
    let runtime = runtime();
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
fn a_deadline_holds_for_all_that_a_call_asks() {
    let runtime = runtime();
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
    let runtime = runtime();
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
    let runtime = runtime();
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
    let runtime = runtime();
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
fn a_full_mailbox_makes_tell_wait_and_keeps_the_order() {
    let runtime = runtime();
    runtime.block_on(async {
    let source = "const seen = []; export const add = (n) => { seen.push(n) };
      export const all = () => seen; export { spin };
      const spin = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };";
    let spec = ActorSpec::source(source).limits(Limits::default().with_mailbox(1));
    let actor = runtime.spawn(spec).await.unwrap();
    let spin = tokio::spawn(actor.ask::<()>("spin", &300).into_future());
    until_received(&actor, 1).await;
    actor.tell("add", &0).await.unwrap();
    let mut second = actor.tell("add", &1).into_future();
    let waits = tokio::time::timeout(Duration::from_millis(1), &mut second).await;
    assert!(waits.is_err(), "there is one place only");
    let why = actor.try_tell("add", &9).unwrap_err();
    let AskError::NotDelivered { why: Undelivered::MailboxFull { allowed: 1 }, value } = why else {
      panic!("{why:?}")
    };
    assert_eq!(nano::from_value::<u32>(&value.unwrap()).unwrap(), 9);
    second.await.unwrap();
    spin.await.unwrap().unwrap();
    for n in 2..50 {
      actor.tell("add", &n).await.unwrap();
    }
    assert_eq!(actor.ask::<Vec<u32>>("all", &()).await.unwrap(), (0..50).collect::<Vec<_>>());
  });
}

#[test]
fn a_receipt_charges_each_call_with_its_own_work() {
    let runtime = runtime();
    runtime.block_on(async {
        let actor = named(&runtime, "a").await;
        let idle = tokio::spawn(actor.ask::<String>("wait", &60).with_receipt());
        let ((), busy) = actor.ask::<()>("work", &40).with_receipt().await.unwrap();
        let (_, idle) = idle.await.unwrap().unwrap();
        let ms = Duration::from_millis;
        // A loaded machine gives the loop a part of its 40 ms only.
        assert!(busy.cpu >= ms(5) && busy.cpu <= busy.wall, "{busy:?}");
        assert!(busy.wall >= ms(70), "two timers and the loop: {busy:?}");
        assert_eq!(busy.operations, 2, "two timers: {busy:?}");
        assert!(
            idle.cpu < ms(4),
            "the other call's loop is not charged: {idle:?}"
        );
        assert!(idle.wall >= ms(60), "{idle:?}");
        assert_eq!(idle.operations, 1, "{idle:?}");
        // The first of the two is sent first.
        let (spin, queued) = tokio::join!(
            actor.ask::<()>("spin", &100).into_future(),
            actor.ask::<()>("run", &()).with_receipt()
        );
        spin.unwrap();
        let ((), queued) = queued.unwrap();
        assert!(
            queued.queued >= ms(90) && queued.wall < ms(90),
            "{queued:?}"
        );
        let ((), hog) = actor
            .ask::<()>("hog", &1_000_000)
            .with_receipt()
            .await
            .unwrap();
        assert!(hog.peak_heap_bytes >= 8_000_000, "{hog:?}");
        let ((), buffers) = actor
            .ask::<()>("buffers", &5_000_000)
            .with_receipt()
            .await
            .unwrap();
        assert!(buffers.peak_buffer_bytes >= 5_000_000, "{buffers:?}");
        assert!(queued.peak_buffer_bytes < 5_000_000, "{queued:?}");
    });
}

#[test]
fn statistics_have_fresh_figures_of_the_heap() {
    let runtime = runtime();
    runtime.block_on(async {
        let actor = named(&runtime, "a").await;
        let before = actor.stats().await.unwrap();
        assert!(before.heap_used_bytes > 0);
        actor.ask::<()>("hog", &1_000_000).await.unwrap();
        let after = actor.stats().await.unwrap();
        assert!(
            after.heap_used_bytes >= before.heap_used_bytes + 8_000_000,
            "{before:?} {after:?}"
        );
        assert_eq!(after.messages_in, 1);
        assert!(after.turns > before.turns && after.uptime > before.uptime);
        actor.kill();
        actor.wait().await;
        let gone = actor.stats().await.unwrap_err();
        assert_eq!(gone.may_have_run(), MayHaveRun::No);
    });
}

#[test]
fn an_isolate_can_be_stopped_and_killed_while_it_starts() {
    let runtime = runtime();
    runtime.block_on(async {
    for stop in [true, false] {
      let source =
        "import { register } from 'nano:actor'; register('starting'); await new Promise((go) => setTimeout(go, 1e9));";
      let starting = tokio::spawn({
        let runtime = runtime.clone();
        async move { runtime.spawn(ActorSpec::source(source)).await }
      });
      let actor = loop {
        if let Some(actor) = runtime.lookup("starting") {
          break actor;
        }
        tokio::task::yield_now().await;
      };
      let held = tokio::spawn(actor.ask::<()>("any", &()).into_future());
      until_received(&actor, 1).await;
      let reason = if stop {
        assert_eq!(actor.stop(GRACE).await, ExitReason::Stopped);
        ExitReason::Stopped
      } else {
        actor.kill();
        ExitReason::Killed
      };
      let Err(SpawnError::Start(why)) = starting.await.unwrap() else { panic!("it never starts") };
      assert_eq!(why, reason);
      let Err(AskError::NotDelivered { why: Undelivered::NotRunning(Some(why)), .. }) =
        held.await.unwrap()
      else {
        panic!("it never began")
      };
      assert_eq!(*why, reason);
      actor.wait().await;
      assert!(runtime.lookup("starting").is_none());
    }
  });
}

#[test]
fn a_kill_between_two_turns_holds() {
    let runtime = runtime();
    runtime.block_on(async {
        for _ in 0..50 {
            let actor = runtime.spawn(ActorSpec::source(SOURCE)).await.unwrap();
            assert_eq!(actor.ask::<u32>("echo", &1).await, Ok(1));
            actor.kill();
            let late = actor.ask::<u32>("echo", &2).await.unwrap_err();
            assert_eq!(late.may_have_run(), MayHaveRun::No, "{late}");
            assert_eq!(actor.wait().await, ExitReason::Killed);
        }
    });
}

#[test]
fn a_killed_call_is_unknown_even_if_its_handler_catches_everything() {
    let runtime = runtime();
    runtime.block_on(async {
    let source = "export const stubborn = () => { for (;;) { try { performance.now() } catch { return 1 } } };";
    let actor = runtime.spawn(ActorSpec::source(source)).await.unwrap();
    let ask = tokio::spawn(actor.ask::<u32>("stubborn", &()).into_future());
    until_received(&actor, 1).await;
    actor.kill();
    assert_eq!(ask.await.unwrap(), Err(AskError::Unknown(ExitReason::Killed)));
  });
}

#[test]
fn a_stopping_isolate_finishes_its_calls_and_takes_no_more() {
    let runtime = runtime();
    runtime.block_on(async {
        let actor = named(&runtime, "a").await;
        let running = tokio::spawn(actor.ask::<String>("wait", &100).into_future());
        until_received(&actor, 1).await;
        let stopping = tokio::spawn({
            let actor = actor.clone();
            async move { actor.stop(GRACE).await }
        });
        let refused = async {
            loop {
                if let Err(error) = actor.ask::<u32>("echo", &1).await {
                    return error;
                }
            }
        };
        let refused = tokio::time::timeout(GRACE, refused)
            .await
            .expect("refused before it has ended");
        assert_eq!(refused.may_have_run(), MayHaveRun::No);
        assert_eq!(running.await.unwrap().unwrap(), "done");
        assert_eq!(stopping.await.unwrap(), ExitReason::Stopped);
    });
}

#[test]
fn a_link_takes_both_down_on_failure_and_not_on_an_orderly_end() {
    let runtime = runtime();
    runtime.block_on(async {
        let [one, two, three] = [
            named(&runtime, "a").await,
            named(&runtime, "b").await,
            named(&runtime, "c").await,
        ];
        one.link(&two);
        three.link(&two);
        assert_eq!(three.stop(GRACE).await, ExitReason::Stopped);
        assert_eq!(two.ask::<u32>("echo", &1).await, Ok(1));
        one.kill();
        let linked = ExitReason::LinkDied {
            isolate: one.id(),
            reason: Box::new(ExitReason::Killed),
        };
        assert_eq!(two.wait().await, linked);
        // A link to one that has ended so.
        let late = named(&runtime, "d").await;
        late.link(&two);
        let late = late.wait().await;
        assert!(matches!(late, ExitReason::LinkDied { .. }), "{late:?}");
    });
}

#[test]
fn a_reference_that_arrives_late_tells_how_the_isolate_ended() {
    let runtime = runtime();
    runtime.block_on(async {
    let keeper = "
      import { spawn } from 'nano:actor';
      let child;
      export const begin = async () => { child = await spawn('data:', { source: 'export const x = 1' }); };
      export const end = async () => { child.kill(); return await child.watch(); };
      export const give = () => child;
      export const watchAgain = () => child.watch();
      export const pass = async (other) => other;
    ";
    let other = "
      import { lookup } from 'nano:actor';
      export const look = async () => (await (await lookup('keeper').ask('give')).watch());
    ";
    let keeper = runtime.spawn(ActorSpec::source(keeper)).await.unwrap();
    keeper.register("keeper").unwrap();
    let other = runtime.spawn(ActorSpec::source(other)).await.unwrap();
    keeper.ask::<()>("begin", &()).await.unwrap();
    assert_eq!(keeper.ask::<String>("end", &()).await.unwrap(), "killed");
    assert_eq!(keeper.ask::<String>("watchAgain", &()).await.unwrap(), "killed");
    assert_eq!(other.ask::<String>("look", &()).await.unwrap(), "killed");
  });
}

#[test]
fn a_name_belongs_to_one_isolate_until_it_ends() {
    let runtime = runtime();
    runtime.block_on(async {
        let (one, two) = (named(&runtime, "x").await, named(&runtime, "y").await);
        assert_eq!(two.register("x"), Err(RegisterError::Taken("x".into())));
        assert_eq!(one.register("x"), Ok(()));
        assert_eq!(runtime.lookup("x"), Some(one.clone()));
        one.kill();
        one.wait().await;
        assert_eq!(runtime.lookup("x"), None);
        assert_eq!(one.register("x"), Err(RegisterError::Ended("x".into())));
        assert_eq!(two.register("x"), Ok(()));
        // A reference that was looked up stops it in order, too.
        let running = tokio::spawn(two.ask::<String>("wait", &50).into_future());
        until_received(&two, 1).await;
        assert_eq!(
            runtime.lookup("x").unwrap().stop(GRACE).await,
            ExitReason::Stopped
        );
        assert_eq!(running.await.unwrap().unwrap(), "done");
    });
}

#[test]
fn a_broadcast_says_who_got_it() {
    let runtime = runtime();
    runtime.block_on(async {
        let group = runtime.group("all");
        assert_eq!(group.broadcast("run", &()).unwrap().delivered, 0);
        let (fine, dead, gone) = (
            named(&runtime, "a").await,
            named(&runtime, "b").await,
            named(&runtime, "c").await,
        );
        let spec = ActorSpec::source(SOURCE).limits(Limits::default().with_mailbox(1));
        let full = runtime.spawn(spec).await.unwrap();
        for actor in [&fine, &dead, &gone, &full, &fine] {
            group.join(actor);
        }
        assert_eq!(group.members().len(), 4, "once each");
        assert!(group.leave(&gone) && !group.leave(&gone));
        dead.kill();
        dead.wait().await;
        let spin = tokio::spawn(full.ask::<()>("spin", &300).into_future());
        until_received(&full, 1).await;
        full.tell("run", &()).await.unwrap();
        let report = group.broadcast("run", &()).unwrap();
        assert_eq!((report.delivered, report.full, report.dead), (1, 1, 1));
        assert_eq!(group.members(), [fine.clone(), full.clone()]);
        assert_eq!(fine.ask::<u32>("runs", &()).await, Ok(1));
        assert_eq!(gone.ask::<u32>("runs", &()).await, Ok(0));
        spin.await.unwrap().unwrap();
    });
}

#[test]
fn a_shutdown_lets_calls_finish_and_kills_what_does_not() {
    let patient = runtime();
    patient.block_on(async {
        let actor = named(&patient, "a").await;
        let running = tokio::spawn(actor.ask::<String>("wait", &100).into_future());
        until_received(&actor, 1).await;
        patient.shutdown(GRACE).await.unwrap();
        assert_eq!(running.await.unwrap().unwrap(), "done");
        let late = patient.spawn(ActorSpec::source(SOURCE)).await;
        assert!(matches!(late, Err(SpawnError::ShuttingDown)), "{late:?}");
    });
    let impatient = runtime();
    impatient.block_on(async {
        let actor = named(&impatient, "a").await;
        let hanging = tokio::spawn(actor.ask::<()>("hang", &()).into_future());
        until_received(&actor, 1).await;
        let killed = impatient.shutdown(Duration::from_millis(10)).await;
        assert!(
            matches!(killed, Err(ShutdownError::Killed { isolates: 1 })),
            "{killed:?}"
        );
        assert_eq!(
            hanging.await.unwrap(),
            Err(AskError::Unknown(ExitReason::Shutdown))
        );
    });
}

#[test]
fn handles_are_clone_send_and_sync() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<Runtime>();
    shared::<ActorRef>();
    shared::<nano::Supervisor>();
    shared::<nano::Group>();
}

#[test]
fn an_isolate_with_its_own_loader_passes_it_on_to_its_children() {
    let runtime = Runtime::builder().isolate_threads(1).build().unwrap();
    let tenant = |text: &str| {
        nano::MemoryLoader::new()
            .with(
                "app:/main.js",
                "import { spawn } from 'nano:actor'; import { word } from './word.js';\n\
                 export const own = () => word;\n\
                 export const child = async () => (await spawn('app:/child.js')).ask('word');",
            )
            .with("app:/word.js", format!("export const word = '{text}';"))
            .with(
                "app:/child.js",
                "import * as it from './word.js'; export const word = () => it.word;",
            )
    };
    runtime.block_on(async {
        let a = runtime
            .spawn(ActorSpec::url("app:/main.js").loader(tenant("a")))
            .await
            .unwrap();
        let b = runtime
            .spawn(ActorSpec::url("app:/main.js").loader(tenant("b")))
            .await
            .unwrap();
        assert_eq!(a.ask::<String>("own", &()).await.unwrap(), "a");
        assert_eq!(b.ask::<String>("own", &()).await.unwrap(), "b");
        assert_eq!(b.ask::<String>("child", &()).await.unwrap(), "b");
        assert!(runtime.spawn(ActorSpec::url("app:/main.js")).await.is_err());
    });
}

#[test]
fn an_aggregate_error_is_read_as_its_fields_without_a_name() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let source =
            "export const error = () => new AggregateError([1, new RangeError('r')], 'm');";
        let actor = runtime.spawn(ActorSpec::source(source)).await.unwrap();
        let error: serde_json::Value = actor.ask("error", &()).await.unwrap();
        let mut keys: Vec<_> = error.as_object().unwrap().keys().collect();
        keys.sort();
        assert_eq!(keys, ["errors", "message", "stack"]);
        assert_eq!(error["message"], "m");
        assert_eq!(error["errors"][0], 1);
        assert_eq!(error["errors"][1]["name"], "RangeError");
    });
}
