//! Documents at random: nodes that refer to any other of their document, themselves included. Used
//! by the property tests here and, against V8 itself, by `tests/behaviour/codec.rs`.

use bytes::Bytes;
use nano_proto::value::document::{
    BigInt, Document, ErrorKind, JsString, Node, NodeId, Properties, ViewKind,
};
use nano_proto::value::host::HostObject;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// How many nodes a document has.
const NODES: usize = 12;

/// What those that use this differ in: one wants whatever the bytes can say, the other only what V8
/// keeps as it is.
pub struct Parts {
    pub text: BoxedStrategy<JsString>,
    pub double: BoxedStrategy<f64>,
    pub big: BoxedStrategy<BigInt>,
    pub time: BoxedStrategy<f64>,
    pub stack: BoxedStrategy<Option<JsString>>,
    pub properties: BoxedStrategy<Properties>,
}

impl Parts {
    /// Nodes without children.
    pub fn leaf(&self) -> impl Strategy<Value = Node> + use<> {
        let Self {
            text, double, big, ..
        } = self;
        let exception = (text.clone(), text.clone(), text.clone());
        prop_oneof![
            Just(Node::Undefined),
            Just(Node::Null),
            any::<bool>().prop_map(Node::Bool),
            any::<i32>().prop_map(Node::Int32),
            big.clone().prop_map(Node::BigInt),
            text.clone().prop_map(Node::String),
            self.time.clone().prop_map(Node::Date),
            any::<bool>().prop_map(Node::BoxedBool),
            double.clone().prop_map(Node::BoxedNumber),
            big.clone().prop_map(Node::BoxedBigInt),
            text.clone().prop_map(Node::BoxedString),
            exception.prop_map(|(name, message, stack)| {
                Node::Host(HostObject::DomException {
                    name,
                    message,
                    stack,
                })
            }),
            bytes().prop_map(Node::ArrayBuffer),
            (bytes(), 64_u64..4096)
                .prop_map(|(bytes, max)| Node::ResizableArrayBuffer { bytes, max }),
        ]
    }

    /// Nodes with children, but arrays, `Map`s and `Set`s.
    pub fn container(&self) -> impl Strategy<Value = Node> + use<> {
        let error = (
            select(ErrorKind::ALL),
            option::of(self.text.clone()),
            self.stack.clone(),
            option::of(child()),
        );
        let many = (
            option::of(self.text.clone()),
            self.stack.clone(),
            option::of(child()),
            option::of(child()),
        );
        let view = (select(ViewKind::ALL), child(), 0_u64..8, 0_u64..8);
        prop_oneof![
            self.properties.clone().prop_map(Node::Object),
            error.prop_map(|(kind, message, stack, cause)| Node::Error {
                kind,
                message,
                stack,
                cause
            }),
            many.prop_map(|(message, stack, cause, errors)| Node::AggregateError {
                message,
                stack,
                cause,
                errors,
            }),
            view.prop_map(|(kind, buffer, offset, length)| Node::View {
                kind,
                buffer,
                offset: offset * kind.element_size(),
                length: length * kind.element_size(),
                length_tracking: false,
                backed_by_resizable: false,
            }),
        ]
    }
}

pub fn bytes() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..64).prop_map(Bytes::from)
}

/// Any node of a document.
pub fn child() -> impl Strategy<Value = NodeId> {
    select(blank().1)
}

/// The places of a document.
fn blank() -> (Document, Vec<NodeId>) {
    let mut document = Document::new(Node::Undefined);
    let mut ids = vec![document.root()];
    ids.extend((1..NODES).map(|_| document.push(Node::Undefined).unwrap()));
    (document, ids)
}

/// Documents of such nodes.
pub fn documents(node: impl Strategy<Value = Node>) -> impl Strategy<Value = Document> {
    vec(node, NODES).prop_map(|nodes| {
        let (mut document, ids) = blank();
        for (id, node) in ids.iter().zip(nodes) {
            *document.node_mut(*id).unwrap() = node;
        }
        for id in ids {
            put_view_right(&mut document, id);
        }
        document
    })
}

/// A view is of a buffer and within it.
fn put_view_right(document: &mut Document, id: NodeId) {
    let Some(Node::View { buffer, .. }) = document.node(id) else {
        return;
    };
    let buffer = match document.node(*buffer) {
        Some(Node::ArrayBuffer(bytes) | Node::ImmutableArrayBuffer(bytes)) => {
            Some((bytes.len() as u64, false))
        }
        Some(Node::ResizableArrayBuffer { bytes, .. }) => Some((bytes.len() as u64, true)),
        _ => None,
    };
    let node = document.node_mut(id).unwrap();
    match (buffer, &mut *node) {
        (
            Some((room, resizable)),
            Node::View {
                offset,
                length,
                backed_by_resizable,
                ..
            },
        ) => {
            *backed_by_resizable = resizable;
            if *offset + *length > room {
                (*offset, *length) = (0, 0);
            }
        }
        _ => *node = Node::Null,
    }
}
