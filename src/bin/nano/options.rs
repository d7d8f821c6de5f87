//! What can be said on the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::exit;

const EXAMPLES: &str = "\
Examples:
  nano run app.js one two        arguments are import.meta.args in the main module
  echo 'console.log(1)' | nano run -
  nano eval 'console.log(await Promise.resolve(42))'
  nano run --heap 256M --cpu 500 --timeout 10000 --stats app.js
  nano run --import-map map.json app.js";

/// An actor runtime for JavaScript.
#[derive(Parser)]
#[command(version, after_help = format!("{EXAMPLES}\n\n{}", exit::HELP))]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Runs a module until nothing is left to do
    #[command(after_help = format!("{EXAMPLES}\n\n{}", exit::HELP))]
    Run {
        #[command(flatten)]
        options: Options,
        /// The module's file; - reads it from standard input
        file: PathBuf,
        /// What the module finds as import.meta.args
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Runs CODE as a module; prints only what the code prints
    #[command(after_help = format!("{EXAMPLES}\n\n{}", exit::HELP))]
    Eval {
        #[command(flatten)]
        options: Options,
        /// The module's text; its imports are relative to the working directory
        #[arg(allow_hyphen_values = true, value_parser = code)]
        code: String,
        /// What the module finds as import.meta.args
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

#[derive(Args)]
pub struct Options {
    /// JavaScript heap of the script, such as 128M or 1G [default: half of the machine's memory]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub heap: Option<u64>,
    /// CPU time of one turn of the script, in milliseconds [default: no limit]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..))]
    pub cpu: Option<u64>,
    /// Time of the whole run, in milliseconds [default: no limit]
    #[arg(long, value_name = "MS", value_parser = milliseconds)]
    pub timeout: Option<Duration>,
    /// Threads that run isolates [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub isolate_threads: Option<u16>,
    /// Prints figures of the run to standard error at its end
    #[arg(long)]
    pub stats: bool,
    /// An import map (JSON); its addresses are relative to it
    #[arg(long, value_name = "FILE")]
    pub import_map: Option<PathBuf>,
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    let number = text.parse().ok().filter(|&number| number > 0);
    number
        .map(Duration::from_millis)
        .ok_or_else(|| "expected milliseconds from 1 on, as in 5000".into())
}

/// The text of a module, which may begin with a hyphen, but is no option that does not exist.
fn code(text: &str) -> Result<String, String> {
    let name = text
        .strip_prefix("--")
        .map(|rest| rest.split('=').next().unwrap_or(rest));
    let is_option = name.is_some_and(|name| {
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c == '-')
    });
    match is_option {
        true => Err("there is no such option; --help lists them".into()),
        false => Ok(text.into()),
    }
}

/// A number of bytes with K, M, G or T for the powers of 1,024.
fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("'{text}' is no size: write bytes, or as in 512K, 128M, 1G");
    let upper = text.to_ascii_uppercase();
    let plain = upper
        .strip_suffix("IB")
        .or(upper.strip_suffix('B'))
        .unwrap_or(&upper);
    let digits = plain.trim_end_matches(['K', 'M', 'G', 'T']);
    let shift = match &plain[digits.len()..] {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err(wrong()),
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let bytes = number.checked_mul(1 << shift).ok_or_else(wrong)?;
    const LEAST: u64 = 4 << 20;
    if bytes < LEAST {
        return Err(format!("'{text}' is too small: V8 itself needs 4M"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units_of_1024() {
        assert_eq!(size("128M"), Ok(128 << 20));
        assert_eq!(size("1g"), Ok(1 << 30));
        assert_eq!(size("64MiB"), Ok(64 << 20));
        assert_eq!(size("8388608"), Ok(8 << 20));
        for wrong in ["", "M", "1.5G", "-1M", "1MM", "1K", "99999999999999T", "漢"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_unknown_option_is_no_code() {
        for wrong in ["--tiemout", "--tiemout=5", "--heap-size=3", "--x"] {
            assert!(code(wrong).is_err(), "{wrong}");
        }
        for right in ["-1", "--x.y", "--i;", "-'a'", "console.log(1)", "--x - 1"] {
            assert_eq!(code(right).as_deref(), Ok(right));
        }
    }

    #[test]
    fn no_time_is_no_timeout() {
        assert_eq!(milliseconds("5"), Ok(Duration::from_millis(5)));
        for wrong in ["0", "-1", "", "1s"] {
            assert!(milliseconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_definition_is_sound() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
