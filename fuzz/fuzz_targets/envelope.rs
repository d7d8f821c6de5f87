//! Envelopes: what is decoded encodes to the same envelope, and shared bytes read like copied ones.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nano_proto::{Envelope, Validation};

fuzz_target!(|bytes: &[u8]| {
    let options = Validation::default();
    match Envelope::decode_slice(bytes, &options) {
        Ok(envelope) => {
            let encoded = envelope.encode();
            let again = Envelope::decode(&encoded, &options).expect("what was encoded decodes");
            assert_eq!(again, envelope);
            assert_eq!(again.encode(), encoded);
        }
        Err(error) => assert!(error.offset() <= bytes.len() as u64, "{error}"),
    }
});
