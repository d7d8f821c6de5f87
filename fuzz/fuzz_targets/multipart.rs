//! Bodies of forms: the parser ends, never goes back, and reads what the serializer wrote.
#![no_main]

#[path = "../../src/web/fetch/multipart.rs"]
#[allow(dead_code)]
mod multipart;

use libfuzzer_sys::fuzz_target;
use multipart::{Step, escaped, in_name, in_value, step};

/// A body as a form's entries make it.
fn body(boundary: &[u8], entries: &[(String, String)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in entries {
        let name = escaped(name.as_bytes(), in_name, usize::MAX).expect("memory");
        let value = escaped(value.as_bytes(), in_value, usize::MAX).expect("memory");
        body.extend_from_slice(b"--");
        body.extend_from_slice(boundary);
        body.extend_from_slice(b"\r\nContent-Disposition: form-data; name=\"");
        body.extend_from_slice(&name);
        body.extend_from_slice(b"\"\r\n\r\n");
        body.extend_from_slice(&value);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--");
    body.extend_from_slice(boundary);
    body.extend_from_slice(b"--\r\n");
    body
}

/// All parts, if it is such a body.
fn parts(input: &[u8], boundary: &[u8]) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut found = Vec::new();
    let mut position = 0;
    loop {
        match step(input, boundary, position)? {
            Step::End => return Some(found),
            Step::Part(part) => {
                assert!(part.next > position && part.next <= input.len());
                position = part.next;
                found.push((part.name, input[part.body].to_vec()));
            }
        }
    }
}

fuzz_target!(|given: (Vec<u8>, Vec<u8>, Vec<(String, String)>)| {
    let (input, boundary, entries) = given;
    parts(&input, &boundary);
    // No value has this in it but one that was made to.
    let boundary = b"----boundary-0123456789";
    let is_plain = |(name, value): &(String, String)| {
        !name.contains('%') && !value.contains("boundary")
    };
    if entries.iter().all(is_plain) {
        let read = parts(&body(boundary, &entries), boundary).expect("a body");
        assert_eq!(read.len(), entries.len());
        for ((name, value), (read, contents)) in entries.iter().zip(read) {
            assert_eq!(name.as_bytes(), read);
            let value = escaped(value.as_bytes(), in_value, usize::MAX).expect("memory");
            assert_eq!(value, contents);
        }
    }
});
