//! From a source to a module and the list of what it imports.

use std::collections::HashMap;

use nano_proto::JsError;

use super::super::state::state;
use super::{Failure, Import, Key, Ready, code_cache, json, syntax_error, synthetic};
use crate::engine::describe;
use crate::loader::{self, ModuleType, Source};

/// Compiles `source`.
pub(super) fn compile(
    scope: &mut v8::PinScope<'_, '_>,
    key: &Key,
    source: &Source,
) -> Result<Ready, Failure> {
    v8::tc_scope!(let tc, scope);
    let ready = match key.kind {
        ModuleType::JavaScript if is_classic(tc, key) => classic(tc, key, source),
        ModuleType::JavaScript => script(tc, key, source),
        ModuleType::Json => json::compile(tc, key, source),
        ModuleType::Text => synthetic::text(tc, key, source),
        ModuleType::Bytes => synthetic::bytes(tc, key, source),
    };
    ready.unwrap_or_else(|| {
        let message = tc.message();
        Err(match tc.exception() {
            Some(exception) => {
                tc.reset();
                if key.kind == ModuleType::Json {
                    return Err(json::failure(tc, key, exception, message));
                }
                syntax_error::say_where(tc, exception, message);
                let error = describe::describe(tc, exception, message);
                Failure {
                    error: Box::new(error),
                    exception: Some(v8::Global::new(tc, exception)),
                }
            }
            None => JsError::new("Error", format!("{} could not be compiled", key.url)).into(),
        })
    })
}

pub(super) fn text<'s>(
    scope: &v8::PinScope<'s, '_>,
    source: &Source,
) -> Option<v8::Local<'s, v8::String>> {
    // Its type has been checked: only a bytes module has no text.
    let text = source.text().unwrap_or_default();
    if text.is_ascii() {
        v8::String::new_from_one_byte(scope, text.as_bytes(), v8::NewStringType::Normal)
    } else {
        v8::String::new(scope, text)
    }
}

/// Whether the source is a script, not a module.
fn is_classic(scope: &v8::PinScope<'_, '_>, key: &Key) -> bool {
    let modules = state(scope).modules.borrow();
    modules.classic
        && !modules.is_starting()
        && !modules.is_started()
        && modules.main_url.as_deref() == Some(&*key.url)
}

/// As what the source is asked for. A classic worker's may be of any MIME type where it does not come by HTTP (HTML, "fetch
/// a classic worker script").
pub(super) fn asked_as(scope: &v8::PinScope<'_, '_>, key: &Key) -> ModuleType {
    match (loader::is_data(&key.url) || loader::is_blob(&key.url)) && is_classic(scope, key) {
        true => ModuleType::Text,
        false => key.kind,
    }
}

/// A script that is run in the place of the main module, which has no exports.
fn classic(
    scope: &mut v8::PinScope<'_, '_>,
    key: &Key,
    source: &Source,
) -> Option<Result<Ready, Failure>> {
    let text = text(scope, source)?;
    let name = v8::String::new(scope, &key.url)?;
    let origin = v8::ScriptOrigin::new(
        scope,
        name.into(),
        0,
        0,
        false,
        -1,
        None,
        false,
        false,
        false,
        None,
    );
    let script = v8::Script::compile(scope, text, Some(&origin))?;
    let script = v8::Global::new(scope, script);
    state(scope).modules.borrow_mut().classic_script = Some(script);
    let exports = v8::Object::new(scope);
    synthetic::module(scope, key, exports).map(Ok)
}

/// `None` with an exception pending.
fn script(
    scope: &mut v8::PinScope<'_, '_>,
    key: &Key,
    source: &Source,
) -> Option<Result<Ready, Failure>> {
    let text = text(scope, source)?;
    let name = v8::String::new(scope, &key.url)?;
    let origin = v8::ScriptOrigin::new(
        scope,
        name.into(),
        0,
        0,
        false,
        -1,
        None,
        false,
        false,
        true,
        None,
    );
    let cache = code_cache::find(source);
    let module = match &cache {
        Some(bytes) => {
            let cached = v8::script_compiler::CachedData::new(bytes);
            let mut unit =
                v8::script_compiler::Source::new_with_cached_data(text, Some(&origin), cached);
            v8::script_compiler::compile_module2(
                scope,
                &mut unit,
                v8::script_compiler::CompileOptions::ConsumeCodeCache,
                v8::script_compiler::NoCacheReason::NoReason,
            )?
        }
        None => {
            let mut unit = v8::script_compiler::Source::new(text, Some(&origin));
            v8::script_compiler::compile_module(scope, &mut unit)?
        }
    };
    let (imports, requests) = match imports(scope, key, source, module) {
        Ok(both) => both,
        Err(error) => return Some(Err(error)),
    };
    if let Some(id) = module.script_id() {
        state(scope)
            .modules
            .borrow_mut()
            .scripts
            .insert(id, key.clone());
    }
    let complete = imports.is_empty();
    Some(Ok(Ready {
        module: v8::Global::new(scope, module),
        complete,
        imports,
        requests,
        source: (!complete).then(|| source.clone()),
    }))
}

type Imports = (Vec<Import>, HashMap<(String, ModuleType), usize>);

fn imports(
    scope: &mut v8::PinScope<'_, '_>,
    key: &Key,
    source: &Source,
    module: v8::Local<'_, v8::Module>,
) -> Result<Imports, Failure> {
    let requests = module.get_module_requests();
    let mut imports = Vec::with_capacity(requests.length());
    let mut places = HashMap::with_capacity(requests.length());
    for i in 0..requests.length() {
        let Some(request) = requests.get(scope, i) else {
            continue;
        };
        let Ok(request) = v8::Local::<v8::ModuleRequest>::try_from(request) else {
            continue;
        };
        let specifier = request.get_specifier().to_rust_string_lossy(scope);
        let resolved = module_type(scope, request.get_import_attributes(), 3)
            .and_then(|kind| resolve(scope, &specifier, &key.url, kind));
        let location = module.source_offset_to_location(request.get_source_offset());
        let from_one = |n: i32| u32::try_from(n).unwrap_or(0) + 1;
        let at = (
            from_one(location.get_line_number()),
            from_one(location.get_column_number()),
        );
        let import = resolved.map_err(|failure| failure.imported_at(&key.url, at, Some(source)))?;
        places.insert((specifier, import.kind), imports.len());
        imports.push(Import { key: import, at });
    }
    Ok((imports, places))
}

/// The key of `specifier` as `referrer` imports it.
pub(super) fn resolve(
    scope: &v8::PinScope<'_, '_>,
    specifier: &str,
    referrer: &str,
    kind: ModuleType,
) -> Result<Key, Failure> {
    if synthetic::is_builtin(specifier) {
        if let Some(attribute) = kind.attribute() {
            let text = format!(
                "'{specifier}' is JavaScript: import it without {{ type: \"{attribute}\" }}"
            );
            return Err(JsError::new("TypeError", text).into());
        }
        return Ok(Key {
            url: specifier.into(),
            kind,
        });
    }
    let url = state(scope)
        .host()
        .resolve(specifier, referrer)
        .map_err(|error| error.to_js_error())?;
    Ok(Key {
        url: url.into(),
        kind,
    })
}

/// The type that import attributes ask for. `stride` is how many entries each attribute takes.
pub(super) fn module_type(
    scope: &v8::PinScope<'_, '_>,
    attributes: v8::Local<'_, v8::FixedArray>,
    stride: usize,
) -> Result<ModuleType, Failure> {
    let text = |i: usize| {
        let value = attributes
            .get(scope, i)
            .and_then(|data| v8::Local::<v8::Value>::try_from(data).ok());
        value
            .map(|value| value.to_rust_string_lossy(scope))
            .unwrap_or_default()
    };
    let mut kind = ModuleType::JavaScript;
    for i in (0..attributes.length()).step_by(stride) {
        let (name, value) = (text(i), text(i + 1));
        kind = match (name.as_str(), value.as_str()) {
            ("type", "json") => ModuleType::Json,
            ("type", "text") => ModuleType::Text,
            ("type", "bytes") => ModuleType::Bytes,
            ("type", other) => {
                return Err(JsError::new(
                    "TypeError",
                    format!("import attribute type '{other}' is none of json, text, bytes"),
                )
                .into());
            }
            (other, _) => {
                return Err(JsError::new(
                    "TypeError",
                    format!("import attribute '{other}' is not supported"),
                )
                .into());
            }
        };
    }
    Ok(kind)
}
