//! <https://url.spec.whatwg.org/#application/x-www-form-urlencoded>, name by name and value by value.

use super::percent;

/// Decodes a name or value: bytes that are no UTF-8 become U+FFFD.
pub fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        match (bytes[i], percent::encoded_byte(&bytes[i..])) {
            (_, Some(byte)) => {
                out.push(byte);
                i += 3;
                continue;
            }
            (b'+', None) => out.push(b' '),
            (byte, None) => out.push(byte),
        }
        i += 1;
    }
    match String::from_utf8(out) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

/// Encodes a name or value. The result is ASCII.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 2);
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            _ if percent::URLENCODED.has(byte) => percent::push_encoded(&mut out, byte),
            _ => out.push(char::from(byte)),
        }
    }
    out
}
