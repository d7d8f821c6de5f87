//! Which objects JavaScript can clone by itself: they have no internal slots that it cannot reach.

use super::mark;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Kind {
    /// An ordinary object, if it inherits from `Object.prototype` alone.
    Object,
    /// An array that has no enumerable properties but its elements.
    Array,
    Map,
    Set,
    Date,
}

/// What `value` is; `None` where it is anything else. A closer look, at some price, tells objects with slots that V8
/// keeps to itself and whose prototype a program has changed. Runs no code of the program's.
pub(in super::super) fn kind(
    scope: &mut v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
    closely: bool,
) -> Option<Kind> {
    let object = v8::Local::<v8::Object>::try_from(value).ok()?;
    if object.is_array() {
        return has_elements_alone(scope, object).then_some(Kind::Array);
    }
    // Of these three structured clone looks at no property.
    if object.is_map() {
        return Some(Kind::Map);
    }
    if object.is_set() {
        return Some(Kind::Set);
    }
    if object.is_date() {
        return Some(Kind::Date);
    }
    if has_slots(&object)
        || (closely && !is_made_by_object(scope, object))
        || mark::no_object_is_plain(scope)
    {
        return None;
    }
    Some(Kind::Object)
}

/// Whether an array has no other enumerable properties.
fn has_elements_alone(scope: &v8::PinScope<'_, '_>, array: v8::Local<'_, v8::Object>) -> bool {
    let filter = v8::GetPropertyNamesArgsBuilder::new()
        .mode(v8::KeyCollectionMode::OwnOnly)
        .property_filter(v8::PropertyFilter::ONLY_ENUMERABLE | v8::PropertyFilter::SKIP_SYMBOLS)
        .index_filter(v8::IndexFilter::SkipIndices)
        .build();
    let names = array.get_property_names(scope, filter);
    names.is_some_and(|names| names.length() == 0)
}

/// Whether V8 names `Object` as what made an object.
fn is_made_by_object(scope: &v8::PinScope<'_, '_>, object: v8::Local<'_, v8::Object>) -> bool {
    let name = object.get_constructor_name();
    let mut letters = [0; 6];
    if name.length() != letters.len() {
        return false;
    }
    name.write_one_byte_v2(scope, 0, &mut letters, v8::WriteFlags::empty());
    letters == *b"Object"
}

/// Whether V8 tells of any slots, of those objects whose prototype a program may have changed to
/// `Object.prototype`.
fn has_slots(object: &v8::Object) -> bool {
    object.is_proxy()
        || object.is_native_error()
        || object.is_reg_exp()
        || object.is_array_buffer_view()
        || object.is_array_buffer()
        || object.is_shared_array_buffer()
        || object.is_promise()
        || object.is_function()
        || object.is_boolean_object()
        || object.is_number_object()
        || object.is_string_object()
        || object.is_symbol_object()
        || object.is_big_int_object()
        || object.is_weak_map()
        || object.is_weak_set()
        || object.is_generator_object()
        || object.is_module_namespace_object()
        || object.is_arguments_object()
        || object.is_map_iterator()
        || object.is_set_iterator()
        || object.is_external()
        || object.is_wasm_memory_object()
        || object.is_wasm_module_object()
}
