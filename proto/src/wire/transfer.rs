//! What travels beside a value's bytes, on the wire.

use super::{Put, Take, Wire};
use crate::error::DecodeError;
use crate::value::{SharedBytes, Transfer, write};

/// The contents of an ArrayBuffer.
const BUFFER: u8 = 0;
/// The address of a port.
const PORT: u8 = 1;
/// Keeps the place of what does not leave its process; never read.
const SHARED: u8 = 2;
/// The contents of an immutable ArrayBuffer.
const IMMUTABLE: u8 = 3;
/// The maximum of a resizable ArrayBuffer, and its contents.
const RESIZABLE: u8 = 4;

fn put_contents(bytes: &[u8], to: &mut Put) {
    write::varint64(&mut to.out, bytes.len() as u64);
    to.out.extend_from_slice(bytes);
}

impl Wire for Transfer {
    fn put(&self, to: &mut Put) {
        match self {
            Self::ArrayBuffer(_) | Self::Resizable { .. } | Self::Memory(_) => {
                match self.max_bytes() {
                    None => to.out.push(BUFFER),
                    Some(max) => {
                        to.out.push(RESIZABLE);
                        max.put(to);
                    }
                }
                put_contents(self.contents().unwrap_or_default(), to);
            }
            Self::Port(id) => {
                to.out.push(PORT);
                id.put(to);
            }
            Self::Endpoint(end) => {
                to.out.push(PORT);
                end.id().put(to);
            }
            Self::Shared(_) => to.out.push(SHARED),
            Self::Immutable(shared) => {
                to.out.push(IMMUTABLE);
                put_contents(shared.bytes(), to);
            }
        }
    }

    fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
        let at = from.cursor.pos;
        match from.variant("transfer")? {
            BUFFER => from.bytes().map(Self::ArrayBuffer),
            PORT => Wire::take(from).map(Self::Port),
            SHARED => {
                let what = "something that does not leave its process";
                Err(DecodeError::malformed(at, what))
            }
            IMMUTABLE => {
                let shared = SharedBytes::new(from.bytes()?);
                Ok(Self::Immutable(shared))
            }
            RESIZABLE => {
                let max_bytes = from.cursor.varint64()?;
                let bytes = from.bytes()?;
                if max_bytes < bytes.len() as u64 {
                    let what = "resizable buffer beyond its maximum";
                    return Err(DecodeError::malformed(at, what));
                }
                Ok(Self::Resizable { bytes, max_bytes })
            }
            other => Err(from.unknown(at, "transfer", u64::from(other))),
        }
    }
}

#[cfg(test)]
impl super::Coded for Transfer {
    const CODES: (&str, &[u8]) = ("transfer", &[BUFFER, PORT, SHARED, IMMUTABLE, RESIZABLE]);
}
