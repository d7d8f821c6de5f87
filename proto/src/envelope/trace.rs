//! W3C Trace Context (www.w3.org/TR/trace-context-1): which trace a message belongs to.

use std::fmt;

use crate::error::DecodeError;
use crate::wire::{Put, Take, Wire};

/// The `traceparent` and `tracestate` of a message.
///
/// ```
/// use nano_proto::TraceContext;
///
/// let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let trace = TraceContext::parse(header).unwrap();
/// assert!(trace.is_sampled());
/// assert_eq!(trace.to_string(), header);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TraceContext {
    trace_id: [u8; 16],
    parent_id: [u8; 8],
    flags: u8,
    state: String,
}

impl TraceContext {
    /// The longest `tracestate` carried, in bytes: what the standard asks everybody to carry.
    pub const MAX_STATE_BYTES: usize = 512;

    /// From its parts; `None` if an id is all zeros, which the standard calls invalid.
    pub fn new(trace_id: [u8; 16], parent_id: [u8; 8], flags: u8) -> Option<Self> {
        let valid = trace_id != [0; 16] && parent_id != [0; 8];
        valid.then(|| Self {
            trace_id,
            parent_id,
            flags,
            state: String::new(),
        })
    }

    /// From a `traceparent` header. Of later versions than 00 the parts that 00 has are taken.
    pub fn parse(header: &str) -> Option<Self> {
        let (version, rest) = header.split_once('-')?;
        let mut parts = rest.split('-');
        let [version] = hex(version)?;
        let trace_id = hex(parts.next()?)?;
        let parent_id = hex(parts.next()?)?;
        let [flags] = hex(parts.next()?)?;
        if version == 0xFF || (version == 0 && parts.next().is_some()) {
            return None;
        }
        Self::new(trace_id, parent_id, flags)
    }

    /// With a `tracestate`; one that is too long is left out, as the standard allows.
    #[must_use]
    pub fn with_state(mut self, state: impl Into<String>) -> Self {
        let state = state.into();
        self.state = if state.len() <= Self::MAX_STATE_BYTES {
            state
        } else {
            String::new()
        };
        self
    }

    /// The trace.
    pub const fn trace_id(&self) -> [u8; 16] {
        self.trace_id
    }

    /// The span that sent the message.
    pub const fn parent_id(&self) -> [u8; 8] {
        self.parent_id
    }

    /// Whether the sender records the trace.
    pub const fn is_sampled(&self) -> bool {
        self.flags & 1 == 1
    }

    /// The `tracestate`, or nothing.
    pub fn state(&self) -> &str {
        &self.state
    }

    /// The same trace from another span.
    #[must_use]
    pub fn child(&self, span: [u8; 8]) -> Option<Self> {
        (span != [0; 8]).then(|| Self {
            parent_id: span,
            ..self.clone()
        })
    }
}

/// Lower-case hexadecimal digits, two a byte, exactly as many as wanted.
fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
            *byte = *byte << 4 | value;
        }
    }
    Some(bytes)
}

impl fmt::Display for TraceContext {
    /// As a `traceparent` header.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("00-")?;
        self.trace_id
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("-")?;
        self.parent_id
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))?;
        write!(f, "-{:02x}", self.flags)
    }
}

impl Wire for TraceContext {
    fn put(&self, to: &mut Put) {
        to.out.extend_from_slice(&self.trace_id);
        to.out.extend_from_slice(&self.parent_id);
        to.out.push(self.flags);
        self.state.put(to);
    }

    fn take(from: &mut Take<'_>) -> Result<Self, DecodeError> {
        let at = from.cursor.pos;
        let mut trace_id = [0; 16];
        trace_id.copy_from_slice(from.cursor.raw(16)?);
        let mut parent_id = [0; 8];
        parent_id.copy_from_slice(from.cursor.raw(8)?);
        let flags = from.cursor.byte()?;
        let state = from.text(Self::MAX_STATE_BYTES)?;
        match Self::new(trace_id, parent_id, flags) {
            Some(trace) => Ok(trace.with_state(state)),
            None => Err(DecodeError::malformed(
                at,
                "trace context with an id of zeros",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_headers_are_refused() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
        assert!(!TraceContext::parse(good).unwrap().is_sampled());
        assert!(TraceContext::parse(&good.replacen("00", "01", 1)).is_some());
        for bad in [
            "",
            "00",
            &good.replacen("00", "ff", 1),
            &good.to_uppercase(),
            &format!("{good}-more"),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-00",
            "00-4bf9-00f067aa0ba902b7-00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        ] {
            assert_eq!(TraceContext::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_trace_is_printed_as_the_header_it_came_in() {
        let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(TraceContext::parse(header).unwrap().to_string(), header);
    }

    #[test]
    fn children_keep_the_trace() {
        let trace = TraceContext::new([1; 16], [2; 8], 1)
            .unwrap()
            .with_state("a=1");
        let child = trace.child([3; 8]).unwrap();
        assert_eq!(child.trace_id(), trace.trace_id());
        assert_eq!((child.parent_id(), child.state()), ([3; 8], "a=1"));
        assert_eq!(trace.child([0; 8]), None);
        assert_eq!(trace.with_state("x".repeat(513)).state(), "");
    }
}
