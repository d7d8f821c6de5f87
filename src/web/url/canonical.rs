//! Looks whether a text is the serialization of a URL already, for the kinds of URL that are met most.

use super::Offsets;
use super::percent::{FRAGMENT, PATH, SPECIAL_QUERY};

/// The components of an `http` or `https` URL that the parser would give back as it is. None says nothing: the parser
/// has to look.
pub(super) fn offsets(text: &[u8]) -> Option<Offsets> {
    let (scheme_end, default_port) = if text.starts_with(b"https://") {
        (6, 443)
    } else if text.starts_with(b"http://") {
        (5, 80)
    } else {
        return None;
    };
    let host_start = scheme_end + 2;
    let host_end = host_start + host_length(&text[host_start..])?;
    let path_start = host_end + port_length(&text[host_end..], default_port)?;
    let query_start = path_start + path_length(&text[path_start..])?;
    let fragment_start = query_start + query_length(&text[query_start..])?;
    let fragment = &text[fragment_start..];
    if fragment.iter().any(|&byte| FRAGMENT.has(byte)) {
        return None;
    }
    Some(Offsets {
        scheme_end,
        username_end: host_start,
        host_start,
        host_end,
        path_start,
        query_start,
        fragment_start,
    })
}

/// A domain of lowercase letters and digits that is neither internationalized nor an IPv4 address.
fn host_length(text: &[u8]) -> Option<usize> {
    let mut label_start = 0;
    let mut last_label = b'0';
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
            b'/' | b':' => {
                if i > label_start {
                    last_label = text[label_start];
                }
                // A last label that begins with a digit may be a number.
                return (!last_label.is_ascii_digit()).then_some(i);
            }
            _ => return None,
        }
    }
    None
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

fn query_length(text: &[u8]) -> Option<usize> {
    for (i, &byte) in text.iter().enumerate() {
        if SPECIAL_QUERY.has(byte) {
            return (byte == b'#').then_some(i);
        }
    }
    Some(text.len())
}
