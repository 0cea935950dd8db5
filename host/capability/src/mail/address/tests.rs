//! Tables of what is an address, what is none, and which pattern covers which.

use super::*;

#[test]
fn addresses_are_brought_into_one_form() {
    for (text, expect) in [
        ("stats@example.com", "stats@example.com"),
        ("Stats@Example.COM", "Stats@example.com"),
        (
            "a.b+c_d-e'f=g&h~i#j@x.example",
            "a.b+c_d-e'f=g&h~i#j@x.example",
        ),
        ("root@localhost", "root@localhost"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@BÜCHER.example", "a@xn--bcher-kva.example"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        // Full-width letters are the same letters to a domain, and are sent as those.
        ("a@ｅxample.com", "a@example.com"),
        // A Cyrillic `а` is another letter, and another domain.
        ("a@exаmple.com", "a@xn--exmple-4nf.com"),
    ] {
        let address = Address::parse(text).unwrap();
        assert_eq!(address.as_str(), expect);
        assert_eq!(Address::parse(expect).unwrap(), address);
        assert_eq!(expect.split_once('@').unwrap().1, address.domain());
    }
}

#[test]
fn what_is_no_address_is_refused() {
    let long_local = format!("{}@example.com", "a".repeat(65));
    let long_label = format!("a@{}.com", "b".repeat(64));
    let long_domain = format!("a@{}com", "b.".repeat(126));
    // Longer in the form in which it is sent.
    let long_wide = format!("a@{}com", "\u{fc}.".repeat(80));
    for text in [
        "",
        "a",
        "@",
        "@example.com",
        "a@",
        "a b@example.com",
        " a@example.com",
        "a@example.com ",
        "a@exam ple.com",
        // More than one address.
        "evil@x.example,ok@example.com",
        "evil@x.example;ok@example.com",
        "ok@example.com,evil@x.example",
        "evil@x.example ok@example.com",
        "a@b@example.com",
        "a@example.com@evil.example",
        // Quotes, comments, groups, source routes, other routes.
        "\"a\"@example.com",
        "\"a@b\"@example.com",
        "\"a b\"@example.com",
        "a(comment)@example.com",
        "a@example.com(comment)",
        "a@(comment)example.com",
        "group:a@example.com;",
        "@evil.example:a@example.com",
        "@evil.example,@x.example:a@example.com",
        "a%evil.example@example.com",
        "evil.example!a@example.com",
        "a\\@b@example.com",
        "<a@example.com",
        "a<b@example.com",
        // What a shell or a pattern reads.
        "*@example.com",
        "|sh@example.com",
        "`id`@example.com",
        "$HOME@example.com",
        "/etc/passwd@example.com",
        "a*@example.com",
        // Line breaks and what is not seen.
        "a@example.com\n",
        "a@example.com\r\nBcc: evil@x.example",
        "a\n@example.com",
        "a\0@example.com",
        "a@example\0.com",
        "a@example.com\0",
        "a\t@example.com",
        "a\u{7f}@example.com",
        "a\u{200b}@example.com",
        "a@exa\u{200b}mple.com",
        "a@exa\u{ad}mple.com",
        "a\u{202e}b@example.com",
        // Letters that are none of ASCII before the `@`, and signs that look like one.
        "ä@example.com",
        "stаts@example.com",
        "ｓtats@example.com",
        "a＠example.com",
        "a﹫example.com",
        "=?utf-8?q?a?=@example.com",
        "a@=?utf-8?q?example.com?=",
        // Domains that are none.
        "a@example..com",
        "a@.example.com",
        "a@example.com.",
        "a@example。com",
        "a@-example.com",
        "a@example-.com",
        "a@exa_mple.com",
        "a@example.com:25",
        "a@example%2ecom",
        "a@[127.0.0.1]",
        "a@127.0.0.1",
        "a@0x7f.1",
        "a@2130706433",
        "a@[::1]",
        "a@[IPv6:::1]",
        "a@xn--a",
        ".a@example.com",
        "a.@example.com",
        "a..b@example.com",
        &long_local,
        &long_label,
        &long_domain,
        &long_wide,
    ] {
        assert!(Address::parse(text).is_err(), "{text:?}");
        assert!(
            Mailbox::parse(&format!("Ann <{text}>")).is_err(),
            "{text:?}"
        );
    }
    let told = Address::parse(&format!("a@{}", "\n".repeat(100_000))).unwrap_err();
    assert!(told.len() < 1_000);
}

#[test]
fn names_stand_before_addresses() {
    for (text, name, address) in [
        ("ann@example.com", None, "ann@example.com"),
        (" ann@example.com ", None, "ann@example.com"),
        ("<ann@example.com>", None, "ann@example.com"),
        ("\"\" <ann@example.com>", None, "ann@example.com"),
        ("Ann <ann@example.com>", Some("Ann"), "ann@example.com"),
        ("Ann<ann@Example.com>", Some("Ann"), "ann@example.com"),
        ("\"Ann, B.\" <a@b.example>", Some("Ann, B."), "a@b.example"),
        ("Ann, B. <a@b.example>", Some("Ann, B."), "a@b.example"),
        ("Änne 日本 <a@b.example>", Some("Änne 日本"), "a@b.example"),
        (
            "Team: all; <a@b.example>",
            Some("Team: all;"),
            "a@b.example",
        ),
    ] {
        let mailbox = Mailbox::parse(text).unwrap();
        assert_eq!(mailbox.name.as_deref(), name, "{text}");
        assert_eq!(mailbox.address.as_str(), address, "{text}");
    }
}

#[test]
fn names_that_pose_as_something_else_are_refused() {
    for text in [
        "ann@example.com>",
        "<<ann@example.com>",
        "<ann@example.com>>",
        "<ann@example.com> x",
        "Ann <ann@example.com>, Bob <bob@example.com>",
        "Ann <ann@example.com> <bob@example.com>",
        "boss@bank.example <ann@example.com>",
        "\"boss@bank.example\" <ann@example.com>",
        "boss＠bank.example <ann@example.com>",
        "\"Ann\" <x> <ann@example.com>",
        "\"Ann\\\" <ann@example.com>",
        "A\"nn <ann@example.com>",
        "=?utf-8?q?Ann=0D=0ABcc:_evil?= <ann@example.com>",
        "Ann\r\nBcc: x <ann@example.com>",
        "Ann\n <ann@example.com>",
        "Ann\0 <ann@example.com>",
        "Ann\u{85} <ann@example.com>",
        "Ann\u{2028} <ann@example.com>",
        "Ann\u{202e}moc <ann@example.com>",
        "Ann < ann@example.com>",
        "Ann <ann@example.com >",
        "Group: <ann@example.com>;",
    ] {
        assert!(Mailbox::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn patterns_cover_what_is_within_them() {
    for (outer, inner, expect) in [
        ("*", "*", true),
        ("*", "*@example.com", true),
        ("*", "a@example.com", true),
        ("*@example.com", "*@example.com", true),
        ("*@Example.com", "*@example.COM", true),
        ("*@example.com", "a@example.com", true),
        ("a@example.com", "a@EXAMPLE.com", true),
        ("*@bücher.example", "a@xn--bcher-kva.example", true),
        ("*@example.com", "*", false),
        ("a@example.com", "*", false),
        ("a@example.com", "*@example.com", false),
        ("a@example.com", "A@example.com", false),
        ("a@example.com", "a+b@example.com", false),
        ("*@example.com", "a@mail.example.com", false),
        ("*@mail.example.com", "a@example.com", false),
        ("*@example.com", "a@badexample.com", false),
        ("*@example.com", "a@exаmple.com", false),
        ("*@example.com", "*@mail.example.com", false),
    ] {
        let [outer, inner] = [outer, inner].map(|it| Pattern::parse(it).unwrap());
        assert_eq!(outer.covers(&inner), expect, "{outer} {inner}");
        if let Pattern::One(address) = &inner {
            assert_eq!(outer.permits(address), expect, "{outer} {inner}");
        }
        assert_eq!(Pattern::parse(&outer.to_string()).unwrap(), outer);
    }
    for wrong in [
        "",
        "*@",
        "*@*",
        "**",
        "*@*.example.com",
        "a*@example.com",
        "example.com",
        "@example.com",
        "* ",
    ] {
        assert!(Pattern::parse(wrong).is_err(), "{wrong:?}");
    }
}
