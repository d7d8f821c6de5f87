//! What limits an isolate has that JavaScript spawns.

use nano::{ActorRef, ActorSpec, AskError, ChildSpec, LimitKind, Limits, MayHaveRun, Runtime};

use crate::one_thread;

/// Spawns a child named `child` with the given options, and asks it.
const PARENT: &str = "
  import { spawn, register } from 'nano:actor';
  const source = `
    let calls = 0;
    const kept = [];
    const flood = (act) => { try { for (let i = 1; ; i++) act(); } catch (error) { return [i_of(), error.name] } };
    let n = 0;
    const i_of = () => n;
    export const timers = () => { n = 0; return flood(() => { setTimeout(() => {}, 1e6); n++ }) };
    export const buffers = () => { n = 0; return flood(() => { kept.push(new ArrayBuffer(1 << 20)); n++ }) };
    export const hang = () => new Promise(() => {});
    export const loop = () => { for (;;); };
    export const sized = (text) => text.length;
    export const long = (n) => 'x'.repeat(n).length;
  `;
  export const born = async (options) => {
    for (const key in options) if (options[key] === 'Infinity') options[key] = Infinity;
    const child = await spawn('nano:child', { source, ...options });
    register('child', child);
  };
  export const refused = async (options) => {
    try { await spawn('nano:child', { source, ...options }); return 'nothing'; } catch (error) { return error.message }
  };
  export const throwing = async () => {
    try { await spawn('nano:child', { source, get timers() { throw new Error('mine') } }); } catch (error) { return error.message }
  };
";

/// The child that an isolate with these limits spawns.
async fn child(runtime: &Runtime, limits: Limits, options: serde_json::Value) -> ActorRef {
    let spec = ActorSpec::source(PARENT).limits(limits);
    let parent = runtime.spawn(spec).await.expect("starts");
    parent.ask::<()>("born", &options).await.expect("spawns");
    runtime.lookup("child").expect("registered")
}

#[test]
fn a_child_of_a_root_without_limits_has_the_documented_ones() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        let root = Limits::unlimited_root().with_heap_bytes(1 << 30);
        let child = child(&runtime, root, serde_json::json!({})).await;
        let defaults = Limits::default();
        let stats = child.stats().await.unwrap();
        assert_eq!(stats.heap_limit_bytes, defaults.heap_bytes);
        let timers: (u64, String) = child.ask("timers", &()).await.unwrap();
        assert_eq!(timers, (defaults.timers, "QuotaExceededError".into()));
        let buffers: (u64, String) = child.ask("buffers", &()).await.unwrap();
        assert!(buffers.0 <= defaults.buffer_bytes >> 20 && buffers.1 == "RangeError");
        let reason = child.ask::<()>("loop", &()).await.unwrap_err();
        let AskError::Limit(exceeded) = reason else {
            panic!("{reason:?}")
        };
        assert_eq!(exceeded.limit, LimitKind::Cpu);
        assert_eq!(exceeded.allowed, defaults.cpu_ms_per_call);
    });
}

#[test]
fn a_child_has_its_parents_limit_where_that_is_smaller() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        let small = Limits::default().with_heap_bytes(32 << 20).with_timers(7);
        // The options say more than the parent has, or no limit at all.
        let options =
            serde_json::json!({ "timers": "Infinity", "heapBytes": 1e9, "messageBytes": 100 });
        let child = child(&runtime, small, options).await;
        assert_eq!(child.stats().await.unwrap().heap_limit_bytes, 32 << 20);
        let timers: (u64, String) = child.ask("timers", &()).await.unwrap();
        assert_eq!(timers.0, 7);
        assert_eq!(child.ask::<u32>("sized", "short").await, Ok(5));
        let long = child
            .ask::<u32>("sized", &"long".repeat(100))
            .await
            .unwrap_err();
        assert_eq!(long.may_have_run(), MayHaveRun::No, "{long:?}");
    });
}

#[test]
fn the_options_of_a_spawn_set_each_limit() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        let root = Limits::unlimited_root().with_heap_bytes(1 << 30);
        let options = serde_json::json!({
            "timers": 20_000, "heapBytes": 256 << 20, "bufferBytes": 3 << 20, "pendingCalls": 1, "cpuMs": 1_500,
        });
        let child = child(&runtime, root, options).await;
        assert_eq!(child.stats().await.unwrap().heap_limit_bytes, 256 << 20);
        let timers: (u64, String) = child.ask("timers", &()).await.unwrap();
        assert_eq!(timers.0, 20_000, "more than the default, where the parent has it");
        let buffers: (u64, String) = child.ask("buffers", &()).await.unwrap();
        assert_eq!(buffers.0, 3);
        let hanging = tokio::spawn(child.ask::<()>("hang", &()).into_future());
        while child.stats().await.unwrap().pending_calls < 1 {}
        let full = child.ask::<u32>("long", &1).await.unwrap_err();
        assert_eq!(full.may_have_run(), MayHaveRun::No, "{full:?}");
        hanging.abort();
        while child.stats().await.unwrap().pending_calls > 0 {}
        let reason = child.ask::<()>("loop", &()).await.unwrap_err();
        let AskError::Limit(exceeded) = reason else {
            panic!("{reason:?}")
        };
        assert_eq!(exceeded.allowed, 1_500, "for its turns, too");
    });
}

#[test]
fn a_limit_that_is_no_number_is_refused() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        let parent = runtime
            .spawn(ActorSpec::source(PARENT))
            .await
            .expect("starts");
        for (options, text) in [
            (serde_json::json!({ "timers": "many" }), "member timers"),
            (serde_json::json!({ "heapBytes": 0 }), "member heapBytes"),
            (serde_json::json!({ "wallMs": -5 }), "member wallMs"),
        ] {
            let said: String = parent.ask("refused", &options).await.unwrap();
            assert!(said.contains(text), "{said}");
        }
        assert_eq!(
            parent.ask::<String>("throwing", &()).await.as_deref(),
            Ok("mine")
        );
    });
}

#[test]
fn an_isolate_has_so_many_children_and_operations_at_a_time() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let source = "
            import { spawn } from 'nano:actor';
            const child = () => spawn('nano:child', { source: 'export const hang = () => new Promise(() => {})' });
            const told = (error) => [error.name, error.code, error.message.includes('isolates')];
            export async function children() {
                const two = [await child(), await child()];
                const third = await child().then(() => 'lives', told);
                const ended = two[0].watch();
                two[0].kill();
                await ended;
                for (;;) {
                    const again = await child().then(() => 'lives', () => null);
                    if (again) return [third, again];
                }
            }
            export async function operations() {
                const one = await child();
                const all = Array.from({ length: 6 }, () => one.ask('hang'));
                return Promise.race([all[5].catch(told), ...all.slice(0, 5)]);
            }
        ";
        let few = Limits::default().with_isolates(2).with_pending_operations(5);
        let spec = || ActorSpec::source(source).limits(few);
        let parent = runtime.spawn(spec()).await.unwrap();
        let said: serde_json::Value = parent.ask("children", &()).await.unwrap();
        let refused = serde_json::json!(["QuotaExceededError", "limit", true]);
        assert_eq!(said, serde_json::json!([refused, "lives"]));
        let parent = runtime.spawn(spec()).await.unwrap();
        let said: serde_json::Value = parent.ask("operations", &()).await.unwrap();
        assert_eq!(said, serde_json::json!(["QuotaExceededError", "limit", false]));
    });
}

/// Spawns children that do as it does, as long as it can, and tells how often it could and why not again.
const FORK: &str = "
  import { spawn } from 'nano:actor';
  const kept = [];
  export const fork = async ([source, depth]) => {
      let born = 0;
      for (;;) {
          try {
              const child = await spawn('nano:child', { source });
              kept.push(child);
              born++;
              if (depth > 1) born += (await child.ask('fork', [source, depth - 1]))[0];
          } catch (error) {
              return [born, error.name, error.message];
          }
          if (depth < 3 && kept.length >= 2) return [born, '', ''];
      }
  };";

#[test]
fn descendants_of_all_generations_count_for_each_ancestor_and_after_its_end() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let bystander = runtime.spawn(ActorSpec::source(FORK)).await.unwrap();
        let few = Limits::default().with_isolates(20);
        let parent = runtime
            .spawn(ActorSpec::source(FORK).limits(few))
            .await
            .unwrap();
        let said: (u64, String, String) = parent.ask("fork", &(FORK, 3)).await.unwrap();
        assert_eq!((said.0, &*said.1), (20, "QuotaExceededError"));
        assert!(
            said.2
                .starts_with("descendants limit reached: 20 of 20 in use")
                && said.2.contains("spawn's isolates"),
            "{said:?}"
        );
        assert_eq!(runtime.stats().isolates, 22);
        // What it has brought forth lives on, and makes no room by that.
        parent.kill();
        parent.wait().await;
        assert_eq!(runtime.stats().isolates, 21);
        let said: (u64, String, String) = bystander.ask("fork", &(FORK, 1)).await.unwrap();
        assert_eq!(said.0, 2, "it has room of its own");
    });
}

#[test]
fn descendants_of_a_supervised_isolate_are_counted_over_its_incarnations() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let source = "
            import { spawn } from 'nano:actor';
            const child = () => spawn('nano:child', { source: '' });
            await child();
            export const more = () => child().then(() => 'lives', (error) => error.message);
            export const boom = () => { setTimeout(() => { throw new Error('boom') }) };";
        let few = Limits::default().with_isolates(2);
        let supervisor = runtime.supervisor().start();
        let spec = ChildSpec::from(ActorSpec::source(source).limits(few));
        let actor = supervisor.spawn(spec).await.unwrap();
        actor.tell("boom", &()).await.unwrap();
        while actor.stats().await.map_or(0, |stats| stats.restarts) < 1 {}
        let said: String = actor.ask("more", &()).await.unwrap();
        assert!(said.contains("2 of 2 in use"), "{said}");
    });
}

#[test]
fn a_place_is_free_once_its_isolate_is_known_to_have_ended() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let source = "import { spawn } from 'nano:actor';
            const alive = { source: '' };
            export const refused = async (how) => {
                let refused = 0;
                for (let i = 0; i < 100; i++) {
                    try {
                        const child = await spawn('nano:child', how === 'fail' ? { source: 'throw 1' } : alive);
                        if (how === 'kill') child.kill(); else await child.stop();
                        await child.watch();
                    } catch (error) { refused += error.code === 'limit'; }
                }
                return refused;
            };";
        let limits = Limits::default()
            .with_isolates(1)
            .with_cpu_ms_per_call(60_000)
            .with_cpu_ms_per_turn(60_000);
        let parent = runtime
            .spawn(ActorSpec::source(source).limits(limits))
            .await
            .unwrap();
        for how in ["fail", "kill", "stop"] {
            let refused: u32 = parent.ask("refused", how).await.unwrap();
            assert_eq!(refused, 0, "{how}");
        }
    });
}
