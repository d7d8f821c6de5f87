use super::*;
use crate::value::host::HostObject;
use bytes::Bytes;

fn refused(document: &Document) -> String {
    write(document).unwrap_err().to_string()
}

#[test]
fn a_document_is_built_and_looked_at() {
    let mut document = Document::new(Node::Undefined);
    let leaf = document.push(Node::String("€".into())).unwrap();
    let root = document
        .push(Node::Object(vec![
            ("a".into(), leaf),
            ("7".into(), leaf),
            ("4294967294".into(), leaf),
        ]))
        .unwrap();
    document.set_root(root);
    assert_eq!(document.property(root, "7"), Some(leaf));
    assert_eq!(document.property(root, "4294967294"), Some(leaf));
    assert_eq!(document.property(root, "b"), None);
    assert_eq!(document.property(leaf, "b"), None);
    let array = document
        .push(Node::Array {
            elements: vec![None],
            properties: vec![("index".into(), leaf)],
        })
        .unwrap();
    assert_eq!(document.property(array, "index"), Some(leaf));
    let sparse = document
        .push(Node::SparseArray {
            length: 9,
            properties: vec![("3".into(), leaf)],
        })
        .unwrap();
    assert_eq!(document.property(sparse, "3"), Some(leaf));
    assert_eq!(document.nodes().len(), 5);
    let bytes = write(&document).unwrap();
    let again = read(&bytes).unwrap();
    assert_eq!(
        again
            .property(again.root(), "a")
            .and_then(|id| again.node(id)),
        Some(&Node::String("€".into()))
    );
}

#[test]
fn impossible_documents_are_refused() {
    let mut document = Document::new(Node::Set(Vec::new()));
    let leaf = document.push(Node::Null).unwrap();
    let view = |buffer| Node::View {
        kind: ViewKind::Uint8,
        buffer,
        offset: 0,
        length: 0,
        length_tracking: true,
        backed_by_resizable: true,
    };
    let mut put = |node| {
        *document.node_mut(document.root()).unwrap() = node;
        refused(&document)
    };
    assert!(put(view(leaf)).contains("no buffer"));
    assert!(put(Node::Set(vec![NodeId(9)])).contains("node 9: there is no such node"));
    assert!(put(view(NodeId(9))).contains("no such node"));
    assert!(
        put(Node::ResizableArrayBuffer {
            bytes: Bytes::from_static(b"ab"),
            max: 1
        })
        .contains("maximum")
    );
    let memory = |buffer| Node::WasmMemory {
        maximum_pages: -1,
        memory64: false,
        buffer,
    };
    assert!(put(memory(leaf)).contains("without its shared buffer"));
    let growable = Node::SharedArrayBuffer {
        id: 0,
        wasm: Some(WasmBuffer::Resizable(leaf)),
    };
    assert!(put(growable).contains("outside its memory"));
    let long = Node::BigInt(BigInt::new(false, vec![0; (1 << 27) + 8]));
    assert!(put(long).contains("BigInt"));
    document.set_root(NodeId(7));
    assert_eq!(document.root_node(), &Node::Undefined);
    assert!(refused(&document).contains("no such node"));
}

#[test]
fn a_growable_wasm_buffer_belongs_to_its_own_memory() {
    let mut document = Document::new(Node::Null);
    let other = document.push(Node::Null).unwrap();
    let buffer = document.push(Node::Null).unwrap();
    let root = document.root();
    *document.node_mut(root).unwrap() = Node::WasmMemory {
        maximum_pages: 10,
        memory64: true,
        buffer,
    };
    let shared = |memory| Node::SharedArrayBuffer {
        id: 1,
        wasm: Some(WasmBuffer::Resizable(memory)),
    };
    *document.node_mut(buffer).unwrap() = shared(other);
    assert!(refused(&document).contains("another memory"));
    *document.node_mut(buffer).unwrap() = shared(root);
    assert_eq!(
        write(&document).unwrap()[..],
        *b"\xFF\x10m\x14\x01u\x01r^\x00"
    );
}

#[test]
fn bigints_of_every_size_are_numbers_or_not() {
    for value in [0, 1, -1, i128::MIN, i128::MAX, 1 << 64] {
        assert_eq!(BigInt::from(value).to_i128(), Some(value));
    }
    assert_eq!(BigInt::from(-5).digits().len(), 8);
    assert!(BigInt::from(-5).is_negative());
    assert_eq!(BigInt::new(true, Vec::new()), BigInt::from(0));
    assert_eq!(BigInt::new(false, vec![0xFF; 24]).to_i128(), None);
    assert_eq!(BigInt::new(false, vec![0xFF; 16]).to_i128(), None);
    assert_eq!(
        BigInt::new(false, [vec![5], vec![0; 23]].concat()).to_i128(),
        Some(5)
    );
}

#[test]
fn strings_and_keys_choose_their_form() {
    assert_eq!(JsString::from("é"), JsString::OneByte([0xE9].into()));
    assert_eq!(JsString::from("€").len(), 1);
    assert!(JsString::from("").is_empty());
    assert_eq!(JsString::TwoByte([0xD800].into()).to_text(), "\u{FFFD}");
    assert_eq!(Key::from("5"), Key::Int32(5));
    assert_eq!(Key::from("3000000000").to_text(), "3000000000");
    assert_eq!(Key::from("05").to_text(), "05");
    assert_eq!(Key::Int32(-1).to_text(), "-1");
    assert_eq!(Node::number(2.0), Node::Int32(2));
    assert_eq!(Node::number(2.5), Node::Number(2.5));
}

#[test]
fn objects_are_written_once_and_primitives_each_time() {
    let mut document = Document::new(Node::Null);
    let host = document
        .push(Node::Host(HostObject::Actor(crate::IsolateId::new(1, 0))))
        .unwrap();
    let shared = document.push(Node::SharedObject(2)).unwrap();
    let text = document.push(Node::String("x".into())).unwrap();
    let root = document.root();
    *document.node_mut(root).unwrap() =
        Node::Set(vec![host, host, text, text, shared, shared, root]);
    let bytes = write(&document).unwrap();
    assert_eq!(
        bytes[..],
        *b"\xFF\x10'\\\x01\x01^\x01\"\x01x\"\x01xp\x02p\x02^\x00,\x07"
    );
    assert_eq!(write(&read(&bytes).unwrap()).unwrap(), bytes);
}

#[test]
fn an_aggregate_error_holds_itself_and_what_others_hold() {
    let mut document = Document::new(Node::Null);
    let root = document.root();
    let error = |cause, errors| Node::AggregateError {
        message: None,
        stack: None,
        cause,
        errors,
    };
    let shared = document.push(Node::Object(Vec::new())).unwrap();
    let inner = document.push(error(None, Some(root))).unwrap();
    let list = vec![Some(root), Some(shared), Some(inner)];
    let list = Node::Array {
        elements: list,
        properties: Vec::new(),
    };
    let list = document.push(list).unwrap();
    let outer = document.push(error(Some(shared), Some(list))).unwrap();
    *document.node_mut(root).unwrap() = Node::Set(vec![outer, shared]);
    let bytes = write(&document).unwrap();
    assert_eq!(
        bytes[..],
        *b"\xFF\x10'\\\x03\x0Co{\x00,\x02^\x02A\x03^\x00^\x02\\\x03\x08$\x00\x03^\x00"
    );
    let again = read(&bytes).unwrap();
    assert_eq!(write(&again).unwrap(), bytes);
    let Node::Set(members) = again.root_node() else {
        panic!("{again:?}")
    };
    let Some(Node::AggregateError { cause, errors, .. }) = again.node(members[0]) else {
        panic!("{again:?}")
    };
    assert_eq!(*cause, Some(members[1]));
    let Some(Node::Array { elements, .. }) = again.node(errors.unwrap()) else {
        panic!("{again:?}")
    };
    assert_eq!(elements[..2], [Some(again.root()), Some(members[1])]);
}
