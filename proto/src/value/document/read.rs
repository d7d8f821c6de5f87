//! From bytes to a document.

use bytes::Bytes;

use super::{Document, Key, Node, NodeId, Properties, WasmBuffer};
use crate::error::DecodeError;
use crate::value::event::{BufferKind, Event, ViewRef};
use crate::value::host::Part;
use crate::value::tags::{VIEW_BACKED_BY_RESIZABLE, VIEW_LENGTH_TRACKING};
use crate::value::walk::Walker;

/// Reads a whole value of version 15 or 16.
///
/// Nesting takes heap, not stack, and memory is a constant times the input.
///
/// # Errors
///
/// With the byte at which the input is malformed. What V8 would refuse only for its size or its
/// origin, or for a key that occurs twice, is read: see [`validate`](crate::validate) for those.
pub fn read(bytes: &[u8]) -> Result<Document, DecodeError> {
    let mut walker = Walker::whole(bytes, usize::MAX)?;
    let mut reader = Reader {
        nodes: Vec::new(),
        objects: Vec::new(),
        open: Vec::new(),
        root: None,
        part: None,
    };
    while let Some(event) = walker.next()? {
        reader.event(event, walker.at)?;
        debug_assert_eq!(reader.objects.len(), walker.objects() as usize);
    }
    match reader.root {
        Some(root) => Ok(Document {
            nodes: reader.nodes,
            root,
        }),
        None => Err(DecodeError::malformed(walker.cursor.pos, "no value")),
    }
}

/// A container whose contents are being read. Its node is a placeholder until it ends.
enum Open {
    Object(Properties),
    Array {
        elements: Vec<Option<NodeId>>,
        length: usize,
        properties: Properties,
    },
    SparseArray {
        length: u32,
        properties: Properties,
    },
    Map {
        entries: Vec<(NodeId, NodeId)>,
        key: Option<NodeId>,
    },
    Set(Vec<NodeId>),
    /// A node that is there already and lacks only this one value.
    Rest,
}

struct Frame {
    id: NodeId,
    open: Open,
    key: Option<Key>,
}

struct Reader {
    nodes: Vec<Node>,
    /// The nodes of the format's object ids.
    objects: Vec<NodeId>,
    open: Vec<Frame>,
    root: Option<NodeId>,
    /// Behind the root: what the next value is, and of which error.
    part: Option<(NodeId, Part)>,
}

impl Reader {
    fn push(&mut self, node: Node, at: usize) -> Result<NodeId, DecodeError> {
        let index = self.nodes.len();
        let Ok(id) = u32::try_from(index) else {
            return Err(DecodeError::limit(
                at,
                "nodes",
                index as u64,
                u64::from(u32::MAX),
            ));
        };
        self.nodes.push(node);
        Ok(NodeId(id))
    }

    fn object(&mut self, node: Node, at: usize) -> Result<NodeId, DecodeError> {
        let id = self.push(node, at)?;
        self.objects.push(id);
        Ok(id)
    }

    /// Puts a complete value, or a container that begins, where it belongs.
    fn place(&mut self, id: NodeId) {
        let Some(frame) = self.open.last_mut() else {
            match self.part.take() {
                Some((error, part)) => self.attach(error, part, id),
                None => self.root = Some(id),
            }
            return;
        };
        match &mut frame.open {
            Open::Array {
                elements, length, ..
            } if elements.len() < *length => {
                elements.push(Some(id));
            }
            Open::Object(properties)
            | Open::Array { properties, .. }
            | Open::SparseArray { properties, .. } => {
                if let Some(key) = frame.key.take() {
                    properties.push((key, id));
                }
            }
            Open::Map { entries, key } => match key.take() {
                Some(key) => entries.push((key, id)),
                None => *key = Some(id),
            },
            Open::Set(members) => members.push(id),
            Open::Rest => match self.nodes.get_mut(frame.id.0 as usize) {
                Some(Node::Error { cause, .. }) => *cause = Some(id),
                Some(Node::WasmMemory { buffer, .. }) => *buffer = id,
                Some(Node::SharedArrayBuffer { wasm, .. }) => {
                    *wasm = Some(WasmBuffer::Resizable(id));
                }
                _ => {}
            },
        }
    }

    /// Puts a value into the AggregateError that it is a part of.
    fn attach(&mut self, error: NodeId, part: Part, id: NodeId) {
        if let Some(Node::AggregateError { cause, errors, .. }) =
            self.nodes.get_mut(error.0 as usize)
        {
            match part {
                Part::Cause => *cause = Some(id),
                Part::Errors => *errors = Some(id),
            }
        }
    }

    fn begin(&mut self, node: Node, open: Open, at: usize) -> Result<(), DecodeError> {
        let id = self.object(node, at)?;
        self.place(id);
        self.open.push(Frame {
            id,
            open,
            key: None,
        });
        Ok(())
    }

    fn leaf(&mut self, node: Node, at: usize) -> Result<(), DecodeError> {
        let id = if node.is_primitive() || matches!(node, Node::SharedObject(_)) {
            self.push(node, at)?
        } else {
            self.object(node, at)?
        };
        self.place(id);
        Ok(())
    }

    /// A buffer, or a reference to one, and the view that came with it.
    fn viewed(
        &mut self,
        buffer: NodeId,
        view: Option<ViewRef>,
        at: usize,
    ) -> Result<(), DecodeError> {
        let Some(view) = view else {
            self.place(buffer);
            return Ok(());
        };
        let node = Node::View {
            kind: view.kind,
            buffer,
            offset: view.offset,
            length: view.length,
            length_tracking: view.flags & VIEW_LENGTH_TRACKING != 0,
            backed_by_resizable: view.flags & VIEW_BACKED_BY_RESIZABLE != 0,
        };
        let id = self.object(node, at)?;
        self.place(id);
        Ok(())
    }

    fn event(&mut self, event: Event<'_>, at: usize) -> Result<(), DecodeError> {
        let node = match event {
            Event::Undefined => Node::Undefined,
            Event::Null => Node::Null,
            Event::Bool(value) => Node::Bool(value),
            Event::Int32(value) => Node::Int32(value),
            Event::Number(value) => Node::Number(value),
            Event::BigInt(value) => Node::BigInt(value.into()),
            Event::String(string) => Node::String(string.into()),
            Event::Date(time) => Node::Date(time),
            Event::BoxedBool(value) => Node::BoxedBool(value),
            Event::BoxedNumber(value) => Node::BoxedNumber(value),
            Event::BoxedBigInt(value) => Node::BoxedBigInt(value.into()),
            Event::BoxedString(string) => Node::BoxedString(string.into()),
            Event::RegExp { pattern, flags } => Node::RegExp {
                pattern: pattern.into(),
                flags,
            },
            Event::SharedObject(id) => Node::SharedObject(id),
            Event::WasmModule(id) => Node::WasmModule(id),
            Event::Host(host) => host.to_node(),
            Event::Part { object, part } => {
                let error = self.objects.get(object as usize).copied();
                self.part = error.map(|error| (error, part));
                return Ok(());
            }
            Event::Reference { id, view } => {
                // The walker has checked the id.
                let Some(object) = self.objects.get(id as usize).copied() else {
                    return Err(DecodeError::malformed(at, "reference to no object"));
                };
                return self.viewed(object, view, at);
            }
            Event::ArrayBuffer { bytes, kind, view } => {
                let bytes = Bytes::copy_from_slice(bytes);
                let buffer = match kind {
                    BufferKind::Fixed => Node::ArrayBuffer(bytes),
                    BufferKind::Immutable => Node::ImmutableArrayBuffer(bytes),
                    BufferKind::Resizable { max } => Node::ResizableArrayBuffer { bytes, max },
                };
                let buffer = self.object(buffer, at)?;
                return self.viewed(buffer, view, at);
            }
            Event::Transferred { id, view } => {
                let buffer = self.object(Node::TransferredArrayBuffer(id), at)?;
                return self.viewed(buffer, view, at);
            }
            Event::SharedBuffer { id, wasm, view } => {
                let wasm = wasm.map(WasmBuffer::Fixed);
                let buffer = self.object(Node::SharedArrayBuffer { id, wasm }, at)?;
                return self.viewed(buffer, view, at);
            }
            Event::Hole => {
                if let Some(Frame {
                    open: Open::Array { elements, .. },
                    ..
                }) = self.open.last_mut()
                {
                    elements.push(None);
                }
                return Ok(());
            }
            Event::Key(key) => {
                if let Some(frame) = self.open.last_mut() {
                    frame.key = Some(key.into());
                }
                return Ok(());
            }
            Event::BeginObject => {
                return self.begin(Node::Undefined, Open::Object(Vec::new()), at);
            }
            Event::BeginDense(length) => {
                let open = Open::Array {
                    elements: Vec::new(),
                    length: length as usize,
                    properties: Vec::new(),
                };
                return self.begin(Node::Undefined, open, at);
            }
            Event::BeginSparse(length) => {
                let open = Open::SparseArray {
                    length,
                    properties: Vec::new(),
                };
                return self.begin(Node::Undefined, open, at);
            }
            Event::BeginMap => {
                let open = Open::Map {
                    entries: Vec::new(),
                    key: None,
                };
                return self.begin(Node::Undefined, open, at);
            }
            Event::BeginSet => return self.begin(Node::Undefined, Open::Set(Vec::new()), at),
            Event::BeginError {
                kind,
                message,
                stack,
            } => {
                let node = Node::Error {
                    kind,
                    message: message.map(Into::into),
                    stack: stack.map(Into::into),
                    cause: None,
                };
                return self.begin(node, Open::Rest, at);
            }
            Event::BeginWasmMemory {
                maximum_pages,
                memory64,
            } => {
                // The buffer's place is put in when it is known.
                let node = Node::WasmMemory {
                    maximum_pages,
                    memory64,
                    buffer: NodeId(u32::MAX),
                };
                return self.begin(node, Open::Rest, at);
            }
            Event::BeginResizableShared(id) => {
                let node = Node::SharedArrayBuffer { id, wasm: None };
                return self.begin(node, Open::Rest, at);
            }
            Event::End { stack } => {
                self.end(stack.map(Into::into));
                return Ok(());
            }
        };
        self.leaf(node, at)
    }

    fn end(&mut self, late_stack: Option<super::JsString>) {
        let Some(frame) = self.open.pop() else { return };
        let Some(node) = self.nodes.get_mut(frame.id.0 as usize) else {
            return;
        };
        match frame.open {
            Open::Object(properties) => *node = Node::Object(properties),
            Open::Array {
                elements,
                properties,
                ..
            } => {
                *node = Node::Array {
                    elements,
                    properties,
                };
            }
            Open::SparseArray { length, properties } => {
                *node = Node::SparseArray { length, properties };
            }
            Open::Map { entries, .. } => *node = Node::Map(entries),
            Open::Set(members) => *node = Node::Set(members),
            Open::Rest => {
                if let Node::Error {
                    stack: stack @ None,
                    ..
                } = node
                {
                    *stack = late_stack;
                }
            }
        }
    }
}
