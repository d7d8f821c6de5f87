//! Platform objects in structured clone, in the layout of [`nano_proto::value::host`].

use nano_proto::IsolateId;
use nano_proto::value::document::JsString;
use nano_proto::value::host::{self, HostObject};

use super::super::state::state;
use super::super::{error, files};
use super::deserialize::{Reader, refuse};
use super::serialize::Writer;
use super::{aggregate_error, blob, mark};

/// Whether a host object has a wire form, without asking its class for it.
pub(super) fn has_form<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
) -> Option<bool> {
    for (file, function) in [
        ("clone/hooks", "nameOf"),
        ("actor/actor_interface", "toHandle"),
        ("file/blob", "hasWireForm"),
        ("xhr/form_data", "hasWireForm"),
    ] {
        if files::is_loaded(scope, file) && !ask_ours(scope, file, function, object)?.is_undefined()
        {
            return Some(true);
        }
    }
    Some(false)
}

/// Whether `object` is a DOMException, whatever the program has it inherit from. Errors alone are asked, so that plain
/// objects pay nothing.
pub(super) fn is_dom_exception<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
) -> bool {
    object.is_native_error()
        && files::is_loaded(scope, "dom/dom_exception")
        && ask_ours(scope, "dom/dom_exception", "isDOMException", object)
            .is_some_and(|answer| answer.is_true())
}

/// A QuotaExceededError travels as a class of the platform's own with clone hooks does; no program can
/// register that name.
const QUOTA_CLASS: &str = "nano:QuotaExceededError";
const QUOTA_FILE: &str = "dom/quota_exceeded_error";

/// The text of `value`; none is empty.
fn js_string(scope: &v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> JsString {
    text(scope, value).unwrap_or_else(|| JsString::OneByte(Box::default()))
}

/// The text of `value`, if it is a string.
pub(super) fn text(
    scope: &v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
) -> Option<JsString> {
    let text = v8::Local::<v8::String>::try_from(value).ok()?;
    Some(if text.contains_only_onebyte() {
        let mut bytes = vec![0; text.length()].into_boxed_slice();
        text.write_one_byte_v2(scope, 0, &mut bytes, v8::WriteFlags::empty());
        JsString::OneByte(bytes)
    } else {
        let mut units = vec![0; text.length()].into_boxed_slice();
        text.write_v2(scope, 0, &mut units, v8::WriteFlags::empty());
        JsString::TwoByte(units)
    })
}

/// Calls the export `function` of an internal file with `argument`; the result where it is an array.
pub(super) fn describe<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    file: &str,
    function: &str,
    argument: v8::Local<'s, v8::Value>,
) -> Option<Option<v8::Local<'s, v8::Array>>> {
    let function = files::function(scope, file, function)?;
    let undefined = v8::undefined(scope).into();
    let result = function.call(scope, undefined, &[argument])?;
    Some(v8::Local::<v8::Array>::try_from(result).ok())
}

/// The same for a function that runs no code of the program's: whoever clones may have forbidden JavaScript for that
/// one's sake.
pub(super) fn describe_ours<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    file: &str,
    function: &str,
    argument: v8::Local<'s, v8::Value>,
) -> Option<Option<v8::Local<'s, v8::Array>>> {
    v8::allow_javascript_execution_scope!(let allowed, scope);
    describe(allowed, file, function, argument)
}

/// Calls an internal function of one object, which runs no code of the program's.
pub(super) fn ask_ours<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    file: &str,
    function: &str,
    object: v8::Local<'s, v8::Object>,
) -> Option<v8::Local<'s, v8::Value>> {
    v8::allow_javascript_execution_scope!(let allowed, scope);
    let function = files::function(allowed, file, function)?;
    let undefined = v8::undefined(allowed).into();
    function.call(allowed, undefined, &[object.into()])
}

/// The wire form of `object`. `None` with an exception pending.
pub(super) fn write<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    writer: &Writer<'_>,
) -> Option<Vec<u8>> {
    let bytes = match wire_form(scope, object, writer)? {
        Some(host) => host.to_bytes(),
        None if mark::is_marked_error(scope, object) => {
            aggregate_error::write(scope, object, writer.behind)?
        }
        None => {
            writer.refuse_object(scope, object);
            return None;
        }
    };
    match bytes {
        Ok(bytes) => Some(bytes),
        Err(why) => {
            error::throw_dom_exception(scope, "DataCloneError", &why.to_string());
            None
        }
    }
}

fn wire_form<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    writer: &Writer<'_>,
) -> Option<Option<HostObject>> {
    let moved = writer.message.moved.len();
    if let Some(host) = writer.message.platform.wire_form(object, moved) {
        return Some(Some(host));
    }
    // The hooks of a program come first: its class may extend one of the platform's.
    if files::is_loaded(scope, "clone/hooks")
        && ask_ours(scope, "clone/hooks", "nameOf", object)?.is_string()
        && let Some(pair) = describe(scope, "clone/hooks", "serialize", object.into())?
    {
        let class = pair.get_index(scope, 0)?;
        let data = pair.get_index(scope, 1)?;
        let value = writer.write_nested(scope, object, data)?;
        return Some(Some(HostObject::CloneHook {
            class: js_string(scope, class),
            value,
        }));
    }
    if files::is_loaded(scope, "actor/actor_interface") {
        let handle = ask_ours(scope, "actor/actor_interface", "toHandle", object)?;
        if handle.is_number() {
            let handle = handle.uint32_value(scope)?;
            let id = state(scope)
                .targets
                .borrow()
                .get(handle)
                .map(|target| target.peer.id());
            return Some(id.map(HostObject::Actor));
        }
    }
    if !object.is_native_error() {
        return blob::wire_form(scope, object, writer.message);
    }
    if files::is_loaded(scope, QUOTA_FILE)
        && let Some(data) = describe_ours(scope, QUOTA_FILE, "toWire", object.into())?
    {
        let data = data.get_index(scope, 0)?;
        return Some(Some(HostObject::CloneHook {
            class: JsString::OneByte(QUOTA_CLASS.as_bytes().into()),
            value: writer.write_nested(scope, object, data)?,
        }));
    }
    if files::is_loaded(scope, "dom/dom_exception")
        && let Some(parts) = describe_ours(scope, "dom/dom_exception", "toWire", object.into())?
    {
        return dom_exception(scope, parts).map(Some);
    }
    Some(None)
}

fn dom_exception<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    parts: v8::Local<'s, v8::Array>,
) -> Option<HostObject> {
    let mut texts = Vec::with_capacity(3);
    for i in 0..3 {
        let part = parts.get_index(scope, i)?;
        texts.push(js_string(scope, part));
    }
    let [name, message, stack] = <[JsString; 3]>::try_from(texts).ok()?;
    Some(HostObject::DomException {
        name,
        message,
        stack,
    })
}

/// Reads parts of a host object; every failure is the same to the reader of a message.
pub(super) struct Parts<'a> {
    reader: &'a dyn v8::ValueDeserializerHelper,
    pub(super) document: &'a Reader<'a>,
}

impl Parts<'_> {
    pub(super) fn u32(&self) -> Option<u32> {
        let mut value = 0;
        self.reader.read_uint32(&mut value).then_some(value)
    }

    pub(super) fn u64(&self) -> Option<u64> {
        let mut value = 0;
        self.reader.read_uint64(&mut value).then_some(value)
    }

    pub(super) fn f64(&self) -> Option<f64> {
        let mut value = 0.0;
        self.reader.read_double(&mut value).then_some(value)
    }

    pub(super) fn string<'s>(
        &self,
        scope: &v8::PinScope<'s, '_>,
    ) -> Option<v8::Local<'s, v8::Value>> {
        let encoding = self.u32()?;
        let length = usize::try_from(self.u32()?).ok()?;
        let bytes = self.reader.read_raw_bytes(length)?;
        let text = match encoding {
            host::ENCODING_ONE_BYTE => {
                v8::String::new_from_one_byte(scope, bytes, v8::NewStringType::Normal)?
            }
            host::ENCODING_TWO_BYTE => {
                let units: Vec<u16> = bytes
                    .chunks_exact(2)
                    .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                    .collect();
                v8::String::new_from_two_byte(scope, &units, v8::NewStringType::Normal)?
            }
            _ => return None,
        };
        Some(text.into())
    }

    fn value<'s>(&self, scope: &mut v8::PinScope<'s, '_>) -> Option<v8::Local<'s, v8::Value>> {
        let length = usize::try_from(self.u64()?).ok()?;
        let bytes = self.reader.read_raw_bytes(length)?.to_vec();
        self.document.message.read(scope, &bytes)
    }
}

/// Reads a host object. `None` with an exception pending.
pub(super) fn read<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    reader: &dyn v8::ValueDeserializerHelper,
    document: &Reader<'_>,
) -> Option<v8::Local<'s, v8::Object>> {
    // V8 forbids JavaScript while it reads, so that nothing sees half-made objects; the internal
    // functions that make platform objects see only what is passed to them.
    v8::tc_scope!(let tc, scope);
    let object = {
        v8::allow_javascript_execution_scope!(let allowed, tc);
        read_parts(allowed, &Parts { reader, document }).and_then(|value| value.try_into().ok())
    };
    if object.is_none() {
        if !tc.has_caught() {
            refuse(tc, "the data holds a host object that is not known here");
        }
        tc.rethrow();
    }
    object
}

fn read_parts<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    parts: &Parts<'_>,
) -> Option<v8::Local<'s, v8::Value>> {
    let undefined = v8::undefined(scope).into();
    match parts.u32()? {
        host::TAG_ACTOR => {
            let id = IsolateId::from_u64(parts.u64()?);
            let handle = state(scope).open_target(id);
            let from_handle = files::function(scope, "actor/actor_interface", "fromHandle")?;
            let handle = v8::Integer::new_from_unsigned(scope, handle).into();
            from_handle.call(scope, undefined, &[handle])
        }
        host::TAG_DOM_EXCEPTION => {
            let args = [
                parts.string(scope)?,
                parts.string(scope)?,
                parts.string(scope)?,
            ];
            let from_wire = files::function(scope, "dom/dom_exception", "fromWire")?;
            from_wire.call(scope, undefined, &args)
        }
        host::TAG_MESSAGE_PORT => {
            let port = parts.document.message.port(parts.u32()?)?;
            Some(v8::Local::new(scope, port).into())
        }
        tag @ (host::TAG_READABLE_STREAM
        | host::TAG_WRITABLE_STREAM
        | host::TAG_TRANSFORM_STREAM) => {
            let mut args = vec![v8::Integer::new_from_unsigned(scope, tag).into()];
            for _ in 0..1 + u32::from(tag == host::TAG_TRANSFORM_STREAM) {
                let port = parts.document.message.port(parts.u32()?)?;
                args.push(v8::Local::new(scope, port).into());
            }
            let receive = files::function(scope, "clone/transferable", "receive")?;
            receive.call(scope, undefined, &args)
        }
        host::TAG_AGGREGATE_ERROR => aggregate_error::read(scope, parts).map(Into::into),
        host::TAG_CLONE_HOOK => {
            let class = parts.string(scope)?;
            let data = parts.value(scope)?;
            if class.to_rust_string_lossy(scope) == QUOTA_CLASS {
                let from_wire = files::function(scope, QUOTA_FILE, "fromWire")?;
                return from_wire.call(scope, undefined, &[data]);
            }
            let revive = files::function(scope, "clone/hooks", "deserialize")?;
            revive.call(scope, undefined, &[class, data])
        }
        tag @ (host::TAG_BLOB | host::TAG_FILE | host::TAG_FORM_DATA) => {
            blob::read(scope, tag, parts)
        }
        _ => None,
    }
}
