//! The op of `navigator` (HTML, "system state and capabilities").

use super::{Args, Return};

/// `op_navigator_facts() -> [user agent, platform, language, processors]`.
pub(super) fn op_navigator_facts<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    _: Args<'s>,
    mut rv: Return<'s>,
) {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let language = v8::icu::get_language_tag();
    let texts = [
        concat!("nano/", env!("CARGO_PKG_VERSION")),
        platform(),
        // ICU's "root" has no tag.
        match language.as_str() {
            "" | "und" | "en-US-u-va-posix" => "en-US",
            language => language,
        },
    ];
    let mut facts = Vec::with_capacity(texts.len() + 1);
    for text in texts {
        let Some(text) = v8::String::new(scope, text) else {
            return;
        };
        facts.push(text.into());
    }
    facts.push(v8::Number::new(scope, processors as f64).into());
    rv.set(v8::Array::new_with_elements(scope, &facts).into());
}

/// What browsers give on this machine.
const fn platform() -> &'static str {
    if cfg!(target_os = "macos") {
        "MacIntel"
    } else if cfg!(windows) {
        "Win32"
    } else if cfg!(target_arch = "aarch64") {
        "Linux aarch64"
    } else {
        "Linux x86_64"
    }
}
