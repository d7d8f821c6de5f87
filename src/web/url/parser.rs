//! <https://url.spec.whatwg.org/#concept-basic-url-parser>
//!
//! The standard's states are functions here, each of which takes all that belongs to its component at once. What they
//! find is written into the serialization straight away.

use std::borrow::Cow;

use super::path::{drive_of, is_drive_letter, starts_with_drive_letter};
use super::percent::{self, encode};
use super::{Offsets, Scheme, Url, host, without_newlines};

/// The parser without a state override.
pub(super) fn parse(input: &str, base: Option<&Url<'_>>) -> Option<Url<'static>> {
    let input = input.trim_matches(|c| c <= ' ');
    let input = without_newlines(input);
    let mut parser = Parser::new(Scheme::Other);
    parser.out.reserve(input.len() + 8);
    parser.scheme_start(&input, base)?;
    Some(parser.finish())
}

/// The length of the scheme that `input` begins with, if there is one with a colon behind it.
pub(super) fn scheme_length(input: &str) -> Option<usize> {
    let bytes = input.as_bytes();
    if !bytes.first()?.is_ascii_alphabetic() {
        return None;
    }
    let in_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let length = bytes.iter().position(|byte| !in_scheme(byte))?;
    (bytes[length] == b':').then_some(length)
}

/// The index of the colon between host and port.
pub(super) fn port_colon(text: &str) -> Option<usize> {
    let mut inside_brackets = false;
    text.bytes().position(|byte| {
        match byte {
            b'[' => inside_brackets = true,
            b']' => inside_brackets = false,
            _ => {}
        }
        byte == b':' && !inside_brackets
    })
}

/// A port that was given by digits alone, null if it is the default or there are none.
pub(super) fn parse_port(digits: &str, scheme: Scheme) -> Option<Option<u16>> {
    let mut port: u32 = 0;
    for byte in digits.bytes() {
        if !byte.is_ascii_digit() {
            return None;
        }
        port = port * 10 + u32::from(byte - b'0');
        if port > 65535 {
            return None;
        }
    }
    let port = u16::try_from(port).ok()?;
    let is_null = digits.is_empty() || scheme.default_port() == Some(port);
    Some((!is_null).then_some(port))
}

/// The serialization as far as it is known.
pub(super) struct Parser {
    pub(super) out: String,
    pub(super) at: Offsets,
    pub(super) scheme: Scheme,
}

impl Parser {
    pub(super) fn new(scheme: Scheme) -> Self {
        Self {
            out: String::new(),
            at: Offsets::default(),
            scheme,
        }
    }

    pub(super) fn finish(self) -> Url<'static> {
        Url {
            href: Cow::Owned(self.out),
            at: self.at,
        }
    }

    /// Appends the scheme, which is known to be one.
    pub(super) fn push_scheme(&mut self, scheme: &str) {
        self.out.push_str(scheme);
        self.out.make_ascii_lowercase();
        self.scheme = Scheme::of(&self.out);
        self.out.push(':');
        self.at.scheme_end = self.out.len();
        self.no_authority();
    }

    fn no_authority(&mut self) {
        let end = self.at.scheme_end;
        self.at.username_end = end;
        self.at.host_start = end;
        self.at.host_end = end;
        self.at.path_start = end;
    }

    /// <https://url.spec.whatwg.org/#scheme-start-state> to <https://url.spec.whatwg.org/#path-or-authority-state>
    fn scheme_start(&mut self, input: &str, base: Option<&Url<'_>>) -> Option<()> {
        let Some(length) = scheme_length(input) else {
            return self.no_scheme(input, base?);
        };
        self.push_scheme(&input[..length]);
        let rest = &input[length + 1..];
        match self.scheme {
            Scheme::File => self.file(rest, base.filter(|base| base.scheme() == "file")),
            Scheme::Special(_) => match base {
                Some(base) if base.href.starts_with(&self.out) && !rest.starts_with("//") => {
                    self.relative(rest, base)
                }
                _ => self.authority(rest.trim_start_matches(['/', '\\'])),
            },
            Scheme::Other if rest.starts_with("//") => self.authority(&rest[2..]),
            Scheme::Other if rest.starts_with('/') => self.path(&rest[1..]),
            Scheme::Other => self.opaque_path(rest),
        }
    }

    /// <https://url.spec.whatwg.org/#no-scheme-state>
    fn no_scheme(&mut self, input: &str, base: &Url<'_>) -> Option<()> {
        if base.has_opaque_path() {
            let fragment = input.strip_prefix('#')?;
            self.copy(base, base.at.fragment_start);
            self.fragment(Some(fragment));
            return Some(());
        }
        self.push_scheme(base.scheme());
        match self.scheme {
            Scheme::File => self.file(input, Some(base)),
            _ => self.relative(input, base),
        }
    }

    /// Takes over the base's serialization up to `end`, which lies behind its authority.
    fn copy(&mut self, base: &Url<'_>, end: usize) {
        self.out.clear();
        self.out.push_str(&base.href[..end]);
        let at = base.at;
        self.at = Offsets {
            query_start: at.query_start.min(end),
            fragment_start: at.fragment_start.min(end),
            ..at
        };
    }

    /// Takes over the base's scheme and authority.
    fn copy_authority(&mut self, base: &Url<'_>) {
        match base.has_authority() {
            true => self.copy(base, base.at.path_start),
            false => {
                self.copy(base, base.at.scheme_end);
                self.no_authority();
            }
        }
    }

    /// <https://url.spec.whatwg.org/#relative-state>
    fn relative(&mut self, rest: &str, base: &Url<'_>) -> Option<()> {
        let bytes = rest.as_bytes();
        let slash = |i: usize| bytes.get(i).is_some_and(|&byte| self.scheme.is_slash(byte));
        if !slash(0) {
            return self.relative_to_path(rest, base, true);
        }
        // https://url.spec.whatwg.org/#relative-slash-state
        if slash(1) {
            return match self.scheme {
                Scheme::Other => self.authority(&rest[2..]),
                _ => self.authority(rest.trim_start_matches(['/', '\\'])),
            };
        }
        self.copy_authority(base);
        self.path(&rest[1..])
    }

    /// The part of the relative state that file URLs have in common with others. `keep` is whether the base's path
    /// counts.
    fn relative_to_path(&mut self, rest: &str, base: &Url<'_>, keep: bool) -> Option<()> {
        match rest.as_bytes().first() {
            None => self.copy(base, base.at.fragment_start),
            Some(b'?') => {
                self.copy(base, base.at.query_start);
                self.query_and_fragment(rest);
            }
            Some(b'#') => {
                self.copy(base, base.at.fragment_start);
                self.fragment(Some(&rest[1..]));
            }
            Some(_) => {
                self.copy_authority(base);
                if keep {
                    self.out.push_str(base.path());
                    self.shorten_path();
                }
                return self.path(rest);
            }
        }
        Some(())
    }

    /// <https://url.spec.whatwg.org/#file-state>
    fn file(&mut self, rest: &str, base: Option<&Url<'_>>) -> Option<()> {
        let mut bytes = rest.bytes();
        if !bytes.next().is_some_and(|byte| self.scheme.is_slash(byte)) {
            return match base {
                Some(base) => self.relative_to_path(rest, base, !starts_with_drive_letter(rest)),
                None => {
                    self.empty_host();
                    self.path(rest)
                }
            };
        }
        // https://url.spec.whatwg.org/#file-slash-state
        if bytes.next().is_some_and(|byte| self.scheme.is_slash(byte)) {
            return self.file_host(&rest[2..]);
        }
        match base {
            Some(base) => {
                self.copy_authority(base);
                if let Some(drive) = drive_of(base.path())
                    && !starts_with_drive_letter(&rest[1..])
                {
                    self.out.push_str(drive);
                }
            }
            None => self.empty_host(),
        }
        self.path(&rest[1..])
    }

    /// <https://url.spec.whatwg.org/#file-host-state>
    fn file_host(&mut self, rest: &str) -> Option<()> {
        let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
        let (text, after) = rest.split_at(end);
        self.empty_host();
        if is_drive_letter(text.as_bytes()) {
            return self.path(rest);
        }
        if !text.is_empty() {
            host::parse(&mut self.out, text, false)?;
            if &self.out[self.at.host_start..] == "localhost" {
                self.out.truncate(self.at.host_start);
            }
            self.host_is_done();
        }
        self.path_start(after)
    }

    fn empty_host(&mut self) {
        self.out.push_str("//");
        self.at.username_end = self.out.len();
        self.at.host_start = self.out.len();
        self.host_is_done();
    }

    fn host_is_done(&mut self) {
        self.at.host_end = self.out.len();
        self.at.path_start = self.out.len();
    }

    /// <https://url.spec.whatwg.org/#authority-state>
    fn authority(&mut self, rest: &str) -> Option<()> {
        let scheme = self.scheme;
        let ends = |byte: u8| scheme.is_slash(byte) || matches!(byte, b'?' | b'#');
        let end = rest.bytes().position(ends).unwrap_or(rest.len());
        let (authority, after) = rest.split_at(end);
        self.empty_host();
        let host = match authority.rsplit_once('@') {
            None => authority,
            Some((_, "")) => return None,
            Some((credentials, host)) => {
                let (username, password) = credentials.split_once(':').unwrap_or((credentials, ""));
                self.push_credentials(username, password, true);
                host
            }
        };
        self.host(host)?;
        self.path_start(after)
    }

    /// Appends user name and password, encoded if `raw`.
    fn push_credentials(&mut self, username: &str, password: &str, raw: bool) {
        let start = self.out.len();
        self.push_credential(username, raw);
        self.at.username_end = self.out.len();
        if !password.is_empty() {
            self.out.push(':');
            self.push_credential(password, raw);
        }
        if self.out.len() > start {
            self.out.push('@');
        }
        self.at.host_start = self.out.len();
    }

    fn push_credential(&mut self, text: &str, raw: bool) {
        match raw {
            true => encode(&mut self.out, text, percent::USERINFO),
            false => self.out.push_str(text),
        }
    }

    /// <https://url.spec.whatwg.org/#host-state> and <https://url.spec.whatwg.org/#port-state>
    fn host(&mut self, text: &str) -> Option<()> {
        let (name, digits) = match port_colon(text) {
            Some(0) => return None,
            Some(colon) => (&text[..colon], &text[colon + 1..]),
            None => (text, ""),
        };
        let opaque = !self.scheme.is_special();
        if name.is_empty() && !opaque {
            return None;
        }
        let port = parse_port(digits, self.scheme)?;
        host::parse(&mut self.out, name, opaque)?;
        self.at.host_end = self.out.len();
        self.push_port(port);
        Some(())
    }

    fn push_port(&mut self, port: Option<u16>) {
        if let Some(port) = port {
            self.out.push(':');
            self.out.push_str(&port.to_string());
        }
        self.at.path_start = self.out.len();
    }

    /// Appends an authority of parts that are valid.
    pub(super) fn push_authority(
        &mut self,
        username: &str,
        password: &str,
        host: &str,
        port: Option<u16>,
    ) {
        self.empty_host();
        self.push_credentials(username, password, false);
        self.out.push_str(host);
        self.at.host_end = self.out.len();
        self.push_port(port);
    }

    /// `rest` is empty or begins with what introduces the component.
    pub(super) fn query_and_fragment(&mut self, rest: &str) {
        let (before, fragment) = match memchr::memchr(b'#', rest.as_bytes()) {
            Some(sign) => (&rest[..sign], Some(&rest[sign + 1..])),
            None => (rest, None),
        };
        self.at.query_start = self.out.len();
        if let Some(query) = before.strip_prefix('?') {
            self.out.push('?');
            encode(&mut self.out, query, query_set(self.scheme));
        }
        self.fragment(fragment);
    }

    /// <https://url.spec.whatwg.org/#fragment-state>
    fn fragment(&mut self, fragment: Option<&str>) {
        self.at.fragment_start = self.out.len();
        if let Some(fragment) = fragment {
            self.out.push('#');
            encode(&mut self.out, fragment, percent::FRAGMENT);
        }
    }

    /// Appends query and fragment that are valid.
    pub(super) fn push_query_and_fragment(&mut self, query: Option<&str>, fragment: Option<&str>) {
        self.at.query_start = self.out.len();
        if let Some(query) = query {
            self.out.push('?');
            self.out.push_str(query);
        }
        self.at.fragment_start = self.out.len();
        if let Some(fragment) = fragment {
            self.out.push('#');
            self.out.push_str(fragment);
        }
    }
}

/// The set that the query state encodes with.
pub(super) fn query_set(scheme: Scheme) -> percent::Set {
    match scheme.is_special() {
        true => percent::SPECIAL_QUERY,
        false => percent::QUERY,
    }
}
