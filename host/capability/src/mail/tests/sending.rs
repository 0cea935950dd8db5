//! What goes out, read back by a parser that is not ours.

use std::sync::Arc;

use mail_parser::{Address, Message as Parsed, MessageParser, MimeHeaders};

use super::bench::{Bench, Keeps, code, message, ordinary, scope};
use crate::mail::{Letter, Message, NoPost, Post};
use crate::{Fault, Scope};

fn bench() -> (Bench, Arc<Keeps>) {
    let keeps = Arc::new(Keeps::default());
    (Bench::new(Arc::clone(&keeps) as Arc<dyn Post>), keeps)
}

fn parse(letter: &Letter) -> Parsed<'_> {
    MessageParser::default().parse(&letter.raw).unwrap()
}

/// The names of the message's own headers, as they stand in it.
fn header_names(letter: &Letter) -> Vec<String> {
    let raw = String::from_utf8(letter.raw.clone()).unwrap();
    let (head, _) = raw.split_once("\r\n\r\n").unwrap();
    let lines = head
        .split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']));
    lines
        .map(|line| line.split_once(':').unwrap().0.to_owned())
        .collect()
}

fn people(list: Option<&Address<'_>>) -> Vec<String> {
    let all = list.into_iter().flat_map(|list| list.iter());
    all.map(|it| match it.name() {
        Some(name) => format!("{name} <{}>", it.address().unwrap()),
        None => it.address().unwrap().to_owned(),
    })
    .collect()
}

#[tokio::test]
async fn a_message_has_what_was_put_into_it_and_nothing_else() {
    let (bench, keeps) = bench();
    let sent = message(|it| {
        it.sender("Statistik <stats@EXAMPLE.com>".to_owned())
            .unwrap();
        it.to("Änne, \u{65e5}\u{672c} <aenne@example.com>".to_owned())
            .unwrap();
        it.cc("Bob (boss) <bob@example.org>".to_owned()).unwrap();
        it.bcc("secret@example.com".to_owned()).unwrap();
        it.bcc("ann@example.com".to_owned()).unwrap();
        it.reply_to("desk@example.com".to_owned()).unwrap();
        it.subject("Bericht für März".to_owned()).unwrap();
    });
    let id = bench.send(sent).await.unwrap();
    let letter = keeps.last();
    assert_eq!(letter.sender, "stats@example.com");
    assert_eq!(
        letter.recipients,
        [
            "aenne@example.com",
            "ann@example.com",
            "bob@example.org",
            "secret@example.com"
        ]
    );
    assert_eq!(letter.id, id);
    let parsed = parse(&letter);
    assert_eq!(parsed.message_id(), Some(id.as_str()));
    assert!(
        id.ends_with("@example.com") && id.len() == 32 + "@example.com".len(),
        "{id}"
    );
    assert_eq!(people(parsed.from()), ["Statistik <stats@example.com>"]);
    assert_eq!(
        people(parsed.to()),
        [
            "ann@example.com",
            "Änne, \u{65e5}\u{672c} <aenne@example.com>"
        ]
    );
    assert_eq!(people(parsed.cc()), ["Bob (boss) <bob@example.org>"]);
    assert_eq!(people(parsed.reply_to()), ["desk@example.com"]);
    assert!(parsed.bcc().is_none());
    assert_eq!(parsed.subject(), Some("Bericht für März"));
    assert_eq!(parsed.date().unwrap().to_rfc3339(), "2026-03-01T09:30:00Z");
    assert_eq!(
        header_names(&letter),
        [
            "Date",
            "From",
            "Reply-To",
            "To",
            "Cc",
            "Subject",
            "Message-ID",
            "Auto-Submitted",
            "X-GoatKit-Plugin",
            "MIME-Version",
            "Content-Type",
            "Content-Transfer-Encoding",
        ]
    );
    let raw = String::from_utf8(letter.raw.clone()).unwrap();
    assert!(raw.contains("\r\nAuto-Submitted: auto-generated\r\n"));
    assert!(raw.contains("\r\nX-GoatKit-Plugin: stats\r\n"));
    assert!(!raw.contains("secret"));
}

#[tokio::test]
async fn every_body_is_of_its_kind() {
    for (text, html, files, expect) in [
        (false, false, 0, "text/plain"),
        (true, false, 0, "text/plain"),
        (false, true, 0, "text/html"),
        (true, true, 0, "multipart/alternative"),
        (false, false, 1, "multipart/mixed"),
        (true, false, 1, "multipart/mixed"),
        (false, true, 1, "multipart/mixed"),
        (true, true, 2, "multipart/mixed"),
    ] {
        let (bench, keeps) = bench();
        let mut message = Message::default();
        message.to("ann@example.com".to_owned()).unwrap();
        if text {
            let text = "Zahlen:\n\n1 < 2\r\n.\rEnde".to_owned();
            message.text(text).unwrap();
        }
        if html {
            message.html("<p>1 &lt; 2, größer</p>".to_owned()).unwrap();
        }
        for _ in 0..files {
            let (name, kind) = (
                "März 2026.csv".to_owned(),
                "text/csv; charset=UTF-8".to_owned(),
            );
            message
                .attach(name, kind, b"a,b\n1,\"\xff\"\n".to_vec())
                .unwrap();
        }
        bench.send(message).await.unwrap();
        let letter = keeps.last();
        let parsed = parse(&letter);
        let kind = parsed.content_type().unwrap();
        let kind = format!("{}/{}", kind.ctype(), kind.subtype().unwrap());
        assert_eq!(kind, expect);
        if text {
            let read = parsed.body_text(0).unwrap();
            assert_eq!(read.trim_end(), "Zahlen:\r\n\r\n1 < 2\r\n.\r\nEnde");
        }
        if html {
            let read = parsed.body_html(0).unwrap();
            assert_eq!(read.trim_end(), "<p>1 &lt; 2, größer</p>");
        }
        assert_eq!(parsed.attachment_count(), files);
        for file in parsed.attachments() {
            assert_eq!(file.attachment_name(), Some("März 2026.csv"));
            assert_eq!(file.content_type().unwrap().subtype(), Some("csv"));
        }
        // Byte for byte, whatever a parser makes of a text.
        let encoded = String::from_utf8_lossy(&letter.raw);
        assert_eq!(encoded.matches("YSxiCjEsIv8iCg==").count(), files);
    }
}

#[tokio::test]
async fn the_sender_is_the_first_that_is_granted_by_its_full_address() {
    let (bench, keeps) = bench();
    bench.grant(&[
        "from *@a.example",
        "from b@b.example",
        "from c@c.example",
        "to *",
        "per_hour 9",
    ]);
    let id = bench.send(ordinary()).await.unwrap();
    assert_eq!(keeps.last().sender, "b@b.example");
    assert!(id.ends_with("@b.example"));
    bench.grant(&["from *@a.example", "to *", "per_hour 9"]);
    let refused = bench.send(ordinary()).await.unwrap_err();
    assert!(
        refused.to_string().contains("name one with `sender`"),
        "{refused}"
    );
    let named = message(|it| it.sender("x@a.example".to_owned()).unwrap());
    bench.send(named).await.unwrap();
    assert_eq!(keeps.last().sender, "x@a.example");
}

#[tokio::test]
async fn identifiers_are_not_used_twice() {
    let (bench, _) = bench();
    let one = bench.send(ordinary()).await.unwrap();
    let other = bench.send(ordinary()).await.unwrap();
    assert_ne!(one, other);
}

#[tokio::test]
async fn a_message_needs_a_recipient() {
    let (bench, keeps) = bench();
    for (change, expect) in [
        ((|_| ()) as fn(&mut Message), "invalid"),
        (
            |it| it.reply_to("ann@example.com".to_owned()).unwrap(),
            "invalid",
        ),
        (|it| it.to("ann@example.com".to_owned()).unwrap(), "sent"),
        (|it| it.cc("ann@example.com".to_owned()).unwrap(), "sent"),
        (|it| it.bcc("ann@example.com".to_owned()).unwrap(), "sent"),
    ] {
        let mut message = Message::default();
        change(&mut message);
        assert_eq!(code(&bench.send(message).await), expect);
    }
    assert_eq!(keeps.count(), 3);
}

#[tokio::test]
async fn nothing_is_sent_while_a_plugin_registers_or_after_the_deadline() {
    let (bench, keeps) = bench();
    let answer = bench.mail.send(&Scope::Registering, ordinary()).await;
    assert_eq!(code(&answer), "unavailable");
    let over = super::bench::scope_until(std::time::Instant::now());
    assert_eq!(
        bench.mail.send(&over, ordinary()).await,
        Err(Fault::TimedOut)
    );
    assert_eq!((keeps.count(), bench.counted()), (0, 0));
    bench.mail.send(&scope(), ordinary()).await.unwrap();
}

#[tokio::test]
async fn without_a_server_nothing_counts() {
    let bench = Bench::new(Arc::new(NoPost));
    for _ in 0..30 {
        let refused = bench.send(ordinary()).await.unwrap_err();
        assert_eq!(
            refused,
            Fault::Unavailable("no mail server is set: set [mail] in gk.toml".to_owned())
        );
    }
    assert_eq!(bench.counted(), 0);
}
