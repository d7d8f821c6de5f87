//! How deep modules import each other. V8 follows their imports on the native stack, and what it says where that is
//! too small names neither a module nor a limit.

use std::collections::HashSet;

use nano_proto::LimitKind;

use super::{Entry, Key, Modules};
use crate::engine::state::state;
use crate::engine::{describe, error};

impl Modules {
    /// The module that is reached by most imports from `root`, and by how many, where each module counts where it is
    /// first come upon, as it does for V8.
    fn deepest<'a>(&'a self, root: &'a Key) -> (&'a Key, usize) {
        let mut deepest = (root, 0);
        let mut seen = HashSet::from([root]);
        let imports = |key| match self.entries.get(key) {
            Some(Entry::Ready(ready)) => ready.imports.iter(),
            _ => [].iter(),
        };
        let mut path = vec![imports(root)];
        while let Some(rest) = path.last_mut() {
            let Some(import) = rest.next() else {
                path.pop();
                continue;
            };
            if seen.insert(&import.key) {
                if path.len() > deepest.1 {
                    deepest = (&import.key, path.len());
                }
                path.push(imports(&import.key));
            }
        }
        deepest
    }
}

/// So few imports below each other are no reason for want of stack.
const USUAL: usize = 100;

/// Says in `thrown`, with which linking or evaluating `root` ended, that the imports are too deep, if that is why.
pub(super) fn explain(
    scope: &mut v8::PinScope<'_, '_>,
    root: &Key,
    thrown: v8::Local<'_, v8::Value>,
) {
    let Ok(thrown) = v8::Local::<v8::Object>::try_from(thrown) else {
        return;
    };
    // Nothing of the program's runs for that: it may be any error at all.
    if !thrown.is_native_error()
        || describe::quiet_text(scope, thrown, "message").as_deref()
            != Some("Maximum call stack size exceeded")
        || !describe::has_stack_of_v8(scope, thrown)
    {
        return;
    }
    // A function that calls itself without end has more frames than that of a module.
    if error::frames(scope, thrown).is_some_and(|frames| frames.matches("\n    at ").count() > 1) {
        return;
    }
    let text = {
        let modules = state(scope).modules.borrow();
        let (module, depth) = modules.deepest(root);
        if depth < USUAL {
            return;
        }
        format!(
            "the imports of '{}' lie {depth} deep, down to '{}', and V8 needs more stack to follow them than the \
             isolate has: import deep ones earlier, from a module nearer to the first, or raise {}",
            root.url,
            module.url,
            LimitKind::Stack.raise_with()
        )
    };
    error::define(scope, thrown, "message", &text);
    error::define(scope, thrown, "stack", &format!("RangeError: {text}"));
    error::define(scope, thrown, "code", "imports_too_deep");
}
