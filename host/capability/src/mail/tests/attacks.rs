//! What a hostile plugin tries: headers of its own, another's name, recipients that nobody
//! granted, other mail within the mail. Nothing of it reaches the post.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::bench::{Bench, Keeps, code, message};
use crate::mail::{Letter, Message, Post};
use crate::{Denial, Fault};

fn bench() -> (Bench, Arc<Keeps>) {
    let keeps = Arc::new(Keeps::default());
    (Bench::new(Arc::clone(&keeps) as Arc<dyn Post>), keeps)
}

type Put = fn(&mut Message, String) -> Result<(), Fault>;

/// The fields of a message that become headers, with the name that an error has for them and a
/// text that is fine there.
const FIELDS: [(&str, Put, &str); 11] = [
    ("`sender`", |it, text| it.sender(text), "stats@example.com"),
    (
        "`sender`",
        |it, text| it.sender(format!("{text} <stats@example.com>")),
        "Stats",
    ),
    ("`to`", |it, text| it.to(text), "ann@example.com"),
    (
        "`to`",
        |it, text| it.to(format!("{text} <ann@example.com>")),
        "Ann",
    ),
    ("`cc`", |it, text| it.cc(text), "ann@example.com"),
    (
        "`cc`",
        |it, text| it.cc(format!("\"{text}\" <ann@example.com>")),
        "Ann",
    ),
    ("`bcc`", |it, text| it.bcc(text), "ann@example.com"),
    (
        "`reply-to`",
        |it, text| it.reply_to(text),
        "ann@example.com",
    ),
    ("`subject`", |it, text| it.subject(text), "Report"),
    (
        "`attach`",
        |it, text| it.attach(text, "text/csv".to_owned(), Vec::new()),
        "a.csv",
    ),
    (
        "`attach`",
        |it, text| it.attach("a.csv".to_owned(), text, Vec::new()),
        "text/csv",
    ),
];

const INJECTIONS: [&str; 14] = [
    "\r\nBcc: evil@evil.example",
    "\nBcc: evil@evil.example",
    "\rBcc: evil@evil.example",
    "\r\n\r\nAnother body",
    "\r\n .",
    "\n.\r\n",
    "\0",
    "\u{8}",
    "\u{b}",
    "\u{1b}[2J",
    "\u{7f}",
    "\u{85}Bcc: evil@evil.example",
    "\u{2028}Bcc: evil@evil.example",
    "=?utf-8?q?=0D=0ABcc:_evil@evil.example?=",
];

#[tokio::test]
async fn no_field_becomes_another_header() {
    let (bench, keeps) = bench();
    for (field, put, fine) in FIELDS {
        bench.grant(&["from stats@example.com", "to *@example.com", "per_hour 100"]);
        let ordinary = message(|it| put(it, fine.to_owned()).unwrap());
        assert_eq!(code(&bench.send(ordinary).await), "sent", "{field} {fine}");
        let before = keeps.count();
        for injection in INJECTIONS {
            for text in [format!("{fine}{injection}"), format!("{injection}{fine}")] {
                let bad = message(|it| put(it, text.clone()).unwrap());
                match bench.send(bad).await {
                    Err(Fault::Invalid(told)) => {
                        assert!(told.starts_with(field), "{text:?}: {told}");
                        assert!(!told.contains(char::is_control), "{text:?}: {told}");
                        assert!(told.len() < 600, "{told}");
                    }
                    other => panic!("{field} {text:?}: {other:?}"),
                }
            }
        }
        assert_eq!(keeps.count(), before);
    }
}

#[tokio::test]
async fn nobody_else_writes_and_nobody_else_is_written_to() {
    let (bench, keeps) = bench();
    let cases: [(Put, &str, &str); 14] = [
        (
            |it, text| it.sender(text),
            "boss@example.com",
            "send from boss@example.com",
        ),
        (
            |it, text| it.sender(text),
            "stats@example.org",
            "send from stats@example.org",
        ),
        (
            |it, text| it.sender(text),
            "stats+x@example.com",
            "send from stats+x@example.com",
        ),
        (
            |it, text| it.sender(text),
            "STATS@example.com",
            "send from STATS@example.com",
        ),
        (
            |it, text| it.sender(text),
            "stats@mail.example.com",
            "send from stats@mail.example.com",
        ),
        (
            |it, text| it.sender(text),
            "Stats <ann@example.com>",
            "send from ann@example.com",
        ),
        (
            |it, text| it.sender(text),
            "stats@exаmple.com",
            "send from stats@xn--exmple-4nf.com",
        ),
        (
            |it, text| it.to(text),
            "evil@evil.example",
            "send to evil@evil.example",
        ),
        (
            |it, text| it.to(text),
            "ann <evil@evil.example>",
            "send to evil@evil.example",
        ),
        (
            |it, text| it.to(text),
            "bobby@example.org",
            "send to bobby@example.org",
        ),
        (
            |it, text| it.cc(text),
            "evil@evil.example",
            "send to evil@evil.example",
        ),
        (
            |it, text| it.bcc(text),
            "evil@evil.example",
            "send to evil@evil.example",
        ),
        (
            |it, text| it.reply_to(text),
            "evil@evil.example",
            "send to evil@evil.example",
        ),
        (
            |it, text| it.bcc(text),
            "ann@example.com.evil.example",
            "send to ann@example.com.evil.example",
        ),
    ];
    for (put, text, expect) in cases {
        let bad = message(|it| put(it, text.to_owned()).unwrap());
        match bench.send(bad).await {
            Err(Fault::Denied(Denial {
                capability,
                asked,
                remedy,
            })) => {
                assert_eq!((capability.as_str(), asked.as_str()), ("mail", expect));
                assert!(remedy.contains("capabilities.mail."), "{remedy}");
            }
            other => panic!("{text}: {other:?}"),
        }
        assert!(bench.denials().iter().any(|it| it == expect), "{text}");
    }
    assert_eq!((keeps.count(), bench.counted()), (0, 0));
    for (put, text) in [
        ((|it, text| it.to(text)) as Put, "bob@example.org"),
        (|it, text| it.cc(text), "Bob <bob@EXAMPLE.ORG>"),
        (|it, text| it.bcc(text), "anybody@example.com"),
        (|it, text| it.reply_to(text), "desk@example.com"),
        (|it, text| it.sender(text), "Boss <stats@example.com>"),
    ] {
        let good = message(|it| put(it, text.to_owned()).unwrap());
        assert_eq!(code(&bench.send(good).await), "sent", "{text}");
    }
}

#[tokio::test]
async fn what_is_revoked_is_denied_from_the_next_message_on() {
    let (bench, keeps) = bench();
    bench.send(message(|_| ())).await.unwrap();
    bench.grant(&[]);
    assert_eq!(code(&bench.send(message(|_| ())).await), "denied");
    let named = message(|it| it.sender("stats@example.com".to_owned()).unwrap());
    assert_eq!(code(&bench.send(named).await), "denied");
    assert_eq!(keeps.count(), 1);
    assert_eq!(
        bench.denials(),
        ["send mail", "send from stats@example.com"]
    );
}

#[tokio::test]
async fn files_have_plain_names_and_plain_types() {
    let (bench, keeps) = bench();
    let long = format!("{}/plain", "x".repeat(100));
    for (name, content_type, expect) in [
        ("a.csv", "text/csv", "sent"),
        ("Bericht März.csv", "TEXT/CSV; Charset=utf-8", "sent"),
        (
            "it's (1); final, really.ics",
            "text/calendar; method=REQUEST",
            "sent",
        ),
        (".profile", "application/octet-stream", "sent"),
        ("a", "application/vnd.ms-excel; version=1.0", "sent"),
        ("", "text/csv", "invalid"),
        (" ", "text/csv", "invalid"),
        (".", "text/csv", "invalid"),
        ("..", "text/csv", "invalid"),
        ("../a.csv", "text/csv", "invalid"),
        ("/etc/passwd", "text/csv", "invalid"),
        ("..\\a.csv", "text/csv", "invalid"),
        ("C:\\a.csv", "text/csv", "invalid"),
        ("a\".csv", "text/csv", "invalid"),
        ("a\"; filename=\"b.exe", "text/csv", "invalid"),
        ("a\u{202e}vsc.exe", "text/csv", "invalid"),
        ("a.csv", "", "invalid"),
        ("a.csv", "csv", "invalid"),
        ("a.csv", "text/", "invalid"),
        ("a.csv", "/csv", "invalid"),
        ("a.csv", "text/csv/x", "invalid"),
        ("a.csv", "text/c sv", "invalid"),
        ("a.csv", "text/csv;", "invalid"),
        ("a.csv", "text/csv; charset", "invalid"),
        ("a.csv", "text/csv; charset=\"utf-8\"", "invalid"),
        ("a.csv", "text/csv; name=b.exe", "invalid"),
        ("a.csv", "text/csv; NAME=b.exe", "invalid"),
        ("a.csv", "text/csv; name*=b.exe", "invalid"),
        ("a.csv", "text/csv; name*0=b.exe", "invalid"),
        ("a.csv", "text/csv; filename=b.exe", "invalid"),
        ("a.csv", "text/csv; boundary=x", "invalid"),
        ("a.csv", "text/csv (comment)", "invalid"),
        ("a.csv", "text/cs\u{e4}", "invalid"),
        ("a.eml", "message/rfc822", "invalid"),
        ("a.eml", "Message/RFC822", "invalid"),
        ("a.eml", "message/partial; id=1", "invalid"),
        ("a.eml", "message/external-body", "invalid"),
        ("a.eml", "multipart/mixed", "invalid"),
        ("a.eml", "MULTIPART/mixed; boundary=x", "invalid"),
        ("a.csv", &long, "sent"),
    ] {
        bench.grant(&["from stats@example.com", "to *@example.com", "per_hour 100"]);
        let attached = message(|it| {
            let (name, content_type) = (name.to_owned(), content_type.to_owned());
            it.attach(name, content_type, vec![1]).unwrap();
        });
        let answer = bench.send(attached).await;
        assert_eq!(
            code(&answer),
            expect,
            "{name:?} {content_type:?} {answer:?}"
        );
        if answer.is_ok() {
            check_letter(&keeps.last(), &[name]);
        }
    }
}

/// Texts that were once enough to be read as another part, another message, or commands.
#[tokio::test]
async fn what_stands_in_a_body_stays_in_it() {
    let (bench, keeps) = bench();
    let long = "x".repeat(10_000);
    let long_lines = format!("{long}\r\n.{long}\n{long}");
    for text in [
        "\r\n.\r\nMAIL FROM:<evil@evil.example>\r\nRCPT TO:<ann@example.com>\r\nDATA\r\n",
        "\n.\nMAIL FROM:<evil@evil.example>\n",
        "\r.\rMAIL FROM:<evil@evil.example>\r",
        "\n.\r\nMAIL FROM:<evil@evil.example>\r\n",
        "\r\n.\nMAIL FROM:<evil@evil.example>\r\n",
        "\r\n.\rMAIL FROM:<evil@evil.example>\r\n",
        "a\0b\r\n\0.\r\n",
        ".\r\n..\r\n...\r\n",
        "\r\n--=_m_0000\r\nContent-Type: text/html\r\n\r\n<script>",
        "--\r\n----\r\n--=_a_--\r\n",
        "From ann\nFrom: evil@evil.example\nBcc: evil@evil.example\n\nx",
        "trailing \t \r\n= =\r\n=3D=\r\n",
        "\u{2028}\u{85}\u{feff}\u{202e}",
        "",
        "\r",
        "\n",
        "\r\n",
        &long_lines,
    ] {
        bench.grant(&["from stats@example.com", "to *@example.com", "per_hour 100"]);
        let sent = message(|it| {
            it.text(text.to_owned()).unwrap();
            it.html(text.to_owned()).unwrap();
            let (name, kind) = ("a.txt".to_owned(), "text/plain".to_owned());
            it.attach(name, kind, text.as_bytes().to_vec()).unwrap();
        });
        bench.send(sent).await.unwrap();
        let letter = keeps.last();
        check_letter(&letter, &["a.txt"]);
        let parsed = mail_parser::MessageParser::default()
            .parse(&letter.raw)
            .unwrap();
        let expect = text.replace("\r\n", "\n").replace('\r', "\n");
        let read = |body: Option<std::borrow::Cow<'_, str>>| body.unwrap().replace("\r\n", "\n");
        assert_eq!(
            read(parsed.body_text(0)).trim_end(),
            expect.trim_end(),
            "{text:?}"
        );
        assert_eq!(
            read(parsed.body_html(0)).trim_end(),
            expect.trim_end(),
            "{text:?}"
        );
    }
}

/// Names and subjects that are strange and allowed.
#[tokio::test]
async fn strange_names_and_subjects_are_one_header_each() {
    let (bench, keeps) = bench();
    let words = "word ".repeat(190);
    let word = "w".repeat(900);
    let wide = "\u{1f410}".repeat(240);
    for text in [
        "Ann, Bob; and: others",
        "(comment)",
        "Ann (comment",
        "Ann)",
        "[x] (y) .",
        "O'Neill; rm -rf .",
        "  spaces   within  ",
        "\u{1f410} goat \u{1f410}",
        "\u{200f}\u{5d0}\u{5d1}",
        "?= =",
        "--=_m_",
        "Bcc: x",
        "a:b",
        "",
        " ",
        &words,
        &word,
        &wide,
    ] {
        bench.grant(&["from stats@example.com", "to *@example.com", "per_hour 100"]);
        let sent = message(|it| {
            it.subject(text.to_owned()).unwrap();
            if text.len() < 400 {
                it.sender(format!("{text} <stats@example.com>")).unwrap();
                it.to(format!("{text} <bea@example.com>")).unwrap();
            }
        });
        bench
            .send(sent)
            .await
            .unwrap_or_else(|fault| panic!("{text:?}: {fault}"));
        let letter = keeps.last();
        check_letter(&letter, &[]);
        let parsed = mail_parser::MessageParser::default()
            .parse(&letter.raw)
            .unwrap();
        let from = parsed.from().unwrap();
        assert_eq!(from.iter().count(), 1, "{text:?}");
        assert_eq!(
            from.first().unwrap().address(),
            Some("stats@example.com"),
            "{text:?}"
        );
        let spaces = |it: &str| it.split_whitespace().collect::<Vec<_>>().join(" ");
        let subject = parsed.subject().unwrap_or_default();
        assert_eq!(spaces(subject), spaces(text), "{text:?}");
    }
}

/// The letter has the headers that the room writes, each once, and lines that every server
/// reads alike.
fn check_letter(letter: &Letter, files: &[&str]) {
    let raw = String::from_utf8(letter.raw.clone()).unwrap();
    assert!(raw.is_ascii() && !raw.contains('\0') && raw.ends_with("\r\n"));
    for line in raw.strip_suffix("\r\n").unwrap().split("\r\n") {
        assert!(
            line.len() <= 998 && !line.contains(['\r', '\n']),
            "{line:?}"
        );
    }
    let (head, _) = raw.split_once("\r\n\r\n").unwrap();
    let names = head
        .split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']));
    let names: Vec<&str> = names.map(|line| line.split_once(':').unwrap().0).collect();
    let known = BTreeSet::from([
        "Date",
        "From",
        "To",
        "Subject",
        "Message-ID",
        "Auto-Submitted",
        "X-GoatKit-Plugin",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
    ]);
    assert!(names.iter().all(|name| known.contains(name)), "{names:?}");
    assert_eq!(
        names.iter().collect::<BTreeSet<_>>().len(),
        names.len(),
        "{names:?}"
    );
    let parsed = mail_parser::MessageParser::default()
        .parse(&letter.raw)
        .unwrap();
    let attached = parsed.attachments();
    let attached: Vec<_> = attached
        .filter_map(mail_parser::MimeHeaders::attachment_name)
        .collect();
    assert_eq!(attached, files);
    if files.is_empty() {
        assert_eq!(parsed.parts.len(), 1);
    }
    assert_eq!(
        letter
            .recipients
            .iter()
            .filter(|it| it.contains("evil"))
            .count(),
        0
    );
}
