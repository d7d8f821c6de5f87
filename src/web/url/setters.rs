//! The setters of the URL class: <https://url.spec.whatwg.org/#url-class>. The parser's states with a state override.

use std::borrow::Cow;

use super::parser::{Parser, parse_port, port_colon, query_set, scheme_length};
use super::percent::{self, encode};
use super::{Scheme, Url, host, without_newlines};

/// What can be set, but for `href`, which is parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Attribute {
    Protocol,
    Username,
    Password,
    Host,
    Hostname,
    Port,
    Pathname,
    Search,
    Hash,
}

impl Attribute {
    /// In the order of the standard's IDL.
    pub const ALL: [Self; 9] = [
        Self::Protocol,
        Self::Username,
        Self::Password,
        Self::Host,
        Self::Hostname,
        Self::Port,
        Self::Pathname,
        Self::Search,
        Self::Hash,
    ];
}

/// A URL in pieces, which come from its serialization as long as they stay as they are.
struct Pieces<'a> {
    scheme: Cow<'a, str>,
    kind: Scheme,
    username: Cow<'a, str>,
    password: Cow<'a, str>,
    host: Option<Cow<'a, str>>,
    port: Option<u16>,
    path: Cow<'a, str>,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

impl<'a> Pieces<'a> {
    fn of(url: &'a Url<'_>) -> Self {
        Self {
            scheme: url.scheme().into(),
            kind: Scheme::of(url.scheme()),
            username: url.username().into(),
            password: url.password().into(),
            host: url.host().map(Cow::from),
            port: url.port().and_then(|digits| digits.parse().ok()),
            path: url.path().into(),
            query: url.query(),
            fragment: url.fragment(),
        }
    }

    fn join(&self) -> Url<'static> {
        let mut parser = Parser::new(self.kind);
        parser.push_scheme(&self.scheme);
        if let Some(host) = &self.host {
            parser.push_authority(&self.username, &self.password, host, self.port);
        }
        parser.push_path(&self.path);
        parser.push_query_and_fragment(self.query, self.fragment);
        parser.finish()
    }

    /// <https://url.spec.whatwg.org/#include-credentials>
    fn includes_credentials(&self) -> bool {
        !self.username.is_empty() || !self.password.is_empty()
    }

    /// <https://url.spec.whatwg.org/#cannot-have-a-username-password-port>
    fn cannot_have_credentials_or_port(&self) -> bool {
        self.kind == Scheme::File || self.host.as_deref().is_none_or(str::is_empty)
    }

    /// <https://url.spec.whatwg.org/#scheme-state>
    fn set_protocol(&mut self, value: &str) -> Option<()> {
        let value = format!("{value}:");
        let scheme = value[..scheme_length(&value)?].to_ascii_lowercase();
        let kind = Scheme::of(&scheme);
        let to_file = kind == Scheme::File;
        if kind.is_special() != self.kind.is_special()
            || (to_file && (self.includes_credentials() || self.port.is_some()))
            || (self.kind == Scheme::File && self.host.as_deref() == Some(""))
        {
            return None;
        }
        if self.port.is_some() && self.port == kind.default_port() {
            self.port = None;
        }
        self.scheme = scheme.into();
        self.kind = kind;
        Some(())
    }

    /// <https://url.spec.whatwg.org/#host-state>, where `with_port` is for the host setter.
    fn set_host(&mut self, value: &str, with_port: bool) -> Option<()> {
        let kind = self.kind;
        let ends = |byte: u8| kind.is_slash(byte) || matches!(byte, b'?' | b'#');
        let end = value.bytes().position(ends).unwrap_or(value.len());
        let value = &value[..end];
        if kind == Scheme::File {
            return self.set_file_host(value);
        }
        let (name, port) = match port_colon(value) {
            Some(0) => return None,
            Some(_) if !with_port => return None,
            Some(colon) => (&value[..colon], Some(&value[colon + 1..])),
            None => (value, None),
        };
        if name.is_empty()
            && (kind.is_special() || self.includes_credentials() || self.port.is_some())
        {
            return None;
        }
        self.host = Some(parse_host(name, kind)?.into());
        if let Some(port) = port {
            // The host stays set where the port is no port.
            self.set_port(port);
        }
        Some(())
    }

    /// <https://url.spec.whatwg.org/#file-host-state>
    fn set_file_host(&mut self, value: &str) -> Option<()> {
        let host = match value {
            "" => String::new(),
            _ => parse_host(value, self.kind)?,
        };
        self.host = Some(if host == "localhost" {
            Cow::Borrowed("")
        } else {
            host.into()
        });
        Some(())
    }

    /// <https://url.spec.whatwg.org/#port-state>
    fn set_port(&mut self, value: &str) -> Option<()> {
        let end = value.bytes().position(|byte| !byte.is_ascii_digit());
        let digits = &value[..end.unwrap_or(value.len())];
        if digits.is_empty() {
            return None;
        }
        self.port = parse_port(digits, self.kind)?;
        Some(())
    }

    /// <https://url.spec.whatwg.org/#path-start-state>
    fn set_path(&mut self, value: &str) {
        self.path = parse_path(value, self.kind, self.host.is_none()).into();
    }
}

/// The host state with a special scheme or another one.
pub(super) fn parse_host(name: &str, kind: Scheme) -> Option<String> {
    let mut host = String::new();
    host::parse(&mut host, name, !kind.is_special())?;
    Some(host)
}

/// The path start state with a state override. `needed` is whether there must be a segment.
pub(super) fn parse_path(value: &str, kind: Scheme, needed: bool) -> String {
    let mut parser = Parser::new(kind);
    let slash = value.bytes().next().is_some_and(|byte| kind.is_slash(byte));
    if slash {
        parser.segments(&value[1..]);
    } else if !value.is_empty() || kind.is_special() || needed {
        parser.segments(value);
    }
    parser.out
}

/// Encodes a component that nothing can end.
pub(super) fn encoded(value: &str, set: percent::Set) -> String {
    let mut out = String::with_capacity(value.len());
    encode(&mut out, value, set);
    out
}

/// Puts `text` in the place of what lies between two places of the serialization.
fn replaced(url: &Url<'_>, start: usize, end: usize, text: &str) -> String {
    let href = &url.href;
    [&href[..start], text, &href[end..]].concat()
}

/// <https://url.spec.whatwg.org/#dom-url-pathname>
fn set_pathname(url: &Url<'_>, value: &str) -> Option<Url<'static>> {
    if url.has_opaque_path() {
        return None;
    }
    if !url.has_authority() {
        let mut pieces = Pieces::of(url);
        pieces.set_path(value);
        return Some(pieces.join());
    }
    let path = parse_path(value, Scheme::of(url.scheme()), false);
    let mut at = url.at;
    let (start, end) = (at.path_start, at.query_start);
    at.query_start = start + path.len();
    at.fragment_start = at.query_start + (url.at.fragment_start - end);
    let href = Cow::Owned(replaced(url, start, end, &path));
    Some(Url { href, at })
}

/// <https://url.spec.whatwg.org/#dom-url-search>
fn set_search(url: &Url<'_>, value: &str) -> Url<'static> {
    let set = query_set(Scheme::of(url.scheme()));
    let search = introduced(value, '?', set);
    let mut at = url.at;
    let (start, end) = (at.query_start, at.fragment_start);
    at.fragment_start = start + search.len();
    let href = Cow::Owned(replaced(url, start, end, &search));
    Url { href, at }
}

/// <https://url.spec.whatwg.org/#dom-url-hash>
fn set_hash(url: &Url<'_>, value: &str) -> Url<'static> {
    let hash = introduced(value, '#', percent::FRAGMENT);
    let (start, end) = (url.at.fragment_start, url.href.len());
    let href = Cow::Owned(replaced(url, start, end, &hash));
    Url { href, at: url.at }
}

/// A query or fragment with the character in front of it, nothing if the component is to be null. That is decided by the
/// value as it is given; the parser ignores newlines in what is left of it.
fn introduced(given: &str, introducer: char, set: percent::Set) -> String {
    let mut out = String::with_capacity(given.len() + 1);
    if !given.is_empty() {
        out.push(introducer);
        let value = given.strip_prefix(introducer).unwrap_or(given);
        encode(&mut out, &without_newlines(value), set);
    }
    out
}

/// <https://url.spec.whatwg.org/#dom-url-username> and <https://url.spec.whatwg.org/#dom-url-password>
fn set_credential(url: &Url<'_>, attribute: Attribute, value: &str) -> Option<Url<'static>> {
    let mut pieces = Pieces::of(url);
    if pieces.cannot_have_credentials_or_port() {
        return None;
    }
    let credential = encoded(value, percent::USERINFO).into();
    match attribute {
        Attribute::Username => pieces.username = credential,
        _ => pieces.password = credential,
    }
    Some(pieces.join())
}

/// Sets an attribute. None if the URL stays as it is.
pub fn set(url: &Url<'_>, attribute: Attribute, given: &str) -> Option<Url<'static>> {
    // Only the parser ignores newlines, and the first two attributes are not parsed.
    let mut pieces = match attribute {
        Attribute::Username | Attribute::Password => return set_credential(url, attribute, given),
        Attribute::Pathname => return set_pathname(url, &without_newlines(given)),
        Attribute::Search => return Some(set_search(url, given)),
        Attribute::Hash => return Some(set_hash(url, given)),
        _ => Pieces::of(url),
    };
    let value = &*without_newlines(given);
    match attribute {
        Attribute::Protocol => pieces.set_protocol(value)?,
        Attribute::Port if pieces.cannot_have_credentials_or_port() => return None,
        Attribute::Port if given.is_empty() => pieces.port = None,
        Attribute::Port => pieces.set_port(value)?,
        _ if url.has_opaque_path() => return None,
        _ => pieces.set_host(value, attribute == Attribute::Host)?,
    }
    Some(pieces.join())
}
