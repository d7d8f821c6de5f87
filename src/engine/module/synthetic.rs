//! Modules without JavaScript source: JSON, text, bytes, and those that the runtime provides.

use std::collections::HashMap;

use super::super::files;
use super::super::state::state;
use super::{Failure, Key, Ready, compile};
use crate::engine::describe;
use crate::loader::Source;

/// Specifiers that the runtime provides, and the internal files they are made of.
const BUILTINS: &[(&str, &str)] = &[
    ("nano:actor", "actor/actor"),
    ("node:async_hooks", "async/async_local_storage"),
    ("async_hooks", "async/async_local_storage"),
];

pub(super) fn is_builtin(specifier: &str) -> bool {
    BUILTINS.iter().any(|(name, _)| *name == specifier)
}

/// The module that the runtime provides for `key`; `None` where it provides none.
pub(super) fn builtin(
    scope: &mut v8::PinScope<'_, '_>,
    key: &Key,
) -> Option<Result<Ready, Failure>> {
    let (_, file) = BUILTINS.iter().find(|(name, _)| *name == &*key.url)?;
    v8::tc_scope!(let tc, scope);
    let exports = files::require(tc, file);
    let ready = exports.and_then(|exports| module(tc, key, exports));
    Some(match ready {
        Some(ready) => Ok(ready),
        None => {
            let exception = tc.exception().unwrap_or_else(|| v8::undefined(tc).into());
            tc.reset();
            let error = describe::describe(tc, exception, None);
            Err(Failure {
                error: Box::new(error),
                exception: Some(v8::Global::new(tc, exception)),
            })
        }
    })
}

/// A module with a default export alone.
pub(super) fn with_default<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    key: &Key,
    value: v8::Local<'s, v8::Value>,
) -> Option<Result<Ready, Failure>> {
    let exports = v8::Object::new(scope);
    let name = v8::String::new(scope, "default")?;
    exports.create_data_property(scope, name.into(), value)?;
    module(scope, key, exports).map(Ok)
}

/// A text module: its default export is the text.
pub(super) fn text(
    scope: &mut v8::PinScope<'_, '_>,
    key: &Key,
    source: &Source,
) -> Option<Result<Ready, Failure>> {
    let text = compile::text(scope, source)?;
    with_default(scope, key, text.into())
}

/// A bytes module: its default export is a `Uint8Array` of the source's bytes.
pub(super) fn bytes(
    scope: &mut v8::PinScope<'_, '_>,
    key: &Key,
    source: &Source,
) -> Option<Result<Ready, Failure>> {
    let bytes = source.as_bytes().to_vec();
    let length = bytes.len();
    let store = v8::ArrayBuffer::new_backing_store_from_vec(bytes).make_shared();
    let buffer = v8::ArrayBuffer::with_backing_store(scope, &store);
    let array = v8::Uint8Array::new(scope, buffer, 0, length)?;
    with_default(scope, key, array.into())
}

pub(super) fn module<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    key: &Key,
    exports: v8::Local<'s, v8::Object>,
) -> Option<Ready> {
    let names = exports.get_own_property_names(scope, v8::GetPropertyNamesArgs::default())?;
    let mut list = Vec::with_capacity(names.length() as usize);
    for i in 0..names.length() {
        let name = names.get_index(scope, i)?;
        list.push(v8::Local::<v8::String>::try_from(name).ok()?);
    }
    let name = v8::String::new(scope, &key.url)?;
    let module = v8::Module::create_synthetic_module(scope, name, &list, evaluate);
    let hash = module.get_identity_hash().get();
    let module = v8::Global::new(scope, module);
    let exports = v8::Global::new(scope, exports);
    state(scope)
        .modules
        .borrow_mut()
        .synthetic
        .entry(hash)
        .or_default()
        .push((module.clone(), exports));
    Some(Ready {
        module,
        imports: Vec::new(),
        requests: HashMap::new(),
        source: None,
        complete: true,
    })
}

fn evaluate<'s>(
    context: v8::Local<'s, v8::Context>,
    module: v8::Local<'s, v8::Module>,
) -> Option<v8::Local<'s, v8::Value>> {
    v8::callback_scope!(unsafe scope, context);
    let exports = {
        let modules = state(scope).modules.borrow();
        modules
            .synthetic
            .get(&module.get_identity_hash().get())?
            .iter()
            .find(|(known, _)| *known == module)
            .map(|(_, exports)| exports.clone())?
    };
    let exports = v8::Local::new(scope, &exports);
    let names = exports.get_own_property_names(scope, v8::GetPropertyNamesArgs::default())?;
    for i in 0..names.length() {
        let name = v8::Local::<v8::String>::try_from(names.get_index(scope, i)?).ok()?;
        let value = exports.get(scope, name.into())?;
        module.set_synthetic_module_export(scope, name, value)?;
    }
    let resolver = v8::PromiseResolver::new(scope)?;
    let undefined = v8::undefined(scope).into();
    resolver.resolve(scope, undefined);
    Some(resolver.get_promise(scope).into())
}
