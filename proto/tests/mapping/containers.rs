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

/// The seed `name` with an immutable buffer beside it.
fn with_buffer<T: serde::de::DeserializeOwned>(
    name: &str,
    buffer: &'static [u8],
) -> Result<T, nano_proto::DecodeError> {
    let beside = Transfer::Immutable(SharedBytes::new(buffer.into()));
    from_value(&Value::new(seed(name).into()).with_transfers(vec![beside]))
}

#[test]
fn blobs_and_files_are_read_as_bytes_or_as_what_they_have() {
    #[derive(Deserialize, PartialEq, Debug)]
    #[serde(rename_all = "camelCase")]
    struct File {
        name: Option<String>,
        r#type: String,
        bytes: Vec<u8>,
        last_modified: Option<i64>,
    }
    let blob: File = with_buffer("host-blob", b"-hello").unwrap();
    let wanted = File {
        name: None,
        r#type: "text/plain".into(),
        bytes: b"hello".into(),
        last_modified: None,
    };
    assert_eq!(blob, wanted);
    assert_eq!(
        with_buffer::<Vec<u8>>("host-blob", b"-hello").unwrap(),
        b"hello"
    );
    let file: File = with_buffer("host-file", b"ab-").unwrap();
    let wanted = File {
        name: Some("€".into()),
        r#type: String::new(),
        bytes: b"ab".into(),
        last_modified: Some(1_500_000_000_000),
    };
    assert_eq!(file, wanted);
    let json: serde_json::Value = with_buffer("host-file", b"ab-").unwrap();
    assert_eq!(json["bytes"], serde_json::json!([97, 98]));
    for short in [&b"-hell"[..], b""] {
        let error = with_buffer::<Vec<u8>>("host-blob", short).unwrap_err();
        assert!(error.to_string().contains("beyond its buffer"), "{error}");
    }
    let error = from_bytes::<Vec<u8>>(&seed("host-blob")).unwrap_err();
    assert!(error.to_string().contains("Blob's buffer 0"), "{error}");
    // A buffer that its sender could still change is none for a Blob.
    let moved = Transfer::ArrayBuffer(b"-hello"[..].into());
    let value = Value::new(seed("host-blob").into()).with_transfers(vec![moved]);
    assert!(from_value::<Vec<u8>>(&value).is_err());
}

#[test]
fn a_form_is_read_as_pairs_or_as_a_map() {
    let form: Vec<(String, serde_json::Value)> = with_buffer("host-form-data", b"xyz").unwrap();
    assert_eq!(form[0], ("a".into(), "b".into()));
    assert_eq!(form[1], ("€".into(), "".into()));
    assert_eq!(form[2].1["name"], "n");
    assert_eq!(form[2].1["lastModified"], -1);
    let map: BTreeMap<String, serde_json::Value> = with_buffer("host-form-data", b"xyz").unwrap();
    assert_eq!(map.len(), 2);
    assert_eq!(map["a"]["type"], "t");
    assert_eq!(read::<Vec<(String, u8)>>("host-form-data-empty"), []);
    assert_eq!(
        read::<serde_json::Value>("host-form-data-empty"),
        serde_json::json!([])
    );
}

#[test]
fn many_blobs_of_one_buffer_are_read_within_bounds() {
    const COUNT: usize = 4000;
    let mut bytes = b"\xFF\x10A\xA0\x1F".to_vec();
    for _ in 0..COUNT {
        // All of a buffer of 1 MiB.
        bytes.extend_from_slice(b"\\\x05\x00\x00\x80\x80\x40\x00\x00");
    }
    bytes.extend_from_slice(b"$\x00\xA0\x1F");
    let beside = Transfer::Immutable(SharedBytes::from(vec![1; 1 << 20]));
    let value = Value::new(bytes.into()).with_transfers(vec![beside]);
    let error = from_value::<Vec<serde_json::Value>>(&value).unwrap_err();
    assert!(error.to_string().contains("bytes read again"), "{error}");
    let skipped: Vec<serde::de::IgnoredAny> = from_value(&value).unwrap();
    assert_eq!(skipped.len(), COUNT);
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
