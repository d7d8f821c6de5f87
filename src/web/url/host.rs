//! <https://url.spec.whatwg.org/#host-parsing>

use std::borrow::Cow;
use std::fmt::Write;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use super::canonical::is_plain_domain;
use super::percent;

/// <https://url.spec.whatwg.org/#concept-host-parser>: appends the host's serialization.
pub(super) fn parse(out: &mut String, input: &str, opaque: bool) -> Option<()> {
    if let Some(rest) = input.strip_prefix('[') {
        let address = parse_ipv6(rest.strip_suffix(']')?.as_bytes())?;
        push_ipv6(out, &address);
        return Some(());
    }
    match opaque {
        true => parse_opaque(out, input),
        false => parse_domain(out, input),
    }
}

/// <https://url.spec.whatwg.org/#forbidden-host-code-point>
fn is_forbidden_in_host(byte: u8) -> bool {
    matches!(
        byte,
        0 | b'\t'
            | b'\n'
            | b'\r'
            | b' '
            | b'#'
            | b'/'
            | b':'
            | b'<'
            | b'>'
            | b'?'
            | b'@'
            | b'['
            | b'\\'
            | b']'
            | b'^'
            | b'|'
    )
}

/// <https://url.spec.whatwg.org/#forbidden-domain-code-point>
fn is_forbidden_in_domain(byte: u8) -> bool {
    is_forbidden_in_host(byte) || matches!(byte, 0..=0x1f | b'%' | 0x7f)
}

/// <https://url.spec.whatwg.org/#concept-opaque-host-parser>
fn parse_opaque(out: &mut String, input: &str) -> Option<()> {
    if input.bytes().any(is_forbidden_in_host) {
        return None;
    }
    percent::encode(out, input, percent::C0_CONTROL);
    Some(())
}

fn parse_domain(out: &mut String, input: &str) -> Option<()> {
    if is_plain_domain(input.as_bytes()) {
        out.push_str(input);
        return Some(());
    }
    let decoded = percent::decode(input.as_bytes());
    // What is no UTF-8 becomes U+FFFD, which no domain may have.
    let domain = std::str::from_utf8(&decoded).ok()?;
    let domain = domain_to_ascii(domain)?;
    if domain.is_empty() || domain.bytes().any(is_forbidden_in_domain) {
        return None;
    }
    match ends_in_number(&domain) {
        true => push_ipv4(out, parse_ipv4(&domain)?),
        false => out.push_str(&domain),
    }
    Some(())
}

/// <https://url.spec.whatwg.org/#concept-domain-to-ascii>, not strictly.
///
/// differs: the standard no longer looks into labels of an ASCII domain that begin with `xn--`, but
/// web-platform-tests want those refused that are no valid Punycode.
fn domain_to_ascii(domain: &str) -> Option<Cow<'_, str>> {
    if domain.is_ascii() && !has_punycode(domain) {
        return Some(match domain.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(domain.to_ascii_lowercase()),
            false => Cow::Borrowed(domain),
        });
    }
    Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::URL,
            Hyphens::Allow,
            DnsLength::Ignore,
        )
        .ok()
}

/// Whether a label of an ASCII domain begins with `xn--`.
fn has_punycode(domain: &str) -> bool {
    domain.split('.').any(|label| {
        label
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("xn--"))
    })
}

/// <https://url.spec.whatwg.org/#ends-in-a-number-checker>
fn ends_in_number(domain: &str) -> bool {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let last = domain.rsplit('.').next().unwrap_or(domain);
    match last.as_bytes() {
        [] => false,
        [b'0', b'x' | b'X', digits @ ..] => digits.iter().all(u8::is_ascii_hexdigit),
        digits => digits.iter().all(u8::is_ascii_digit),
    }
}

/// <https://url.spec.whatwg.org/#concept-ipv4-parser>
fn parse_ipv4(input: &str) -> Option<u32> {
    let input = input.strip_suffix('.').unwrap_or(input);
    let mut address: u64 = 0;
    let mut parts = input.split('.').peekable();
    for place in 0..4 {
        let number = parse_ipv4_number(parts.next()?)?;
        if parts.peek().is_none() {
            // The last number fills what is left.
            let bits = 8 * (4 - place);
            return match number >> bits {
                0 => u32::try_from((address << bits) | number).ok(),
                _ => None,
            };
        }
        if number > 255 {
            return None;
        }
        address = (address << 8) | number;
    }
    None
}

/// <https://url.spec.whatwg.org/#ipv4-number-parser>; what is too large for an address is not told apart.
fn parse_ipv4_number(part: &str) -> Option<u64> {
    let (digits, radix) = match part.as_bytes() {
        [] => return None,
        [b'0', b'x' | b'X', ..] => (&part[2..], 16),
        [b'0', _, ..] => (&part[1..], 8),
        _ => (part, 10),
    };
    digits.chars().try_fold(0, |number: u64, digit| {
        let digit = u64::from(digit.to_digit(radix)?);
        Some((number * u64::from(radix) + digit).min(1 << 32))
    })
}

/// <https://url.spec.whatwg.org/#concept-ipv4-serializer>
fn push_ipv4(out: &mut String, address: u32) {
    let [a, b, c, d] = address.to_be_bytes();
    // Writing to a String does not fail.
    let _ = write!(out, "{a}.{b}.{c}.{d}");
}

/// <https://url.spec.whatwg.org/#concept-ipv6-parser>
fn parse_ipv6(input: &[u8]) -> Option<[u16; 8]> {
    let at = |i: usize| input.get(i).copied();
    let mut address = [0; 8];
    let mut piece = 0;
    let mut compress = None;
    let mut i = 0;
    if at(0) == Some(b':') {
        if at(1) != Some(b':') {
            return None;
        }
        i = 2;
        piece = 1;
        compress = Some(1);
    }
    while i < input.len() {
        if piece == 8 {
            return None;
        }
        if input[i] == b':' {
            if compress.is_some() {
                return None;
            }
            i += 1;
            piece += 1;
            compress = Some(piece);
            continue;
        }
        let start = i;
        let mut value: u16 = 0;
        while i - start < 4
            && let Some(digit) = at(i).and_then(|byte| char::from(byte).to_digit(16))
        {
            value = (value << 4) | digit as u16;
            i += 1;
        }
        match at(i) {
            Some(b'.') => {
                if i == start || piece > 6 {
                    return None;
                }
                let [high, low] = parse_embedded_ipv4(&input[start..])?;
                address[piece] = high;
                address[piece + 1] = low;
                piece += 2;
                break;
            }
            Some(b':') => {
                i += 1;
                at(i)?;
            }
            Some(_) => return None,
            None => {}
        }
        address[piece] = value;
        piece += 1;
    }
    match compress {
        Some(start) => {
            let moved = piece - start;
            address.copy_within(start..piece, 8 - moved);
            address[start..8 - moved].fill(0);
            Some(address)
        }
        None => (piece == 8).then_some(address),
    }
}

/// The four numbers at the end of an IPv6 address.
fn parse_embedded_ipv4(input: &[u8]) -> Option<[u16; 2]> {
    let mut numbers = [0; 4];
    let mut parts = input.split(|&byte| byte == b'.');
    for number in &mut numbers {
        let part = parts.next()?;
        let plain = matches!(part, [b'0'] | [b'1'..=b'9', ..]) && part.len() <= 3;
        if !plain {
            return None;
        }
        for &byte in part {
            if !byte.is_ascii_digit() {
                return None;
            }
            *number = *number * 10 + u16::from(byte - b'0');
        }
        if *number > 255 {
            return None;
        }
    }
    let [a, b, c, d] = numbers;
    parts
        .next()
        .is_none()
        .then_some([(a << 8) | b, (c << 8) | d])
}

/// <https://url.spec.whatwg.org/#concept-ipv6-serializer>, in brackets.
fn push_ipv6(out: &mut String, address: &[u16; 8]) {
    let (start, length) = longest_zeros(address);
    out.push('[');
    let mut i = 0;
    while i < 8 {
        if i == start && length > 1 {
            out.push_str(if i == 0 { "::" } else { ":" });
            i += length;
            continue;
        }
        push_hex(out, address[i]);
        if i < 7 {
            out.push(':');
        }
        i += 1;
    }
    out.push(']');
}

/// Without zeros in front.
fn push_hex(out: &mut String, piece: u16) {
    let digits = (16 - piece.leading_zeros()).div_ceil(4).max(1);
    for place in (0..digits).rev() {
        let digit = u32::from(piece >> (4 * place) & 15);
        out.extend(char::from_digit(digit, 16));
    }
}

/// <https://url.spec.whatwg.org/#find-the-ipv6-address-compressed-piece-index>
fn longest_zeros(address: &[u16; 8]) -> (usize, usize) {
    let mut longest = (0, 0);
    let mut i = 0;
    while i < 8 {
        let length = address[i..].iter().take_while(|&&piece| piece == 0).count();
        if length > longest.1 {
            longest = (i, length);
        }
        i += length.max(1);
    }
    longest
}
