//! HTML, "StructuredDeserialize" and "StructuredDeserializeWithTransfer": V8's deserializer, with what it leaves to
//! its host: what was moved or is shared, host objects, and the kinds of its errors.

use std::cell::RefCell;
use std::collections::VecDeque;

use nano_proto::{Shared, Transfer, Value};
use v8::ValueDeserializerHelper as _;

use super::super::buffer_flags::is_immutable;
use super::super::state::state;
use super::super::{error, files};
use super::{aggregate_error, host_object, immutable, primitive, resizable, transfer};
use crate::exchange::{PortEnd, received};

/// One message on its way in, host objects inside it included.
pub(super) struct Incoming<'r> {
    /// Buffers that were moved, by number.
    moved: Vec<(u32, v8::Local<'r, v8::ArrayBuffer>)>,
    /// What is shared, by number.
    shared: Vec<Option<Shared>>,
    /// Ports that were moved, by number.
    ports: Vec<(u32, v8::Local<'r, v8::Object>)>,
}

impl Incoming<'_> {
    /// The value of a complete serialization. `None` where there is none, with or without an exception
    /// pending.
    pub(super) fn read<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        bytes: &[u8],
    ) -> Option<v8::Local<'s, v8::Value>> {
        let context = scope.get_current_context();
        // `bytes` outlives the reader, which keeps a pointer into it.
        let behind = RefCell::default();
        let delegate = Reader {
            message: self,
            behind: &behind,
        };
        let reader = v8::ValueDeserializer::new(scope, Box::new(delegate), bytes);
        if reader.read_header(context) != Some(true) {
            return None;
        }
        for (number, buffer) in &self.moved {
            reader.transfer_array_buffer(*number, *buffer);
        }
        let root = reader.read_value(context)?;
        loop {
            let Some((error, part)) = behind.borrow_mut().pop_front() else {
                return Some(root);
            };
            v8::scope!(let scope, scope);
            let value = reader.read_value(context)?;
            part.attach(scope, error, value)?;
        }
    }

    /// The immutable buffer of this number.
    pub(super) fn immutable<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        number: u32,
    ) -> Option<v8::Local<'s, v8::ArrayBuffer>> {
        let at = self
            .moved
            .binary_search_by_key(&number, |moved| moved.0)
            .ok()?;
        let (_, buffer) = *self.moved.get(at)?;
        let buffer = v8::Local::new(scope, buffer);
        is_immutable(buffer).then_some(buffer)
    }

    pub(super) fn port(&self, number: u32) -> Option<v8::Local<'_, v8::Object>> {
        let place = self
            .ports
            .binary_search_by_key(&number, |(number, _)| *number);
        Some(self.ports.get(place.ok()?)?.1)
    }

    fn shared(&self, number: u32) -> Option<&Shared> {
        self.shared.get(number as usize)?.as_ref()
    }
}

/// V8's deserializer asks this for what it cannot do alone.
pub(super) struct Reader<'r> {
    pub(super) message: &'r Incoming<'r>,
    /// What lies behind the root is of which error.
    pub(super) behind: &'r RefCell<Behind>,
}

/// Errors and what of them comes next, in the order of the bytes.
type Behind = VecDeque<(v8::Global<v8::Object>, aggregate_error::Part)>;

/// Throws a `DataCloneError` while V8 reads, when it forbids JavaScript, of which that is made.
pub(super) fn refuse(scope: &mut v8::PinScope<'_, '_>, why: &str) {
    v8::allow_javascript_execution_scope!(let allowed, scope);
    error::throw_dom_exception(allowed, "DataCloneError", why);
}

impl v8::ValueDeserializerImpl for Reader<'_> {
    fn read_host_object<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        reader: &dyn v8::ValueDeserializerHelper,
    ) -> Option<v8::Local<'s, v8::Object>> {
        host_object::read(scope, reader, self)
    }

    fn get_shared_array_buffer_from_id<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        number: u32,
    ) -> Option<v8::Local<'s, v8::SharedArrayBuffer>> {
        let buffer = self
            .message
            .shared(number)
            .and_then(|shared| transfer::shared_buffer(scope, shared));
        if buffer.is_none() {
            refuse(
                scope,
                "no SharedArrayBuffer came with this message, or this isolate may have no more that grow",
            );
        }
        buffer
    }

    fn get_wasm_module_from_id<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        number: u32,
    ) -> Option<v8::Local<'s, v8::WasmModuleObject>> {
        let module = self
            .message
            .shared(number)
            .and_then(|shared| transfer::shared_module(scope, shared));
        if module.is_none() {
            refuse(scope, "no WebAssembly.Module came with this message");
        }
        module
    }
}

/// What V8 says of data that it cannot read, and of a buffer that it cannot allocate.
const UNREADABLE: &str = "Unable to deserialize cloned data.";

/// Has the exception of a failed deserialization be one of HTML's kinds.
fn unreadable(tc: &mut v8::PinnedRef<'_, v8::TryCatch<'_, '_, v8::HandleScope<'_>>>) {
    let Some(exception) = tc.exception() else {
        error::throw_dom_exception(
            tc,
            "DataCloneError",
            "the data is not structured-clone data of this version",
        );
        return;
    };
    let is_v8s = v8::Local::<v8::Object>::try_from(exception).is_ok_and(|object| {
        object.is_native_error()
            && files::get(tc, object, "message").is_some_and(|message| {
                message.is_string() && message.to_rust_string_lossy(tc) == UNREADABLE
            })
    });
    if is_v8s {
        tc.reset();
        let why = "the data cannot be read, or its buffers are larger than this isolate may hold";
        error::throw_dom_exception(tc, "DataCloneError", why);
    }
}

/// The value that `value` holds, made anew in this isolate; moved memory is adopted. `None` with an
/// exception pending.
pub(in super::super) fn deserialize<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    value: Value,
) -> Option<v8::Local<'s, v8::Value>> {
    deserialize_with_ports(scope, value).map(|(value, _)| value)
}

/// A value, and the ports that came with it.
type WithPorts<'s> = (v8::Local<'s, v8::Value>, Option<v8::Local<'s, v8::Array>>);

/// The same with the ports that were transferred, if there are any (HTML, "StructuredDeserializeWithTransfer").
pub(in super::super) fn deserialize_with_ports<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    value: Value,
) -> Option<WithPorts<'s>> {
    if let Some(primitive) = primitive::read(scope, &value) {
        return Some((primitive, None));
    }
    let (bytes, transfers) = value.into_parts();
    let mut message = Incoming {
        moved: Vec::new(),
        shared: Vec::new(),
        ports: Vec::new(),
    };
    let mut alone: Vec<v8::Local<'s, v8::Value>> = Vec::new();
    for (i, transfer) in transfers.into_iter().enumerate() {
        let mut shared = None;
        match transfer {
            Transfer::ArrayBuffer(bytes) => message
                .moved
                .push((i as u32, transfer::buffer_of(scope, bytes)?)),
            Transfer::Resizable { bytes, max_bytes } => message
                .moved
                .push((i as u32, resizable::buffer_of(scope, &bytes, max_bytes)?)),
            Transfer::Memory(memory) => message
                .moved
                .push((i as u32, transfer::adopt(scope, memory)?)),
            Transfer::Shared(what) => shared = Some(what),
            Transfer::Immutable(bytes) => message
                .moved
                .push((i as u32, immutable::buffer_of(scope, bytes)?)),
            Transfer::Endpoint(endpoint) => {
                if let Some((end, is_alone)) = received(endpoint) {
                    let port = message_port(scope, end)?;
                    message.ports.push((i as u32, port));
                    if is_alone {
                        alone.push(port.into());
                    }
                }
            }
            _ => {}
        }
        message.shared.push(shared);
    }
    v8::tc_scope!(let tc, scope);
    let result = message.read(tc, &bytes);
    if result.is_none() && !tc.has_terminated() {
        unreadable(tc);
        tc.rethrow();
    }
    let ports = (!alone.is_empty()).then(|| v8::Array::new_with_elements(tc, &alone));
    Some((result?, ports))
}

/// A `MessagePort` of this isolate that is `end` from here on.
fn message_port<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    end: PortEnd,
) -> Option<v8::Local<'s, v8::Object>> {
    let state = state(scope);
    let handle = state.control.ports.hold(end, state.host().myself());
    let handle = v8::Number::new(scope, handle as f64).into();
    let from_handle = files::function(scope, "messaging/message_port", "fromHandle")?;
    let undefined = v8::undefined(scope).into();
    from_handle
        .call(scope, undefined, &[handle])?
        .try_into()
        .ok()
}
