//! What a full heap makes the process grow by, where a function of V8's goes on to fill it.

use std::fs;
use std::io::Read;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use super::cli::Files;

/// The most memory that a process has had, in bytes.
fn peak(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib << 10)
}

#[cfg(target_os = "linux")]
#[test]
fn a_function_that_fills_the_heap_beyond_its_grace_ends_there() {
    const HEAP: u64 = 64 << 20;
    // What V8 gets to unwind in, once; and the process itself, with what is taken before a busy machine has seen it.
    const GRACE: u64 = 1152 << 20;
    const PROCESS: u64 = 768 << 20;
    let source = "
        import { spawn } from 'nano:actor';
        const source = `export const attack = () => Array.prototype.fill.call({ length: 2 ** 53 - 1 }, 1)`;
        const options = { source, heapBytes: 64 * 2 ** 20, cpuMs: 1e6, cpuTurnMs: 1e6, wallMs: 100_000 };
        const child = await spawn('nano:child', options);
        console.log(await child.ask('attack').catch((error) => error.code + ': ' + error.message));
        console.log(await (await spawn('nano:child', { source: 'export const ping = () => `pong`' })).ask('ping'));
        // It goes on where nothing ends it.
        await new Promise((done) => setTimeout(done, 3_000));";
    let files = Files::new(&[("main.js", source)]);
    let mut nano = files
        .command(&["run", "main.js"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut most = 0;
    let ended = loop {
        most = most.max(peak(nano.id()).unwrap_or(0));
        if most > 4 * GRACE {
            nano.kill().unwrap();
        }
        if let Some(ended) = nano.try_wait().unwrap() {
            break ended;
        }
        thread::sleep(Duration::from_millis(2));
    };
    let mut out = String::new();
    nano.stdout
        .take()
        .unwrap()
        .read_to_string(&mut out)
        .unwrap();
    assert!(ended.success(), "{ended} {out}");
    assert!(out.starts_with("limit: heap limit reached"), "{out}");
    assert!(out.ends_with("pong\n"), "{out}");
    assert!(most < HEAP + GRACE + PROCESS, "{} MiB", most >> 20);
}
