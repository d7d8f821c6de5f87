//! Modules from files.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use url::Url;

use super::{Fetched, LoadError, Loader, ModuleType, Source};

/// Loads modules from files, by `file:` URLs. Endings are never guessed.
#[derive(Clone, Debug, Default)]
pub struct FileLoader {}

impl FileLoader {
    /// The loader.
    pub fn new() -> Self {
        Self::default()
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

fn read(url: &str, path: &Path, kind: ModuleType) -> Result<Source, LoadError> {
    let bytes = std::fs::read(path).map_err(|why| match why.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => LoadError::NotFound {
            url: url.to_owned(),
        },
        ErrorKind::IsADirectory => LoadError::Unreadable {
            url: url.to_owned(),
            why: "it is a directory; name a file in it".into(),
        },
        ErrorKind::PermissionDenied => LoadError::Unreadable {
            url: url.to_owned(),
            why: "permission denied; check the owner and mode of the file".into(),
        },
        _ => LoadError::Unreadable {
            url: url.to_owned(),
            why: why.to_string(),
        },
    })?;
    let source = Source::decode(url, kind, bytes)?;
    Ok(match type_by_ending(path) {
        Some(found) => source.of_type(found),
        None => source,
    })
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
        let url = url.to_owned();
        Fetched::Later(Box::pin(async move {
            let (name, at) = (url.clone(), path);
            let reading = tokio::task::spawn_blocking(move || read(&name, &at, kind));
            match reading.await {
                Ok(result) => result,
                Err(why) => Err(LoadError::Unreadable {
                    url,
                    why: why.to_string(),
                }),
            }
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
        // `..` in a path is taken literally by `absolute`; a URL never holds one.
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
    fn a_path_becomes_an_absolute_url() {
        let url = FileLoader::new().file_url(Path::new("a b.js")).unwrap();
        assert!(
            url.starts_with("file:///") && url.ends_with("/a%20b.js"),
            "{url}"
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_named_with_a_way_out() {
        let error = read(
            "file:///no/such.js",
            Path::new("/no/such.js"),
            ModuleType::JavaScript,
        );
        let error = error.unwrap_err();
        assert!(matches!(error, LoadError::NotFound { .. }), "{error}");
        assert!(error.to_string().contains("file:///no/such.js"), "{error}");
    }
}
