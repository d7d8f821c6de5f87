//! Who is told, and what, when an isolate ends by a limit.

use nano::{ActorRef, ActorSpec, AskError, ExitReason, LimitKind, Limits, Runtime};

use crate::one_thread;

const SOURCE: &str = "
  const loop = () => { for (;;); };
  const kept = [];
  export const hang = () => new Promise(() => {});
  export const spin = loop;
  export const spinLater = () => new Promise(() => { setTimeout(loop, 1) });
  export const fill = () => { for (;;) kept.push({ x: kept.length }) };
  export const resize = () => {
    for (;;) {
      const buffer = new ArrayBuffer(0, { maxByteLength: 1 << 28 });
      buffer.resize(8 << 20);
      new Uint8Array(buffer).fill(1);
      kept.push(buffer);
    }
  };
  // Outside all calls.
  const channel = [];
  const poll = () => channel.length > 0 ? loop() : setTimeout(poll, 1);
  poll();
  export const spinOfNobody = () => { channel.push(1); return new Promise(() => {}) };
";

fn limits() -> Limits {
    Limits::default()
        .with_heap_bytes(32 << 20)
        .with_buffer_bytes(24 << 20)
        .with_external_bytes(40 << 20)
        .with_cpu_ms_per_call(300)
        .with_cpu_ms_per_turn(300)
}

/// An isolate that a call waits in, and the error of that call once the isolate has ended.
async fn with_bystander(
    runtime: &Runtime,
) -> (ActorRef, impl Future<Output = Result<(), AskError>>) {
    let spec = ActorSpec::source(SOURCE).limits(limits());
    let actor = runtime.spawn(spec).await.unwrap();
    let hanging = tokio::spawn(actor.ask::<()>("hang", &()).into_future());
    while actor.stats().await.unwrap().pending_calls < 1 {}
    (actor, async { hanging.await.unwrap() })
}

#[test]
fn the_call_that_reaches_a_limit_is_told_so_and_the_others_that_the_isolate_went_away() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        for (export, limit) in [
            ("spin", LimitKind::Cpu),
            ("spinLater", LimitKind::Cpu),
            ("fill", LimitKind::Heap),
            ("resize", LimitKind::Memory),
        ] {
            let (actor, bystander) = with_bystander(&runtime).await;
            let error = actor.ask::<()>(export, &()).await.unwrap_err();
            let AskError::Limit(exceeded) = error else {
                panic!("{export}: {error:?}");
            };
            assert_eq!(exceeded.limit, limit, "{export}");
            let reason = ExitReason::Limit(exceeded);
            assert_eq!(actor.wait().await, reason);
            assert_eq!(bystander.await, Err(AskError::Unknown(reason)), "{export}");
        }
        let (actor, bystander) = with_bystander(&runtime).await;
        let error = actor.ask::<()>("spinOfNobody", &()).await.unwrap_err();
        assert!(
            matches!(error, AskError::Unknown(ExitReason::Limit(_))),
            "it ran in no call: {error:?}"
        );
        assert_eq!(bystander.await, Err(error));
    });
}

#[test]
fn javascript_tells_a_limit_from_an_isolate_that_went_away() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let source = "
            import { spawn } from 'nano:actor';
            export const run = async ([source, name]) => {
                const child = await spawn('nano:child', { source, heapBytes: 32 << 20, cpuMs: 300 });
                const errors = await Promise.all(['hang', name].map((name) => child.ask(name).catch((error) => error)));
                return errors.map((error) => [error.constructor.name, error.name, error.code]);
            };";
        let actor = runtime.spawn(ActorSpec::source(source)).await.unwrap();
        for export in ["spin", "fill"] {
            let errors: Vec<[String; 3]> = actor.ask("run", &(SOURCE, export)).await.unwrap();
            assert_eq!(errors[0], ["DOMException", "OperationError", "unknown"]);
            assert_eq!(
                errors[1],
                ["QuotaExceededError", "QuotaExceededError", "limit"]
            );
        }
    });
}

#[test]
fn the_error_of_memory_outside_the_heap_names_the_limits_that_add_up() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let spec = ActorSpec::source(SOURCE).limits(limits());
        let actor = runtime.spawn(spec).await.unwrap();
        let error = actor.ask::<()>("resize", &()).await.unwrap_err();
        let text = error.to_string();
        let allowed = limits().buffer_bytes + limits().external_bytes;
        let says = format!("{allowed} allowed by buffer_bytes and external_bytes together");
        assert!(text.contains(&says), "{text}");
    });
}
