//! Makes the V8 startup snapshot that every isolate starts from, and the table of internal files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/engine/flags.rs"]
mod flags;
#[path = "src/engine/snapshot/layout.rs"]
mod layout;
#[path = "src/engine/snapshot/make.rs"]
mod make;
#[path = "src/web/manifest.rs"]
mod manifest;
#[path = "src/engine/op_table.rs"]
mod op_table;
#[path = "src/engine/snapshot/origin.rs"]
mod origin;

/// All `.js` files below `dir`, as names relative to `root` without the ending, sorted.
fn files(root: &Path, dir: &Path, out: &mut Vec<String>) {
    let entries = fs::read_dir(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    let mut paths: Vec<PathBuf> = entries
        .map(|e| e.expect("a directory entry").path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files(root, &path, out);
        } else if path.extension().is_some_and(|e| e == "js") {
            let name = path
                .strip_prefix(root)
                .expect("below root")
                .with_extension("");
            out.push(name.to_str().expect("UTF-8 file name").replace('\\', "/"));
        }
    }
}

/// Internal JavaScript is ASCII.
fn check_ascii(path: &Path) {
    let text = fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    if let Some(line) = text.split(|&b| b == b'\n').position(|l| !l.is_ascii()) {
        panic!(
            "{}:{}: internal JavaScript is ASCII, so that it costs no isolate a copy",
            path.display(),
            line + 1
        );
    }
}

/// The source of the table of internal files. With the feature `live-js` the files are read when a program starts.
fn table(web: &Path, names: &[String]) -> String {
    if env::var_os("CARGO_FEATURE_LIVE_JS").is_some() {
        return format!(
            "pub static FILES: std::sync::LazyLock<Vec<InternalFile>> =\n  \
             std::sync::LazyLock::new(|| super::live_files::read({:?}));\n",
            web.display().to_string()
        );
    }
    let mut table = format!("pub static FILES: [InternalFile; {}] = [\n", names.len());
    for name in names {
        writeln!(
            table,
            "  InternalFile::new({name:?}, include_bytes!({:?})),",
            web.join(name).with_extension("js").display().to_string()
        )
        .expect("writing to a string");
    }
    table.push_str("];\n");
    table
}

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let web = root.join("src/web");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
    for watched in [
        "src/web",
        "src/engine/flags.rs",
        "src/engine/op_table.rs",
        "src/engine/snapshot",
    ] {
        println!("cargo::rerun-if-changed={watched}");
    }

    let mut names = Vec::new();
    files(&web, &web, &mut names);
    for name in &names {
        check_ascii(&web.join(name).with_extension("js"));
    }
    fs::write(out.join("internal_files.rs"), table(&web, &names))
        .expect("writing the table of internal files");

    let blob = make::make(|name| {
        let path = web.join(name).with_extension("js");
        fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    });
    fs::write(out.join("snapshot.bin"), &blob).expect("writing the snapshot");
}
