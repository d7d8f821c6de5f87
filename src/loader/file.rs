//! Modules from files.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use url::Url;

use super::{Fetched, LoadError, Loader, ModuleType, Source, cached};
use crate::blocking;

/// Loads modules from files, by `file:` URLs. Endings are never guessed, and symbolic links are not
/// followed in names: a module that is imported by two names is two modules.
///
/// Only regular files are read, so that no import waits for a pipe or a device.
#[derive(Clone, Debug)]
pub struct FileLoader {
    max_bytes: u64,
}

/// What a file may have where nothing else is said.
const MAX_BYTES: u64 = 64 << 20;
/// V8's longest string, which no source can exceed.
const LONGEST: u64 = (1 << 29) - 24;
/// How much is read before it is asked whether anybody still waits.
const CHUNK: u64 = 256 << 10;

impl Default for FileLoader {
    fn default() -> Self {
        Self {
            max_bytes: MAX_BYTES,
        }
    }
}

impl FileLoader {
    /// The loader.
    pub fn new() -> Self {
        Self::default()
    }

    /// How large a file may be; 64 MiB by default. V8's longest string, 512 MiB, is the most.
    ///
    /// ```
    /// use nano::{FileLoader, Runtime};
    ///
    /// let runtime = Runtime::builder().loader(FileLoader::new().max_bytes(1 << 20)).build()?;
    /// # let _ = runtime;
    /// # Ok::<(), nano::SpawnError>(())
    /// ```
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes.min(LONGEST);
        self
    }

    fn path(&self, url: &str) -> Result<PathBuf, LoadError> {
        let invalid = |why: String| LoadError::Unreadable {
            url: url.to_owned(),
            why,
        };
        let parsed = Url::parse(url).map_err(|why| invalid(why.to_string()))?;
        if parsed.scheme() != "file" {
            return Err(LoadError::UnsupportedScheme {
                url: url.to_owned(),
                scheme: parsed.scheme().to_owned(),
                loader: self.name().to_owned(),
                known: "file: and data: URLs",
            });
        }
        // The path that comes of it would be resolved anew: two names for a file, and one that a look at the URL
        // does not show.
        if parsed.path().contains("%2F") || parsed.path().contains("%2f") {
            return Err(LoadError::EncodedSeparator {
                url: url.to_owned(),
            });
        }
        parsed
            .to_file_path()
            .map_err(|()| invalid("the URL names no path of this machine".into()))
    }
}

/// What the ending of a file says about it.
fn type_by_ending(path: &Path) -> Option<ModuleType> {
    match path.extension()?.to_str()? {
        "json" => Some(ModuleType::Json),
        "js" | "mjs" => Some(ModuleType::JavaScript),
        _ => None,
    }
}

/// The source that the file at `path` holds, for an import of type `kind`.
fn source(url: &str, path: &Path, kind: ModuleType, bytes: Vec<u8>) -> Result<Source, LoadError> {
    let source = Source::decode(url, kind, bytes)?;
    Ok(match type_by_ending(path) {
        Some(found) => source.of_type(found),
        None => source,
    })
}

/// One file that is to be read, and for whom.
struct Reading {
    url: String,
    path: PathBuf,
    kind: ModuleType,
    max_bytes: u64,
    /// Gone when nobody waits any more.
    wanted: Weak<()>,
}

impl Reading {
    fn run(&self) -> Result<Source, LoadError> {
        let unreadable = |why| unreadable(&self.url, &why);
        // Before it is opened, since opening a device may do something.
        self.check(&std::fs::metadata(&self.path).map_err(unreadable)?)?;
        // It may be another one by now: opening a pipe would wait for its writer.
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_NONBLOCK)
            .open(&self.path)
            .map_err(unreadable)?;
        self.check(&file.metadata().map_err(unreadable)?)?;
        let bytes = self.bytes(file).map_err(unreadable)?;
        if bytes.len() as u64 > self.max_bytes {
            return Err(self.too_large(None));
        }
        source(&self.url, &self.path, self.kind, bytes)
    }

    fn check(&self, metadata: &Metadata) -> Result<(), LoadError> {
        let kind = metadata.file_type();
        if kind.is_file() {
            return match metadata.len() > self.max_bytes {
                true => Err(self.too_large(Some(metadata.len()))),
                false => Ok(()),
            };
        }
        let found = match () {
            () if kind.is_dir() => {
                return Err(unreadable(&self.url, &ErrorKind::IsADirectory.into()));
            }
            () if kind.is_fifo() => "a pipe",
            () if kind.is_socket() => "a socket",
            () if kind.is_char_device() || kind.is_block_device() => "a device",
            () => "something else",
        };
        Err(LoadError::NotAFile {
            url: self.url.clone(),
            found,
        })
    }

    fn too_large(&self, bytes: Option<u64>) -> LoadError {
        LoadError::TooLarge {
            url: self.url.clone(),
            bytes,
            most: self.max_bytes,
        }
    }

    /// The file's bytes: one more than it may have, where it has grown since or does not know its size.
    fn bytes(&self, mut file: File) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        loop {
            if self.wanted.strong_count() == 0 {
                return Err(io::Error::other("nobody waits for it any more"));
            }
            let room = self.max_bytes + 1 - bytes.len() as u64;
            let read = file
                .by_ref()
                .take(room.min(CHUNK))
                .read_to_end(&mut bytes)?;
            if read == 0 || room == read as u64 {
                return Ok(bytes);
            }
        }
    }
}

fn unreadable(url: &str, why: &io::Error) -> LoadError {
    let url = url.to_owned();
    let why = match why.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => return LoadError::NotFound { url },
        ErrorKind::IsADirectory => "it is a directory; name a file in it".into(),
        ErrorKind::PermissionDenied => {
            "permission denied; check the owner and mode of the file".into()
        }
        _ => why.to_string(),
    };
    LoadError::Unreadable { url, why }
}

impl Loader for FileLoader {
    fn name(&self) -> &str {
        "file"
    }

    fn load(&self, url: &str, kind: ModuleType) -> Fetched {
        let path = match self.path(url) {
            Ok(path) => path,
            Err(error) => return Fetched::Now(Err(error)),
        };
        let max_bytes = self.max_bytes;
        if let Some(bytes) = cached::read(&path, max_bytes) {
            return Fetched::Now(source(url, &path, kind, bytes));
        }
        let url = url.to_owned();
        Fetched::Later(Box::pin(async move {
            // Held by this future: the thread that reads sees when it has been dropped.
            let wanted = Arc::new(());
            let reading = Reading {
                url: url.clone(),
                path,
                kind,
                max_bytes,
                wanted: Arc::downgrade(&wanted),
            };
            let read = blocking::run(move || reading.run()).await;
            read.unwrap_or_else(|| {
                Err(LoadError::Unreadable {
                    url,
                    why: "reading it failed".into(),
                })
            })
        }))
    }

    fn file_url(&self, path: &Path) -> Result<String, LoadError> {
        let invalid = |why: String| LoadError::InvalidPath {
            path: path.to_owned(),
            why,
        };
        let absolute = std::path::absolute(path).map_err(|why| invalid(why.to_string()))?;
        let url = Url::from_file_path(&absolute)
            .map_err(|()| invalid("it cannot be made absolute".into()))?;
        // Parsed once more, since only the parser takes `..` away: by name, as the path of an import.
        let url = Url::parse(url.as_str()).map_err(|why| invalid(why.to_string()))?;
        Ok(url.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(loader: &FileLoader, url: &str) -> LoadError {
        match loader.load(url, ModuleType::JavaScript) {
            Fetched::Now(result) => result.unwrap_err(),
            Fetched::Later(_) => panic!("{url} was to be refused at once"),
        }
    }

    #[test]
    fn only_file_urls_are_read() {
        let error = now(&FileLoader::new(), "https://example.com/a.js");
        assert!(
            matches!(error, LoadError::UnsupportedScheme { .. }),
            "{error}"
        );
        assert!(error.to_string().contains("'https:'"), "{error}");
    }

    #[test]
    fn an_encoded_separator_is_refused() {
        for url in ["file:///a/b%2fc.js", "file:///a/x%2F..%2Fb.js"] {
            let error = now(&FileLoader::new(), url);
            assert!(
                matches!(error, LoadError::EncodedSeparator { .. }),
                "{error}"
            );
        }
    }

    #[test]
    fn a_path_becomes_an_absolute_url() {
        let url = FileLoader::new().file_url(Path::new("a b.js")).unwrap();
        assert!(
            url.starts_with("file:///") && url.ends_with("/a%20b.js"),
            "{url}"
        );
    }

    #[test]
    fn dots_in_a_path_are_resolved_by_name() {
        let loader = FileLoader::new();
        let url = |path: &str| loader.file_url(Path::new(path)).unwrap();
        assert_eq!(url("/a/b/../x.js"), "file:///a/x.js");
        assert_eq!(url("nope/../x.js"), url("x.js"));
        assert_eq!(url("./nope/./../../x.js"), url("../x.js"));
        assert_eq!(url("/a/%2e%2e/x.js"), "file:///a/%252e%252e/x.js");
    }

    fn read(path: &str, max_bytes: u64, wanted: &Arc<()>) -> Result<Source, LoadError> {
        let reading = Reading {
            url: format!("file://{path}"),
            path: path.into(),
            kind: ModuleType::JavaScript,
            max_bytes,
            wanted: Arc::downgrade(wanted),
        };
        reading.run()
    }

    #[test]
    fn a_file_that_is_not_there_is_named_with_a_way_out() {
        let error = read("/no/such.js", MAX_BYTES, &Arc::default()).unwrap_err();
        assert!(matches!(error, LoadError::NotFound { .. }), "{error}");
        assert!(error.to_string().contains("file:///no/such.js"), "{error}");
    }

    #[test]
    fn what_is_no_regular_file_is_refused() {
        let error = read("/dev/zero", MAX_BYTES, &Arc::default()).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, LoadError::NotAFile { .. }), "{text}");
        assert!(text.contains("a device"), "{text}");
    }

    #[test]
    fn a_file_that_is_too_large_is_refused_with_both_sizes() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/loader/file.rs");
        let size = std::fs::metadata(path).unwrap().len();
        let error = read(path, size - 1, &Arc::default()).unwrap_err();
        let (found, most) = (size.to_string(), (size - 1).to_string());
        let text = error.to_string();
        assert!(text.contains(&found) && text.contains(&most), "{text}");
        assert!(read(path, size, &Arc::default()).is_ok());
        // Its size says nothing.
        let error = read("/proc/self/status", 100, &Arc::default()).unwrap_err();
        assert!(matches!(error, LoadError::TooLarge { .. }), "{error}");
    }

    #[test]
    fn reading_ends_when_nobody_waits() {
        let wanted = Arc::new(());
        let weak = Arc::downgrade(&wanted);
        drop(wanted);
        let reading = Reading {
            url: "file:///x".into(),
            path: concat!(env!("CARGO_MANIFEST_DIR"), "/src/loader/file.rs").into(),
            kind: ModuleType::JavaScript,
            max_bytes: MAX_BYTES,
            wanted: weak,
        };
        let error = reading.run().unwrap_err();
        assert!(error.to_string().contains("nobody waits"), "{error}");
    }
}
