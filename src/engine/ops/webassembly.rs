//! Ops of the WebAssembly namespace.

use super::super::webassembly;
use super::{Args, Return};

/// `op_webassembly_is_module(value) -> boolean`.
pub(super) fn op_webassembly_is_module<'s>(
    _: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    rv.set_bool(args.get(0).is_wasm_module_object());
}

/// `op_webassembly_module(bytes, options, function) -> module`: compiles in this turn. Errors name `function`.
pub(super) fn op_webassembly_module<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    if let Some(module) = webassembly::module(scope, [args.get(0), args.get(1)], args.get(2)) {
        rv.set(module.into());
    }
}

/// `op_webassembly_instance(module, imports, function) -> instance`. Errors name `function`.
pub(super) fn op_webassembly_instance<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    if let Some(instance) = webassembly::instance(scope, [args.get(0), args.get(1)], args.get(2)) {
        rv.set(instance.into());
    }
}
