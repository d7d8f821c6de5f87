//! What `cargo test` and `cargo nextest` tell a test program, for one that has no harness: each area is a test.

use clap::Parser;

/// The harness's own options, as far as they mean something here; the others are taken and change nothing.
#[derive(Debug, Default, Parser)]
#[command(name = "wpt", disable_help_flag = true)]
pub struct Arguments {
    /// Only tests whose names contain one of these.
    filters: Vec<String>,
    /// Names are whole.
    #[arg(long)]
    exact: bool,
    /// Not tests whose names contain one of these.
    #[arg(long)]
    skip: Vec<String>,
    /// Name the tests, and run none.
    #[arg(long)]
    pub list: bool,
    /// Only ignored tests.
    #[arg(long)]
    pub ignored: bool,
    #[arg(long)]
    include_ignored: bool,
    /// How many tests run at once.
    #[arg(long)]
    pub test_threads: Option<usize>,
    #[arg(long, short)]
    pub quiet: bool,
    /// Only benches.
    #[arg(long)]
    pub bench: bool,
    #[arg(long)]
    test: bool,
    #[arg(long, visible_alias = "no-capture")]
    nocapture: bool,
    #[arg(long)]
    show_output: bool,
    #[arg(long)]
    report_time: bool,
    #[arg(long)]
    ensure_time: bool,
    #[arg(long)]
    force_run_in_process: bool,
    #[arg(long)]
    exclude_should_panic: bool,
    #[arg(long)]
    shuffle: bool,
    #[arg(long)]
    shuffle_seed: Option<u64>,
    #[arg(long)]
    color: Option<String>,
    #[arg(long)]
    format: Option<String>,
    #[arg(long)]
    logfile: Option<String>,
    #[arg(short = 'Z')]
    unstable: Vec<String>,
}

impl Arguments {
    /// Whether the test of this name is to be run.
    pub fn wants(&self, name: &str) -> bool {
        let says = |filter: &String| match self.exact {
            true => name == filter,
            false => name.contains(filter.as_str()),
        };
        (self.filters.is_empty() || self.filters.iter().any(says)) && !self.skip.iter().any(says)
    }
}
