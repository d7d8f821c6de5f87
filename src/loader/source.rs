//! A module's source, and the types there are.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::LoadError;

/// What kind of module an import asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModuleType {
    /// JavaScript.
    JavaScript,
    /// `with { type: "json" }`.
    Json,
    /// `with { type: "text" }`.
    Text,
    /// `with { type: "bytes" }`.
    Bytes,
}

impl ModuleType {
    /// The value of the import attribute `type` that asks for it; JavaScript has none.
    pub const fn attribute(self) -> Option<&'static str> {
        match self {
            Self::JavaScript => None,
            Self::Json => Some("json"),
            Self::Text => Some("text"),
            Self::Bytes => Some("bytes"),
        }
    }
}

impl fmt::Display for ModuleType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.attribute().unwrap_or("JavaScript"))
    }
}

#[derive(Clone, Debug)]
enum Content {
    Text(Arc<str>),
    Bytes(Bytes),
}

/// A module's source.
///
/// ```
/// use nano::{ModuleType, Source};
///
/// let source = Source::new("{}").of_type(ModuleType::Json);
/// assert_eq!(source.text(), Some("{}"));
/// ```
#[derive(Clone, Debug)]
pub struct Source {
    content: Content,
    kind: Option<ModuleType>,
}

const BYTE_ORDER_MARK: char = '\u{feff}';

impl Source {
    /// A source of this text, without the byte order mark that it may begin with.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let text = match text.strip_prefix(BYTE_ORDER_MARK) {
            Some(rest) => rest.into(),
            None => text,
        };
        Self {
            content: Content::Text(text),
            kind: None,
        }
    }

    /// A source of these bytes, for a module that is imported `with { type: "bytes" }`.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        Self {
            content: Content::Bytes(bytes.into()),
            kind: None,
        }
    }

    /// A source for an import of type `kind` from the bytes at `url`.
    ///
    /// # Errors
    /// [`LoadError::NotUtf8`] where text is asked for and the bytes are none.
    pub fn decode(url: &str, kind: ModuleType, bytes: Vec<u8>) -> Result<Self, LoadError> {
        if kind == ModuleType::Bytes {
            return Ok(Self::from_bytes(bytes));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self::new(text)),
            Err(why) => {
                let offset = why.utf8_error().valid_up_to();
                Err(LoadError::NotUtf8 {
                    url: url.to_owned(),
                    offset,
                })
            }
        }
    }

    /// Says what the source is, where the loader knows: an import that asks for something else fails.
    #[must_use]
    pub fn of_type(mut self, kind: ModuleType) -> Self {
        self.kind = Some(kind);
        self
    }

    /// What the loader says the source is.
    pub fn module_type(&self) -> Option<ModuleType> {
        self.kind
    }

    /// The text, unless the source is of bytes.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            Content::Bytes(_) => None,
        }
    }

    /// The text, shared.
    pub fn shared_text(&self) -> Option<Arc<str>> {
        match &self.content {
            Content::Text(text) => Some(text.clone()),
            Content::Bytes(_) => None,
        }
    }

    /// The bytes; those of the text if it is one.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.content {
            Content::Text(text) => text.as_bytes(),
            Content::Bytes(bytes) => bytes,
        }
    }

    /// Whether an import of type `wanted` may have this source. Text and bytes can be had of
    /// anything; JSON is never run, and JavaScript never parsed as JSON.
    pub(crate) fn check_type(&self, url: &str, wanted: ModuleType) -> Result<(), LoadError> {
        let fits = match wanted {
            ModuleType::JavaScript => matches!(self.kind, None | Some(ModuleType::JavaScript)),
            ModuleType::Json => matches!(self.kind, None | Some(ModuleType::Json)),
            ModuleType::Text | ModuleType::Bytes => true,
        };
        match self.kind {
            Some(found) if !fits => Err(LoadError::WrongType {
                url: url.to_owned(),
                wanted,
                found,
            }),
            _ if self.text().is_none() && wanted != ModuleType::Bytes => {
                let found = ModuleType::Bytes;
                Err(LoadError::WrongType {
                    url: url.to_owned(),
                    wanted,
                    found,
                })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        assert_eq!(Source::new("\u{feff}x").text(), Some("x"));
        let decoded = Source::decode("a:b", ModuleType::Json, b"\xef\xbb\xbf1".to_vec()).unwrap();
        assert_eq!(decoded.text(), Some("1"));
    }

    #[test]
    fn bytes_that_are_no_text_say_where() {
        let error = Source::decode("a:b", ModuleType::JavaScript, b"ab\xff".to_vec()).unwrap_err();
        assert!(
            matches!(error, LoadError::NotUtf8 { offset: 2, .. }),
            "{error}"
        );
        assert!(Source::decode("a:b", ModuleType::Bytes, b"ab\xff".to_vec()).is_ok());
    }

    #[test]
    fn json_and_javascript_are_told_apart_and_anything_is_text() {
        let json = Source::new("{}").of_type(ModuleType::Json);
        assert!(json.check_type("a:b", ModuleType::JavaScript).is_err());
        assert!(json.check_type("a:b", ModuleType::Json).is_ok());
        assert!(json.check_type("a:b", ModuleType::Text).is_ok());
        let unknown = Source::new("{}");
        assert!(unknown.check_type("a:b", ModuleType::JavaScript).is_ok());
        assert!(
            Source::from_bytes(&b"x"[..])
                .check_type("a:b", ModuleType::Text)
                .is_err()
        );
    }
}
