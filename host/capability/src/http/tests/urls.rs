use super::super::{MAX_URL_BYTES, Target};
use super::support::code;
use crate::Fault;

#[test]
fn what_was_read_is_what_is_sent() {
    for (text, url, authority, sent) in [
        ("http://a.example", "http://a.example/", "a.example", "/"),
        (
            "HTTP://A.Example:80/x",
            "http://a.example/x",
            "a.example",
            "/x",
        ),
        (
            "http://a.example:8080?x=y",
            "http://a.example:8080/?x=y",
            "a.example:8080",
            "/?x=y",
        ),
        (
            "https://a.example:0443/#x",
            "https://a.example/",
            "a.example",
            "/",
        ),
        (
            "https://bücher.example/ü?ü",
            "https://xn--bcher-kva.example/%C3%BC?%C3%BC",
            "xn--bcher-kva.example",
            "/%C3%BC?%C3%BC",
        ),
        ("http://0x7f.1/", "http://127.0.0.1/", "127.0.0.1", "/"),
        ("http://[0::1]:81/", "http://[::1]:81/", "[::1]:81", "/"),
        (
            "http://a.example/a/./b/../c%2Ed/%2e%2E/e",
            "http://a.example/a/e",
            "a.example",
            "/a/e",
        ),
        (
            "http://a.example/?",
            "http://a.example/?",
            "a.example",
            "/?",
        ),
        (
            "http://a.example/a?b/../c%2f&d=%5c;..;",
            "http://a.example/a?b/../c%2f&d=%5c;..;",
            "a.example",
            "/a?b/../c%2f&d=%5c;..;",
        ),
        (
            "http://a.example/{x}|^`\"<>'",
            "http://a.example/%7Bx%7D|^%60%22%3C%3E'",
            "a.example",
            "/%7Bx%7D|^%60%22%3C%3E'",
        ),
        (
            "http://a.example/?{x}|^`\"<>'",
            "http://a.example/?{x}|^`%22%3C%3E%27",
            "a.example",
            "/?{x}|^`%22%3C%3E%27",
        ),
        (
            "http://a.example//b//",
            "http://a.example//b//",
            "a.example",
            "//b//",
        ),
        (
            "http://a.example/*",
            "http://a.example/*",
            "a.example",
            "/*",
        ),
    ] {
        let target = Target::parse(text).unwrap();
        assert_eq!(target.as_str(), url, "{text}");
        assert_eq!(target.authority(), authority, "{text}");
        assert_eq!(target.sent().as_str(), sent, "{text}");
        let again = Target::parse(target.as_str()).unwrap();
        assert_eq!(again, target, "what is read once more is the same");
        assert!(target.as_str().ends_with(target.sent().as_str()), "{text}");
    }
}

#[test]
fn a_url_is_not_longer_than_it_may_be() {
    let most = format!("http://a.example/{}", "x".repeat(MAX_URL_BYTES - 17));
    Target::parse(&most).unwrap();
    assert_eq!(code(Target::parse(&format!("{most}x"))), "too-large");
    let host = format!("http://{}/", ["a".repeat(63).as_str(); 4].join("."));
    assert_eq!(code(Target::parse(&host)), "invalid");
    let told = Target::parse(&format!("ftp://{}", "x".repeat(5_000))).unwrap_err();
    assert!(told.to_string().len() < 500);
}

#[test]
fn an_error_shows_a_url_without_its_lines() {
    let told = Target::parse("http://a.example/\nx\u{1b}[31m")
        .unwrap_err()
        .to_string();
    assert!(!told.contains(['\n', '\u{1b}']), "{told}");
}

#[test]
fn places_are_beside_each_other_when_scheme_host_and_port_are_the_same() {
    let beside = |one: &str, other: &str| {
        let read = |text: &str| -> Result<Target, Fault> { Target::parse(text) };
        read(one).unwrap().is_beside(&read(other).unwrap())
    };
    assert!(beside("http://a.example/x", "http://A.example:80/y?z"));
    for other in [
        "https://a.example/",
        "https://a.example:80/",
        "http://a.example:81/",
        "http://b.example/",
    ] {
        assert!(!beside("http://a.example/", other), "{other}");
    }
}

/// Numbers that look random and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % most
    }
}

#[test]
fn another_parser_finds_the_same_parts_in_what_is_sent() {
    const PARTS: [&str; 36] = [
        "http://",
        "https://",
        "a",
        "b.example",
        ".",
        "..",
        "/",
        "//",
        "\\",
        "@",
        ":",
        "80",
        "443",
        "8080",
        "?",
        "#",
        "%2e",
        "%2f",
        "%",
        "[",
        "]",
        "::1",
        "127.0.0.1",
        "0x7f",
        "。",
        "ü",
        "\t",
        " ",
        ";",
        "&",
        "=",
        "*",
        "|",
        "%00",
        "-",
        "_",
    ];
    let (mut chance, mut read) = (Chance(7), 0);
    for _ in 0..60_000 {
        let mut text = String::from(PARTS[chance.below(2)]);
        for _ in 0..chance.below(9) + 1 {
            text.push_str(PARTS[chance.below(PARTS.len())]);
        }
        let Ok(target) = Target::parse(&text) else {
            continue;
        };
        read += 1;
        assert_eq!(Target::parse(target.as_str()).unwrap(), target, "{text}");
        let uri: ::http::Uri = target.as_str().parse().unwrap();
        assert_eq!(uri.host(), Some(target.host()), "{text}");
        assert_eq!(uri.scheme_str(), Some(target.scheme()), "{text}");
        let port = if target.is_secure() { 443 } else { 80 };
        assert_eq!(uri.port_u16().unwrap_or(port), target.port(), "{text}");
        assert_eq!(uri.path_and_query(), Some(target.sent()), "{text}");
        let authority = target.authority();
        assert_eq!(uri.authority().unwrap().as_str(), authority, "{text}");
        let (scheme, path) = (target.scheme(), target.sent().as_str());
        match Target::of_parts(scheme, &authority, path) {
            Ok(joined) => assert_eq!(joined, target, "{text}"),
            Err(_) => assert!(path.starts_with("//"), "{text}"),
        }
    }
    assert!(read > 3_000, "{read}");
}
