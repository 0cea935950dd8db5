//! The module `http` as a plugin uses it: requests that are put together, granted, answered and
//! kept for the test.
#![allow(missing_docs, clippy::unwrap_used)]

use std::time::Duration;

use goatkit_plugin::http::{self, Request};
use goatkit_plugin::testing::{Sent, Session, response};
use goatkit_plugin::{Denial, Error, Fault, json};

fn session() -> Session {
    Session::default()
        .grant("http: GET https://a.example/v1/*, POST https://a.example/hook")
        .secret("token", "s3cret")
        .declares("unset")
        .answer("GET https://a.example/v1/down", Err(Fault::TimedOut))
        .answer("GET https://a.example/*", Ok(response(200, "{\"n\":7}")))
        .answer("* https://a.example/hook", Ok(response(404, b"\xff")))
}

fn invalid<T>(text: &str) -> Result<T, Fault> {
    Err(Fault::Invalid(text.to_owned()))
}

#[test]
fn what_was_put_together_is_sent() {
    let session = session();
    session.clone().run(|| {
        let answer = Request::post("https://a.example/hook")
            .header("X-Plain", "1")
            .secret_header("x-key", "Key ", "token")
            .bearer("token")
            .json(&json!({ "a": 1 }))
            .timeout(Duration::from_micros(1500))
            .redirects(10)
            .send();
        assert_eq!(answer.unwrap().status, 404);
        http::get("https://a.example/v1/x?q=1#f").unwrap();
    });
    let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    let posted = Sent {
        method: "POST".to_owned(),
        url: "https://a.example/hook".to_owned(),
        headers: vec![
            header("x-plain", "1"),
            header("content-type", "application/json"),
            header("x-key", "Key s3cret"),
            header("authorization", "Bearer s3cret"),
        ],
        body: Some(b"{\"a\":1}".to_vec()),
        timeout: Some(Duration::from_millis(2)),
        redirects: 10,
    };
    let got = Sent {
        method: "GET".to_owned(),
        url: "https://a.example/v1/x?q=1#f".to_owned(),
        ..Sent::default()
    };
    assert_eq!(session.requests(), [posted, got]);
}

#[test]
fn an_answer_is_read_as_what_it_is() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Number {
        n: u8,
    }
    session().run(|| {
        let good = http::get("https://a.example/v1/x").unwrap();
        assert!(good.is_success());
        assert_eq!(good.url, "https://a.example/v1/x");
        assert_eq!(good.text(), Ok("{\"n\":7}"));
        assert_eq!(good.json(), Ok(Number { n: 7 }));
        assert_eq!(
            good.json::<u8>(),
            Err(Error::failed(
                "the answer of https://a.example/v1/x: invalid type: map, expected u8 \
                 at line 1 column 0"
            ))
        );
        assert_eq!(good.header("content-type"), None);

        let bad = Request::post("https://a.example/hook").send().unwrap();
        assert!(!bad.is_success());
        assert!(bad.text().is_err() && bad.json::<u8>().is_err());
        assert_eq!(http::get("https://a.example/v1/down"), Err(Fault::TimedOut));
    });
    let mut answer = response(200, "");
    answer.headers = vec![
        ("etag".to_owned(), b"a".to_vec()),
        ("etag".to_owned(), b"b".to_vec()),
        ("x-raw".to_owned(), b"\xff".to_vec()),
    ];
    assert_eq!(answer.header("ETag"), Some("a"));
    assert_eq!(answer.header("x-raw"), None);
}

#[test]
fn what_is_not_granted_is_denied_and_not_sent() {
    let session = session();
    session.clone().run(|| {
        for (method, url) in [
            ("GET", "https://a.example/v2/x"),
            ("GET", "http://a.example/v1/x"),
            ("GET", "https://a.example/?/v1/"),
            ("DELETE", "https://a.example/v1/x"),
            ("POST", "https://a.example/hook/more"),
            ("GET", "https://b.example/v1/x"),
        ] {
            let asked = format!("{method} {url}");
            let remedy =
                format!("add `{asked}` under `capabilities.http` in manifest.yaml and grant it");
            let denial = Denial {
                capability: "http".to_owned(),
                asked,
                remedy,
            };
            let sent = Request::new(method, url).bearer("token").send();
            assert_eq!(sent, Err(Fault::Denied(denial)), "{method} {url}");
        }
    });
    assert_eq!(session.requests(), []);
    assert!(matches!(
        http::get("https://a.example/v1/x"),
        Err(Fault::Denied(_))
    ));
}

#[test]
fn the_first_mistake_is_told_when_it_is_sent() {
    let request = || Request::get("https://a.example/v1/x");
    let cases: Vec<(Request, &str)> = vec![
        (
            request().header("Host", "b"),
            "the header `host` is the host's",
        ),
        (
            request().header("proxy-authorization", "b").redirects(11),
            "the header `proxy-authorization` is the host's",
        ),
        (
            request().secret_header("Connection", "", "token"),
            "the header `connection` is the host's",
        ),
        (
            request().header("x-a", "b\r\nx-b: c"),
            "the header `x-a` has a line break or a NUL in its value",
        ),
        (request().header("x a", ""), "`x a` is no name of a header"),
        (
            request().redirects(11).header("host", "b"),
            "a request follows at most 10 redirects, not 11",
        ),
        (
            request().bearer("unset"),
            "the header `authorization` needs the secret `unset`, which is not set",
        ),
        (
            request().json(&std::collections::HashMap::from([((1, 2), 3)])),
            "the body: key must be a string",
        ),
    ];
    let session = session();
    session.clone().run(|| {
        for (request, expect) in cases {
            assert_eq!(request.send(), invalid(expect));
        }
        let undeclared = request().bearer("other").send();
        assert!(matches!(undeclared, Err(Fault::Denied(it)) if it.capability == "config"));
    });
    assert_eq!(session.requests(), []);
}

#[test]
fn many_are_answered_in_their_order() {
    let session = session();
    session.clone().run(|| {
        let answers = http::send_many([
            Request::get("https://a.example/v1/1"),
            Request::get("https://a.example/v1/2").redirects(11),
            Request::get("https://b.example/"),
            Request::get("https://a.example/v1/down"),
            Request::get("https://a.example/v1/3"),
        ])
        .unwrap();
        let urls: Vec<_> = answers
            .iter()
            .map(|answer| answer.as_ref().map(|it| it.url.as_str()))
            .collect();
        assert_eq!(urls[0], Ok("https://a.example/v1/1"));
        assert!(matches!(urls[1], Err(Fault::Invalid(_))));
        assert!(matches!(urls[2], Err(Fault::Denied(_))));
        assert_eq!(urls[3], Err(&Fault::TimedOut));
        assert_eq!(urls[4], Ok("https://a.example/v1/3"));
        assert_eq!(http::send_many([]), Ok(vec![]));

        let many =
            |count| http::send_many((0..count).map(|_| Request::get("https://a.example/v1/x")));
        assert_eq!(many(16).unwrap().len(), 16);
        assert_eq!(
            many(17),
            Err(Fault::TooLarge(
                "at most 16 requests are sent at the same time, not 17".to_owned()
            ))
        );
    });
    assert_eq!(session.requests().len(), 3 + 16);
}

#[test]
fn a_request_that_nobody_answers_is_a_panic() {
    let session = Session::default().grant("http");
    let unexpected =
        std::panic::AssertUnwindSafe(|| session.run(|| http::get("https://a.example/")));
    assert!(std::panic::catch_unwind(unexpected).is_err());
    for wrong in [
        "http: GET",
        "http: https://a.example",
        "http: GET ftp://a",
        "https",
        "http:",
    ] {
        let refused = std::panic::catch_unwind(|| Session::default().grant(wrong).run(|| ()));
        assert!(refused.is_err(), "{wrong}");
    }
}
