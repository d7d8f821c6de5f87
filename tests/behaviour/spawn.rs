//! What one isolate is given when it starts: its loader; and what becomes of one that never gets ready.

use std::sync::Arc;
use std::time::Duration;

use nano::proto::Undelivered;
use nano::{ActorSpec, AskError, ExitReason, LimitKind, Limits, MemoryLoader, Runtime, SpawnError};

const GRACE: Duration = Duration::from_secs(10);

/// A main module that never gets ready, and says so to nobody.
const FOREVER: &str =
    "export const f = () => 1; await new Promise((resolve) => setTimeout(resolve, 1e9));";

#[test]
fn isolates_of_one_runtime_have_loaders_of_their_own() {
    let of_runtime = MemoryLoader::new().with("app:lib", "export const who = 'everybody';");
    let runtime = Runtime::builder().loader(of_runtime).build().unwrap();
    runtime.block_on(async {
        let main = "
            import { spawn } from 'nano:actor';
            import { who } from 'app:lib';
            export const name = () => who;
            export const late = async () => (await import('app:lib')).who;
            export async function child() {
                const source = `import { who } from 'app:lib'; export const name = () => who;`;
                const inline = await spawn('app:child', { source });
                const loaded = await spawn('app:file');
                return [await inline.ask('name'), await loaded.ask('name')];
            }
        ";
        let tenant = |n: u32| {
            Arc::new(
                MemoryLoader::new()
                    .with("app:lib", format!("export const who = 'tenant {n}';"))
                    .with(
                        "app:file",
                        "import { who } from 'app:lib'; export const name = () => who + '!';",
                    )
                    .with("main.js", main),
            )
        };
        let first = tenant(1);
        let specs = [
            ActorSpec::module("app:main", main),
            ActorSpec::module("app:main", main).loader(first.clone()),
            ActorSpec::file("main.js").loader(first),
            ActorSpec::module("app:main", main).loader(tenant(2)),
        ];
        let names = ["everybody", "tenant 1", "tenant 1", "tenant 2"];
        for (spec, name) in specs.into_iter().zip(names) {
            let actor = runtime.spawn(spec).await.unwrap();
            assert_eq!(actor.ask::<String>("name", &()).await.unwrap(), name);
            assert_eq!(actor.ask::<String>("late", &()).await.unwrap(), name);
            if name == "everybody" {
                continue;
            }
            // Children have their parent's.
            let children: [String; 2] = actor.ask("child", &()).await.unwrap();
            assert_eq!(children, [name.to_owned(), format!("{name}!")]);
        }
        // The loader of the runtime knows no such file.
        let refused = runtime.spawn(ActorSpec::file("main.js")).await;
        assert!(matches!(refused, Err(SpawnError::Start(_))), "{refused:?}");
    });
}

#[test]
fn an_ask_to_an_isolate_that_never_gets_ready_ends_at_its_deadline() {
    let runtime = Runtime::builder().build().unwrap();
    runtime.block_on(async {
        let actor = runtime.spawn_begin(ActorSpec::source(FOREVER)).unwrap();
        let ask = actor
            .ask::<u32>("f", &())
            .timeout(Duration::from_millis(50));
        let asked = tokio::time::timeout(GRACE, ask).await;
        // The asker's clock and the isolate's run out together.
        assert!(
            matches!(
                asked,
                Ok(Err(AskError::NotDelivered {
                    why: Undelivered::Expired,
                    ..
                } | AskError::Timeout { .. }))
            ),
            "{asked:?}"
        );
        assert!(actor.is_alive());
        // Its place in the mailbox is free again.
        while actor.stats().await.unwrap().mailbox_depth > 0 {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn a_start_has_the_wall_time_of_a_call() {
    let runtime = Runtime::builder().build().unwrap();
    runtime.block_on(async {
        let limits = Limits::default().with_wall_ms_per_call(50);
        let spec = ActorSpec::source(FOREVER).limits(limits);
        let spawned = tokio::time::timeout(GRACE, runtime.spawn(spec)).await.unwrap();
        let Err(SpawnError::Start(ExitReason::Limit(exceeded))) = spawned else {
            panic!("{spawned:?}");
        };
        assert_eq!(exceeded.limit, LimitKind::Wall);
        let source = "
            import { spawn } from 'nano:actor';
            export async function f(source) {
                try {
                    await spawn('app:child', { source, limits: { wall: 50 }, wallMs: 50, wallMsPerCall: 50 });
                } catch (error) {
                    return error.message;
                }
            }
        ";
        let asker = runtime.spawn(ActorSpec::source(source)).await.unwrap();
        let failed: String = asker.ask("f", FOREVER).await.unwrap();
        assert!(failed.contains("wall time"), "{failed}");
    });
}

#[test]
fn a_main_module_that_awaits_what_can_never_come_fails_at_once() {
    let runtime = Runtime::builder().build().unwrap();
    runtime.block_on(async {
        let never = "export const f = () => 1; await new Promise(() => {});";
        let spawned = runtime.spawn(ActorSpec::source(never));
        let spawned = tokio::time::timeout(GRACE, spawned).await.unwrap();
        let Err(SpawnError::Start(ExitReason::StartFailed(error))) = spawned else {
            panic!("{spawned:?}");
        };
        assert_eq!(error.code.as_deref(), Some("unsettled_top_level_await"));
        let actor = runtime.spawn_begin(ActorSpec::source(never)).unwrap();
        let asked = tokio::time::timeout(GRACE, actor.ask::<u32>("f", &())).await;
        assert!(
            matches!(asked, Ok(Err(AskError::NotDelivered { .. }))),
            "{asked:?}"
        );
        // What another thread, or a timer of V8's own, will settle is no such thing.
        let waits = "
            const cell = new Int32Array(new SharedArrayBuffer(4));
            const woken = await Atomics.waitAsync(cell, 0, 0, 20).value;
            export const f = () => woken;
        ";
        let actor = runtime.spawn(ActorSpec::source(waits)).await.unwrap();
        assert_eq!(actor.ask::<String>("f", &()).await.unwrap(), "timed-out");
    });
}

#[test]
fn an_isolate_that_never_gets_ready_can_be_stopped() {
    let runtime = Runtime::builder().build().unwrap();
    runtime.block_on(async {
        let actor = runtime.spawn_begin(ActorSpec::source(FOREVER)).unwrap();
        let asked = actor.ask::<u32>("f", &());
        let (asked, reason) = tokio::join!(asked, async {
            while actor.stats().await.unwrap().messages_in == 0 {
                tokio::task::yield_now().await;
            }
            actor.stop(GRACE).await
        });
        assert_eq!(reason, ExitReason::Stopped);
        assert!(
            matches!(asked, Err(AskError::NotDelivered { .. })),
            "{asked:?}"
        );
        // The one who waits for the spawn itself learns it too.
        let spec = ActorSpec::module("nano:forever", FOREVER).name("forever");
        let spawned = runtime.spawn_begin(spec).unwrap();
        let reason = tokio::time::timeout(GRACE, spawned.stop(GRACE)).await;
        assert_eq!(reason, Ok(ExitReason::Stopped));
    });
}

#[test]
fn the_reason_of_a_thrown_value_says_uncaught_once() {
    let runtime = Runtime::builder().build().unwrap();
    runtime.block_on(async {
        for (thrown, expected) in [
            ("42", "uncaught 42"),
            ("'text'", "uncaught text"),
            ("undefined", "uncaught undefined"),
            ("{ a: 1 }", "uncaught { a: 1 }"),
            ("{ name: 'Odd', message: 'one' }", "uncaught Odd: one"),
            ("new RangeError('far')", "uncaught RangeError: far"),
        ] {
            for body in [
                "setTimeout(() => { throw VALUE; })",
                "void Promise.reject(VALUE)",
            ] {
                let body = body.replace("VALUE", &format!("({thrown})"));
                let source = format!("export const f = () => {{ {body} }}");
                let actor = runtime.spawn(ActorSpec::source(source)).await.unwrap();
                actor.ask::<()>("f", &()).await.unwrap();
                let reason = actor.wait().await.to_string();
                println!("{body}: {reason}");
                assert!(reason.starts_with(expected), "{body}: {reason}");
                assert_eq!(
                    reason.to_lowercase().matches("uncaught").count(),
                    1,
                    "{reason}"
                );
            }
        }
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
fn a_spawn_fails_with_what_the_module_threw_though_a_listener_handled_it() {
    let runtime = Runtime::builder().build().unwrap();
    runtime.block_on(async {
        let source = "
            addEventListener('error', (event) => event.preventDefault());
            setTimeout(() => {}, 500);
            export const f = () => 1;
            throw new TypeError('wrong');
        ";
        let spec = || ActorSpec::module("file:///wrong.js", source);
        for spec in [spec(), spec().ends_when_quiescent(true)] {
            match runtime.spawn(spec).await.map(drop) {
                Err(SpawnError::Start(ExitReason::StartFailed(error))) => {
                    assert_eq!(error.message, "wrong");
                }
                other => panic!("{other:?}"),
            }
        }
        // A script goes on, and has no exports to call.
        let script = runtime
            .spawn_begin(spec().ends_when_quiescent(true))
            .unwrap();
        for _ in 0..2 {
            match script.ask::<u32>("f", &()).await {
                Err(AskError::NotDelivered {
                    why: Undelivered::NotRunning(Some(reason)),
                    ..
                }) => assert!(matches!(*reason, ExitReason::StartFailed(_)), "{reason}"),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(script.wait().await, ExitReason::Normal);
        let actor = runtime.spawn_begin(spec()).unwrap();
        assert!(matches!(actor.wait().await, ExitReason::StartFailed(_)));
    });
}
