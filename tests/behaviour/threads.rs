//! A system that gives few threads, or none.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Output};

/// Runs nano with `code` as somebody who may have so many threads: the superuser has no such limit.
fn run(threads: u32, code: &str) -> Output {
    let nano = env!("CARGO_BIN_EXE_nano");
    let limit = format!("--nproc={threads}");
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        let mut command = Command::new("prlimit");
        return command.args([&limit, nano, "eval", code]).output().unwrap();
    }
    // Where others may read it.
    let copy = std::env::temp_dir().join(format!("nano-{}-{threads}", std::process::id()));
    std::fs::copy(nano, &copy).unwrap();
    std::fs::set_permissions(&copy, PermissionsExt::from_mode(0o755)).unwrap();
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "54321", "--regid", "54321", "--clear-groups"]);
    command.args(["prlimit", &limit]).arg(&copy);
    let output = command.args(["eval", code]).current_dir("/").output();
    std::fs::remove_file(&copy).unwrap();
    output.unwrap()
}

#[test]
fn a_runtime_that_gets_no_threads_says_so() {
    for threads in 1..=6 {
        let ran = run(threads, "console.log('ran')");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(1), "{threads}: {ran:?}");
        assert!(
            said.starts_with("nano: no threads for the runtime: "),
            "{threads}: {said}"
        );
    }
}
