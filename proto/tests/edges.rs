//! The rarer ways through the readers: each refusal by its words, visitors that stop early, Rust
//! types that ask for something unusual.

mod support;

use std::collections::BTreeMap;
use std::fmt;

use nano_proto::value::document;
use nano_proto::{
    DecodeError, Envelope, Shared, Transfer, Validation, Value, from_bytes, to_value,
};
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use support::seed;

fn raw<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    from_bytes(&[&[0xFF, 16], body].concat())
}

#[test]
fn malformed_parts_are_refused_by_name_by_both_readers() {
    for (body, why) in [
        (&b""[..], "the input ends, 1 more"),
        (b"\0\0", "the input ends, 1 more"),
        (b"N123", "the input ends, 5 more"),
        (b"\"\x05ab", "the input ends, 3 more"),
        (b"I\xFF\xFF\xFF\xFF\xFF\x00", "does not fit into 32 bits"),
        (
            b"B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02",
            "does not fit into 64 bits",
        ),
        (
            b"B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01",
            "the input ends",
        ),
        (b"c\x03abc", "two-byte string of odd length"),
        (b"sI\x02", "where a string is wanted"),
        (b"~\x02\x01ab", "resizable buffer beyond its maximum"),
        (b"Z\x01", "impossible BigInt"),
        (b"Z\x82\x80\x80\x80\x03", "bytes of a BigInt"),
        (b"B\x01aVx\x00\x01\x00", "the kind of a view"),
        (b"rx", "the next part of an error"),
        (b"rc_x", "the end of an error"),
        (b"\\\x02\x02\x00", "string of unknown encoding"),
        (b"\\\x02\x01\x01a", "string of unknown encoding"),
        (b"ob", "a property key"),
        (b"R\"\x01a\xC0\x01", "impossible RegExp flags"),
        (b"o{\x01", "0 properties found, 1 declared"),
        (b"'_,\x02", "1 members found, 2 declared"),
        (b"A\x00$\x00\x01", "0 elements found, 1 declared"),
        (b"E", "byte 0x45"),
    ] {
        for error in [
            document::read(&[&[0xFF, 16], body].concat()).unwrap_err(),
            raw::<serde_json::Value>(body).unwrap_err(),
        ] {
            assert!(
                error.to_string().contains(why),
                "{}: {error}",
                body.escape_ascii()
            );
            assert!(error.offset() <= body.len() as u64 + 2);
        }
    }
}

#[test]
fn an_error_names_whatever_was_found() {
    for (name, found) in [
        ("true", "a boolean"),
        ("int-zero", "a number"),
        ("double-nan", "a number"),
        ("bigint-one", "a BigInt"),
        ("string-ascii", "a string"),
        ("object-empty", "an object"),
        ("array-holes", "an array"),
        ("date", "a Date"),
        ("boxed-false", "a Boolean object"),
        ("boxed-number", "a Number object"),
        ("boxed-bigint", "a BigInt object"),
        ("boxed-string", "a String object"),
        ("regexp", "a RegExp"),
        ("map", "a Map"),
        ("set", "a Set"),
        ("buffer-resizable", "an ArrayBuffer"),
        ("transferred", "a transferred ArrayBuffer"),
        ("shared-buffer", "a SharedArrayBuffer"),
        ("shared-object", "a shared object"),
        ("wasm-module", "a WebAssembly.Module"),
        ("wasm-memory", "a WebAssembly.Memory"),
        ("error-Error", "an error"),
        ("host-actor", "a host object"),
    ] {
        let error = from_bytes::<()>(&seed(name)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("byte 2: {found} found, unit wanted"),
            "{name}"
        );
    }
    let hole = raw::<Vec<u8>>(b"A\x01-$\x00\x01").unwrap_err();
    assert_eq!(hole.to_string(), "byte 4: a hole found, u8 wanted (at [0])");
    let undefined = raw::<String>(b"_").unwrap_err();
    assert!(
        undefined.to_string().contains("undefined found"),
        "{undefined}"
    );
    let null = raw::<bool>(b"0").unwrap_err();
    assert!(null.to_string().contains("null found"), "{null}");
    for body in [&b"T"[..], b"'_,\x01"] {
        assert!(raw::<BTreeMap<String, u8>>(body).is_err());
        assert!(raw::<Pair>(body).is_err());
    }
    assert!(raw::<Vec<u8>>(b"o{\x00").is_err());
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Pair {
    a: u8,
    b: u8,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Name(String);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Tuple(u8, Name);

#[test]
fn structs_of_every_kind_are_read() {
    raw::<Unit>(b"_").unwrap();
    let tuple = Tuple(1, Name("x".into()));
    assert_eq!(
        from_bytes::<Tuple>(to_value(&tuple).unwrap().bytes()).unwrap(),
        tuple
    );
    assert_eq!(
        raw::<Vec<Name>>(b"'\"\x01x,\x01").unwrap(),
        [Name("x".into())]
    );
    let keys: BTreeMap<Name, u8> = raw(b"o\"\x01xI\x02U\x05I\x04{\x02").unwrap();
    assert_eq!(keys[&Name("5".into())], 2);
    let double: BTreeMap<String, u8> = raw(b"oN\0\0\0\0\0\0\xE0\x41I\x02{\x01").unwrap();
    assert_eq!(double["2147483648"], 1);
    let wide: BTreeMap<u128, u8> = raw(b"o\"\x1436893488147419103232I\x02{\x01").unwrap();
    assert!(wide.contains_key(&(1 << 65)));
    let low: BTreeMap<i128, u8> = raw(b"o\"\x15-36893488147419103232I\x02{\x01").unwrap();
    assert!(low.contains_key(&-(1 << 65)));
    assert_eq!(raw::<Vec<Byte>>(b"B\x02ab").unwrap(), [Byte(97), Byte(98)]);
    assert!(raw::<f64>(b"N\0\0\0\0\0\0\0\x7C").unwrap() > 1e200);
    assert!(raw::<u128>(b"N\0\0\0\0\0\0\0\x7C").is_err());
}

#[derive(Debug, PartialEq, Deserialize)]
struct Byte(u8);

#[test]
fn objects_that_are_shared_are_read_at_each_place() {
    let map: (BTreeMap<String, u8>, BTreeMap<String, u8>) =
        raw(b"A\x02o\"\x01aI\x02{\x01^\x01$\x00\x02").unwrap();
    assert_eq!(map.0, map.1);
    let bytes: (serde_bytes::ByteBuf, serde_bytes::ByteBuf) =
        raw(b"A\x02B\x02ab^\x01$\x00\x02").unwrap();
    assert_eq!(bytes.0, bytes.1);
    let lists: (Vec<u8>, Vec<u8>) = raw(b"A\x02A\x01I\x02$\x00\x01^\x01$\x00\x02").unwrap();
    assert_eq!(lists.0, lists.1);
    // The view's own reference, and one to its buffer, in either order.
    let views: (Vec<u8>, Vec<u8>, Vec<u8>) =
        raw(b"A\x03B\x03abcVB\x01\x02\x00^\x01^\x02$\x00\x03").unwrap();
    assert_eq!(views, (b"bc".to_vec(), b"abc".to_vec(), b"bc".to_vec()));
    let not_a_buffer = raw::<(IgnoredAny, Vec<u8>)>(b"A\x02o{\x00^\x01VB\x00\x00\x00$\x00\x02");
    assert!(not_a_buffer.is_err());
}

#[test]
fn a_reference_leads_to_an_object_that_has_begun() {
    for (body, why) in [
        // To a view, where only a buffer can be viewed.
        (
            &b"A\x03B\x01aVB\x00\x01\x00^\x02VB\x00\x01\x00^\x01$\x00\x03"[..],
            "byte 0x56",
        ),
        // To what comes later.
        (b"A\x02^\x02o{\x00$\x00\x02", "reference to object 2"),
        // To itself, which is none.
        (b"^\x00", "reference to object 0"),
        (
            b"A\x01^\xFF\xFF\xFF\xFF\x0F$\x00\x01",
            "reference to object 4294967295",
        ),
        // Of a wasm memory's buffer to an object that is no memory.
        (
            b"A\x02o{\x00m\x14\x00u\x00r^\x01$\x00\x02",
            "of another memory",
        ),
    ] {
        let bytes = [&[0xFF, 16], body].concat();
        let error = document::read(&bytes).unwrap_err();
        assert!(
            error.to_string().contains(why),
            "{}: {error}",
            body.escape_ascii()
        );
        assert!(raw::<serde_json::Value>(body).is_err());
        assert!(raw::<Vec<serde_bytes::ByteBuf>>(body).is_err());
        assert!(nano_proto::validate(&bytes, &Validation::default().with_local(true)).is_err());
    }
}

#[test]
fn an_entry_of_a_map_is_taken_whole() {
    let more = raw::<Vec<Vec<u8>>>(b";I\x02I\x04:\x02").unwrap();
    assert_eq!(more, [[1, 2]]);
    let fewer = raw::<Vec<First<0>>>(b";I\x02I\x04:\x02").unwrap_err();
    assert!(
        fewer.to_string().contains("an entry of a Map is a pair"),
        "{fewer}"
    );
    let odd = raw::<Vec<(u8, u8)>>(b";I\x02:\x01").unwrap_err();
    assert!(
        odd.to_string().contains("where a value is wanted") || odd.to_string().contains("0x3a"),
        "{odd}"
    );
}

#[test]
fn a_path_names_keys_of_every_form() {
    for (body, path) in [
        (&b"oI\x06T{\x01"[..], "[3]"),
        (b"oU\x06T{\x01", "[?]"),
        (b"oN\0\0\0\0\0\0\xE0\x41T{\x01", "[?]"),
        (b"o\"\x01aT{\x01", ".a"),
        (b"oc\x02\xAC\x20T{\x01", ".\u{20ac}"),
        (b"oS\x02\xC3\xA9T{\x01", ".\u{e9}"),
        (b"o?\x05\"\x01aT{\x01", ".a"),
    ] {
        let error = raw::<BTreeMap<String, u8>>(body).unwrap_err();
        assert_eq!(error.path(), path, "{}", body.escape_ascii());
    }
}

/// Takes the first part of a map, or none, and leaves the rest.
#[derive(Debug)]
struct First<const N: usize>(usize);

impl<'de, const N: usize> Deserialize<'de> for First<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Taker<const N: usize>;
        impl<'de, const N: usize> Visitor<'de> for Taker<N> {
            type Value = First<N>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<First<N>, A::Error> {
                let mut taken = 0;
                while taken < N && map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    taken += 1;
                }
                Ok(First(taken))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, _seq: A) -> Result<First<N>, A::Error> {
                Ok(First(0))
            }
        }
        deserializer.deserialize_any(Taker)
    }
}

#[test]
fn what_a_visitor_leaves_of_a_map_is_passed_over() {
    let after: (First<1>, u8) =
        raw(b"A\x02o\"\x01aI\x02\"\x01bA\x00$\x00\x00{\x02I\x0E$\x00\x02").unwrap();
    assert_eq!((after.0.0, after.1), (1, 7));
    for body in [
        &b"A\x02rTm\"\x01ms\"\x01sco{\x00.I\x0E$\x00\x02"[..],
        b"A\x02r.I\x0E$\x00\x02",
    ] {
        let (none, after): (First<0>, u8) = raw(body).unwrap();
        assert_eq!((none.0, after), (0, 7));
        let (all, after): (First<9>, u8) = raw(body).unwrap();
        assert!(all.0 >= 1);
        assert_eq!(after, 7);
    }
    // What is left of an array is an error: a tuple of another length is another type.
    assert!(raw::<First<0>>(b"A\x01_$\x00\x01").is_err());
}

#[test]
fn an_errors_parts_are_read_as_what_is_asked_for() {
    #[derive(Debug, PartialEq, Deserialize)]
    enum Class {
        TypeError,
    }
    #[derive(Debug, Deserialize)]
    struct Thrown {
        name: Class,
        message: Name,
        stack: Option<String>,
    }
    let thrown: Thrown = raw(b"rTm\"\x01m.").unwrap();
    assert_eq!(
        (thrown.name, thrown.message.0.as_str()),
        (Class::TypeError, "m")
    );
    assert_eq!(thrown.stack, None);
    assert!(raw::<Thrown>(b"rm\"\x01m.").is_err());
    assert!(raw::<Thrown>(b"rx").is_err());
    assert!(raw::<BTreeMap<String, IgnoredAny>>(b"rc_x").is_err());
}

#[test]
fn large_values_are_handed_out_without_a_copy_and_small_ones_after_them_too() {
    let large = "x".repeat(100_000);
    let value = to_value(&large).unwrap();
    assert_eq!(from_bytes::<String>(value.bytes()).unwrap(), large);
    assert_eq!(to_value(&1).unwrap().bytes().as_ref(), b"\xFF\x10I\x02");
}

#[test]
fn what_is_shared_within_a_process_does_not_leave_it() {
    let shared = Transfer::Shared(Shared(std::sync::Arc::new(())));
    let value = Value::undefined().with_transfers(vec![shared]);
    let bytes = Envelope::new(nano_proto::CallId(1), nano_proto::Body::Post(value)).encode();
    let error = Envelope::decode(&bytes, &Validation::default()).unwrap_err();
    assert!(
        error.to_string().contains("does not leave its process"),
        "{error}"
    );
}

#[test]
fn a_trace_state_that_is_too_long_is_refused() {
    let mut bytes = b"nE\x01\x01\0\0\0\x01".to_vec();
    bytes.extend([1; 25]);
    bytes.extend([0x81, 0x04]);
    bytes.extend([b'x'; 513]);
    bytes.push(4);
    let error = Envelope::decode_slice(&bytes, &Validation::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("bytes of text: 513, at most 512"),
        "{error}"
    );
}
