//! What is on its way between isolates: bounded by its bytes as well as by its number.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use nano::proto::Undelivered;
use nano::{ActorRef, ActorSpec, AskError, ExitReason, LimitKind, Limits, Runtime};

use crate::callee::GRACE;
use crate::one_thread;

const MIB: usize = 1 << 20;

#[test]
fn a_mailbox_is_full_of_large_messages_too() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let limits = Limits::default().with_mailbox_bytes(3 * MIB as u64);
        let listener = "
            let tell; const told = new Promise((resolve) => { tell = resolve });
            export const begun = () => { tell(true) };
            export const wait = () => told;";
        let listener = runtime.spawn(ActorSpec::source(listener)).await.unwrap();
        listener.register("listener").unwrap();
        let source = "
            import { lookup } from 'nano:actor';
            let sum = 0;
            export const add = (text) => { sum += text.length };
            export const busy = (ms) => {
                lookup('listener').tell('begun');
                const end = performance.now() + ms;
                while (performance.now() < end);
            };
            export const total = () => sum;";
        let actor = runtime
            .spawn(ActorSpec::source(source).limits(limits))
            .await
            .unwrap();
        let busy = tokio::spawn({
            let actor = actor.clone();
            async move { actor.ask::<()>("busy", &800).await }
        });
        assert!(listener.ask::<bool>("wait", &()).await.unwrap());
        let text = "x".repeat(MIB);
        let mut taken = 0;
        let refused = loop {
            match actor.try_tell("add", &text) {
                Ok(()) => taken += 1,
                Err(refused) => break refused,
            }
        };
        assert!(taken <= 3, "{taken} messages of 1 MiB");
        assert!(
            matches!(
                &refused,
                AskError::NotDelivered {
                    why: Undelivered::MailboxFull { .. },
                    ..
                }
            ),
            "{refused}"
        );
        // Light ones still find room, and who waits gets it, in order; one that is larger than all, too.
        actor.try_tell("add", "xyz").unwrap();
        let larger = "y".repeat(5 * MIB);
        for text in [&text, &larger, &text] {
            actor.tell("add", text).await.unwrap();
        }
        let total: usize = actor.ask("total", &()).await.unwrap();
        assert_eq!(total, taken * MIB + 3 + 7 * MIB);
        busy.await.unwrap().unwrap();
    });
}

/// An isolate that takes no message any more, with a large one in its mailbox, which has no room for another,
/// but for light ones.
async fn full(runtime: &Runtime) -> (ActorRef, String) {
    let limits = Limits::default()
        .with_mailbox_bytes(10 << 10)
        .with_cpu_ms_per_call(Limits::NONE)
        .with_cpu_ms_per_turn(Limits::NONE);
    let source = "export const f = () => {}; export const spin = () => { for (;;); };";
    let spec = ActorSpec::source(source).limits(limits);
    let actor = runtime.spawn(spec).await.unwrap();
    actor.tell("spin", &()).await.unwrap();
    while actor.last_stats().mailbox_depth > 0 {
        tokio::task::yield_now().await;
    }
    let large = "x".repeat(8 << 10);
    actor.try_tell("f", &large).unwrap();
    (actor, large)
}

/// Whether the future waits when it is polled.
async fn waits<T>(mut future: std::pin::Pin<&mut impl Future<Output = T>>) -> bool {
    std::future::poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_pending())).await
}

#[test]
fn who_gives_up_waiting_for_room_stands_in_nobodys_way() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let (actor, large) = full(&runtime).await;
        {
            let mut told = pin!(actor.tell("f", &large).into_future());
            assert!(waits(told.as_mut()).await);
            assert!(
                actor.try_tell("f", &1).is_err(),
                "who waits comes first, in order"
            );
        }
        actor.try_tell("f", &1).unwrap();
        let short = Duration::from_millis(1);
        let late = actor.ask::<()>("f", &large).timeout(short).await;
        assert!(
            matches!(late, Err(AskError::Timeout { started: false, .. })),
            "{late:?}"
        );
        actor.try_tell("f", &1).unwrap();
        // Who stands behind one that leaves gets the room that there is.
        let first = actor.tell("f", &large).into_future();
        let mut second = pin!(actor.tell("f", &1).into_future());
        {
            let mut first = pin!(first);
            assert!(waits(first.as_mut()).await && waits(second.as_mut()).await);
        }
        let served = tokio::time::timeout(GRACE, second).await;
        served.expect("there is room for it").unwrap();
        assert_eq!(actor.last_stats().mailbox_depth, 4);
        actor.kill();
    });
}

#[test]
fn an_isolate_that_no_longer_waits_for_room_stands_in_nobodys_way() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let (actor, large) = full(&runtime).await;
        actor.register("full").unwrap();
        let source = "
            import { lookup } from 'nano:actor';
            const full = lookup('full');
            export const cancelled = async (text) => {
                const controller = new AbortController();
                const asked = full.ask('f', text, { signal: controller.signal }).catch((error) => error.name);
                await null;
                controller.abort();
                return await asked;
            };
            export const late = (text) => full.ask('f', text, { timeout: 5 }).catch((error) => error.name);
            export const lateBefore = async (text) => {
                const asked = late(text);
                full.tell('f', 'light');
                return await asked;
            };
            export const wait = (text) => { full.tell('f', text) };";
        let asker = runtime.spawn(ActorSpec::source(source)).await.unwrap();
        let mut depth = 1;
        for (export, name) in [("cancelled", "AbortError"), ("late", "TimeoutError")] {
            let error: String = asker.ask(export, &large).await.unwrap();
            assert_eq!(error, name);
            actor.try_tell("f", &1).unwrap();
            depth += 1;
        }
        let error: String = asker.ask("lateBefore", &large).await.unwrap();
        assert_eq!(error, "TimeoutError");
        depth += 1;
        let sent = async {
            while actor.last_stats().mailbox_depth < depth {
                tokio::task::yield_now().await;
            }
        };
        let sent = tokio::time::timeout(GRACE, sent).await;
        sent.expect("there is room for what the isolate sent behind it");
        asker.ask::<()>("wait", &large).await.unwrap();
        assert!(actor.try_tell("f", &1).is_err(), "the isolate waits");
        asker.kill();
        asker.wait().await;
        actor.try_tell("f", &1).unwrap();
        actor.kill();
    });
}

#[test]
fn messages_that_wait_for_room_are_bounded() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let source = "
            import { spawn } from 'nano:actor';
            // Takes no second message meanwhile, should it have been moved to another thread.
            const source = 'export const take = () => { for (const end = Date.now() + 800; Date.now() < end;); };';
            const slow = await spawn('nano:slow', { source, mailbox: 1, linked: true });
            export const flood = (text) => {
                for (let told = 0; ; told++) {
                    try {
                        slow.tell('take', text);
                    } catch (error) {
                        return [told, error.name, error.message];
                    }
                }
            };";
        for (bytes, most, words) in [(MIB, 11, "pendingBytes"), (0, 100, "pendingOperations")] {
            let limits = Limits::default()
                .with_pending_bytes(8 * MIB as u64)
                .with_pending_operations(90);
            let actor = runtime.spawn(ActorSpec::source(source).limits(limits)).await.unwrap();
            let told: (usize, String, String) =
                actor.ask("flood", &"x".repeat(bytes)).await.unwrap();
            assert!(told.0 <= most, "{told:?}");
            assert_eq!(told.1, "QuotaExceededError");
            assert!(told.2.contains(words), "{told:?}");
            actor.kill();
        }
    });
}

#[test]
fn replies_that_wait_are_bounded() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let source = "
            import { spawn } from 'nano:actor';
            const source = 'const text = \"x\".repeat(2 ** 20); export const give = () => text;';
            const givers = [];
            for (let i = 0; i < 4; i++) givers.push(await spawn('nano:giver', { source }));
            export const take = async () => {
                const asks = Array.from({ length: 40 }, (_, i) => givers[i % 4].ask('give'));
                // Nothing is taken meanwhile.
                for (const end = Date.now() + 600; Date.now() < end;);
                const all = await Promise.allSettled(asks);
                const refused = all.filter((one) => one.status === 'rejected');
                const again = await givers[0].ask('give');
                return [refused.length, refused[0]?.reason.message ?? '', again.length];
            };";
        let limits = Limits::default().with_pending_bytes(8 * MIB as u64);
        let actor = runtime
            .spawn(ActorSpec::source(source).limits(limits))
            .await
            .unwrap();
        let (refused, message, again): (usize, String, usize) =
            actor.ask("take", &()).await.unwrap();
        assert!((1..=33).contains(&refused), "{refused} of 40");
        assert!(
            message.contains(LimitKind::PendingBytes.raise_with()),
            "{message}"
        );
        assert_eq!(again, MIB);
    });
}

#[test]
fn an_error_carries_a_part_of_a_long_line() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let pad = "x".repeat(MIB);
        let line =
            format!("/*{pad}*/ export const boom = () => {{ throw new Error('b') }}; /*{pad}*/");
        let actor = runtime
            .spawn(ActorSpec::source(line.clone()))
            .await
            .unwrap();
        let error = actor.ask::<()>("boom", &()).await.unwrap_err();
        let AskError::Threw(error) = error else {
            panic!("{error}")
        };
        let column = error.column.unwrap();
        let begins = (column - 1 - error.source_skipped) as usize;
        let part = error.source_line.unwrap();
        assert!(part.len() < 2_000, "{} bytes", part.len());
        assert!(part[begins..].starts_with("throw new Error"), "{part}");
        assert!(line[column as usize - 1..].starts_with("throw new Error"));
    });
}

#[test]
fn names_are_short_and_few() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let source = "
            import { register, lookup, self, spawn } from 'nano:actor';
            const thrown = (act) => { try { act() } catch (error) { return error.name } };
            export const run = async () => {
                const long = 'x'.repeat(1025);
                const found = [
                    thrown(() => register(long)), thrown(() => register(long.slice(1))),
                    thrown(() => self.actor.tell(long, 1)),
                    await spawn('nano:a', { source: '', name: long }).catch((error) => error.name),
                    await spawn(long, { source: ' '.repeat(70_000_000) }).catch((error) => error.name),
                ];
                let names = 1;
                while (!thrown(() => register('name ' + names))) names++;
                return [found, names, lookup('name 5') !== undefined, thrown(() => register('name 5'))];
            };";
        let spec = || ActorSpec::source(source);
        type Found = (Vec<Option<String>>, u32, bool, Option<String>);
        for _ in 0..2 {
            let actor = runtime.spawn(spec()).await.unwrap();
            let (found, names, known, again): Found = actor.ask("run", &()).await.unwrap();
            let found: Vec<_> = found.iter().map(|name| name.as_deref().unwrap_or("-")).collect();
            assert_eq!(found, ["TypeError", "-", "TypeError", "TypeError", "QuotaExceededError"]);
            assert_eq!((names, known, again), (1_000, true, None));
            // Its names are free again.
            actor.kill();
            actor.wait().await;
        }
    });
}

#[test]
fn an_isolate_leaves_little_behind() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let source = "
            const text = 'x'.repeat(5_000_000);
            export const fail = (how) => { setTimeout(() => { throw how === 'error' ? new Error(text) : text; }); };";
        for how in ["error", "text"] {
            let actor = runtime.spawn(ActorSpec::source(source)).await.unwrap();
            actor.ask::<()>("fail", &how).await.unwrap();
            let ExitReason::Threw(error) = actor.wait().await else {
                panic!("it threw");
            };
            assert!(error.message.starts_with("xxx") && error.message.ends_with('…'));
            let left = error.message.len() + error.stack.len();
            assert!(left < 200_000, "{left} bytes of text");
            assert_eq!(error.value, None);
        }
        // Where somebody waits for the error it is whole.
        let source = "export const fail = () => { throw new Error('x'.repeat(500_000)); };";
        let actor = runtime.spawn(ActorSpec::source(source)).await.unwrap();
        let error = actor.ask::<()>("fail", &()).await.unwrap_err();
        let AskError::Threw(error) = error else {
            panic!("{error}");
        };
        assert_eq!(error.message.len(), 500_000);
    });
}
