//! Which objects JavaScript can clone by itself: they have no internal slots that it cannot reach.

use super::mark;
use super::ordinary::is_ordinary;

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

/// What `value` is; `None` where it is anything else. Runs no code of the program's.
pub(in super::super) fn kind(
    scope: &mut v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
) -> Option<Kind> {
    let object = v8::Local::<v8::Object>::try_from(value).ok()?;
    if is_ordinary(scope, &object) {
        return (!mark::no_object_is_plain(scope)).then_some(Kind::Object);
    }
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
    object.is_date().then_some(Kind::Date)
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
