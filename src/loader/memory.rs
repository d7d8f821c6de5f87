//! Modules from memory.

use std::collections::HashMap;
use std::path::{Component, Path};

use url::Url;

use super::{Fetched, LoadError, Loader, ModuleType, Source};

/// Loads modules that the program holds in memory, by URL or by path.
///
/// A path such as `lib/a.js` becomes the URL `memory:///lib/a.js`, and modules import each other
/// relative to that.
///
/// ```
/// use nano::{ActorSpec, MemoryLoader, Runtime};
///
/// let loader = MemoryLoader::new()
///     .with("main.js", "import { two } from './lib/two.js'; export const four = () => two * two;")
///     .with("lib/two.js", "export const two = 2;");
/// let runtime = Runtime::builder().loader(loader).build()?;
/// let four: f64 = runtime.block_on(async {
///     let actor = runtime.spawn(ActorSpec::file("main.js")).await?;
///     Ok::<_, Box<dyn std::error::Error>>(actor.ask("four", &()).await?)
/// })?;
/// assert_eq!(four, 4.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryLoader {
    sources: HashMap<String, Source>,
}

impl MemoryLoader {
    /// A loader without modules.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a module by its URL or path. One that ends in `.json` is JSON.
    #[must_use]
    pub fn with(self, url_or_path: &str, source: impl Into<Source>) -> Self {
        let mut source = source.into();
        if source.module_type().is_none() && url_or_path.ends_with(".json") {
            source = source.of_type(ModuleType::Json);
        }
        let mut sources = self.sources;
        let url = match Url::parse(url_or_path) {
            Ok(url) => url.into(),
            Err(_) => url_of(Path::new(url_or_path)),
        };
        sources.insert(url, source);
        Self { sources }
    }
}

impl From<&str> for Source {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Source {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// The URL of a path, of which `.` and `..` are resolved by the URL parser.
fn url_of(path: &Path) -> String {
    let mut url = Url::parse("memory:///").expect("a constant URL");
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.clear();
        for component in path.components() {
            match component {
                Component::Normal(name) => drop(segments.push(&name.to_string_lossy())),
                Component::ParentDir => drop(segments.pop()),
                _ => {}
            }
        }
    }
    url.into()
}

impl Loader for MemoryLoader {
    fn name(&self) -> &str {
        "memory"
    }

    fn load(&self, url: &str, _: ModuleType) -> Fetched {
        let found = self.sources.get(url).cloned();
        Fetched::Now(found.ok_or_else(|| LoadError::NotFound {
            url: url.to_owned(),
        }))
    }

    fn file_url(&self, path: &Path) -> Result<String, LoadError> {
        Ok(url_of(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_urls_name_modules() {
        let loader = MemoryLoader::new()
            .with("./a/../b c.js", "1")
            .with("https://x.test/y", "2");
        for url in ["memory:///b%20c.js", "https://x.test/y"] {
            let Fetched::Now(result) = loader.load(url, ModuleType::JavaScript) else {
                panic!("memory needs no waiting");
            };
            assert!(result.is_ok(), "{url}");
        }
        let url = loader.file_url(Path::new("/b c.js")).unwrap();
        assert_eq!(
            loader.resolve("./b c.js", &url).unwrap(),
            "memory:///b%20c.js"
        );
    }
}
