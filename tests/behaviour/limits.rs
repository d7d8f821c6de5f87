//! What an isolate may use of stack, memories and messages.

use nano::{ActorSpec, AskError, Limits, Runtime, SpawnError};

use crate::one_thread;

const DEPTH: &str = "
  let depth = 0;
  const fall = () => { depth++; fall(); };
  export const deep = () => { depth = 0; try { fall(); } catch (error) { return [depth, error.name] } };
  export const nested = (n) => { try { JSON.parse('['.repeat(n) + ']'.repeat(n), (_, v) => v); return 'fits' } catch (error) { return error.name } };
  export const spin = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
";

#[test]
fn the_stack_limit_is_the_isolates_own() {
    let runtime = one_thread::with_spares(0);
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
    let runtime = one_thread::with_spares(0);
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

#[test]
fn a_message_from_javascript_is_held_to_the_receivers_limit() {
    let runtime = one_thread::runtime();
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

#[test]
fn a_message_that_cannot_be_read_is_no_error_of_the_receiver() {
    let runtime = one_thread::runtime();
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
