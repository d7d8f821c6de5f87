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
fn a_heap_that_reached_its_limit_is_used_up_to_it() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        for mib in [1, 8, 32] {
            let mut limits = limits();
            limits.heap_bytes = mib << 20;
            let source = "export function fill() { const all = []; for (;;) all.push({}); }";
            let spec = ActorSpec::source(source).limits(limits);
            let actor = runtime.spawn(spec).await.unwrap();
            let error = actor.ask::<()>("fill", &()).await.unwrap_err();
            let AskError::Limit(exceeded) = error else {
                panic!("{mib}: {error:?}");
            };
            assert_eq!(exceeded.limit, LimitKind::Heap);
            assert_eq!(exceeded.allowed, mib << 20);
            assert!(exceeded.used >= exceeded.allowed, "{exceeded}");
            assert!(exceeded.used <= exceeded.allowed.max(4 << 20), "{exceeded}");
        }
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

/// Asks a child with the given options for `f`, and tells of its error.
const ASKS: &str = "
  import { spawn } from 'nano:actor';
  const told = (error) => [error.name, String(error.code), error.message];
  export const run = async ([source, options, timeout]) => {
      const child = await spawn('nano:child', { source, ...options });
      if (options.pendingCalls) child.ask('f').catch(() => {});
      return child.ask('f', 0, { timeout: timeout ?? undefined }).then(() => ['nothing', '', ''], told);
  };";

async fn asked(
    runtime: &Runtime,
    source: &str,
    options: &str,
    timeout: Option<u32>,
) -> [String; 3] {
    let actor = runtime.spawn(ActorSpec::source(ASKS)).await.unwrap();
    let options: serde_json::Value = serde_json::from_str(options).unwrap();
    actor.ask("run", &(source, options, timeout)).await.unwrap()
}

#[test]
fn the_wall_time_of_a_call_is_no_timeout_of_the_callers() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let hang = "export const f = () => new Promise(() => {});";
        let [name, code, text] = asked(&runtime, hang, r#"{"wallMs": 100}"#, None).await;
        assert_eq!([&*name, &*code], ["TimeoutError", "limit"]);
        assert!(
            text.starts_with("wall time limit reached: 100 ms used, 100 allowed; raise it with"),
            "{text}"
        );
        assert!(text.contains("spawn's wallMs"), "{text}");
        let [name, code, text] = asked(&runtime, hang, r#"{"wallMs": 5000}"#, Some(50)).await;
        assert_eq!([&*name, &*code], ["TimeoutError", "timeout"]);
        assert!(text.starts_with("no reply within "), "{text}");
        let limits = Limits::default().with_wall_ms_per_call(100);
        let actor = runtime
            .spawn(ActorSpec::source(hang).limits(limits))
            .await
            .unwrap();
        let error = actor.ask::<()>("f", &()).await.unwrap_err();
        assert!(
            matches!(error, AskError::Limit(exceeded) if exceeded.limit == LimitKind::Wall),
            "{error:?}"
        );
        let short = std::time::Duration::from_millis(50);
        let error = actor.ask::<()>("f", &()).timeout(short).await.unwrap_err();
        assert!(matches!(error, AskError::Timeout { .. }), "{error:?}");
    });
}

#[test]
fn a_call_that_is_one_too_many_is_told_the_limit_and_that_it_has_not_run() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let hang = "export const f = () => new Promise(() => {});";
        let [name, code, text] = asked(&runtime, hang, r#"{"pendingCalls": 1}"#, None).await;
        assert_eq!([&*name, &*code], ["QuotaExceededError", "not_delivered"]);
        assert!(text.contains("spawn's pendingCalls"), "{text}");
    });
}

#[test]
fn an_error_of_v8s_for_a_refused_buffer_says_which_limit_refused_it() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let buffers = r#"{"bufferBytes": 1048576}"#;
        let few = r#"{"reservations": 3}"#;
        for (body, options, limit, way_out) in [
            (
                "new ArrayBuffer(2 << 20)",
                buffers,
                "array buffers limit",
                "bufferBytes",
            ),
            (
                "for (const a = [];;) a.push(new Float64Array(9999))",
                buffers,
                "array buffers limit",
                "bufferBytes",
            ),
            (
                "for (const a = [];;) a.push(new Blob(['x'.repeat(9999) + a.length]))",
                buffers,
                "array buffers limit",
                "bufferBytes",
            ),
            (
                "for (const b = new Blob();;) URL.createObjectURL(b)",
                buffers,
                "array buffers limit",
                "bufferBytes",
            ),
            (
                "for (const a = [];;) a.push(new ArrayBuffer(0, { maxByteLength: 1e5 }))",
                few,
                "reserved address ranges limit",
                "reservations",
            ),
            (
                "for (const a = [];;) a.push(new WebAssembly.Memory({ initial: 0 }))",
                few,
                "reserved address ranges limit",
                "reservations",
            ),
            (
                "new WebAssembly.Memory({ initial: 65536 })",
                "{}",
                "16384 pages",
                "RuntimeBuilder::wasm_pages",
            ),
        ] {
            let source = format!("export const f = () => {{ {body} }};");
            let [name, _, text] = asked(&runtime, &source, options, None).await;
            assert_eq!(name, "RangeError");
            assert!(
                text.contains(limit) && text.contains(way_out),
                "{body}: {text}"
            );
        }
        // What only says the same was not refused by a limit.
        let own =
            "export const f = () => { throw new RangeError('Array buffer allocation failed') };";
        let [.., text] = asked(&runtime, own, buffers, None).await;
        assert_eq!(text, "Array buffer allocation failed");
        // Nobody caught it: what is remembered of the isolate says it too.
        let source = "export const f = () => { new ArrayBuffer(2 << 20) };";
        let limits = Limits::default().with_buffer_bytes(1 << 20);
        let actor = runtime
            .spawn(ActorSpec::source(source).limits(limits))
            .await
            .unwrap();
        actor.tell("f", &()).await.unwrap();
        let reason = actor.wait().await.to_string();
        assert!(reason.contains("Limits::buffer_bytes"), "{reason}");
    });
}
