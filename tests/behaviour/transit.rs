//! What is on its way between isolates: bounded by its bytes as well as by its number.

use std::time::Duration;

use nano::proto::Undelivered;
use nano::{ActorSpec, AskError, ExitReason, LimitKind, Limits, Runtime};

use crate::one_thread;

const MIB: usize = 1 << 20;

#[test]
fn a_mailbox_is_full_of_large_messages_too() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let limits = Limits::default().with_mailbox_bytes(3 * MIB as u64);
        let source = "
            let open; const gate = new Promise((resolve) => { open = resolve });
            let sum = 0;
            export const add = (text) => { sum += text.length };
            export const busy = (ms) => { const end = Date.now() + ms; while (Date.now() < end); };
            export const total = () => sum;";
        let actor = runtime
            .spawn(ActorSpec::source(source).limits(limits))
            .await
            .unwrap();
        let busy = tokio::spawn({
            let actor = actor.clone();
            async move { actor.ask::<()>("busy", &800).await }
        });
        while actor
            .stats()
            .await
            .map_or(true, |stats| stats.pending_calls == 0 && stats.turns < 1)
        {
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
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

#[test]
fn messages_that_wait_for_room_are_bounded() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let source = "
            import { spawn } from 'nano:actor';
            const source = 'export const hang = () => new Promise(() => {}); export const take = () => {};';
            const slow = await spawn('nano:slow', { source, mailbox: 1, pendingCalls: 1 });
            const block = () => { for (const end = Date.now() + 500; Date.now() < end;); };
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
