//! Every JavaScript value as Rust data, with its sharing and its cycles.
//!
//! A [`Document`] is an arena: nodes refer to each other by [`NodeId`], so nothing recurses, not
//! even when it is dropped. [`read`] then [`write()`] gives back the same bytes for whatever V8
//! writes. Use it to inspect, change or compare values; for Rust types,
//! [`from_value`](crate::from_value) is far quicker.
//!
//! ```
//! use nano_proto::value::document::{self, Node};
//!
//! let value = nano_proto::to_value(&("a", 1))?;
//! let document = document::read(value.bytes())?;
//! assert!(matches!(document.root_node(), Node::Array { elements, .. } if elements.len() == 2));
//! assert_eq!(document::write(&document)?, value.bytes());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What it does not keep: padding and counts that V8 ignores, `U` numbers and UTF-8 strings, which
//! V8 reads but does not write; version 15, which becomes 16. A RegExp or a key that V8 would
//! refuse is kept as it is.
//!
//! A shared buffer of a wasm memory that JavaScript may grow (`toResizableBuffer`) is read only
//! inside its memory: on its own, its bytes look like a buffer and an error.

mod bigint;
mod kind;
mod node;
mod read;
mod text;
mod write;

use bytes::Bytes;

pub use self::bigint::BigInt;
pub(crate) use self::bigint::magnitude;
pub use self::kind::{ErrorKind, ViewKind};
pub use self::node::{Key, Node, NodeId, Properties, WasmBuffer};
pub use self::read::read;
pub use self::text::JsString;
use crate::error::{EncodeError, EncodeErrorKind};

/// A value: nodes, and which of them is the root.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    nodes: Vec<Node>,
    root: NodeId,
}

impl Document {
    /// A document of one node.
    pub fn new(root: Node) -> Self {
        Self {
            nodes: vec![root],
            root: NodeId(0),
        }
    }

    /// Adds a node and tells its place. It belongs to the value once another node or the root
    /// refers to it.
    ///
    /// # Errors
    ///
    /// After 2^32 - 1 nodes.
    pub fn push(&mut self, node: Node) -> Result<NodeId, EncodeError> {
        let length = self.nodes.len();
        match u32::try_from(length) {
            Ok(index) if index != u32::MAX => {
                self.nodes.push(node);
                Ok(NodeId(index))
            }
            _ => Err(EncodeError::new(
                0,
                EncodeErrorKind::TooLong {
                    what: "document".into(),
                    length: length as u64,
                    allowed: u64::from(u32::MAX - 1),
                },
            )),
        }
    }

    /// The place of the root.
    pub const fn root(&self) -> NodeId {
        self.root
    }

    /// Makes another node the root.
    pub const fn set_root(&mut self, root: NodeId) {
        self.root = root;
    }

    /// The root itself; `undefined` should its place not exist.
    pub fn root_node(&self) -> &Node {
        self.node(self.root).unwrap_or(&Node::Undefined)
    }

    /// The node at a place of this document.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0 as usize)
    }

    /// The node at a place of this document, to be changed.
    pub fn node_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(id.0 as usize)
    }

    /// All nodes, in the order of their places.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The value of a property of a plain object.
    pub fn property(&self, object: NodeId, key: &str) -> Option<NodeId> {
        let (Node::Object(properties)
        | Node::Array { properties, .. }
        | Node::SparseArray { properties, .. }) = self.node(object)?
        else {
            return None;
        };
        properties
            .iter()
            .find(|(name, _)| name.to_text() == key)
            .map(|(_, value)| *value)
    }
}

/// Writes a document as V8 would: version 16, every object once, `undefined` nowhere that it was
/// not asked for.
///
/// # Errors
///
/// When a node refers to none, a view to something that is no buffer, or a length does not fit.
pub fn write(document: &Document) -> Result<Bytes, EncodeError> {
    write::write(document)
}

#[cfg(test)]
mod tests;
