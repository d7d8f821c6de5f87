//! URLs and the urlencoded format. What the parser gives is its own serialization, with the same components; a look
//! at the text finds what the parser finds; setters leave URLs.
#![no_main]

#[path = "../../src/web/url/mod.rs"]
#[allow(dead_code, missing_docs)]
mod url;

use libfuzzer_sys::fuzz_target;
use url::{Attribute, Component, Url, canonicalize, set, urlencoded};

fn check(url: &Url<'_>) {
    assert!(url.href().is_ascii());
    let again = Url::parse(url.href(), None).expect("a serialization can be parsed");
    assert_eq!(again.href(), url.href());
    assert_eq!(again.offsets(), url.offsets());
    // A blank behind it keeps the parser from looking at the text alone.
    let padded = format!("{} ", url.href());
    let parsed = Url::parse(&padded, None).expect("blanks change nothing");
    assert_eq!(parsed.href(), url.href());
    assert_eq!(parsed.offsets(), url.offsets());
}

fuzz_target!(|texts: (String, String, String)| {
    let (base, input, value) = texts;
    assert_eq!(urlencoded::decode(&urlencoded::encode(&value)), value);
    urlencoded::decode(&input);
    for component in Component::ALL {
        if let Some(text) = canonicalize(component, &input, Some(&value)) {
            assert!(text.is_ascii());
        }
    }
    let base = Url::parse(&base, None);
    if let Some(base) = &base {
        check(base);
    }
    let Some(url) = Url::parse(&input, base.as_ref()) else {
        return;
    };
    check(&url);
    for attribute in Attribute::ALL {
        // The standard has a URL that becomes a file URL keep what the parser would change in one.
        if let Some(url) = set(&url, attribute, &value)
            && (attribute != Attribute::Protocol || !url.href().starts_with("file:"))
        {
            check(&url);
        }
    }
});
