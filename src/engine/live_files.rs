//! Internal JavaScript as it lies on the disk when a program starts, for those who work on it: an edit then needs no
//! build. The startup snapshot is the build's all the same, so that new globals, ops and primordials do.

use std::fs;
use std::path::Path;

use super::files::InternalFile;

/// All files below `web`, sorted by name. They are kept for as long as the process lives.
pub(super) fn read(web: &str) -> Vec<InternalFile> {
    let mut files = Vec::new();
    collect(Path::new(web), Path::new(web), &mut files);
    files.sort_by_key(|file| file.name);
    files
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<InternalFile>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|e| e == "js") {
            let text = fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            assert!(text.is_ascii(), "{}: not ASCII", path.display());
            let name = path.strip_prefix(root).unwrap_or(&path).with_extension("");
            files.push(InternalFile::new(
                name.to_string_lossy().into_owned().leak(),
                text.leak(),
            ));
        }
    }
}
