//! Ops of async context: V8's continuation-preserved embedder data, which promises carry along.

use super::{Args, Return};
use crate::engine::reactions;

/// `op_continuation_get() -> frame`.
pub(super) fn op_continuation_get<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _: Args<'s>,
    mut rv: Return<'s>,
) {
    let data = scope.get_continuation_preserved_embedder_data();
    rv.set(match data.is_number() {
        true => v8::Array::new_with_elements(scope, &[data]).into(),
        false => data,
    });
}

/// `op_continuation_set(frame)`.
pub(super) fn op_continuation_set<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    _: Return<'s>,
) {
    scope.set_continuation_preserved_embedder_data(args.get(0));
    reactions::entered(scope);
}
