//! How a server is reached: what is encrypted, what is never said in the clear, what an
//! operator may write.

use std::sync::Arc;

use super::bench::{Bench, code, ordinary};
use super::server::{Does, Server};
use super::smtp::smtp;
use crate::mail::{Post, Smtp, SmtpOptions};

fn with_password(url: &str) -> Arc<dyn Post> {
    Smtp::new(SmtpOptions {
        url: url.to_owned(),
        credentials: Some(("goat".to_owned(), "s3cret".to_owned())),
        certificates: Vec::new(),
    })
    .unwrap()
}

#[tokio::test]
async fn nothing_is_said_in_the_clear_that_should_be_encrypted() {
    use Does::{Closes, Says};
    let offered = "250-test\r\n250 STARTTLS\r\n";
    for (script, told) in [
        (vec![], "does not offer STARTTLS"),
        (
            vec![("EHLO", Says("250 test\r\n"))],
            "does not offer STARTTLS",
        ),
        (
            vec![
                ("EHLO", Says(offered)),
                ("STARTTLS", Says("454 not now\r\n")),
            ],
            "454 not now",
        ),
        (vec![("EHLO", Says(offered)), ("STARTTLS", Closes)], ""),
        (
            vec![
                ("EHLO", Says(offered)),
                ("STARTTLS", Says("220 go\r\nno TLS here\r\n")),
            ],
            "",
        ),
    ] {
        let server = Server::start(script.clone()).await;
        let url = format!("smtp://127.0.0.1:{}", server.port());
        for post in [smtp(&url), with_password(&url)] {
            let bench = Bench::new(post);
            let answer = bench.send(ordinary()).await;
            assert_eq!(code(&answer), "tls", "{script:?} {answer:?}");
            assert!(answer.unwrap_err().to_string().contains(told), "{script:?}");
            assert_eq!(bench.counted(), 0);
        }
        assert!(
            !server.has_heard("MAIL") && !server.has_heard("AUTH"),
            "{script:?}"
        );
    }
    let server = Server::start(vec![]).await;
    let bench = Bench::new(with_password(&format!(
        "smtps://127.0.0.1:{}",
        server.port()
    )));
    assert_eq!(code(&bench.send(ordinary()).await), "tls");
    assert!(!server.has_heard("EHLO") && !server.has_heard("AUTH"));
}

#[tokio::test]
async fn a_sign_in_that_fails_says_nothing_of_the_password() {
    use Does::{Closes, Says};
    let echo = "535 goat with s3cret is wrong\r\n";
    for (script, expect) in [
        (vec![], "sent"),
        (vec![("AUTH", Says(echo))], "sign-in"),
        (vec![("AUTH", Says("454 later\r\n"))], "sign-in"),
        (vec![("AUTH", Says("334 \r\n"))], "closed"),
        (vec![("AUTH", Says("334 ~~~\r\n"))], "closed"),
        (vec![("AUTH", Closes)], "closed"),
        (vec![("EHLO", Says("250 test\r\n"))], "sign-in"),
        (
            vec![("EHLO", Says("250-test\r\n250 AUTH CRAM-MD5\r\n"))],
            "sign-in",
        ),
    ] {
        let server = Server::start(script.clone()).await;
        let bench = Bench::new(with_password(&server.plain()));
        let answer = bench.send(ordinary()).await;
        assert_eq!(code(&answer), expect, "{script:?} {answer:?}");
        assert_eq!(bench.counted(), i64::from(expect == "sent"));
        assert_eq!(server.has_heard("MAIL"), expect == "sent");
        if let Err(fault) = answer {
            let text = format!("{fault} {fault:?}");
            assert!(
                !text.contains("goat with") && !text.contains("s3cret"),
                "{text}"
            );
        }
    }
}

#[tokio::test]
async fn a_password_that_was_refused_is_not_tried_over_and_over() {
    for (says, tried) in [("535 wrong\r\n", 1), ("454 later\r\n", 5)] {
        let server = Server::start(vec![("AUTH", Does::Says(says))]).await;
        let bench = Bench::new(with_password(&server.plain()));
        for _ in 0..5 {
            assert_eq!(code(&bench.send(ordinary()).await), "sign-in");
        }
        let heard = server.heard();
        assert_eq!(
            heard.iter().filter(|it| it.starts_with("AUTH")).count(),
            tried
        );
    }
}

#[test]
fn urls_say_how_a_server_is_reached() {
    let new = |url: &str, password: bool| {
        let credentials = password.then(|| ("goat".to_owned(), "s3cret".to_owned()));
        let url = url.to_owned();
        Smtp::new(SmtpOptions {
            url,
            credentials,
            certificates: Vec::new(),
        })
    };
    for (url, password) in [
        ("smtp://mail.example.com", true),
        ("smtp://mail.example.com:2525/", true),
        ("smtps://mail.example.com", true),
        ("smtps://[::1]:465", true),
        ("SMTP://Mail.Example.com", true),
        ("smtp://mail.example.com?tls=none", false),
        ("smtp://localhost:1025?tls=none", true),
        ("smtp://127.0.0.1:1025?tls=none", true),
        ("smtp://[::1]:1025?tls=none", true),
    ] {
        if let Err(error) = new(url, password) {
            panic!("{url}: {error}");
        }
    }
    for (url, password, expect) in [
        ("", false, "is none"),
        ("mail.example.com", false, "is none"),
        ("mail.example.com:25", false, "has `mail.example.com`"),
        ("http://mail.example.com", false, "has `http`"),
        ("smtp://", false, "no host"),
        ("smtp:mail.example.com", false, "has `mail.example.com`"),
        ("smtp://mail.example.com/inbox", false, "has `/inbox`"),
        (
            "smtp://mail.example.com?tls=maybe",
            false,
            "has `tls=maybe`",
        ),
        (
            "smtp://mail.example.com?tls=none&x=1",
            false,
            "has `tls=none&x=1`",
        ),
        ("smtps://mail.example.com?tls=none", false, "has `tls=none`"),
        ("smtp://mail.example.com#x", false, "has `x`"),
        (
            "smtp://goat:s3cret@mail.example.com",
            false,
            "do not belong in its URL",
        ),
        (
            "smtp://goat@mail.example.com",
            false,
            "do not belong in its URL",
        ),
        (
            "smtp://mail.example.com?tls=none",
            true,
            "would be sent unencrypted",
        ),
        (
            "smtp://10.0.0.1?tls=none",
            true,
            "would be sent unencrypted",
        ),
        (
            "smtp://localhost.example.com?tls=none",
            true,
            "would be sent unencrypted",
        ),
    ] {
        let told = new(url, password)
            .err()
            .map(|it| it.to_string())
            .unwrap_or_default();
        assert!(told.contains(expect), "{url}: {told}");
        assert!(!told.contains("s3cret"), "{url}: {told}");
    }
}

#[test]
fn certificates_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    let broken = folder.path().join("broken.pem");
    std::fs::write(&empty, "no certificate").unwrap();
    let text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    std::fs::write(&broken, text).unwrap();
    for url in ["smtp://mail.example.com", "smtps://mail.example.com"] {
        for file in [&empty, &broken, &folder.path().join("none.pem")] {
            let certificates = vec![file.clone()];
            let url = url.to_owned();
            let made = Smtp::new(SmtpOptions {
                url,
                credentials: None,
                certificates,
            });
            let told = made.err().unwrap().to_string();
            assert!(told.contains(&file.display().to_string()), "{told}");
        }
    }
}
