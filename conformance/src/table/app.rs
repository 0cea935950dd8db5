//! app: functions of the application, by name or pattern, for whoever may.

use serde_json::json;

use crate::case::Args::{Made, Text};
use crate::case::Expect::{Answer, Fault};
use crate::case::{CASE, Case, Who};

/// All that the desk offers.
const DESK: &str = r#"{ "app": ["desk.*"] }"#;

/// One function of it.
const ECHO: &str = r#"{ "app": ["desk.echo"] }"#;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "the functions that are granted are listed by name",
        grants: DESK,
        function: "app_functions",
        expect: Answer(
            r#"[
                { "name": "desk.close" },
                {
                    "name": "desk.echo",
                    "description": "Answers its text",
                    "schema": { "type": "object", "required": ["text"] }
                },
                { "name": "desk.fail" },
                { "name": "desk.who" }
            ]"#,
        ),
        ..CASE
    },
    Case {
        name: "those that are not granted are not listed",
        grants: ECHO,
        function: "app_functions",
        expect: Answer(r#"[{ "name": "desk.echo" }]"#),
        ..CASE
    },
    Case {
        name: "nothing granted, nothing listed",
        function: "app_functions",
        expect: Answer("[]"),
        ..CASE
    },
    Case {
        name: "a function that is granted by name is called",
        grants: ECHO,
        function: "app_call",
        args: Text(r#"["desk.echo", { "text": "größer" }]"#),
        expect: Answer(r#""größer""#),
        ..CASE
    },
    Case {
        name: "a function acts for the session's actor",
        grants: DESK,
        function: "app_call",
        args: Text(r#"["desk.who", {}]"#),
        expect: Answer(r#"{ "actor": "ada", "plugin": "conformance", "tenant": "north" }"#),
        ..CASE
    },
    Case {
        name: "a function acts for nobody where nobody is signed in",
        who: Who::Nobody,
        grants: DESK,
        function: "app_call",
        args: Text(r#"["desk.who", { "actor": "ada" }]"#),
        expect: Answer(r#"{ "actor": null, "tenant": null }"#),
        ..CASE
    },
    Case {
        name: "a function that is not granted is denied",
        grants: ECHO,
        function: "app_call",
        args: Text(r#"["desk.who", {}]"#),
        expect: Fault(
            r#"{
                "kind": "denied",
                "capability": "app",
                "asked": "call desk.who",
                "remedy": "…capabilities.app…"
            }"#,
        ),
        ..CASE
    },
    Case {
        name: "whoever was granted nothing does not learn what there is",
        function: "app_call",
        args: Text(r#"["desk.nothing", {}]"#),
        expect: Fault(r#"{ "kind": "denied", "capability": "app" }"#),
        ..CASE
    },
    Case {
        name: "a function that the application does not have is not found",
        grants: DESK,
        function: "app_call",
        args: Text(r#"["desk.ecko", {}]"#),
        expect: Fault(r#"{ "kind": "failed", "code": "not-found", "text": "…`desk.echo`…" }"#),
        ..CASE
    },
    Case {
        name: "arguments outside of the schema are invalid",
        grants: DESK,
        function: "app_call",
        args: Text(r#"["desk.echo", { "text": 5 }]"#),
        expect: Fault(r#"{ "kind": "invalid", "text": "…/text…" }"#),
        ..CASE
    },
    Case {
        name: "arguments beside the schema are invalid",
        grants: DESK,
        function: "app_call",
        args: Text(r#"["desk.echo", { "text": "a", "more": 1 }]"#),
        expect: Fault(r#"{ "kind": "invalid", "text": "…more…" }"#),
        ..CASE
    },
    Case {
        name: "arguments that are no object are invalid",
        grants: DESK,
        function: "app_call",
        args: Text(r#"["desk.who", []]"#),
        expect: Fault(r#"{ "kind": "invalid", "text": "…object…" }"#),
        ..CASE
    },
    Case {
        name: "arguments of more than a mebibyte are too large",
        grants: DESK,
        function: "app_call",
        args: Made(|| json!(["desk.echo", { "text": "x".repeat(1 << 20) }])),
        expect: Fault(r#"{ "kind": "too-large", "text": "…1 MiB…" }"#),
        ..CASE
    },
    Case {
        name: "an actor who has the permission may call what needs it",
        grants: DESK,
        function: "app_call",
        args: Text(r#"["desk.close", {}]"#),
        expect: Answer(r#""closed""#),
        ..CASE
    },
    Case {
        name: "an actor who has it not may not",
        who: Who::Customer,
        grants: DESK,
        function: "app_call",
        args: Text(r#"["desk.close", {}]"#),
        expect: Fault(r#"{ "kind": "denied", "capability": "app", "remedy": "…`desk.close`…" }"#),
        ..CASE
    },
    Case {
        name: "nobody may call what needs a permission",
        who: Who::Nobody,
        grants: DESK,
        function: "app_call",
        args: Text(r#"["desk.close", {}]"#),
        expect: Fault(r#"{ "kind": "denied", "capability": "app" }"#),
        ..CASE
    },
    Case {
        name: "the application's own codes come through",
        grants: DESK,
        function: "app_call",
        args: Text(r#"["desk.fail", {}]"#),
        expect: Fault(
            r#"{
                "kind": "failed",
                "code": "conflict",
                "text": "somebody was faster",
                "details": { "by": "bob" }
            }"#,
        ),
        ..CASE
    },
];
