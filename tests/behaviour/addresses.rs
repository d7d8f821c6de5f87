//! A process may have a limit of its own on addresses (`ulimit -v`), which V8 takes for granted: it takes the process
//! down where it finds none.

use crate::cli::{Files, Ran, ran};

/// Enough for V8 to start and for some isolates, in KiB.
const LIMIT: u64 = 60_000_000;

fn run(limit: u64, script: &str) -> Ran {
    let files = Files::new(&[("main.mjs", script)]);
    let nano = env!("CARGO_BIN_EXE_nano");
    let line = format!("ulimit -v {limit}; exec {nano} run --isolate-threads 2 main.mjs");
    ran(&mut files.shell(&line))
}

#[test]
fn a_process_with_too_few_addresses_for_v8_says_so() {
    for limit in [2_000_000, 40_000_000] {
        let ran = run(limit, "console.log(1)");
        ran.failed(1, "nano: V8 cannot start within");
        assert!(ran.err.contains("`ulimit -v 5"), "{ran:?}");
        assert_eq!(ran.out, "");
    }
}

/// Isolates are spawned side by side until one is refused; those that live go on, and one that ends leaves its place.
const CROWD: &str = "
  import { spawn } from 'nano:actor';
  const source = `
    let kept = [];
    export const fill = () => {
      for (let i = 0; i < 2e5; i++) kept.push({ i });
      const { length } = kept;
      kept = [];
      return length;
    };`;
  const all = [];
  let refused;
  while (!refused) {
    const started = await Promise.allSettled(Array.from({ length: 8 }, () => spawn('nano:one', { source })));
    for (const { value, reason } of started) {
      if (value) all.push(value);
      else refused = reason;
    }
  }
  console.log(refused.name, refused.message.includes('ulimit -v'), all.length > 20);
  for (const one of all) if (await one.ask('fill') !== 200000) throw one;
  for (const one of all.splice(0, 10)) {
    one.stop();
    await one.watch();
  }
  let late;
  for (let tries = 0; !late; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    late = await spawn('nano:late', { source }).catch((error) => {
      if (tries > 500) throw error;
    });
  }
  console.log(await late.ask('fill'));
  for (const one of [late, ...all]) one.stop();
";

#[test]
fn spawning_until_the_processs_own_limit_is_refused() {
    let out = run(LIMIT, CROWD).printed();
    assert_eq!(out, "QuotaExceededError true true\n200000\n");
}

/// Children within their limits reserve all addresses that are left; whoever has most ends, and others go on.
const SPRAWLERS: &str = "
  import { spawn } from 'nano:actor';
  const source = `
    const held = [];
    const makers = {
      buffers: () => new ArrayBuffer(0, { maxByteLength: 2 ** 30 }),
      memories: () => new WebAssembly.Memory({ initial: 0, maximum: 16384 }),
    };
    export const sprawl = (what) => {
      try {
        for (;;) held.push(makers[what]());
      } catch (error) {
        return error.name;
      }
    };`;
  const neighbour = await spawn('nano:neighbour', { source: `
    export const work = () => {
      const made = [];
      for (let i = 0; i < 3e5; i++) made.push({ i });
      return made.length + new Uint8Array(4 << 20).length;
    };` });
  for (const what of ['buffers', 'memories', 'buffers', 'memories']) {
    try {
      const child = await spawn('nano:sprawler', { source });
      await child.ask('sprawl', what);
      console.log((await child.watch()).includes('reserved addresses of the process'));
    } catch (error) {
      console.log(error.message.includes('reserved addresses of the process'));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (await neighbour.ask('work') !== 4494304) throw what;
  }
  console.log('over');
  neighbour.stop();
";

#[test]
fn who_reserves_what_the_processs_own_limit_leaves_ends() {
    let out = run(LIMIT, SPRAWLERS).printed();
    assert_eq!(out, "true\ntrue\ntrue\ntrue\nover\n");
}
