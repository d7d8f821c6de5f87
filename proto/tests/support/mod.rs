//! The committed corpus, for the tests that read it.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The files of `fuzz/corpus/<folder>` by name.
pub fn corpus(folder: &str) -> BTreeMap<String, Vec<u8>> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "fuzz", "corpus", folder]
        .iter()
        .collect();
    let files: BTreeMap<_, _> = std::fs::read_dir(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect();
    assert!(files.len() > 20, "corpus of {} files", files.len());
    files
}

/// A seed of format version 16 by its name in `fuzz/seeds/make.mjs`.
pub fn seed(name: &str) -> Vec<u8> {
    corpus("value")
        .remove(&format!("v16-{name}"))
        .unwrap_or_else(|| panic!("no seed {name}"))
}
