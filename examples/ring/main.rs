//! A message goes round a ring of isolates, each of which knows only its neighbour.
//!
//! `cargo run --release --example ring [ISOLATES] [LAPS]`

use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use nano::{ActorRef, ActorSpec, Limits, Runtime};

const MODULE: &str = include_str!("ring.js");

fn main() -> ExitCode {
    let (isolates, laps) = match numbers() {
        Ok(numbers) => numbers,
        Err(why) => {
            eprintln!("ring: {why}");
            return ExitCode::from(2);
        }
    };
    match whole(isolates, laps) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output has seen enough.
        Err(why) if is_closed_pipe(&*why) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("ring: {why}");
            ExitCode::FAILURE
        }
    }
}

/// How many isolates and laps there are to be.
fn numbers() -> Result<(u64, u64), String> {
    let mut args = std::env::args().skip(1);
    let mut number = |what: &str| {
        let Some(text) = args.next() else {
            return Ok(1_000);
        };
        match text.parse() {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(format!(
                "'{text}' is no number of {what}\nusage: ring [ISOLATES] [LAPS], 1000 each unless given"
            )),
        }
    };
    Ok((number("isolates")?, number("laps")?))
}

fn is_closed_pipe(why: &(dyn Error + 'static)) -> bool {
    why.downcast_ref::<io::Error>()
        .is_some_and(|why| why.kind() == ErrorKind::BrokenPipe)
}

fn whole(isolates: u64, laps: u64) -> Result<(), Box<dyn Error>> {
    let runtime = Runtime::new()?;
    runtime.block_on(run(&runtime, isolates, laps))?;
    runtime.block_on(runtime.shutdown(Duration::from_secs(5)))?;
    Ok(())
}

async fn run(runtime: &Runtime, isolates: u64, laps: u64) -> Result<(), Box<dyn Error>> {
    let bar = bar(isolates, "isolates started");
    let began = Instant::now();
    // One call lasts as long as the message is on its way.
    let limits = Limits::default().with_wall_ms_per_call(Limits::NONE);
    let mut ring = Vec::new();
    for i in 0..isolates {
        let actor = runtime
            .spawn(
                ActorSpec::module("ring.js", MODULE)
                    .name(name(i))
                    .limits(limits),
            )
            .await?;
        actor.register(&name(i))?;
        ring.push(actor);
        bar.inc(1);
    }
    for (i, actor) in (0..).zip(&ring) {
        let _: () = actor.ask("join", &name((i + 1) % isolates)).await?;
    }
    bar.finish_and_clear();
    writeln!(
        io::stdout(),
        "{isolates} isolates started and joined in {:.2} s",
        began.elapsed().as_secs_f64()
    )?;

    let bar = self::bar(laps, "laps");
    let began = Instant::now();
    let hops: u64 = {
        let mut whole = ring[0].ask("start", &laps).into_future();
        loop {
            tokio::select! {
              hops = &mut whole => break hops?,
              () = tokio::time::sleep(Duration::from_millis(100)) => {
                bar.set_position(ring[0].ask("count", &()).await?);
              }
            }
        }
    };
    let took = began.elapsed();
    bar.finish_and_clear();

    check(&ring, laps, hops).await?;
    let rate = hops as f64 / took.as_secs_f64();
    writeln!(
        io::stdout(),
        "{hops} messages in {:.2} s: {rate:.0} messages/s",
        took.as_secs_f64()
    )?;
    Ok(())
}

/// Every isolate must have seen the message once a lap.
async fn check(ring: &[ActorRef], laps: u64, hops: u64) -> Result<(), Box<dyn Error>> {
    for actor in ring {
        let seen: u64 = actor.ask("count", &()).await?;
        if seen != laps {
            return Err(format!("{}: saw the message {seen} times, not {laps}", actor.id()).into());
        }
    }
    let expected = ring.len() as u64 * laps;
    if hops != expected {
        return Err(format!("the message made {hops} hops, not {expected}").into());
    }
    Ok(())
}

fn name(i: u64) -> String {
    format!("ring-{i}")
}

fn bar(length: u64, unit: &'static str) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}").expect("a valid template");
    ProgressBar::new(length)
        .with_style(style)
        .with_message(unit)
}
