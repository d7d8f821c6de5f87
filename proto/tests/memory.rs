//! Memory stays a constant times the input. Alone in its process, so that nobody else's counts.

use nano_proto::value::document;
use nano_proto::{Validation, from_bytes, validate};

/// The most memory that the process has held, in KiB.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok())
        .unwrap_or(0)
}

/// Runs it and tells by how many KiB it raised the peak.
fn growth(run: impl FnOnce()) -> u64 {
    let before = peak_memory();
    run();
    peak_memory() - before
}

#[test]
fn memory_is_bounded_by_the_input() {
    nested_claims_of_length_reserve_nothing();
    claims_of_length_reserve_nothing();
    the_smallest_nodes_cost_a_constant_each();
}

/// Each array claims as many elements as there are bytes left.
fn nested_claims_of_length_reserve_nothing() {
    let mut bytes = vec![0xFF, 16];
    for level in 0..20_000 {
        bytes.extend([b'A', 0xE0 | (level & 0xF) as u8, 0xB8, 0x01]);
    }
    bytes.resize(bytes.len() + 20_000, b'_');
    let grown = growth(|| {
        assert!(document::read(&bytes).is_err());
        assert!(from_bytes::<Vec<serde_json::Value>>(&bytes).is_err());
        assert!(validate(&bytes, &Validation::default()).is_err());
    });
    assert!(grown < 32 * 1024, "{grown} KiB");
}

/// Lengths of gigabytes in a dozen bytes.
fn claims_of_length_reserve_nothing() {
    let grown = growth(|| {
        for tag in b"\"cSZBC~AaR;'" {
            let bytes = [
                &[0xFF, 16, *tag],
                &[0xFE, 0xFF, 0xFF, 0xFF, 0x07].repeat(3)[..],
            ]
            .concat();
            let _ = document::read(&bytes);
            let _ = from_bytes::<serde_json::Value>(&bytes);
            let _ = from_bytes::<Vec<u64>>(&bytes);
            let _ = validate(&bytes, &Validation::default());
        }
    });
    assert!(grown < 4 * 1024, "{grown} KiB");
}

fn the_smallest_nodes_cost_a_constant_each() {
    let count = 1_000_000_u32;
    let mut bytes = vec![0xFF, 16, b'A', 0xC0, 0x84, 0x3D];
    bytes.resize(bytes.len() + count as usize, b'y');
    bytes.extend(b"$\x00\xC0\x84\x3D");
    let grown = growth(|| assert!(document::read(&bytes).is_ok()));
    assert!(grown < 160 * 1024, "{grown} KiB for 1 MB");
}
