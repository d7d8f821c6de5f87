//! The parser of `multipart/form-data` (Fetch, "multipart/form-data parser"; RFC 7578), one part at a time, so that
//! who parses a long body can be stopped between two of them.

use std::borrow::Cow;

use memchr::memmem;

/// What stands for a code unit that is behind another; `None` for itself.
pub(crate) type Replace = fn(before: u16, unit: u16) -> Option<&'static [u8]>;

const CR: u16 = 0x0d;
const LF: u16 = 0x0a;

/// HTML, "multipart/form-data encoding algorithm": line breaks of a value, each of which becomes CRLF.
pub(crate) fn in_value(before: u16, unit: u16) -> Option<&'static [u8]> {
    match (before, unit) {
        (CR, LF) => Some(b""),
        (_, CR | LF) => Some(b"\r\n"),
        _ => None,
    }
}

/// The same: what a name or a filename may not hold.
pub(crate) fn in_name(_: u16, unit: u16) -> Option<&'static [u8]> {
    match unit {
        CR => Some(b"%0D"),
        LF => Some(b"%0A"),
        0x22 => Some(b"%22"),
        _ => None,
    }
}

/// `units` with what `replace` has for them; `None` where that is longer than `longest`, or there is no memory.
pub(crate) fn escaped<T: Copy + Into<u16> + From<u8>>(
    units: &[T],
    replace: Replace,
    longest: usize,
) -> Option<Vec<T>> {
    let mut before = 0;
    let replaced = units.iter().map(|&unit| {
        let stands = replace(before, unit.into());
        before = unit.into();
        stands
    });
    let length: usize = replaced.map(|stands| stands.map_or(1, <[u8]>::len)).sum();
    let mut output = Vec::new();
    if length > longest || output.try_reserve_exact(length).is_err() {
        return None;
    }
    before = 0;
    for &unit in units {
        match replace(before, unit.into()) {
            Some(bytes) => output.extend(bytes.iter().map(|&byte| T::from(byte))),
            None => output.push(unit),
        }
        before = unit.into();
    }
    Some(output)
}

/// One part of a body. `body` and `next` are positions in it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// The name in `Content-Disposition`, as bytes of UTF-8.
    pub name: Vec<u8>,
    /// The file name there, which makes the part a file.
    pub filename: Option<Vec<u8>>,
    /// The value of `Content-Type`.
    pub content_type: Option<Vec<u8>>,
    /// Where the contents lie.
    pub body: std::ops::Range<usize>,
    /// Where the delimiter behind the part begins.
    pub next: usize,
}

/// What stands at a delimiter.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Another part.
    Part(Part),
    /// The end of the body.
    End,
}

/// Reads on from the delimiter at `position`, which is 0 at first. `None` for what is no such body.
pub(crate) fn step(input: &[u8], boundary: &[u8], position: usize) -> Option<Step> {
    let mut rest = input.get(position..)?;
    if position == 0 {
        // Goes beyond the standard, as others do: some clients begin with a line break (RFC 2046, `preamble`).
        while let Some(after) = rest.strip_prefix(b"\r\n") {
            rest = after;
        }
    }
    let rest = rest.strip_prefix(b"--")?.strip_prefix(boundary)?;
    if let Some(end) = rest.strip_prefix(b"--") {
        // Also where the line break is missing, or an `epilogue` follows (RFC 2046).
        return (end.is_empty() || end.starts_with(b"\r\n")).then_some(Step::End);
    }
    let rest = rest.strip_prefix(b"\r\n")?;
    let (headers, rest) = Headers::parse(rest)?;
    let start = input.len() - rest.len();
    let mut delimiter = Vec::with_capacity(boundary.len() + 4);
    delimiter.extend_from_slice(b"\r\n--");
    delimiter.extend_from_slice(boundary);
    // The line break before the delimiter may be the one behind the headers, of a part without contents.
    let length = if rest.starts_with(&delimiter[2..]) {
        return None;
    } else {
        memmem::find(rest, &delimiter)?
    };
    Some(Step::Part(Part {
        name: headers.name?,
        filename: headers.filename,
        content_type: headers.content_type,
        body: start..start + length,
        next: start + length + 2,
    }))
}

#[derive(Default)]
struct Headers {
    name: Option<Vec<u8>>,
    filename: Option<Vec<u8>>,
    content_type: Option<Vec<u8>>,
}

impl Headers {
    /// "Parse multipart/form-data headers": the headers of a part, and what follows their empty line.
    fn parse(mut rest: &[u8]) -> Option<(Self, &[u8])> {
        let mut headers = Self::default();
        loop {
            if let Some(body) = rest.strip_prefix(b"\r\n") {
                return Some((headers, body));
            }
            let end = memmem::find(rest, b"\r\n")?;
            let (line, after) = (&rest[..end], &rest[end + 2..]);
            rest = after;
            let colon = memchr::memchr(b':', line)?;
            let name = line[..colon].trim_ascii();
            let value = trim_blanks(&line[colon + 1..]);
            if name.is_empty() || !name.iter().all(|byte| is_token(*byte)) {
                return None;
            }
            if value.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
                return None;
            }
            if name.eq_ignore_ascii_case(b"content-disposition") {
                headers.disposition(value)?;
            } else if name.eq_ignore_ascii_case(b"content-type") {
                headers.content_type = Some(value.to_vec());
            }
        }
    }

    /// The parameters of `Content-Disposition`, in any order and also without quotes, where the standard wants
    /// `form-data; name="…"` and perhaps `; filename="…"`.
    fn disposition(&mut self, value: &[u8]) -> Option<()> {
        (self.name, self.filename) = (None, None);
        let kind = value
            .iter()
            .position(|byte| *byte == b';')
            .unwrap_or(value.len());
        if !trim_blanks(&value[..kind]).eq_ignore_ascii_case(b"form-data") {
            return None;
        }
        let mut rest = &value[kind..];
        while let Some(after) = rest.strip_prefix(b";") {
            let after = trim_blanks(after);
            if after.is_empty() {
                break;
            }
            let equals = memchr::memchr(b'=', after)?;
            let (name, text) = (trim_blanks(&after[..equals]), &after[equals + 1..]);
            let text = trim_blanks(text);
            let (text, behind) = match text.strip_prefix(b"\"") {
                Some(quoted) => {
                    let end = memchr::memchr(b'"', quoted)?;
                    (&quoted[..end], trim_blanks(&quoted[end + 1..]))
                }
                None => text.split_at(memchr::memchr(b';', text).unwrap_or(text.len())),
            };
            rest = behind;
            if name.eq_ignore_ascii_case(b"name") {
                self.name = Some(unescape(text).into_owned());
            } else if name.eq_ignore_ascii_case(b"filename") {
                self.filename = Some(unescape(text).into_owned());
            }
        }
        (rest.is_empty() || rest.iter().all(|byte| is_blank(*byte) || *byte == b';')).then_some(())
    }
}

/// "Parse a multipart/form-data name": line breaks and quotes are percent-encoded there.
fn unescape(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'%', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut result = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        let escaped = match after.get(..2) {
            Some(digits) if *byte == b'%' => match &digits.to_ascii_uppercase()[..] {
                b"0A" => Some(b'\n'),
                b"0D" => Some(b'\r'),
                b"22" => Some(b'"'),
                _ => None,
            },
            _ => None,
        };
        result.push(escaped.unwrap_or(*byte));
        rest = if escaped.is_some() {
            &after[2..]
        } else {
            after
        };
    }
    Cow::Owned(result)
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn trim_blanks(mut text: &[u8]) -> &[u8] {
    while let Some((first, rest)) = text.split_first()
        && is_blank(*first)
    {
        text = rest;
    }
    while let Some((last, rest)) = text.split_last()
        && is_blank(*last)
    {
        text = rest;
    }
    text
}

/// RFC 9110, `tchar`.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(input: &[u8], boundary: &[u8]) -> Option<Vec<(String, Option<String>, String)>> {
        let mut found = Vec::new();
        let mut position = 0;
        loop {
            match step(input, boundary, position)? {
                Step::End => return Some(found),
                Step::Part(part) => {
                    assert!(part.next > position);
                    position = part.next;
                    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                    found.push((
                        text(&part.name),
                        part.filename.as_deref().map(text),
                        text(&input[part.body]),
                    ));
                }
            }
        }
    }

    #[test]
    fn fields_and_files_are_read() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\ncontent-disposition:form-data;\
            filename=f.txt;name=\"b%22\"\r\nContent-Type: text/plain\r\n\r\n\r\n--x--\r\n";
        let expected = vec![
            ("a".into(), None, "1".into()),
            ("b\"".into(), Some("f.txt".into()), String::new()),
        ];
        assert_eq!(parts(body, b"x"), Some(expected));
    }

    #[test]
    fn an_empty_form_is_one() {
        assert_eq!(parts(b"--x--\r\n", b"x"), Some(vec![]));
        assert_eq!(parts(b"\r\n--x--", b"x"), Some(vec![]));
    }

    #[test]
    fn what_is_cut_off_or_wrong_is_refused() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--\r\n";
        for end in 0..body.len() - 2 {
            assert_eq!(parts(&body[..end], b"x"), None, "cut at {end}");
        }
        for wrong in [
            &b"--x\r\n\r\n1\r\n--x--"[..],
            b"--x\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n--x--",
            b"--x\r\nContent-Disposition: form-data; filename=\"a\"\r\n\r\n1\r\n--x--",
            b"--x\r\nContent Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--",
            b"--x\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--x--",
            b"--x-\r\n",
            b"--y--\r\n",
        ] {
            assert_eq!(
                parts(wrong, b"x"),
                None,
                "{}",
                String::from_utf8_lossy(wrong)
            );
        }
    }

    #[test]
    fn a_delimiter_within_a_line_is_contents() {
        let body =
            b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1--x\n--x\r\n--xy\r\n--x--\r\n";
        // What follows the delimiter decides when it is read.
        assert_eq!(parts(body, b"x"), None);
        let body = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1--x\n--x\r\n--x--\r\n";
        assert_eq!(
            parts(body, b"x"),
            Some(vec![("a".into(), None, "1--x\n--x".into())])
        );
    }
}
