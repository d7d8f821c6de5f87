//! Ops of structured clone.

use nano_proto::Limits;

use super::super::clone;
use super::{Args, Return};

/// `op_structured_clone(value, transfer) -> value`.
pub(super) fn op_structured_clone<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let transfer = v8::Local::<v8::Array>::try_from(args.get(1)).ok();
    if transfer.is_none() && !args.get(0).is_object() && !args.get(0).is_symbol() {
        // HTML, "StructuredSerializeInternal", step 4: a primitive is its own clone.
        rv.set(args.get(0));
        return;
    }
    if transfer.is_none()
        && let Some(copy) = clone::copy_bytes(scope, args.get(0))
    {
        rv.set(copy);
        return;
    }
    let Some(value) = clone::serialize(scope, args.get(0), transfer, Limits::NONE) else {
        return;
    };
    if let Some(value) = clone::deserialize(scope, value) {
        rv.set(value);
    }
}

/// `op_clone_kind(object) -> integer`: what structured clone makes of an object by itself: 1 for a plain object, as
/// far as it is one that inherits from `Object.prototype` alone, 2 for an array without other properties, 3 for a Map,
/// 4 for a Set, 5 for a Date, 0 for anything else.
pub(super) fn op_clone_kind<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    rv.set_int32(match clone::plain_kind(scope, args.get(0)) {
        Some(clone::PlainKind::Object) => 1,
        Some(clone::PlainKind::Array) => 2,
        Some(clone::PlainKind::Map) => 3,
        Some(clone::PlainKind::Set) => 4,
        Some(clone::PlainKind::Date) => 5,
        None => 0,
    });
}

/// `op_platform_object_mark(prototype)`: objects that inherit from `prototype` are platform objects, which
/// structured clone never takes for plain ones.
pub(super) fn op_platform_object_mark<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    _: Return<'s>,
) {
    clone::mark(scope, args.get(0));
}

/// `op_aggregate_error_mark(prototype)`: true errors that inherit from `prototype` have a wire form of ours.
pub(super) fn op_aggregate_error_mark<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    _: Return<'s>,
) {
    clone::mark_errors(scope, args.get(0));
}
