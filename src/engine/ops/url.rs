//! Ops of URLs. Internal JavaScript keeps a URL as its serialization and seven offsets, which these functions write
//! into a view that it reuses.

use std::borrow::Cow;
use std::mem::MaybeUninit;

use super::super::error;
use super::super::text::{self, NoString};
use super::{Args, Return};
use crate::web::url::{self, Attribute, Component, Offsets, Url, urlencoded};

/// Longer texts are copied onto the heap.
type Buffer = [MaybeUninit<u8>; 512];

const BUFFER: Buffer = [MaybeUninit::uninit(); 512];

/// The text of a string, none for what is no string. Lone surrogates become U+FFFD, as in a USVString.
fn text_of<'a>(
    scope: &mut v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
    buffer: &'a mut Buffer,
) -> Option<Cow<'a, str>> {
    let string = v8::Local::<v8::String>::try_from(value).ok()?;
    Some(string.to_rust_cow_lossy(scope, buffer))
}

/// Which of a table's entries an argument names by its index.
fn choice<T: Copy>(
    scope: &v8::PinScope<'_, '_>,
    value: v8::Local<'_, v8::Value>,
    all: &[T],
) -> Option<T> {
    let index = usize::try_from(value.uint32_value(scope)?).ok()?;
    all.get(index).copied()
}

/// Gives an ASCII string back, or throws where it is longer than V8 allows.
fn give_ascii<'s>(scope: &mut v8::PinScope<'s, '_>, rv: &mut Return<'_>, text: &str) {
    let string = text::one_byte(scope, text.as_bytes());
    give(scope, rv, string);
}

fn give<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    rv: &mut Return<'_>,
    string: Result<v8::Local<'s, v8::String>, NoString>,
) {
    match string {
        Ok(string) => rv.set(string.into()),
        Err(_) => error::throw_range_error(scope, "Invalid string length"),
    }
}

/// Writes offsets into the view that the caller made for them: a Uint32Array of seven elements.
fn give_offsets(value: v8::Local<'_, v8::Value>, at: Offsets) {
    let Ok(view) = v8::Local::<v8::Uint32Array>::try_from(value) else {
        return;
    };
    let numbers = [
        at.scheme_end,
        at.username_end,
        at.host_start,
        at.host_end,
        at.path_start,
        at.query_start,
        at.fragment_start,
    ]
    // No string is as long as that.
    .map(|number| u32::try_from(number).unwrap_or(u32::MAX));
    if view.byte_length() < size_of_val(&numbers) {
        return;
    }
    let data = view.data().cast::<u32>();
    // SAFETY: the view has as many bytes behind `data`, as was just seen, and a Uint32Array's memory is aligned. It
    // is the internal files' own: no program ever gets at it, so it is neither detached nor immutable, and no other
    // thread reads it.
    unsafe { std::ptr::copy_nonoverlapping(numbers.as_ptr(), data, numbers.len()) };
}

/// `op_url_parse(input, base, offsets) -> serialization`, undefined for failure. `base` may be undefined.
pub(super) fn op_url_parse<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let (mut buffer, mut base_buffer) = (BUFFER, BUFFER);
    let Some(input) = text_of(scope, args.get(0), &mut buffer) else {
        return;
    };
    let base = text_of(scope, args.get(1), &mut base_buffer);
    let Some(url) = parse(&input, base.as_deref()) else {
        return;
    };
    give_offsets(args.get(2), url.offsets());
    match url.is_input() {
        true => rv.set(args.get(0)),
        false => give_ascii(scope, &mut rv, url.href()),
    }
}

fn parse<'a>(input: &'a str, base: Option<&str>) -> Option<Url<'a>> {
    match base {
        Some(base) => Url::parse(input, Some(&Url::parse(base, None)?)),
        None => Url::parse(input, None),
    }
}

/// `op_url_can_parse(input, base) -> boolean`. `base` may be undefined.
pub(super) fn op_url_can_parse<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let (mut buffer, mut base_buffer) = (BUFFER, BUFFER);
    let input = text_of(scope, args.get(0), &mut buffer);
    let base = text_of(scope, args.get(1), &mut base_buffer);
    rv.set_bool(input.is_some_and(|input| parse(&input, base.as_deref()).is_some()));
}

/// `op_url_set(href, attribute, value, offsets) -> serialization`, undefined where nothing changes. The attribute is
/// the number that it has in `Attribute::ALL`.
///
/// Differs: a file URL that was made of another by its protocol's setter may have a host `localhost` or a drive letter
/// with a bar, which the parser changes. Here the next setter changes them.
pub(super) fn op_url_set<'s>(scope: &mut v8::PinScope<'s, '_>, args: Args<'s>, mut rv: Return<'s>) {
    let (mut buffer, mut value_buffer) = (BUFFER, BUFFER);
    let href = text_of(scope, args.get(0), &mut buffer);
    let attribute = choice(scope, args.get(1), &Attribute::ALL);
    let value = text_of(scope, args.get(2), &mut value_buffer);
    let (Some(href), Some(attribute), Some(value)) = (href, attribute, value) else {
        return;
    };
    let url = Url::parse(&href, None).and_then(|url| url::set(&url, attribute, &value));
    if let Some(url) = url {
        give_offsets(args.get(3), url.offsets());
        give_ascii(scope, &mut rv, url.href());
    }
}

/// `op_url_canonicalize(component, value, protocol) -> string`, undefined for failure: an encoding callback of
/// URLPattern. The component is the number that it has in `Component::ALL`; `protocol` may be undefined.
pub(super) fn op_url_canonicalize<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let (mut buffer, mut protocol_buffer) = (BUFFER, BUFFER);
    let component = choice(scope, args.get(0), &Component::ALL);
    let value = text_of(scope, args.get(1), &mut buffer);
    let protocol = text_of(scope, args.get(2), &mut protocol_buffer);
    let (Some(component), Some(value)) = (component, value) else {
        return;
    };
    if let Some(text) = url::canonicalize(component, &value, protocol.as_deref()) {
        give_ascii(scope, &mut rv, &text);
    }
}

/// `op_urlencoded_decode(text) -> string`.
pub(super) fn op_urlencoded_decode<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let mut buffer = BUFFER;
    if let Some(text) = text_of(scope, args.get(0), &mut buffer) {
        let string = text::from_utf8(scope, urlencoded::decode(&text).as_bytes(), false);
        give(scope, &mut rv, string);
    }
}

/// `op_urlencoded_encode(text) -> string`.
pub(super) fn op_urlencoded_encode<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    args: Args<'s>,
    mut rv: Return<'s>,
) {
    let mut buffer = BUFFER;
    if let Some(text) = text_of(scope, args.get(0), &mut buffer) {
        give_ascii(scope, &mut rv, &urlencoded::encode(&text));
    }
}
