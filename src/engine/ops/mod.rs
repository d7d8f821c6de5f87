//! The native functions of internal JavaScript, a file per subject. Their names stand in
//! `op_table.rs`; each is wrapped so that a killed isolate runs none, and a panic ends one isolate only.

mod actor;
mod base64;
mod blob;
mod blob_url;
mod body;
mod clone;
mod compression;
mod console;
mod context;
mod encoding;
mod fast;
mod inspect;
mod internal;
mod messaging;
mod navigator;
mod performance;
mod random;
mod timer;
mod typed_array;
mod url;
mod webassembly;

use std::panic::{AssertUnwindSafe, catch_unwind};

use nano_proto::ExitReason;

use super::error;
use super::op_table::for_each_op;
use super::state::state;

use actor::*;
use base64::*;
use blob::*;
use blob_url::*;
use body::*;
use clone::*;
use compression::*;
use console::*;
use context::*;
use encoding::*;
use fast::*;
use inspect::*;
use internal::*;
use messaging::*;
use navigator::*;
use performance::*;
use random::*;
use timer::*;
use typed_array::*;
use url::*;
use webassembly::*;

/// What every op looks like.
type Args<'s> = v8::FunctionCallbackArguments<'s>;
/// Where an op puts its result.
type Return<'s> = v8::ReturnValue<'s, v8::Value>;

/// Runs an op. V8 does not notice a termination while a builtin loops over a native iterator, so each
/// native function looks at the flag itself and throws.
fn guard<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    rv: Return<'s>,
    op: impl FnOnce(&mut v8::PinScope<'s, '_>, Args<'s>, Return<'s>),
) {
    if state(scope).control.is_stopped() {
        error::throw_stopped(scope);
        return;
    }
    let ran = catch_unwind(AssertUnwindSafe(|| op(scope, args, rv)));
    if let Err(panic) = ran {
        state(scope)
            .control
            .stop(ExitReason::Panicked(crate::error::panic_text(&*panic)));
    }
}

/// The callback that runs an op under its guard.
macro_rules! guarded {
    ($name:ident) => {{
        fn guarded<'s>(
            scope: &mut v8::PinScope<'s, '_>,
            args: $crate::engine::ops::Args<'s>,
            rv: $crate::engine::ops::Return<'s>,
        ) {
            $crate::engine::ops::guard(scope, args, rv, $name);
        }
        v8::MapFnTo::<v8::FunctionCallback>::map_fn_to(guarded)
    }};
}
use guarded;

macro_rules! op_functions {
  ($($name:ident),* $(,)?) => {
    /// How many ops there are.
    const COUNT: usize = [$(stringify!($name)),*].len();

    /// Every op with its function, in the order of the external references.
    pub(super) static OPS: std::sync::LazyLock<[(&str, v8::FunctionCallback); COUNT]> =
      std::sync::LazyLock::new(|| [$((stringify!($name), guarded!($name))),*]);
  };
}
for_each_op!(op_functions);
