//! Which JavaScript value each Rust value is, and the other way round.

mod support;

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use nano_proto::value::document::{self, Document, ErrorKind, Node};
use nano_proto::value::host::HostObject;
use nano_proto::{
    DecodeErrorKind, EncodeErrorKind, IsolateId, Transfer, Value, from_bytes, from_value, to_value,
};
use serde::de::DeserializeOwned;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Serialize, Serializer};
use support::seed;

fn written(value: impl Serialize) -> Vec<u8> {
    to_value(&value).unwrap().bytes().to_vec()
}

fn read<T: DeserializeOwned>(name: &str) -> T {
    from_bytes(&seed(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Reads hand-made bytes, given without their header.
fn raw<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, nano_proto::DecodeError> {
    from_bytes(&[&[0xFF, 16], bytes].concat())
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Plain {
    id: u32,
    s: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Kind {
    Plain,
    New(u8),
    Pair(u8, String),
    Named {
        x: i32,
    },
    #[serde(rename = "7")]
    Seven(bool),
}

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

/// The same value through a document, whose writer puts nothing in another order or place.
fn canonical(value: &impl Serialize) -> Vec<u8> {
    let document = document::read(&written(value)).unwrap();
    document::write(&document).unwrap().to_vec()
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
fn sequences_are_taken_from_arrays_sets_maps_and_views() {
    assert_eq!(read::<Vec<f64>>("array-double"), [1.5, 2.0]);
    assert_eq!(
        read::<Vec<Option<u8>>>("array-holes"),
        [Some(1), None, Some(3)]
    );
    assert_eq!(read::<(u8, (), u8)>("array-holes"), (1, (), 3));
    assert_eq!(read::<Vec<u8>>("array-properties"), [1, 2]);
    let sparse: Vec<Option<String>> = read("array-sparse");
    assert_eq!((sparse.len(), sparse[1000].as_deref()), (1001, Some("x")));
    let shrunk: Vec<serde_json::Value> = read("array-shrinks");
    assert_eq!(shrunk[1], serde_json::Value::Null);
    let set: serde_json::Value = read("set");
    // Negative zero is a member of a `Set` as zero.
    assert_eq!(set, serde_json::json!([1, "a", {}, 0]));
    assert_eq!(
        raw::<Vec<(String, u8)>>(b";\"\x01aI\x02:\x02").unwrap(),
        [("a".into(), 1)]
    );
    assert!(raw::<Vec<u8>>(b";\"\x01aI\x02:\x02").is_err());
    assert_eq!(read::<Vec<u8>>("buffer-immutable"), b"abc");
    assert_eq!(read::<Vec<f32>>("view-Float16Array"), [1.0, -2.0]);
    assert_eq!(read::<Vec<i8>>("view-Int8Array")[..3], [3, 19, 35]);
    assert_eq!(read::<Vec<i16>>("view-Int16Array")[0], 0x1303);
    assert_eq!(read::<Vec<u16>>("view-Uint16Array-part"), [0x9383]);
    assert_eq!(read::<Vec<i32>>("view-Int32Array")[0], 0x3323_1303);
    assert_eq!(read::<Vec<u32>>("view-Uint32Array-part"), [0xB3A3_9383]);
    assert_eq!(read::<Vec<f32>>("view-Float32Array").len(), 4);
    assert_eq!(read::<[f64; 1]>("view-Float64Array-part").len(), 1);
    assert_eq!(read::<Vec<i64>>("view-BigInt64Array").len(), 2);
    assert_eq!(
        read::<Vec<u64>>("view-BigUint64Array-part"),
        [0xF3E3_D3C3_B3A3_9383]
    );
    assert_eq!(read::<Vec<Option<u8>>>("view-DataView-part"), [Some(0x83)]);
    assert_eq!(read::<Vec<u16>>("view-length-tracking"), [0, 0, 0]);
    for (bytes, why) in [
        (
            &b"A\x03I\x00I\x00I\x00$\x00\x03"[..],
            "more elements found, 2 of them wanted",
        ),
        (b"a\x03@\x00\x03", "more elements"),
        (b"'I\x00I\x00I\x00,\x03", "more elements"),
        (b"B\x03abc", "1 more elements found"),
        (b"A\x01I\x00$\x00\x01", "tuple of size 2"),
        (b"I\x00", "a number found"),
    ] {
        let error = raw::<(u8, u8)>(bytes)
            .or_else(|_| raw::<(Option<u8>, Option<u8>)>(bytes).map(|_| (0, 0)))
            .unwrap_err();
        assert!(error.to_string().contains(why), "{why}: {error}");
    }
    let disorder = raw::<Vec<Option<u8>>>(b"a\x03I\x02_I\x00_@\x02\x03").unwrap_err();
    assert!(disorder.to_string().contains("disorder"), "{disorder}");
    let unsigned = raw::<Vec<Option<u8>>>(b"a\x02\"\x01x_U\x01I\x06@\x02\x02").unwrap();
    assert_eq!(unsigned, [None, Some(3)]);
    let double = raw::<Vec<Option<u8>>>(b"a\x02N\0\0\0\0\0\0\xF0\x3FI\x06@\x01\x02").unwrap();
    assert_eq!(double, [None, Some(3)]);
}

#[test]
fn bytes_are_taken_from_buffers_views_arrays_and_strings() {
    let read = |name: &str| -> serde_bytes::ByteBuf { read(name) };
    assert_eq!(read("buffer").len(), 16);
    assert_eq!(read("buffer-resizable").as_ref(), [0; 4]);
    assert_eq!(read("buffer-immutable-view").as_ref(), b"bc");
    assert_eq!(read("view-Float64Array-part").len(), 8);
    assert_eq!(read("array-smi").as_ref(), [1, 2, 3]);
    assert_eq!(read("string-ascii").as_ref(), b"hello");
    assert_eq!(
        raw::<serde_bytes::ByteBuf>(b"'I\x02,\x01")
            .unwrap()
            .as_ref(),
        [1]
    );
    assert!(raw::<serde_bytes::ByteBuf>(b"A\x01I\x80\x04$\x00\x01").is_err());
    assert!(raw::<serde_bytes::ByteBuf>(b"T").is_err());
    let json: serde_json::Value = from_bytes(&seed("view-Uint16Array")).unwrap();
    assert_eq!(json[0], 0x1303);
}

#[test]
fn transferred_buffers_are_read_from_beside_the_value() {
    let moved = Bytes::from_static(&[1, 2, 3, 4, 5, 6, 7, 8]);
    let value = |name: &str, transfers: Vec<Transfer>| {
        Value::new(Bytes::from(seed(name))).with_transfers(transfers)
    };
    let whole: serde_bytes::ByteBuf = from_value(&value(
        "transferred",
        vec![Transfer::ArrayBuffer(moved.clone())],
    ))
    .unwrap();
    assert_eq!(whole.as_ref(), moved);
    let parts: (Vec<u8>, Vec<u8>) = from_value(&value(
        "transferred-view",
        vec![Transfer::ArrayBuffer(moved.clone())],
    ))
    .unwrap();
    assert_eq!(parts, (vec![3, 4, 5, 6], moved.to_vec()));
    let error = from_value::<Vec<u8>>(&value("transferred", Vec::new())).unwrap_err();
    assert!(
        matches!(error.kind(), DecodeErrorKind::Beside { .. }),
        "{error}"
    );
    let short = vec![Transfer::ArrayBuffer(Bytes::from_static(b"abc"))];
    assert!(from_value::<(Vec<u8>, Vec<u8>)>(&value("transferred-view", short)).is_err());
}

#[test]
fn structs_are_taken_from_objects_maps_arrays_and_errors() {
    let plain = Plain {
        id: 7,
        s: "x".into(),
    };
    assert_eq!(
        raw::<Plain>(b"o\"\x01s\"\x01x\"\x02idI\x0E{\x02").unwrap(),
        plain
    );
    assert_eq!(
        raw::<Plain>(b";\"\x01s\"\x01x\"\x02idI\x0E:\x04").unwrap(),
        plain
    );
    assert_eq!(raw::<Plain>(b"A\x02I\x0E\"\x01x$\x00\x02").unwrap(), plain);
    let extra = b"o\"\x01kA\x01rm\"\x01mc^\x00.$\x00\x01\"\x01s\"\x01x\"\x02idI\x0E{\x03";
    assert_eq!(raw::<Plain>(extra).unwrap(), plain);
    assert_eq!(
        raw::<BTreeMap<u32, bool>>(b"oI\x06T\"\x019F{\x02")
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        raw::<BTreeMap<i8, ()>>(b"o\"\x02-9_{\x01").unwrap().len(),
        1
    );
    assert_eq!(
        raw::<BTreeMap<i128, ()>>(b"o\"\x0218446744073709551616_{\x01")
            .err()
            .unwrap()
            .offset(),
        7
    );
    assert!(
        raw::<BTreeMap<bool, u8>>(b"o\"\x04trueI\x02\"\x05falseI\x04{\x02").unwrap()[&true] == 1
    );
    assert!(raw::<BTreeMap<bool, u8>>(b"oI\x02I\x02{\x01").is_err());
    assert!(raw::<BTreeMap<bool, u8>>(b"o\"\x01xI\x02{\x01").is_err());
    assert!(raw::<BTreeMap<u8, u8>>(b"o\"\x01xI\x02{\x01").is_err());
    assert!(raw::<BTreeMap<u8, u8>>(b"o\"\x031.5I\x02{\x01").is_err());
    assert!(raw::<BTreeMap<u8, u8>>(b"o_I\x02{\x01").is_err());
    assert_eq!(
        raw::<BTreeMap<Option<String>, u8>>(b"o\"\x01xI\x02{\x01")
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        raw::<BTreeMap<Kind, u8>>(b"o\"\x05PlainI\x02{\x01").unwrap()[&Kind::Plain],
        1
    );
    assert!(raw::<BTreeMap<Kind, u8>>(b"oI\x0EI\x02{\x01").is_err());
    let keys: BTreeMap<String, serde_json::Value> = read("object-index-keys");
    assert_eq!(keys["4294967294"], 2);
    #[derive(Deserialize, PartialEq, Debug)]
    struct Thrown {
        name: String,
        message: Option<String>,
        stack: Option<String>,
        cause: Option<serde_json::Value>,
    }
    let thrown: Thrown = read("error-cause");
    assert_eq!(thrown.name, "Error");
    assert_eq!(thrown.cause.unwrap()["code"], 5);
    let old: Thrown =
        from_bytes(&support::corpus("value").remove("v15-error-cause").unwrap()).unwrap();
    assert_eq!(
        (old.stack.as_deref(), old.cause.is_some()),
        (Some("at outer"), true)
    );
    let thrown: Thrown = read("error-URIError");
    assert_eq!(
        (thrown.name.as_str(), thrown.message.as_deref()),
        ("URIError", Some("message"))
    );
    let thrown: Thrown = read("host-dom-exception");
    assert_eq!(
        (thrown.name.as_str(), thrown.message.as_deref()),
        ("AbortError", Some("€!"))
    );
    let only_name: BTreeMap<String, serde::de::IgnoredAny> = read("error-cause");
    assert_eq!(only_name.len(), 4);
    #[derive(Deserialize)]
    struct X {
        x: u8,
    }
    assert_eq!(read::<X>("host-clone-hook").x, 1);
    assert_eq!(read::<X>("host-aggregate-error").x, 1);
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
fn references_are_followed_and_cycles_refused() {
    let json: serde_json::Value = read("shared");
    let one = serde_json::json!({"v": 1});
    assert_eq!(
        json,
        serde_json::json!({"a": one, "b": one, "c": [one, one]})
    );
    for name in ["cycle-self", "cycle-array", "map-cyclic", "set-cyclic"] {
        let error = from_bytes::<serde_json::Value>(&seed(name)).unwrap_err();
        let refused = matches!(error.kind(), DecodeErrorKind::Cycle { id: 0 })
            // A key that is a map cannot be one of JSON's.
            || name == "map-cyclic";
        assert!(refused, "{name}: {error}");
    }
    #[derive(Deserialize)]
    struct Views {
        b: serde_bytes::ByteBuf,
        v: Vec<u8>,
        w: serde_bytes::ByteBuf,
        again: serde_json::Value,
        d: serde_json::Value,
    }
    let views: Views = read("views-share-a-buffer");
    assert_eq!((views.b.len(), views.v.len(), views.w.len()), (8, 8, 2));
    assert_eq!(views.again, serde_json::json!([0, 0]));
    assert_eq!(views.d.as_array().unwrap().len(), 8);
    let boxed = raw::<(String, String)>(b"A\x02s\"\x01x^\x01$\x00\x02").unwrap();
    assert_eq!(boxed.0, boxed.1);
    let flags = raw::<(bool, bool)>(b"A\x02y^\x01$\x00\x02").unwrap();
    assert_eq!(flags, (true, true));
    let dates = raw::<(f64, f64)>(b"A\x02D\0\0\0\0\0\0\0\0^\x01$\x00\x02").unwrap();
    assert_eq!(dates, (0.0, 0.0));
    let plain = raw::<(Plain, Plain)>(b"A\x02o\"\x01s\"\x01x\"\x02idI\x0E{\x02^\x01$\x00\x02");
    assert!(plain.is_ok_and(|(a, b)| a == b));
    let kinds = raw::<(Kind, Kind)>(b"A\x02o\"\x03NewI\x04{\x01^\x01$\x00\x02");
    assert_eq!(kinds.unwrap(), (Kind::New(2), Kind::New(2)));
    let missing = raw::<(Kind, Kind)>(b"A\x02o\"\x03NewI\x04{\x01^\x09$\x00\x02").unwrap_err();
    assert!(matches!(
        missing.kind(),
        DecodeErrorKind::Reference { id: 9, known: 2 }
    ));
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
fn errors_name_the_path_and_what_was_found() {
    #[derive(Debug, Deserialize)]
    struct Outer {
        #[allow(dead_code)]
        users: Vec<Plain>,
    }
    let value = to_value(&serde_json::json!({
        "users": [{"id": 1, "s": "a"}, {"id": "two", "s": "b"}]
    }))
    .unwrap();
    let error = from_value::<Outer>(&value).unwrap_err();
    assert_eq!(error.path(), ".users[1].id");
    assert_eq!(
        error.to_string(),
        format!(
            "byte {}: a string found, u32 wanted (at .users[1].id)",
            error.offset()
        )
    );
    assert_eq!(value.bytes()[error.offset() as usize], b'"');
    let missing = from_value::<Outer>(&to_value(&BTreeMap::from([("u", 1)])).unwrap()).unwrap_err();
    assert!(
        missing.to_string().contains("missing field `users`"),
        "{missing}"
    );
    assert_eq!(missing.offset(), 3);
    let range = from_value::<(u8, u8)>(&to_value(&(1, 300)).unwrap()).unwrap_err();
    assert!(range.to_string().contains("300"), "{range}");
    assert_eq!(range.path(), "[1]");
    let keyed = raw::<BTreeMap<String, u8>>(b"oI\x06T{\x01").unwrap_err();
    assert_eq!(keyed.path(), "[3]");
    let in_map = raw::<BTreeMap<u8, u8>>(b";I\x06T:\x02").unwrap_err();
    assert_eq!(in_map.path(), "[3]");
    let key = raw::<BTreeMap<u8, u8>>(b";TI\x06:\x02").unwrap_err();
    assert_eq!(key.path(), "[key]");
    let cause = raw::<BTreeMap<String, String>>(b"rcI\x00.").unwrap_err();
    assert_eq!(cause.path(), ".cause");
    let trailing = raw::<u8>(b"I\x00I\x00").unwrap_err();
    assert_eq!(trailing.kind(), &DecodeErrorKind::Trailing { bytes: 2 });
}

#[test]
fn rust_values_that_nest_too_deeply_are_refused_both_ways() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Chain(Option<Box<Chain>>);
    #[derive(Debug, Serialize, Deserialize)]
    struct Node {
        next: Option<Box<Node>>,
    }
    let mut chain = Chain(None);
    let mut node = Node { next: None };
    for _ in 0..100 {
        chain = Chain(Some(Box::new(chain)));
        node = Node {
            next: Some(Box::new(node)),
        };
    }
    // `Chain` is nothing but `null`, however long it is.
    assert_eq!(to_value(&chain).unwrap().bytes().len(), 3);
    let value = to_value(&node).unwrap();
    assert!(from_value::<Node>(&value).is_ok());
    for _ in 0..100 {
        chain = Chain(Some(Box::new(chain)));
        node = Node {
            next: Some(Box::new(node)),
        };
    }
    let error = to_value(&chain).unwrap_err();
    assert!(
        matches!(error.kind(), EncodeErrorKind::Depth { allowed: 256 }),
        "{error}"
    );
    assert!(to_value(&node).is_err());
    let bytes = [
        &[0xFF, 16][..],
        &b"o\"\x04next".repeat(300),
        b"0",
        &b"{\x01".repeat(300),
    ]
    .concat();
    let error = from_bytes::<Node>(&bytes).unwrap_err();
    assert!(error.to_string().contains("levels of nesting"), "{error}");
}

#[test]
fn nested_values_count_as_part_of_the_whole() {
    // Host objects within host objects: their depth adds up.
    let mut bytes = to_value(&1).unwrap().bytes().to_vec();
    for _ in 0..300 {
        let host = HostObject::CloneHook {
            class: "C".into(),
            value: bytes.into(),
        };
        bytes = document::write(&Document::new(Node::Host(host)))
            .unwrap()
            .to_vec();
    }
    let error = from_bytes::<u8>(&bytes).unwrap_err();
    assert!(error.to_string().contains("levels of nesting"), "{error}");
    assert!(
        error.offset() < bytes.len() as u64,
        "{error} of {}",
        bytes.len()
    );
    let error = nano_proto::validate(&bytes, &Default::default()).unwrap_err();
    assert!(
        error.to_string().contains("levels of host objects"),
        "{error}"
    );
}

#[test]
fn a_thrown_error_is_a_document_node() {
    let document = document::read(&seed("error-TypeError")).unwrap();
    let Node::Error {
        kind,
        message,
        stack,
        cause,
    } = document.root_node()
    else {
        panic!("no error: {document:?}");
    };
    assert_eq!(*kind, ErrorKind::TypeError);
    assert_eq!(kind.name(), "TypeError");
    assert_eq!(message.as_ref().unwrap().to_text(), "message");
    assert!(stack.as_ref().unwrap().to_text().contains("at file.js:1:2"));
    assert_eq!(*cause, None);
}
