//! The kernel gives a process so many memory mappings; whoever uses them up ends, before V8 has none.

use nano::{ActorSpec, Limits};

use crate::cli::Files;
use crate::one_thread;

/// Children without a limit on reservations hold so many WebAssembly memories that the process runs out, each
/// in many short turns; then the parent asks each what became of it.
const HOARDERS: &str = "
  import { spawn } from 'nano:actor';
  const source = `
    const held = [];
    export const hoard = async () => {
      while (held.length < 40000) {
        for (let i = 0; i < 200; i++) held.push(new WebAssembly.Memory({ initial: 1 }));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return 'enough';
    };`;
  const neighbour = await spawn('nano:neighbour', { source: 'export const echo = (x) => x' });
  const none = { reservations: Infinity, externalBytes: Infinity, cpuMs: Infinity, wallMs: Infinity };
  const ends = [], children = [];
  for (let i = 0; i < 8; i++) {
    const child = await spawn('nano:hoarder', { source, ...none });
    children.push(child);
    ends.push(child.ask('hoard').catch((error) => error.message));
  }
  let over = false, worst = 0;
  const all = Promise.all(ends).finally(() => { over = true });
  while (!over) {
    const asked = performance.now();
    await neighbour.ask('echo', 1);
    worst = Math.max(worst, performance.now() - asked);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  console.log(worst < 1000 ? 'in time' : worst);
  for (const end of await all) console.log(end);
  for (const child of children) child.kill();
  await Promise.all(children.map((child) => child.watch()));
  // What they held is given back behind their end.
  let late;
  for (let tries = 0; !late; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    late = await spawn('nano:late', { source: 'export const echo = (x) => x' }).catch((error) => {
      if (tries > 500) throw error;
    });
  }
  console.log(await late.ask('echo', 'room again'));
";

#[test]
fn a_process_that_runs_out_of_mappings_ends_those_that_hold_most() {
    let files = Files::new(&[("hoarders.mjs", HOARDERS)]);
    let ran = files.nano(&["run", "--isolate-threads", "1", "hoarders.mjs"]);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(lines[0], "in time", "{ran:?}");
    assert_eq!(*lines.last().unwrap(), "room again", "{ran:?}");
    let ended = lines
        .iter()
        .filter(|line| line.contains("vm.max_map_count"));
    assert!(ended.count() > 0, "{ran:?}");
}

#[test]
fn ranges_that_come_from_others_count_for_who_receives_them() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let source = "
            import { register } from 'nano:actor';
            register('hoarder');
            const held = [];
            export const keep = (buffer) => held.push(buffer);
            export const drop = () => { held.length = 0; };
        ";
        let few = Limits::default().with_reservations(10);
        let spec = ActorSpec::source(source).limits(few);
        let hoarder = runtime.spawn(spec).await.expect("starts");
        let source = "
            import { lookup } from 'nano:actor';
            const makers = {
                moved: () => { const b = new ArrayBuffer(1, { maxByteLength: 8192 }); return [b, [b]]; },
                shared: () => [new SharedArrayBuffer(1, { maxByteLength: 8192 }), []],
                wasm: () => [new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }).buffer, []],
            };
            export async function send(kind) {
                const hoarder = lookup('hoarder');
                await hoarder.ask('drop');
                for (let sent = 0; ; sent++) {
                    const [buffer, transfer] = makers[kind]();
                    const kept = await hoarder.ask('keep', buffer, { transfer }).catch((error) => error.name);
                    if (typeof kept === 'string') return [sent, kept];
                }
            }
        ";
        for (kind, error) in [
            ("moved", "QuotaExceededError"),
            ("shared", "DataCloneError"),
            ("wasm", "DataCloneError"),
        ] {
            let maker = runtime.spawn(ActorSpec::source(source)).await.expect("starts");
            let (sent, name): (u32, String) = maker.ask("send", &kind).await.unwrap();
            assert!(sent <= 10 && (sent == 10 || kind != "moved"), "{kind}: {sent}");
            assert_eq!(name, error, "{kind}");
            maker.kill();
        }
        assert!(hoarder.is_alive());
    });
}

/// Children within their limits reserve all addresses that there are; whoever has most ends, and others go on.
const SPRAWLERS: &str = "
  import { spawn } from 'nano:actor';
  const source = `
    const held = [];
    export const sprawl = async () => {
      try {
        for (;;) {
          for (let i = 0; i < 20; i++) held.push(new ArrayBuffer(8, { maxByteLength: 2 ** 37 }));
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      } catch (error) {
        return error.name;
      }
    };`;
  const neighbour = await spawn('nano:neighbour', {
    source: 'export const reserve = () => new WebAssembly.Memory({ initial: 1 }).buffer.byteLength;'
  });
  const ends = [], children = [];
  for (let i = 0; i < 10; i++) {
    try {
      const child = await spawn('nano:sprawler', { source });
      children.push(child);
      console.log(await child.ask('sprawl').catch((error) => error.message));
    } catch (error) {
      console.log(error.message);
      // What somebody held is given back behind his end.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await neighbour.ask('reserve');
  }
  const gone = await Promise.race(children.map((child) => child.watch()));
  console.log(gone);
  for (const child of children) child.kill();
  console.log('over');
";

#[test]
fn a_process_that_runs_out_of_addresses_ends_those_that_hold_most() {
    let files = Files::new(&[("sprawlers.mjs", SPRAWLERS)]);
    let ran = files.nano(&["run", "--isolate-threads", "1", "sprawlers.mjs"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("RangeError\n"), "its own limit: {ran:?}");
    assert!(
        ran.out.contains("reserved addresses of the process"),
        "{ran:?}"
    );
    assert!(ran.out.ends_with("over\n"), "{ran:?}");
}

#[test]
fn a_buffer_that_the_system_refuses_costs_a_range_error() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let source = "
            const asked = {
                whole: () => new ArrayBuffer(2 ** 42),
                shared: () => new SharedArrayBuffer(2 ** 42),
                reserved: () => new ArrayBuffer(8, { maxByteLength: 2 ** 47 }),
                transferred: () => new ArrayBuffer(8).transfer(2 ** 47),
                open: () => new ArrayBuffer(2 ** 38, { maxByteLength: 2 ** 38 }),
                resized: () => new ArrayBuffer(8, { maxByteLength: 2 ** 40 }).resize(2 ** 39),
            };
            export function ask(how) {
                try {
                    asked[how]();
                } catch (error) {
                    return error.name;
                }
            }
        ";
        // As scripts run that are trusted: nothing but the system refuses.
        let spec = ActorSpec::source(source).limits(Limits::unlimited_root());
        let isolate = runtime.spawn(spec).await.expect("starts");
        for how in [
            "whole",
            "shared",
            "reserved",
            "transferred",
            "open",
            "resized",
        ] {
            let name: String = isolate.ask("ask", &how).await.expect(how);
            assert_eq!(name, "RangeError", "{how}");
        }
        assert!(isolate.is_alive());
    });
}

#[test]
fn webassembly_modules_that_are_garbage_do_not_count() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let source = "
            // (func (export \"f\") (result i32) i32.const 7)
            const start = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0,
                10, 6, 1, 4, 0, 65, 7, 11];
            // A custom section, so that no two modules are the same.
            const make = (i) => new WebAssembly.Module(new Uint8Array([...start, 0, 3, 1, 120, i]));
            const kept = [];
            export const drop = (count) => { for (let i = 0; i < count; i++) make(i); };
            export const keep = (count) => { for (let i = 0; i < count; i++) kept.push(make(i)); };
        ";
        let few = Limits::default().with_reservations(20);
        let spec = ActorSpec::source(source).limits(few);
        let isolate = runtime.spawn(spec).await.expect("starts");
        let _: () = isolate.ask("drop", &200).await.expect("garbage goes");
        let _: () = isolate.ask("keep", &10).await.expect("within the limit");
        let _ = isolate.ask::<()>("keep", &60).await.expect_err("too many");
        let reason = isolate.wait().await;
        assert!(reason.to_string().contains("reservations"), "{reason}");
    });
}
