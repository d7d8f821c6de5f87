//! What V8 wrote is read, and written back byte for byte.

mod support;

use nano_proto::value::document;
use nano_proto::{Envelope, Validation, validate};
use support::{corpus, seed};

/// Seeds of what V8 only reads: they come back in the form that it writes.
fn is_canonical(name: &str) -> bool {
    !name.contains("read-only")
}

#[test]
fn every_value_that_v8_wrote_comes_back_byte_for_byte() {
    for (name, bytes) in corpus("value") {
        if !name.starts_with("v1") || name.ends_with("host-crypto-key") {
            continue;
        }
        let document = document::read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let written = document::write(&document).unwrap();
        let mut wanted = bytes.clone();
        wanted[1] = 16;
        let late_stack =
            name.starts_with("v15") && name.contains("cause") || name == "v15-everything";
        if is_canonical(&name) && !late_stack {
            assert_eq!(written, wanted, "{name}");
        }
        let again = document::read(&written).unwrap();
        assert_eq!(format!("{again:?}"), format!("{document:?}"), "{name}");
    }
}

#[test]
fn an_error_with_its_stack_behind_the_cause_is_read_only_in_version_15() {
    let mut old = corpus("value").remove("v15-error-cause").unwrap();
    let document = document::read(&old).unwrap();
    assert_eq!(document::write(&document).unwrap(), seed("error-cause"));
    let refused = validate(&old, &Validation::default()).unwrap_err();
    assert!(
        refused.to_string().contains("stack behind its cause"),
        "{refused}"
    );
    old[1] = 16;
    assert!(document::read(&old).is_err());
}

#[test]
fn versions_other_than_15_and_16_are_refused() {
    for version in [0, 13, 14, 17, 255] {
        let error = document::read(&[0xFF, version, b'_']).unwrap_err();
        assert_eq!(error.offset(), 0, "{version}: {error}");
    }
    let error = document::read(b"_").unwrap_err();
    assert!(error.to_string().contains("version 0"), "{error}");
}

#[test]
fn validation_lets_through_what_may_come_from_elsewhere() {
    let options = Validation::default().with_transfers(1);
    for (name, bytes) in corpus("value") {
        if !name.starts_with("v1") {
            continue;
        }
        let local = ["shared-buffer", "shared-object", "wasm"]
            .iter()
            .any(|l| name.contains(l));
        let late_stack =
            name.starts_with("v15") && name.contains("cause") || name == "v15-everything";
        let refused = local
            || late_stack
            || name.ends_with("host-crypto-key")
            || name.ends_with("array-sparse-far");
        let outcome = validate(&bytes, &options);
        assert_eq!(outcome.is_err(), refused, "{name}: {outcome:?}");
        let trusting = options
            .clone()
            .with_local(true)
            .with_sparse_length(u32::MAX);
        let refused =
            late_stack || name.ends_with("host-crypto-key") || name.ends_with("shared-object");
        assert_eq!(validate(&bytes, &trusting).is_err(), refused, "{name}");
    }
}

#[test]
fn every_envelope_of_the_corpus_comes_back_byte_for_byte() {
    for (name, bytes) in corpus("envelope") {
        if name.len() == 40 {
            continue;
        }
        let decoded = Envelope::decode_slice(&bytes, &Validation::default());
        if name.starts_with("refused") {
            assert!(decoded.is_err(), "{name}");
            continue;
        }
        let envelope = decoded.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(envelope.encode(), bytes, "{name}");
    }
}
