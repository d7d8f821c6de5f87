//! HTML, "StructuredSerializeInternal" and "StructuredSerializeWithTransfer": V8's serializer, with what it leaves to
//! its host: what moves, host objects, and the wording of `DataCloneError`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use bytes::Bytes;
use nano_proto::{LimitKind, Transfer, Value};
use v8::ValueSerializerHelper as _;

use super::super::buffer_flags::is_immutable;
use super::super::state::state;
use super::super::{error, files};
use super::platform::{self, Platform};
use super::{HOST_DEPTH, host_object, mark, primitive, transfer};

/// One message on its way out, host objects inside it included.
pub(super) struct Outgoing<'r> {
    /// Buffers that move, by their number in the message.
    pub(super) moved: Vec<v8::Local<'r, v8::ArrayBuffer>>,
    /// Other objects that move; their ports are numbered behind the buffers.
    pub(super) platform: Platform<'r>,
    /// What is shared; numbered behind the ports.
    shared: RefCell<Vec<Transfer>>,
    /// How many host objects are being written, each inside the one before.
    depth: Cell<u32>,
}

impl Outgoing<'_> {
    pub(super) fn share(&self, transfer: Transfer) -> u32 {
        let mut shared = self.shared.borrow_mut();
        shared.push(transfer);
        (self.moved.len() + shared.len() - 1) as u32 + self.platform.ports()
    }

    /// A complete serialization of `value`. `None` with an exception pending.
    fn write(
        &self,
        scope: &mut v8::PinScope<'_, '_>,
        value: v8::Local<'_, v8::Value>,
        within: Option<Within<'_>>,
    ) -> Option<Vec<u8>> {
        let context = scope.get_current_context();
        let behind = RefCell::default();
        let writer = v8::ValueSerializer::new(
            scope,
            Box::new(Writer {
                root: value,
                within,
                message: self,
                behind: &behind,
            }),
        );
        writer.write_header();
        for (i, buffer) in self.moved.iter().enumerate() {
            writer.transfer_array_buffer(i as u32, *buffer);
        }
        if writer.write_value(context, value) != Some(true) {
            return None;
        }
        loop {
            let Some(next) = behind.borrow_mut().pop_front() else {
                return Some(writer.release());
            };
            v8::scope!(let scope, scope);
            let next = v8::Local::new(scope, next);
            if writer.write_value(context, next) != Some(true) {
                return None;
            }
        }
    }
}

/// V8's serializer asks this for what it cannot do alone.
pub(super) struct Writer<'r> {
    /// What is being cloned, to say where in it the trouble lies.
    root: v8::Local<'r, v8::Value>,
    /// Where that lies itself.
    within: Option<Within<'r>>,
    pub(super) message: &'r Outgoing<'r>,
    /// What lies behind the root, as [`nano_proto::value::host`] has it. No handle of V8's own lives
    /// until then.
    pub(super) behind: &'r RefCell<VecDeque<v8::Global<v8::Value>>>,
}

/// The host object that is sent as the value at hand, and who writes it.
#[derive(Clone, Copy)]
struct Within<'r> {
    writer: &'r Writer<'r>,
    object: v8::Local<'r, v8::Object>,
}

/// What the root of a value is called.
const ROOT: &str = "value";
/// What the value that an object is sent as is called, behind the object's own name.
const SENT_AS: &str = "[Symbol.for(\"nano.serialize\")]()";

/// What V8 says of a detached buffer.
const DETACHED: &str = "An ArrayBuffer is detached and could not be cloned.";
/// What it says where it has no room for the bytes, which is no fault of any one value.
const NO_ROOM: &str = "Data cannot be cloned, out of memory.";

/// Asks `function` of `clone/uncloneable_path` for a text.
fn ask_for_place<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    function: &str,
    root: v8::Local<'s, v8::Value>,
    label: &str,
    object: Option<v8::Local<'s, v8::Object>>,
) -> Option<String> {
    v8::tc_scope!(let tc, scope);
    let function = files::function(tc, "clone/uncloneable_path", function)?;
    let undefined = v8::undefined(tc).into();
    let label = v8::String::new(tc, label)?;
    let object = object.map_or(undefined, Into::into);
    let text = function.call(tc, undefined, &[root, label.into(), object])?;
    text.is_string().then(|| text.to_rust_string_lossy(tc))
}

impl Writer<'_> {
    /// What its root is called, as in `value.a`; `None` where that is not to be seen.
    fn label(&self, scope: &mut v8::PinScope<'_, '_>) -> Option<String> {
        match self.within {
            None => Some(ROOT.to_owned()),
            Some(Within { writer, object }) => {
                let path = writer.path_of(scope, object)?;
                Some(format!("{path}{SENT_AS}"))
            }
        }
    }

    fn path_of(
        &self,
        scope: &mut v8::PinScope<'_, '_>,
        object: v8::Local<'_, v8::Object>,
    ) -> Option<String> {
        let label = self.label(scope)?;
        v8::scope!(let scope, scope);
        let root = v8::Local::new(scope, self.root);
        let object = v8::Local::new(scope, object);
        ask_for_place(scope, "pathOf", root, &label, Some(object))
    }

    /// Where what V8 has refused with `message` lies, in words.
    fn place_of_refused(&self, scope: &mut v8::PinScope<'_, '_>, message: &str) -> Option<String> {
        let function = match message {
            DETACHED => "whereDetached",
            NO_ROOM => return None,
            _ => "whereRefused",
        };
        let label = self.label(scope)?;
        v8::scope!(let scope, scope);
        let root = v8::Local::new(scope, self.root);
        ask_for_place(scope, function, root, &label, None)
    }

    /// Throws a `DataCloneError` that says what cannot be cloned, and where it is.
    fn refuse(scope: &mut v8::PinScope<'_, '_>, message: &str, place: Option<String>) {
        let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
        error::throw_dom_exception(scope, "DataCloneError", &format!("{message}{place}"));
    }

    /// Refuses a host object that has no wire form.
    pub(super) fn refuse_object(
        &self,
        scope: &mut v8::PinScope<'_, '_>,
        object: v8::Local<'_, v8::Object>,
    ) {
        let name = object.get_constructor_name().to_rust_string_lossy(scope);
        let place = self.path_of(scope, object).map(|path| format!("at {path}"));
        Self::refuse(scope, &format!("#<{name}> could not be cloned."), place);
    }

    /// A complete serialization of the value that the host object `object` is sent as. `None` with an exception
    /// pending.
    pub(super) fn write_nested(
        &self,
        scope: &mut v8::PinScope<'_, '_>,
        object: v8::Local<'_, v8::Object>,
        value: v8::Local<'_, v8::Value>,
    ) -> Option<Bytes> {
        let depth = self.message.depth.get();
        if depth >= HOST_DEPTH {
            let message = format!(
                "instances of registered classes hold one another more than {HOST_DEPTH} levels deep, or in a circle: \
                 have one be sent as an array of what the others hold"
            );
            error::throw_dom_exception(scope, "DataCloneError", &message);
            return None;
        }
        self.message.depth.set(depth + 1);
        let within = Within {
            writer: self,
            object,
        };
        let bytes = self.message.write(scope, value, Some(within));
        self.message.depth.set(depth);
        bytes.map(Bytes::from)
    }
}

impl v8::ValueSerializerImpl for Writer<'_> {
    fn throw_data_clone_error<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        message: v8::Local<'s, v8::String>,
    ) {
        let message = message.to_rust_string_lossy(scope);
        let place = self.place_of_refused(scope, &message);
        Self::refuse(scope, &message, place);
    }

    fn has_custom_host_object(&self, isolate: &v8::Isolate) -> bool {
        state(isolate).marks.exist()
    }

    fn is_host_object<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        object: v8::Local<'s, v8::Object>,
    ) -> Option<bool> {
        Some(mark::is_marked(scope, object) || host_object::is_dom_exception(scope, object))
    }

    fn write_host_object<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        object: v8::Local<'s, v8::Object>,
        writer: &dyn v8::ValueSerializerHelper,
    ) -> Option<bool> {
        let bytes = host_object::write(scope, object, self)?;
        writer.write_raw_bytes(&bytes);
        Some(true)
    }

    fn get_shared_array_buffer_id<'s>(
        &self,
        _: &mut v8::PinScope<'s, '_>,
        buffer: v8::Local<'s, v8::SharedArrayBuffer>,
    ) -> Option<u32> {
        Some(self.message.share(transfer::share_buffer(buffer)))
    }

    fn get_wasm_module_transfer_id(
        &self,
        _: &mut v8::PinScope<'_, '_>,
        module: v8::Local<v8::WasmModuleObject>,
    ) -> Option<u32> {
        Some(self.message.share(transfer::share_module(module)))
    }
}

/// The longest message that the isolate may send.
pub(in super::super) fn message_limit(scope: &v8::PinScope<'_, '_>) -> u64 {
    state(scope).control.limits().message_bytes
}

/// Serializes `value`, moving the buffers of `transfer` out of the isolate. `None` with an exception
/// pending where something cannot be cloned or the whole is longer than `allowed`; then nothing was
/// moved.
pub(in super::super) fn serialize(
    scope: &mut v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
    transfer: Option<v8::Local<'_, v8::Array>>,
    allowed: u64,
) -> Option<Value> {
    if transfer.is_none()
        && let Some(value) = primitive::write(scope, value)
        && value.len() as u64 <= allowed
    {
        return Some(value);
    }
    v8::scope!(let scope, scope);
    let (moved, platform) = transfer_list(scope, transfer)?;
    let message = Outgoing {
        moved,
        platform,
        shared: RefCell::default(),
        depth: Cell::new(0),
    };
    let bytes = message.write(scope, value, None)?;
    // Getters that ran meanwhile may have detached a buffer: all are looked at before the first moves.
    for (i, buffer) in message.moved.iter().enumerate() {
        if buffer.was_detached() {
            let why = format!("transfer[{i}] is detached");
            error::throw_dom_exception(scope, "DataCloneError", &why);
            return None;
        }
        if !buffer.is_detachable() {
            // ECMA-262, "DetachArrayBuffer": a WebAssembly.Memory's buffer has a key of its own.
            error::throw_type_error(scope, &format!("transfer[{i}] cannot be detached"));
            return None;
        }
    }
    message.platform.check(scope)?;
    let moved = message.moved.iter().map(|buffer| buffer.byte_length());
    let beside: usize = moved
        .chain(message.shared.borrow().iter().map(Transfer::len))
        .sum();
    let used = bytes.len().saturating_add(beside) as u64;
    if let Err(exceeded) = LimitKind::Message.check(used, allowed) {
        error::throw_limit(scope, &exceeded);
        return None;
    }
    let mut transfers = Vec::with_capacity(message.moved.len());
    for (i, buffer) in message.moved.iter().enumerate() {
        let Some(moved) = transfer::take(scope, *buffer) else {
            error::throw_dom_exception(
                scope,
                "DataCloneError",
                &format!("transfer[{i}] cannot be detached"),
            );
            return None;
        };
        transfers.push(moved);
    }
    message.platform.take(scope, &mut transfers)?;
    transfers.append(&mut message.shared.borrow_mut());
    Some(Value::new(Bytes::from(bytes)).with_transfers(transfers))
}

/// HTML, "StructuredSerializeWithTransfer", steps 1 to 2: each entry is transferable and stands once.
fn transfer_list<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    transfer: Option<v8::Local<'_, v8::Array>>,
) -> Option<(Vec<v8::Local<'s, v8::ArrayBuffer>>, Platform<'s>)> {
    let mut buffers: Vec<v8::Local<'s, v8::ArrayBuffer>> = Vec::new();
    let mut platform = Platform::default();
    let Some(transfer) = transfer else {
        return Some((buffers, platform));
    };
    for i in 0..transfer.length() {
        let entry = transfer.get_index(scope, i)?;
        if let Ok(object) = v8::Local::<v8::Object>::try_from(entry)
            && !entry.is_array_buffer()
        {
            let tag = platform::tag_of(scope, object)?;
            if tag != 0 {
                if !platform.add(object, tag) {
                    let why = format!("transfer[{i}] is listed twice");
                    error::throw_dom_exception(scope, "DataCloneError", &why);
                    return None;
                }
                continue;
            }
        }
        let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(entry) else {
            error::throw_dom_exception(
                scope,
                "DataCloneError",
                &format!("transfer[{i}] cannot be transferred"),
            );
            return None;
        };
        if is_immutable(buffer) {
            error::throw_dom_exception(
                scope,
                "DataCloneError",
                &format!("transfer[{i}] is immutable: leave it out of the list, and it is cloned"),
            );
            return None;
        }
        if buffers.contains(&buffer) {
            error::throw_dom_exception(
                scope,
                "DataCloneError",
                &format!("transfer[{i}] is listed twice"),
            );
            return None;
        }
        buffers.push(buffer);
    }
    Some((buffers, platform))
}

/// Serializes `value` where that is possible without a word.
pub(in super::super) fn serialize_quietly(
    scope: &mut v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
) -> Option<Value> {
    v8::tc_scope!(let tc, scope);
    let allowed = message_limit(tc);
    serialize(tc, value, None, allowed)
}

/// The same without running anything of the program's: a value with getters or hooks has none.
pub(in super::super) fn serialize_silently(
    scope: &mut v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
) -> Option<Value> {
    v8::tc_scope!(let tc, scope);
    v8::disallow_javascript_execution_scope!(let silent, tc, v8::OnFailure::ThrowOnFailure);
    serialize_quietly(silent, value)
}
