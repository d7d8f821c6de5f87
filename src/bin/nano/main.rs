//! The command line.

mod exit;
mod options;
mod output;
mod run;

use std::process::ExitCode;

use clap::Parser;

use options::{Cli, Command};
use run::Script;

fn main() -> ExitCode {
    let Cli { command } = Cli::parse();
    match command {
        Command::Run {
            file,
            args,
            options,
        } => run::run(Script::File(file), args, &options),
        Command::Eval {
            code,
            args,
            options,
        } => run::run(Script::Text(code), args, &options),
    }
}
