//! The command line.

use std::process::ExitCode;
use nano::{ActorSpec, Limits, Runtime, ExitReason};

fn main() -> ExitCode {
  let args: Vec<String> = std::env::args().collect();
  let rt = Runtime::new().expect("runtime");
  let spec = match args[1].as_str() { "run" => ActorSpec::file(&args[2]), _ => ActorSpec::source(args[2].clone()) };
  let spec = spec.limits(Limits::unlimited_root()).ends_when_quiescent(true);
  let code = rt.block_on(async {
    match rt.spawn(spec).await {
      Ok(actor) => match actor.wait().await { ExitReason::Normal => 0, other => { eprintln!("{other}"); 1 } },
      Err(e) => { eprintln!("{e}"); 1 }
    }
  });
  ExitCode::from(code)
}
