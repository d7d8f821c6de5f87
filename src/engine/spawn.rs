//! A child, as JavaScript describes it.

use std::time::Duration;

use nano_proto::{LimitKind, Limits};

use super::state::state;
use super::{error, files};
use crate::error::MAX_NAME_BYTES;
use crate::exchange::SpawnRequest;
use crate::loader::Source;

/// The members of the options, but for the source, in the order in which they are read: WebIDL's.
const MEMBERS: [&str; 20] = [
    "bodyBytes",
    "bufferBytes",
    "clockResolutionMs",
    "cpuMs",
    "cpuTurnMs",
    "externalBytes",
    "heapBytes",
    "isolates",
    "linked",
    "mailbox",
    "mailboxBytes",
    "messageBytes",
    "name",
    "pendingBytes",
    "pendingCalls",
    "pendingOperations",
    "reservations",
    "stackBytes",
    "timers",
    "wallMs",
];

/// The limit that a member of the options sets, if it sets one.
fn limit_of<'l>(limits: &'l mut Limits, member: &str) -> Option<&'l mut u64> {
    Some(match member {
        "bodyBytes" => &mut limits.buffered_body_bytes,
        "bufferBytes" => &mut limits.buffer_bytes,
        "cpuMs" => &mut limits.cpu_ms_per_call,
        "cpuTurnMs" => &mut limits.cpu_ms_per_turn,
        "externalBytes" => &mut limits.external_bytes,
        "heapBytes" => &mut limits.heap_bytes,
        "isolates" => &mut limits.isolates,
        "mailbox" => &mut limits.mailbox,
        "mailboxBytes" => &mut limits.mailbox_bytes,
        "messageBytes" => &mut limits.message_bytes,
        "pendingBytes" => &mut limits.pending_bytes,
        "pendingCalls" => &mut limits.pending_calls,
        "pendingOperations" => &mut limits.pending_operations,
        "reservations" => &mut limits.reservations,
        "stackBytes" => &mut limits.stack_bytes,
        "timers" => &mut limits.timers,
        "wallMs" => &mut limits.wall_ms_per_call,
        _ => return None,
    })
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
    let parents = state.control.clock_resolution();
    let mut limits = Limits::default();
    let mut clock_resolution = parents;
    let mut name = None;
    let (mut linked, mut has_turn_limit) = (false, false);
    for member in MEMBERS {
        // Once each: a getter may answer otherwise when it is asked again.
        let Some(value) = read(scope, options, member)? else {
            continue;
        };
        match member {
            "clockResolutionMs" => clock_resolution = step(scope, value)?.max(parents),
            "linked" => linked = value.boolean_value(scope),
            "name" => name = Some(label(scope, value)?),
            _ => {
                let number = number(scope, member, value)?;
                if let Some(limit) = limit_of(&mut limits, member) {
                    *limit = number;
                }
                has_turn_limit |= member == "cpuTurnMs";
            }
        }
    }
    if !has_turn_limit {
        // Who lets a call compute for longer means its turns, too.
        limits.cpu_ms_per_turn = limits.cpu_ms_per_turn.max(limits.cpu_ms_per_call);
    }
    Some(SpawnRequest {
        url,
        source,
        name,
        limits: limits.capped_by(state.control.limits()),
        clock_resolution,
        linked,
    })
}

/// A name for people as JavaScript gave it.
fn label(scope: &mut v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>) -> Option<String> {
    // A symbol is no text: that throws.
    let name = value.to_string(scope)?.to_rust_string_lossy(scope);
    if name.len() > MAX_NAME_BYTES {
        let text = "Failed to execute 'spawn': member name may have 1,024 bytes.";
        error::throw_type_error(scope, text);
        return None;
    }
    Some(name)
}

/// A member of a bag of options, unless it is undefined; `None` where reading it threw.
#[expect(
    clippy::option_option,
    reason = "the outer one is V8's way to say that an exception is pending"
)]
fn read<'s>(
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
    fn members_are_declared_and_in_order() {
        assert!(MEMBERS.is_sorted());
        let declared = include_str!("../../types/nano.d.ts");
        for member in MEMBERS {
            assert!(declared.contains(&format!(" {member}?: ")), "{member}");
        }
    }

    #[test]
    fn what_raises_a_limit_is_an_option_of_spawn_and_declared() {
        let mut limits = Limits::default();
        let mut options = MEMBERS.to_vec();
        options.retain(|member| limit_of(&mut limits, member).is_some());
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
        assert_eq!(found.len(), options.len(), "all that are options");
    }
}
