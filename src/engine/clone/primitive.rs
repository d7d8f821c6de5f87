//! Messages that are one primitive, without V8's serializer: setting it up costs many times what it does for
//! them, and touches memory that a cache of many isolates no longer holds.

use nano_proto::{Primitive, Value};

/// `value` serialized, if it is a primitive of a few bytes.
pub(super) fn write(
    scope: &mut v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
) -> Option<Value> {
    if value.is_object() {
        return None;
    }
    let primitive = if value.is_undefined() {
        Primitive::Undefined
    } else if let Ok(number) = v8::Local::<v8::Number>::try_from(value) {
        Primitive::Number(number.value())
    } else if value.is_null() {
        Primitive::Null
    } else if value.is_boolean() {
        Primitive::Bool(value.is_true())
    } else {
        let string = v8::Local::<v8::String>::try_from(value).ok()?;
        let mut text = [0; Primitive::LONGEST];
        let text = text
            .get_mut(..string.length())
            .filter(|_| string.is_onebyte())?;
        string.write_one_byte_v2(scope, 0, text, v8::WriteFlags::empty());
        return Some(Value::of_primitive(Primitive::Latin1(text)));
    };
    Some(Value::of_primitive(primitive))
}

/// The primitive that `value` is, if it is one.
pub(super) fn read<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    value: &Value,
) -> Option<v8::Local<'s, v8::Value>> {
    Some(match value.as_primitive()? {
        Primitive::Undefined => v8::undefined(scope).into(),
        Primitive::Null => v8::null(scope).into(),
        Primitive::Bool(is_true) => v8::Boolean::new(scope, is_true).into(),
        Primitive::Number(number) => v8::Number::new(scope, number).into(),
        Primitive::Latin1(text) => {
            v8::String::new_from_one_byte(scope, text, v8::NewStringType::Normal)?.into()
        }
        _ => return None,
    })
}
