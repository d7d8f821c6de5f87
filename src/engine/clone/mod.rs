//! Structured clone by V8's own serializer (HTML, "StructuredSerializeInternal" and its inverse), with
//! what V8 leaves to its host: transfer, host objects, and the wording of `DataCloneError`.

use bytes::Bytes;
use nano_proto::{Transfer, Value};
use v8::{ValueDeserializerHelper as _, ValueSerializerHelper as _};

use super::state::state;
use super::{error, files};

mod host_object;

pub(super) use host_object::mark;

/// V8's serializer asks this for what it cannot do alone.
struct Writer<'r> {
  /// What is being cloned, to say where in it the trouble lies.
  root: v8::Local<'r, v8::Value>,
}

/// Where in `root` the first thing is that cannot be cloned, as words for a message.
fn uncloneable_path(scope: &mut v8::PinScope<'_, '_>, root: v8::Local<'_, v8::Value>) -> String {
  v8::tc_scope!(let tc, scope);
  let path = files::function(tc, "clone/uncloneable_path", "find").and_then(|find| {
    let undefined = v8::undefined(tc).into();
    find.call(tc, undefined, &[root])
  });
  match path.filter(|path| path.is_string()) {
    Some(path) => format!(" (at {})", path.to_rust_string_lossy(tc)),
    None => String::new(),
  }
}

impl v8::ValueSerializerImpl for Writer<'_> {
  fn throw_data_clone_error<'s>(
    &self,
    scope: &mut v8::PinScope<'s, '_>,
    message: v8::Local<'s, v8::String>,
  ) {
    let message = message.to_rust_string_lossy(scope);
    let path = uncloneable_path(scope, self.root);
    error::throw_dom_exception(scope, "DataCloneError", &format!("{message}{path}"));
  }

  fn has_custom_host_object(&self, isolate: &v8::Isolate) -> bool {
    // A program that has touched no interface has no platform object, and pays nothing.
    state(isolate).has_platform_objects.get()
  }

  fn is_host_object<'s>(
    &self,
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
  ) -> Option<bool> {
    Some(host_object::is_marked(scope, object))
  }

  fn write_host_object<'s>(
    &self,
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    writer: &dyn v8::ValueSerializerHelper,
  ) -> Option<bool> {
    let bytes = host_object::write(scope, object)?;
    writer.write_raw_bytes(&bytes);
    Some(true)
  }

  fn get_wasm_module_transfer_id(
    &self,
    scope: &mut v8::PinScope<'_, '_>,
    _: v8::Local<v8::WasmModuleObject>,
  ) -> Option<u32> {
    error::throw_dom_exception(scope, "DataCloneError", "a WebAssembly.Module could not be cloned");
    None
  }
}

struct Reader;

impl v8::ValueDeserializerImpl for Reader {
  fn read_host_object<'s>(
    &self,
    scope: &mut v8::PinScope<'s, '_>,
    reader: &dyn v8::ValueDeserializerHelper,
  ) -> Option<v8::Local<'s, v8::Object>> {
    host_object::read(scope, reader)
  }

  fn get_shared_array_buffer_from_id<'s>(
    &self,
    scope: &mut v8::PinScope<'s, '_>,
    _: u32,
  ) -> Option<v8::Local<'s, v8::SharedArrayBuffer>> {
    error::throw_dom_exception(scope, "DataCloneError", "no SharedArrayBuffer came with this message");
    None
  }

  fn get_wasm_module_from_id<'s>(
    &self,
    scope: &mut v8::PinScope<'s, '_>,
    _: u32,
  ) -> Option<v8::Local<'s, v8::WasmModuleObject>> {
    error::throw_dom_exception(scope, "DataCloneError", "no WebAssembly.Module came with this message");
    None
  }
}

/// Serializes `value`, moving the buffers of `transfer` out of the isolate. `None` with an exception
/// pending where something cannot be cloned; then nothing was moved.
pub(super) fn serialize(
  scope: &mut v8::PinScope<'_, '_>,
  value: v8::Local<'_, v8::Value>,
  transfer: Option<v8::Local<'_, v8::Array>>,
) -> Option<Value> {
  let buffers = transferred_buffers(scope, transfer)?;
  let context = scope.get_current_context();
  let writer = v8::ValueSerializer::new(scope, Box::new(Writer { root: value }));
  writer.write_header();
  for (i, buffer) in buffers.iter().enumerate() {
    writer.transfer_array_buffer(i as u32, *buffer);
  }
  if writer.write_value(context, value) != Some(true) {
    return None;
  }
  let bytes = Bytes::from(writer.release());
  let mut transfers = Vec::with_capacity(buffers.len());
  for buffer in buffers {
    let store = buffer.get_backing_store();
    buffer.detach(None);
    transfers.push(Transfer::ArrayBuffer(copy(&store)));
  }
  Some(Value::new(bytes).with_transfers(transfers))
}

fn copy(store: &v8::BackingStore) -> Bytes {
  store.iter().map(std::cell::Cell::get).collect()
}

/// HTML, "StructuredSerializeWithTransfer", steps 1 to 2: each entry is transferable and stands once.
fn transferred_buffers<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  transfer: Option<v8::Local<'_, v8::Array>>,
) -> Option<Vec<v8::Local<'s, v8::ArrayBuffer>>> {
  let mut buffers: Vec<v8::Local<'s, v8::ArrayBuffer>> = Vec::new();
  let Some(transfer) = transfer else { return Some(buffers) };
  for i in 0..transfer.length() {
    let entry = transfer.get_index(scope, i)?;
    let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(entry) else {
      error::throw_dom_exception(scope, "DataCloneError", &format!("transfer[{i}] cannot be transferred"));
      return None;
    };
    if buffers.contains(&buffer) {
      error::throw_dom_exception(scope, "DataCloneError", &format!("transfer[{i}] is listed twice"));
      return None;
    }
    if buffer.was_detached() || !buffer.is_detachable() {
      error::throw_dom_exception(scope, "DataCloneError", &format!("transfer[{i}] is detached or cannot be"));
      return None;
    }
    buffers.push(buffer);
  }
  Some(buffers)
}

/// Serializes `value` where that is possible without a word.
pub(super) fn serialize_quietly(
  scope: &mut v8::PinScope<'_, '_>,
  value: v8::Local<'_, v8::Value>,
) -> Option<Value> {
  v8::tc_scope!(let tc, scope);
  serialize(tc, value, None)
}

/// The value of a complete serialization that lies inside another one.
fn deserialize_bytes<'s>(scope: &mut v8::PinScope<'s, '_>, bytes: &[u8]) -> Option<v8::Local<'s, v8::Value>> {
  let context = scope.get_current_context();
  let reader = v8::ValueDeserializer::new(scope, Box::new(Reader), bytes);
  if reader.read_header(context) != Some(true) {
    return None;
  }
  reader.read_value(context)
}

/// The value that `value` holds, made anew in this isolate. `None` with an exception pending.
pub(super) fn deserialize<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  value: &Value,
) -> Option<v8::Local<'s, v8::Value>> {
  let context = scope.get_current_context();
  let bytes = value.bytes();
  // `bytes` outlives the reader, which keeps a pointer into it.
  let reader = v8::ValueDeserializer::new(scope, Box::new(Reader), bytes);
  if reader.read_header(context) != Some(true) {
    error::throw_dom_exception(scope, "DataCloneError", "the data is not structured-clone data of this version");
    return None;
  }
  for (i, transfer) in value.transfers().iter().enumerate() {
    if let Transfer::ArrayBuffer(bytes) = transfer {
      let buffer = array_buffer(scope, bytes)?;
      reader.transfer_array_buffer(i as u32, buffer);
    }
  }
  reader.read_value(context)
}

fn array_buffer<'s>(scope: &mut v8::PinScope<'s, '_>, bytes: &Bytes) -> Option<v8::Local<'s, v8::ArrayBuffer>> {
  let store = v8::ArrayBuffer::new_backing_store_from_vec(bytes.to_vec()).make_shared();
  Some(v8::ArrayBuffer::with_backing_store(scope, &store))
}
