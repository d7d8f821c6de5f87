//! A child, as JavaScript describes it.

use std::time::Duration;

use nano_proto::{LimitKind, Limits};

use super::state::state;
use super::{error, files};
use crate::error::MAX_NAME_BYTES;
use crate::exchange::SpawnRequest;
use crate::loader::Source;

/// Every limit that JavaScript may set, with its name among the options.
fn options_of(limits: &mut Limits) -> [(&mut u64, &'static str); 18] {
    [
        (&mut limits.heap_bytes, "heapBytes"),
        (&mut limits.buffer_bytes, "bufferBytes"),
        (&mut limits.external_bytes, "externalBytes"),
        (&mut limits.reservations, "reservations"),
        (&mut limits.stack_bytes, "stackBytes"),
        (&mut limits.cpu_ms_per_turn, "cpuTurnMs"),
        (&mut limits.cpu_ms_per_call, "cpuMs"),
        (&mut limits.wall_ms_per_call, "wallMs"),
        (&mut limits.mailbox, "mailbox"),
        (&mut limits.mailbox_bytes, "mailboxBytes"),
        (&mut limits.message_bytes, "messageBytes"),
        (&mut limits.pending_calls, "pendingCalls"),
        (&mut limits.pending_operations, "pendingOperations"),
        (&mut limits.pending_bytes, "pendingBytes"),
        (&mut limits.timers, "timers"),
        (&mut limits.subrequests, "subrequests"),
        (&mut limits.buffered_body_bytes, "bufferedBodyBytes"),
        (&mut limits.isolates, "isolates"),
    ]
}

/// A limit as JavaScript gave it; `Infinity` is none. Throws for what is no number or less than 1.
fn number(
    scope: &mut v8::PinScope<'_, '_>,
    name: &str,
    value: v8::Local<'_, v8::Value>,
) -> Option<u64> {
    let number = value.number_value(scope)?;
    if number >= 1.0 {
        // Saturates at `Limits::NONE`.
        return Some(number as u64);
    }
    let text = format!("Failed to execute 'spawn': member {name} must be a number from 1 on.");
    error::throw_type_error(scope, &text);
    None
}

/// A step of time as JavaScript gave it, in milliseconds.
fn step(scope: &mut v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> Option<Duration> {
    let millis = value.number_value(scope)?;
    let step = Duration::try_from_secs_f64(millis / 1e3);
    if step.is_err() {
        let text =
            "Failed to execute 'spawn': member clockResolutionMs must be a number of milliseconds.";
        error::throw_type_error(scope, text);
    }
    step.ok()
}

/// A child's description as JavaScript gave it: the specifier, or the source, and a bag of options.
pub(super) fn spawn_request<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    specifier: v8::Local<'s, v8::Value>,
    source: v8::Local<'s, v8::Value>,
    options: v8::Local<'s, v8::Value>,
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
                let why = why.to_js_error();
                error::throw_coded(scope, &why);
                return None;
            }
        },
    };
    let text = source.as_ref().and_then(Source::text).unwrap_or_default();
    let bytes = url.len().saturating_add(text.len());
    let most = state.control.limits().message_bytes;
    if let Err(exceeded) = LimitKind::Message.check(bytes as u64, most) {
        error::throw_limit(scope, &exceeded);
        return None;
    }
    let options = v8::Local::<v8::Object>::try_from(options).ok();
    let mut limits = Limits::default();
    for (limit, name) in options_of(&mut limits) {
        if let Some(value) = member(scope, options, name)? {
            *limit = number(scope, name, value)?;
        }
    }
    if member(scope, options, "cpuTurnMs")?.is_none() {
        // Who lets a call compute for longer means its turns, too.
        limits.cpu_ms_per_turn = limits.cpu_ms_per_turn.max(limits.cpu_ms_per_call);
    }
    let parents = state.control.clock_resolution();
    let clock_resolution = match member(scope, options, "clockResolutionMs")? {
        Some(value) => step(scope, value)?.max(parents),
        None => parents,
    };
    let name = match member(scope, options, "name")? {
        // A symbol is no text: that throws.
        Some(name) => Some(name.to_string(scope)?.to_rust_string_lossy(scope)),
        None => None,
    };
    if name
        .as_ref()
        .is_some_and(|name| name.len() > MAX_NAME_BYTES)
    {
        let text = "Failed to execute 'spawn': member name may have 1,024 bytes.";
        error::throw_type_error(scope, text);
        return None;
    }
    let linked = member(scope, options, "linked")?;
    Some(SpawnRequest {
        url,
        source,
        name,
        limits: limits.capped_by(state.control.limits()),
        clock_resolution,
        linked: linked.is_some_and(|linked| linked.boolean_value(scope)),
    })
}

/// A member of a bag of options, unless it is undefined; `None` where reading it threw.
#[expect(
    clippy::option_option,
    reason = "the outer one is V8's way to say that an exception is pending"
)]
fn member<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    options: Option<v8::Local<'s, v8::Object>>,
    name: &str,
) -> Option<Option<v8::Local<'s, v8::Value>>> {
    let Some(options) = options else {
        return Some(None);
    };
    let value = files::get(scope, options, name)?;
    Some((!value.is_undefined()).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_raises_a_limit_is_an_option_of_spawn_and_declared() {
        let mut limits = Limits::default();
        let options = options_of(&mut limits).map(|(_, name)| name);
        let declared = include_str!("../../types/nano.d.ts");
        let words = LimitKind::ALL.iter().flat_map(|kind| {
            let way_out = kind
                .raise_with()
                .split("spawn's ")
                .nth(1)
                .unwrap_or_default();
            way_out.split([' ', ',']).map(move |word| (kind, word))
        });
        let mut found = std::collections::HashSet::new();
        for (kind, word) in words {
            if word.is_empty() || ["or", "and"].contains(&word) || word.starts_with("--") {
                continue;
            }
            assert!(options.contains(&word), "{word} of {kind}");
            assert!(declared.contains(&format!("{word}?: number;")), "{word}");
            found.insert(word);
        }
        assert_eq!(found.len(), 16, "all that are declared");
    }
}
