//! Bytes that nobody wrote: each is answered by a value or a typed error that names a byte.

mod support;

use nano_proto::value::document;
use nano_proto::{Envelope, Validation, from_bytes, validate};
use support::corpus;

/// Everything that reads value bytes, on the same bytes.
fn read_value(bytes: &[u8]) {
    let options = Validation::default().with_transfers(2);
    let valid = validate(bytes, &options);
    let document = document::read(bytes);
    let tree = from_bytes::<serde_json::Value>(bytes);
    let ignored = from_bytes::<serde::de::IgnoredAny>(bytes);
    if let Err(error) = &valid {
        assert!(error.offset() <= bytes.len() as u64, "{error}");
    }
    match &document {
        Ok(document) => {
            // Not the same bytes, as those need not be V8's way to say it, but the same value.
            let written = document::write(document).unwrap();
            let again = document::read(&written).unwrap();
            assert_eq!(document::write(&again).unwrap(), written);
        }
        Err(error) => {
            assert!(error.offset() <= bytes.len() as u64, "{error}");
            assert!(
                valid.is_err(),
                "valid but not readable: {error} in {}",
                bytes.escape_ascii()
            );
        }
    }
    if let Err(error) = &tree {
        assert!(error.offset() <= bytes.len() as u64, "{error}");
    }
    if let Err(error) = &ignored {
        assert!(error.offset() <= bytes.len() as u64, "{error}");
    }
}

fn read_envelope(bytes: &[u8]) {
    match Envelope::decode_slice(bytes, &Validation::default()) {
        Ok(envelope) => {
            let again = Envelope::decode(&envelope.encode(), &Validation::default()).unwrap();
            // Through `Debug`, which takes a NaN for equal to itself.
            assert_eq!(format!("{again:?}"), format!("{envelope:?}"));
        }
        Err(error) => assert!(error.offset() <= bytes.len() as u64, "{error}"),
    }
}

/// Every truncation, every byte replaced by every other, of each file. Long files, which only
/// repeat what short ones have, get fewer of each.
fn mutate(folder: &str, read: fn(&[u8])) {
    let files = corpus(folder);
    for (name, bytes) in &files {
        // The same but for the version.
        if name
            .strip_prefix("v15")
            .is_some_and(|rest| files.contains_key(&format!("v16{rest}")))
        {
            continue;
        }
        let stride = 1 + bytes.len() / 160;
        for length in (0..=bytes.len()).step_by(stride) {
            read(&bytes[..length]);
        }
        let mut mutated = bytes.to_vec();
        for place in (0..bytes.len()).step_by(stride) {
            for byte in 0..=u8::MAX {
                mutated[place] = byte;
                read(&mutated);
            }
            mutated[place] = bytes[place];
        }
    }
}

#[test]
fn every_truncation_and_mutation_of_the_corpus_is_answered() {
    mutate("envelope", read_envelope);
    mutate("value", read_value);
}

#[test]
fn deep_nesting_takes_heap_not_stack() {
    for (open, close) in [
        (&b"A\x01"[..], &b"$\x00\x01"[..]),
        (b"o\"\x01a", b"{\x01"),
        (b"\x27", b",\x01"),
        (b";\"\x01a", b":\x02"),
        (b"rc", b"."),
    ] {
        let levels = 200_000;
        let mut bytes = vec![0xFF, 16];
        bytes.extend(open.repeat(levels));
        bytes.push(b'_');
        bytes.extend(close.repeat(levels));
        let document = document::read(&bytes).unwrap();
        assert_eq!(document::write(&document).unwrap(), bytes);
        from_bytes::<serde::de::IgnoredAny>(&bytes).unwrap();
        let error = from_bytes::<serde_json::Value>(&bytes).unwrap_err();
        assert!(error.to_string().contains("levels of nesting"), "{error}");
        let error = validate(&bytes, &Validation::default()).unwrap_err();
        assert!(
            error.to_string().contains("at most 10000 allowed"),
            "{error}"
        );
    }
}

#[test]
fn doubling_references_are_cut_off() {
    // [[[…, ^], ^], ^]: 2^60 leaves in a tree.
    let levels = 60;
    let mut bytes = vec![0xFF, 16];
    bytes.extend(b"A\x02".repeat(levels));
    bytes.extend(b"A\x00$\x00\x00");
    for level in (0..levels).rev() {
        bytes.extend([b'^', level as u8 + 1]);
        bytes.extend(b"$\x00\x02");
    }
    assert!(document::read(&bytes).is_ok());
    assert!(validate(&bytes, &Validation::default()).is_ok());
    let error = from_bytes::<serde_json::Value>(&bytes).unwrap_err();
    assert!(
        error.to_string().contains("read again through references"),
        "{error}"
    );
}

#[test]
fn a_sparse_array_of_holes_is_cut_off() {
    // Four thousand million elements in ten bytes.
    let bytes = b"\xFF\x10a\xFF\xFF\xFF\xFF\x0F@\x00\xFF\xFF\xFF\xFF\x0F";
    assert!(document::read(bytes).is_ok());
    assert!(validate(bytes, &Validation::default()).is_err());
    let error = from_bytes::<Vec<Option<u8>>>(bytes).unwrap_err();
    assert!(error.to_string().contains("holes"), "{error}");
}

#[test]
fn what_makes_v8_abort_or_reserve_is_refused() {
    let refused = |bytes: &[u8], why: &str| {
        let mut all = vec![0xFF, 16];
        all.extend(bytes);
        let error = validate(&all, &Validation::default()).unwrap_err();
        assert!(error.to_string().contains(why), "{why}: {error}");
    };
    // `Factory::NewBigInt` ends the process on a length beyond the largest.
    refused(b"Z\x80\x80\x80\x80\x02", "bytes of a BigInt");
    refused(
        b"~\x00\xFF\xFF\xFF\xFF\xFF\xFF\x0F",
        "bytes of resizable buffers",
    );
    refused(
        b"A\x02~\x00\x80\x80\x80\x30~\x00\x80\x80\x80\x30$\x00\x02",
        "resizable",
    );
    refused(
        b"~\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F",
        "beyond its maximum",
    );
    refused(
        b"a\x81\x80\x80\x10@\x00\x81\x80\x80\x10",
        "elements of a sparse array",
    );
    let thirty = b"a\x80\x80\x80\x0E@\x00\x80\x80\x80\x0E";
    refused(
        &[&b"A\x02"[..], thirty, thirty, b"$\x00\x02"].concat(),
        "bytes of memory",
    );
    // V8 takes this id without looking.
    refused(b"p\x00", "of one process");
    refused(b"u\x00", "of one process");
    refused(b"t\x00", "not among the 0");
    refused(b"R\"\x01aP", "RegExp flags");
    refused(b"R\"\x01a\x40", "RegExp flags");
    refused(b"R\"\x01a\x90\x02", "RegExp flags");
    refused(b"\\\x08", "unknown tag 8");
    refused(
        b"\\\x05\x00\x00\x01\x00\x00",
        "Blob's buffer 0 is not among the 0",
    );
    refused(
        b"\\\x06\x00\x00\x01\x00\x00\x00\x00\0\0\0\0\0\0\0\0",
        "Blob's buffer 0",
    );
    refused(
        b"\\\x05\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x01\x00",
        "a Blob without an end",
    );
    refused(b"\\\x07\xFF\xFF\xFF\xFF\x0F", "the input ends");
    refused(b"\\\x07\x01\x00\x00\x02", "neither text nor File");
    refused(b"B\x01aVw\x00\x01\x00", "splits an element");
    refused(b"B\x01aVB\x00\x02\x00", "beyond its buffer");
    refused(b"B\x01aVB\x00\x01\x01", "flags differ");
    refused(b"~\x01\x02aVB\x00\x01\x00", "flags differ");
    refused(b"B\x01aVB\x00\x01\x04", "impossible flags");
    refused(b"Z\x01", "impossible BigInt");
    refused(b"^\x00", "reference to object 0");
    refused(b"__", "1 bytes follow");
    refused(b"o\"\x01a_{\x02", "1 properties found, 2 declared");
    refused(b"oo", "property key");
}
