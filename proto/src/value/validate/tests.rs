use super::*;
use crate::value::document::{self, Document, Node};
use crate::value::host::HostObject;

fn refused(bytes: &[u8], options: &Validation) -> String {
    validate(bytes, options).unwrap_err().to_string()
}

#[test]
fn every_option_is_an_edge() {
    let strict = Validation::default();
    let check = |bytes: &[u8], options: Validation, ok: bool| {
        assert_eq!(
            validate(bytes, &options).is_ok(),
            ok,
            "{bytes:?} {options:?}"
        );
    };
    check(b"\xFF\x10_", strict.clone().with_input_bytes(3), true);
    check(b"\xFF\x10_", strict.clone().with_input_bytes(2), false);
    let nested = b"\xFF\x10A\x01A\x00$\x00\x00$\x00\x01";
    check(nested, strict.clone().with_depth(2), true);
    check(nested, strict.clone().with_depth(1), false);
    let resizable = b"\xFF\x10~\x00\x10";
    check(resizable, strict.clone().with_resizable_bytes(16), true);
    check(resizable, strict.clone().with_resizable_bytes(15), false);
    let sparse = b"\xFF\x10a\x10@\x00\x10";
    check(sparse, strict.clone().with_sparse_length(16), true);
    check(sparse, strict.clone().with_sparse_length(15), false);
    check(sparse, strict.clone().with_memory_bytes(200), false);
    let regexp = b"\xFF\x10R\"\x04abcd\x00";
    check(regexp, strict.clone().with_regexp_bytes(4), true);
    check(regexp, strict.clone().with_regexp_bytes(3), false);
    let transferred = b"\xFF\x10t\x01";
    check(transferred, strict.clone().with_transfers(2), true);
    check(transferred, strict.clone().with_transfers(1), false);
    let port = b"\xFF\x10\\\x0C\x01";
    check(port, strict.clone().with_transfers(2), true);
    check(port, strict.clone().with_transfers(1), false);
    let stream = b"\xFF\x10\\\x0B\x00\x01";
    check(stream, strict.clone().with_transfers(2), true);
    check(stream, strict.clone().with_transfers(1), false);
    check(b"\xFF\x10w\x01", strict.clone().with_local(true), true);
    check(b"\xFF\x10w\x01", strict.clone(), false);
    check(b"\xFF\x10m\x14\x00u\x00f\x00", strict.clone(), false);
    check(b"\xFF\x10p\x01", strict.with_local(true), false);
}

#[test]
fn nested_values_are_checked_at_their_own_offsets() {
    let hook = |value: &[u8]| {
        let host = HostObject::CloneHook {
            class: "C".into(),
            value: value.to_vec().into(),
        };
        document::write(&Document::new(Node::Host(host))).unwrap()
    };
    let good = hook(b"\xFF\x10_");
    validate(&good, &Validation::default()).unwrap();
    let twice = hook(&hook(b"\xFF\x10p\x00"));
    let error = validate(&twice, &Validation::default()).unwrap_err();
    assert_eq!(twice[error.offset() as usize], b'p');
    let text = refused(&hook(&good), &Validation::default().with_host_depth(1));
    assert!(
        text.contains("levels of host objects: 2, at most 1"),
        "{text}"
    );
    let headless = validate(&hook(b"_"), &Validation::default()).unwrap_err();
    assert_eq!(headless.offset(), good.len() as u64 - 3);
}

#[test]
fn aggregate_errors_are_checked_behind_the_root_too() {
    let error = |body: &[u8]| {
        let bytes = [b"\xFF\x10", body].concat();
        validate(&bytes, &Validation::default()).unwrap_err()
    };
    // An object of the shared heap, the second error's part without a tag, and one error too few.
    assert_eq!(error(b"\\\x03\x08p\x00").offset(), 5);
    assert_eq!(error(b"\\\x03\x08\\\x03\x08").offset(), 8);
    assert_eq!(error(b"\\\x03\x0C__0").offset(), 7);
    assert_eq!(error(b"\\\x03\x08^\x01").offset(), 6);
    assert_eq!(error(b"\\\x03\x01\x02\x00").offset(), 5);
    let options = Validation::default();
    let long = [b"\xFF\x10\\\x03\x01\x00\x64", &[b'x'; 100][..]].concat();
    validate(&long, &options).unwrap();
    assert!(refused(&long, &options.with_memory_bytes(600)).contains("bytes of memory"));
}

#[test]
fn sparse_arrays_that_v8_holds_in_a_dictionary_cost_little() {
    let mut options = Validation::default().with_sparse_length(u32::MAX);
    options = options.with_memory_bytes(1 << 20);
    let far = b"\xFF\x10a\xFF\xFF\xFF\xFF\x0F@\x00\xFF\xFF\xFF\xFF\x0F";
    validate(far, &options).unwrap();
    let near = b"\xFF\x10a\x80\x80\x80\x08@\x00\x80\x80\x80\x08";
    assert!(refused(near, &options).contains("bytes of memory"));
}

#[test]
fn lengths_that_only_huge_inputs_reach_have_an_edge_too() {
    let options = Validation::default().with_memory_bytes(u64::MAX);
    let mut check = Check {
        options: &options,
        memory: 0,
        resizable: 0,
        nested: Vec::new(),
    };
    let longest = 2 * MAX_STRING_UNITS;
    check.string(3, longest).unwrap();
    let error = check.string(3, longest + 1).unwrap_err();
    assert_eq!(error.offset(), 3);
    let text = error.to_string();
    assert!(text.contains("bytes of a string: 1073741777"), "{text}");
}
