//! The parser's states that have to do with paths.

use super::Scheme;
use super::parser::Parser;
use super::percent::{self, encode};

/// <https://url.spec.whatwg.org/#windows-drive-letter>
pub(super) fn is_drive_letter(text: &[u8]) -> bool {
    matches!(text, [letter, b':' | b'|'] if letter.is_ascii_alphabetic())
}

/// <https://url.spec.whatwg.org/#start-with-a-windows-drive-letter>
pub(super) fn starts_with_drive_letter(text: &str) -> bool {
    let text = text.as_bytes();
    text.get(..2).is_some_and(is_drive_letter)
        && matches!(text.get(2), None | Some(b'/' | b'\\' | b'?' | b'#'))
}

/// The first segment of a path and its slash, if it is a normalized Windows drive letter.
pub(super) fn drive_of(path: &str) -> Option<&str> {
    let drive = path.get(..3)?;
    let is_drive = matches!(drive.as_bytes(), [b'/', letter, b':'] if letter.is_ascii_alphabetic());
    (is_drive && matches!(path.as_bytes().get(3), None | Some(b'/'))).then_some(drive)
}

/// <https://url.spec.whatwg.org/#single-dot-path-segment> is 1, a double-dot segment 2, any other 0.
fn count_dots(segment: &str) -> usize {
    let mut rest = segment.as_bytes();
    if rest.len() > 6 {
        return 0;
    }
    let mut dots = 0;
    while !rest.is_empty() {
        rest = match rest {
            [b'.', rest @ ..] | [b'%', b'2', b'e' | b'E', rest @ ..] => rest,
            _ => return 0,
        };
        dots += 1;
    }
    if dots > 2 { 0 } else { dots }
}

impl Parser {
    /// <https://url.spec.whatwg.org/#path-start-state>
    pub(super) fn path_start(&mut self, rest: &str) -> Option<()> {
        if rest
            .bytes()
            .next()
            .is_some_and(|byte| self.scheme.is_slash(byte))
        {
            return self.path(&rest[1..]);
        }
        match self.scheme {
            Scheme::Other => {
                self.query_and_fragment(rest);
                Some(())
            }
            _ => self.path(rest),
        }
    }

    /// <https://url.spec.whatwg.org/#path-state>, behind a path that may be there already. Never fails.
    pub(super) fn path(&mut self, rest: &str) -> Option<()> {
        let end = memchr::memchr2(b'?', b'#', rest.as_bytes()).unwrap_or(rest.len());
        let (path, after) = rest.split_at(end);
        self.segments(path);
        self.escape_path();
        self.query_and_fragment(after);
        Some(())
    }

    /// The path state's part for a text without an end to the path in it.
    pub(super) fn segments(&mut self, path: &str) {
        let scheme = self.scheme;
        let mut rest = Some(path);
        while let Some(text) = rest {
            let end = text.bytes().position(|byte| scheme.is_slash(byte));
            let segment = match end {
                Some(end) => {
                    rest = Some(&text[end + 1..]);
                    &text[..end]
                }
                None => {
                    rest = None;
                    text
                }
            };
            match count_dots(segment) {
                0 => {
                    let start = self.out.len();
                    self.out.push('/');
                    encode(&mut self.out, segment, percent::PATH);
                    if scheme == Scheme::File
                        && start == self.at.path_start
                        && is_drive_letter(segment.as_bytes())
                    {
                        self.out.pop();
                        self.out.push(':');
                    }
                    continue;
                }
                1 => {}
                _ => self.shorten_path(),
            }
            if rest.is_none() {
                self.out.push('/');
            }
        }
    }

    /// <https://url.spec.whatwg.org/#shorten-a-urls-path>
    pub(super) fn shorten_path(&mut self) {
        let path = &self.out[self.at.path_start..];
        if self.scheme == Scheme::File && path.len() == 3 && drive_of(path).is_some() {
            return;
        }
        if let Some(slash) = path.bytes().rposition(|byte| byte == b'/') {
            self.out.truncate(self.at.path_start + slash);
        }
    }

    /// <https://url.spec.whatwg.org/#url-serializing>: a path must not look like an authority.
    fn escape_path(&mut self) {
        let start = self.at.path_start;
        if self.at.host_end == self.at.scheme_end && self.out[start..].starts_with("//") {
            self.out.insert_str(start, "/.");
            self.at.path_start += 2;
        }
    }

    /// Appends a path that is valid.
    pub(super) fn push_path(&mut self, path: &str) {
        self.out.push_str(path);
        self.escape_path();
    }

    /// <https://url.spec.whatwg.org/#cannot-be-a-base-url-path-state>
    pub(super) fn opaque_path(&mut self, rest: &str) -> Option<()> {
        let end = memchr::memchr2(b'?', b'#', rest.as_bytes()).unwrap_or(rest.len());
        let (path, after) = rest.split_at(end);
        push_opaque_path(&mut self.out, path, !after.is_empty());
        self.query_and_fragment(after);
        Some(())
    }
}

/// The opaque path state, for a text with or without something behind it.
pub(super) fn push_opaque_path(out: &mut String, path: &str, more: bool) {
    match path.strip_suffix(' ') {
        Some(before) if more => {
            encode(out, before, percent::C0_CONTROL);
            out.push_str("%20");
        }
        _ => encode(out, path, percent::C0_CONTROL),
    }
}
