//! From a document to bytes, with an explicit stack.

use std::collections::VecDeque;

use bytes::Bytes;

use super::{BigInt, Document, ErrorKind, JsString, Key, Node, NodeId, Properties, WasmBuffer};
use crate::error::{EncodeError, EncodeErrorKind};
use crate::value::tags::*;
use crate::value::{host, write};

pub(super) fn write(document: &Document) -> Result<Bytes, EncodeError> {
    let mut writer = Writer {
        document,
        out: Vec::with_capacity(64),
        ids: vec![NO_ID; document.nodes().len()],
        next_id: 0,
        open: Vec::new(),
        parts: VecDeque::new(),
    };
    write::header(&mut writer.out);
    writer.whole(document.root())?;
    while let Some(part) = writer.parts.pop_front() {
        writer.whole(part)?;
    }
    Ok(Bytes::from(writer.out))
}

const NO_ID: u32 = u32::MAX;

/// A container that is open, and which of its parts comes next.
struct Frame {
    id: NodeId,
    step: usize,
}

struct Writer<'d> {
    document: &'d Document,
    out: Vec<u8>,
    /// The format's object id of each node that has been written.
    ids: Vec<u32>,
    next_id: u32,
    open: Vec<Frame>,
    /// What AggregateErrors have behind the root.
    parts: VecDeque<NodeId>,
}

impl<'d> Writer<'d> {
    /// Writes a value and all that it holds.
    fn whole(&mut self, id: NodeId) -> Result<(), EncodeError> {
        self.value(id)?;
        while let Some(frame) = self.open.last_mut() {
            let (id, step) = (frame.id, frame.step);
            frame.step += 1;
            self.step(id, step)?;
        }
        Ok(())
    }

    fn fault(&self, id: NodeId, what: &'static str) -> EncodeError {
        let kind = EncodeErrorKind::Document {
            node: id.index(),
            what: what.into(),
        };
        EncodeError::new(self.out.len(), kind)
    }

    fn node(&self, id: NodeId) -> Result<&'d Node, EncodeError> {
        self.document
            .node(id)
            .ok_or_else(|| self.fault(id, "there is no such node"))
    }

    /// Whether the object has its id.
    fn begun(&self, id: NodeId) -> bool {
        let slot = self.ids.get(id.index() as usize);
        slot.is_some_and(|slot| *slot != NO_ID)
    }

    /// Writes a reference if the object has been written; otherwise gives it the next id.
    fn known(&mut self, id: NodeId) -> Result<bool, EncodeError> {
        let next = self.next_id;
        match self.ids.get_mut(id.index() as usize) {
            Some(slot) if *slot == NO_ID => {
                *slot = next;
                // Fewer than nodes, of which there are fewer than 2^32.
                self.next_id = next.saturating_add(1);
                Ok(false)
            }
            Some(slot) => {
                let object = *slot;
                self.out.push(REFERENCE);
                write::varint32(&mut self.out, object);
                Ok(true)
            }
            None => Err(self.fault(id, "there is no such node")),
        }
    }

    fn string(&mut self, string: &JsString) -> Result<(), EncodeError> {
        match string {
            JsString::OneByte(latin1) => write::one_byte(&mut self.out, latin1),
            JsString::TwoByte(units) => write::two_byte(&mut self.out, units),
        }
    }

    fn bigint(&mut self, value: &BigInt) -> Result<(), EncodeError> {
        let length = value.digits().len();
        if length as u64 > MAX_BIGINT_BYTES {
            return Err(write::too_long(
                &self.out,
                "BigInt",
                length as u64,
                MAX_BIGINT_BYTES,
            ));
        }
        let bitfield = (length as u32) << 1 | u32::from(value.is_negative());
        write::varint32(&mut self.out, bitfield);
        self.out.extend_from_slice(value.digits());
        Ok(())
    }

    fn key(&mut self, key: &Key) -> Result<(), EncodeError> {
        match key {
            Key::String(string) => self.string(string)?,
            Key::Int32(index) => write::int32(&mut self.out, *index),
            Key::Number(index) => write::double(&mut self.out, *index),
        }
        Ok(())
    }

    fn begin(&mut self, id: NodeId, tag: u8) {
        self.out.push(tag);
        self.open.push(Frame { id, step: 0 });
    }

    fn bytes(&mut self, tag: u8, bytes: &[u8]) {
        self.out.push(tag);
        write::varint64(&mut self.out, bytes.len() as u64);
        self.out.extend_from_slice(bytes);
    }

    /// Writes a value, or the beginning of a container.
    fn value(&mut self, id: NodeId) -> Result<(), EncodeError> {
        let node = self.node(id)?;
        match node {
            Node::Undefined => self.out.push(UNDEFINED),
            Node::Null => self.out.push(NULL),
            Node::Bool(value) => self.out.push(if *value { TRUE } else { FALSE }),
            Node::Int32(value) => write::int32(&mut self.out, *value),
            Node::Number(value) => write::double(&mut self.out, *value),
            Node::BigInt(value) => {
                self.out.push(BIGINT);
                self.bigint(value)?;
            }
            Node::String(string) => self.string(string)?,
            Node::SharedObject(object) => {
                self.out.push(SHARED_OBJECT);
                write::varint32(&mut self.out, *object);
            }
            Node::View {
                kind,
                buffer,
                offset,
                length,
                length_tracking,
                backed_by_resizable,
            } => {
                // The buffer comes before the view, and gets the lower id.
                if !self.begun(id) {
                    self.buffer(id, *buffer)?;
                }
                if !self.known(id)? {
                    self.out.extend_from_slice(&[VIEW, kind.tag()]);
                    write::varint64(&mut self.out, *offset);
                    write::varint64(&mut self.out, *length);
                    let tracking = u32::from(*length_tracking) * VIEW_LENGTH_TRACKING;
                    let backed = u32::from(*backed_by_resizable) * VIEW_BACKED_BY_RESIZABLE;
                    write::varint32(&mut self.out, tracking | backed);
                }
            }
            _ => {
                if !self.known(id)? {
                    self.object(id, node)?;
                }
            }
        }
        Ok(())
    }

    fn buffer(&mut self, view: NodeId, id: NodeId) -> Result<(), EncodeError> {
        let node = self.node(id)?;
        let buffer = matches!(
            node,
            Node::ArrayBuffer(_)
                | Node::ImmutableArrayBuffer(_)
                | Node::ResizableArrayBuffer { .. }
                | Node::TransferredArrayBuffer(_)
                | Node::SharedArrayBuffer { .. }
        );
        if !buffer {
            return Err(self.fault(view, "a view of something that is no buffer"));
        }
        if !self.known(id)? {
            self.object(id, node)?;
        }
        Ok(())
    }

    /// An object's first appearance; it has its id already.
    fn object(&mut self, id: NodeId, node: &'d Node) -> Result<(), EncodeError> {
        match node {
            Node::Object(_) => self.begin(id, BEGIN_OBJECT),
            Node::Array { elements, .. } => {
                let length = write::length32(&self.out, "array", elements.len())?;
                self.begin(id, BEGIN_DENSE);
                write::varint32(&mut self.out, length);
            }
            Node::SparseArray { length, .. } => {
                self.begin(id, BEGIN_SPARSE);
                write::varint32(&mut self.out, *length);
            }
            Node::Map(_) => self.begin(id, BEGIN_MAP),
            Node::Set(_) => self.begin(id, BEGIN_SET),
            Node::Date(time) => {
                self.out.push(DATE);
                self.out.extend_from_slice(&time.to_le_bytes());
            }
            Node::BoxedBool(value) => {
                self.out
                    .push(if *value { TRUE_OBJECT } else { FALSE_OBJECT })
            }
            Node::BoxedNumber(value) => {
                self.out.push(NUMBER_OBJECT);
                self.out.extend_from_slice(&value.to_le_bytes());
            }
            Node::BoxedBigInt(value) => {
                self.out.push(BIGINT_OBJECT);
                self.bigint(value)?;
            }
            Node::BoxedString(string) => {
                self.out.push(STRING_OBJECT);
                self.string(string)?;
            }
            Node::RegExp { pattern, flags } => {
                self.out.push(REGEXP);
                self.string(pattern)?;
                write::varint32(&mut self.out, *flags);
            }
            Node::ArrayBuffer(bytes) => self.bytes(ARRAY_BUFFER, bytes),
            Node::ImmutableArrayBuffer(bytes) => self.bytes(IMMUTABLE_ARRAY_BUFFER, bytes),
            Node::ResizableArrayBuffer { bytes, max } => {
                if *max < bytes.len() as u64 {
                    return Err(self.fault(id, "a resizable buffer beyond its maximum"));
                }
                self.out.push(RESIZABLE_ARRAY_BUFFER);
                write::varint64(&mut self.out, bytes.len() as u64);
                write::varint64(&mut self.out, *max);
                self.out.extend_from_slice(bytes);
            }
            Node::TransferredArrayBuffer(index) => {
                self.out.push(TRANSFERRED_ARRAY_BUFFER);
                write::varint32(&mut self.out, *index);
            }
            Node::SharedArrayBuffer { id: number, wasm } => {
                self.out.push(SHARED_ARRAY_BUFFER);
                write::varint32(&mut self.out, *number);
                match wasm {
                    None => {}
                    Some(WasmBuffer::Fixed(length)) => {
                        self.out.push(WASM_FIXED);
                        write::varint64(&mut self.out, *length);
                    }
                    Some(WasmBuffer::Resizable(_)) => {
                        let inside = self.open.last().map(|frame| frame.id);
                        let inside = inside.and_then(|id| self.document.node(id));
                        if !matches!(inside, Some(Node::WasmMemory { .. })) {
                            let what = "a growable wasm buffer outside its memory";
                            return Err(self.fault(id, what));
                        }
                        self.begin(id, WASM_RESIZABLE);
                    }
                }
            }
            Node::Error {
                kind,
                message,
                stack,
                ..
            } => {
                self.begin(id, ERROR);
                if *kind != ErrorKind::Error {
                    self.out.push(kind.tag());
                }
                for (tag, text) in [(ERROR_MESSAGE, message), (ERROR_STACK, stack)] {
                    if let Some(text) = text {
                        self.out.push(tag);
                        self.string(text)?;
                    }
                }
            }
            Node::WasmModule(number) => {
                self.out.push(WASM_MODULE);
                write::varint32(&mut self.out, *number);
            }
            Node::WasmMemory {
                maximum_pages,
                memory64,
                ..
            } => {
                self.begin(id, WASM_MEMORY);
                write::zigzag(&mut self.out, *maximum_pages);
                self.out.push(u8::from(*memory64));
            }
            Node::AggregateError {
                message,
                stack,
                cause,
                errors,
            } => {
                self.out.push(HOST_OBJECT);
                let texts = [message.as_ref(), stack.as_ref()];
                let (has_cause, has_errors) = (cause.is_some(), errors.is_some());
                host::write_aggregate_error(&mut self.out, texts, has_cause, has_errors)?;
                self.parts.extend([cause, errors].into_iter().flatten());
            }
            Node::Host(host) => {
                self.out.push(HOST_OBJECT);
                host.write(&mut self.out)?;
            }
            // `value` has written these.
            Node::Undefined
            | Node::Null
            | Node::Bool(_)
            | Node::Int32(_)
            | Node::Number(_)
            | Node::BigInt(_)
            | Node::String(_)
            | Node::SharedObject(_)
            | Node::View { .. } => {}
        }
        Ok(())
    }

    /// Part `step` of the open container `id`, or its end.
    fn step(&mut self, id: NodeId, step: usize) -> Result<(), EncodeError> {
        match self.node(id)? {
            Node::Object(properties) => self.property(properties, step, END_OBJECT, None),
            Node::Array {
                elements,
                properties,
            } => match elements.get(step) {
                Some(Some(element)) => self.value(*element),
                Some(None) => {
                    self.out.push(HOLE);
                    Ok(())
                }
                None => {
                    let length = write::length32(&self.out, "array", elements.len())?;
                    self.property(properties, step - elements.len(), END_DENSE, Some(length))
                }
            },
            Node::SparseArray { length, properties } => {
                self.property(properties, step, END_SPARSE, Some(*length))
            }
            Node::Map(entries) => match entries.get(step / 2) {
                Some((key, _)) if step.is_multiple_of(2) => self.value(*key),
                Some((_, value)) => self.value(*value),
                None => self.end(END_MAP, entries.len().saturating_mul(2)),
            },
            Node::Set(members) => match members.get(step) {
                Some(member) => self.value(*member),
                None => self.end(END_SET, members.len()),
            },
            Node::Error {
                cause: Some(cause), ..
            } if step == 0 => {
                self.out.push(ERROR_CAUSE);
                self.value(*cause)
            }
            Node::Error { .. } => {
                self.out.push(ERROR_END);
                self.open.pop();
                Ok(())
            }
            Node::WasmMemory { buffer, .. } if step == 0 => {
                let node = self.node(*buffer)?;
                let fits = match node {
                    Node::SharedArrayBuffer { wasm, .. } => self.begun(*buffer) || wasm.is_some(),
                    _ => false,
                };
                if !fits {
                    return Err(self.fault(id, "a WebAssembly.Memory without its shared buffer"));
                }
                self.value(*buffer)
            }
            Node::SharedArrayBuffer {
                wasm: Some(WasmBuffer::Resizable(memory)),
                ..
            } if step == 0 => {
                if !self.begun(*memory) || !matches!(self.node(*memory)?, Node::WasmMemory { .. }) {
                    return Err(self.fault(id, "a growable wasm buffer of another memory"));
                }
                self.value(*memory)
            }
            _ => {
                self.open.pop();
                Ok(())
            }
        }
    }

    /// Key and beginning of value of one property, or the container's end.
    fn property(
        &mut self,
        properties: &'d Properties,
        step: usize,
        end: u8,
        length: Option<u32>,
    ) -> Result<(), EncodeError> {
        if let Some((key, value)) = properties.get(step) {
            self.key(key)?;
            return self.value(*value);
        }
        self.end(end, properties.len())?;
        if let Some(length) = length {
            write::varint32(&mut self.out, length);
        }
        Ok(())
    }

    fn end(&mut self, tag: u8, count: usize) -> Result<(), EncodeError> {
        let count = write::length32(&self.out, "container", count)?;
        self.out.push(tag);
        write::varint32(&mut self.out, count);
        self.open.pop();
        Ok(())
    }
}
