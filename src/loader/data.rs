//! Modules that their URL carries (Fetch, "data: URL processor").

use data_url::DataUrl;

use super::resolve::shortened;
use super::{LoadError, ModuleType, Source};

/// Whether `url` carries its module itself.
pub(crate) fn is_data(url: &str) -> bool {
    url.get(..5)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

/// The module that `url` carries, of the type that its MIME type says.
pub(super) fn load(url: &str, kind: ModuleType) -> Result<Source, LoadError> {
    let invalid = |why: String| LoadError::InvalidData {
        url: shortened(url),
        why,
    };
    let data = DataUrl::process(url).map_err(|why| invalid(why.to_string()))?;
    let mime = data.mime_type();
    let found = module_type(&mime.type_, &mime.subtype);
    let (bytes, _) = data
        .decode_to_vec()
        .map_err(|why| invalid(why.to_string()))?;
    let source = Source::decode(&shortened(url), kind, bytes)?;
    match found {
        Some(found) => Ok(source.of_type(found)),
        None if matches!(kind, ModuleType::Text | ModuleType::Bytes) => Ok(source),
        None => Err(invalid(format!(
            "'{mime}' is no type of a module: use text/javascript or application/json, or import it \
             with {{ type: \"text\" }} or {{ type: \"bytes\" }}"
        ))),
    }
}

/// What a MIME type says (MIME Sniffing, "JavaScript MIME type" and "JSON MIME type").
pub(super) fn module_type(kind: &str, subtype: &str) -> Option<ModuleType> {
    const JAVASCRIPT: &[&str] = &["javascript", "ecmascript", "x-javascript", "x-ecmascript"];
    match kind {
        "text" | "application" if JAVASCRIPT.contains(&subtype) => Some(ModuleType::JavaScript),
        "text" | "application" if subtype == "json" => Some(ModuleType::Json),
        _ if subtype.ends_with("+json") => Some(ModuleType::Json),
        "text" => Some(ModuleType::Text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mime_type_says_what_it_is() {
        let load = |url| load(url, ModuleType::Text).unwrap();
        let script = load("data:text/javascript;charset=utf-8,export%20default%201");
        assert_eq!(script.text(), Some("export default 1"));
        assert_eq!(script.module_type(), Some(ModuleType::JavaScript));
        let json = load("data:application/json;base64,eyJhIjoxfQ==");
        assert_eq!(json.text(), Some(r#"{"a":1}"#));
        assert_eq!(json.module_type(), Some(ModuleType::Json));
        assert_eq!(load("DATA:,hi").module_type(), Some(ModuleType::Text));
    }

    #[test]
    fn what_cannot_be_decoded_is_refused() {
        for url in ["data:text/javascript", "data:text/javascript;base64,%%%"] {
            let error = load(url, ModuleType::JavaScript).unwrap_err();
            assert!(
                matches!(error, LoadError::InvalidData { .. }),
                "{url}: {error}"
            );
        }
        let image = load("data:image/png,x", ModuleType::JavaScript).unwrap_err();
        assert!(image.to_string().contains("image/png"), "{image}");
    }
}
