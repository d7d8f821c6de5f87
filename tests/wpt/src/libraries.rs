//! Real libraries from npm, each with a small program (`tests/libs`), that have to run as they do in Node.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nano::{ActorSpec, Output, Runtime};

use crate::Failure;

/// How long a program may take.
const MOST: Duration = Duration::from_secs(60);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../libs")
}

/// The programs' names.
pub fn programs() -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder().join("programs"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".js").map(Into::into));
    }
    names.sort();
    Ok(names)
}

/// Programs with their libraries in them, ready to run.
pub struct Bundles(PathBuf);

/// Why there are none.
pub enum Missing {
    /// npm is not there or has no connection: nobody's fault.
    Npm(String),
    Other(Failure),
}

impl<E: Into<Failure>> From<E> for Missing {
    fn from(why: E) -> Self {
        Self::Other(why.into())
    }
}

/// Runs a command; what it said where it failed.
fn run(command: &mut Command) -> Result<(), String> {
    let ran = command
        .stdin(Stdio::null())
        .output()
        .map_err(|why| why.to_string())?;
    if ran.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    // npm's first line says what went wrong, its last ones where it wrote that down.
    let first = said.lines().find(|line| line.contains("rror"));
    Err(first.unwrap_or(said.trim()).to_owned())
}

impl Bundles {
    /// Fetches the libraries, unless they are there, and bundles all programs.
    pub fn make() -> Result<Self, Missing> {
        let lock = std::fs::read(folder().join("package-lock.json"))?;
        let mut hasher = DefaultHasher::new();
        lock.hash(&mut hasher);
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
            PathBuf::from,
        );
        let place = target.join(format!("libs/{:016x}", hasher.finish()));
        if !place.exists() {
            fetch(&place)?;
        }
        // Within the fetched folder, so that esbuild finds the libraries above the programs.
        let own = place.join(format!("run-{}", std::process::id()));
        let bundles = Self(own.clone());
        std::fs::create_dir_all(own.join("programs"))?;
        let mut esbuild = Command::new(place.join("node_modules/.bin/esbuild"));
        for name in programs()? {
            let (from, to) = (format!("programs/{name}.js"), format!("programs/{name}.js"));
            std::fs::copy(folder().join(from), own.join(&to))?;
            esbuild.arg(to);
        }
        esbuild.current_dir(&own).args([
            "--bundle",
            "--format=esm",
            "--platform=browser",
            "--target=esnext",
            "--charset=utf8",
            "--conditions=worker",
            "--outdir=bundled",
            "--log-level=error",
        ]);
        run(&mut esbuild)?;
        Ok(bundles)
    }

    /// Runs a program. What differs from what it has to print, where something does.
    pub fn check(&self, name: &str) -> Result<(), Failure> {
        let expected = std::fs::read_to_string(folder().join(format!("programs/{name}.out")))?;
        let printed = Printed::default();
        let runtime = Runtime::builder().output(printed.clone()).build()?;
        let spec = ActorSpec::file(self.0.join(format!("bundled/{name}.js")));
        let outcome = runtime.block_on(async {
            let ran = tokio::time::timeout(MOST, runtime.spawn(spec)).await;
            match ran {
                Ok(Ok(_)) => None,
                Ok(Err(why)) => Some(why.to_string()),
                Err(_) => Some(format!("it has not ended after {} s", MOST.as_secs())),
            }
        });
        let [out, error] = printed.texts();
        if let Some(why) = outcome {
            return Err(format!("{why}\nprinted so far:\n{out}{error}").into());
        }
        if out == expected {
            return Ok(());
        }
        let mut pairs = expected.lines().zip(out.lines()).enumerate();
        let place = pairs.find(|(_, (expected, line))| expected != line);
        Err(match place {
            Some((i, (expected, line))) => {
                format!("line {}\n  should be {expected}\n  and is    {line}", i + 1)
            }
            None => format!(
                "{} lines were printed, {} should be\n{error}",
                out.lines().count(),
                expected.lines().count()
            ),
        }
        .into())
    }
}

impl Drop for Bundles {
    fn drop(&mut self) {
        // What is left lies in the folder of build products.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Has npm put the libraries into a new folder.
fn fetch(place: &Path) -> Result<(), Missing> {
    // Under another name until it is whole: somebody else may do the same.
    let partial = place.with_extension(std::process::id().to_string());
    std::fs::create_dir_all(&partial)?;
    for name in ["package.json", "package-lock.json"] {
        std::fs::copy(folder().join(name), partial.join(name))?;
    }
    let mut npm = Command::new("npm");
    npm.current_dir(&partial).args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--fetch-retries=1",
        "--fetch-timeout=60000",
    ]);
    let fetched = run(&mut npm);
    if fetched.is_ok() && std::fs::rename(&partial, place).is_ok() {
        return Ok(());
    }
    std::fs::remove_dir_all(&partial)?;
    match fetched {
        // Somebody else was faster.
        Ok(()) => Ok(()),
        Err(why) => Err(Missing::Npm(format!("npm ci: {why}"))),
    }
}

/// Standard output and standard error.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<[String; 2]>>);

impl Printed {
    fn texts(&self) -> [String; 2] {
        self.0.lock().map(|it| it.clone()).unwrap_or_default()
    }
}

impl Output for Printed {
    fn write(&self, error: bool, text: &str) {
        if let Ok(mut texts) = self.0.lock() {
            texts[usize::from(error)].push_str(text);
        }
    }

    fn color(&self, _: bool) -> bool {
        false
    }
}
