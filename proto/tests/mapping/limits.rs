//! References, depth, and what an error says of its place.

use super::*;

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
fn aggregate_errors_within_each_other_have_an_edge() {
    // Each holds the next: as deep as serde goes, and no deeper, while the validator counts the
    // containers of each part alone.
    let chain = |depth: usize| {
        [
            &b"\xFF\x10\\\x03\x08"[..],
            &b"A\x01\\\x03\x08$\x00\x01".repeat(depth),
            b"A\x00$\x00\x00",
        ]
        .concat()
    };
    from_bytes::<serde_json::Value>(&chain(30)).unwrap();
    let long = chain(20_000);
    let error = from_bytes::<serde_json::Value>(&long).unwrap_err();
    assert!(error.to_string().contains("levels of nesting"), "{error}");
    nano_proto::validate(&long, &Default::default()).unwrap();
    let document = document::read(&long).unwrap();
    assert_eq!(document::write(&document).unwrap(), long);
}

#[test]
fn aggregate_errors_do_not_multiply() {
    // Two mentions of the next in each: 2^39 readings of the last.
    let mut bytes = b"\xFF\x10A\x28".to_vec();
    bytes.extend(b"\\\x03\x08".repeat(40));
    bytes.extend(b"$\x00\x28");
    for next in 2..=40 {
        bytes.extend([b'A', 2, b'^', next, b'^', next, b'$', 0, 2]);
    }
    bytes.extend(b"A\x00$\x00\x00");
    document::read(&bytes).unwrap();
    let error = from_bytes::<serde_json::Value>(&bytes).unwrap_err();
    assert!(error.to_string().contains("read again"), "{error}");
}
