//! `nano run` and `nano eval`.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use nano::{
    ActorRef, ActorSpec, ExitReason, FileLoader, JsError, Limits, Loader, Output, ProcessOutput,
    Report, Runtime, SpawnError, Stats,
};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::exit;
use crate::options::Options;
use crate::output::{Streams, complain};

/// What is to run.
pub enum Script {
    File(PathBuf),
    Text(String),
}

/// How long a script and its children may take to finish their calls after the first signal.
const GRACE: Duration = Duration::from_secs(5);

/// How long a script may go on in one turn after the first signal: a loop would never see that it is to stop.
const TURN_GRACE: Duration = Duration::from_secs(1);
/// How long a run that was ended waits for somebody to read what it has printed.
const UNREAD_WAIT: Duration = Duration::from_millis(500);
/// A stop that takes longer is told of.
const SILENCE: Duration = Duration::from_millis(300);

/// Why the run is over.
enum End {
    /// The isolate ended.
    Exit(ExitReason),
    /// It could not be started.
    Refused(SpawnError),
    Timeout,
    Signal(u8),
    /// Nobody reads the output, or it cannot be written.
    OutputBroken,
}

pub fn run(script: Script, args: Vec<String>, options: &Options) -> ExitCode {
    match start(script, args, options) {
        Ok(code) => ExitCode::from(code),
        Err((code, text)) => {
            complain(&format!("nano: {text}"));
            ExitCode::from(code)
        }
    }
}

fn start(script: Script, args: Vec<String>, options: &Options) -> Result<u8, (u8, String)> {
    let usage = |text: String| (exit::USAGE, text);
    let spec = spec(script)?
        .args(args)
        .limits(limits(options))
        .ends_when_quiescent(true);
    let streams = Streams::new();
    let mut builder = Runtime::builder()
        // Whoever runs a script may read what V8 can hold.
        .loader(FileLoader::new().max_bytes(LONGEST))
        .output(streams.output.clone())
        .warm_from_start(false);
    if let Some(threads) = options.isolate_threads {
        builder = builder.isolate_threads(threads.into());
    }
    if let Some(path) = &options.import_map {
        let json = import_map(path).map_err(|why| usage(format!("--import-map {why}")))?;
        let base = FileLoader::new()
            .file_url(path)
            .map_err(|why| usage(why.to_string()))?;
        builder = builder
            .import_map(&json, &base)
            .map_err(|why| usage(format!("{}: {why}", path.display())))?;
    }
    let runtime = builder
        .build()
        .map_err(|why| (exit::UNCAUGHT, why.to_string()))?;
    let (mut code, stats) = runtime.block_on(drive(&runtime, spec, options, &streams));
    if let Some(lost) = streams.broken.lost() {
        streams.complain(&format!("nano: {lost}"));
        if code == 0 {
            code = exit::OUTPUT;
        }
    }
    if options.stats {
        streams.complain(&table(&runtime, stats));
    }
    streams.output.flush(UNREAD_WAIT);
    Ok(code)
}

fn spec(script: Script) -> Result<ActorSpec, (u8, String)> {
    let file_url = |path: &Path| {
        FileLoader::new()
            .file_url(path)
            .map_err(|why| (exit::USAGE, why.to_string()))
    };
    match script {
        // A name in the working directory, so that relative imports start there.
        Script::Text(code) => Ok(ActorSpec::module(file_url(Path::new("[eval]"))?, code)),
        Script::File(path) if path.as_os_str() == "-" => {
            let text = read_script(std::io::stdin().lock(), "standard input")?;
            Ok(ActorSpec::module(file_url(Path::new("[stdin]"))?, text))
        }
        // The loader reads regular files alone. That the script itself is in a pipe, as with `<(…)`, is
        // what whoever runs it wants.
        Script::File(path) if is_special(&path) => {
            let name = path.display().to_string();
            let failed = |why| (exit::UNCAUGHT, format!("{name}: {why}"));
            let text = read_script(File::open(&path).map_err(failed)?, &name)?;
            Ok(ActorSpec::module(file_url(&path)?, text))
        }
        Script::File(path) => Ok(ActorSpec::file(path)),
    }
}

/// Whether something is there that is neither a file nor a directory.
fn is_special(path: &Path) -> bool {
    let metadata = std::fs::metadata(path);
    metadata.is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// V8's longest string.
const LONGEST: u64 = (1 << 29) - 24;

/// What an import map may have, in bytes: as much as a module where nothing else is said.
const LONGEST_MAP: u64 = 64 << 20;

/// A script that is not in a regular file.
fn read_script(input: impl Read, name: &str) -> Result<String, (u8, String)> {
    let limit = format!("more than {LONGEST} bytes, which is what V8 takes at most");
    read_whole(input, LONGEST, limit).map_err(|why| (exit::UNCAUGHT, format!("{name}: {why}")))
}

/// The text of an import map; of whatever is there, as `<(…)` is a pipe.
fn import_map(path: &Path) -> Result<String, String> {
    let failed = |why: String| format!("{}: {why}", path.display());
    let file = File::open(path).map_err(|why| failed(why.to_string()))?;
    let limit = format!("more than {LONGEST_MAP} bytes, which is what an import map may have");
    read_whole(file, LONGEST_MAP, limit).map_err(failed)
}

/// The text that `input` has to its end; an error that says `limit` where it has more than `most` bytes.
fn read_whole(input: impl Read, most: u64, limit: String) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = input.take(most + 1).read_to_end(&mut bytes);
    read.map_err(|why| why.to_string())?;
    if bytes.len() as u64 > most {
        return Err(limit);
    }
    String::from_utf8(bytes).map_err(|_| "not valid UTF-8: save it as UTF-8".into())
}

/// Only the heap is limited, by the machine's memory, unless flags say more.
fn limits(options: &Options) -> Limits {
    let mut limits = Limits::unlimited_root();
    limits.heap_bytes = options.heap.unwrap_or_else(|| match nano::total_memory() {
        Some(bytes) => (bytes / 2).max(limits.heap_bytes),
        None => limits.heap_bytes,
    });
    if let Some(cpu) = options.cpu {
        limits.cpu_ms_per_turn = cpu;
        limits.cpu_ms_per_call = cpu;
    }
    limits
}

/// Runs the script until it ends, or something ends it; says what there is to say, and gives the exit code.
async fn drive(
    runtime: &Runtime,
    spec: ActorSpec,
    options: &Options,
    streams: &Streams,
) -> (u8, Option<Stats>) {
    let signals = (
        Stop::new(SignalKind::interrupt()),
        Stop::new(SignalKind::terminate()),
    );
    let (Ok(mut interrupt), Ok(mut terminate)) = signals else {
        let error = SpawnError::Threads("no signal handlers".into());
        return (tell(End::Refused(error), streams), None);
    };
    let actor = match runtime.spawn_begin(spec) {
        Ok(actor) => actor,
        Err(error) => return (tell(End::Refused(error), streams), None),
    };
    let timeout = async {
        match options.timeout {
            Some(time) => tokio::time::sleep(time).await,
            None => std::future::pending().await,
        }
    };
    let mut timeout = std::pin::pin!(timeout);
    let end = tokio::select! {
        biased;
        reason = actor.wait() => End::Exit(reason),
        () = streams.broken.noticed.notified() => End::OutputBroken,
        _ = interrupt.recv() => End::Signal(exit::INTERRUPTED),
        _ = terminate.recv() => End::Signal(exit::TERMINATED),
        () = &mut timeout => End::Timeout,
    };
    match end {
        End::Signal(_) => stop(runtime, &actor, streams, &mut interrupt, &mut terminate).await,
        End::Timeout | End::OutputBroken => {
            actor.kill();
            actor.wait().await;
        }
        End::Exit(_) | End::Refused(_) => {}
    }
    let stats = actor.last_stats();
    let end = match end {
        End::Exit(reason) if reason.is_orderly() && runtime.stats().isolates > 0 => {
            tokio::select! {
                biased;
                // What the script has told its children is done.
                _ = runtime.shutdown(GRACE) => End::Exit(reason),
                () = streams.broken.noticed.notified() => End::Exit(reason),
                _ = interrupt.recv() => End::Signal(exit::INTERRUPTED),
                _ = terminate.recv() => End::Signal(exit::TERMINATED),
                () = &mut timeout => End::Timeout,
            }
        }
        end => end,
    };
    // What lives on prints nothing any more, else it might never have been written.
    streams.output.seal();
    let is_cut_short = !matches!(end, End::Exit(_));
    // Before others have read all: it may take a while.
    let code = tell(end, streams);
    if is_cut_short {
        return (code, Some(stats));
    }
    let code = tokio::select! {
        biased;
        () = written(&streams.output) => code,
        _ = interrupt.recv() => exit::INTERRUPTED,
        _ = terminate.recv() => exit::TERMINATED,
        () = &mut timeout => tell(End::Timeout, streams),
    };
    (code, Some(stats))
}

/// Ends when all is written. Whoever reads may take their time, as a pager does.
async fn written(output: &ProcessOutput) {
    let mut pause = Duration::from_micros(100);
    while !output.is_written() {
        tokio::time::sleep(pause).await;
        pause = (2 * pause).min(Duration::from_millis(10));
    }
}

/// A signal that stops the run, unless whoever started it has it ignored, as `nohup` and shells do for what
/// runs in the background.
struct Stop(Option<Signal>);

impl Stop {
    fn new(kind: SignalKind) -> std::io::Result<Self> {
        match is_ignored(kind) {
            true => Ok(Self(None)),
            false => signal(kind).map(|signal| Self(Some(signal))),
        }
    }

    async fn recv(&mut self) {
        let Some(signal) = &mut self.0 else {
            return std::future::pending().await;
        };
        signal.recv().await;
    }
}

/// Whether the process was started with the signal ignored; where the system does not say, it was not.
fn is_ignored(kind: SignalKind) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (kind.as_raw_value() - 1) & 1 == 1)
}

/// Lets running calls finish; a second signal, or too long a time, kills, and so does a turn that does not end.
async fn stop(
    runtime: &Runtime,
    actor: &ActorRef,
    streams: &Streams,
    interrupt: &mut Stop,
    terminate: &mut Stop,
) {
    let in_order = async {
        let began = Instant::now();
        actor.stop(GRACE).await;
        // The isolates that it has spawned: it may have needed them until here.
        let rest = GRACE.saturating_sub(began.elapsed());
        let _ = runtime.shutdown(rest).await;
    };
    let turns = actor.last_stats().turns;
    let hurry = async {
        tokio::time::sleep(SILENCE).await;
        streams.complain("nano: stopping; a second signal ends the script at once");
        tokio::time::sleep(TURN_GRACE - SILENCE).await;
        if actor.last_stats().turns == turns {
            actor.kill();
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = in_order => {}
        () = hurry => {}
        () = again(interrupt, terminate) => actor.kill(),
    }
}

/// Signals so close to the first are the same one: some programs signal a process and its group.
const TOGETHER: Duration = Duration::from_millis(50);

/// Ends with a second signal.
async fn again(interrupt: &mut Stop, terminate: &mut Stop) {
    let began = Instant::now();
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        if began.elapsed() > TOGETHER {
            return;
        }
    }
}

/// Says on standard error what there is to say, and gives the exit code.
fn tell(end: End, streams: &Streams) -> u8 {
    let color = nano::wants_color(true);
    let show = |error: &JsError| streams.complain(&Report::new(error).color(color).to_string());
    match end {
        End::Exit(reason) => {
            match &reason {
                ExitReason::Normal | ExitReason::Stopped | ExitReason::Shutdown => {}
                ExitReason::Threw(error) | ExitReason::StartFailed(error) => show(error),
                other => streams.complain(&format!("nano: {other}")),
            }
            exit::code(&reason)
        }
        End::Refused(error) => {
            streams.complain(&format!("nano: {error}"));
            exit::UNCAUGHT
        }
        End::Timeout => {
            streams.complain("nano: stopped, since the run took longer than --timeout allows");
            exit::TIMEOUT
        }
        End::Signal(code) => code,
        End::OutputBroken => 0,
    }
}

fn table(runtime: &Runtime, stats: Option<Stats>) -> String {
    let all = runtime.stats();
    let mib = |bytes: u64| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
    let mut rows = vec![
        ("isolates alive", all.isolates.to_string()),
        ("migrations", all.migrations.to_string()),
        ("spare threads", all.spare_threads.to_string()),
        ("lost threads", all.lost_threads.to_string()),
        ("lost memory", mib(all.lost_bytes)),
        ("warm spares", all.warm_spares.to_string()),
    ];
    if let Some(stats) = stats {
        rows.extend([
            ("turns", stats.turns.to_string()),
            (
                "CPU time",
                format!("{:.1} ms", stats.cpu.as_secs_f64() * 1e3),
            ),
            ("heap used", mib(stats.heap_used_bytes)),
            ("heap limit", mib(stats.heap_limit_bytes)),
            ("array buffers", mib(stats.buffer_bytes)),
            ("messages in", stats.messages_in.to_string()),
            ("messages out", stats.messages_out.to_string()),
        ]);
    }
    let rows = rows
        .iter()
        .map(|(name, value)| format!("{name:<16}{value:>14}"));
    rows.collect::<Vec<_>>().join("\n")
}
