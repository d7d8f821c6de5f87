//! The names of calls, and the functions that answer to them.

use std::sync::Arc;

use nano_proto::Envelope;

use crate::engine::state::state;
use crate::engine::{error, files};
use crate::exchange::Entry;

/// The function that answers `entry`: the main module's export, else a method of its default export.
pub(super) fn handler<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    entry: &Entry,
) -> Option<(v8::Local<'s, v8::Function>, v8::Local<'s, v8::Value>)> {
    let key = entry_key(scope, entry)?;
    let namespace = v8::Local::new(
        scope,
        state(scope).modules.borrow().main_namespace.as_ref()?,
    );
    // An export may still be in its temporal dead zone while the module awaits.
    let export = namespace.get(scope, key.into())?;
    if let Ok(function) = v8::Local::<v8::Function>::try_from(export) {
        return Some((function, v8::undefined(scope).into()));
    }
    let default = files::get(scope, namespace, "default")?;
    let object = v8::Local::<v8::Object>::try_from(default).ok()?;
    if !is_programs_own(scope, object, key)? {
        return None;
    }
    let function = object.get(scope, key.into())?.try_into().ok()?;
    Some((function, default))
}

fn entry_key<'s>(scope: &v8::PinScope<'s, '_>, entry: &Entry) -> Option<v8::Local<'s, v8::String>> {
    let mut calls = state(scope).calls.borrow_mut();
    if let Some((last, key)) = &calls.last_entry
        && (Arc::ptr_eq(last, entry) || last == entry)
    {
        return Some(v8::Local::new(scope, key));
    }
    let key = v8::String::new_from_utf8(scope, entry.as_bytes(), v8::NewStringType::Internalized)?;
    calls.last_entry = Some((entry.clone(), v8::Global::new(scope, key)));
    Some(key)
}

/// Whether what `object` has under `key` is its own or comes from a class of the program's, not from the
/// language: what every object and every function has is no handler, nor is a class's `constructor`.
fn is_programs_own<'s>(
    scope: &v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    key: v8::Local<'s, v8::String>,
) -> Option<bool> {
    // A proxy answers for itself.
    let has = |holder: v8::Local<'s, v8::Object>| match holder.is_proxy() {
        true => Some(true),
        false => holder.has_own_property(scope, key.into()),
    };
    if has(object)? {
        return Some(true);
    }
    // Of objects that no program sees, so that none has changed what they inherit from.
    let function = v8::Local::new(scope, &state(scope).require);
    let of_language = [
        v8::Object::new(scope).get_prototype(scope)?,
        function.get_prototype(scope)?,
    ];
    let mut holder = object;
    loop {
        let next = holder.get_prototype(scope)?;
        if of_language.contains(&next) {
            return Some(false);
        }
        match v8::Local::<v8::Object>::try_from(next) {
            Ok(next) => holder = next,
            Err(_) => return Some(false),
        }
        if has(holder)? {
            return Some(key.to_rust_string_lossy(scope) != "constructor");
        }
    }
}

fn has_lone_surrogate(scope: &v8::PinScope<'_, '_>, text: v8::Local<'_, v8::String>) -> bool {
    let mut units = vec![0; text.length()];
    text.write_v2(scope, 0, &mut units, v8::WriteFlags::empty());
    char::decode_utf16(units).any(|unit| unit.is_err())
}

/// The name of an export as JavaScript gave it; `None` with an exception pending.
pub(in crate::engine) fn entry_name(
    scope: &mut v8::PinScope<'_, '_>,
    name: v8::Local<'_, v8::Value>,
) -> Option<Entry> {
    let key = name.to_string(scope)?;
    {
        let calls = state(scope).calls.borrow();
        if let Some((entry, last)) = &calls.last_sent
            && *last == key
        {
            return Some(entry.clone());
        }
    }
    let entry: Entry = key.to_rust_string_lossy(scope).into();
    if entry.len() > Envelope::MAX_ENTRY_BYTES {
        let (found, allowed) = (entry.len(), Envelope::MAX_ENTRY_BYTES);
        let why = format!("a handler's name has {found} bytes, and may have {allowed}: rename it.");
        error::throw_type_error(scope, &why);
        return None;
    }
    // Names are Unicode text, in which all lone surrogates would be one name.
    if entry.contains(char::REPLACEMENT_CHARACTER) && has_lone_surrogate(scope, key) {
        let why = "a handler's name has half of a surrogate pair: rename the handler";
        error::throw_type_error(scope, &format!("{why} ('{entry}')."));
        return None;
    }
    let kept = v8::Global::new(scope, key);
    state(scope).calls.borrow_mut().last_sent = Some((entry.clone(), kept));
    Some(entry)
}
