//! WebAssembly that is compiled in the turn of the isolate that asks for it.
//!
//! V8 compiles for `WebAssembly.compile` and `instantiate` on its own threads: no limit sees that time nor that
//! memory, and no flag turns it off. A context has `src/web/webassembly` in their place, which uses what V8's
//! constructors do in the caller's turn.

use super::files;
use super::state::state;
use crate::web::manifest::{GLOBALS, Kind};

/// The constructors as they were before any program could replace them. V8 installs them when it makes a
/// context, so they are in no snapshot.
pub(super) struct WebAssembly {
    module: v8::Global<v8::Function>,
    instance: v8::Global<v8::Function>,
    errors: [v8::Global<v8::Function>; 2],
}

impl WebAssembly {
    /// Takes the constructors of a new context, and puts our functions in the place of V8's.
    pub fn install(scope: &mut v8::PinScope<'_, '_>) -> Option<Self> {
        let global = scope.get_current_context().global(scope);
        let namespace = files::get(scope, global, "WebAssembly")?;
        let namespace = v8::Local::<v8::Object>::try_from(namespace).ok()?;
        for (index, property) in GLOBALS.iter().enumerate() {
            if property.kind != Kind::WebAssembly {
                continue;
            }
            let name = v8::String::new(scope, property.name)?;
            let index = v8::Integer::new(scope, i32::try_from(index).ok()?);
            namespace.set_lazy_data_property_with_data(
                scope,
                name.into(),
                files::lazy_global,
                index.into(),
                v8::PropertyAttribute::NONE,
                v8::SideEffectType::HasSideEffect,
                v8::SideEffectType::HasSideEffect,
            )?;
        }
        let constructor = |name| {
            let function = files::get(scope, namespace, name)?;
            let function = v8::Local::<v8::Function>::try_from(function).ok()?;
            Some(v8::Global::new(scope, function))
        };
        Some(Self {
            module: constructor("Module")?,
            instance: constructor("Instance")?,
            errors: [constructor("CompileError")?, constructor("LinkError")?],
        })
    }
}

/// `new WebAssembly.Module(source, options)`, whose errors name `function`. `None` with an exception pending.
pub(super) fn module<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: [v8::Local<'s, v8::Value>; 2],
    function: v8::Local<'s, v8::Value>,
) -> Option<v8::Local<'s, v8::Object>> {
    let constructor = v8::Local::new(scope, &state(scope).webassembly.module);
    construct(scope, constructor, args, "WebAssembly.Module()", function)
}

/// `new WebAssembly.Instance(module, imports)`, whose errors name `function`. `None` with an exception pending.
pub(super) fn instance<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: [v8::Local<'s, v8::Value>; 2],
    function: v8::Local<'s, v8::Value>,
) -> Option<v8::Local<'s, v8::Object>> {
    let constructor = v8::Local::new(scope, &state(scope).webassembly.instance);
    construct(scope, constructor, args, "WebAssembly.Instance()", function)
}

fn construct<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    constructor: v8::Local<'s, v8::Function>,
    args: [v8::Local<'s, v8::Value>; 2],
    name: &str,
    function: v8::Local<'s, v8::Value>,
) -> Option<v8::Local<'s, v8::Object>> {
    v8::tc_scope!(let tc, scope);
    let made = constructor.new_instance(tc, &args);
    if made.is_some() {
        return made;
    }
    if !tc.has_terminated()
        && let Some(error) = tc.exception()
        && let Some(error) = renamed(tc, error, name, function)
    {
        tc.throw_exception(error);
    }
    tc.rethrow();
    None
}

/// The error of V8's that its function `name` threw as `function` would throw it; `None` for any other error.
fn renamed<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    error: v8::Local<'s, v8::Value>,
    name: &str,
    function: v8::Local<'s, v8::Value>,
) -> Option<v8::Local<'s, v8::Value>> {
    if !error.is_native_error() {
        return None;
    }
    let error = v8::Local::<v8::Object>::try_from(error).ok()?;
    let message = files::get(scope, error, "message")?;
    let message = message
        .is_string()
        .then(|| message.to_rust_string_lossy(scope))?;
    let rest = message.strip_prefix(name)?;
    let function = function.to_rust_string_lossy(scope);
    let text = v8::String::new(scope, &format!("{function}{rest}"))?;
    let prototype = error.get_prototype(scope)?;
    let plain = [v8::Exception::type_error, v8::Exception::range_error];
    let plain = plain
        .map(|make| make(scope, text))
        .into_iter()
        .find(|made| {
            let object = v8::Local::<v8::Object>::try_from(*made);
            object.is_ok_and(|object| object.get_prototype(scope) == Some(prototype))
        });
    if plain.is_some() {
        return plain;
    }
    let errors = state(scope).webassembly.errors.each_ref();
    let errors = errors.map(|class| v8::Local::new(scope, class));
    let class = errors
        .into_iter()
        .find(|class| files::get(scope, (*class).into(), "prototype") == Some(prototype))?;
    Some(class.new_instance(scope, &[text.into()])?.into())
}
