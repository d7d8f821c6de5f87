//! The command line: what it runs, and with which code it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use nano::LimitKind;

/// A directory of files for one test.
pub struct Files(PathBuf);

impl Files {
    pub fn new(files: &[(&str, &str)]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("behaviour-{}-{number}", std::process::id());
        let files_in = Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        for (path, text) in files {
            files_in.write(path, text.as_bytes());
        }
        files_in
    }

    pub fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Where a file lies.
    pub fn path(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    /// A line for the shell, to be run here.
    pub fn shell(&self, line: &str) -> Command {
        std::fs::create_dir_all(&self.0).unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).current_dir(&self.0);
        shell
    }

    /// Runs `nano` here.
    pub fn nano(&self, args: &[&str]) -> Ran {
        ran(self.command(args).stdin(Stdio::null()))
    }

    /// Starts `nano` here and waits for its first line of output.
    fn spawn(&self, args: &[&str]) -> (Child, String, BufReader<ChildStdout>) {
        let mut child = self
            .command(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        (child, line, out)
    }

    pub fn command(&self, args: &[&str]) -> Command {
        std::fs::create_dir_all(&self.0).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_nano"));
        command
            .args(args)
            .current_dir(&self.0)
            .env_remove("FORCE_COLOR")
            .env_remove("NO_COLOR");
        command
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // What stays behind lies in the target directory.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

pub fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran {
        code: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

impl Ran {
    /// The run ended well; returns what it printed.
    #[track_caller]
    pub fn printed(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{self:?}");
        self.out
    }

    /// The run ended with `code` and said `text` on standard error.
    #[track_caller]
    pub fn failed(&self, code: i32, text: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.err.contains(text), "no '{text}' in {self:?}");
    }
}

/// Runs `nano eval CODE`.
pub fn eval(code: &str) -> Ran {
    Files::new(&[]).nano(&["eval", code])
}

#[test]
fn eval_prints_nothing_by_itself() {
    assert_eq!(eval("42").printed(), "");
    assert_eq!(
        eval("console.log(await Promise.resolve(42))").printed(),
        "42\n"
    );
}

#[test]
fn run_takes_a_file_and_its_arguments() {
    let files = Files::new(&[
        (
            "a.js",
            "import './b.js'; console.log(JSON.stringify(import.meta.args), import.meta.main)",
        ),
        (
            "b.js",
            "console.log('args' in import.meta, import.meta.main)",
        ),
    ]);
    let ran = files.nano(&["run", "a.js", "one", "--heap", "-x"]);
    assert_eq!(
        ran.printed(),
        "false false\n[\"one\",\"--heap\",\"-x\"] true\n"
    );
}

#[test]
fn a_dash_runs_standard_input_with_imports_from_the_working_directory() {
    let files = Files::new(&[("b.js", "export default 'from b'")]);
    let mut child = files.command(&["run", "-", "x"]);
    let mut child = child
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let code = b"import b from './b.js'; console.log(b, import.meta.args[0])";
    child.stdin.take().unwrap().write_all(code).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "from b x\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_script_ends_when_nothing_is_left_to_do() {
    let code = "setTimeout(() => console.log('b'), 1); console.log('a')";
    assert_eq!(eval(code).printed(), "a\nb\n");
}

#[test]
fn wrong_usage_ends_with_2() {
    for args in [
        &["run"][..],
        &["fly"],
        &["run", "--heap", "lots", "a.js"],
        &["eval", "--timeout", "0", "1"],
        &["eval"],
        &[],
    ] {
        assert_eq!(Files::new(&[]).nano(args).code, Some(2), "{args:?}");
    }
    let ran = Files::new(&[]).nano(&["eval", "--import-map", "no.json", "1"]);
    ran.failed(2, "no.json");
    let files = Files::new(&[("map.json", "[")]);
    files
        .nano(&["eval", "--import-map", "map.json", "1"])
        .failed(2, "map.json");
}

#[test]
fn a_limit_names_flags_that_there_are() {
    let help = Files::new(&[]).nano(&["run", "--help"]).printed();
    let words = LimitKind::ALL
        .iter()
        .flat_map(|kind| kind.raise_with().split(' '));
    let flags: Vec<_> = words.filter(|word| word.starts_with("--")).collect();
    assert_eq!(flags, ["--heap", "--cpu"]);
    for flag in flags {
        assert!(help.contains(&format!("{flag} <")), "no {flag} in {help}");
    }
}

#[test]
fn help_has_examples_and_every_exit_code() {
    let help = Files::new(&[]).nano(&["run", "--help"]).printed();
    for text in [
        "nano run app.js",
        "import.meta.args",
        "   13  ",
        "   74  ",
        "  124  ",
        "  137  ",
        "--stats",
    ] {
        assert!(help.contains(text), "no '{text}' in {help}");
    }
}

#[test]
fn a_top_level_await_that_can_never_settle_ends_with_13_and_its_place() {
    let ran = eval("1;\nawait new Promise(() => {});");
    ran.failed(13, "top-level await never settles");
    ran.failed(13, "[eval]:2:1");
    assert_eq!(
        eval("await new Promise((done) => setTimeout(done, 1))").printed(),
        ""
    );
}

#[test]
fn webassembly_that_is_compiled_is_waited_for() {
    let code = "await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])); \
                console.log('compiled')";
    assert_eq!(eval(code).printed(), "compiled\n");
}

#[test]
fn a_run_past_its_timeout_ends_with_124() {
    let files = Files::new(&[]);
    files
        .nano(&["eval", "--timeout", "200", "while (true);"])
        .failed(124, "--timeout");
    files
        .nano(&["eval", "--timeout", "200", "setInterval(() => {}, 5)"])
        .failed(124, "--timeout");
}

#[test]
fn reaching_a_limit_ends_with_137_and_the_way_to_raise_it() {
    let files = Files::new(&[]);
    files
        .nano(&["eval", "--cpu", "100", "while (true);"])
        .failed(137, "--cpu");
    let bomb = "const all = []; while (true) all.push(new Array(1000).fill({}));";
    files
        .nano(&["eval", "--heap", "32M", bomb])
        .failed(137, "--heap");
}

#[test]
fn stats_come_on_standard_error_at_the_end() {
    let ran = Files::new(&[]).nano(&[
        "eval",
        "--stats",
        "--isolate-threads",
        "1",
        "console.log(1)",
    ]);
    assert_eq!(ran.out, "1\n");
    ran.failed(0, "heap used");
    assert!(!ran.err.contains("heap used              0.0"), "{ran:?}");
    ran.failed(0, "warm spares");
}

#[test]
fn output_to_a_closed_pipe_ends_quietly() {
    let code = "let n = 0; (function next() { console.log(n++); setTimeout(next) })()";
    let files = Files::new(&[]);
    let (mut child, line, out) = files.spawn(&["eval", code]);
    drop(out);
    let status = child.wait().unwrap();
    let mut err = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut err)
        .unwrap();
    assert_eq!(
        (line.as_str(), status.code(), err.as_str()),
        ("0\n", Some(0), "")
    );
}

#[test]
fn errors_to_a_closed_pipe_end_quietly_too() {
    let files = Files::new(&[]);
    let nano = env!("CARGO_BIN_EXE_nano");
    let code = "setInterval(() => console.error(1), 1)";
    let line = format!("{{ {nano} eval '{code}'; echo $? >code; }} 2>&1 >/dev/null | head -n 1");
    let output = files.shell(&line).output().unwrap();
    assert_eq!(output.stdout, b"1\n", "{output:?}");
    let ended = std::fs::read_to_string(files.path("code")).unwrap();
    assert_eq!(ended, "0\n");
}

#[test]
fn output_that_cannot_be_written_is_said_once_with_74() {
    let files = Files::new(&[]);
    for code in [
        "console.log(1); console.log(2)",
        "setInterval(() => console.log(1), 1)",
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full");
        let ran = files
            .command(&["eval", code])
            .stdin(Stdio::null())
            .stdout(full.unwrap())
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let err = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(74), "{err}");
        assert_eq!(
            err.matches("standard output was lost: ").count(),
            1,
            "{err}"
        );
    }
}

#[test]
fn a_pipe_that_does_not_block_gets_everything() {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    // A pair of sockets fills as a pipe does.
    let (mut reader, writer) = UnixStream::pair().unwrap();
    writer.set_nonblocking(true).unwrap();
    // Far more at once than there is ever room for.
    let code = "for (let i = 0; i < 4; i++) console.log('x'.repeat(8 << 20))";
    let files = Files::new(&[]);
    let mut command = files.command(&["eval", code]);
    command.stdin(Stdio::null()).stdout(OwnedFd::from(writer));
    let mut child = command.spawn().unwrap();
    // It holds the writer's end, too.
    drop(command);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(text.len(), 4 * ((8 << 20) + 1));
}

/// Sends signals to a process. It is the shell's own `kill`: a minimal system has no program of that name.
pub fn send(child: &std::process::Child, signals: &[&str]) {
    let kill = |signal: &&str| format!("kill -s {signal} {}", child.id());
    let script = signals.iter().map(kill).collect::<Vec<_>>().join("; ");
    let sent = Command::new("sh").args(["-c", &script]).status();
    assert!(sent.unwrap().success());
}

#[test]
fn a_signal_stops_gracefully_with_its_own_code() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        // Tests that run in a shell's background have it ignored.
        if signal == "INT" && is_interrupt_ignored() {
            continue;
        }
        let script = "console.log('up'); setInterval(() => {}, 1000)";
        let files = Files::new(&[]);
        let (mut child, line, _out) = files.spawn(&["eval", script]);
        send(&child, &[signal]);
        assert_eq!(child.wait().unwrap().code(), Some(code), "{line}");
    }
}

#[test]
fn a_signal_lets_children_finish_their_calls() {
    let told = "
        import { spawn } from 'nano:actor';
        const source = `export async function save() {
            console.log('up');
            await new Promise((done) => setTimeout(done, 700));
            console.log('saved');
        }`;
        const child = await spawn('child', { source });
        child.tell('save');
        setInterval(() => {}, 1000);
    ";
    // The one that asks is asked itself, and both have their time.
    let asked = "
        import { self, spawn } from 'nano:actor';
        export async function work() {
            console.log('up');
            await new Promise((done) => setTimeout(done, 700));
            return 'saved';
        }
        const source = `export async function begin(parent) { console.log(await parent.ask('work')); }`;
        const child = await spawn('child', { source });
        child.tell('begin', self.actor);
        setInterval(() => {}, 1000);
    ";
    for script in [told, asked] {
        let files = Files::new(&[]);
        let (mut child, line, mut out) = files.spawn(&["eval", script]);
        send(&child, &["TERM"]);
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(143), "{line}");
        assert_eq!(rest, "saved\n", "{script}");
    }
}

#[test]
fn a_signal_that_comes_twice_at_once_is_one() {
    let script = "
        import { self } from 'nano:actor';
        export async function save() {
            console.log('up');
            await new Promise((done) => setTimeout(done, 700));
            console.log('saved');
        }
        self.actor.tell('save');
        setInterval(() => {}, 1000);
    ";
    let files = Files::new(&[]);
    let (mut child, line, mut out) = files.spawn(&["eval", script]);
    send(&child, &["TERM", "INT", "TERM"]);
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    let code = child.wait().unwrap().code();
    assert!([Some(130), Some(143)].contains(&code), "{line}: {code:?}");
    assert_eq!(rest, "saved\n");
}

#[test]
fn children_finish_what_they_were_told_when_the_script_has_ended() {
    let script = "
        import { spawn } from 'nano:actor';
        const source = `export async function save(n) {
            await new Promise((done) => setTimeout(done, 200));
            console.log(n);
        }
        setInterval(() => {}, 10);`;
        const child = await spawn('child', { source });
        for (const n of [1, 2, 3]) child.tell('save', n);
        console.log('told');
    ";
    let files = Files::new(&[]);
    assert_eq!(files.nano(&["eval", script]).printed(), "told\n1\n2\n3\n");
    // Not so after an error.
    let failed = files.nano(&["eval", &format!("{script}; throw new Error('no')")]);
    assert_eq!(failed.code, Some(1));
    assert_eq!(failed.out, "told\n");
}

#[test]
fn a_signal_ends_a_script_in_a_loop_soon_and_a_second_one_at_once() {
    let endless = "console.log('up'); for (;;);";
    // V8 looks at no termination for minutes.
    let stuck = "console.log('up'); Array.prototype.lastIndexOf.call({ length: 2 ** 35 }, 1)";
    for (script, signals, at_least, at_most) in [(endless, 1, 900, 4_500), (stuck, 2, 500, 2_500)] {
        let files = Files::new(&[]);
        let (child, line, _out) = files.spawn(&["eval", script]);
        let began = std::time::Instant::now();
        for round in 0..signals {
            if round > 0 {
                std::thread::sleep(std::time::Duration::from_millis(500));
            }
            send(&child, &["TERM"]);
        }
        let output = child.wait_with_output().unwrap();
        let took = began.elapsed().as_millis();
        assert_eq!(output.status.code(), Some(143), "{line}");
        assert!((at_least..at_most).contains(&took), "{script}: {took} ms");
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            "nano: stopping; a second signal ends the script at once\n"
        );
    }
}

#[test]
fn a_script_that_watches_only_itself_ends_and_one_that_watches_a_child_waits() {
    let files = Files::new(&[]);
    let itself = "import { self } from 'nano:actor'; self.actor.watch(); console.log('end')";
    assert_eq!(files.nano(&["eval", itself]).printed(), "end\n");
    let child = "
        import { spawn } from 'nano:actor';
        const source = `import { self } from 'nano:actor'; setTimeout(() => self.actor.stop(), 100)`;
        const child = await spawn('child', { source });
        child.watch().then(console.log);
    ";
    assert_eq!(files.nano(&["eval", child]).printed(), "stopped\n");
}

fn is_interrupt_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    u64::from_str_radix(mask.unwrap().trim(), 16).unwrap() & 2 != 0
}

#[test]
fn a_signal_that_was_ignored_stays_ignored() {
    let files = Files::new(&[]);
    let nano = env!("CARGO_BIN_EXE_nano");
    let code = "console.log(1); setTimeout(() => console.log(2), 300)";
    // A signal that is ignored does not wait: it is sent once the script has begun.
    let line = format!(
        "trap '' INT; {nano} eval '{code}' | {{ read a; kill -s INT 0; read b; echo $a $b; }}"
    );
    let mut shell = files.shell(&line);
    let output = std::os::unix::process::CommandExt::process_group(&mut shell, 0).output();
    let output = output.unwrap();
    assert_eq!(output.stdout, b"1 2\n", "{output:?}");
}

#[test]
fn an_import_map_given_by_flag_is_relative_to_its_own_file() {
    let files = Files::new(&[
        (
            "maps/map.json",
            r#"{"imports": {"lib": "../lib/lib.js", "all/": "../lib/"}}"#,
        ),
        ("lib/lib.js", "export const name = 'lib'"),
        (
            "main.js",
            "import { name } from 'lib'; import * as b from 'all/lib.js'; console.log(name, b.name)",
        ),
    ]);
    let ran = files.nano(&["run", "--import-map", "maps/map.json", "main.js"]);
    assert_eq!(ran.printed(), "lib lib\n");
}

#[test]
fn what_v8_does_later_may_be_what_the_main_module_awaits() {
    let files = Files::new(&[]);
    let waits = "const a = new Int32Array(new SharedArrayBuffer(4)); console.log(await Atomics.waitAsync(a, 0, 0, 50).value)";
    let ran = files.nano(&["eval", waits]);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (Some(0), "timed-out\n"),
        "{ran:?}"
    );
    // Much garbage has V8 plan a task of its own, which is no reason to end as if all were well.
    let never = "const kept = []; for (let i = 0; i < 3e5; i++) kept.push({ i, s: 'x' + i, a: [i] }); await new Promise(() => {})";
    let ran = files.nano(&["eval", never]);
    assert_eq!(ran.code, Some(13), "{ran:?}");
}

#[test]
fn an_import_map_without_an_end_is_refused() {
    let files = Files::new(&[("main.js", "")]);
    let endless = files.nano(&["run", "--import-map", "/dev/zero", "main.js"]);
    endless.failed(2, "--import-map /dev/zero: more than 67108864 bytes");
    let line = format!(
        "printf '{{}}' > map.json; truncate -s 65M map.json; {} run --import-map map.json main.js",
        env!("CARGO_BIN_EXE_nano")
    );
    ran(&mut files.shell(&line)).failed(2, "--import-map map.json: more than 67108864 bytes");
}

#[test]
fn what_no_heap_can_hold_ends_with_the_code_of_limits_and_names_the_isolate() {
    let files = Files::new(&[]);
    for code in [
        "const a = new Array(1e6).fill(0); new Array(1000).fill(a).flat()",
        "'x'.repeat(2 ** 28).split('')",
    ] {
        let ran = files.nano(&["eval", code]);
        assert_eq!(ran.code, Some(137), "{code}: {}", ran.err);
        let last: Vec<_> = ran.err.lines().rev().take(2).collect();
        assert!(
            last[0].starts_with("nano: heap limit reached"),
            "{}",
            ran.err
        );
        assert!(
            last[1].starts_with("isolate-1.0: V8 cannot go on (out of memory"),
            "{}",
            ran.err
        );
    }
}
