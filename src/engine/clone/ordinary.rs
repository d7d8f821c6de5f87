//! Whether an object is an ordinary one to V8, whatever it inherits from: V8 tells an embedder of most kinds of
//! internal slots, but not of all, and a program can set the prototype of a `WeakRef` or an `Intl.Collator` to
//! `Object.prototype`.
//!
//! The serializer goes by the instance type in the object's map. So does this, by the layout that V8 publishes for what
//! its own headers inline (`v8-internal.h`): two loads, where a question to the serializer takes a microsecond.

use std::sync::OnceLock;

use crate::engine::known_v8::TAG;

/// `Internals::kHeapObjectMapOffset` and `Internals::kMapInstanceTypeOffset`, without compressed pointers.
const MAP: usize = 0;
const INSTANCE_TYPE: usize = size_of::<usize>() + size_of::<u32>();

/// `kHeapObjectTagMask`.
const TAG_MASK: usize = 3;

/// `Internals::GetInstanceType`.
fn instance_type(object: &v8::Object) -> u16 {
    let slot = std::ptr::from_ref(object).cast::<usize>();
    // SAFETY: a handle points to a slot that holds the tagged address of a heap object, and lives as long as the
    // reference. The object starts with the tagged address of its map, which is longer than what is read of it; both
    // loads are aligned. Nothing allocates in between, so that nothing moves.
    unsafe {
        let address = *slot;
        debug_assert_eq!(address & TAG_MASK, TAG);
        let map = *((address - TAG + MAP) as *const usize);
        debug_assert_eq!(map & TAG_MASK, TAG);
        *((map - TAG + INSTANCE_TYPE) as *const u16)
    }
}

/// The instance type of ordinary objects, learned from some of them. `None` where objects that differ do not differ in
/// it: then the layout is another, no object is known to be ordinary, and all go to the serializer.
fn learn(scope: &v8::PinScope<'_, '_>) -> Option<u16> {
    let ordinary = instance_type(&v8::Object::new(scope));
    let null = v8::null(scope).into();
    let other_map = v8::Object::with_prototype_and_properties(scope, null, &[], &[]);
    let others: [v8::Local<'_, v8::Object>; 3] = [
        v8::Array::new(scope, 0).into(),
        v8::Map::new(scope).into(),
        v8::Set::new(scope).into(),
    ];
    let differ = others.iter().all(|other| instance_type(other) != ordinary);
    (instance_type(&other_map) == ordinary && differ).then_some(ordinary)
}

/// Whether `object` has no internal slots at all.
pub(super) fn is_ordinary(scope: &v8::PinScope<'_, '_>, object: &v8::Object) -> bool {
    static ORDINARY: OnceLock<Option<u16>> = OnceLock::new();
    let ordinary = *ORDINARY.get_or_init(|| learn(scope));
    ordinary == Some(instance_type(object))
}
