//! Which objects are platform objects. An interface marks its prototype; whatever inherits from a marked
//! prototype is a host object to V8's serializer, so that no platform object ever crosses as `{}`.
//!
//! Once there is a mark the serializer asks about every plain object and every error that it writes.

use std::cell::{Cell, OnceCell};

use super::super::state::state;

/// Prototype chains are followed this far; longer ones belong to no platform object.
const CHAIN: usize = 16;

/// Which objects a mark on their prototype makes host objects.
const ALL: i32 = 1;
const ERRORS: i32 = 2;

/// What an isolate knows of its marks.
#[derive(Default)]
pub(in super::super) struct Marks {
    /// The key of the property that is the mark; there is none before the first mark.
    key: OnceCell<v8::Global<v8::Private>>,
    /// `Object.prototype`, where most prototype chains end.
    plain: OnceCell<v8::Global<v8::Object>>,
    /// Whether that is marked itself.
    plain_is_marked: Cell<bool>,
}

impl Marks {
    /// Whether there is any. A program that has touched no interface has no platform object, and pays nothing.
    pub(super) fn exist(&self) -> bool {
        self.key.get().is_some()
    }

    fn key<'s>(&self, scope: &v8::PinScope<'s, '_>) -> v8::Local<'s, v8::Private> {
        let key = self.key.get_or_init(|| {
            let key = v8::Private::new(scope, None);
            v8::Global::new(scope, key)
        });
        v8::Local::new(scope, key)
    }

    fn is_plain(&self, prototype: v8::Local<'_, v8::Object>) -> bool {
        self.plain.get().is_some_and(|plain| *plain == prototype)
    }
}

/// Marks the prototype of an interface.
pub(in super::super) fn mark(scope: &v8::PinScope<'_, '_>, prototype: v8::Local<'_, v8::Value>) {
    mark_as(scope, prototype, ALL);
}

/// Marks the prototype of a class of errors: only true errors that inherit from it are host objects.
pub(in super::super) fn mark_errors(
    scope: &v8::PinScope<'_, '_>,
    prototype: v8::Local<'_, v8::Value>,
) {
    mark_as(scope, prototype, ERRORS);
}

fn mark_as(scope: &v8::PinScope<'_, '_>, prototype: v8::Local<'_, v8::Value>, which: i32) {
    let Ok(prototype) = v8::Local::<v8::Object>::try_from(prototype) else {
        return;
    };
    let marks = &state(scope).marks;
    let key = marks.key(scope);
    prototype.set_private(scope, key, v8::Integer::new(scope, which).into());
    // Of an object that no program sees, so that none has changed what it inherits from.
    let plain = v8::Object::new(scope).get_prototype(scope);
    if let Some(plain) = plain.and_then(|plain| v8::Local::<v8::Object>::try_from(plain).ok()) {
        marks.plain.get_or_init(|| v8::Global::new(scope, plain));
        if plain == prototype {
            marks.plain_is_marked.set(true);
        }
    }
}

/// Whether `object` inherits from a marked prototype. Runs no code: proxies are not entered.
pub(super) fn is_marked(scope: &v8::PinScope<'_, '_>, object: v8::Local<'_, v8::Object>) -> bool {
    nearest(scope, object).is_some()
}

/// Whether `object` is an error that only its class of errors makes a host object.
pub(super) fn is_marked_error(
    scope: &v8::PinScope<'_, '_>,
    object: v8::Local<'_, v8::Object>,
) -> bool {
    nearest(scope, object) == Some(ERRORS)
}

/// The mark that makes `object` a host object, if there is one.
fn nearest(scope: &v8::PinScope<'_, '_>, object: v8::Local<'_, v8::Object>) -> Option<i32> {
    let marks = &state(scope).marks;
    if !marks.exist() {
        return None;
    }
    let mut key = None;
    let mut next = object.get_prototype(scope);
    for _ in 0..CHAIN {
        let prototype = v8::Local::<v8::Object>::try_from(next?).ok()?;
        // Nothing is behind it.
        if marks.is_plain(prototype) && !marks.plain_is_marked.get() {
            return None;
        }
        if prototype.is_proxy() {
            return None;
        }
        let key = *key.get_or_insert_with(|| marks.key(scope));
        let mark = prototype
            .get_private(scope, key)
            .and_then(|mark| mark.int32_value(scope));
        if mark == Some(ALL) || (mark == Some(ERRORS) && object.is_native_error()) {
            return mark;
        }
        next = prototype.get_prototype(scope);
    }
    None
}

/// Whether `Object.prototype` is marked, so that no object is plain.
pub(super) fn no_object_is_plain(scope: &v8::PinScope<'_, '_>) -> bool {
    state(scope).marks.plain_is_marked.get()
}
