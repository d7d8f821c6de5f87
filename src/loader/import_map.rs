//! An import map over another loader (HTML, "resolve a module specifier").

use std::path::Path;
use std::sync::Arc;

use import_map::{ImportMap, ImportMapDiagnostic, ImportMapErrorKind};
use url::Url;

use super::resolve::base_of;
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
        let json = json.strip_prefix('\u{feff}').unwrap_or(json);
        let parsed = import_map::parse_from_json(base, json)
            .map_err(|why| LoadError::ImportMap(why.to_string()))?;
        let wrong = parsed.diagnostics.iter().find(|found| match found {
            // `integrity` among them: what is loaded here comes from nobody whom a hash would guard against.
            ImportMapDiagnostic::InvalidTopLevelKey(_) => false,
            // It forbids the specifier.
            ImportMapDiagnostic::InvalidAddressNotString(value, _) => value != "null",
            _ => true,
        });
        match wrong {
            // differs: browsers print these and go on; a server that starts with half a map fails later.
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
        // The map has to see what the loader below makes of a relative specifier, or it would miss it.
        let base = base_of(referrer).map_err(LoadError::ImportMap)?;
        match self.map.resolve(specifier, &base) {
            // What the map made of it is absolute; the loader below has the last word.
            Ok(url) => self.under.resolve(url.as_str(), referrer),
            Err(why) => {
                let from = super::resolve::shortened(referrer);
                let why = match &*why.0 {
                    ImportMapErrorKind::UnmappedBareSpecifier(..) => {
                        return self.under.resolve(specifier, referrer);
                    }
                    ImportMapErrorKind::BlockedByNullEntry(_) => {
                        return Err(LoadError::Blocked {
                            specifier: specifier.to_owned(),
                            referrer: from,
                        });
                    }
                    ImportMapErrorKind::SpecifierBacktracksAbovePrefix {
                        specifier_key, ..
                    } => format!("it leads out of the prefix '{specifier_key}'"),
                    ImportMapErrorKind::SpecifierResolutionFailure {
                        after_prefix,
                        resolution_result,
                        ..
                    } => format!("'{after_prefix}' makes no URL behind '{resolution_result}'"),
                    why => why.to_string(),
                };
                Err(LoadError::ImportMap(format!(
                    "'{specifier}' imported from '{from}': {why}"
                )))
            }
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
    fn modules_without_a_file_are_mapped_as_ones_in_the_working_directory() {
        let json = r#"{"imports": {"./b.js": "./c.js"}, "scopes": {"./": {"a": "./lib/a.js"}}}"#;
        let here = crate::loader::resolve::working_directory().unwrap();
        let map = Mapped::parse(json, here.as_str()).unwrap();
        let loader = Mapped::new(map, Arc::new(FileLoader::new()));
        for referrer in ["nano:main", "app:main", "main"] {
            for (specifier, path) in [("./b.js", "c.js"), ("a", "lib/a.js"), ("./d.js", "d.js")] {
                let url = loader.resolve(specifier, referrer).unwrap();
                assert_eq!(url, here.join(path).unwrap().as_str(), "in {referrer}");
            }
        }
        // What lies in a data: URL lies nowhere else.
        let data = "data:text/javascript,0";
        assert!(loader.resolve("a", data).is_err());
        assert!(loader.resolve("./b.js", data).is_err());
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
        let loader = mapped(r#"{"imports": { "pkg/": "./packages/", "a": null }}"#);
        let error = loader
            .resolve("pkg/../../x.js", "file:///app/m.js")
            .unwrap_err();
        assert!(matches!(error, LoadError::ImportMap(_)), "{error}");
        let text = error.to_string();
        let says =
            "'pkg/../../x.js' imported from 'file:///app/m.js': it leads out of the prefix 'pkg/'";
        assert!(text.contains(says), "{text}");
        let error = loader.resolve("a", "file:///app/m.js").unwrap_err();
        assert!(matches!(error, LoadError::Blocked { .. }), "{error}");
        assert!(!error.to_string().contains('"'), "{error}");
    }

    #[test]
    fn what_html_knows_or_may_know_one_day_is_accepted() {
        let map = "\u{feff}{\"imports\": {\"a\": \"./b.js\"}, \"integrity\": {\"./b.js\": \"sha384-x\"}, \"x\": 1}";
        let url = mapped(map).resolve("a", "file:///app/m.js").unwrap();
        assert_eq!(url, "file:///app/b.js");
    }

    #[test]
    fn a_map_that_is_none_is_refused_as_a_whole() {
        for json in [
            "[",
            "[]",
            r#"{"imports": 1}"#,
            r#"{"imports": {"a": 1}}"#,
            r#"{"scopes": {"/": 1}}"#,
        ] {
            let error = Mapped::parse(json, "file:///m.json").err();
            assert!(matches!(error, Some(LoadError::ImportMap(_))), "{json}");
        }
        assert!(Mapped::parse("{}", "nowhere").is_err());
    }
}
