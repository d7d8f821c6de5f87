//! Workers and ports, as whoever embeds them sees their ends.

use nano::{ActorSpec, ExitReason, Limits, Runtime};

use crate::one_thread;

fn runtime() -> Runtime {
    Runtime::builder().build().expect("a runtime")
}

#[test]
fn a_worker_in_a_loop_ends_with_its_maker() {
    let runtime = runtime();
    runtime.block_on(async {
        let source = "
          const text = `import { register } from 'nano:actor'; register('looper'); postMessage(0); for (;;);`;
          const worker = new Worker('data:text/javascript,' + encodeURIComponent(text), { type: 'module' });
          const heard = new Promise((resolve) => { worker.onmessage = () => resolve(); });
          export const started = () => heard;
        ";
        // The worker loops for as long as it takes to look, on however busy a machine.
        let limits = Limits::default()
            .with_cpu_ms_per_call(Limits::NONE)
            .with_cpu_ms_per_turn(Limits::NONE);
        let spec = ActorSpec::source(source).limits(limits);
        let maker = runtime.spawn(spec).await.expect("starts");
        let () = maker.ask("started", &()).await.expect("the worker runs");
        let looper = runtime.lookup("looper").expect("registered");
        maker.kill();
        assert_eq!(looper.wait().await, ExitReason::Killed);
    });
}

#[test]
fn a_worker_is_a_descendant_and_makes_room_when_it_ends() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        let source = "
          const make = (text) => new Worker('data:text/javascript,' + encodeURIComponent(text));
          const heard = (worker) => new Promise((resolve) => { worker.onmessage = resolve; });
          export const run = async () => {
            const first = make('onmessage = () => { postMessage(0); close(); }');
            let refused;
            try { make(''); } catch (error) { refused = error.name; }
            first.postMessage(0);
            await heard(first);
            for (;;) {
              try {
                await heard(make('postMessage(1)'));
                return refused;
              } catch { await new Promise((resolve) => setTimeout(resolve, 1)); }
            }
          };
        ";
        let spec = ActorSpec::source(source).limits(Limits::default().with_isolates(1));
        let actor = runtime.spawn(spec).await.expect("starts");
        let refused = actor.ask::<String>("run", &()).await.expect("runs");
        assert_eq!(refused, "QuotaExceededError");
    });
}

#[test]
fn a_program_with_ports_and_workers_ends_once_nothing_can_come() {
    let runtime = runtime();
    runtime.block_on(async {
        let source = "
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = port2.onmessage = () => {};
          port1.postMessage(0);
          const make = (text) => new Worker('data:text/javascript,' + encodeURIComponent(text));
          const worker = make('onmessage = (e) => e.ports[0].postMessage(0)');
          const channel = new MessageChannel();
          worker.postMessage(0, [channel.port2]);
          channel.port1.onmessage = () => { channel.port1.close(); worker.terminate(); };
          make('setTimeout(() => postMessage(0), 5)');
          // What came to these before they were alone is never wanted.
          const alone = 'const { port1, port2 } = new MessageChannel(); port1.postMessage(0); port1.close();';
          const here = new Function(alone + 'return port2')();
          here.onclose = () => {};
          const maker = make(alone + 'postMessage(0, [port2])');
          maker.onmessage = (e) => { e.ports[0].onclose = () => {}; };
        ";
        let spec = ActorSpec::source(source).ends_when_quiescent(true);
        let program = runtime.spawn_begin(spec).expect("begins");
        assert_eq!(program.wait().await, ExitReason::Normal);
    });
}

#[test]
fn what_only_the_program_itself_could_send_does_not_keep_it() {
    let runtime = runtime();
    runtime.block_on(async {
        let run = async |source: &str| {
            let spec = ActorSpec::source(source.to_owned()).ends_when_quiescent(true);
            runtime.spawn_begin(spec).expect("begins").wait().await
        };
        let stalls = [
            "const stream = new ReadableStream();
             await structuredClone(stream, { transfer: [stream] }).getReader().read();",
            "const stream = new WritableStream({ write: () => new Promise(() => {}) });
             const writer = structuredClone(stream, { transfer: [stream] }).getWriter();
             for (;;) await writer.write(0);",
            "const { port1, port2 } = new MessageChannel();
             const moved = structuredClone(port2, { transfer: [port2] });
             moved.postMessage(0);
             await new Promise((resolve) => { port1.onmessage = resolve; });
             await new Promise((resolve) => { port1.onmessage = resolve; });",
            // The other end lies in a port that is never started.
            "const stream = new ReadableStream();
             const moved = structuredClone(stream, { transfer: [stream] });
             const { port1, port2 } = new MessageChannel();
             const reader = new TransformStream();
             const readable = structuredClone(reader.readable, { transfer: [reader.readable] });
             port1.postMessage(readable, [readable]);
             port1.postMessage(moved, [moved]);
             await reader.writable.getWriter().write(0);
             await new Promise(() => {});",
        ];
        for source in stalls {
            match run(source).await {
                ExitReason::StartFailed(error) => {
                    assert_eq!(error.code.as_deref(), Some("unsettled_top_level_await"));
                }
                other => panic!("{source}: {other}"),
            }
        }
        let ends = "
          const stream = new ReadableStream();
          const moved = structuredClone(stream, { transfer: [stream] });
          moved.getReader().read();
        ";
        assert_eq!(run(ends).await, ExitReason::Normal);
    });
}

#[test]
fn an_error_that_nobody_handles_ends_the_maker_of_the_worker() {
    let runtime = runtime();
    runtime.block_on(async {
        let source =
            "new Worker('data:text/javascript,setTimeout(() => { throw new TypeError(`mine`) })');";
        let spec = ActorSpec::source(source).ends_when_quiescent(true);
        let program = runtime.spawn_begin(spec).expect("begins");
        match program.wait().await {
            ExitReason::Threw(error) => {
                assert_eq!((&*error.name, &*error.message), ("TypeError", "mine"))
            }
            other => panic!("{other}"),
        }
    });
}
