//! From a specifier to a URL (HTML, "resolve a URL-like module specifier").

use url::Url;

use super::LoadError;

/// The URL of `specifier` as the module at `referrer` imports it, by the rules of HTML without an
/// import map: an absolute URL stands for itself, what begins with `/`, `./` or `../` is relative to
/// the referrer, all else is bare. `loader` is the name that errors give.
///
/// A referrer that nothing can be relative to, such as the `nano:main` of a module without a file,
/// gives way to the working directory.
///
/// ```
/// let url = nano::resolve_url("./b.js", "file:///app/a.js", "example")?;
/// assert_eq!(url, "file:///app/b.js");
/// # Ok::<(), nano::LoadError>(())
/// ```
///
/// # Errors
/// [`LoadError::Bare`] and [`LoadError::InvalidUrl`].
pub fn resolve_url(specifier: &str, referrer: &str, loader: &str) -> Result<String, LoadError> {
    let invalid = |why: String| LoadError::InvalidUrl {
        specifier: specifier.to_owned(),
        referrer: shortened(referrer),
        why,
    };
    if !["./", "../", "/"]
        .iter()
        .any(|start| specifier.starts_with(start))
    {
        return match Url::parse(specifier) {
            Ok(url) => Ok(url.into()),
            Err(url::ParseError::RelativeUrlWithoutBase) => Err(LoadError::Bare {
                specifier: specifier.to_owned(),
                referrer: shortened(referrer),
                loader: loader.to_owned(),
            }),
            Err(why) => Err(invalid(why.to_string())),
        };
    }
    let base = base_of(referrer).map_err(invalid)?;
    if base.cannot_be_a_base() {
        return Err(invalid(
            "nothing is relative to a data: or blob: URL; import an absolute URL".into(),
        ));
    }
    base.join(specifier)
        .map(Into::into)
        .map_err(|why| invalid(why.to_string()))
}

/// The URL of a worker's script: `text`, relative to `base` (HTML, "encoding-parsing a URL").
pub fn script_url(text: &str, base: &str) -> Option<String> {
    match Url::parse(text) {
        Err(url::ParseError::RelativeUrlWithoutBase) => {
            let base = base_of(base).ok()?;
            base.join(text).ok().map(Into::into)
        }
        parsed => parsed.ok().map(Into::into),
    }
}

/// The parts of a URL in the order of the `WorkerLocation` interface.
pub fn location_of(text: &str) -> [String; 9] {
    use url::quirks;
    let Ok(url) = Url::parse(text) else {
        let mut parts = <[String; 9]>::default();
        parts[0] = text.into();
        return parts;
    };
    [
        quirks::href(&url).into(),
        quirks::origin(&url),
        quirks::protocol(&url).into(),
        quirks::host(&url).into(),
        quirks::hostname(&url).into(),
        quirks::port(&url).into(),
        quirks::pathname(&url).into(),
        quirks::search(&url).into(),
        quirks::hash(&url).into(),
    ]
}

/// What the specifiers in the module at `referrer` are relative to: the module itself, or the working directory
/// where it has no place, such as `nano:main`. A `data:` or `blob:` URL stands for itself, though nothing can be relative
/// to it.
pub(super) fn base_of(referrer: &str) -> Result<Url, String> {
    match Url::parse(referrer) {
        Ok(base) if !base.cannot_be_a_base() || ["data", "blob"].contains(&base.scheme()) => {
            Ok(base)
        }
        _ => working_directory(),
    }
}

pub(super) fn working_directory() -> Result<Url, String> {
    let here = std::env::current_dir().map_err(|why| format!("no working directory: {why}"))?;
    Url::from_directory_path(&here)
        .map_err(|()| format!("the working directory {} has no URL", here.display()))
}

/// A URL for messages: `data:` URLs may be megabytes.
pub(super) fn shortened(url: &str) -> String {
    const MOST: usize = 100;
    match url.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &url[..at]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(specifier: &str, referrer: &str) -> Result<String, LoadError> {
        resolve_url(specifier, referrer, "test")
    }

    #[test]
    fn urls_and_relative_specifiers_resolve() {
        let base = "file:///app/src/main.js";
        assert_eq!(resolve("./a.js", base).unwrap(), "file:///app/src/a.js");
        assert_eq!(resolve("../a.js", base).unwrap(), "file:///app/a.js");
        assert_eq!(resolve("/a.js", base).unwrap(), "file:///a.js");
        assert_eq!(
            resolve("https://x.test/a.js", base).unwrap(),
            "https://x.test/a.js"
        );
        assert_eq!(
            resolve("file:///b%20c.js", base).unwrap(),
            "file:///b%20c.js"
        );
    }

    #[test]
    fn a_bare_specifier_names_the_loader_and_the_import_map() {
        let error = resolve("lodash", "file:///app/main.js").unwrap_err();
        assert!(matches!(error, LoadError::Bare { .. }));
        let text = error.to_string();
        assert!(
            text.contains("the test loader") && text.contains("--import-map"),
            "{text}"
        );
        assert!(matches!(
            resolve("", "file:///a.js").unwrap_err(),
            LoadError::Bare { .. }
        ));
    }

    #[test]
    fn nothing_is_relative_to_a_data_url() {
        let error = resolve("./a.js", "data:text/javascript,1").unwrap_err();
        assert!(matches!(error, LoadError::InvalidUrl { .. }), "{error}");
    }

    #[test]
    fn a_malformed_url_is_not_called_bare() {
        let error = resolve("http://[", "file:///a.js").unwrap_err();
        assert!(matches!(error, LoadError::InvalidUrl { .. }), "{error}");
    }
}
