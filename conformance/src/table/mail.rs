//! mail: messages in the name and to the addresses that were granted, so many an hour.

use serde_json::json;

use crate::case::Args::{Made, Text};
use crate::case::Expect::{Answer, Fault};
use crate::case::{CASE, Call, Case};

/// As the desk, to whoever belongs to it.
const DESK: &str =
    r#"{ "mail": { "from": "desk@example.com", "to": ["*@example.com"], "per_hour": 2 } }"#;

/// The same, once.
const ONCE: &str =
    r#"{ "mail": { "from": "desk@example.com", "to": ["*@example.com"], "per_hour": 1 } }"#;

/// What is sent where nothing else matters.
const HELLO: &str = r#"[{ "to": ["ada@example.com"], "subject": "Hello", "text": "Hello" }]"#;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "a message to an address that is granted is sent, from the sender that is granted",
        grants: DESK,
        function: "mail_message",
        args: Text(HELLO),
        expect: Answer(r#""…@example.com""#),
        ..CASE
    },
    Case {
        name: "a message may have everything",
        grants: DESK,
        function: "mail_message",
        args: Text(
            r#"[{
                "sender": "Der Schalter <desk@example.com>",
                "to": ["Ada <ada@example.com>"],
                "cc": ["bob@example.com"],
                "bcc": ["cleo@example.com"],
                "reply_to": ["desk@example.com"],
                "subject": "Grüße",
                "text": "Grüße",
                "html": "<p>Grüße</p>",
                "attachments": [["zahlen.csv", "text/csv", "a,b"]]
            }]"#,
        ),
        expect: Answer(r#""…@example.com""#),
        ..CASE
    },
    Case {
        name: "without a grant nothing is sent",
        function: "mail_message",
        args: Text(HELLO),
        expect: Fault(r#"{ "kind": "denied", "capability": "mail", "remedy": "…mail…" }"#),
        ..CASE
    },
    Case {
        name: "another sender is denied",
        grants: DESK,
        function: "mail_message",
        args: Text(r#"[{ "sender": "boss@example.com", "to": ["ada@example.com"], "text": "" }]"#),
        expect: Fault(r#"{ "kind": "denied", "capability": "mail" }"#),
        ..CASE
    },
    Case {
        name: "one recipient who is not granted is enough to be denied",
        grants: DESK,
        function: "mail_message",
        args: Text(
            r#"[{ "to": ["ada@example.com"], "bcc": ["eve@example.org"], "text": "psst" }]"#,
        ),
        expect: Fault(
            r#"{ "kind": "denied", "capability": "mail", "asked": "…eve@example.org…" }"#,
        ),
        ..CASE
    },
    Case {
        name: "a subject of two lines is invalid",
        grants: DESK,
        function: "mail_message",
        args: Text(
            r#"[{ "to": ["ada@example.com"], "subject": "a\r\nBcc: eve@example.org", "text": "" }]"#,
        ),
        expect: Fault(r#"{ "kind": "invalid", "text": "…subject…" }"#),
        ..CASE
    },
    Case {
        name: "a message without a recipient is invalid",
        grants: DESK,
        function: "mail_message",
        args: Text(r#"[{ "text": "nobody" }]"#),
        expect: Fault(r#"{ "kind": "invalid" }"#),
        ..CASE
    },
    Case {
        name: "more than is granted in an hour is refused",
        grants: ONCE,
        function: "mail_message",
        args: Text(HELLO),
        expect: Answer(r#""…@example.com""#),
        then: Some(Call {
            function: "mail_message",
            args: Text(HELLO),
            expect: Fault(r#"{ "kind": "failed", "code": "rate-limited" }"#),
        }),
        ..CASE
    },
    Case {
        name: "a file of more than ten mebibytes is too large",
        grants: DESK,
        function: "mail_message",
        args: Made(|| {
            let file = "x".repeat((10 << 20) + 1);
            json!([{ "to": ["ada@example.com"], "attachments": [["a.txt", "text/plain", file]] }])
        }),
        expect: Fault(r#"{ "kind": "too-large" }"#),
        ..CASE
    },
];
