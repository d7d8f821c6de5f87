//! What V8 asks while it links and runs modules.

use super::super::error;
use super::super::state::state;
use super::{Purpose, begin_import, compile, progress};

/// Answers from the map: the graph is complete when V8 links it.
pub(super) fn resolve_module<'s>(
    context: v8::Local<'s, v8::Context>,
    specifier: v8::Local<'s, v8::String>,
    attributes: v8::Local<'s, v8::FixedArray>,
    referrer: v8::Local<'s, v8::Module>,
) -> Option<v8::Local<'s, v8::Module>> {
    v8::callback_scope!(unsafe scope, context);
    let specifier = specifier.to_rust_string_lossy(scope);
    let kind = compile::module_type(scope, attributes, 3).ok()?;
    let module = {
        let modules = state(scope).modules.borrow();
        let referrer = referrer.script_id().and_then(|id| modules.scripts.get(&id));
        let entry = referrer.and_then(|key| modules.entries.get(key));
        let request = (specifier, kind);
        let import = match entry {
            Some(super::Entry::Ready(ready)) => {
                let place = ready.requests.get(&request).copied();
                place.and_then(|place| ready.imports.get(place))
            }
            _ => None,
        };
        let module = import.and_then(|import| modules.module(&import.key));
        module.cloned().ok_or(request.0)
    };
    match module {
        Ok(module) => Some(v8::Local::new(scope, &module)),
        Err(specifier) => {
            error::throw_type_error(scope, &format!("module '{specifier}' is not loaded"));
            None
        }
    }
}

/// `import()` (ECMA-262, "HostLoadImportedModule" with a promise capability).
pub(in super::super) fn import_dynamically<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _: v8::Local<'s, v8::Data>,
    resource_name: v8::Local<'s, v8::Value>,
    specifier: v8::Local<'s, v8::String>,
    attributes: v8::Local<'s, v8::FixedArray>,
) -> Option<v8::Local<'s, v8::Promise>> {
    let resolver = v8::PromiseResolver::new(scope)?;
    let promise = resolver.get_promise(scope);
    let specifier = specifier.to_rust_string_lossy(scope);
    let referrer = if resource_name.is_string() {
        resource_name.to_rust_string_lossy(scope)
    } else {
        state(scope)
            .modules
            .borrow()
            .main_url
            .clone()
            .unwrap_or_default()
    };
    let key = compile::module_type(scope, attributes, 2)
        .and_then(|kind| compile::resolve(scope, &specifier, &referrer, kind));
    match key {
        Ok(key) => {
            let kept = v8::Global::new(scope, resolver);
            // Made now, while the stack shows who imports.
            let empty = v8::String::empty(scope);
            let made_here = v8::Exception::type_error(scope, empty);
            let made_here = v8::Global::new(scope, made_here);
            begin_import(scope, key, Purpose::Dynamic(kept, made_here));
            // Nothing is evaluated before the importing code has returned, even if all is there.
            let proceed = v8::Function::new(scope, proceed)?;
            scope.enqueue_microtask(proceed);
        }
        Err(failure) => {
            let reason = error::from_ask_error(scope, &nano_proto::AskError::Threw(*failure.error));
            resolver.reject(scope, reason);
        }
    }
    Some(promise)
}

fn proceed<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _: v8::FunctionCallbackArguments<'s>,
    _: v8::ReturnValue<'s, v8::Value>,
) {
    progress(scope);
}

/// `import.meta`: `url`, `main`, `resolve`, and in the main module `args`.
pub(in super::super) unsafe extern "C" fn initialize_import_meta(
    context: v8::Local<v8::Context>,
    module: v8::Local<v8::Module>,
    meta: v8::Local<v8::Object>,
) {
    // SAFETY: V8 calls this with the context whose code reads `import.meta`.
    v8::callback_scope!(unsafe scope, context);
    let (url, main, args) = {
        let modules = state(scope).modules.borrow();
        let Some(key) = module.script_id().and_then(|id| modules.scripts.get(&id)) else {
            return;
        };
        let main = modules.main_url.as_deref() == Some(&*key.url);
        (key.url.clone(), main, main.then(|| modules.args.clone()))
    };
    let define = || -> Option<()> {
        let url = v8::String::new(scope, &url)?;
        let keys = ["url", "main", "resolve"].map(|name| v8::String::new(scope, name));
        meta.create_data_property(scope, keys[0]?.into(), url.into())?;
        let main = v8::Boolean::new(scope, main);
        meta.create_data_property(scope, keys[1]?.into(), main.into())?;
        let resolve = v8::Function::builder(resolve_specifier)
            .data(url.into())
            .length(1)
            .constructor_behavior(v8::ConstructorBehavior::Throw)
            .build(scope)?;
        resolve.set_name(keys[2]?);
        meta.create_data_property(scope, keys[2]?.into(), resolve.into())?;
        if let Some(args) = args {
            let texts = args
                .iter()
                .map(|arg| v8::String::new(scope, arg).map(Into::into));
            let args = v8::Array::new_with_elements(scope, &texts.collect::<Option<Vec<_>>>()?);
            args.set_integrity_level(scope, v8::IntegrityLevel::Frozen)?;
            let key = v8::String::new(scope, "args")?;
            meta.create_data_property(scope, key.into(), args.into())?;
        }
        Some(())
    };
    // `None` leaves an exception pending, which V8 takes up.
    let _ = define();
}

/// `import.meta.resolve(specifier)` (HTML, "import.meta.resolve()").
fn resolve_specifier<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: v8::FunctionCallbackArguments<'s>,
    mut rv: v8::ReturnValue<'s, v8::Value>,
) {
    let Some(specifier) = args.get(0).to_string(scope) else {
        return;
    };
    let specifier = specifier.to_rust_string_lossy(scope);
    let referrer = args.data().to_rust_string_lossy(scope);
    match compile::resolve(
        scope,
        &specifier,
        &referrer,
        crate::loader::ModuleType::JavaScript,
    ) {
        Ok(key) => {
            if let Some(url) = v8::String::new(scope, &key.url) {
                rv.set(url.into());
            }
        }
        Err(failure) => error::throw_coded(scope, &failure.error),
    }
}
