//! Makes the startup snapshot. Compiled into the build script, not into the library.

use crate::flags::V8_FLAGS;
use crate::manifest::{GLOBALS, Kind};
use crate::op_table::OP_NAMES;
use crate::origin::internal_origin;
use v8::MapFnTo;

/// Positions of what the snapshot hands over as context data.
pub use crate::layout::{CONTEXT_OPS, CONTEXT_PRIMORDIALS};

/// Stands for an op's address: V8 writes an index, and nothing calls an op while the snapshot is made.
static PLACEHOLDERS: [u8; 512] = [0; 512];

fn placeholder_getter<'s>(
    _: &mut v8::PinScope<'s, '_>,
    _: v8::Local<'s, v8::Name>,
    _: v8::PropertyCallbackArguments<'s>,
    _: v8::ReturnValue<'_, v8::Value>,
) {
}

fn op_placeholder(i: usize) -> v8::FunctionCallback {
    let address: *const u8 = &PLACEHOLDERS[i];
    // SAFETY: the pointer is only ever compared with the list of external references, never called.
    unsafe { std::mem::transmute::<*const u8, v8::FunctionCallback>(address) }
}

fn external_references() -> Vec<v8::ExternalReference> {
    let getter: v8::AccessorNameGetterCallback = placeholder_getter.map_fn_to();
    let mut refs = vec![v8::ExternalReference {
        pointer: getter as *mut std::ffi::c_void,
    }];
    refs.extend((0..OP_NAMES.len()).map(|i| v8::ExternalReference {
        function: op_placeholder(i),
    }));
    refs
}

fn key<'s>(scope: &v8::PinScope<'s, '_>, name: &str) -> v8::Local<'s, v8::String> {
    v8::String::new_from_utf8(scope, name.as_bytes(), v8::NewStringType::Internalized)
        .expect("a short name")
}

/// Runs one eager file as the body of a function and returns its exports.
fn run_file<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: &str,
    source: &str,
    primordials: v8::Local<'s, v8::Object>,
    ops: v8::Local<'s, v8::Object>,
) -> v8::Local<'s, v8::Object> {
    let exports = v8::Object::new(scope);
    v8::tc_scope!(let tc, scope);
    let origin = internal_origin(tc, name).expect("a short name");
    let text = v8::String::new(tc, source).expect("source fits a string");
    let mut source = v8::script_compiler::Source::new(text, Some(&origin));
    let params = ["exports", "require", "primordials", "ops"].map(|p| key(tc, p));
    let run = v8::script_compiler::compile_function(
        tc,
        &mut source,
        &params,
        &[],
        v8::script_compiler::CompileOptions::NoCompileOptions,
        v8::script_compiler::NoCacheReason::NoReason,
    );
    let undefined = v8::undefined(tc).into();
    let done = run.and_then(|f| {
        f.call(
            tc,
            undefined,
            &[exports.into(), undefined, primordials.into(), ops.into()],
        )
    });
    if done.is_none() {
        let why = tc
            .exception()
            .map(|e| e.to_rust_string_lossy(tc))
            .unwrap_or_default();
        let line = tc
            .message()
            .and_then(|m| m.get_line_number(tc))
            .unwrap_or(0);
        panic!("src/web/{name}.js:{line} failed while the snapshot was made: {why}");
    }
    exports
}

fn lazy_data(
    scope: &mut v8::PinScope<'_, '_>,
    global: v8::Local<'_, v8::Object>,
    name: v8::Local<'_, v8::String>,
    index: v8::Local<'_, v8::Value>,
    attributes: v8::PropertyAttribute,
) {
    global
        .set_lazy_data_property_with_data(
            scope,
            name.into(),
            placeholder_getter,
            index,
            attributes,
            v8::SideEffectType::HasSideEffect,
            v8::SideEffectType::HasSideEffect,
        )
        .expect("a lazy global");
}

/// An accessor whose functions take the place of the property with what its file provides.
fn accessor(
    scope: &mut v8::PinScope<'_, '_>,
    holder: v8::Local<'_, v8::Object>,
    name: v8::Local<'_, v8::String>,
    index: v8::Local<'_, v8::Value>,
    is_readonly: bool,
) {
    let text = name.to_rust_string_lossy(scope);
    let half = |op: &str, prefix: &str, length: i32| {
        let position = OP_NAMES
            .iter()
            .position(|name| *name == op)
            .expect("an op of the table");
        let function = v8::Function::builder_raw(op_placeholder(position))
            .data(index)
            .length(length)
            .constructor_behavior(v8::ConstructorBehavior::Throw)
            .build(scope)
            .expect("a function");
        function.set_name(key(scope, &format!("{prefix} {text}")));
        function
    };
    let get = half("op_global_get", "get", 0);
    let set = match is_readonly {
        true => v8::undefined(scope).into(),
        false => half("op_global_set", "set", 1).into(),
    };
    let mut descriptor = v8::PropertyDescriptor::new_from_get_set(get.into(), set);
    descriptor.set_enumerable(true);
    descriptor.set_configurable(true);
    holder
        .define_property(scope, name.into(), &descriptor)
        .expect("an accessor of the global");
}

/// Returns the snapshot's bytes. `read` gives the source of an internal file.
pub fn make(read: impl Fn(&str) -> String) -> Vec<u8> {
    v8::V8::set_flags_from_string(V8_FLAGS);
    // A fixed seed makes the bytes the same from one build to the next.
    v8::V8::set_flags_from_string("--predictable --random-seed=42");
    let platform = v8::new_unprotected_default_platform(1, false).make_shared();
    v8::V8::initialize_platform(platform);
    v8::V8::initialize();
    let mut isolate = v8::Isolate::snapshot_creator(Some(external_references().into()), None);
    {
        v8::scope!(let scope, &mut isolate);
        let context = v8::Context::new(scope, v8::ContextOptions::default());
        let scope = &mut v8::ContextScope::new(scope, context);
        let null = v8::null(scope).into();
        let ops = v8::Object::with_prototype_and_properties(scope, null, &[], &[]);
        for (i, name) in OP_NAMES.iter().enumerate() {
            let function = v8::Function::builder_raw(op_placeholder(i))
                .constructor_behavior(v8::ConstructorBehavior::Throw)
                .build(scope)
                .expect("a function");
            let name = key(scope, name);
            function.set_name(name);
            ops.set(scope, name.into(), function.into());
        }
        let primordials = v8::Object::with_prototype_and_properties(scope, null, &[], &[]);
        run_file(scope, "primordials", &read("primordials"), primordials, ops);

        let global = context.global(scope);
        let scope_prototype: v8::Local<v8::Object> = global
            .get_prototype(scope)
            .and_then(|p| p.try_into().ok())
            .expect("an object that primordials.js has made");
        for (i, property) in GLOBALS.iter().enumerate() {
            if property.kind == Kind::WebAssembly {
                continue;
            }
            let name = key(scope, property.name);
            let index: v8::Local<v8::Value> = v8::Integer::new(scope, i as i32).into();
            let promise = key(scope, "Promise");
            let holder = match property.kind {
                Kind::PromiseStatic => global
                    .get(scope, promise.into())
                    .and_then(|p| p.try_into().ok())
                    .expect("a constructor"),
                Kind::Scope | Kind::ScopeAttribute | Kind::ScopeReadonly => scope_prototype,
                _ => global,
            };
            holder.delete(scope, name.into());
            match property.kind {
                Kind::Interface | Kind::PromiseStatic | Kind::Scope => {
                    lazy_data(scope, holder, name, index, v8::PropertyAttribute::DONT_ENUM)
                }
                Kind::Operation => {
                    lazy_data(scope, global, name, index, v8::PropertyAttribute::NONE)
                }
                Kind::Attribute | Kind::ScopeAttribute => {
                    accessor(scope, holder, name, index, false)
                }
                Kind::ScopeReadonly => accessor(scope, holder, name, index, true),
                Kind::WebAssembly => {}
            }
        }
        // `self` is an attribute like the others, and its value is the global object.
        let name = key(scope, "self");
        let index: v8::Local<v8::Value> = v8::Integer::new(scope, -1).into();
        accessor(scope, scope_prototype, name, index, true);
        assert_eq!(scope.add_context_data(context, ops), CONTEXT_OPS);
        assert_eq!(
            scope.add_context_data(context, primordials),
            CONTEXT_PRIMORDIALS
        );
        scope.set_default_context(context);
    }
    isolate
        .create_blob(v8::FunctionCodeHandling::Clear)
        .expect("a snapshot")
        .to_vec()
}
