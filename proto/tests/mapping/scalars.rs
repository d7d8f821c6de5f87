//! Numbers, text and addresses, from whatever holds one.

use super::*;

#[test]
fn numbers_are_taken_from_whatever_holds_one() {
    assert_eq!(raw::<u8>(b"N\0\0\0\0\0\0\xF0\x3F").unwrap(), 1);
    assert_eq!(raw::<u32>(b"U\xFF\xFF\xFF\xFF\x0F").unwrap(), u32::MAX);
    assert_eq!(read::<u32>("read-only-uint32"), u32::MAX);
    assert_eq!(read::<f64>("date"), 1_700_000_000_000.0);
    assert_eq!(read::<i64>("date"), 1_700_000_000_000);
    assert!(read::<f64>("date-invalid").is_nan());
    assert_eq!(read::<f32>("boxed-number"), 1.5);
    assert_eq!(read::<i8>("boxed-bigint"), -5);
    assert_eq!(read::<f64>("bigint-one"), 1.0);
    assert_eq!(read::<i128>("bigint-negative"), -(1 << 64));
    assert_eq!(raw::<u128>(b"N\0\0\0\0\0\0\x50\x44").unwrap(), 1 << 70);
    assert_eq!(raw::<i128>(b"N\0\0\0\0\0\0\x50\xC4").unwrap(), -(1 << 70));
    assert_eq!(raw::<u64>(b"N\0\0\0\0\0\0\xE0\x43").unwrap(), 1 << 63);
    assert_eq!(
        read::<f64>("double-minus-zero").to_bits(),
        (-0.0_f64).to_bits()
    );
    assert_eq!(read::<u8>("double-minus-zero"), 0);
    for no in ["boxed-string", "true", "array-smi", "undefined"] {
        assert!(from_bytes::<f64>(&seed(no)).is_err(), "{no}");
    }
    for no in [
        "double-nan",
        "double-infinity",
        "boxed-number",
        "bigint-long",
        "int-min",
    ] {
        assert!(from_bytes::<u16>(&seed(no)).is_err(), "{no}");
    }
    assert!(raw::<i128>(b"Z\x21\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\x80").is_err());
}

#[test]
fn strings_are_taken_from_strings_and_their_objects() {
    assert_eq!(
        read::<String>("string-two-byte-representation"),
        "ascii tail that is long enough to slice"
    );
    assert_eq!(read::<String>("string-lone-surrogate"), "a\u{FFFD}b");
    assert_eq!(read::<String>("boxed-string-two-byte"), "€");
    assert_eq!(read::<String>("read-only-utf8"), "€");
    assert_eq!(read::<String>("regexp-all-flags"), "/x/dgimsuy");
    assert_eq!(raw::<char>(b"\"\x01\xE9").unwrap(), 'é');
    assert!(raw::<char>(b"\"\x02ab").is_err());
    assert!(read::<bool>("boxed-true"));
    assert!(!read::<bool>("boxed-false"));
    assert!(from_bytes::<bool>(&seed("int-zero")).is_err());
    assert!(from_bytes::<String>(&seed("int-zero")).is_err());
}

#[test]
fn integral_numbers_are_integers_where_nothing_else_is_asked_for() {
    let json = |bytes: &[u8]| raw::<serde_json::Value>(bytes).unwrap();
    assert_eq!(
        json(b"N\0\0\0\0\0\0\xE0\x41"),
        serde_json::json!(2_147_483_648_u64)
    );
    assert_eq!(json(b"N\0\0\0\0\0\0\xF8\x3F"), serde_json::json!(1.5));
    assert_eq!(json(b"Z\x11\x01\0\0\0\0\0\0\0"), serde_json::json!(-1));
    assert_eq!(json(b"-"), serde_json::Value::Null);
    assert_eq!(json(b"R\"\x01a\x81\x02"), serde_json::json!("/a/gv"));
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Text(String),
    }
    assert_eq!(
        raw::<Either>(b"N\0\0\0\0\0\0\xE0\x41").unwrap(),
        Either::Number(1 << 31)
    );
    for local in [
        "shared-buffer",
        "shared-object",
        "wasm-module",
        "wasm-memory",
    ] {
        let error = from_bytes::<serde_json::Value>(&seed(local)).unwrap_err();
        assert!(error.to_string().contains("found"), "{local}: {error}");
    }
}

#[test]
fn addresses_travel_as_actors() {
    let id = IsolateId::new(5, 1);
    assert_eq!(written(id), seed("host-actor"));
    assert_eq!(read::<IsolateId>("host-actor"), id);
    assert_eq!(read::<u64>("host-actor"), id.to_u64());
    assert_eq!(raw::<IsolateId>(b"I\x0A").unwrap(), IsolateId::new(5, 0));
    let twice: Vec<IsolateId> = read("host-actors");
    assert_eq!(twice, [IsolateId::new(5, 0); 2]);
}
