//! Counts words across isolates: the text goes to them in chunks, as transferred buffers, and the sum is
//! checked against a count made in Rust.
//!
//! `cargo run --release --example wordcount [FILE …]`
//!
//! Without files it makes a text of its own: see `text.rs`.

mod text;

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use indicatif::{ProgressBar, ProgressStyle};
use nano::proto::Transfer;
use nano::proto::value::document::{self, Document, Node};
use nano::{ActorRef, ActorSpec, Runtime, Value, from_value};
use serde::Deserialize;
use tokio::sync::Semaphore;

const MODULE: &str = include_str!("count.js");
/// How large a chunk is, in bytes, before the rest of its last word.
const CHUNK: usize = 64 * 1024;
/// How many chunks one isolate has at hand.
const AHEAD: usize = 2;

/// What `count.js` returns.
#[derive(Deserialize)]
struct Counted {
    words: u64,
    /// Each word as JavaScript has it: one character a byte.
    counts: HashMap<String, u64>,
}

type Counts = HashMap<Vec<u8>, u64>;

fn main() -> ExitCode {
    match whole() {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output has seen enough.
        Err(why) if is_closed_pipe(&*why) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("wordcount: {why}");
            ExitCode::FAILURE
        }
    }
}

fn is_closed_pipe(why: &(dyn Error + 'static)) -> bool {
    why.downcast_ref::<io::Error>()
        .is_some_and(|why| why.kind() == ErrorKind::BrokenPipe)
}

fn whole() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout();
    let mut texts = Vec::new();
    for path in std::env::args_os().skip(1) {
        let text = std::fs::read(&path).map_err(|why| format!("{}: {why}", path.display()))?;
        texts.push(Bytes::from(text));
    }
    if texts.is_empty() {
        writeln!(
            out,
            "no files given: counting a generated text of {} MiB",
            text::SIZE >> 20
        )?;
        texts.push(Bytes::from(text::generate()));
    }

    let runtime = Runtime::new()?;
    let began = Instant::now();
    let (words, counts) = runtime.block_on(count(&runtime, &texts))?;
    let took = began.elapsed();
    runtime.block_on(runtime.shutdown(Duration::from_secs(5)))?;

    let bytes: usize = texts.iter().map(Bytes::len).sum();
    writeln!(
        out,
        "{words} words, {} of them different, in {:.2} s",
        counts.len(),
        took.as_secs_f64()
    )?;
    writeln!(
        out,
        "{:.1} MB/s with start of the isolates",
        bytes as f64 / 1e6 / took.as_secs_f64()
    )?;
    for (word, times) in most_frequent(&counts, 10) {
        writeln!(out, "{times:>9} {}", String::from_utf8_lossy(word))?;
    }
    if counts != count_in_rust(&texts) || counts.values().sum::<u64>() != words {
        return Err("the isolates' count differs from Rust's".into());
    }
    writeln!(out, "Rust counts the same")?;
    Ok(())
}

/// Has the chunks of all texts counted and adds the counts up.
async fn count(runtime: &Runtime, texts: &[Bytes]) -> Result<(u64, Counts), Box<dyn Error>> {
    let isolates = std::thread::available_parallelism().map_or(2, usize::from) * 2;
    let mut workers = Vec::new();
    for i in 0..isolates {
        let spec = ActorSpec::module("count.js", MODULE).name(format!("count-{i}"));
        workers.push(runtime.spawn(spec).await?);
    }

    let chunks: Vec<Bytes> = texts.iter().flat_map(chunks).collect();
    let bar = bar(chunks.iter().map(|chunk| chunk.len() as u64).sum());
    let places = Arc::new(Semaphore::new(isolates * AHEAD));
    let mut asks = tokio::task::JoinSet::new();
    for (i, chunk) in chunks.into_iter().enumerate() {
        let place = places.clone().acquire_owned().await?;
        let (worker, bar) = (workers[i % isolates].clone(), bar.clone());
        asks.spawn(async move {
            let length = chunk.len() as u64;
            let counted = ask(&worker, chunk).await;
            bar.inc(length);
            drop(place);
            counted
        });
    }

    let (mut words, mut counts) = (0, Counts::new());
    while let Some(counted) = asks.join_next().await {
        let counted = counted?.map_err(|why| why.to_string())?;
        words += counted.words;
        for (word, times) in counted.counts {
            let word = word.chars().map(|c| c as u8).collect();
            *counts.entry(word).or_default() += times;
        }
    }
    bar.finish_and_clear();
    Ok((words, counts))
}

/// Sends one chunk to an isolate, as a buffer beside the message.
async fn ask(worker: &ActorRef, chunk: Bytes) -> Result<Counted, Box<dyn Error + Send + Sync>> {
    // The value says: the buffer at place 0 of the transfer list.
    let bytes = document::write(&Document::new(Node::TransferredArrayBuffer(0)))?;
    let value = Value::new(bytes).with_transfers(vec![Transfer::ArrayBuffer(chunk)]);
    let reply = worker.ask_raw("count", value).await?;
    Ok(from_value(&reply)?)
}

/// Cuts a text into chunks that end where a word does. Nothing is copied.
fn chunks(text: &Bytes) -> Vec<Bytes> {
    let mut chunks = Vec::new();
    let mut rest = text.clone();
    while !rest.is_empty() {
        let from = CHUNK.min(rest.len());
        let end = rest[from..]
            .iter()
            .position(|&byte| !is_letter(byte))
            .map_or(rest.len(), |more| from + more);
        chunks.push(rest.split_to(end));
    }
    chunks
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || !byte.is_ascii()
}

fn count_in_rust(texts: &[Bytes]) -> Counts {
    let mut counts = Counts::new();
    for text in texts {
        for word in text
            .split(|&byte| !is_letter(byte))
            .filter(|word| !word.is_empty())
        {
            *counts.entry(word.to_ascii_lowercase()).or_default() += 1;
        }
    }
    counts
}

fn most_frequent(counts: &Counts, most: usize) -> Vec<(&[u8], u64)> {
    let mut all: Vec<_> = counts
        .iter()
        .map(|(word, times)| (word.as_slice(), *times))
        .collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    all.truncate(most);
    all
}

fn bar(length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec}");
    ProgressBar::new(length).with_style(style.expect("a valid template"))
}
