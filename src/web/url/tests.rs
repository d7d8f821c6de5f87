use super::{Attribute, Url, set, urlencoded};

/// Texts that the parser is asked about, more of which `url/` of web-platform-tests has.
const TEXTS: &[&str] = &[
    "http://example.com/",
    "http://example.com",
    "https://example.com:8080/a/b/c.html?q=1&r=%20#frag",
    "https://example.com:443/",
    "https://example.com:080/",
    "https://user:pass@example.com/x",
    "https://user@example.com:8080/x",
    "https://:pass@example.com/x",
    "https://user:@example.com/x",
    "https://@example.com/x",
    "https://us;er:pa:ss@example.com/x",
    "https://user:8080/x",
    "https://EXAMPLE.com/x",
    "https://1.2.3.4/",
    "https://1.2.3/",
    "https://0x7f/",
    "https://example.com./x?",
    "https://example.com/x?#",
    "https://example.com/a/../b",
    "https://example.com/a/.b",
    "https://example.com/a/%2e/b",
    "https://example.com/a\\b",
    "https://example.com/a b",
    "https://example.com/a?b'c",
    "https://xn--53h.example/",
    "https://a--b.example/",
    "web+demo:/.//not-a-host/",
    "data:text/plain,hello world #x",
    "data:text/plain;base64,SGVsbG8=?x'#y",
    "data:",
    "data: ",
    "javascript:a\"b<c",
    "mailto:a@b",
    "file:///C:/x/../..",
    "file:///c|/x",
    "file:///home/user/a.txt?q#f",
    "file:///a/./b",
    "file:///",
    "blob:https://example.com/uuid",
];

fn parsed(text: &str) -> String {
    Url::parse(text, None).unwrap().href().to_owned()
}

#[test]
fn a_look_at_the_text_finds_what_the_parser_finds() {
    for text in TEXTS {
        let (fast, slow) = (Url::parse(text, None), super::parser::parse(text, None));
        let (fast, slow) = (fast.unwrap(), slow.unwrap());
        assert_eq!(fast, slow, "{text}");
        let again = Url::parse(slow.href(), None).unwrap();
        assert_eq!(again, slow, "{text}");
    }
}

#[test]
fn common_urls_need_no_parser() {
    for text in [
        "http://example.com/",
        "https://a-b.example.com:8080/a/b.html?x=1#y",
        "https://example.com/?q='".strip_suffix('\'').unwrap(),
        "https://user:pass@example.com:8080/a?b",
        "https://user@example.com/",
        "data:text/plain;base64,SGVsbG8=",
        "file:///home/user/a.txt",
    ] {
        assert!(Url::parse(text, None).unwrap().is_input(), "{text}");
    }
}

#[test]
fn what_it_differs_in_is_normalized() {
    assert_eq!(
        parsed(" HTTP://EXAMPLE.com:80/a/./b/../c?x y# z"),
        "http://example.com/a/c?x%20y#%20z"
    );
    assert_eq!(parsed("https://0x7f.1/"), "https://127.0.0.1/");
    assert_eq!(parsed("http://[1:0::0:1]/"), "http://[1::1]/");
    assert_eq!(
        parsed("http://[::ffff:1.2.3.4]/"),
        "http://[::ffff:102:304]/"
    );
    assert!(Url::parse("http://[1:2:3:4:5:6:7:8:9]/", None).is_none());
    assert!(Url::parse("http://1.2.3.4.5/", None).is_none());
    assert!(Url::parse("http://a:b:c/", None).is_none());
}

#[test]
fn every_setter_leaves_a_url() {
    let values = [
        "", "x", "/", "//x", "a:1", ":", "?", "#", "[::1]", "80", "file", "https", "\u{e9}", "..",
    ];
    for text in TEXTS {
        for attribute in Attribute::ALL {
            for value in values {
                let url = Url::parse(text, None).unwrap();
                // Drive letters and `localhost` are for the parser of file URLs alone.
                if (attribute, value) == (Attribute::Protocol, "file") {
                    continue;
                }
                if let Some(url) = set(&url, attribute, value) {
                    let again = super::parser::parse(url.href(), None).unwrap();
                    assert_eq!(again, url, "{text} {attribute:?} {value}");
                }
            }
        }
    }
}

#[test]
fn forms_are_encoded_and_decoded() {
    assert_eq!(urlencoded::encode("a b&\u{e9}*-._~"), "a+b%26%C3%A9*-._%7E");
    assert_eq!(urlencoded::decode("a+b%26%C3%A9%zz%"), "a b&\u{e9}%zz%");
    assert_eq!(urlencoded::decode("%FF"), "\u{fffd}");
}
