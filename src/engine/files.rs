//! Internal JavaScript files: each runs at most once an isolate, when it is first needed, from a source
//! that all isolates share and with a code cache that all isolates share.

use std::sync::OnceLock;

use super::error;
use super::snapshot::layout;
use super::snapshot::origin::internal_origin;
use super::state::state;
use crate::web::manifest::{GLOBALS, GlobalProperty, Kind};

/// One file below `src/web`.
pub struct InternalFile {
    pub(super) name: &'static str,
    source: v8::OneByteConst,
    cache: OnceLock<Box<[u8]>>,
}

// SAFETY: `OneByteConst` points to static text, which is the same on every thread.
unsafe impl Send for InternalFile {}
// SAFETY: `OneByteConst` points to static text that nobody changes; the cache is a `OnceLock`.
unsafe impl Sync for InternalFile {}

impl InternalFile {
    pub(super) const fn new(name: &'static str, source: &'static [u8]) -> Self {
        Self {
            name,
            source: v8::String::create_external_onebyte_const(source),
            cache: OnceLock::new(),
        }
    }
}

include!(concat!(env!("OUT_DIR"), "/internal_files.rs"));

/// The position of the file `name`, which is relative to `src/web` and has no ending.
pub(super) fn position(name: &str) -> Option<usize> {
    FILES.binary_search_by(|file| file.name.cmp(name)).ok()
}

/// The exports of the file `name`; `None` with an exception pending where it throws or is unknown.
pub(super) fn require<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: &str,
) -> Option<v8::Local<'s, v8::Object>> {
    let Some(index) = position(name) else {
        error::throw_type_error(scope, &format!("no internal file '{name}'"));
        return None;
    };
    if let Some(exports) = state(scope).internals.borrow().get(&index) {
        return Some(v8::Local::new(scope, exports));
    }
    // Without a prototype: a setter that user code put on `Object.prototype` must not see the exports.
    let null = v8::null(scope).into();
    let exports = v8::Object::with_prototype_and_properties(scope, null, &[], &[]);
    // Before the file runs, so that files which require each other find what is there so far.
    let key = v8::String::new_from_utf8(scope, name.as_bytes(), v8::NewStringType::Internalized)?;
    let by_name = v8::Local::new(scope, &state(scope).internals_by_name);
    by_name.set(scope, key.into(), exports.into())?;
    let kept = v8::Global::new(scope, exports);
    state(scope).internals.borrow_mut().insert(index, kept);
    if run(scope, &FILES[index], exports).is_none() {
        state(scope).internals.borrow_mut().remove(&index);
        by_name.delete(scope, key.into());
        return None;
    }
    Some(exports)
}

/// The exports of the file of this name, if it has run or runs.
pub(super) fn loaded<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: v8::Local<'s, v8::Value>,
) -> Option<v8::Local<'s, v8::Value>> {
    let by_name = v8::Local::new(scope, &state(scope).internals_by_name);
    by_name.get(scope, name).filter(|file| file.is_object())
}

/// Whether a script of this name is one of these files.
pub(super) fn is_internal(script: &str) -> bool {
    script
        .strip_prefix("nano:")
        .is_some_and(|name| position(name).is_some())
}

/// Whether the file `name` has run in this isolate.
pub(super) fn is_loaded(scope: &v8::PinScope<'_, '_>, name: &str) -> bool {
    position(name).is_some_and(|index| state(scope).internals.borrow().contains_key(&index))
}

fn run<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    file: &'static InternalFile,
    exports: v8::Local<'s, v8::Object>,
) -> Option<()> {
    let text = v8::String::new_from_onebyte_const(scope, &file.source)?;
    let origin = internal_origin(scope, file.name)?;
    let params = {
        let param = |name| v8::String::new(scope, name);
        [
            param("exports")?,
            param("require")?,
            param("primordials")?,
            param("ops")?,
        ]
    };
    let cached = file.cache.get();
    let (mut source, options) = match cached {
        Some(bytes) => (
            v8::script_compiler::Source::new_with_cached_data(
                text,
                Some(&origin),
                v8::script_compiler::CachedData::new(bytes),
            ),
            v8::script_compiler::CompileOptions::ConsumeCodeCache,
        ),
        None => (
            v8::script_compiler::Source::new(text, Some(&origin)),
            v8::script_compiler::CompileOptions::NoCompileOptions,
        ),
    };
    let function = v8::script_compiler::compile_function(
        scope,
        &mut source,
        &params,
        &[],
        options,
        v8::script_compiler::NoCacheReason::NoReason,
    )?;
    let state = state(scope);
    let args = [
        exports.into(),
        v8::Local::new(scope, &state.require).into(),
        v8::Local::new(scope, &state.primordials).into(),
        v8::Local::new(scope, &state.ops).into(),
    ];
    let undefined = v8::undefined(scope).into();
    function.call(scope, undefined, &args)?;
    if cached.is_none()
        && let Some(made) = function.create_code_cache()
    {
        // Another isolate may have been first; its cache serves as well.
        let _ = file.cache.set(made.to_vec().into_boxed_slice());
    }
    Some(())
}

/// What reading a lazy property of the global object for the first time does.
pub(super) fn lazy_global<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _: v8::Local<'s, v8::Name>,
    args: v8::PropertyCallbackArguments<'s>,
    mut rv: v8::ReturnValue<'_, v8::Value>,
) {
    let index = args.data().int32_value(scope).unwrap_or(-1);
    let Some(property) = usize::try_from(index).ok().and_then(|i| GLOBALS.get(i)) else {
        return;
    };
    let Some(exports) = require(scope, property.file) else {
        return;
    };
    if let Some(value) = get(scope, exports, property.name) {
        rv.set(value);
    }
}

/// The global attribute `index`; -1 is `self`, which no file provides.
fn attribute(index: i32) -> Option<&'static GlobalProperty> {
    usize::try_from(index).ok().and_then(|i| GLOBALS.get(i))
}

/// Takes the place of a lazy accessor with the accessor that the file exports, unless the program has frozen the
/// object that has it. Gives the getter and the setter.
fn define_attribute<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    property: &GlobalProperty,
) -> Option<[v8::Local<'s, v8::Value>; 2]> {
    let exports = require(scope, property.file)?;
    let exported = get(scope, exports, property.name)?;
    let exported = v8::Local::<v8::Object>::try_from(exported).ok()?;
    let (getter, setter) = (get(scope, exported, "get")?, get(scope, exported, "set")?);
    let holder = match property.kind {
        Kind::Attribute => scope.get_current_context().global(scope),
        _ => {
            let primordials = v8::Local::new(scope, &state(scope).primordials);
            get(scope, primordials, "WorkerGlobalScopePrototype")?
                .try_into()
                .ok()?
        }
    };
    let mut descriptor = v8::PropertyDescriptor::new_from_get_set(getter, setter);
    descriptor.set_enumerable(true);
    descriptor.set_configurable(true);
    let name = v8::String::new(scope, property.name)?;
    holder.define_property(scope, name.into(), &descriptor)?;
    Some([getter, setter])
}

/// The value of an attribute of the global object. `None` with an exception pending.
pub(super) fn global_attribute<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    index: i32,
    global: v8::Local<'s, v8::Object>,
) -> Option<v8::Local<'s, v8::Value>> {
    let Some(property) = attribute(index) else {
        return Some(global.into());
    };
    let [getter, _] = define_attribute(scope, property)?;
    let getter = v8::Local::<v8::Function>::try_from(getter).ok()?;
    getter.call(scope, global.into(), &[])
}

/// Sets an attribute of the global object.
pub(super) fn set_global_attribute<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    index: i32,
    global: v8::Local<'s, v8::Object>,
    value: v8::Local<'s, v8::Value>,
) -> Option<()> {
    // `self` has no setter.
    let [_, setter] = define_attribute(scope, attribute(index)?)?;
    let setter = v8::Local::<v8::Function>::try_from(setter).ok()?;
    setter.call(scope, global.into(), &[value])?;
    Some(())
}

/// The property `name` of `object`.
pub(super) fn get<'s>(
    scope: &v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
) -> Option<v8::Local<'s, v8::Value>> {
    let key = v8::String::new_from_utf8(scope, name.as_bytes(), v8::NewStringType::Internalized)?;
    object.get(scope, key.into())
}

/// The function that the internal file `file` exports as `name`.
pub(super) fn function<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    file: &str,
    name: &str,
) -> Option<v8::Local<'s, v8::Function>> {
    let exports = require(scope, file)?;
    get(scope, exports, name)?.try_into().ok()
}

/// Positions of the snapshot's context data, for the isolate's creation.
pub(super) const CONTEXT_DATA: [usize; 2] = [layout::CONTEXT_OPS, layout::CONTEXT_PRIMORDIALS];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path, ending, found);
            } else if path.extension().is_some_and(|its| its == ending) {
                found.push(path);
            }
        }
    }

    fn words(text: &str) -> impl Iterator<Item = &str> {
        text.split(|c: char| !c.is_alphanumeric() && c != '_')
    }

    /// Each costs every isolate memory.
    #[test]
    fn every_primordial_is_used() {
        let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
        let mut found = Vec::new();
        files(&web, "js", &mut found);
        // Native code asks for some by their names.
        files(&web.join("../engine"), "rs", &mut found);
        let texts: Vec<String> = found
            .iter()
            .filter(|path| !path.ends_with("primordials.js"))
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        let used: HashSet<&str> = texts.iter().flat_map(|text| words(text)).collect();
        let primordials = fs::read_to_string(web.join("primordials.js")).unwrap();
        let unused: Vec<&str> = primordials
            .lines()
            .filter_map(|line| line.strip_prefix("primordials."))
            .filter_map(|rest| words(rest).next())
            .filter(|name| !used.contains(name))
            .collect();
        assert!(unused.is_empty(), "{unused:?}");
    }
}
