//! Sequences, bytes and structs, from whatever holds their parts.

use super::*;

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
    for transfer in [
        Transfer::ArrayBuffer(moved.clone()),
        Transfer::Immutable(SharedBytes::from(moved.clone())),
        Transfer::Resizable {
            bytes: moved.clone(),
            max_bytes: 64,
        },
    ] {
        let whole: serde_bytes::ByteBuf =
            from_value(&value("transferred", vec![transfer.clone()])).unwrap();
        assert_eq!(whole.as_ref(), moved, "{transfer:?}");
        let parts: (Vec<u8>, Vec<u8>) =
            from_value(&value("transferred-view", vec![transfer])).unwrap();
        assert_eq!(parts, (vec![3, 4, 5, 6], moved.to_vec()));
    }
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
}

#[test]
fn an_aggregate_error_is_read_as_what_it_has() {
    #[derive(Deserialize, PartialEq, Debug)]
    struct Many {
        message: Option<String>,
        stack: Option<String>,
        cause: Option<serde_json::Value>,
        errors: Option<Vec<serde_json::Value>>,
    }
    let many: Many = read("host-aggregate-error");
    assert_eq!(
        many,
        Many {
            message: Some("m".into()),
            stack: Some("\u{20AC}".into()),
            cause: Some(5.into()),
            errors: Some(vec![1.into()]),
        }
    );
    let bare: BTreeMap<String, IgnoredAny> = read("host-aggregate-error-bare");
    assert!(bare.is_empty());
    let nested: serde_json::Value = read("host-aggregate-error-nested");
    let wanted = serde_json::json!([
        { "cause": { "errors": [null] }, "errors": [null] },
        { "errors": true },
    ]);
    assert_eq!(nested, wanted);
    // Read twice where it is mentioned twice, and refused where it holds itself.
    let error = from_bytes::<serde_json::Value>(&seed("host-aggregate-error-self")).unwrap_err();
    assert!(
        matches!(error.kind(), DecodeErrorKind::Cycle { id: 0 }),
        "{error}"
    );
    let ignored: (IgnoredAny, serde_json::Value) = read("host-aggregate-error-shares");
    assert_eq!(ignored.1, serde_json::json!({}));
}

#[test]
fn what_aggregate_errors_have_behind_the_root_is_part_of_the_value() {
    // Looked at or not, it must be there, and nothing else.
    for name in ["nested", "shares", "self"] {
        let whole = seed(&format!("host-aggregate-error-{name}"));
        from_bytes::<IgnoredAny>(&whole).unwrap();
        let last = whole.len() as u64;
        let error = from_bytes::<IgnoredAny>(&whole[..whole.len() - 1]).unwrap_err();
        assert_eq!(error.offset(), last - 1, "{name}: {error}");
        let error = from_bytes::<IgnoredAny>(&[&whole[..], b"_"].concat()).unwrap_err();
        assert_eq!(error.offset(), last, "{name}: {error}");
        assert!(matches!(
            error.kind(),
            DecodeErrorKind::Trailing { bytes: 1 }
        ));
    }
    let error = raw::<Vec<Vec<u8>>>(b"A\x01A\x00$\x00\x00$\x00\x01_").unwrap_err();
    assert_eq!(error.offset(), 12);
}

#[test]
fn an_error_behind_the_root_has_its_path_and_place() {
    #[derive(Deserialize, Debug)]
    struct Many {
        #[expect(dead_code)]
        errors: Vec<u8>,
    }
    let bytes = b"A\x01\\\x03\x08$\x00\x01A\x02I\x02T$\x00\x02";
    let error = raw::<Vec<Many>>(bytes).unwrap_err();
    assert_eq!(error.offset(), 14);
    assert!(error.to_string().contains("[0].errors[1]"), "{error}");
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

#[test]
fn a_struct_is_read_from_an_array_however_it_is_written() {
    let fields = Plain {
        id: 7,
        s: "x".into(),
    };
    // [7, "x"] with room for holes, as V8 writes an array that has come out of a message.
    let sparse = [
        b'a', 2, b'I', 0, b'I', 14, b'I', 2, b'"', 1, b'x', b'@', 2, 2,
    ];
    assert_eq!(raw::<Plain>(&sparse).unwrap(), fields);
    // [p, p]
    let dense = [b'A', 2, b'I', 14, b'"', 1, b'x', b'$', 0, 2];
    let twice = [&[b'A', 2][..], &dense, &[b'^', 1, b'$', 0, 2]].concat();
    for read in raw::<[Plain; 2]>(&twice).unwrap() {
        assert_eq!(read, fields);
    }
}
