//! An import map over another loader (HTML, "resolve a module specifier").

use std::path::Path;
use std::sync::Arc;

use import_map::{ImportMap, ImportMapErrorKind};
use url::Url;

use super::{Fetched, LoadError, Loader, ModuleType};

/// A loader whose specifiers go through an import map first.
pub(crate) struct Mapped {
    map: ImportMap,
    under: Arc<dyn Loader>,
}

impl Mapped {
    /// The map written in `json`, whose relative addresses are relative to `base`.
    pub fn parse(json: &str, base: &str) -> Result<ImportMap, LoadError> {
        let base = Url::parse(base)
            .map_err(|why| LoadError::ImportMap(format!("its base '{base}' is no URL: {why}")))?;
        let parsed = import_map::parse_from_json(base, json)
            .map_err(|why| LoadError::ImportMap(why.to_string()))?;
        match parsed.diagnostics.first() {
            // Browsers print these and go on; a server that starts with half a map fails later.
            Some(wrong) => Err(LoadError::ImportMap(wrong.to_string())),
            None => Ok(parsed.import_map),
        }
    }

    pub fn new(map: ImportMap, under: Arc<dyn Loader>) -> Self {
        Self { map, under }
    }
}

impl Loader for Mapped {
    fn name(&self) -> &str {
        self.under.name()
    }

    fn resolve(&self, specifier: &str, referrer: &str) -> Result<String, LoadError> {
        let Ok(base) = Url::parse(referrer) else {
            return self.under.resolve(specifier, referrer);
        };
        match self.map.resolve(specifier, &base) {
            // What the map made of it is absolute; the loader below has the last word.
            Ok(url) => self.under.resolve(url.as_str(), referrer),
            Err(why) => match &*why.0 {
                ImportMapErrorKind::UnmappedBareSpecifier(..) => {
                    self.under.resolve(specifier, referrer)
                }
                why => Err(LoadError::ImportMap(format!(
                    "'{specifier}' imported from '{}': {why}",
                    super::resolve::shortened(referrer)
                ))),
            },
        }
    }

    fn load(&self, url: &str, kind: ModuleType) -> Fetched {
        self.under.load(url, kind)
    }

    fn file_url(&self, path: &Path) -> Result<String, LoadError> {
        self.under.file_url(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loader::FileLoader;

    fn mapped(json: &str) -> Mapped {
        let map = Mapped::parse(json, "file:///app/map.json").unwrap();
        Mapped::new(map, Arc::new(FileLoader::new()))
    }

    #[test]
    fn imports_scopes_and_trailing_slashes_are_mapped() {
        let loader = mapped(
            r#"{
                "imports": { "a": "./lib/a.js", "pkg/": "./packages/", "./b.js": "./c.js" },
                "scopes": { "/app/old/": { "a": "./lib/a1.js" } }
            }"#,
        );
        let main = "file:///app/main.js";
        assert_eq!(loader.resolve("a", main).unwrap(), "file:///app/lib/a.js");
        assert_eq!(
            loader.resolve("pkg/x/y.js", main).unwrap(),
            "file:///app/packages/x/y.js"
        );
        assert_eq!(loader.resolve("./b.js", main).unwrap(), "file:///app/c.js");
        assert_eq!(
            loader.resolve("a", "file:///app/old/m.js").unwrap(),
            "file:///app/lib/a1.js"
        );
        assert_eq!(loader.resolve("./d.js", main).unwrap(), "file:///app/d.js");
    }

    #[test]
    fn what_the_map_does_not_have_stays_bare() {
        let error = mapped(r#"{"imports": {}}"#)
            .resolve("left", "file:///app/m.js")
            .unwrap_err();
        assert!(matches!(error, LoadError::Bare { .. }), "{error}");
    }

    #[test]
    fn backtracking_and_null_are_refused() {
        let loader = mapped(r#"{"imports": { "pkg/": "./packages/" }}"#);
        let error = loader
            .resolve("pkg/../../x.js", "file:///app/m.js")
            .unwrap_err();
        assert!(matches!(error, LoadError::ImportMap(_)), "{error}");
    }

    #[test]
    fn a_map_that_is_none_is_refused_as_a_whole() {
        for json in [
            "[",
            "[]",
            r#"{"imports": 1}"#,
            r#"{"imports": {"a": 1}}"#,
            r#"{"x": {}}"#,
        ] {
            let error = Mapped::parse(json, "file:///m.json").err();
            assert!(matches!(error, Some(LoadError::ImportMap(_))), "{json}");
        }
        assert!(Mapped::parse("{}", "nowhere").is_err());
    }
}
