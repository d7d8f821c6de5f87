//! What each Rust value is written as.

use super::*;

#[test]
fn rust_values_are_written_as_v8_writes_them() {
    assert_eq!(written(()), seed("undefined"));
    assert_eq!(written(Unit), seed("undefined"));
    assert_eq!(written(None::<u8>), seed("null"));
    assert_eq!(written(Some(true)), seed("true"));
    assert_eq!(written(false), seed("false"));
    assert_eq!(written(0_u8), seed("int-zero"));
    assert_eq!(written(0.0_f32), seed("int-zero"));
    assert_eq!(written(i32::MAX), seed("int-max"));
    assert_eq!(written(i64::from(i32::MIN)), seed("int-min"));
    assert_eq!(written(1_u64 << 31), seed("double-2e31"));
    assert_eq!(written(-0.0_f64), seed("double-minus-zero"));
    assert_eq!(written(-f64::NAN), seed("double-nan"));
    assert_eq!(written(f32::INFINITY), seed("double-infinity"));
    assert_eq!(written(0_i128), seed("bigint-zero"));
    assert_eq!(written(1_u128), seed("bigint-one"));
    assert_eq!(written(-(1_i128 << 64)), seed("bigint-negative"));
    assert_eq!(written(""), seed("string-empty"));
    assert_eq!(written("hello"), seed("string-ascii"));
    assert_eq!(written("café".to_owned()), seed("string-latin1"));
    assert_eq!(written("€uro"), seed("string-two-byte"));
    assert_eq!(written("x".repeat(300)), seed("string-long"));
    assert_eq!(written("€".repeat(100)), seed("string-two-byte-long"));
    assert_eq!(
        written(Plain {
            id: 7,
            s: "text".into()
        }),
        seed("object-plain")
    );
    assert_eq!(written(BTreeMap::<String, u8>::new()), seed("object-empty"));
    assert_eq!(written(Vec::<u8>::new()), seed("array-empty"));
    assert_eq!(written([1_i8, 2, 3]), seed("array-smi"));
    assert_eq!(written((1, 2_u64, 3.0)), seed("array-smi"));
    let bytes: Vec<u8> = (0..16).map(|i| (16_u32 * i + 3) as u8).collect();
    assert_eq!(
        written(serde_bytes::Bytes::new(&bytes)),
        seed("view-Uint8Array")
    );
}

#[test]
fn index_keys_come_first_and_ascending() {
    struct Keys;
    impl Serialize for Keys {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            for (key, value) in [
                ("b", 1),
                ("4294967294", 2),
                ("4294967295", 3),
                ("10", 4),
                ("2147483648", 5),
                ("1", 1),
                ("01", 2),
                ("-1", 3),
                ("1.5", 4),
            ] {
                map.serialize_entry(key, &value)?;
            }
            map.end()
        }
    }
    assert_eq!(written(Keys), seed("object-index-keys"));
    // Already in order: nothing moves.
    let ordered = BTreeMap::from([("1", '€'), ("2", 'x'), ("a", 'y')]);
    assert_eq!(written(&ordered), canonical(&ordered));
    // Two-byte strings of either parity are padded anew where they land.
    let moved = BTreeMap::from([("a", "€"), ("9", "€€"), ("10", "x€"), ("b", "€")]);
    assert_eq!(written(&moved), canonical(&moved));
}

#[test]
fn sequences_of_unknown_or_wrong_length_are_written_alike() {
    struct Lying<'a>(Option<usize>, &'a [&'a str]);
    impl Serialize for Lying<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut seq = serializer.serialize_seq(self.0)?;
            for item in self.1 {
                seq.serialize_element(&(item, 1.5, BTreeMap::from([(*item, u64::MAX)])))?;
                seq.serialize_element(serde_bytes::Bytes::new(b"abc"))?;
                seq.serialize_element(&IsolateId::new(4, 5))?;
                seq.serialize_element(&BTreeMap::from([(1.5_f64.to_bits(), item)]))?;
            }
            seq.end()
        }
    }
    for count in [0, 1, 31, 32, 33] {
        let items = vec!["€"; count];
        let right = written(Lying(Some(4 * count), &items));
        for length in [None, Some(0), Some(1000), Some(4 * count + 1)] {
            assert_eq!(
                written(Lying(length, &items)),
                right,
                "{length:?} for {count}"
            );
        }
        assert_eq!(canonical(&Lying(None, &items)), right);
    }
}

#[test]
fn integers_beyond_the_safe_range_are_bigints() {
    let is_bigint = |bytes: Vec<u8>| bytes[2] == b'Z';
    assert!(!is_bigint(written((1_u64 << 53) - 1)));
    assert!(is_bigint(written(1_u64 << 53)));
    assert!(!is_bigint(written(-(1_i64 << 53) + 1)));
    assert!(is_bigint(written(-(1_i64 << 53))));
    for value in [0, 1, u64::MAX, 1 << 53, (1 << 53) - 1, 1 << 31] {
        assert_eq!(
            from_value::<u64>(&to_value(&value).unwrap()).unwrap(),
            value
        );
    }
    for value in [i64::MIN, i64::MAX, -1, -(1 << 53), -(1 << 31) - 1] {
        assert_eq!(
            from_value::<i64>(&to_value(&value).unwrap()).unwrap(),
            value
        );
    }
    for value in [i128::MIN, i128::MAX, 0, -1] {
        assert_eq!(
            from_value::<i128>(&to_value(&value).unwrap()).unwrap(),
            value
        );
    }
    assert_eq!(
        from_value::<u128>(&to_value(&u128::MAX).unwrap()).unwrap(),
        u128::MAX
    );
}

#[test]
fn maps_with_other_keys_are_maps() {
    let map = BTreeMap::from([(1_u8, "a"), (2, "b")]);
    let bytes = written(&map);
    assert!(matches!(document::read(&bytes).unwrap().root_node(), Node::Map(e) if e.len() == 2));
    assert_eq!(from_bytes::<BTreeMap<u8, String>>(&bytes).unwrap()[&2], "b");
    let by_kind = BTreeMap::from([(Kind::Plain, 1)]);
    assert_eq!(written(&by_kind), written(BTreeMap::from([("Plain", 1)])));
    let by_char = BTreeMap::from([(Some('c'), 1)]);
    assert_eq!(written(&by_char), written(BTreeMap::from([("c", 1)])));
    for key in [
        written(BTreeMap::from([(Kind::New(1), 1)])),
        written(BTreeMap::from([(None::<u8>, 1)])),
    ] {
        assert_eq!(key[2], b';');
    }
    assert_eq!(written(HashMap::from([(true, 1)]))[2], b';');
    assert_eq!(written(HashMap::from([(IsolateId::new(1, 1), 1)]))[2], b';');
}

#[test]
fn keys_of_both_kinds_are_refused() {
    struct Mixed;
    impl Serialize for Mixed {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(Some(2))?;
            map.serialize_entry("a", &1)?;
            map.serialize_entry(&2, &1)?;
            map.end()
        }
    }
    let error = to_value(&Mixed).unwrap_err();
    assert_eq!(error.kind(), &EncodeErrorKind::MixedKeys);
    assert_eq!(error.offset(), 8);
}

#[test]
fn variants_are_tagged_by_their_names() {
    let kinds = [
        Kind::Plain,
        Kind::New(1),
        Kind::Pair(1, "x".into()),
        Kind::Named { x: -1 },
        Kind::Seven(true),
    ];
    for kind in kinds {
        let value = to_value(&kind).unwrap();
        let json: serde_json::Value = from_value(&value).unwrap();
        assert_eq!(json, serde_json::to_value(&kind).unwrap());
        assert_eq!(from_value::<Kind>(&value).unwrap(), kind);
        assert_eq!(canonical(&kind), value.bytes().as_ref());
    }
    assert_eq!(raw::<Kind>(b"s\"\x05Plain").unwrap(), Kind::Plain);
    assert_eq!(raw::<Kind>(b"o\"\x05Plain_{\x01").unwrap(), Kind::Plain);
    assert_eq!(raw::<Kind>(b";\"\x03NewI\x04:\x02").unwrap(), Kind::New(2));
    assert!(raw::<Kind>(b"o{\x00").is_err());
    assert!(raw::<Kind>(b"o\"\x03NewI\x04\"\x01x_{\x02").is_err());
    assert!(raw::<Kind>(b"\"\x03New").is_err());
    assert!(raw::<Kind>(b"I\x02").is_err());
}

#[test]
fn shared_bytes_keep_their_place_where_entries_are_moved() {
    let shared = |byte| SharedBytes::from(vec![byte; 64]);
    // Each of these is written in one place and then moved to another.
    let value = to_value(&BTreeMap::from([
        ("b", shared(1)),
        ("7", shared(2)),
        ("10", shared(3)),
    ]))
    .unwrap();
    let read: BTreeMap<String, serde_bytes::ByteBuf> = from_value(&value).unwrap();
    let bytes: Vec<_> = read
        .iter()
        .map(|(key, bytes)| (key.as_str(), bytes[0]))
        .collect();
    assert_eq!(bytes, [("10", 3), ("7", 2), ("b", 1)]);
    struct Unsized(Vec<SharedBytes>);
    impl Serialize for Unsized {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut seq = serializer.serialize_seq(None)?;
            for shared in &self.0 {
                seq.serialize_element(shared)?;
            }
            seq.end()
        }
    }
    let value = to_value(&Unsized((0..3).map(shared).collect())).unwrap();
    let read: Vec<serde_bytes::ByteBuf> = from_value(&value).unwrap();
    assert!(read.iter().map(|bytes| bytes[0]).eq(0..3));
}

#[test]
fn a_flattened_key_that_comes_twice_is_refused() {
    #[derive(Serialize)]
    struct Flat {
        id: u32,
        #[serde(flatten)]
        rest: HashMap<String, u32>,
    }
    let flat = |key: &str| Flat {
        id: 1,
        rest: HashMap::from([(key.to_owned(), 2)]),
    };
    let read: BTreeMap<String, u32> = from_value(&to_value(&flat("other")).unwrap()).unwrap();
    assert_eq!(read.len(), 2);
    let error = to_value(&flat("id")).unwrap_err();
    assert!(
        matches!(error.kind(), EncodeErrorKind::KeyTwice(key) if key == "id"),
        "{error}"
    );
}
