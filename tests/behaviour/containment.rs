//! What goes wrong in one isolate, or is done to it in mid-turn, reaches no other: a neighbour keeps answering.

use std::time::Duration;

use nano::{ActorSpec, AskError, ExitReason, LimitKind, Limits, Runtime, SpawnError};

use crate::hostile::limits;
use crate::neighbour;
use crate::one_thread;

#[test]
fn a_kill_in_mid_turn_ends_the_isolate() {
    let runtime = one_thread::runtime();
    neighbour::beside(&runtime, async || {
        let source = "export function spin() { for (;;); }";
        let hostile = runtime
            .spawn(ActorSpec::source(source))
            .await
            .expect("starts");
        let call = hostile.clone();
        let call = runtime
            .handle()
            .spawn(async move { call.ask::<()>("spin", &()).await });
        tokio::time::sleep(Duration::from_millis(500)).await;
        hostile.kill();
        assert_eq!(hostile.wait().await, ExitReason::Killed);
        let error = call
            .await
            .expect("no panic")
            .expect_err("a killed call does not return");
        assert!(
            matches!(error, AskError::Unknown(ExitReason::Killed)),
            "{error:?}"
        );
    });
}

/// So many isolates loop at once, until a limit ends each.
async fn loops(runtime: &Runtime, count: usize, limits: Limits) {
    let mut calls = Vec::new();
    for _ in 0..count {
        let spec = ActorSpec::source("export function spin() { for (;;); }").limits(limits);
        let hostile = runtime.spawn(spec).await.expect("starts");
        let call = hostile.ask::<()>("spin", &()).into_future();
        calls.push(runtime.handle().spawn(call));
    }
    for call in calls {
        let error = call
            .await
            .expect("no panic")
            .expect_err("loops do not return");
        assert!(matches!(error, AskError::Limit(_)), "{error:?}");
    }
}

#[test]
fn two_threads_stuck_in_loops_still_serve_others() {
    let runtime = Runtime::builder()
        .isolate_threads(2)
        .build()
        .expect("a runtime");
    neighbour::beside(&runtime, async || loops(&runtime, 2, limits()).await);
}

#[test]
fn a_stop_during_start_up_ends_the_isolate() {
    let runtime = one_thread::runtime();
    neighbour::beside(&runtime, async || {
        let limits = limits().with_cpu_ms_per_turn(300);
        let spec = ActorSpec::source("for (;;);").limits(limits);
        let error = runtime
            .spawn(spec)
            .await
            .expect_err("a module that loops never starts");
        assert!(error.to_string().contains("CPU"), "{error}");
    });
}

#[test]
fn a_child_that_loops_leaves_its_parent_and_neighbours_alone() {
    let runtime = one_thread::runtime();
    neighbour::beside(&runtime, async || {
        let parent = "import { spawn } from 'nano:actor';
            export async function attack() {
                const child = await spawn('child', { source: 'export const f = () => { for (;;); }', cpuMs: 300 });
                const ended = child.watch();
                const error = await child.ask('f').catch((e) => e);
                return [error.name, await ended];
            }";
        let parent = runtime
            .spawn(ActorSpec::source(parent))
            .await
            .expect("starts");
        let (name, ended): (String, String) =
            parent.ask("attack", &()).await.expect("the parent lives");
        assert_eq!(name, "QuotaExceededError");
        assert!(ended.contains("CPU"), "{ended}");
        assert!(parent.is_alive());
    });
}

/// Panics where the runtime calls it in an isolate's turn.
struct Panics;

impl nano::Output for Panics {
    fn write(&self, _: bool, text: &str) {
        assert!(!text.contains("panic"), "injected");
    }

    fn color(&self, _: bool) -> bool {
        false
    }
}

#[test]
fn a_panic_in_a_turn_ends_one_isolate() {
    let runtime = Runtime::builder()
        .output(Panics)
        .isolate_threads(1)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let neighbour = neighbour::spawn(&runtime).await;
        let source = "export function f() { console.log('panic') }";
        let actor = runtime
            .spawn(ActorSpec::source(source))
            .await
            .expect("starts");
        let error = actor
            .ask::<()>("f", &())
            .await
            .expect_err("its turn panicked");
        assert!(
            matches!(error, AskError::Unknown(ExitReason::Panicked(_))),
            "{error:?}"
        );
        let n: u32 = neighbour
            .ask("echo", &7)
            .await
            .expect("the neighbour lives");
        assert_eq!(n, 7);
    });
}

#[test]
fn a_root_that_loops_for_ever_leaves_its_children_answering() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let child = neighbour::spawn(&runtime).await;
        let spec =
            ActorSpec::source("export function f() { for (;;); }").limits(Limits::unlimited_root());
        let root = runtime.spawn(spec).await.expect("starts");
        let asked = root.clone();
        let call = runtime
            .handle()
            .spawn(async move { asked.ask::<()>("f", &()).await });
        let asking = neighbour::ask_on(&runtime, &child);
        tokio::time::sleep(Duration::from_millis(1500)).await;
        asking.end().await.assert_prompt();
        assert!(runtime.stats().spare_threads > 0);
        assert!(root.is_alive());
        root.kill();
        assert!(call.await.expect("no panic").is_err());
    });
}

#[test]
fn a_module_that_is_ended_before_its_top_level_await_ends_alone() {
    let runtime = one_thread::runtime();
    neighbour::beside(&runtime, async || {
        for (source, limit) in [
            ("while (true); await 0;", LimitKind::Cpu),
            (
                "const a = []; for (;;) a.push({ a }); await 0;",
                LimitKind::Heap,
            ),
        ] {
            let limits = limits()
                .with_heap_bytes(16 << 20)
                .with_cpu_ms_per_turn(2_000);
            let spawned = runtime
                .spawn(ActorSpec::source(source).limits(limits))
                .await;
            let Err(SpawnError::Start(ExitReason::Limit(exceeded))) = spawned else {
                panic!("{spawned:?}");
            };
            assert_eq!(exceeded.limit, limit, "{source}");
        }
    });
}

#[test]
fn spawning_is_refused_while_lost_isolates_hold_too_much() {
    let runtime = Runtime::builder()
        .isolate_threads(1)
        .max_lost_bytes(64 << 20)
        .build()
        .expect("a runtime");
    neighbour::beside(&runtime, async || {
        let source = "export function lose() { return 'x'.repeat(2 ** 27 + 9).split('').length }";
        let spec = || ActorSpec::source(source).limits(limits());
        let hostile = runtime.spawn(spec()).await.expect("starts");
        hostile
            .ask::<u64>("lose", &())
            .await
            .expect_err("V8 cannot go on");
        let refused = runtime.spawn(spec()).await.expect_err("too much is lost");
        let SpawnError::Refused(exceeded) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(exceeded.limit, LimitKind::LostMemory);
        assert_eq!(exceeded.allowed, 64 << 20);
    });
    assert_eq!(runtime.stats().lost_threads, 1);
}

/// V8's parser of regular expressions looks at no termination, and what it allocates is in no heap.
#[test]
fn native_memory_counts_as_lost_until_its_thread_comes_back() {
    let runtime = Runtime::builder()
        .isolate_threads(1)
        .max_lost_bytes(100 << 20)
        .build()
        .expect("a runtime");
    neighbour::beside(&runtime, async || {
        let source = "export const parse = () => new RegExp('(?=a)'.repeat(2 ** 21)).test('b');";
        let limits = Limits::default()
            .with_heap_bytes(32 << 20)
            .with_buffer_bytes(1 << 20)
            .with_external_bytes(1 << 20);
        let spec = || ActorSpec::source(source).limits(limits);
        let hostile = runtime.spawn(spec()).await.expect("starts");
        let error = hostile.ask::<bool>("parse", &()).await.expect_err("huge");
        let AskError::Limit(exceeded) = error else {
            panic!("{error:?}")
        };
        assert_eq!(exceeded.limit, LimitKind::Growth);
        let refused = runtime.spawn(spec()).await.expect_err("too much is lost");
        let SpawnError::Refused(exceeded) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(exceeded.limit, LimitKind::LostMemory);
        // What the limit had allowed, at least.
        assert!(exceeded.used > 162 << 20, "{exceeded:?}");
        // It goes on slowly, to its end.
        while runtime.stats().lost_bytes > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        runtime.spawn(spec()).await.expect("nothing is lost");
    });
    assert_eq!(runtime.stats().lost_threads, 1);
}

#[test]
fn more_loops_than_anybody_has_cores_leave_room_for_others() {
    let runtime = one_thread::runtime();
    let limits = limits().with_cpu_ms_per_call(200);
    neighbour::beside(&runtime, async || loops(&runtime, 20, limits).await);
    assert!(runtime.stats().spare_threads >= 9, "{:?}", runtime.stats());
}

/// So many isolates loop for as long as they are let.
async fn loops_without_end(runtime: &Runtime, count: usize) -> Vec<nano::ActorRef> {
    let limits = limits()
        .with_cpu_ms_per_call(60_000)
        .with_cpu_ms_per_turn(60_000);
    let mut loops = Vec::new();
    for _ in 0..count {
        let spec = ActorSpec::source("export function spin() { for (;;); }").limits(limits);
        loops.push(runtime.spawn(spec).await.expect("starts"));
    }
    for hostile in &loops {
        hostile.tell("spin", &()).await.expect("there is room");
    }
    loops
}

/// With the kernel alone to share the processors out, each thread that is started for those who wait has to wait
/// for one behind all that loop already: this took seconds.
#[test]
fn a_crowd_of_loops_leaves_processors_to_others() {
    let runtime = one_thread::runtime();
    neighbour::beside(&runtime, async || {
        let loops = loops_without_end(&runtime, 50).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        for hostile in loops {
            assert!(hostile.is_alive(), "there are threads enough");
            hostile.kill();
            assert_eq!(hostile.wait().await, ExitReason::Killed);
        }
    });
    assert!(runtime.stats().spare_threads >= 49, "{:?}", runtime.stats());
}

/// Who has shown short turns goes first: else he would wait until there is a thread for each of these.
#[test]
fn a_crowd_of_starts_that_loop_comes_behind_who_is_quick() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let neighbour = neighbour::spawn(&runtime).await;
        for _ in 0..20 {
            let seven: u64 = neighbour.ask("echo", &7).await.expect("it answers");
            assert_eq!(seven, 7);
        }
        let asking = neighbour::ask_on(&runtime, &neighbour);
        let start = || {
            let runtime = runtime.clone();
            tokio::spawn(async move { runtime.spawn(ActorSpec::source("for (;;);")).await })
        };
        let starts: Vec<_> = (0..150).map(|_| start()).collect();
        tokio::time::sleep(Duration::from_secs(3)).await;
        asking.end().await.assert_prompt();
        for start in starts {
            // Takes the start back.
            start.abort();
        }
    });
    let started = runtime.stats().spare_threads;
    assert!(started >= 20, "{started}");
}

fn few_threads() -> Runtime {
    Runtime::builder()
        .isolate_threads(1)
        .spare_threads(16)
        .build()
        .expect("a runtime starts")
}

/// Else nobody would have a turn before the first loop has reached its limit.
#[test]
fn more_loops_than_threads_end_until_there_is_room() {
    let runtime = few_threads();
    runtime.block_on(async {
        let neighbour = neighbour::spawn(&runtime).await;
        let loops = loops_without_end(&runtime, 30).await;
        // Behind all of them.
        let seven: u64 = neighbour.ask("echo", &7).await.expect("it gets a thread");
        assert_eq!(seven, 7);
        let mut ended = 0;
        for hostile in loops {
            hostile.kill();
            match hostile.wait().await {
                ExitReason::Killed => {}
                ExitReason::Limit(exceeded) => {
                    assert_eq!(exceeded.limit, LimitKind::Threads);
                    assert_eq!((exceeded.used, exceeded.allowed), (17, 17));
                    ended += 1;
                }
                other => panic!("{other:?}"),
            }
        }
        assert!((1..30).contains(&ended), "{ended} ended");
    });
}

/// The last thread is for what is quick, so that it does not wait until some loops have ended.
#[test]
fn who_is_quick_answers_while_loops_have_all_threads() {
    let runtime = few_threads();
    runtime.block_on(async {
        let neighbour = neighbour::spawn(&runtime).await;
        for n in 0..20_u64 {
            let _: u64 = neighbour.ask("echo", &n).await.expect("it answers");
        }
        let loops = loops_without_end(&runtime, 40).await;
        let asking = neighbour::ask_on(&runtime, &neighbour);
        tokio::time::sleep(Duration::from_secs(3)).await;
        asking.end().await.assert_prompt();
        let ends = loops.iter().filter(|hostile| !hostile.is_alive()).count();
        assert!(ends > 0, "some were to end for those that had no thread");
        for hostile in loops {
            hostile.kill();
        }
    });
}

/// Where no loop would be ended for them, new isolates have the last thread as well.
#[test]
fn of_few_threads_the_last_one_is_for_everybody() {
    let few = Runtime::builder().isolate_threads(1).spare_threads(1);
    let runtime = few.build().expect("a runtime starts");
    runtime.block_on(async {
        let loops = loops_without_end(&runtime, 1).await;
        let spawned =
            tokio::time::timeout(Duration::from_secs(5), neighbour::spawn(&runtime)).await;
        let neighbour = spawned.expect("it gets the other thread");
        neighbour.kill();
        let ended = tokio::time::timeout(Duration::from_secs(5), neighbour.wait()).await;
        assert_eq!(ended.expect("it ends there"), ExitReason::Killed);
        loops[0].kill();
    });
}

#[test]
fn more_computations_than_threads_all_come_to_an_end() {
    let runtime = few_threads();
    runtime.block_on(async {
        let source = "export const sum = (n) => {
            let s = 0;
            for (let i = 0; i < n; i++) s = (s * 31 + i) | 0;
            return s;
        };";
        let mut calls = Vec::new();
        for _ in 0..60 {
            let actor = runtime
                .spawn(ActorSpec::source(source))
                .await
                .expect("starts");
            calls.push(actor.ask::<i32>("sum", &5_000_000).into_future());
        }
        let calls: Vec<_> = calls
            .into_iter()
            .map(|call| runtime.handle().spawn(call))
            .collect();
        for call in calls {
            call.await
                .expect("no panic")
                .expect("it is far below its limits");
        }
    });
}
