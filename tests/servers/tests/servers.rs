//! The servers start, answer, and are gone afterwards: dropped, after a panic, and when the
//! test's process is killed.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use goatkit_test_servers::{Received, Redis, SignIn, Smtp, SmtpOptions};

/// A connection to a server. It ends when the server does.
struct Witness(BufReader<TcpStream>);

impl Witness {
    fn of(port: u16) -> Self {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        Self(BufReader::new(stream))
    }

    fn says(&mut self, line: &str) -> String {
        let mut stream = self.0.get_ref();
        stream.write_all(format!("{line}\r\n").as_bytes()).unwrap();
        self.hears()
    }

    fn hears(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn sees_the_end(mut self) {
        match self.0.read_to_end(&mut Vec::new()) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
    }
}

fn is_gone(port: u16) -> bool {
    let refused = TcpStream::connect((Ipv4Addr::LOCALHOST, port));
    refused.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

#[test]
fn redis_answers_is_stopped_and_starts_again_empty() {
    let mut redis = Redis::start();
    let port = redis.port();
    assert_eq!(redis.ask("SET a 1").unwrap(), "+OK");
    assert_eq!(redis.ask("DBSIZE").unwrap(), ":1");
    let witness = Witness::of(port);
    redis.stop();
    witness.sees_the_end();
    assert!(is_gone(port));
    assert!(redis.ask("PING").is_err());
    redis.start_again();
    assert_eq!(redis.port(), port);
    assert_eq!(redis.ask("DBSIZE").unwrap(), ":0");
    drop(redis);
    assert!(is_gone(port));
}

#[test]
fn redis_asks_for_its_password() {
    let redis = Redis::with_password("open-sesame");
    assert!(redis.url().contains(":open-sesame@"));
    assert_eq!(redis.ask("PING").unwrap(), "+PONG");
    let refused = Witness::of(redis.port()).says("PING");
    assert!(refused.starts_with("-NOAUTH"), "{refused}");
}

#[test]
fn several_run_beside_each_other() {
    let (one, other) = (Redis::start(), Redis::start());
    assert_ne!(one.port(), other.port());
    one.ask("SET a 1").unwrap();
    assert_eq!(other.ask("DBSIZE").unwrap(), ":0");
}

#[test]
fn smtp_keeps_what_it_takes() {
    let mut smtp = Smtp::start(SmtpOptions::default());
    let port = smtp.port();
    let mut client = Witness::of(port);
    assert!(client.hears().starts_with("220 "));
    for (line, code) in [
        ("HELO test", "250"),
        ("MAIL FROM:<a@example.com>", "250"),
        ("RCPT TO:<b@example.com>", "250"),
        ("RCPT TO:<c@example.com>", "250"),
        ("DATA", "354"),
        ("Subject: x\r\n\r\n..dot\r\n.", "250"),
    ] {
        let answer = client.says(line);
        assert!(answer.starts_with(code), "{line}: {answer}");
    }
    let expect = Received {
        from: "a@example.com".to_owned(),
        to: vec!["b@example.com".to_owned(), "c@example.com".to_owned()],
        data: b"Subject: x\r\n\r\n.dot\r\n".to_vec(),
    };
    assert_eq!(smtp.received(), [expect]);
    smtp.stop();
    client.sees_the_end();
    assert!(is_gone(port));
    smtp.start_again();
    assert_eq!(smtp.received().len(), 1);
    drop(smtp);
    assert!(is_gone(port));
}

#[test]
fn smtp_takes_nothing_before_the_sign_in() {
    let sign_in = SignIn {
        user: "ada".to_owned(),
        password: "secret".to_owned(),
    };
    let smtp = Smtp::start(SmtpOptions {
        sign_in: Some(sign_in),
        ..SmtpOptions::default()
    });
    // `\0ada\0wrong` and `\0ada\0secret` in base64.
    for (proof, signed, taken) in [
        ("AGFkYQB3cm9uZw==", "535", "530"),
        ("AGFkYQBzZWNyZXQ=", "235", "250"),
    ] {
        let mut client = Witness::of(smtp.port());
        client.hears();
        let mut hello = client.says("EHLO test");
        while hello.starts_with("250-") {
            hello = client.hears();
        }
        let answer = client.says(&format!("AUTH PLAIN {proof}"));
        assert!(answer.starts_with(signed), "{answer}");
        let answer = client.says("MAIL FROM:<a@example.com>");
        assert!(answer.starts_with(taken), "{answer}");
    }
}

#[test]
fn a_panic_leaves_nothing_behind() {
    let (send, receive) = std::sync::mpsc::channel();
    let test = std::thread::spawn(move || {
        let (redis, smtp) = (Redis::start(), Smtp::start(SmtpOptions::default()));
        send.send((redis.port(), smtp.port())).unwrap();
        panic!("as a test that fails");
    });
    assert!(test.join().is_err());
    let (redis, smtp) = receive.recv().unwrap();
    assert!(is_gone(redis) && is_gone(smtp));
}

/// Not a test of its own: the process that the next one kills.
#[test]
#[ignore = "it waits to be killed"]
fn one_that_is_killed() {
    let (redis, smtp) = (Redis::start(), Smtp::start(SmtpOptions::default()));
    println!("ports {} {}", redis.port(), smtp.port());
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn a_kill_leaves_nothing_behind() {
    let mut test = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "one_that_is_killed", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(test.stdout.take().unwrap()).lines();
    let ports = lines.map(Result::unwrap).find_map(|line| {
        let ports = line.split_once("ports ")?.1.split(' ');
        Some(ports.map(|it| it.parse().unwrap()).collect::<Vec<u16>>())
    });
    let witnesses: Vec<_> = ports.unwrap().into_iter().map(Witness::of).collect();
    test.kill().unwrap();
    test.wait().unwrap();
    assert_eq!(witnesses.len(), 2);
    for witness in witnesses {
        witness.sees_the_end();
    }
}
