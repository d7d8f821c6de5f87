//! What an isolate's figures and a call's receipt say.

use std::time::Duration;

use nano::{ActorRef, ActorSpec, Limits, MayHaveRun, Runtime};

use crate::callee::named;
use crate::one_thread;

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
    let runtime = one_thread::with_spares(0);
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
    let runtime = one_thread::with_spares(0);
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
            text.contains("pending calls limit reached: 2 of 2 in use"),
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
    let runtime = one_thread::with_spares(0);
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
    let runtime = one_thread::with_spares(0);
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
    let runtime = one_thread::with_spares(0);
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

#[test]
fn a_receipt_charges_each_call_with_its_own_work() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let actor = named(&runtime, "a").await;
        let idle = tokio::spawn(actor.ask::<String>("wait", &60).with_receipt());
        let ((), busy) = actor.ask::<()>("work", &40).with_receipt().await.unwrap();
        let (_, idle) = idle.await.unwrap().unwrap();
        let ms = Duration::from_millis;
        // A loaded machine gives the first loop a part of its 40 ms only.
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
fn a_receipt_knows_the_peak_of_buffers_of_all_kinds() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let source = "
            export const none = () => {};
            export const fixed = () => { new ArrayBuffer(10e6) };
            export const resizable = () => { new ArrayBuffer(20e6, { maxByteLength: 40e6 }).resize(0) };
            export const shared = () => { new SharedArrayBuffer(20e6, { maxByteLength: 40e6 }) };
            export const memory = () => { new WebAssembly.Memory({ initial: 320 }) };
            export const both = () => { fixed(); resizable() };";
        let expected = [
            ("none", 0),
            ("fixed", 10_000_000),
            ("resizable", 20_000_000),
            ("shared", 20_000_000),
            ("memory", 320 << 16),
            ("both", 30_000_000),
        ];
        for (entry, least) in expected {
            let actor = runtime.spawn(ActorSpec::source(source)).await.unwrap();
            let asked = actor.ask::<()>(entry, &()).with_receipt();
            let peak = asked.await.unwrap().1.peak_buffer_bytes;
            assert!((least..=least + 200_000).contains(&peak), "{entry}: {peak}");
        }
    });
}

#[test]
fn statistics_have_fresh_figures_of_the_heap() {
    let runtime = one_thread::with_spares(2);
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
