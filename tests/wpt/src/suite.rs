//! A checkout of the suite: which tests it has, and the scripts that each needs.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use crate::area::{AREAS, Area};
use crate::meta::Meta;

/// Where the suite's files are said to lie, for a runtime that asks nothing of it.
const ORIGIN: &str = "http://web-platform.test:8000";

/// A checkout of the suite.
pub struct Suite {
    pub root: PathBuf,
}

/// One test: a file with one of its variants.
#[derive(Clone, Debug)]
pub struct Test {
    /// Its path in the suite, with the variant's query.
    pub id: String,
    path: String,
    meta_scripts: Vec<String>,
    pub timeout: Duration,
}

/// What a runtime gets to run a test.
#[derive(Debug, Serialize)]
pub struct Program {
    /// Where the suite says that it lies.
    pub origin: String,
    /// The test's path there, with its query.
    pub path: String,
    /// What is evaluated before it, in order, and then itself: path and text each.
    pub scripts: Vec<(String, String)>,
    /// What it may import: text by path.
    pub imports: BTreeMap<String, String>,
    /// Whether it says itself when it is done.
    pub says_done: bool,
    pub timeout_ms: u64,
    /// The folder of the suite, with a slash at its end.
    pub root: String,
}

impl Program {
    /// Says that the suite lies elsewhere.
    pub fn set_origin(&mut self, origin: String) {
        self.origin = origin;
    }
}

impl Suite {
    pub fn open(root: &Path) -> io::Result<Self> {
        let root = root.canonicalize()?;
        // Whatever else there may be, this is what a test begins with.
        std::fs::metadata(root.join("resources/testharness.js"))?;
        Ok(Self { root })
    }

    /// All tests of the areas. Those that may take long come first.
    pub fn tests(&self) -> io::Result<Vec<Test>> {
        let mut tests = Vec::new();
        for part in AREAS.iter().flat_map(Area::parts) {
            self.collect(part, &mut tests)?;
        }
        tests.sort_by(|a, b| b.timeout.cmp(&a.timeout).then_with(|| a.id.cmp(&b.id)));
        Ok(tests)
    }

    /// The tests of the file `path` or below the folder, behind symbolic links as well. A part of an area that is not
    /// there has none: what is expected of it is missed like any other test that is.
    fn collect(&self, path: &str, tests: &mut Vec<Test>) -> io::Result<()> {
        let place = self.root.join(path);
        let of = |why: io::Error| io::Error::new(why.kind(), format!("{}: {why}", place.display()));
        match std::fs::metadata(&place) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(why) => Err(of(why)),
            Ok(about) if about.is_dir() => {
                for entry in std::fs::read_dir(&place).map_err(of)? {
                    let name = entry?.file_name().to_string_lossy().into_owned();
                    self.collect(&format!("{path}/{name}"), tests)?;
                }
                Ok(())
            }
            Ok(_) if is_test(path) => {
                let meta = Meta::parse(&self.text(path)?);
                if !path.ends_with(".any.js") || meta.is_for_workers() {
                    tests.extend(of_file(path, &meta));
                }
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    /// What a runtime gets to run `test`, with `slack` times the time that the suite gives it.
    pub fn program(&self, test: &Test, slack: u32) -> io::Result<Program> {
        let base = test.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut paths = Vec::new();
        let says_done = !test.path.ends_with(".any.js");
        if !says_done {
            paths.push("resources/testharness.js".to_owned());
            paths.extend(test.meta_scripts.iter().map(|it| resolve(base, it)));
        }
        paths.push(test.path.clone());
        let mut scripts = Vec::new();
        let mut imports = BTreeMap::new();
        for path in paths {
            let text = self.text(&path)?;
            self.collect_imports(&path, &text, &mut imports);
            scripts.push((format!("/{path}"), text));
        }
        Ok(Program {
            origin: ORIGIN.into(),
            path: format!("/{}", test.id),
            scripts,
            imports,
            says_done,
            timeout_ms: u64::try_from((test.timeout * slack).as_millis()).unwrap_or(u64::MAX),
            root: format!("{}/", self.root.display()),
        })
    }

    fn text(&self, path: &str) -> io::Result<String> {
        // The suite's server has it by another name.
        let path = match path {
            "resources/WebIDLParser.js" => "resources/webidl2/lib/webidl2.js",
            path => path,
        };
        let bytes = std::fs::read(self.root.join(path))
            .map_err(|why| io::Error::new(why.kind(), format!("{path}: {why}")))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// What the text imports by `importScripts`, and that in turn. The names stand there as strings.
    fn collect_imports(&self, path: &str, text: &str, imports: &mut BTreeMap<String, String>) {
        let base = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for call in text.split("importScripts(").skip(1) {
            let arguments = call.split(')').next().unwrap_or_default();
            for (i, name) in arguments.split(['"', '\'']).enumerate() {
                let path = resolve(base, name);
                let key = format!("/{path}");
                if i % 2 == 0 || imports.contains_key(&key) {
                    continue;
                }
                // Some are meant not to be there.
                if let Ok(text) = self.text(&path) {
                    imports.insert(key, text.clone());
                    self.collect_imports(&path, &text, imports);
                }
            }
        }
    }
}

/// Whether a file of this name is a test that runs in a worker. Those that ask for TLS are given none: they mean a
/// secure context, which none of the runtimes tells from others.
fn is_test(name: &str) -> bool {
    name.ends_with(".any.js") || name.ends_with(".worker.js")
}

fn of_file(path: &str, meta: &Meta) -> Vec<Test> {
    let of_variant = |variant: &String| Test {
        id: format!("{path}{variant}"),
        path: path.to_owned(),
        meta_scripts: meta.scripts.clone(),
        timeout: meta.timeout,
    };
    meta.variants.iter().map(of_variant).collect()
}

/// The path in the suite of what a file in the folder `base` names.
fn resolve(base: &str, name: &str) -> String {
    if let Some(absolute) = name.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in name.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
