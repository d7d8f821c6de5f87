//! Isolate addresses as values of messages.

use bytes::Bytes;
use nano_proto::value::document::{self, Document, Node};
use nano_proto::value::host::HostObject;
use nano_proto::{IsolateId, Value};

/// A value that arrives in JavaScript as an `Actor`: how Rust introduces one isolate to another.
pub fn actor_value(id: IsolateId) -> Value {
    let actor = Document::new(Node::Host(HostObject::Actor(id)));
    // A document of one address has nothing that could be too long or too deep.
    Value::new(document::write(&actor).unwrap_or_else(|_| Bytes::new()))
}
