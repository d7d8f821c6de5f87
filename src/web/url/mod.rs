//! The URL standard: parser, setters and the urlencoded format. Nothing here knows of V8.
//!
//! A URL is its serialization and the places where its components begin. What needs no more than a look at the text
//! therefore needs no memory: most URLs come in the form that they are serialized to, and `canonical` finds that out
//! in one pass.

mod canonical;
mod host;
mod parser;
mod path;
mod pattern;
mod percent;
mod setters;
pub mod urlencoded;

use std::borrow::Cow;

pub use pattern::{Component, canonicalize};
pub use setters::{Attribute, set};

/// Where the components of a URL lie in its serialization. Each one ends where the next begins, but for delimiters.
///
/// ```text
/// https://user:pass@example.com:1234/path?query#fragment
///       |     |     |          |    |    |     |
///       |     |     |          |    |    |     fragment_start
///       |     |     |          |    |    query_start
///       |     |     |          |    path_start
///       |     |     |          host_end
///       |     |     host_start
///       |     username_end
///       scheme_end
/// ```
///
/// Without an authority the three places of it are `scheme_end`. A component that is null begins where the next does.
/// The `/.` in front of a path that would look like an authority lies between `host_end` and `path_start`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offsets {
    /// Behind the colon.
    pub scheme_end: usize,
    /// At the colon in front of the password, or the `@`.
    pub username_end: usize,
    /// Behind the `@`.
    pub host_start: usize,
    /// At the colon in front of the port.
    pub host_end: usize,
    /// At the first character of the path.
    pub path_start: usize,
    /// At the question mark.
    pub query_start: usize,
    /// At the number sign.
    pub fragment_start: usize,
}

/// A URL record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url<'a> {
    href: Cow<'a, str>,
    at: Offsets,
}

impl<'a> Url<'a> {
    /// <https://url.spec.whatwg.org/#concept-url-parser>; borrows the input where that is its own serialization.
    pub fn parse(input: &'a str, base: Option<&Url<'_>>) -> Option<Url<'a>> {
        match canonical::offsets(input.as_bytes()) {
            Some(at) => Some(Url {
                href: Cow::Borrowed(input),
                at,
            }),
            None => parser::parse(input, base),
        }
    }

    /// The serialization, which is ASCII.
    pub fn href(&self) -> &str {
        &self.href
    }

    /// Whether the serialization is the input that was parsed.
    pub fn is_input(&self) -> bool {
        matches!(self.href, Cow::Borrowed(_))
    }

    /// Where the components lie.
    pub fn offsets(&self) -> Offsets {
        self.at
    }

    fn scheme(&self) -> &str {
        &self.href[..self.at.scheme_end - 1]
    }

    fn username(&self) -> &str {
        match self.has_authority() {
            true => &self.href[self.at.scheme_end + 2..self.at.username_end],
            false => "",
        }
    }

    fn password(&self) -> &str {
        match self.at.host_start - self.at.username_end {
            0 | 1 => "",
            _ => &self.href[self.at.username_end + 1..self.at.host_start - 1],
        }
    }

    fn host(&self) -> Option<&str> {
        self.has_authority()
            .then(|| &self.href[self.at.host_start..self.at.host_end])
    }

    /// The digits of the port, if it is not null.
    fn port(&self) -> Option<&str> {
        let has_port = self.has_authority() && self.at.path_start > self.at.host_end;
        has_port.then(|| &self.href[self.at.host_end + 1..self.at.path_start])
    }

    fn path(&self) -> &str {
        &self.href[self.at.path_start..self.at.query_start]
    }

    fn query(&self) -> Option<&str> {
        let has_query = self.at.fragment_start > self.at.query_start;
        has_query.then(|| &self.href[self.at.query_start + 1..self.at.fragment_start])
    }

    fn fragment(&self) -> Option<&str> {
        let has_fragment = self.href.len() > self.at.fragment_start;
        has_fragment.then(|| &self.href[self.at.fragment_start + 1..])
    }

    fn has_authority(&self) -> bool {
        self.at.host_end > self.at.scheme_end
    }

    /// <https://url.spec.whatwg.org/#url-opaque-path>: no other path without an authority has no slash in front.
    fn has_opaque_path(&self) -> bool {
        !self.has_authority() && !self.path().starts_with('/')
    }
}

/// What the parser has to know of a scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    File,
    /// Another special scheme, with its default port.
    Special(u16),
    Other,
}

impl Scheme {
    /// <https://url.spec.whatwg.org/#special-scheme>; `name` is lowercase.
    fn of(name: &str) -> Self {
        match name {
            "http" | "ws" => Self::Special(80),
            "https" | "wss" => Self::Special(443),
            "ftp" => Self::Special(21),
            "file" => Self::File,
            _ => Self::Other,
        }
    }

    fn is_special(self) -> bool {
        self != Self::Other
    }

    fn default_port(self) -> Option<u16> {
        match self {
            Self::Special(port) => Some(port),
            Self::File | Self::Other => None,
        }
    }

    /// Whether the byte separates segments of a path.
    fn is_slash(self, byte: u8) -> bool {
        byte == b'/' || (byte == b'\\' && self.is_special())
    }
}

/// The parser ignores tabs and newlines wherever they are.
fn without_newlines(input: &str) -> Cow<'_, str> {
    match memchr::memchr3(b'\t', b'\n', b'\r', input.as_bytes()) {
        Some(_) => Cow::Owned(input.replace(['\t', '\n', '\r'], "")),
        None => Cow::Borrowed(input),
    }
}

#[cfg(test)]
mod tests;
