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

#[test]
fn a_float_takes_the_nearest_to_a_bigint() {
    let read = |bigint: BigInt| {
        let bytes = document::write(&Document::new(Node::BigInt(bigint))).unwrap();
        from_bytes::<f64>(&bytes).unwrap()
    };
    let power = |exponent: usize, below: u8| {
        let mut digits = vec![0; (exponent / 64 + 1) * 8];
        digits[exponent / 8] = 1 << (exponent % 8);
        digits[0] |= below;
        digits
    };
    for exponent in [0, 63, 64, 127, 128, 200, 1023] {
        let expected = 2_f64.powi(exponent as i32);
        assert_eq!(read(BigInt::new(false, power(exponent, 0))), expected);
        assert_eq!(read(BigInt::new(true, power(exponent, 0))), -expected);
    }
    assert_eq!(read(BigInt::new(false, power(1024, 0))), f64::INFINITY);
    assert_eq!(read(BigInt::new(true, vec![0xFF; 4096])), f64::NEG_INFINITY);
    // Half way between two doubles, and a little above: 2^200 + 2^147 (+ 1).
    let half = |below| {
        let mut digits = power(200, below);
        digits[147 / 8] |= 1 << (147 % 8);
        read(BigInt::new(false, digits))
    };
    assert_eq!(half(0), 2_f64.powi(200));
    assert_eq!(half(1), 2_f64.powi(200) + 2_f64.powi(148));
}

#[test]
fn an_integer_takes_any_integral_double_in_its_range() {
    let large = 2_f64.powi(60);
    let doubles = [&[b'B', 8][..], &large.to_le_bytes(), &[b'V', b'F', 0, 8, 0]].concat();
    assert_eq!(raw::<Vec<u64>>(&doubles).unwrap(), [1 << 60]);
    assert_eq!(raw::<Vec<f64>>(&doubles).unwrap(), [large]);
    assert!(raw::<Vec<u32>>(&doubles).is_err());
    let keyed = [&[b'o', b'"', 5][..], b"1e+21", &[b'I', 2, b'{', 1]].concat();
    let map: BTreeMap<u128, i32> = raw(&keyed).unwrap();
    assert_eq!(map.into_iter().collect::<Vec<_>>(), [(10_u128.pow(21), 1)]);
}
