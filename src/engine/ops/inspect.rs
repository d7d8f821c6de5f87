//! Ops that look at values without running any of their code.

use nano_proto::value::document::{self, Document, Node};

use super::super::{clone, error};
use super::{Args, Return};

/// `op_value_kind(value, closely) -> integer`: what a value is, whatever its prototype says. A closer
/// look tells objects that the serializer has no form for, and host objects that have one, from plain
/// objects, at the price of asking the serializer, and detached buffers, and views of these, from others.
pub(super) fn op_value_kind<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let kind = kind(args.get(0));
    rv.set_int32(match v8::Local::<v8::Object>::try_from(args.get(0)) {
        Ok(object) if args.get(1).is_true() => close_kind(scope, object, kind),
        _ => kind,
    });
}

fn close_kind<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    kind: i32,
) -> i32 {
    match kind {
        PLAIN => match clone::form(scope, object) {
            clone::Form::Plain => PLAIN,
            clone::Form::None => 26,
            clone::Form::Host => 27,
        },
        ERROR if clone::has_host_form(scope, object) => 27,
        BUFFER if is_detached(v8::Local::try_from(object).ok()) => 28,
        VIEW => {
            let view = v8::Local::<v8::ArrayBufferView>::try_from(object).ok();
            // What has no buffer yet has one that nobody has detached.
            let view = view.filter(|view| view.has_buffer());
            match is_detached(view.and_then(|view| view.buffer(scope))) {
                true => 29,
                false => VIEW,
            }
        }
        _ => kind,
    }
}

fn is_detached(buffer: Option<v8::Local<'_, v8::ArrayBuffer>>) -> bool {
    buffer.is_some_and(|buffer| buffer.was_detached())
}

/// What `kind` says of an object without internal slots that V8 tells of.
const PLAIN: i32 = 0;
/// What it says of a buffer, of a view and of an error.
const BUFFER: i32 = 13;
const VIEW: i32 = 15;
const ERROR: i32 = 16;

/// One of V8's questions about a value.
type Is = fn(&v8::Value) -> bool;

fn kind(value: v8::Local<'_, v8::Value>) -> i32 {
    if value.is_symbol() {
        return 2;
    }
    if !value.is_object() {
        return 25;
    }
    let kinds: [(Is, i32); 22] = [
        (v8::Value::is_proxy, 7),
        (v8::Value::is_array, 24),
        (v8::Value::is_function, 1),
        (v8::Value::is_native_error, ERROR),
        (v8::Value::is_map, 9),
        (v8::Value::is_set, 10),
        (v8::Value::is_promise, 6),
        (v8::Value::is_date, 11),
        (v8::Value::is_reg_exp, 12),
        (v8::Value::is_array_buffer, BUFFER),
        (v8::Value::is_shared_array_buffer, 14),
        (v8::Value::is_array_buffer_view, VIEW),
        (v8::Value::is_weak_map, 3),
        (v8::Value::is_weak_set, 4),
        (v8::Value::is_generator_object, 8),
        (v8::Value::is_module_namespace_object, 17),
        (v8::Value::is_arguments_object, 18),
        (v8::Value::is_map_iterator, 20),
        (v8::Value::is_set_iterator, 21),
        (v8::Value::is_external, 22),
        (is_boxed, 19),
        (is_wasm, 23),
    ];
    kinds
        .iter()
        .find(|(is, _)| is(&value))
        .map_or(PLAIN, |(_, kind)| *kind)
}

fn is_boxed(value: &v8::Value) -> bool {
    value.is_number_object()
        || value.is_string_object()
        || value.is_boolean_object()
        || value.is_big_int_object()
        || value.is_symbol_object()
}

fn is_wasm(value: &v8::Value) -> bool {
    value.is_wasm_module_object() || value.is_wasm_memory_object()
}

/// `op_inspect_proxy(proxy) -> [target, handler]`.
pub(super) fn op_inspect_proxy<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let Ok(proxy) = v8::Local::<v8::Proxy>::try_from(args.get(0)) else {
        error::throw_type_error(scope, "op_inspect_proxy: the argument is no proxy");
        return;
    };
    let (target, handler) = (proxy.get_target(scope), proxy.get_handler(scope));
    rv.set(v8::Array::new_with_elements(scope, &[target, handler]).into());
}

/// `op_inspect_promise(promise) -> [state, value]`, with 0 for pending, 1 fulfilled, 2 rejected.
pub(super) fn op_inspect_promise<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let Ok(promise) = v8::Local::<v8::Promise>::try_from(args.get(0)) else {
        error::throw_type_error(scope, "op_inspect_promise: the argument is no promise");
        return;
    };
    let (state, value) = match promise.state() {
        v8::PromiseState::Pending => (0, v8::undefined(scope).into()),
        v8::PromiseState::Fulfilled => (1, promise.result(scope)),
        v8::PromiseState::Rejected => (2, promise.result(scope)),
    };
    let state = v8::Integer::new(scope, state).into();
    rv.set(v8::Array::new_with_elements(scope, &[state, value]).into());
}

/// `op_inspect_entries(collection) -> [entries, isKeyValue] | undefined`: of maps, sets, their weak
/// kinds and their iterators, which are not advanced.
pub(super) fn op_inspect_entries<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let Ok(object) = v8::Local::<v8::Object>::try_from(args.get(0)) else {
        return;
    };
    let (entries, key_value) = object.preview_entries(scope);
    if let Some(entries) = entries {
        let key_value = v8::Boolean::new(scope, key_value).into();
        rv.set(v8::Array::new_with_elements(scope, &[entries.into(), key_value]).into());
    }
}

/// `op_inspect_keys(object, nonIndexOnly, showHidden) -> keys`: own keys, symbols among them.
pub(super) fn op_inspect_keys<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let Ok(object) = v8::Local::<v8::Object>::try_from(args.get(0)) else {
        return;
    };
    let index = if args.get(1).is_true() {
        v8::IndexFilter::SkipIndices
    } else {
        v8::IndexFilter::IncludeIndices
    };
    let filter = if args.get(2).is_true() {
        v8::PropertyFilter::ALL_PROPERTIES
    } else {
        v8::PropertyFilter::ONLY_ENUMERABLE
    };
    let wanted = v8::GetPropertyNamesArgs {
        mode: v8::KeyCollectionMode::OwnOnly,
        property_filter: filter,
        index_filter: index,
        key_conversion: v8::KeyConversionMode::ConvertToString,
    };
    // V8's function for own properties alone never skips indices.
    if let Some(keys) = object.get_property_names(scope, wanted) {
        rv.set(keys.into());
    }
}

/// `op_inspect_constructor_name(object) -> string`: V8's own idea of it, which runs no user code.
pub(super) fn op_inspect_constructor_name<'s>(
    _: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    if let Ok(object) = v8::Local::<v8::Object>::try_from(args.get(0)) {
        rv.set(object.get_constructor_name().into());
    }
}

/// `op_inspect_function(function) -> integer`: 0 ordinary, 1 async, 2 generator, 3 async generator.
pub(super) fn op_inspect_function<'s>(
    _: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let value = args.get(0);
    rv.set_int32(
        i32::from(value.is_async_function()) + 2 * i32::from(value.is_generator_function()),
    );
}

/// What V8's serializer says of a value: it reads internal slots that V8 shows an embedder in no other way.
fn slots(scope: &mut v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> Option<Document> {
    let value = clone::serialize_quietly(scope, value)?;
    document::read(value.bytes()).ok()
}

/// `op_inspect_boxed(object) -> primitive` that the object wraps; undefined for a boxed symbol.
pub(super) fn op_inspect_boxed<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let Some(document) = slots(scope, args.get(0)) else {
        return;
    };
    match document.root_node() {
        Node::BoxedBool(value) => rv.set_bool(*value),
        Node::BoxedNumber(value) => rv.set_double(*value),
        Node::BoxedBigInt(number) => {
            let words: Vec<u64> = number
                .digits()
                .chunks(8)
                .map(|chunk| {
                    chunk
                        .iter()
                        .rev()
                        .fold(0, |word, byte| word << 8 | u64::from(*byte))
                })
                .collect();
            if let Some(number) = v8::BigInt::new_from_words(scope, number.is_negative(), &words) {
                rv.set(number.into());
            }
        }
        Node::BoxedString(text) => {
            if let Some(text) = v8::String::new(scope, &text.to_text()) {
                rv.set(text.into());
            }
        }
        _ => {}
    }
}

/// `op_inspect_regexp(regexp) -> "/source/flags"`, without calling its getters.
pub(super) fn op_inspect_regexp<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let Ok(regexp) = v8::Local::<v8::RegExp>::try_from(args.get(0)) else {
        return;
    };
    let source = regexp.get_source(scope).to_rust_string_lossy(scope);
    let document = slots(scope, args.get(0));
    let flags = match document.as_ref().map(Document::root_node) {
        Some(Node::RegExp { flags, .. }) => flag_letters(*flags),
        _ => String::new(),
    };
    if let Some(text) = v8::String::new(scope, &format!("/{source}/{flags}")) {
        rv.set(text.into());
    }
}

/// The letters of V8's flag bits, in the order of `RegExp.prototype.flags`.
fn flag_letters(bits: u32) -> String {
    let letters = [
        (128, 'd'),
        (1, 'g'),
        (2, 'i'),
        (4, 'm'),
        (32, 's'),
        (16, 'u'),
        (256, 'v'),
        (8, 'y'),
    ];
    letters
        .iter()
        .filter(|(bit, _)| bits & bit != 0)
        .map(|(_, letter)| letter)
        .collect()
}

/// `op_inspect_buffer(buffer, max) -> [byteLength, hex of the first bytes, detached]`.
pub(super) fn op_inspect_buffer<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let value = args.get(0);
    let (store, detached) = if let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(value) {
        (buffer.get_backing_store(), buffer.was_detached())
    } else if let Ok(buffer) = v8::Local::<v8::SharedArrayBuffer>::try_from(value) {
        (buffer.get_backing_store(), false)
    } else {
        return;
    };
    let length = if detached { 0 } else { store.byte_length() };
    // No more is shown of any buffer, whatever is asked for: the text lies in the heap.
    let max = args
        .get(1)
        .number_value(scope)
        .unwrap_or(0.0)
        .clamp(0.0, 4096.0) as usize;
    let mut text = String::new();
    for (i, byte) in store.iter().take(length.min(max)).enumerate() {
        let separator = if i == 0 { "" } else { " " };
        text.push_str(&format!("{separator}{:02x}", byte.get()));
    }
    let length = v8::Number::new(scope, length as f64).into();
    let Some(text) = v8::String::new(scope, &text) else {
        return;
    };
    let detached = v8::Boolean::new(scope, detached).into();
    rv.set(v8::Array::new_with_elements(scope, &[length, text.into(), detached]).into());
}

/// `op_inspect_view(view) -> [type, length, byteLength, byteOffset, buffer, bytesPerElement]`.
pub(super) fn op_inspect_view<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let value = args.get(0);
    let Ok(view) = v8::Local::<v8::ArrayBufferView>::try_from(value) else {
        return;
    };
    let (name, size) = view_type(&value);
    let length = v8::Local::<v8::TypedArray>::try_from(value)
        .map_or(view.byte_length(), |array| array.length());
    let Some(buffer) = view.buffer(scope) else {
        return;
    };
    let Some(name) = v8::String::new(scope, name) else {
        return;
    };
    let number = |value: usize| v8::Number::new(scope, value as f64).into();
    let (length, bytes, offset, size) = (
        number(length),
        number(view.byte_length()),
        number(view.byte_offset()),
        number(size),
    );
    rv.set(
        v8::Array::new_with_elements(
            scope,
            &[name.into(), length, bytes, offset, buffer.into(), size],
        )
        .into(),
    );
}

fn view_type(value: &v8::Value) -> (&'static str, usize) {
    let types: [(Is, &str, usize); 12] = [
        (v8::Value::is_uint8_array, "Uint8Array", 1),
        (v8::Value::is_uint8_clamped_array, "Uint8ClampedArray", 1),
        (v8::Value::is_int8_array, "Int8Array", 1),
        (v8::Value::is_uint16_array, "Uint16Array", 2),
        (v8::Value::is_int16_array, "Int16Array", 2),
        (v8::Value::is_uint32_array, "Uint32Array", 4),
        (v8::Value::is_int32_array, "Int32Array", 4),
        (v8::Value::is_float16_array, "Float16Array", 2),
        (v8::Value::is_float32_array, "Float32Array", 4),
        (v8::Value::is_float64_array, "Float64Array", 8),
        (v8::Value::is_big_uint64_array, "BigUint64Array", 8),
        (v8::Value::is_big_int64_array, "BigInt64Array", 8),
    ];
    types
        .iter()
        .find(|(is, ..)| is(value))
        .map_or(("DataView", 1), |(_, name, size)| (name, *size))
}

/// `op_shared_buffer_length(buffer) -> bytes` of a SharedArrayBuffer.
pub(super) fn op_shared_buffer_length<'s>(
    _: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    if let Ok(buffer) = v8::Local::<v8::SharedArrayBuffer>::try_from(args.get(0)) {
        rv.set_double(buffer.byte_length() as f64);
    }
}

/// `op_shared_buffer_growable(buffer) -> boolean` of a SharedArrayBuffer.
pub(super) fn op_shared_buffer_growable<'s>(
    _: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    if let Ok(buffer) = v8::Local::<v8::SharedArrayBuffer>::try_from(args.get(0)) {
        rv.set_bool(buffer.get_backing_store().is_resizable_by_user_javascript());
    }
}
