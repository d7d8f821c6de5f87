use super::*;
use crate::address::{IsolateId, PortId};
use crate::error::{EncodeError, EncodeErrorKind, JsError, LimitExceeded, Undelivered};
use crate::limits::LimitKind;
use crate::value::{Shared, SharedBytes, Transfer};
use crate::wire::Coded as _;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

fn comes_back(envelope: &Envelope) -> Bytes {
    let bytes = envelope.encode();
    let decoded = Envelope::decode(&bytes, &Validation::default()).unwrap();
    assert_eq!(&decoded, envelope);
    let copied = Envelope::decode_slice(&bytes, &Validation::default()).unwrap();
    assert_eq!(&copied, envelope);
    bytes
}

fn of(body: Body) -> Envelope {
    Envelope::new(CallId(1), body)
}

fn limit(kind: LimitKind) -> LimitExceeded {
    LimitExceeded {
        limit: kind,
        used: 300,
        allowed: 200,
    }
}

#[test]
fn every_part_of_a_frame_comes_back() {
    let value = crate::to_value(&("x", 1)).unwrap().with_transfers(vec![
        Transfer::ArrayBuffer(Bytes::from_static(b"moved")),
        Transfer::Resizable {
            bytes: Bytes::from_static(b"may grow"),
            max_bytes: 64,
        },
        Transfer::Immutable(SharedBytes::from(b"stays".to_vec())),
        Transfer::Port(PortId::new(IsolateId::new(2, 1), 9)),
    ]);
    let mut envelope = of(Body::Ask {
        entry: "f".into(),
        value: value.clone(),
    });
    envelope.sender = Some(IsolateId::new(1, 2).into());
    envelope.target = Some(PortId::new(IsolateId::new(3, 4), 5).into());
    envelope.deadline_ms = Some(30_000);
    envelope.trace = TraceContext::new([1; 16], [2; 8], 1).map(|trace| trace.with_state("a=b"));
    comes_back(&envelope);
    envelope.body = Body::Tell {
        entry: "g".into(),
        value: value.clone(),
    };
    comes_back(&envelope);
    comes_back(&of(Body::Post(value.clone())));
    comes_back(&of(Body::Reply {
        value: value.clone(),
        receipt: None,
    }));
    let receipt = Receipt {
        cpu: Duration::from_micros(5),
        wall: Duration::from_millis(7),
        operations: 3,
        ..Receipt::default()
    };
    comes_back(&of(Body::Reply {
        value,
        receipt: Some(receipt),
    }));
    for body in [Body::Cancel, Body::Watch, Body::Unwatch] {
        comes_back(&of(body));
    }
}

#[test]
fn every_error_comes_back() {
    let decode = crate::from_value::<(u8, u8)>(&crate::to_value(&(1, "x")).unwrap()).unwrap_err();
    assert_eq!(decode.path(), "[1]");
    let encode = EncodeError::data_clone("no");
    let mut thrown = JsError::new("TypeError", "m");
    thrown.file = Some("f.js".into());
    thrown.line = Some(1);
    thrown.value = Some(crate::to_value(&5).unwrap());
    thrown.cause = Some(Box::new(JsError::new("Error", "inner")));
    thrown.errors = vec![JsError::new("A", ""), JsError::new("B", "")];
    let exits = [
        ExitReason::Normal,
        ExitReason::Stopped,
        ExitReason::Killed,
        ExitReason::Threw(thrown.clone()),
        ExitReason::Limit(limit(LimitKind::Heap)),
        ExitReason::LinkDied {
            isolate: IsolateId::new(1, 1),
            reason: Box::new(ExitReason::Panicked("p".into())),
        },
        ExitReason::StartFailed(thrown.clone()),
        ExitReason::RestartsExhausted {
            restarts: 3,
            within_ms: 5_000,
        },
        ExitReason::Shutdown,
        ExitReason::Lost("gone".into()),
    ];
    let whys = [
        Undelivered::NotRunning(None),
        Undelivered::NotRunning(Some(Box::new(ExitReason::Killed))),
        Undelivered::MailboxFull { allowed: 1024 },
        Undelivered::NoSuchHandler("f".into()),
        Undelivered::NoSuchName("n".into()),
        Undelivered::Encode(encode.clone()),
        Undelivered::TooLarge(limit(LimitKind::Message)),
        Undelivered::Refused(limit(LimitKind::PendingCalls)),
        Undelivered::Invalid(decode.clone()),
        Undelivered::ShuttingDown,
        Undelivered::Expired,
        Undelivered::Unreachable("host".into()),
    ];
    let failures = [
        AskError::Threw(thrown),
        AskError::Limit(limit(LimitKind::Cpu)),
        AskError::Timeout {
            after_ms: 5,
            started: true,
        },
        AskError::Cancelled,
        AskError::Decode(decode),
        AskError::ReplyNotCloneable(encode),
    ];
    for exit in exits {
        comes_back(&of(Body::Exit(exit.clone())));
        comes_back(&of(Body::Failure(AskError::Unknown(exit))));
    }
    for why in whys {
        let error = AskError::not_delivered(why, crate::to_value("back").unwrap());
        comes_back(&of(Body::Failure(error)));
    }
    for failure in failures {
        comes_back(&of(Body::Failure(failure)));
    }
    for kind in LimitKind::ALL {
        comes_back(&of(Body::Exit(ExitReason::Limit(limit(*kind)))));
    }
}

#[test]
fn a_buffer_is_shared_not_copied() {
    let body = Body::Post(
        Value::undefined().with_transfers(vec![Transfer::ArrayBuffer(Bytes::from(vec![7; 100]))]),
    );
    let bytes = comes_back(&of(body));
    let decoded = Envelope::decode(&bytes, &Validation::default()).unwrap();
    let Body::Post(value) = decoded.body else {
        panic!("{decoded:?}")
    };
    let [Transfer::ArrayBuffer(buffer)] = value.transfers() else {
        panic!("{value:?}")
    };
    assert!(bytes.as_ptr_range().contains(&buffer.as_ptr()));
}

#[test]
fn what_isolates_share_does_not_leave_the_process() {
    let shared = Transfer::Shared(Shared(Arc::new(5_u8)));
    let buffer = Value::new(Bytes::from_static(b"\xFF\x10u\x00")).with_transfers(vec![shared]);
    let bytes = of(Body::Post(buffer)).encode();
    let error = Envelope::decode(&bytes, &Validation::default()).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("does not leave its process"), "{text}");
    // Nor does its tag alone, with something else in the list.
    let forged = Value::new(Bytes::from_static(b"\xFF\x10u\x00"))
        .with_transfers(vec![Transfer::ArrayBuffer(Bytes::from_static(b"moved"))]);
    let bytes = of(Body::Post(forged)).encode();
    let error = Envelope::decode(&bytes, &Validation::default()).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("a SharedArrayBuffer crosses only"), "{text}");
}

#[test]
fn maxima_of_resizable_buffers_are_true_and_bounded() {
    let post = |maxima: &[u64]| {
        let transfers = maxima.iter().map(|&max_bytes| Transfer::Resizable {
            bytes: Bytes::from_static(b"12345"),
            max_bytes,
        });
        let value = Value::undefined().with_transfers(transfers.collect());
        let bytes = of(Body::Post(value)).encode();
        Envelope::decode(&bytes, &Validation::default().with_resizable_bytes(100))
    };
    assert!(post(&[50, 50]).is_ok());
    for maxima in [&[50, 51][..], &[u64::MAX, u64::MAX], &[4]] {
        assert!(post(maxima).is_err(), "{maxima:?}");
    }
}

#[test]
fn chains_of_errors_are_cut_and_read_no_deeper() {
    let mut thrown = JsError::new("Error", "0");
    for level in 1..100 {
        let mut outer = JsError::new("Error", level.to_string());
        outer.cause = Some(Box::new(thrown));
        thrown = outer;
    }
    let bytes = of(Body::Failure(AskError::Threw(thrown))).encode();
    let decoded = Envelope::decode(&bytes, &Validation::default()).unwrap();
    let Body::Failure(AskError::Threw(mut error)) = decoded.body else {
        panic!("{decoded:?}")
    };
    let mut levels = 1;
    while let Some(cause) = error.cause.take() {
        error = *cause;
        levels += 1;
    }
    assert_eq!(levels, JsError::MAX_DEPTH + 1);

    let link = |reason| ExitReason::LinkDied {
        isolate: IsolateId::new(0, 0),
        reason,
    };
    let mut exit = ExitReason::Killed;
    for _ in 0..100 {
        exit = link(Box::new(exit));
    }
    let bytes = of(Body::Exit(exit)).encode();
    let decoded = Envelope::decode(&bytes, &Validation::default()).unwrap();
    assert!(format!("{decoded:?}").contains("cut off"));

    let head = [
        b"nE\x01\x01\0\0\0\0\x05".as_slice(),
        &[5, 0].repeat(5_000),
        &[2],
    ]
    .concat();
    let error = Envelope::decode_slice(&head, &Validation::default()).unwrap_err();
    assert!(error.to_string().contains("levels of nesting"), "{error}");
}

#[test]
fn values_are_validated_wherever_they_are() {
    let bad = Value::new(Bytes::from_static(b"\xFF\x10p\x00"));
    let mut thrown = JsError::new("Error", "");
    thrown.value = Some(bad.clone());
    for body in [
        Body::Post(bad.clone()),
        Body::Failure(AskError::Threw(thrown)),
        Body::Failure(AskError::not_delivered(Undelivered::ShuttingDown, bad)),
    ] {
        let bytes = of(body).encode();
        let error = Envelope::decode(&bytes, &Validation::default()).unwrap_err();
        assert_eq!(bytes[error.offset() as usize], b'p', "{error}");
    }
}

#[test]
fn what_is_no_envelope_is_refused() {
    let refused = |bytes: &[u8], why: &str| {
        let error = Envelope::decode_slice(bytes, &Validation::default()).unwrap_err();
        assert!(error.to_string().contains(why), "{why}: {error}");
    };
    refused(b"", "the input ends");
    refused(b"XX\x01", "not an envelope");
    refused(b"nE\x02", "envelope version 2");
    refused(b"nE\x01\x01\x02", "0 or 1");
    refused(b"nE\x01\x01\x01\x02", "address of unknown kind 2");
    refused(b"nE\x01\x01\0\0\0\0\x63", "envelope of unknown kind 99");
    refused(b"nE\x01\x01\0\0\0\0\x04\0", "1 bytes follow");
    refused(
        b"nE\x01\x01\0\0\0\0\x05\x04\x63\0\0",
        "limit of unknown kind 99",
    );
    refused(b"nE\x01\x01\0\0\0\0\x05\x0A\x01\xFF", "not UTF-8");
    refused(
        b"nE\x01\x01\0\0\0\0\x08\x01\x05",
        "transfer of unknown kind 5",
    );
    let zeros = [b"nE\x01\x01\0\0\0\x01".as_slice(), &[0; 26], &[4]].concat();
    refused(&zeros, "id of zeros");
    let ask = of(Body::Ask {
        entry: "x".repeat(1025),
        value: Value::undefined(),
    });
    refused(&ask.encode(), "bytes of an entry's name: 1025");
    let small = Validation::default().with_input_bytes(10);
    let large = of(Body::Exit(ExitReason::Lost("x".repeat(70_000)))).encode();
    let error = Envelope::decode(&large, &small).unwrap_err();
    assert!(error.to_string().contains("bytes of envelope"), "{error}");
}

#[test]
fn every_variant_of_every_part_is_in_the_corpus() {
    let mut met = BTreeSet::new();
    let options = Validation::default();
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/corpus/envelope");
    for entry in std::fs::read_dir(corpus).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let mut from = Take::new(&bytes, None, &options);
        // Some are there to be refused: what was met until then counts.
        let _ = Envelope::read(&mut from);
        met.extend(from.met);
    }
    for (what, codes) in [
        Address::CODES,
        AskError::CODES,
        Body::CODES,
        DecodeErrorKind::CODES,
        EncodeErrorKind::CODES,
        ExitReason::CODES,
        Transfer::CODES,
        Undelivered::CODES,
    ] {
        for &code in codes {
            assert!(met.contains(&(what, code)), "{what} {code} is in no seed");
        }
    }
}
