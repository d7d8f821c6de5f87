//! The encoding callbacks of URLPattern: <https://urlpattern.spec.whatwg.org/#canon-encoding-callbacks>

use super::parser::{parse_port, port_colon};
use super::path::push_opaque_path;
use super::setters::{encoded, parse_host, parse_path};
use super::{Scheme, Url, percent, without_newlines};

/// What a callback encodes a piece of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Component {
    Protocol,
    Username,
    Password,
    Hostname,
    Port,
    Pathname,
    OpaquePathname,
    Search,
    Hash,
}

impl Component {
    /// In the order in which JavaScript numbers them.
    pub const ALL: [Self; 9] = [
        Self::Protocol,
        Self::Username,
        Self::Password,
        Self::Hostname,
        Self::Port,
        Self::Pathname,
        Self::OpaquePathname,
        Self::Search,
        Self::Hash,
    ];
}

/// The scheme of `https://dummy.invalid/`.
const DUMMY: Scheme = Scheme::Special(443);

/// Encodes a piece of a component. `protocol` counts for ports alone. None is for a TypeError.
pub fn canonicalize(component: Component, value: &str, protocol: Option<&str>) -> Option<String> {
    if value.is_empty() {
        return Some(String::new());
    }
    match component {
        Component::Protocol => {
            let input = format!("{value}://dummy.invalid/");
            Some(Url::parse(&input, None)?.scheme().to_owned())
        }
        Component::Username | Component::Password => Some(encoded(value, percent::USERINFO)),
        _ => canonicalize_parsed(component, &without_newlines(value), protocol),
    }
}

fn canonicalize_parsed(
    component: Component,
    value: &str,
    protocol: Option<&str>,
) -> Option<String> {
    match component {
        Component::Hostname => {
            let ends = |byte: u8| DUMMY.is_slash(byte) || matches!(byte, b'?' | b'#');
            let end = value.bytes().position(ends).unwrap_or(value.len());
            let name = &value[..end];
            if name.is_empty() || port_colon(name).is_some() {
                return None;
            }
            parse_host(name, DUMMY)
        }
        Component::Port => {
            // differs: without a protocol the standard has that of its dummy, and drops its default port from patterns for
            // all protocols.
            let scheme = protocol.map_or(Scheme::Other, Scheme::of);
            let end = value.bytes().position(|byte| !byte.is_ascii_digit());
            let digits = &value[..end.unwrap_or(value.len())];
            if digits.is_empty() {
                return None;
            }
            let port = parse_port(digits, scheme)?;
            Some(port.map_or_else(String::new, |port| port.to_string()))
        }
        Component::Pathname => {
            if value.starts_with('/') {
                return Some(parse_path(value, DUMMY, false));
            }
            // The path gets a start that the parser would add otherwise, and that dots can't remove unseen.
            let path = parse_path(&format!("/-{value}"), DUMMY, false);
            Some(path.get(2..).unwrap_or_default().to_owned())
        }
        Component::OpaquePathname => {
            let end = value.find(['?', '#']).unwrap_or(value.len());
            let mut out = String::with_capacity(value.len());
            push_opaque_path(&mut out, &value[..end], end < value.len());
            Some(out)
        }
        Component::Search => Some(encoded(value, percent::SPECIAL_QUERY)),
        Component::Hash => Some(encoded(value, percent::FRAGMENT)),
        Component::Protocol | Component::Username | Component::Password => None,
    }
}
