//! Memory that an isolate holds outside its heap, whatever V8 knows of it.

use nano::{ActorRef, ActorSpec, AskError, ExitReason, LimitExceeded, LimitKind, Limits, Runtime};

use crate::one_thread;

/// Makes 8 MiB that can be used, of each kind, and keeps them or not.
const MAKER: &str = "
  const bytes = 8 << 20, pages = bytes >> 16;
  const memory = new WebAssembly.Memory({ initial: 0 });
  const kept = [];
  const makers = {
    wasm: () => new WebAssembly.Memory({ initial: pages }),
    sharedWasm: () => new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }),
    growable: () => new SharedArrayBuffer(bytes, { maxByteLength: bytes }),
    resizable: () => new ArrayBuffer(bytes, { maxByteLength: bytes }),
    grown: () => memory.grow(pages),
    resized: () => { const buffer = new ArrayBuffer(0, { maxByteLength: bytes }); buffer.resize(bytes); return buffer },
  };
  export const keep = (kind) => { kept.push(makers[kind]()) };
  export const drop = (kind) => { makers[kind]() };
  export const shrink = () => { const buffer = makers.resizable(); buffer.resize(0); kept.push(buffer) };
  export const loop = (kind) => { for (let i = 0; i < 100; i++) makers[kind]() };
  export const all = () => new Uint8Array(new WebAssembly.Memory({ initial: 16 * pages }).buffer).fill(1).length;
  export const intl = (keeps) => {
    for (let i = 0; i < 20; i++) {
      const format = new Intl.DateTimeFormat('de', { dateStyle: 'full' });
      if (keeps) kept.push(format);
    }
  };
  export const intlLoop = () => { for (;;) kept.push(new Intl.PluralRules('ar')) };
";

const ALLOWED: u64 = 64 << 20;

fn limits() -> Limits {
    Limits::default()
        .with_buffer_bytes(24 << 20)
        .with_external_bytes(ALLOWED - (24 << 20))
}

async fn maker(runtime: &Runtime) -> ActorRef {
    let spec = ActorSpec::source(MAKER).limits(limits());
    runtime.spawn(spec).await.expect("starts")
}

fn assert_is_memory(reason: &ExitReason) -> LimitExceeded {
    let ExitReason::Limit(exceeded) = reason else {
        panic!("{reason:?}");
    };
    assert_eq!(exceeded.limit, LimitKind::Memory);
    assert_eq!(exceeded.allowed, ALLOWED);
    *exceeded
}

#[test]
fn what_short_calls_open_bit_by_bit_counts() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        for kind in [
            "wasm",
            "sharedWasm",
            "growable",
            "resizable",
            "grown",
            "resized",
        ] {
            let actor = maker(&runtime).await;
            let mut calls = 0;
            while actor.ask::<()>("keep", &kind).await.is_ok() {
                calls += 1;
                assert!(calls < 12, "{kind} has no bounds");
            }
            assert!(calls >= 7, "{kind} ended after {calls}");
            assert_is_memory(&actor.wait().await);
        }
    });
}

#[test]
fn garbage_outside_the_heap_ends_nobody() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        for kind in ["wasm", "sharedWasm", "growable", "resizable", "resized"] {
            let actor = maker(&runtime).await;
            for _ in 0..30 {
                actor.ask::<()>("drop", &kind).await.expect(kind);
            }
            actor.ask::<()>("loop", &kind).await.expect(kind);
        }
        let actor = maker(&runtime).await;
        for _ in 0..30 {
            actor
                .ask::<()>("shrink", &())
                .await
                .expect("it is closed again");
        }
    });
}

#[test]
fn what_cannot_fit_is_never_filled() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let actor = maker(&runtime).await;
        let error = actor.ask::<u32>("all", &()).await.unwrap_err();
        let AskError::Limit(exceeded) = error else {
            panic!("{error:?}");
        };
        assert_eq!(exceeded.limit, LimitKind::Memory);
        assert_is_memory(&actor.wait().await);
    });
}

#[test]
fn shared_memory_counts_for_its_maker_and_then_for_who_has_it_still() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let source = "
            import { register } from 'nano:actor';
            register('heir');
            const kept = [];
            export const keep = (buffer) => kept.push(buffer);
        ";
        let spec = ActorSpec::source(source).limits(limits());
        let heir = runtime.spawn(spec).await.expect("starts");
        let source = "
            import { lookup } from 'nano:actor';
            export const send = () => {
                const bytes = 48 << 20;
                const buffer = new SharedArrayBuffer(bytes, { maxByteLength: bytes });
                return lookup('heir').ask('keep', buffer);
            };
        ";
        for kept in [1, 2] {
            let spec = ActorSpec::source(source).limits(limits());
            let sender = runtime.spawn(spec).await.expect("starts");
            let has: u32 = sender.ask("send", &()).await.expect("the sender has it");
            assert_eq!(has, kept);
            sender.kill();
            sender.wait().await;
        }
        // Given time to be taken down, the senders leave it more than it may have.
        let mut looks = 0;
        while heir.stats().await.is_ok() {
            looks += 1;
            assert!(looks < 1_000, "it keeps what nobody pays for");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            let _ = heir.ask::<u32>("keep", &()).await;
        }
        assert_is_memory(&heir.wait().await);
    });
}

#[test]
fn intl_objects_count_and_their_garbage_is_collected() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let actor = maker(&runtime).await;
        // About 0.5 MiB a call.
        for _ in 0..300 {
            actor
                .ask::<()>("intl", &false)
                .await
                .expect("nothing is kept");
        }
        let mut calls = 0;
        while actor.ask::<()>("intl", &true).await.is_ok() {
            calls += 1;
            assert!(calls < 400, "Intl objects have no bounds");
        }
        assert!(calls > 50, "ended after {calls}");
        assert_is_memory(&actor.wait().await);
        let actor = maker(&runtime).await;
        let error = actor.ask::<()>("intlLoop", &()).await.unwrap_err();
        let AskError::Limit(exceeded) = error else {
            panic!("{error:?}");
        };
        assert_eq!(exceeded.limit, LimitKind::Memory, "in one call");
    });
}
