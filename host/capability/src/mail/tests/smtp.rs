//! Servers that refuse, are slow, are down, or drop the connection half way: each has its
//! fault, nothing waits past the deadline, and only what a server saw counts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::bench::{Bench, code, message, ordinary, scope, scope_until};
use super::server::{Does, Script, Server};
use crate::Fault;
use crate::mail::{Message, Post, Smtp, SmtpOptions};

pub(super) fn smtp(url: &str) -> Arc<dyn Post> {
    let url = url.to_owned();
    Smtp::new(SmtpOptions {
        url,
        ..Default::default()
    })
    .unwrap()
}

#[tokio::test]
async fn a_message_goes_to_the_server_as_it_is_written() {
    let server = Server::start(Script::new()).await;
    let bench = Bench::new(smtp(&server.plain()));
    let dots = message(|it| {
        it.text(".\r\n..\r\nMAIL FROM:<evil@evil.example>\n.\n".to_owned())
            .unwrap();
        it.bcc("Ben <ben@example.com>".to_owned()).unwrap();
        it.to("ann@example.com".to_owned()).unwrap();
    });
    bench.send(dots).await.unwrap();
    let heard = server.heard();
    let commands: Vec<&str> = heard.iter().map(String::as_str).collect();
    assert!(commands[0].starts_with("EHLO "), "{commands:?}");
    assert_eq!(
        commands[1..5],
        [
            "MAIL FROM:<stats@example.com>",
            "RCPT TO:<ann@example.com>",
            "RCPT TO:<ben@example.com>",
            "DATA",
        ]
    );
    assert_eq!(commands.iter().filter(|it| **it == ".").count(), 1);
    assert_eq!(commands[commands.len() - 2..], [".", "QUIT"]);
    assert!(
        commands.contains(&"..") && commands.contains(&"..."),
        "{commands:?}"
    );
    assert!(
        !commands
            .iter()
            .any(|it| it.contains("ben@") && !it.starts_with("RCPT"))
    );
}

struct Case {
    at: &'static str,
    does: Does,
    code: &'static str,
    told: &'static str,
    counted: i64,
}

fn case(
    at: &'static str,
    does: Does,
    code: &'static str,
    told: &'static str,
    counted: i64,
) -> Case {
    Case {
        at,
        does,
        code,
        told,
        counted,
    }
}

#[tokio::test]
async fn every_failure_of_a_server_has_its_fault() {
    use Does::{Closes, Floods, Says};
    for Case {
        at,
        does,
        code: expect,
        told,
        counted,
    } in [
        case(
            "connect",
            Says("554 go away\r\n"),
            "connect",
            "refuses the host: 554 go away",
            0,
        ),
        case("connect", Says("421 busy\r\n"), "connect", "421 busy", 0),
        case(
            "connect",
            Says("HTTP/1.1 200 OK\r\n\r\n"),
            "closed",
            "does not speak SMTP",
            0,
        ),
        case("connect", Closes, "closed", "broke the connection off", 0),
        case("connect", Floods("x"), "closed", "does not speak SMTP", 0),
        case(
            "connect",
            Floods("220-x\r\n"),
            "closed",
            "does not speak SMTP",
            0,
        ),
        case("EHLO", Says("502 what?\r\n"), "connect", "502 what?", 0),
        case("EHLO", Closes, "closed", "was not sent", 0),
        case(
            "MAIL",
            Says("550 not you\r\n"),
            "rejected",
            "the sender `stats@example.com`: 550 not you",
            1,
        ),
        case(
            "MAIL",
            Says("530 5.7.0 sign in\r\n"),
            "sign-in",
            "does not let the host sign in",
            0,
        ),
        case("MAIL", Closes, "closed", "was not sent", 0),
        case(
            "RCPT",
            Says("550-5.1.1 who\r\n550 is that\r\n"),
            "rejected",
            "the recipient `ann@example.com`: 550 5.1.1 who",
            1,
        ),
        case(
            "RCPT",
            Says("452 too many\r\n"),
            "rejected",
            "452 too many",
            1,
        ),
        case(
            "RCPT",
            Says("354 go on\r\n"),
            "closed",
            "does not speak SMTP",
            0,
        ),
        case(
            "RCPT",
            Says("550 \u{1b}[2Jx\0y\r\n"),
            "rejected",
            "550  [2Jx y",
            1,
        ),
        case("RCPT", Closes, "closed", "was not sent", 0),
        case(
            "DATA",
            Says("554 no\r\n"),
            "rejected",
            "the message: 554 no",
            1,
        ),
        case(
            "DATA",
            Says("250 ok\r\n"),
            "closed",
            "does not speak SMTP",
            0,
        ),
        case("DATA", Closes, "closed", "was not sent", 0),
        case(
            ".",
            Says("552 too large\r\n"),
            "rejected",
            "the message: 552 too large",
            1,
        ),
        case(".", Says("451 later\r\n"), "rejected", "451 later", 1),
        case(".", Says("354 more\r\n"), "closed", "may have taken it", 1),
        case(".", Says("what\r\n"), "closed", "may have taken it", 1),
        case(".", Closes, "closed", "may have taken it", 1),
        // Taken is taken, whatever comes after.
        case("QUIT", Closes, "sent", "", 1),
        case("QUIT", Says("500 no\r\n"), "sent", "", 1),
    ] {
        let server = Server::start(vec![(at, does.clone())]).await;
        let bench = Bench::new(smtp(&server.plain()));
        let answer = bench.send(ordinary()).await;
        assert_eq!(code(&answer), expect, "{at} {does:?} {answer:?}");
        assert_eq!(bench.counted(), counted, "{at} {does:?}");
        if let Err(fault) = answer {
            let text = fault.to_string();
            assert!(text.contains(told), "{at} {does:?}: {text}");
            assert!(
                !text.contains(char::is_control) && text.len() < 600,
                "{text:?}"
            );
            assert!(!text.contains("127.0.0.1"), "{text}");
        }
    }
}

#[tokio::test]
async fn what_a_server_says_is_shortened() {
    let long: &'static str = Box::leak(format!("550 {}\r\n", "x".repeat(900)).into_boxed_str());
    let server = Server::start(vec![("RCPT", Does::Says(long))]).await;
    let bench = Bench::new(smtp(&server.plain()));
    let refused = bench.send(ordinary()).await.unwrap_err().to_string();
    assert!(refused.len() < 450 && refused.contains("xx…"), "{refused}");
}

#[tokio::test]
async fn a_server_that_stalls_is_waited_for_until_the_deadline() {
    // One that is to come as far as the message has the time for it, on the busiest machine.
    let (soon, later) = (Duration::from_millis(400), Duration::from_secs(3));
    for (at, time, counted) in [
        ("connect", soon, 0),
        ("EHLO", soon, 0),
        ("MAIL", soon, 0),
        ("RCPT", soon, 0),
        ("DATA", soon, 0),
        ("body", later, 1),
        (".", later, 1),
    ] {
        let server = Server::start(vec![(at, Does::Stalls)]).await;
        let bench = Bench::new(smtp(&server.plain()));
        let until = scope_until(Instant::now() + time);
        let answer = bench.mail.send(&until, ordinary()).await;
        assert_eq!(answer, Err(Fault::TimedOut), "{at}");
        bench.until_counted(counted).await;
    }
}

#[tokio::test]
async fn a_goodbye_is_not_waited_for() {
    let server = Server::start(vec![("QUIT", Does::Stalls)]).await;
    let bench = Bench::new(smtp(&server.plain()));
    bench.send(ordinary()).await.unwrap();
    assert!(server.has_heard("QUIT"));
}

#[tokio::test]
async fn a_large_message_that_is_cut_off_half_way_was_not_sent() {
    let server = Server::start(vec![("body", Does::Closes)]).await;
    let bench = Bench::new(smtp(&server.plain()));
    let large = message(|it| {
        let name = "a.bin".to_owned();
        it.attach(name, "a/b".to_owned(), vec![7; 9 << 20]).unwrap();
    });
    let refused = bench.send(large).await.unwrap_err();
    assert!(refused.to_string().contains("was not sent"), "{refused}");
    assert_eq!(bench.counted(), 0);
}

#[tokio::test]
async fn a_large_message_arrives_whole() {
    let server = Server::start(Script::new()).await;
    let bench = Bench::new(smtp(&server.plain()));
    let large = message(|it| {
        it.text("x\n".repeat(500_000)).unwrap();
        let name = "a.bin".to_owned();
        it.attach(name, "a/b".to_owned(), vec![7; 8 << 20]).unwrap();
    });
    bench.send(large).await.unwrap();
    let lines = server.heard();
    // 57 bytes of the file stand on each line.
    let files = lines.iter().filter(|it| it.starts_with("BwcHBwcH")).count();
    assert_eq!(files, (8usize << 20).div_ceil(57));
    assert_eq!(lines.iter().filter(|it| *it == "x").count(), 500_000);
}

#[tokio::test]
async fn a_server_that_is_down_costs_nothing_and_is_used_when_it_is_back() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let bench = Bench::new(smtp(&format!("smtp://127.0.0.1:{port}?tls=none")));
    for _ in 0..30 {
        let answer = bench.send(ordinary()).await;
        assert_eq!(code(&answer), "connect");
        let told = answer.unwrap_err().to_string();
        assert!(
            told.contains("cannot be reached: connection refused"),
            "{told}"
        );
    }
    assert_eq!(bench.counted(), 0);
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let accept = tokio::spawn(async move { listener.accept().await.map(drop) });
    assert_eq!(code(&bench.send(ordinary()).await), "closed");
    accept.await.unwrap().unwrap();
}

#[tokio::test]
async fn connections_of_the_host_are_bounded() {
    let server = Server::start(vec![("EHLO", Does::Stalls)]).await;
    let post = smtp(&server.plain());
    let bench = Bench::new(Arc::clone(&post));
    let mut calls = JoinSet::new();
    for plugin in 0..10 {
        let mail = bench.room(&format!("plugin-{plugin}"), &post);
        calls.spawn(async move { mail.send(&scope(), ordinary()).await });
    }
    let said_hello = |it: &Server| it.heard().len();
    while said_hello(&server) < 8 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // A ninth waits for its turn until its deadline, and says nothing.
    let until = scope_until(Instant::now() + Duration::from_millis(200));
    assert_eq!(
        bench.mail.send(&until, ordinary()).await,
        Err(Fault::TimedOut)
    );
    assert_eq!(said_hello(&server), 8);
    calls.abort_all();
    while calls.join_next().await.is_some() {}
    bench.until_counted(0).await;
}

/// Only what the room allows makes a message: the rest is for [`Message`] alone.
#[tokio::test]
async fn a_denied_message_reaches_no_server() {
    let server = Server::start(Script::new()).await;
    let bench = Bench::new(smtp(&server.plain()));
    for change in [
        (|it: &mut Message| it.to("evil@evil.example".to_owned()).unwrap()) as fn(&mut Message),
        |it| it.sender("boss@example.com".to_owned()).unwrap(),
        |it| it.to("ann@example.com\r\nDATA".to_owned()).unwrap(),
        |it| {
            it.to("ann@example.com>\r\nRCPT TO:<evil@evil.example".to_owned())
                .unwrap()
        },
    ] {
        assert!(bench.send(message(change)).await.is_err());
    }
    assert!(server.heard().is_empty());
}
