//! plugins: functions of other plugins, by name or pattern. The table has a neighbour whose
//! functions are the host's own: how plugins find and run each other is proved elsewhere.

use serde_json::json;

use crate::case::Args::{Made, Text};
use crate::case::Expect::{Answer, Fault};
use crate::case::{CASE, Case};

/// All that the neighbour exposes.
const NEIGHBOUR: &str = r#"{ "plugins": ["neighbour"] }"#;

/// One function of it.
const ECHO: &str = r#"{ "plugins": ["neighbour.echo"] }"#;

/// Whatever any plugin exposes.
const ALL: &str = r#"{ "plugins": ["*"] }"#;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "the functions that are granted are listed by plugin and name",
        grants: NEIGHBOUR,
        function: "plugins_functions",
        expect: Answer(
            r#"[
                {
                    "plugin": "neighbour",
                    "name": "echo",
                    "args": [{ "name": "text", "type": "string" }],
                    "returns": "string",
                    "description": "Answers its text"
                },
                { "plugin": "neighbour", "name": "fail" },
                { "plugin": "neighbour", "name": "who" }
            ]"#,
        ),
        ..CASE
    },
    Case {
        name: "those that are not granted are not listed",
        grants: ECHO,
        function: "plugins_functions",
        expect: Answer(r#"[{ "plugin": "neighbour", "name": "echo" }]"#),
        ..CASE
    },
    Case {
        name: "nothing granted, nothing listed",
        function: "plugins_functions",
        expect: Answer("[]"),
        ..CASE
    },
    Case {
        name: "a function that is granted by name is called",
        grants: ECHO,
        function: "plugins_call",
        args: Text(r#"["neighbour", "echo", ["größer"]]"#),
        expect: Answer(r#""größer""#),
        ..CASE
    },
    Case {
        name: "a function sees who calls, and acts for the session's actor",
        grants: NEIGHBOUR,
        function: "plugins_call",
        args: Text(r#"["neighbour", "who", []]"#),
        expect: Answer(r#"{ "actor": "ada", "caller": "conformance" }"#),
        ..CASE
    },
    Case {
        name: "a function that is not granted is denied",
        grants: ECHO,
        function: "plugins_call",
        args: Text(r#"["neighbour", "who", []]"#),
        expect: Fault(
            r#"{
                "kind": "denied",
                "capability": "plugins",
                "asked": "call neighbour.who",
                "remedy": "…capabilities.plugins…"
            }"#,
        ),
        ..CASE
    },
    Case {
        name: "whoever was granted nothing does not learn what there is",
        function: "plugins_call",
        args: Text(r#"["nobody", "nothing", []]"#),
        expect: Fault(r#"{ "kind": "denied", "capability": "plugins" }"#),
        ..CASE
    },
    Case {
        name: "a plugin that is not there is not found",
        grants: ALL,
        function: "plugins_call",
        args: Text(r#"["nobody", "echo", ["a"]]"#),
        expect: Fault(r#"{ "kind": "failed", "code": "not-found", "text": "…`nobody`…" }"#),
        ..CASE
    },
    Case {
        name: "a function that the plugin does not expose is not found",
        grants: NEIGHBOUR,
        function: "plugins_call",
        args: Text(r#"["neighbour", "nothing", []]"#),
        expect: Fault(r#"{ "kind": "failed", "code": "not-found" }"#),
        ..CASE
    },
    Case {
        name: "arguments that are no array are invalid",
        grants: NEIGHBOUR,
        function: "plugins_call",
        args: Text(r#"["neighbour", "who", {}]"#),
        expect: Fault(r#"{ "kind": "invalid", "text": "…array…" }"#),
        ..CASE
    },
    Case {
        name: "arguments of more than a mebibyte are too large",
        grants: NEIGHBOUR,
        function: "plugins_call",
        args: Made(|| json!(["neighbour", "echo", ["x".repeat(1 << 20)]])),
        expect: Fault(r#"{ "kind": "too-large", "text": "…1 MiB…" }"#),
        ..CASE
    },
    Case {
        name: "the callee's own codes come through",
        grants: NEIGHBOUR,
        function: "plugins_call",
        args: Text(r#"["neighbour", "fail", []]"#),
        expect: Fault(r#"{ "kind": "failed", "code": "conflict", "text": "somebody was faster" }"#),
        ..CASE
    },
];
