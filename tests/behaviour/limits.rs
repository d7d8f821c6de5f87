//! What a call may use, what an isolate's figures say, and what a child may have.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use nano::{
    ActorRef, ActorSpec, AskError, ExitReason, LimitExceeded, LimitKind, Limits, MayHaveRun,
    Output, Runtime, SpawnError,
};

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

fn runtime() -> Runtime {
    Runtime::builder()
        .isolate_threads(1)
        .warm_spares(0)
        .build()
        .expect("a runtime")
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
    let runtime = runtime();
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
    let runtime = runtime();
    runtime.block_on(async {
        let actor = sliced(&runtime, 100).await;
        let error = actor.ask::<()>("asking", &20).await.unwrap_err();
        assert_cpu_limit(&error, 100);
        assert!(actor.is_alive());
    });
}

#[test]
fn a_call_that_goes_on_past_its_limit_ends_the_isolate() {
    let runtime = runtime();
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
    let runtime = runtime();
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
    let runtime = runtime();
    runtime.block_on(async {
        let actor = sliced(&runtime, 1_000).await;
        let error = actor.ask::<()>("then_loops", &20).await.unwrap_err();
        let AskError::Unknown(ExitReason::Limit(exceeded)) = error else {
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
    let runtime = runtime();
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

/// Keeps what is printed to standard error.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<String>>);

impl Output for Printed {
    fn write(&self, error: bool, text: &str) {
        if error {
            self.0.lock().unwrap().push_str(text);
        }
    }

    fn color(&self, _: bool) -> bool {
        false
    }
}

#[test]
fn a_tell_over_its_limit_is_reported() {
    let printed = Printed::default();
    let runtime = Runtime::builder()
        .output(printed.clone())
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let actor = sliced(&runtime, 100).await;
        actor.tell("polite", &10).await.unwrap();
        while actor.ask::<Seen>("seen", &()).await.unwrap().aborted == "nothing" {}
        let text = printed.0.lock().unwrap().clone();
        assert!(
            text.contains("message 'polite' was lost: CPU time"),
            "{text}"
        );
    });
}

/// Something of everything that figures count.
const BUSY: &str = "
  import { lookup, self, spawn } from 'nano:actor';
  self.actor;
  let release;
  const gate = new Promise((done) => { release = done });
  const burn = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
  const kept = [];
  export const hang = () => gate;
  export const open = () => release();
  export const echo = (x) => x;
  export const spin = burn;
  export const timers = () => { setTimeout(() => {}, 1e6); setInterval(() => {}, 1e6); };
  export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  export const talk = async ([name, n]) => {
    for (let i = 0; i < n; i++) { lookup(name).tell('echo', i); await lookup(name).ask('echo', i); }
  };
  export const talk_to_the_dead = async () => {
    const child = await spawn('nano:child', { source: '' });
    const ended = child.watch();
    child.kill();
    await ended;
    for (let i = 0; i < 3; i++) { child.tell('x'); await child.ask('x').catch(() => {}); }
  };
  export const watch = (name) => { lookup(name).watch(); };
  export const asks = (name) => { lookup(name).ask('hang'); };
  export const load = () => { import('nowhere:slow').catch(() => {}); };
  export const keep = (n) => { kept.push(new ArrayBuffer(n)); };
  export const resizable = (n) => { kept.push(new ArrayBuffer(n, { maxByteLength: n })); };
";

async fn busy(runtime: &Runtime, name: &str, limits: Limits) -> ActorRef {
    let actor = runtime
        .spawn(ActorSpec::source(BUSY).limits(limits))
        .await
        .expect("starts");
    actor.register(name).expect("a free name");
    actor
}

#[test]
fn cpu_time_in_the_figures_is_none_while_others_run_or_nobody_does() {
    let runtime = runtime();
    runtime.block_on(async {
        let actor = busy(&runtime, "a", Limits::default()).await;
        let before = actor.stats().await.unwrap();
        for _ in 0..20 {
            actor.ask::<()>("sleep", &20).await.unwrap();
        }
        let rested = actor.stats().await.unwrap();
        let used = rested.cpu - before.cpu;
        assert!(used < Duration::from_millis(100), "{used:?}");
        assert!(rested.uptime - before.uptime >= Duration::from_millis(400));
        let ((), receipt) = actor.ask::<()>("spin", &100).with_receipt().await.unwrap();
        let spun = actor.stats().await.unwrap();
        let used = spun.cpu - rested.cpu;
        let slack = Duration::from_millis(1);
        assert!(
            receipt.cpu > slack && used + slack >= receipt.cpu,
            "{used:?} {receipt:?}"
        );
        assert!(used <= spun.uptime - rested.uptime, "{used:?}");
    });
}

#[test]
fn a_turn_that_waits_for_the_processor_uses_no_cpu_time() {
    // More threads than cores: each waits for the others, and the sum is what the machine has.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = 4 * cores;
    let runtime = Runtime::builder()
        .isolate_threads(threads)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let limits = Limits::default().with_cpu_ms_per_call(10_000);
        let mut actors = Vec::new();
        for n in 0..threads {
            actors.push(busy(&runtime, &format!("a{n}"), limits).await);
        }
        let began = std::time::Instant::now();
        let asks: Vec<_> = actors
            .iter()
            .map(|actor| tokio::spawn(actor.ask::<()>("spin", &400).into_future()))
            .collect();
        for ask in asks {
            ask.await.unwrap().unwrap();
        }
        let mut cpu = Duration::ZERO;
        for actor in &actors {
            cpu += actor.stats().await.unwrap().cpu;
        }
        let most = (began.elapsed() + Duration::from_millis(200)) * cores as u32;
        assert!(cpu <= most, "{cpu:?} of {most:?}");
    });
}

#[test]
fn a_call_beyond_the_pending_ones_is_refused() {
    let runtime = runtime();
    runtime.block_on(async {
        let limits = Limits::default().with_pending_calls(2);
        let actor = busy(&runtime, "few", limits).await;
        let hanging: Vec<_> = (0..2)
            .map(|_| tokio::spawn(actor.ask::<()>("hang", &()).into_future()))
            .collect();
        while actor.stats().await.unwrap().pending_calls < 2 {}
        let error = actor.ask::<()>("open", &()).await.unwrap_err();
        assert_eq!(error.may_have_run(), MayHaveRun::No);
        let text = error.to_string();
        assert!(
            text.contains("pending calls limit reached: 3 used of 2"),
            "{text}"
        );
        actor.kill();
        for ask in hanging {
            ask.await.unwrap().unwrap_err();
        }
    });
}

#[test]
fn figures_count_what_is_in_progress() {
    let runtime = runtime();
    runtime.block_on(async {
        let actor = busy(&runtime, "a", Limits::default()).await;
        let other = busy(&runtime, "b", Limits::default()).await;
        let before = actor.stats().await.unwrap();
        assert_eq!(before.heap_limit_bytes, 128 << 20);
        assert_eq!((before.pending_calls, before.timers), (0, 0));
        assert_eq!((before.pending_operations, before.mailbox_depth), (0, 0));
        assert_eq!((before.messages_in, before.messages_out), (0, 0));
        let hanging: Vec<_> = (0..3)
            .map(|_| tokio::spawn(actor.ask::<()>("hang", &()).into_future()))
            .collect();
        while actor.stats().await.unwrap().pending_calls < 3 {}
        actor.ask::<()>("timers", &()).await.unwrap();
        actor.ask::<()>("watch", "b").await.unwrap();
        actor.ask::<()>("asks", "b").await.unwrap();
        actor.ask::<()>("keep", &1_000_000).await.unwrap();
        let middle = actor.stats().await.unwrap();
        assert_eq!(middle.pending_calls, 3);
        assert_eq!(middle.timers, 2);
        assert_eq!(middle.pending_operations, 2);
        assert_eq!(middle.buffer_bytes - before.buffer_bytes, 1_000_000);
        assert!(middle.external_bytes >= before.external_bytes + 1_000_000);
        assert_eq!((middle.messages_in, middle.messages_out), (7, 1));
        assert_eq!(other.stats().await.unwrap().pending_calls, 1);
        actor.ask::<()>("open", &()).await.unwrap();
        other.ask::<()>("open", &()).await.unwrap();
        for ask in hanging {
            ask.await.unwrap().unwrap();
        }
        let settled = async {
            loop {
                let stats = actor.stats().await.unwrap();
                if stats.pending_operations == 1 {
                    break stats;
                }
            }
        };
        assert_eq!(settled.await.pending_calls, 0);
        actor.kill();
        actor.wait().await;
        let ended = actor.last_stats();
        assert_eq!((ended.pending_calls, ended.timers), (0, 0));
        assert_eq!((ended.pending_operations, ended.mailbox_depth), (0, 0));
        assert_eq!(ended.messages_in, 8);
        assert_eq!(actor.last_stats().uptime, ended.uptime, "it grows no older");
    });
}

#[test]
fn figures_count_messages_that_went_out_and_those_that_wait() {
    let runtime = runtime();
    runtime.block_on(async {
        let actor = busy(&runtime, "a", Limits::default()).await;
        let small = Limits::default().with_mailbox(2);
        let other = busy(&runtime, "b", small).await;
        actor.ask::<()>("talk", &("b", 5)).await.unwrap();
        assert_eq!(actor.stats().await.unwrap().messages_out, 10);
        assert_eq!(other.stats().await.unwrap().messages_in, 10);
        actor.ask::<()>("talk_to_the_dead", &()).await.unwrap();
        assert_eq!(
            actor.stats().await.unwrap().messages_out,
            10,
            "no mailbox took them"
        );
        let spin = tokio::spawn(other.ask::<()>("spin", &300).into_future());
        while other.last_stats().messages_in < 11 {
            tokio::task::yield_now().await;
        }
        other.try_tell("echo", &1).unwrap();
        other.try_tell("echo", &2).unwrap();
        assert_eq!(other.last_stats().mailbox_depth, 2);
        spin.await.unwrap().unwrap();
        other.ask::<u32>("echo", &1).await.unwrap();
        assert_eq!(other.stats().await.unwrap().mailbox_depth, 0);
    });
}

#[test]
fn a_receipt_knows_the_heaps_peak_between_its_beginning_and_its_end() {
    let runtime = runtime();
    runtime.block_on(async {
        let source = "
          const kept = (n) => new Array(n).fill(1.5).length;
          export const churn = (n) => { let a; for (let i = 0; i < n; i++) a = new Array(1 << 17).fill(1.5); return a.length };
          export const burst = (n) => { kept(n); return churn(400); };
          export const idle = () => 1;";
        let actor = runtime.spawn(ActorSpec::source(source)).await.expect("starts");
        // 60 MB that are garbage at once, and collected long before the call ends.
        let big = actor.ask::<u32>("burst", &7_500_000).with_receipt();
        let (_, big) = big.await.unwrap();
        let after = actor.stats().await.unwrap().heap_used_bytes;
        assert!(
            big.peak_heap_bytes >= 60_000_000
                && big.peak_heap_bytes >= after + 25_000_000,
            "{big:?} {after}"
        );
        // The peak is that call's alone.
        let (_, idle) = actor.ask::<u32>("idle", &()).with_receipt().await.unwrap();
        assert!(idle.peak_heap_bytes <= after + 1_000_000, "{idle:?} {after}");
    });
}

const COUNTS: &str = "
  let ran = 0;
  export const count = () => ran;
  export const run = (ms) => { ran++; const end = performance.now() + ms; while (performance.now() < end); };
  export const hang = () => { ran++; return new Promise(() => {}) };
";

fn timed_out(error: &AskError) -> (bool, MayHaveRun) {
    match error {
        AskError::Timeout { started, .. } => (*started, error.may_have_run()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_timeout_says_whether_the_handler_has_begun() {
    let runtime = runtime();
    runtime.block_on(async {
        let ms = Duration::from_millis;
        let actor = runtime
            .spawn(ActorSpec::source(COUNTS))
            .await
            .expect("starts");
        let spin = tokio::spawn(actor.ask::<()>("run", &400).into_future());
        while actor.last_stats().messages_in < 1 {
            tokio::task::yield_now().await;
        }
        // It lies in the mailbox, behind a turn that takes longer.
        let error = actor
            .ask::<()>("run", &0)
            .timeout(ms(50))
            .await
            .unwrap_err();
        assert_eq!(timed_out(&error), (false, MayHaveRun::No));
        spin.await.unwrap().unwrap();
        assert_eq!(
            actor.ask::<u32>("count", &()).await,
            Ok(1),
            "it did not run"
        );
        let error = actor
            .ask::<()>("hang", &())
            .timeout(ms(50))
            .await
            .unwrap_err();
        assert_eq!(timed_out(&error), (true, MayHaveRun::Yes));
        assert_eq!(actor.ask::<u32>("count", &()).await, Ok(2));
    });
}

/// Asks the isolate that is registered as `counts`, and says what became of it.
const ASKS: &str = "
  import { lookup } from 'nano:actor';
  const ask = ([name, argument, timeout]) => lookup('counts').ask(name, argument, { timeout })
    .then(() => 'done', (error) => `${error.name} ${error.code}`);
  export const all = (asks) => Promise.all(asks.map(ask));
";

/// An isolate that counts, and one that asks it.
async fn counted(runtime: &Runtime) -> [ActorRef; 2] {
    let counts = runtime
        .spawn(ActorSpec::source(COUNTS))
        .await
        .expect("starts");
    counts.register("counts").expect("nobody else");
    let asks = runtime
        .spawn(ActorSpec::source(ASKS))
        .await
        .expect("starts");
    [counts, asks]
}

#[test]
fn a_timeout_in_javascript_says_whether_the_handler_has_begun() {
    let runtime = runtime();
    runtime.block_on(async {
        let [counts, asks] = counted(&runtime).await;
        let spin = tokio::spawn(counts.ask::<()>("run", &500).into_future());
        while counts.last_stats().messages_in < 1 {
            tokio::task::yield_now().await;
        }
        // It lies in the mailbox, behind a turn that takes longer.
        let late: [String; 1] = asks.ask("all", &[("run", 0, 30)]).await.unwrap();
        assert_eq!(late, ["TimeoutError not_delivered"]);
        assert!(!spin.is_finished(), "it was told at its own deadline");
        spin.await.unwrap().unwrap();
        assert_eq!(counts.ask::<u32>("count", &()).await, Ok(1));
        let late: [String; 1] = asks.ask("all", &[("hang", 0, 30)]).await.unwrap();
        assert_eq!(late, ["TimeoutError timeout"]);
        assert_eq!(counts.ask::<u32>("count", &()).await, Ok(2));
    });
}

#[test]
fn what_timeouts_in_javascript_say_adds_up_to_what_ran() {
    let mut next = random();
    let runtime = runtime();
    runtime.block_on(async {
        let [counts, asks] = counted(&runtime).await;
        let all: Vec<_> = (0..400)
            .map(|_| {
                let work = (next() % 1_000) as f64 / 1e3;
                ("run", work, 1.0 + (next() % 200_000) as f64 / 1e3)
            })
            .collect();
        let ends: Vec<String> = asks.ask("all", &all).await.unwrap();
        let not_begun = |end: &&String| end.as_str() == "TimeoutError not_delivered";
        let not_begun = ends.iter().filter(not_begun).count();
        assert!(not_begun > 0 && not_begun < 400, "{not_begun}");
        assert_eq!(
            counts.ask::<usize>("count", &()).await,
            Ok(400 - not_begun),
            "{ends:?}"
        );
    });
}

#[test]
fn a_timeout_before_the_module_is_there_says_that_nothing_ran() {
    let runtime = runtime();
    runtime.block_on(async {
        let source = format!(
            "import {{ register }} from 'nano:actor'; register('starting');
             await new Promise((done) => setTimeout(done, 300)); {COUNTS}"
        );
        let begun = runtime
            .spawn_begin(ActorSpec::source(source))
            .expect("begins");
        while runtime.lookup("starting").is_none() {
            tokio::task::yield_now().await;
        }
        let asked = begun
            .ask::<()>("run", &0)
            .timeout(Duration::from_millis(20));
        assert_eq!(
            timed_out(&asked.await.unwrap_err()),
            (false, MayHaveRun::No)
        );
        assert_eq!(begun.ask::<u32>("count", &()).await, Ok(0));
    });
}

/// Numbers that differ each time; prints what they come from.
fn random() -> impl FnMut() -> u64 {
    let seed = std::time::UNIX_EPOCH
        .elapsed()
        .map_or(1, |now| now.as_nanos() as u64)
        | 1;
    println!("seed {seed}");
    let mut random = seed;
    move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    }
}

#[test]
fn what_timeouts_say_adds_up_to_what_ran() {
    let mut next = random();
    let runtime = runtime();
    runtime.block_on(async {
        let actor = runtime
            .spawn(ActorSpec::source(COUNTS))
            .await
            .expect("starts");
        let asks: Vec<_> = (0..400)
            .map(|_| {
                let timeout = Duration::from_micros(1_000 + next() % 200_000);
                let work = (next() % 1_000) as f64 / 1e3;
                tokio::spawn(actor.ask::<()>("run", &work).timeout(timeout).into_future())
            })
            .collect();
        let mut begun = 0;
        let mut not_begun = 0;
        for ask in asks {
            match ask.await.unwrap() {
                Ok(()) => begun += 1,
                Err(AskError::Timeout { started: true, .. }) => begun += 1,
                Err(error) => {
                    assert_eq!(error.may_have_run(), MayHaveRun::No, "{error:?}");
                    not_begun += 1;
                }
            }
        }
        assert!(begun > 0 && not_begun > 0, "{begun} {not_begun}");
        assert_eq!(actor.ask::<u32>("count", &()).await, Ok(begun));
    });
}

/// Spawns a child named `child` with the given options, and asks it.
const PARENT: &str = "
  import { spawn, register } from 'nano:actor';
  const source = `
    let calls = 0;
    const kept = [];
    const flood = (act) => { try { for (let i = 1; ; i++) act(); } catch (error) { return [i_of(), error.name] } };
    let n = 0;
    const i_of = () => n;
    export const timers = () => { n = 0; return flood(() => { setTimeout(() => {}, 1e6); n++ }) };
    export const buffers = () => { n = 0; return flood(() => { kept.push(new ArrayBuffer(1 << 20)); n++ }) };
    export const hang = () => new Promise(() => {});
    export const loop = () => { for (;;); };
    export const sized = (text) => text.length;
    export const long = (n) => 'x'.repeat(n).length;
  `;
  export const born = async (options) => {
    for (const key in options) if (options[key] === 'Infinity') options[key] = Infinity;
    const child = await spawn('nano:child', { source, ...options });
    register('child', child);
  };
  export const refused = async (options) => {
    try { await spawn('nano:child', { source, ...options }); return 'nothing'; } catch (error) { return error.message }
  };
  export const throwing = async () => {
    try { await spawn('nano:child', { source, get timers() { throw new Error('mine') } }); } catch (error) { return error.message }
  };
";

/// The child that an isolate with these limits spawns.
async fn child(runtime: &Runtime, limits: Limits, options: serde_json::Value) -> ActorRef {
    let spec = ActorSpec::source(PARENT).limits(limits);
    let parent = runtime.spawn(spec).await.expect("starts");
    parent.ask::<()>("born", &options).await.expect("spawns");
    runtime.lookup("child").expect("registered")
}

#[test]
fn a_child_of_a_root_without_limits_has_the_documented_ones() {
    let runtime = runtime();
    runtime.block_on(async {
        let root = Limits::unlimited_root().with_heap_bytes(1 << 30);
        let child = child(&runtime, root, serde_json::json!({})).await;
        let defaults = Limits::default();
        let stats = child.stats().await.unwrap();
        assert_eq!(stats.heap_limit_bytes, defaults.heap_bytes);
        let timers: (u64, String) = child.ask("timers", &()).await.unwrap();
        assert_eq!(timers, (defaults.timers, "QuotaExceededError".into()));
        let buffers: (u64, String) = child.ask("buffers", &()).await.unwrap();
        assert!(buffers.0 <= defaults.buffer_bytes >> 20 && buffers.1 == "RangeError");
        let reason = child.ask::<()>("loop", &()).await.unwrap_err();
        let AskError::Unknown(ExitReason::Limit(exceeded)) = reason else {
            panic!("{reason:?}")
        };
        assert_eq!(exceeded.limit, LimitKind::Cpu);
        assert_eq!(exceeded.allowed, defaults.cpu_ms_per_call);
    });
}

#[test]
fn a_child_has_its_parents_limit_where_that_is_smaller() {
    let runtime = runtime();
    runtime.block_on(async {
        let small = Limits::default().with_heap_bytes(32 << 20).with_timers(7);
        // The options say more than the parent has, or no limit at all.
        let options =
            serde_json::json!({ "timers": "Infinity", "heapBytes": 1e9, "messageBytes": 100 });
        let child = child(&runtime, small, options).await;
        assert_eq!(child.stats().await.unwrap().heap_limit_bytes, 32 << 20);
        let timers: (u64, String) = child.ask("timers", &()).await.unwrap();
        assert_eq!(timers.0, 7);
        assert_eq!(child.ask::<u32>("sized", "short").await, Ok(5));
        let long = child
            .ask::<u32>("sized", &"long".repeat(100))
            .await
            .unwrap_err();
        assert_eq!(long.may_have_run(), MayHaveRun::No, "{long:?}");
    });
}

#[test]
fn the_options_of_a_spawn_set_each_limit() {
    let runtime = runtime();
    runtime.block_on(async {
        let root = Limits::unlimited_root().with_heap_bytes(1 << 30);
        let options = serde_json::json!({
            "timers": 20_000, "heapBytes": 256 << 20, "bufferBytes": 3 << 20, "pendingCalls": 1, "cpuMs": 1_500,
        });
        let child = child(&runtime, root, options).await;
        assert_eq!(child.stats().await.unwrap().heap_limit_bytes, 256 << 20);
        let timers: (u64, String) = child.ask("timers", &()).await.unwrap();
        assert_eq!(timers.0, 20_000, "more than the default, where the parent has it");
        let buffers: (u64, String) = child.ask("buffers", &()).await.unwrap();
        assert_eq!(buffers.0, 3);
        let hanging = tokio::spawn(child.ask::<()>("hang", &()).into_future());
        while child.stats().await.unwrap().pending_calls < 1 {}
        let full = child.ask::<u32>("long", &1).await.unwrap_err();
        assert_eq!(full.may_have_run(), MayHaveRun::No, "{full:?}");
        hanging.abort();
        while child.stats().await.unwrap().pending_calls > 0 {}
        let reason = child.ask::<()>("loop", &()).await.unwrap_err();
        let AskError::Unknown(ExitReason::Limit(exceeded)) = reason else {
            panic!("{reason:?}")
        };
        assert_eq!(exceeded.allowed, 1_500, "for its turns, too");
    });
}

#[test]
fn a_limit_that_is_no_number_is_refused() {
    let runtime = runtime();
    runtime.block_on(async {
        let parent = runtime
            .spawn(ActorSpec::source(PARENT))
            .await
            .expect("starts");
        for (options, text) in [
            (serde_json::json!({ "timers": "many" }), "member timers"),
            (serde_json::json!({ "heapBytes": 0 }), "member heapBytes"),
            (serde_json::json!({ "wallMs": -5 }), "member wallMs"),
        ] {
            let said: String = parent.ask("refused", &options).await.unwrap();
            assert!(said.contains(text), "{said}");
        }
        assert_eq!(
            parent.ask::<String>("throwing", &()).await.as_deref(),
            Ok("mine")
        );
    });
}

const DEPTH: &str = "
  let depth = 0;
  const fall = () => { depth++; fall(); };
  export const deep = () => { depth = 0; try { fall(); } catch (error) { return [depth, error.name] } };
  export const nested = (n) => { try { JSON.parse('['.repeat(n) + ']'.repeat(n), (_, v) => v); return 'fits' } catch (error) { return error.name } };
  export const spin = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
";

#[test]
fn the_stack_limit_is_the_isolates_own() {
    let runtime = runtime();
    runtime.block_on(async {
        let mut depths = Vec::new();
        for kib in [1, 200, 960, 3_000, u64::MAX >> 10] {
            let limits = Limits::default().with_stack_bytes(kib << 10);
            let spec = ActorSpec::source(DEPTH).limits(limits);
            let actor = runtime.spawn(spec).await.expect("starts");
            let (depth, name): (u64, String) = actor.ask("deep", &()).await.unwrap();
            assert_eq!(name, "RangeError");
            let name: String = actor.ask("nested", &1_000_000).await.unwrap();
            assert_eq!(name, "RangeError", "in native code, too");
            depths.push(depth);
        }
        let [tiny, small, usual, large, most] = depths[..] else {
            panic!()
        };
        assert!(
            tiny > 50,
            "a handler runs with the least stack, too: {depths:?}"
        );
        assert!(tiny < small && small * 3 < usual, "{depths:?}");
        assert!(usual * 2 < large && large <= most, "{depths:?}");
        assert!(
            most < large * 2,
            "bounded by the thread's stack: {depths:?}"
        );
    });
}

#[test]
fn the_stack_limit_goes_with_an_isolate_to_other_threads() {
    let runtime = runtime();
    runtime.block_on(async {
        let limits = Limits::default().with_stack_bytes(150 << 10);
        let mut moved = 0;
        while moved < 3 {
            // New ones belong to the only thread. Behind the other's turn, one is taken over by a spare thread.
            let busy = runtime
                .spawn(ActorSpec::source(DEPTH))
                .await
                .expect("starts");
            let (usual, _): (u64, String) = busy.ask("deep", &()).await.unwrap();
            let spec = ActorSpec::source(DEPTH).limits(limits);
            let small = runtime.spawn(spec).await.expect("starts");
            let spins = tokio::spawn(busy.ask::<()>("spin", &50).into_future());
            while busy.last_stats().messages_in < 2 {
                tokio::task::yield_now().await;
            }
            let (depth, name): (u64, String) = small.ask("deep", &()).await.unwrap();
            moved += small.last_stats().migrations;
            assert_eq!(name, "RangeError");
            assert!(depth * 2 < usual, "{depth} of {usual}");
            spins.await.unwrap().unwrap();
            busy.kill();
            small.kill();
        }
    });
}

/// Whether this process is one that a test has started for itself, since what it sets holds for a process.
const ALONE: &str = "NANO_TEST_ALONE";

#[test]
fn webassembly_memories_have_the_ceiling_of_the_first_runtime() {
    if std::env::var_os(ALONE).is_none() {
        let myself = std::env::current_exe().expect("this program");
        let name = "limits::webassembly_memories_have_the_ceiling_of_the_first_runtime";
        let run = std::process::Command::new(myself)
            .args(["--exact", name, "--nocapture"])
            .env(ALONE, "1")
            .output()
            .expect("it runs again");
        let text = String::from_utf8_lossy(&run.stdout);
        assert!(run.status.success() && text.contains("1 passed"), "{run:?}");
        return;
    }
    let runtime = Runtime::builder()
        .wasm_pages(100)
        .build()
        .expect("the first");
    runtime.block_on(async {
        let source = "
          const memory = new WebAssembly.Memory({ initial: 1 });
          const tried = (act) => { try { act(); return 'fits' } catch (error) { return error.name } };
          export const grow = (n) => tried(() => memory.grow(n));
          export const make = (n) => tried(() => new WebAssembly.Memory({ initial: n }));
          export const clock = () => performance.now();";
        let actor = runtime.spawn(ActorSpec::source(source)).await.expect("the snapshot fits");
        let ask = async |name, n| actor.ask::<String>(name, &n).await.unwrap();
        assert_eq!(ask("grow", 99).await, "fits");
        assert_eq!(ask("grow", 1).await, "RangeError");
        assert_eq!(ask("make", 101).await, "RangeError");
    });
    assert!(Runtime::builder().wasm_pages(100).build().is_ok());
    assert!(
        Runtime::builder().build().is_ok(),
        "who says nothing takes what there is"
    );
    let other = Runtime::builder().wasm_pages(200).build().err();
    assert!(
        matches!(
            other,
            Some(SpawnError::WasmPages {
                wanted: 200,
                holds: 100
            })
        ),
        "{other:?}"
    );
}

const CLOCK: &str = "
  import { spawn } from 'nano:actor';
  export const read = () => {
    const times = [];
    for (let i = 0; i < 2000; i++) times.push(performance.now(), new Event('x').timeStamp);
    return [performance.timeOrigin, times];
  };
  const source = `
    export const read = () => [performance.timeOrigin, Array.from({ length: 2000 }, () => performance.now())];`;
  export const child = async (options) => (await spawn('nano:child', { source, ...options })).ask('read');
  export const refused = async (step) => {
    try { await spawn('nano:child', { source, clockResolutionMs: step }) } catch (error) { return error.name }
  };
";

type Times = (f64, Vec<f64>);

fn assert_steps((origin, times): &Times, micros: f64) {
    let off = |time: &f64| {
        let steps = time * 1e3 / micros;
        (steps - steps.round()).abs() * micros
    };
    assert!(times.is_sorted(), "it never goes back");
    assert!(
        times.iter().all(|time| *time >= 0.0),
        "from the isolate's start"
    );
    let worst = times.iter().map(off).fold(0.0, f64::max);
    assert!(worst < 0.01, "{worst} µs beside a step of {micros} µs");
    // A double has steps of a quarter of a microsecond there.
    assert!(off(origin) < 0.51, "{origin} {}", off(origin));
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs_f64() * 1e3;
    assert!((now - origin - times[0]).abs() < 60_000.0, "{origin} {now}");
}

/// The smallest step between two readings, in microseconds.
fn finest((_, times): &Times) -> f64 {
    let steps = times.windows(2).map(|pair| (pair[1] - pair[0]) * 1e3);
    steps
        .filter(|step| *step > 0.01)
        .fold(f64::INFINITY, f64::min)
}

#[test]
fn scripts_see_time_in_the_steps_that_were_set() {
    let us = Duration::from_micros;
    let built = |step| {
        Runtime::builder()
            .clock_resolution(step)
            .build()
            .expect("a runtime")
    };
    for (runtime, micros) in [
        (runtime(), 5.0),
        (built(us(200)), 200.0),
        (built(us(0)), 1.0),
    ] {
        runtime.block_on(async {
            let actor = runtime
                .spawn(ActorSpec::source(CLOCK))
                .await
                .expect("starts");
            let times = actor.ask::<Times>("read", &()).await.unwrap();
            assert_steps(&times, micros);
            assert!(
                finest(&times) < 2.0 * micros,
                "no coarser than it says: {}",
                finest(&times)
            );
            let child = async |step: f64| {
                let options = serde_json::json!({ "clockResolutionMs": step });
                actor.ask::<Times>("child", &options).await.unwrap()
            };
            let coarse = child(1.0).await;
            assert_steps(&coarse, 1_000.0);
            // Finer than its parent it never is.
            assert_steps(&child(0.0).await, micros);
            let inherits = actor.ask::<Times>("child", &serde_json::json!({})).await;
            assert_steps(&inherits.unwrap(), micros);
            for wrong in [-1.0, 1e300] {
                assert_eq!(
                    actor.ask::<String>("refused", &wrong).await.as_deref(),
                    Ok("TypeError")
                );
            }
            let own = ActorSpec::source(CLOCK).clock_resolution(us(50));
            let own = runtime.spawn(own).await.expect("starts");
            assert_steps(&own.ask::<Times>("read", &()).await.unwrap(), 50.0);
        });
    }
}

#[test]
fn an_ask_that_waits_for_a_place_in_the_mailbox_ends_at_its_deadline() {
    let runtime = Runtime::builder().isolate_threads(1).build().unwrap();
    runtime.block_on(async {
        let limits = Limits::default().with_mailbox(1);
        let source = "export const f = () => 1; await new Promise((go) => setTimeout(go, 1e9));";
        let actor = runtime
            .spawn_begin(ActorSpec::source(source).limits(limits))
            .unwrap();
        actor.tell("f", &()).await.unwrap();
        let asked = actor
            .ask::<u32>("f", &())
            .timeout(Duration::from_millis(50))
            .await;
        assert!(
            matches!(asked, Err(AskError::Timeout { started: false, .. })),
            "{asked:?}"
        );
        assert!(actor.is_alive());
    });
}

#[test]
fn a_message_from_javascript_is_held_to_the_receivers_limit() {
    let runtime = Runtime::builder().isolate_threads(1).build().unwrap();
    runtime.block_on(async {
        let source = "
            import { register } from 'nano:actor';
            register('narrow');
            export const length = (text) => text.length;
            export const long = (n) => 'x'.repeat(n);
        ";
        let limits = Limits::default().with_message_bytes(1_000);
        let narrow = runtime.spawn(ActorSpec::source(source).limits(limits)).await.unwrap();
        let source = "
            import { lookup } from 'nano:actor';
            const told = (error) => [error.name, error.code];
            export async function f() {
                const narrow = lookup('narrow');
                const buffer = new ArrayBuffer(5_000);
                const results = [await narrow.ask('length', 'x'.repeat(900))];
                results.push(await narrow.ask('length', 'x'.repeat(1_001)).catch(told));
                results.push(await narrow.ask('length', buffer, { transfer: [buffer] }).catch(told));
                results.push(buffer.byteLength);
                try { narrow.tell('length', 'x'.repeat(1_001)) } catch (error) { results.push(told(error)) }
                results.push(await narrow.ask('long', 1_001).catch(told));
                return results;
            }
        ";
        let asker = runtime.spawn(ActorSpec::source(source)).await.unwrap();
        let results: serde_json::Value = asker.ask("f", &()).await.unwrap();
        let refused = ["QuotaExceededError", "limit"];
        assert_eq!(
            results,
            serde_json::json!([900, refused, refused, 5_000, refused, refused])
        );
        assert!(narrow.is_alive());
    });
}
