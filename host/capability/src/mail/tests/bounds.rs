//! What a message may hold: each limit with what is just within it.

use std::sync::Arc;

use super::bench::{Bench, Keeps, message};
use crate::Fault;
use crate::mail::{
    MAX_ADDRESSES, MAX_ATTACHMENTS, MAX_BODY_BYTES, MAX_CONTENT_TYPE_BYTES, MAX_FILE_NAME_BYTES,
    MAX_MESSAGE_BYTES, MAX_SUBJECT_BYTES, Message, Post,
};

fn text(bytes: usize) -> String {
    "x".repeat(bytes)
}

fn is_too_large(answer: Result<(), Fault>, expect: &str) {
    match answer {
        Err(Fault::TooLarge(told)) => assert!(told.contains(expect), "{told}"),
        other => panic!("{expect}: {other:?}"),
    }
}

#[test]
fn every_field_has_its_limit_and_what_was_refused_changes_nothing() {
    type Put = fn(&mut Message, String) -> Result<(), Fault>;
    let cases: [(Put, usize, &str); 10] = [
        (
            |it, text| it.sender(text),
            512,
            "the sender's address has 513 bytes",
        ),
        (|it, text| it.to(text), 512, "an address has 513 bytes"),
        (|it, text| it.cc(text), 512, "an address has 513 bytes"),
        (|it, text| it.bcc(text), 512, "an address has 513 bytes"),
        (
            |it, text| it.reply_to(text),
            512,
            "an address has 513 bytes",
        ),
        (
            |it, text| it.subject(text),
            MAX_SUBJECT_BYTES,
            "the subject has 999 bytes",
        ),
        (|it, text| it.text(text), MAX_BODY_BYTES, "the text has"),
        (|it, text| it.html(text), MAX_BODY_BYTES, "the HTML has"),
        (
            |it, text| it.attach(text, String::new(), Vec::new()),
            MAX_FILE_NAME_BYTES,
            "the attachment's name has",
        ),
        (
            |it, text| it.attach(String::new(), text, Vec::new()),
            MAX_CONTENT_TYPE_BYTES,
            "the attachment's content type has",
        ),
    ];
    for (put, most, expect) in cases {
        let mut message = Message::default();
        put(&mut message, text(most)).unwrap();
        assert_eq!(message.held(), most, "{expect}");
        is_too_large(put(&mut message, text(most + 1)), expect);
        assert_eq!(message.held(), most, "{expect}");
    }
}

#[test]
fn what_is_set_twice_is_what_was_set_last_and_is_held_once() {
    let mut message = Message::default();
    for bytes in [500, 7] {
        message.sender(text(bytes)).unwrap();
        message.subject(text(bytes)).unwrap();
        message.text(text(bytes)).unwrap();
        message.html(text(bytes)).unwrap();
    }
    assert_eq!(message.held(), 4 * 7);
    assert_eq!(message.subject.as_deref(), Some("xxxxxxx"));
}

#[test]
fn addresses_are_bounded_in_sum() {
    let mut message = Message::default();
    for number in 0..MAX_ADDRESSES {
        let address = format!("a{number}@example.com");
        match number % 4 {
            0 => message.to(address),
            1 => message.cc(address),
            2 => message.bcc(address),
            _ => message.reply_to(address),
        }
        .unwrap();
    }
    let one = || "one@example.com".to_owned();
    is_too_large(message.to(one()), "at most 100 recipients");
    is_too_large(message.cc(one()), "at most 100 recipients");
    is_too_large(message.bcc(one()), "at most 100 recipients");
    is_too_large(message.reply_to(one()), "at most 100 recipients");
}

#[test]
fn attachments_are_bounded_in_number_and_in_sum() {
    let mut message = Message::default();
    let attach = |it: &mut Message, bytes: usize| {
        it.attach("a".to_owned(), "b/c".to_owned(), vec![0; bytes])
    };
    for _ in 0..MAX_ATTACHMENTS {
        attach(&mut message, 0).unwrap();
    }
    is_too_large(attach(&mut message, 0), "at most 20 attachments");

    let mut message = Message::default();
    message.text(text(MAX_BODY_BYTES)).unwrap();
    attach(&mut message, MAX_MESSAGE_BYTES - MAX_BODY_BYTES - 4).unwrap();
    assert_eq!(message.held(), MAX_MESSAGE_BYTES);
    is_too_large(
        attach(&mut message, 0),
        "the message with its attachments has",
    );
    is_too_large(
        message.html("x".to_owned()),
        "the message with its attachments",
    );
    is_too_large(
        message.to("x".to_owned()),
        "the message with its attachments",
    );
    // A shorter text makes room.
    message.text(String::new()).unwrap();
    attach(&mut message, 1000).unwrap();
}

/// The worst that fits: nothing of it is longer than its encoding makes it.
#[tokio::test]
async fn the_largest_messages_stay_within_their_bounds() {
    let keeps = Arc::new(Keeps::default());
    let bench = Bench::new(Arc::clone(&keeps) as Arc<dyn Post>);
    for fill in ["\n", "\r", "=", "\u{ff}", " ", ".\n", "\0", "\r\n"] {
        let body = fill.repeat(MAX_BODY_BYTES / fill.len());
        let large = message(|it| {
            it.text(body.clone()).unwrap();
            it.html(body).unwrap();
            let rest = MAX_MESSAGE_BYTES - it.held() - 100_000;
            it.attach("a".to_owned(), "a/b".to_owned(), vec![b'\n'; rest])
                .unwrap();
            for number in it.to.len()..MAX_ADDRESSES {
                let name = "\u{e4} ".repeat(100);
                it.to(format!("{name} <a{number}@example.com>")).unwrap();
            }
        });
        bench.send(large).await.unwrap();
        let length = keeps.last().raw.len();
        assert!(
            length < 5 * MAX_MESSAGE_BYTES,
            "{fill:?} became {length} bytes"
        );
    }
}
