//! Isolate addresses as values of messages.

use bytes::Bytes;
use nano_proto::value::document::{self, Document, Node};
use nano_proto::value::host::HostObject;
use nano_proto::{IsolateId, Value};

/// A value that arrives in JavaScript as an `Actor`: how Rust introduces one isolate to another. Both are of one
/// runtime: an address from another one means an isolate of the receiver's own runtime, or none.
pub fn actor_value(id: IsolateId) -> Value {
    let actor = Document::new(Node::Host(HostObject::Actor(id)));
    // A document of one address has nothing that could be too long or too deep.
    Value::new(document::write(&actor).unwrap_or_else(|_| Bytes::new()))
}
