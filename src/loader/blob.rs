//! Modules that a `blob:` URL stands for.

use super::data::module_type;
use super::resolve::shortened;
use super::{LoadError, ModuleType, Source};

/// Whether `url` is a `blob:` URL, which reaches no loader.
pub(crate) fn is_blob(url: &str) -> bool {
    url.get(..5)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("blob:"))
}

/// The module that `bytes` of the type `media_type` are.
///
/// differs: a Blob without a type is what is asked for. HTML refuses it, as it does any script whose server names none;
/// whoever makes a Blob of a source has said what it is by importing it.
pub(crate) fn source(
    url: &str,
    kind: ModuleType,
    media_type: &str,
    bytes: Vec<u8>,
) -> Result<Source, LoadError> {
    let url = shortened(url);
    let source = Source::decode(&url, kind, bytes)?;
    if media_type.is_empty() {
        return Ok(source);
    }
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let found = essence
        .split_once('/')
        .and_then(|(kind, subtype)| module_type(kind, subtype));
    match found {
        Some(found) => Ok(source.of_type(found)),
        None if matches!(kind, ModuleType::Text | ModuleType::Bytes) => Ok(source),
        None => Err(LoadError::InvalidData {
            url,
            why: format!(
                "'{media_type}' is no type of a module: use text/javascript or application/json, or import it with \
                 {{ type: \"text\" }} or {{ type: \"bytes\" }}"
            ),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_media_type_says_what_it_is() {
        let load = |media_type, kind| source("blob:null/x", kind, media_type, b"1".to_vec());
        let script = load("text/javascript; charset=utf-8", ModuleType::JavaScript).unwrap();
        assert_eq!(script.module_type(), Some(ModuleType::JavaScript));
        assert_eq!(load("", ModuleType::Json).unwrap().module_type(), None);
        assert!(load("image/png", ModuleType::JavaScript).is_err());
        assert!(load("image/png", ModuleType::Bytes).is_ok());
    }
}
