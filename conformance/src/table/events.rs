//! events: on the plugin's own channels, by name or pattern. Nobody listens in the table: who
//! hears what is proved elsewhere.

use serde_json::json;

use crate::case::Args::{Made, Text};
use crate::case::Expect::{Answer, Fault};
use crate::case::{CASE, Case};

const UPDATES: &str = r#"{ "events": ["updates"] }"#;

/// Every channel.
const ALL: &str = r#"{ "events": ["*"] }"#;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "an event is published on a channel that is granted by name",
        grants: UPDATES,
        function: "events_publish",
        args: Text(r#"["updates", "ticket.closed", { "ticket": 7 }]"#),
        expect: Answer("0"),
        ..CASE
    },
    Case {
        name: "an event is published on a channel that is granted by a pattern",
        grants: r#"{ "events": ["ticket.*"] }"#,
        function: "events_publish",
        args: Text(r#"["ticket.7", "closed", null]"#),
        expect: Answer("0"),
        ..CASE
    },
    Case {
        name: "a channel that is not granted is denied",
        grants: UPDATES,
        function: "events_publish",
        args: Text(r#"["ticket.7", "closed", null]"#),
        expect: Fault(
            r#"{
                "kind": "denied",
                "capability": "events",
                "asked": "publish on ticket.7",
                "remedy": "…capabilities.events…"
            }"#,
        ),
        ..CASE
    },
    Case {
        name: "nothing granted, nothing published",
        function: "events_publish",
        args: Text(r#"["updates", "closed", null]"#),
        expect: Fault(r#"{ "kind": "denied", "capability": "events" }"#),
        ..CASE
    },
    Case {
        name: "a channel that is not made of words is invalid",
        grants: ALL,
        function: "events_publish",
        args: Text(r#"["Updates of today", "closed", null]"#),
        expect: Fault(r#"{ "kind": "invalid", "text": "…channel…" }"#),
        ..CASE
    },
    Case {
        name: "a kind that is not made of words is invalid",
        grants: UPDATES,
        function: "events_publish",
        args: Text(r#"["updates", "closed\ndata: x", null]"#),
        expect: Fault(r#"{ "kind": "invalid", "text": "…kind…" }"#),
        ..CASE
    },
    Case {
        name: "data of more than 64 kibibytes is too large",
        grants: UPDATES,
        function: "events_publish",
        args: Made(|| json!(["updates", "closed", "x".repeat(64 << 10)])),
        expect: Fault(r#"{ "kind": "too-large", "text": "…64 KiB…" }"#),
        ..CASE
    },
];
