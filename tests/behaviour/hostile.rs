//! Scripts that try to take the process, the thread or the neighbours down.

use std::time::Duration;

use nano::{ActorSpec, AskError, ExitReason, LimitKind, Limits, Runtime, RuntimeStats, SpawnError};

use crate::neighbour;

/// What became of a hostile call.
struct Outcome {
    error: Option<AskError>,
    exit: Option<ExitReason>,
    stats: RuntimeStats,
}

fn limits() -> Limits {
    Limits::default()
        .with_heap_bytes(64 << 20)
        .with_buffer_bytes(32 << 20)
        .with_cpu_ms_per_call(400)
        // Some builtins do not look at a termination for many seconds.
        .with_wall_ms_per_call(120_000)
}

/// Runs `attack`, the body of a function, in an isolate on the only isolate thread, beside a neighbour
/// that has to keep answering.
fn run_with(limits: Limits, attack: &str) -> Outcome {
    let runtime = Runtime::builder()
        .isolate_threads(1)
        .build()
        .expect("a runtime");
    let source = format!("export async function attack() {{ {attack} }}");
    runtime.block_on(async {
        let neighbour = neighbour::spawn(&runtime).await;
        let hostile = runtime
            .spawn(ActorSpec::module("file:///hostile.js", source).limits(limits))
            .await
            .expect("the hostile module itself is harmless");
        let asking = neighbour::ask_on(&runtime, &neighbour);
        let error = hostile.ask::<serde_json::Value>("attack", &()).await.err();
        let exit = match &error {
            Some(AskError::Unknown(_) | AskError::Limit(_)) => Some(hostile.wait().await),
            _ => hostile.exit_reason(),
        };
        asking.end().await.assert_prompt();
        assert!(neighbour.is_alive());
        let stats = runtime.stats();
        Outcome { error, exit, stats }
    })
}

fn run(attack: &str) -> Outcome {
    run_with(limits(), attack)
}

impl Outcome {
    fn assert_limit(&self, limit: LimitKind) -> &Self {
        match &self.exit {
            Some(ExitReason::Limit(exceeded)) if exceeded.limit == limit => self,
            other => panic!(
                "expected the {limit:?} limit, got {other:?} and {:?}",
                self.error
            ),
        }
    }

    fn assert_any_limit(&self) -> &Self {
        assert!(
            matches!(&self.exit, Some(ExitReason::Limit(_))),
            "{:?} {:?}",
            self.exit,
            self.error
        );
        self
    }

    fn assert_threw(&self, name: &str) {
        match &self.error {
            Some(AskError::Threw(error)) => assert_eq!(error.name, name, "{error:?}"),
            other => panic!("expected a {name}, got {other:?}, exit {:?}", self.exit),
        }
        assert!(self.exit.is_none(), "{:?}", self.exit);
    }
}

macro_rules! attacks {
    ($($name:ident: $attack:expr => |$outcome:ident| $check:expr;)*) => {
        $(#[test] fn $name() { let $outcome = run($attack); $check; })*
    };
}

attacks! {
    an_endless_loop_ends_at_the_cpu_limit: "while (true);" => |o| {
        o.assert_limit(LimitKind::Cpu);
        assert!(o.stats.spare_threads > 0, "the neighbour needed a spare thread");
        assert!(o.stats.migrations > 0);
    };
    an_endless_microtask_loop_ends_at_a_limit:
        "const f = () => Promise.resolve().then(f); await f(); await new Promise(() => {})" => |o| o.assert_any_limit();
    a_loop_inside_a_microtask_ends_at_the_cpu_limit:
        "await null; for (;;);" => |o| o.assert_limit(LimitKind::Cpu);
    a_regex_bomb_ends_at_the_cpu_limit:
        "return /^(a+)+$/.test('a'.repeat(50) + 'b')" => |o| o.assert_limit(LimitKind::Cpu);
    a_bomb_of_small_objects_ends_at_a_limit:
        "const a = []; for (;;) a.push({ x: a.length })" => |o| o.assert_any_limit();
    a_bomb_of_one_array_ends_at_a_limit:
        "let a = [1]; for (;;) a = a.concat(a, a)" => |o| o.assert_any_limit();
    a_filled_huge_array_ends_at_a_limit:
        "const a = []; for (;;) a.push(new Array(2 ** 25).fill(1.5))" => |o| o.assert_any_limit();
    an_array_from_a_huge_length_ends_at_a_limit:
        "return Array.from({ length: 2 ** 31 - 1 }).length" => |o| o.assert_any_limit();
    a_bomb_of_strings_ends_at_a_limit:
        "const a = []; for (let i = 0;; i++) a.push(('x' + i).repeat(10000).split('').join('-'))" => |o| o.assert_any_limit();
    a_loop_in_the_writer_of_stacks_ends_at_the_cpu_limit:
        "Error.prepareStackTrace = () => { for (;;); }; throw new Error('x')" => |o| o.assert_limit(LimitKind::Cpu);
    a_loop_in_a_getter_of_an_error_ends_at_the_cpu_limit:
        "throw { get name() { for (;;); }, get message() { for (;;); }, toString() { for (;;); } }" => |o| o.assert_limit(LimitKind::Cpu);
    an_error_that_holds_itself_many_times_is_described:
        "const e = new AggregateError([]); for (let i = 0; i < 16; i++) e.errors.push(e); throw e" => |o| o.assert_threw("AggregateError");
    a_string_that_is_split_beyond_all_arrays_ends_its_isolate_alone:
        "return 'x'.repeat(2 ** 27 + 9).split('').length" => |o| {
        assert!(o.exit.is_some(), "{:?}", o.error);
        assert_eq!(o.stats.lost_threads, 1);
    };
    a_bomb_of_wasm_memories_ends_its_isolate_alone:
        "const all = []; for (;;) all.push(new WebAssembly.Memory({ initial: 1 }))" => |o| o.assert_limit(LimitKind::Mappings);
    a_bomb_of_small_wasm_memories_ends_its_isolate_alone:
        "const all = []; for (;;) all.push(new WebAssembly.Memory({ initial: 1, maximum: 2 }))" => |o| o.assert_limit(LimitKind::Mappings);
    a_builtin_that_looks_at_nothing_is_given_up:
        "return Array.prototype.lastIndexOf.call({ length: 2 ** 31 }, 1)" => |o| {
        o.assert_limit(LimitKind::Cpu);
        assert_eq!(o.stats.lost_threads, 1);
    };
    promises_that_are_rejected_and_handled_in_one_task_cost_little:
        "const all = []; for (let i = 0; i < 20000; i++) all.push(Promise.reject(i)); for (const one of all) one.catch(() => {})" => |o| assert!(o.error.is_none(), "{:?}", o.error);
    a_doubling_string_throws: "let s = 'x'; for (;;) s += s" => |o| o.assert_threw("RangeError");
    a_bomb_of_array_buffers_throws:
        "const a = []; for (;;) a.push(new ArrayBuffer(1 << 20))" => |o| o.assert_threw("RangeError");
    half_a_gigabyte_of_bytes_under_a_small_limit_throws:
        "return new Uint8Array(512 << 20).length" => |o| o.assert_threw("RangeError");
    a_bomb_of_resizable_buffers_ends_at_a_limit:
        "const a = []; for (;;) { const b = new ArrayBuffer(1 << 24, { maxByteLength: 1 << 28 }); new Uint8Array(b).fill(1); a.push(b) }" => |o| {
            assert!(o.error.is_some());
        };
    a_bomb_of_wasm_memories_ends_at_a_limit:
        "const a = []; for (;;) { const m = new WebAssembly.Memory({ initial: 256 }); new Uint8Array(m.buffer).fill(1); a.push(m) }" => |o| {
            assert!(o.error.is_some());
        };
    a_growing_wasm_memory_ends_at_a_limit:
        "const m = new WebAssembly.Memory({ initial: 1 }); for (;;) { m.grow(64); new Uint8Array(m.buffer).fill(1) }" => |o| {
            assert!(o.error.is_some());
        };
    a_pure_wasm_loop_ends_at_the_cpu_limit:
        "const code = new Uint8Array([0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,102,0,0,10,9,1,7,0,3,64,12,0,11,11]); const { instance } = await WebAssembly.instantiate(code); instance.exports.f()" => |o| o.assert_limit(LimitKind::Cpu);
    array_from_over_a_native_iterator_ends_at_a_limit:
        "function* g() { for (;;) yield 1 } return Array.from(g()).length" => |o| o.assert_any_limit();
    array_from_over_an_endless_map_iterator_ends_at_a_limit:
        "const m = new Map([[0, 0]]); const it = m.keys(); const w = { [Symbol.iterator]: () => ({ next: () => { m.set(m.size, 0); return it.next() } }) }; return Array.from(w).length" => |o| o.assert_any_limit();
    evaluating_doubling_sources_ends_at_a_limit:
        "let s = 'var x = 1;'; for (;;) { eval(s); s += s }" => |o| { assert!(o.error.is_some()); };
    a_bomb_of_intl_objects_ends_at_a_limit:
        "const a = []; for (;;) a.push(new Intl.DateTimeFormat('de', { dateStyle: 'full' }), new Intl.NumberFormat('ja'))" => |o| { o.assert_any_limit(); };
    unbounded_recursion_throws: "const f = () => f() + 1; return f()" => |o| o.assert_threw("RangeError");
    recursion_in_json_throws:
        "return JSON.parse('['.repeat(1e5) + ']'.repeat(1e5), (_, v) => v).length" => |o| o.assert_threw("RangeError");
    recursion_in_a_getter_during_a_clone_throws:
        "const o = { get x() { return structuredClone(o) } }; return structuredClone(o)" => |o| o.assert_threw("RangeError");
    a_flood_of_promises_ends_at_a_limit:
        "const a = []; for (;;) a.push(new Promise(() => {}).then(() => {}))" => |o| o.assert_any_limit();
    a_flood_of_timers_is_refused:
        "for (;;) setTimeout(() => {}, 1e6)" => |o| o.assert_threw("QuotaExceededError");
}

#[test]
fn a_kill_in_mid_turn_ends_the_isolate() {
    let runtime = Runtime::builder()
        .isolate_threads(1)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let neighbour = neighbour::spawn(&runtime).await;
        let source = "export function spin() { for (;;); }";
        let hostile = runtime
            .spawn(ActorSpec::source(source))
            .await
            .expect("starts");
        let asking = neighbour::ask_on(&runtime, &neighbour);
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
        asking.end().await.assert_prompt();
    });
}

#[test]
fn two_threads_stuck_in_loops_still_serve_others() {
    let runtime = Runtime::builder()
        .isolate_threads(2)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let neighbour = neighbour::spawn(&runtime).await;
        let mut calls = Vec::new();
        for _ in 0..2 {
            let spec = ActorSpec::source("export function spin() { for (;;); }").limits(limits());
            let hostile = runtime.spawn(spec).await.expect("starts");
            calls.push(
                runtime
                    .handle()
                    .spawn(async move { hostile.ask::<()>("spin", &()).await }),
            );
        }
        let asking = neighbour::ask_on(&runtime, &neighbour);
        for call in calls {
            let error = call
                .await
                .expect("no panic")
                .expect_err("loops do not return");
            assert!(
                matches!(error, AskError::Unknown(ExitReason::Limit(_))),
                "{error:?}"
            );
        }
        asking.end().await.assert_prompt();
    });
}

#[test]
fn spawning_past_the_ceiling_is_refused() {
    let runtime = Runtime::builder()
        .max_isolates(3)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut living = Vec::new();
        for _ in 0..3 {
            living.push(
                runtime
                    .spawn(ActorSpec::source("export {}"))
                    .await
                    .expect("starts"),
            );
        }
        let error = runtime
            .spawn(ActorSpec::source("export {}"))
            .await
            .expect_err("refused");
        assert!(error.to_string().contains("max_isolates"), "{error}");
        living[0].kill();
        living[0].wait().await;
        runtime
            .spawn(ActorSpec::source("export {}"))
            .await
            .expect("there is room again");
    });
}

#[test]
fn a_kill_between_two_turns_ends_the_isolate() {
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        for _ in 0..50 {
            let actor = runtime
                .spawn(ActorSpec::source("export const f = () => 1;"))
                .await
                .expect("starts");
            let _: u32 = actor.ask("f", &()).await.expect("answers");
            actor.kill();
            assert_eq!(actor.wait().await, ExitReason::Killed);
            let error = actor.ask::<u32>("f", &()).await.expect_err("it has ended");
            assert!(matches!(error, AskError::NotDelivered { .. }), "{error:?}");
        }
    });
}

#[test]
fn a_stop_during_start_up_ends_the_isolate() {
    let runtime = Runtime::builder()
        .isolate_threads(1)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let neighbour = neighbour::spawn(&runtime).await;
        let asking = neighbour::ask_on(&runtime, &neighbour);
        let limits = limits().with_cpu_ms_per_turn(300);
        let spec = ActorSpec::source("for (;;);").limits(limits);
        let error = runtime
            .spawn(spec)
            .await
            .expect_err("a module that loops never starts");
        assert!(error.to_string().contains("CPU"), "{error}");
        asking.end().await.assert_prompt();
    });
}

#[test]
fn a_flood_into_an_isolate_that_was_stopped_is_refused() {
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let actor = runtime
            .spawn(ActorSpec::source("export const f = () => 1;"))
            .await
            .expect("starts");
        let flood: Vec<_> = (0..4)
            .map(|_| {
                let actor = actor.clone();
                runtime.handle().spawn(async move {
                    let mut refused = 0_u32;
                    for i in 0..20_000_u32 {
                        refused += u32::from(actor.tell("f", &i).await.is_err());
                    }
                    refused
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(5)).await;
        actor.kill();
        actor.wait().await;
        for task in flood {
            assert!(
                task.await.expect("no panic") > 0,
                "the flood ended before the isolate"
            );
        }
        assert_eq!(runtime.stats().isolates, 0);
    });
}

#[test]
fn a_child_that_loops_leaves_its_parent_and_neighbours_alone() {
    let runtime = Runtime::builder()
        .isolate_threads(1)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let neighbour = neighbour::spawn(&runtime).await;
        let parent = "import { spawn } from 'nano:actor';
            export async function attack() {
                const child = await spawn('child', { source: 'export const f = () => { for (;;); }', cpuMs: 300 });
                const ended = child.watch();
                const error = await child.ask('f').catch((e) => e);
                return [error.name, await ended];
            }";
        let parent = runtime.spawn(ActorSpec::source(parent)).await.expect("starts");
        let asking = neighbour::ask_on(&runtime, &neighbour);
        let (name, ended): (String, String) = parent.ask("attack", &()).await.expect("the parent lives");
        assert_eq!(name, "OperationError");
        assert!(ended.contains("CPU"), "{ended}");
        asking.end().await.assert_prompt();
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
    let runtime = Runtime::builder()
        .isolate_threads(1)
        .build()
        .expect("a runtime");
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
    let runtime = Runtime::builder().isolate_threads(1).build().unwrap();
    runtime.block_on(async {
        let neighbour = neighbour::spawn(&runtime).await;
        let asking = neighbour::ask_on(&runtime, &neighbour);
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
        asking.end().await.assert_prompt();
    });
}

#[test]
fn a_message_that_cannot_be_read_is_no_error_of_the_receiver() {
    let runtime = Runtime::builder().isolate_threads(1).build().unwrap();
    runtime.block_on(async {
        let small = Limits::default().with_buffer_bytes(1 << 20);
        let source = "
            import { register } from 'nano:actor';
            register('small');
            export const length = (b) => b.byteLength;
            export const ping = () => 1;
        ";
        let spec = ActorSpec::source(source).limits(small);
        let receiver = runtime.spawn(spec).await.unwrap();
        let sender = "
            import { lookup } from 'nano:actor';
            export const ask = () => lookup('small').ask('length', new ArrayBuffer(4 << 20));
            export const tell = () => lookup('small').tell('length', new ArrayBuffer(4 << 20));
        ";
        let sender = runtime.spawn(ActorSpec::source(sender)).await.unwrap();
        let asked = sender.ask::<u32>("ask", &()).await;
        let Err(AskError::Threw(error)) = asked else {
            panic!("{asked:?}");
        };
        assert_eq!(error.name, "DataCloneError", "{error:?}");
        sender.ask::<()>("tell", &()).await.unwrap();
        assert_eq!(receiver.ask::<u32>("ping", &()).await.unwrap(), 1);
        assert!(receiver.is_alive());
    });
}

#[test]
fn an_isolate_that_watches_itself_often_goes_on() {
    let runtime = Runtime::builder().isolate_threads(1).build().unwrap();
    runtime.block_on(async {
        let source = "
            import { link, self, watch } from 'nano:actor';
            export function watchMyself() {
                for (let i = 0; i < 200; i++) {
                    watch(self.actor);
                    link(self.actor);
                }
            }
        ";
        let actor = runtime.spawn(ActorSpec::source(source)).await.unwrap();
        actor.ask::<()>("watchMyself", &()).await.unwrap();
        actor.ask::<()>("watchMyself", &()).await.unwrap();
        assert_eq!(
            actor.stop(Duration::from_secs(10)).await,
            ExitReason::Stopped
        );
    });
}

#[test]
fn an_ask_to_an_isolate_that_cannot_be_stopped_ends_at_its_wall_limit() {
    let runtime = Runtime::builder().isolate_threads(1).build().unwrap();
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
