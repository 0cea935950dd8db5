//! The module `mail` as a plugin uses it: messages that are put together, granted and kept for
//! the test.
#![allow(missing_docs, clippy::unwrap_used)]

use goatkit_plugin::mail::Message;
use goatkit_plugin::testing::{Attachment, Mail, Session};
use goatkit_plugin::{Fault, Timestamp};

fn session() -> Session {
    Session::default().grant(
        "mail: from *@desk.example, from desk@example.com, to *@example.com, to root@localhost, \
         per_hour 3",
    )
}

fn message() -> Message {
    Message::new().to("jane@example.com").text("x")
}

#[test]
fn what_was_put_together_is_sent() {
    let session = session();
    let id = session.clone().run(|| {
        Message::new()
            .sender("Desk <a@desk.example>")
            .to("Jane <jane@example.com>")
            .to("root@localhost")
            .cc("b@example.com")
            .bcc("c@EXAMPLE.com")
            .reply_to("d@example.com")
            .subject("Ünicode")
            .text("plain")
            .html("<p>rich</p>")
            .attach("a.csv", "text/csv", "1,2")
            .send()
            .unwrap()
    });
    let owned = |texts: &[&str]| texts.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
    let expect = Mail {
        id,
        sender: "Desk <a@desk.example>".to_owned(),
        to: owned(&["Jane <jane@example.com>", "root@localhost"]),
        cc: owned(&["b@example.com"]),
        bcc: owned(&["c@EXAMPLE.com"]),
        reply_to: owned(&["d@example.com"]),
        subject: "Ünicode".to_owned(),
        text: Some("plain".to_owned()),
        html: Some("<p>rich</p>".to_owned()),
        attachments: vec![Attachment {
            name: "a.csv".to_owned(),
            content_type: "text/csv".to_owned(),
            content: b"1,2".to_vec(),
        }],
    };
    assert_eq!(session.mails(), [expect]);
}

#[test]
fn without_a_sender_it_is_the_first_that_is_granted_in_full() {
    let session = session();
    session.clone().run(|| message().send().unwrap());
    assert_eq!(session.mails()[0].sender, "desk@example.com");
    let refused = Session::default().grant("mail").run(|| message().send());
    assert!(matches!(refused, Err(Fault::Invalid(text)) if text.contains("no sender")));
}

#[test]
fn what_is_not_granted_is_denied_and_not_sent() {
    let cases = [
        (
            message().sender("boss@example.com"),
            "send from boss@example.com",
        ),
        (
            message().sender("desk@example.com <boss@example.com>"),
            "send from boss@example.com",
        ),
        (message().to("a@example.org"), "send to a@example.org"),
        (
            message().to("a@evil-example.com"),
            "send to a@evil-example.com",
        ),
        (message().cc("a@example.org"), "send to a@example.org"),
        (message().bcc("A <a@example.org>"), "send to a@example.org"),
        (message().reply_to("a@example.org"), "send to a@example.org"),
    ];
    let session = session();
    session.clone().run(|| {
        for (message, expect) in cases {
            match message.send() {
                Err(Fault::Denied(denial)) => assert_eq!(denial.asked, expect),
                other => panic!("{expect}: {other:?}"),
            }
        }
    });
    assert!(
        matches!(message().send(), Err(Fault::Denied(_))),
        "without a grant"
    );
    assert_eq!(session.mails(), []);
}

#[test]
fn what_no_server_could_be_given_is_invalid() {
    let cases = [
        (Message::new().text("x"), "no recipient"),
        (Message::new().to("a@example.com"), "no text and no HTML"),
        (message().subject("a\r\nBcc: b@example.com"), "the subject"),
        (
            message().attach("a\nb", "text/csv", ""),
            "an attachment's name",
        ),
        (
            message().attach("a", "text/csv\r\nX: y", ""),
            "a content type",
        ),
        (
            message().to("a@example.com\r\nBcc: b@example.com"),
            "is no address",
        ),
        (message().cc("a@b@example.com"), "is no address"),
        (
            message().bcc("evil@x.example,ok@example.com"),
            "is no address",
        ),
        (message().reply_to("@example.com"), "is no address"),
        (message().sender("desk"), "is no address"),
    ];
    let session = session();
    session.clone().run(|| {
        for (message, expect) in cases {
            match message.send() {
                Err(Fault::Invalid(text)) => assert!(text.contains(expect), "{text}: {expect}"),
                other => panic!("{expect}: {other:?}"),
            }
        }
    });
    assert_eq!(session.mails(), []);
}

#[test]
fn an_hour_has_so_many_messages() {
    let session = session();
    let after = |seconds: i64| {
        let mut later = session.clone();
        later.now = Timestamp {
            seconds: later.now.seconds + seconds,
            ..later.now
        };
        later.run(|| message().send())
    };
    assert!(after(0).is_ok() && after(1).is_ok() && after(2).is_ok());
    let refused = |sent: Result<String, Fault>| match sent {
        Err(Fault::Failed(failure)) => failure.code,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(after(3)), "rate-limited");
    assert_eq!(refused(after(3599)), "rate-limited");
    assert!(after(3600).is_ok());
    assert_eq!(session.mails().len(), 4);
}
