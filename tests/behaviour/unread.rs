//! Output that nobody reads, or not yet: it stops no isolate but the one that prints, and the end of none.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::cli::{Files, send};

/// How long anything may take, on a loaded machine.
const GRACE: Duration = Duration::from_secs(30);

/// Starts `nano` with a standard output that is not read while the child is kept.
fn start(files: &Files, args: &[&str]) -> Child {
    let mut command = files.command(args);
    let piped = command.stdin(Stdio::null()).stdout(Stdio::piped());
    piped.stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits for the end of a process, and tells its code; kills it where it takes too long.
fn code(child: &mut Child) -> Option<i32> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if begun.elapsed() > GRACE {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The same, and what it said on standard error.
fn end(mut child: Child) -> (Option<i32>, String) {
    let code = code(&mut child);
    let mut said = String::new();
    let mut err = child.stderr.take().unwrap();
    err.read_to_string(&mut said).unwrap();
    (code, said)
}

#[test]
fn isolates_that_print_where_nobody_reads_stop_no_others() {
    // More than there are threads, spare ones included.
    let script = "
      import { spawn } from 'nano:actor';
      const source = 'export const go = () => { for (;;) console.log(\"x\".repeat(4000)) }';
      const printing = [];
      for (let n = 0; n < 150; n++) printing.push(await spawn('nano:p' + n, { source, cpuMs: 50 }));
      const other = await spawn('nano:other', { source: 'export const echo = (x) => x' });
      for (const actor of printing) actor.tell('go');
      for (let n = 0; n < 20; n++) {
        await other.ask('echo', n);
        await new Promise((done) => setTimeout(done, 50));
      }
      const [first] = printing;
      first.kill();
      await first.watch();
      console.error('served');
      setInterval(() => {}, 1000);
    ";
    let files = Files::new(&[("main.js", script)]);
    let mut child = start(&files, &["run", "main.js"]);
    let err = child.stderr.take().unwrap();
    let (sender, lines) = std::sync::mpsc::channel();
    let reading = std::thread::spawn(move || {
        for line in BufReader::new(err).lines() {
            // Whoever listens may have failed.
            let _ = sender.send(line.unwrap());
        }
    });
    let begun = Instant::now();
    let served = loop {
        match lines.recv_timeout(GRACE.saturating_sub(begun.elapsed())) {
            Ok(line) if line == "served" => break true,
            Ok(_) => {}
            Err(_) => break false,
        }
    };
    if !served {
        child.kill().unwrap();
        child.wait().unwrap();
        panic!("nobody was served");
    }
    send(&child, &["TERM"]);
    assert_eq!(code(&mut child), Some(143));
    reading.join().unwrap();
    let said: Vec<String> = lines.try_iter().collect();
    let is_note = |line: &String| line.ends_with(" texts that were printed while nobody read");
    assert!(said.iter().any(is_note), "{said:?}");
}

#[test]
fn a_timeout_ends_a_run_whose_output_nobody_reads() {
    let files = Files::new(&[]);
    for script in [
        "for (;;) console.log('x'.repeat(1000))",
        // It has ended, and what it has printed is more than a pipe holds.
        "console.log('x'.repeat(1 << 20))",
    ] {
        let child = start(&files, &["eval", "--timeout", "500", script]);
        let unread = |mut child: Child| (child.stdout.take(), end(child));
        let (out, (code, said)) = unread(child);
        drop(out);
        assert_eq!(code, Some(124), "{script}: {said}");
        assert!(said.contains("longer than --timeout"), "{said}");
    }
}

#[test]
fn an_isolate_that_prints_where_nobody_reads_can_be_killed() {
    let script = "
      import { spawn } from 'nano:actor';
      const source = 'export const go = () => { for (;;) console.log(\"x\".repeat(4000)) }';
      const child = await spawn('nano:child', { source });
      child.tell('go');
      await new Promise((done) => setTimeout(done, 500));
      const killed = performance.now();
      child.kill();
      await child.watch();
      const took = performance.now() - killed;
      console.error(took < 2000 ? 'soon' : took);
      setInterval(() => {}, 1000);
    ";
    let files = Files::new(&[("main.js", script)]);
    let mut child = start(&files, &["run", "--timeout", "20000", "main.js"]);
    let mut line = String::new();
    let mut err = BufReader::new(child.stderr.take().unwrap());
    err.read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(line, "soon\n");
}

#[test]
fn a_late_reader_gets_everything_in_order() {
    let files = Files::new(&[]);
    let nano = env!("CARGO_BIN_EXE_nano");
    let code = "for (let n = 0; n < 40000; n++) { console.log(n); console.error(`e${n}`) } throw 1";
    let line = format!("{nano} eval '{code}' 2>&1 | {{ sleep 0.5; cat; }}");
    let output = files.shell(&line).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines();
    for n in 0..40_000 {
        assert_eq!(lines.next(), Some(n.to_string().as_str()));
        assert_eq!(lines.next(), Some(format!("e{n}").as_str()));
    }
    let last = lines.next();
    assert!(
        last.is_some_and(|line| line.contains("Uncaught")),
        "{last:?}"
    );
}
