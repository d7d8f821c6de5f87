//! Addresses: how many the process may have, and how many it has.

use std::fs::File;
use std::io::Read;

use rustix::process::{Resource, getrlimit};

/// What every processor of 64 bits gives a process, in bytes.
pub(crate) const ADDRESSES: u64 = 1 << 47;

/// The process's own limit (`RLIMIT_AS`, as `ulimit -v` sets it), in bytes, where it is less than that. It may change
/// at any time.
pub(crate) fn address_limit() -> Option<u64> {
    let limit = getrlimit(Resource::As).current;
    limit.filter(|&limit| limit < ADDRESSES)
}

/// Addresses that the process has mapped, in bytes, whoever has done it: what the limit is held against. `None` where
/// the system does not say. Allocates nothing, since it is asked for in the middle of allocations.
pub(crate) fn mapped_bytes() -> Option<u64> {
    let mut text = [0; 128];
    let read = File::open("/proc/self/statm").ok()?.read(&mut text).ok()?;
    first_number(text.get(..read)?).map(|pages| pages.saturating_mul(4096))
}

fn first_number(text: &[u8]) -> Option<u64> {
    let number = text.split(|byte| !byte.is_ascii_digit()).next()?;
    std::str::from_utf8(number).ok()?.parse().ok()
}

/// How many addresses are left to the process by its own limit, in bytes; `None` where it has none.
pub(crate) fn addresses_left() -> Option<u64> {
    Some(address_limit()?.saturating_sub(mapped_bytes()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_figure_counts() {
        assert_eq!(first_number(b"4711 20 3"), Some(4_711));
        assert_eq!(first_number(b"12"), Some(12));
        assert_eq!(first_number(b""), None);
        assert_eq!(first_number(b" 3"), None);
    }

    #[test]
    fn the_system_says_what_is_mapped() {
        let mapped = mapped_bytes().expect("Linux does");
        assert!(mapped > 1 << 20 && mapped < ADDRESSES, "{mapped}");
    }
}
