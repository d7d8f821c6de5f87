//! What CPU time a call may use, however it spreads it.

use std::time::Duration;

use nano::{
    ActorRef, ActorSpec, AskError, ExitReason, LimitExceeded, LimitKind, Limits, MayHaveRun,
    Runtime, SpawnError,
};

use crate::one_thread;
use crate::printed::Printed;

/// Burns CPU time in slices, with timers or asks between them.
const SLICES: &str = "
  import { self, spawn } from 'nano:actor';
  let rounds = 0, aborted = 'nothing';
  const burn = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
  const rest = () => new Promise((done) => setTimeout(done, 1));
  const note = (signal) => signal.addEventListener('abort', () => { aborted = signal.reason.name });
  export const seen = () => ({ rounds, aborted });
  export const slow = async (ms) => { await new Promise((done) => setTimeout(done, ms)); return 'done' };
  export const polite = async (ms) => {
    const { signal } = self;
    note(signal);
    while (!signal.aborted) { burn(ms); await rest(); }
  };
  export const rude = async (ms) => { note(self.signal); for (;;) { burn(ms); rounds++; await rest(); } };
  export const asking = async (ms) => {
    const { signal } = self;
    const other = await spawn('nano:other', { source: 'export const echo = (x) => x' });
    while (!signal.aborted) { burn(ms); await other.ask('echo', 1); }
  };
  export const then_loops = async (ms) => {
    for (let i = 0; i < 35; i++) { burn(ms); await rest(); }
    for (;;);
  };
  export const starts = (ms) => { setInterval(() => { burn(ms); rounds++ }, 1) };
  export const starts_and_throws = (ms) => { starts(ms); throw new Error('enough') };
  export const starts_and_fails = (ms) => { starts(ms); return () => {} };
";

#[derive(serde::Deserialize)]
struct Seen {
    rounds: u32,
    aborted: String,
}

/// An isolate whose calls may use `cpu_ms`.
async fn sliced(runtime: &Runtime, cpu_ms: u64) -> ActorRef {
    let limits = Limits::default()
        .with_cpu_ms_per_call(cpu_ms)
        .with_cpu_ms_per_turn(30_000)
        .with_wall_ms_per_call(120_000);
    let spec = ActorSpec::source(SLICES).limits(limits);
    runtime.spawn(spec).await.expect("starts")
}

fn assert_cpu_limit(error: &AskError, allowed_ms: u64) {
    let AskError::Limit(LimitExceeded {
        limit: LimitKind::Cpu,
        used,
        allowed,
    }) = error
    else {
        panic!("{error:?}")
    };
    assert_eq!(*allowed, allowed_ms);
    assert!(*used >= allowed_ms, "{used}");
    assert_eq!(error.may_have_run(), MayHaveRun::Yes);
}

#[test]
fn a_call_that_burns_its_cpu_time_in_slices_fails_alone() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        let actor = sliced(&runtime, 200).await;
        let slow = tokio::spawn(actor.ask::<String>("slow", &1_000).into_future());
        let error = actor.ask::<()>("polite", &20).await.unwrap_err();
        assert_cpu_limit(&error, 200);
        let seen: Seen = actor.ask("seen", &()).await.expect("the isolate lives");
        assert_eq!(seen.aborted, "QuotaExceededError");
        assert_eq!(slow.await.unwrap().as_deref(), Ok("done"));
        assert!(actor.is_alive());
    });
}

#[test]
fn slices_between_asks_count_as_those_between_timers() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        // The slice that exceeds the limit must end within a quarter more, though the machine takes its share.
        let actor = sliced(&runtime, 400).await;
        let error = actor.ask::<()>("asking", &20).await.unwrap_err();
        assert_cpu_limit(&error, 400);
        assert!(actor.is_alive());
    });
}

#[test]
fn what_one_call_uses_in_a_turn_is_not_charged_to_the_next() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        let source = "
            export const burn = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
            await new Promise((go) => setTimeout(go, 300));
        ";
        let limits = Limits::default().with_cpu_ms_per_call(200);
        let spec = ActorSpec::source(source).limits(limits);
        let actor = runtime.spawn_begin(spec).unwrap();
        // They wait for the module, and begin in the turn in which that is there.
        let calls: Vec<_> = (0..4)
            .map(|_| tokio::spawn(actor.ask::<()>("burn", &100).into_future()))
            .collect();
        for call in calls {
            assert_eq!(call.await.unwrap(), Ok(()));
        }
    });
}

#[test]
fn a_call_that_goes_on_past_its_limit_ends_the_isolate() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        let actor = sliced(&runtime, 100).await;
        let error = actor.ask::<()>("rude", &20).await.unwrap_err();
        assert_cpu_limit(&error, 100);
        match actor.wait().await {
            ExitReason::Limit(exceeded) => {
                assert_eq!(exceeded.limit, LimitKind::Cpu);
                assert!(exceeded.used >= 200, "{exceeded:?}");
            }
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn a_call_that_was_taken_back_cannot_burn_for_ever() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        let actor = sliced(&runtime, 100).await;
        let asked = tokio::spawn(actor.ask::<()>("rude", &10).into_future());
        while actor.ask::<Seen>("seen", &()).await.unwrap().rounds == 0 {}
        asked.abort();
        assert!(matches!(actor.wait().await, ExitReason::Limit(exceeded) if exceeded.used >= 200));
    });
}

#[test]
fn the_watchdog_counts_what_a_call_had_used_before() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        let actor = sliced(&runtime, 1_000).await;
        let error = actor.ask::<()>("then_loops", &20).await.unwrap_err();
        let AskError::Limit(exceeded) = error else {
            panic!("{error:?}")
        };
        assert_eq!(exceeded.allowed, 1_000);
        // Counted by the turn alone it would have had a second more.
        assert!(exceeded.used >= 1_250, "{exceeded:?}");
        let cpu = actor.last_stats().cpu;
        assert!(cpu < Duration::from_millis(1_650), "{cpu:?}");
    });
}

#[test]
fn what_a_call_leaves_running_when_it_has_replied_is_the_isolates_own() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        for (export, ended) in [
            ("starts", None),
            ("starts_and_throws", Some("enough")),
            ("starts_and_fails", Some("could not be cloned")),
        ] {
            let actor = sliced(&runtime, 50).await;
            let error = actor.ask::<()>(export, &10).await.err();
            let text = error.as_ref().map(ToString::to_string);
            assert_eq!(text.is_some(), ended.is_some(), "{text:?}");
            assert!(text.unwrap_or_default().contains(ended.unwrap_or_default()));
            while actor.ask::<Seen>("seen", &()).await.unwrap().rounds < 20 {}
            assert!(actor.is_alive());
            actor.kill();
        }
    });
}

#[test]
fn a_tell_over_its_limit_is_reported() {
    let (printed, runtime) = Printed::runtime();
    runtime.block_on(async {
        let actor = sliced(&runtime, 100).await;
        actor.tell("polite", &10).await.unwrap();
        while actor.ask::<Seen>("seen", &()).await.unwrap().aborted == "nothing" {}
        let [_, text] = printed.texts();
        assert!(
            text.contains("message 'polite' was lost: CPU time"),
            "{text}"
        );
    });
}

/// Starts that burn CPU time in slices, each with another way to be woken in between.
const SLOW_STARTS: [&str; 3] = [
    "for (;;) { burn(20); await rest(); }",
    "const other = await spawn('nano:other', { source: 'export const echo = (x) => x' });
     for (;;) { burn(20); await other.ask('echo', 1); }",
    "await new Promise(() => { setInterval(() => burn(20), 1) });",
];

#[test]
fn a_start_is_charged_with_all_its_turns() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        for start in SLOW_STARTS {
            let source = format!(
                "import {{ spawn }} from 'nano:actor';
                const burn = (ms) => {{ const end = performance.now() + ms; while (performance.now() < end); }};
                const rest = () => new Promise((done) => setTimeout(done, 1));
                {start}"
            );
            let limits = Limits::default().with_cpu_ms_per_call(200);
            let spec = ActorSpec::source(source.as_str()).limits(limits);
            let error = runtime.spawn(spec).await.unwrap_err();
            let SpawnError::Start(ExitReason::Limit(exceeded)) = error else {
                panic!("{start}: {error:?}")
            };
            assert_eq!(exceeded.limit, LimitKind::Cpu);
            assert_eq!(exceeded.allowed, 200);
            assert!((200..400).contains(&exceeded.used), "{exceeded:?}");
        }
    });
}

#[test]
fn what_a_start_leaves_running_is_the_isolates_own_and_a_root_has_no_limit() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        let source = "
            const burn = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
            let rounds = 0;
            setInterval(() => { burn(20); rounds++ }, 1);
            while (rounds < 5) await new Promise((done) => setTimeout(done, 1));
            export const seen = () => rounds;";
        let limits = Limits::default().with_cpu_ms_per_call(300);
        let actor = runtime
            .spawn(ActorSpec::source(source).limits(limits))
            .await
            .unwrap();
        while actor.ask::<u32>("seen", &()).await.unwrap() < 30 {}
        assert!(actor.is_alive());
        actor.kill();
        let root = source.replace("rounds < 5", "rounds < 30");
        let root = ActorSpec::source(root.as_str()).limits(Limits::unlimited_root());
        assert!(runtime.spawn(root).await.is_ok());
    });
}
