//! Looks whether a text is the serialization of a URL already, for the kinds of URL that are met most.

use super::Offsets;
use super::percent::{C0_CONTROL, FRAGMENT, PATH, QUERY, SPECIAL_QUERY, Set, USERINFO};

/// The components of a URL that the parser would give back as it is, whatever the base. None says nothing: the parser
/// has to look.
pub(super) fn offsets(text: &[u8]) -> Option<Offsets> {
    if text.starts_with(b"https://") {
        hierarchical(text, 6, 443)
    } else if text.starts_with(b"http://") {
        hierarchical(text, 5, 80)
    } else if text.starts_with(b"file:///") {
        file(text)
    } else {
        opaque(text)
    }
}

/// Of `http` or `https`.
fn hierarchical(text: &[u8], scheme_end: usize, default_port: u32) -> Option<Offsets> {
    let authority = scheme_end + 2;
    let mut at = Offsets {
        scheme_end,
        username_end: authority,
        host_start: authority,
        ..Offsets::default()
    };
    let host = match host_length(&text[authority..]) {
        Some(length) if text.get(authority + length) == Some(&b'/') => length,
        // A colon may be behind a user name.
        _ => {
            let (username, all) = credentials_length(&text[authority..]).unwrap_or_default();
            at.username_end = authority + username;
            at.host_start = authority + all;
            host_length(&text[at.host_start..])?
        }
    };
    at.host_end = at.host_start + host;
    at.path_start = at.host_end + port_length(&text[at.host_end..], default_port)?;
    behind_path(
        text,
        at.path_start + path_length(&text[at.path_start..])?,
        SPECIAL_QUERY,
        at,
    )
}

/// Of `file`, without a host.
fn file(text: &[u8]) -> Option<Offsets> {
    let path_start = 7;
    // It may be a drive letter.
    if matches!(text.get(path_start + 2), Some(b':' | b'|')) {
        return None;
    }
    let at = Offsets {
        scheme_end: 5,
        username_end: path_start,
        host_start: path_start,
        host_end: path_start,
        path_start,
        ..Offsets::default()
    };
    let path_end = path_start + path_length(&text[path_start..])?;
    behind_path(text, path_end, SPECIAL_QUERY, at)
}

/// Of a scheme that is not special, with a path that is no list of segments.
fn opaque(text: &[u8]) -> Option<Offsets> {
    let colon = text.iter().position(|byte| !byte.is_ascii_lowercase())?;
    let is_special = matches!(
        &text[..colon],
        b"http" | b"https" | b"ws" | b"wss" | b"ftp" | b"file"
    );
    if colon == 0 || text[colon] != b':' || is_special || text.get(colon + 1) == Some(&b'/') {
        return None;
    }
    let start = colon + 1;
    let is_end = |byte: &u8| matches!(byte, b'?' | b'#' | b' ') || C0_CONTROL.has(*byte);
    let length = text[start..].iter().position(is_end);
    let path_end = start + length.unwrap_or(text.len() - start);
    // Blanks at its end are a matter of their own.
    if !matches!(text.get(path_end), None | Some(b'?' | b'#')) {
        return None;
    }
    let at = Offsets {
        scheme_end: start,
        username_end: start,
        host_start: start,
        host_end: start,
        path_start: start,
        ..Offsets::default()
    };
    behind_path(text, path_end, QUERY, at)
}

/// The same with query and fragment, which is all that is left from `query_start` on.
fn behind_path(text: &[u8], query_start: usize, query: Set, at: Offsets) -> Option<Offsets> {
    let mut fragment_start = query_start;
    if text.get(query_start) == Some(&b'?') {
        let rest = &text[query_start..];
        fragment_start += match rest.iter().position(|&byte| query.has(byte)) {
            None => rest.len(),
            Some(end) if rest[end] == b'#' => end,
            Some(_) => return None,
        };
    }
    if text[fragment_start..]
        .iter()
        .any(|&byte| FRAGMENT.has(byte))
    {
        return None;
    }
    Some(Offsets {
        query_start,
        fragment_start,
        ..at
    })
}

/// The length of a user name, and that of it with a password, if there is one, and the `@`.
fn credentials_length(text: &[u8]) -> Option<(usize, usize)> {
    let end_of_part = |start: usize| {
        let length = text[start..].iter().position(|&byte| USERINFO.has(byte))?;
        Some(start + length)
    };
    let username = end_of_part(0)?;
    let end = match text[username] {
        b':' => end_of_part(username + 1).filter(|end| *end > username + 1)?,
        _ => username,
    };
    (end > 0 && text[end] == b'@').then_some((username, end + 1))
}

/// Whether it is a domain that stays as it is.
pub(super) fn is_plain_domain(text: &[u8]) -> bool {
    plain_domain_length(text) == Some(text.len()) && !text.is_empty()
}

/// The length of a domain that stays as it is, with something behind it.
fn host_length(text: &[u8]) -> Option<usize> {
    plain_domain_length(text).filter(|length| matches!(text.get(*length), Some(b'/' | b':')))
}

/// The length of a domain of lowercase letters and digits that is neither internationalized nor an IPv4 address.
fn plain_domain_length(text: &[u8]) -> Option<usize> {
    let mut label_start = 0;
    let mut last_label = b'0';
    let mut end = text.len();
    for (i, &byte) in text.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'_' => {}
            // Labels that begin with "xn--" are for the parser.
            b'-' if i > 0 && text[i - 1] == b'-' => return None,
            b'-' => {}
            b'.' => {
                if i == label_start {
                    return None;
                }
                last_label = text[label_start];
                label_start = i + 1;
            }
            _ => {
                end = i;
                break;
            }
        }
    }
    if end > label_start {
        last_label = text[label_start];
    }
    // A last label that begins with a digit may be a number.
    (!last_label.is_ascii_digit()).then_some(end)
}

/// A colon and a port that is not the scheme's own, or nothing.
fn port_length(text: &[u8], default_port: u32) -> Option<usize> {
    if text.first() != Some(&b':') {
        return Some(0);
    }
    let mut port = 0;
    for (i, &byte) in text.iter().enumerate().skip(1) {
        match byte {
            b'0' if i == 1 => return None,
            b'0'..=b'9' if i < 6 => port = port * 10 + u32::from(byte - b'0'),
            b'/' => return (i > 1 && port <= 65535 && port != default_port).then_some(i),
            _ => return None,
        }
    }
    None
}

/// A path without segments that may be `.` or `..`.
fn path_length(text: &[u8]) -> Option<usize> {
    let mut before = 0;
    for (i, &byte) in text.iter().enumerate() {
        if PATH.has(byte) {
            return matches!(byte, b'?' | b'#').then_some(i);
        }
        if byte == b'\\' || (before == b'/' && matches!(byte, b'.' | b'%')) {
            return None;
        }
        before = byte;
    }
    Some(text.len())
}
