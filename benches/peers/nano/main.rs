//! nano's side of the comparison: one part of one workload a process, with the arguments that the peers'
//! scripts in `work/` get, and a JSON line a figure. See `benches/peers/README.md`.
//!
//! With `--no-spares` as the last argument no isolates are kept ready.

mod actors;
mod figures;
mod memory;
mod messages;
mod spawn;

use actors::Failure;
use nano::Runtime;

async fn measure(runtime: &Runtime, args: &[&str], suffix: &str) -> Result<(), Failure> {
    let spawn = format!("spawn_first_reply{suffix}");
    match args {
        ["spawn_first_reply", "cold"] => spawn::cold(runtime, &spawn).await,
        ["spawn_first_reply", "sequential", count] => {
            spawn::sequential(runtime, &spawn, count.parse()?).await
        }
        ["spawn_first_reply", "burst", count] => {
            spawn::burst(runtime, &spawn, count.parse()?).await
        }
        ["spawn_first_reply", "sustained", seconds, in_flight] => {
            spawn::sustained(runtime, &spawn, seconds.parse()?, in_flight.parse()?).await
        }
        ["idle_memory", count] => {
            memory::idle(runtime, &format!("idle_memory{suffix}"), count.parse()?).await
        }
        ["ask_rtt", count] => messages::ask_rtt(runtime, count.parse()?).await,
        ["rust_ask_rtt", count] => messages::rust_ask_rtt(runtime, count.parse()?).await,
        ["pipelined_echo", count, windows @ ..] => {
            let windows: Result<Vec<u32>, _> = windows.iter().map(|text| text.parse()).collect();
            messages::pipelined_echo(runtime, count.parse()?, &windows?).await
        }
        ["ring", count, rounds] => messages::ring(runtime, count.parse()?, rounds.parse()?).await,
        _ => Err(format!("no such workload: {}", args.join(" ")).into()),
    }
}

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
    let bare = args.pop_if(|last| *last == "--no-spares").is_some();
    let (runtime, suffix) = if bare {
        (Runtime::builder().warm_spares(0).build()?, "_no_spares")
    } else {
        (Runtime::new()?, "")
    };
    runtime.block_on(measure(&runtime, &args, suffix))?;
    // As the peers: the driver ends the process, since a thousand isolates take a while to go.
    println!("{}", serde_json::json!({"done": true}));
    Ok(())
}
