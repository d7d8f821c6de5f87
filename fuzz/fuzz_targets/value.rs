//! Value bytes: the validator and the document reader agree, a document written is read alike, and so is
//! what is taken for a primitive.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nano_proto::value::document;
use nano_proto::{Validation, Value, from_value, validate};

fuzz_target!(|bytes: &[u8]| {
    let options = Validation::default()
        .with_transfers(2)
        .with_local(bytes.len() % 2 == 0);
    let valid = validate(bytes, &options);
    match document::read(bytes) {
        Ok(read) => {
            let written = document::write(&read).expect("what was read can be written");
            let again = document::read(&written).expect("what was written can be read");
            assert_eq!(document::write(&again).expect("as before"), written);
            if valid.is_ok() {
                validate(&written, &options).expect("valid bytes stay valid");
            }
        }
        Err(error) => {
            assert!(error.offset() <= bytes.len() as u64, "{error}");
            assert!(valid.is_err(), "valid, but not readable: {error}");
        }
    }
    let value = Value::new(bytes.to_vec().into());
    if let Some(primitive) = value.as_primitive() {
        assert!(valid.is_ok(), "{primitive:?} is a whole value");
        let json = |value| from_value::<serde_json::Value>(value).expect("every primitive is JSON");
        assert_eq!(json(&value), json(&Value::of_primitive(primitive)));
    }
    if let Err(error) = valid {
        assert!(error.offset() <= bytes.len() as u64, "{error}");
    }
});
