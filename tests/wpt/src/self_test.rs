//! What the runner must tell of a checkout, tried with small ones.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Failure;
use crate::expectations::{Expectations, Expected};

/// One of them: an error says what was not told.
type Test = fn() -> Result<(), Failure>;

/// The tests, by their names.
pub const SELF_TESTS: &[(&str, Test)] = &[
    (
        "runner::files_that_the_checkout_lacks_fail_their_area",
        lacks_files,
    ),
    (
        "runner::a_folder_that_the_checkout_lacks_fails_its_area_alone",
        lacks_a_folder,
    ),
    #[cfg(unix)]
    (
        "runner::files_behind_symbolic_links_are_run",
        has_symbolic_links,
    ),
    ("runner::files_that_are_not_utf8_are_run", is_not_utf8),
    (
        "runner::an_update_forgets_what_its_filter_names_alone",
        forgets_what_is_wanted,
    ),
];

/// A test of an area that has few of them.
const TEST: &str = "dom/abort/event.any.js";

/// A checkout in a folder of its own, with a harness in which nothing is ever done.
struct Checkout(PathBuf);

impl Checkout {
    fn new(name: &str) -> io::Result<Self> {
        let root = std::env::temp_dir().join(format!("wpt-{name}-{}", std::process::id()));
        std::fs::create_dir_all(root.join("resources"))?;
        let checkout = Self(root);
        checkout.write("resources/testharness.js", b"")?;
        Ok(checkout)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
        std::fs::write(path, bytes)
    }

    /// What the runner says to these arguments, and whether it is content.
    fn run(&self, arguments: &[&str]) -> io::Result<(bool, String)> {
        let mut command = Command::new(std::env::current_exe()?);
        // The test program takes no such word: it does nothing else.
        if !cfg!(test) {
            command.arg("as-test");
        }
        let output = command
            .args(arguments)
            .env("WPT_DIR", &self.0)
            .env("WPT_SERVE", "false")
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok((output.status.success(), said))
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        // What is left in the folder for temporary files is the system's to clear.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn expect(holds: bool, said: &str) -> Result<(), Failure> {
    match holds {
        true => Ok(()),
        false => Err(format!("the runner has said:\n{said}").into()),
    }
}

fn lacks_files() -> Result<(), Failure> {
    let checkout = Checkout::new("files")?;
    std::fs::create_dir_all(checkout.path("dom/abort"))?;
    let (is_content, said) = checkout.run(&["--exact", "web_platform_tests::dom/abort"])?;
    let line = format!("{TEST}: the checkout does not have it");
    expect(!is_content && said.contains(&line), &said)
}

fn lacks_a_folder() -> Result<(), Failure> {
    let checkout = Checkout::new("folder")?;
    // Of no area, so that nothing is expected of it.
    checkout.write("dom/ranges/other.any.js", b"")?;
    let (is_content, said) = checkout.run(&["web_platform_tests::dom"])?;
    let line = format!("{TEST}: the checkout does not have it");
    let holds = !is_content && said.contains("2 failed") && said.contains(&line);
    expect(holds, &said)
}

#[cfg(unix)]
fn has_symbolic_links() -> Result<(), Failure> {
    let checkout = Checkout::new("links")?;
    let name = TEST.rsplit('/').next().unwrap_or_default();
    checkout.write(&format!("elsewhere/{name}"), b"")?;
    std::fs::create_dir_all(checkout.path("dom"))?;
    std::os::unix::fs::symlink("../elsewhere", checkout.path("dom/abort"))?;
    let (_, said) = checkout.run(&["--exact", "web_platform_tests::dom/abort"])?;
    let lacks = said.contains(&format!("{TEST}: the checkout does not have it"));
    expect(!lacks && said.contains("| dom/abort | 1 |"), &said)
}

fn is_not_utf8() -> Result<(), Failure> {
    let checkout = Checkout::new("bytes")?;
    checkout.write(TEST, b"// \xe9")?;
    let (_, said) = checkout.run(&["--exact", "web_platform_tests::dom/abort"])?;
    expect(said.contains("| dom/abort | 1 |"), &said)
}

fn forgets_what_is_wanted() -> Result<(), Failure> {
    let expected = Expected {
        pass: 1,
        ..Expected::default()
    };
    let ids = ["a/there", "a/gone", "b/gone"];
    let all = ids.map(|id| (id.to_owned(), expected.clone()));
    let mut expectations = Expectations(BTreeMap::from(all));
    let has = BTreeSet::from(["a/there".to_owned()]);
    expectations.forget_missing(&has, |id| id.starts_with("a/"));
    let left: Vec<&String> = expectations.0.keys().collect();
    expect(left == ["a/there", "b/gone"], &format!("{left:?}"))
}
