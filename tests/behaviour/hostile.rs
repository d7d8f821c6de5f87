//! Scripts that try to take the process, the thread or the neighbours down.

use nano::{ActorSpec, AskError, ExitReason, LimitKind, Limits, RuntimeStats};

use crate::neighbour;
use crate::one_thread;

/// What became of a hostile call.
struct Outcome {
    error: Option<AskError>,
    exit: Option<ExitReason>,
    stats: RuntimeStats,
}

/// Small ones, so that attacks end soon.
pub fn limits() -> Limits {
    Limits::default()
        .with_heap_bytes(64 << 20)
        .with_buffer_bytes(32 << 20)
        .with_cpu_ms_per_call(400)
        // Some builtins do not look at a termination for many seconds.
        .with_wall_ms_per_call(120_000)
}

/// Runs `attack`, the body of a function, in an isolate on the only isolate thread, beside a neighbour
/// that has to keep answering.
fn run(attack: &str) -> Outcome {
    let runtime = one_thread::runtime();
    let source = format!("export async function attack() {{ {attack} }}");
    let (error, exit) = neighbour::beside(&runtime, async || {
        let spec = ActorSpec::module("file:///hostile.js", source).limits(limits());
        let hostile = runtime
            .spawn(spec)
            .await
            .expect("the hostile module itself is harmless");
        let error = hostile.ask::<serde_json::Value>("attack", &()).await.err();
        let exit = match &error {
            Some(AskError::Unknown(_) | AskError::Limit(_)) => Some(hostile.wait().await),
            _ => hostile.exit_reason(),
        };
        (error, exit)
    });
    let stats = runtime.stats();
    Outcome { error, exit, stats }
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
        o.assert_limit(LimitKind::Heap);
        assert_eq!(o.stats.lost_threads, 1);
        // What it had in its hands: the string, at least.
        assert!(o.stats.lost_bytes > 128 << 20, "{:?}", o.stats);
    };
    an_array_that_is_flattened_beyond_all_heaps_ends_its_isolate_alone:
        "const a = new Array(1e6).fill(0); return new Array(1000).fill(a).flat().length" => |o| {
        o.assert_limit(LimitKind::Heap);
        assert_eq!(o.stats.lost_threads, 1);
    };
    a_bomb_of_small_wasm_memories_throws:
        "const all = []; for (;;) all.push(new WebAssembly.Memory({ initial: 1, maximum: 2 }))" => |o| o.assert_threw("RangeError");
    a_bomb_of_empty_wasm_memories_throws:
        "const all = []; for (;;) all.push(new WebAssembly.Memory({ initial: 0 }))" => |o| o.assert_threw("RangeError");
    a_bomb_of_small_resizable_buffers_throws:
        "const all = []; for (;;) all.push(new ArrayBuffer(0, { maxByteLength: 8192 }))" => |o| o.assert_threw("RangeError");
    wasm_memories_that_are_garbage_count_no_longer:
        "for (let i = 0; i < 2500; i++) new WebAssembly.Memory({ initial: 0 })" => |o| assert!(o.error.is_none(), "{:?}", o.error);
    a_bomb_of_wasm_modules_ends_at_a_limit:
        "const all = [], head = [0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,10,8,1,6,0,65]; for (let i = 0;; i++) all.push(new WebAssembly.Module(new Uint8Array([...head, 128 | i & 127, i >> 7 & 63, 26, 11])))" => |o| o.assert_any_limit();
    a_flood_of_compilations_that_nobody_awaits_ends_at_a_limit:
        "const all = [], head = [0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,10,8,1,6,0,65]; for (let i = 0;; i++) all.push(WebAssembly.compile(new Uint8Array([...head, 128 | i & 127, i >> 7 & 63, 26, 11])))" => |o| o.assert_any_limit();
    a_module_that_is_compiled_over_and_over_ends_at_the_cpu_limit:
        "const bytes = new Uint8Array([0,97,115,109,1,0,0,0]); for (;;) WebAssembly.compile(bytes)" => |o| o.assert_limit(LimitKind::Cpu);
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
