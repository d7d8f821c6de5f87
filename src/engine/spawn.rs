//! A child, as JavaScript describes it.

use nano_proto::Limits;

use super::state::state;
use super::{error, files};
use crate::exchange::SpawnRequest;
use crate::loader::Source;

/// A child's description as JavaScript gave it: the specifier, or the source, and a bag of options.
pub(super) fn spawn_request(
    scope: &mut v8::PinScope<'_, '_>,
    specifier: v8::Local<'_, v8::Value>,
    source: v8::Local<'_, v8::Value>,
    options: v8::Local<'_, v8::Value>,
) -> Option<SpawnRequest> {
    let state = state(scope);
    let base = state.modules.borrow().main_url().unwrap_or_default();
    let specifier = specifier.to_rust_string_lossy(scope);
    let source = source
        .is_string()
        .then(|| Source::new(source.to_rust_string_lossy(scope)));
    let url = match &source {
        Some(_) => specifier,
        None => match state.host().resolve(&specifier, &base) {
            Ok(url) => url,
            Err(why) => {
                error::throw_type_error(scope, &why.to_string());
                return None;
            }
        },
    };
    let options = v8::Local::<v8::Object>::try_from(options).ok();
    let option = |name: &str| {
        options
            .and_then(|options| files::get(scope, options, name))
            .filter(|value| !value.is_undefined())
    };
    let number = |name: &str| {
        option(name)
            .and_then(|value| value.number_value(scope))
            .map(|n| n as u64)
    };
    let mut limits = *state.control.limits();
    // A child may have less than its parent, never more.
    let defaults = Limits::default();
    for (limit, name, default) in [
        (&mut limits.heap_bytes, "heapBytes", defaults.heap_bytes),
        (
            &mut limits.buffer_bytes,
            "bufferBytes",
            defaults.buffer_bytes,
        ),
        (
            &mut limits.cpu_ms_per_call,
            "cpuMs",
            defaults.cpu_ms_per_call,
        ),
        (
            &mut limits.wall_ms_per_call,
            "wallMs",
            defaults.wall_ms_per_call,
        ),
        (&mut limits.mailbox, "mailbox", defaults.mailbox),
    ] {
        *limit = number(name).unwrap_or(default).min(*limit);
    }
    Some(SpawnRequest {
        url,
        source,
        name: option("name").map(|name| name.to_rust_string_lossy(scope)),
        limits,
        linked: option("linked").is_some_and(|linked| linked.is_true()),
    })
}
