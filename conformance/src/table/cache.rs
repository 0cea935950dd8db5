//! cache: values in a space of the plugin's own, as many bytes as were granted.

use serde_json::json;

use crate::case::Args::{Made, Text};
use crate::case::Expect::{Answer, Fault};
use crate::case::{CASE, Call, Case};

const SPACE: &str = r#"{ "cache": { "bytes": "4KiB" } }"#;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "what was never set is nothing",
        grants: SPACE,
        function: "cache_get",
        args: Text(r#"["a"]"#),
        expect: Answer("null"),
        ..CASE
    },
    Case {
        name: "without a grant nothing is read",
        function: "cache_get",
        args: Text(r#"["a"]"#),
        expect: Fault(r#"{ "kind": "denied", "capability": "cache", "remedy": "…cache…" }"#),
        ..CASE
    },
    Case {
        name: "what was set is there",
        grants: SPACE,
        function: "cache_set",
        args: Text(r#"["a:ü", "größer", null]"#),
        expect: Answer("null"),
        then: Some(Call {
            function: "cache_get",
            args: Text(r#"["a:ü"]"#),
            expect: Answer(r#""größer""#),
        }),
        ..CASE
    },
    Case {
        name: "what was set for a while is there meanwhile",
        grants: SPACE,
        function: "cache_set",
        args: Text(r#"["a", "b", 60000]"#),
        expect: Answer("null"),
        then: Some(Call {
            function: "cache_get",
            args: Text(r#"["a"]"#),
            expect: Answer(r#""b""#),
        }),
        ..CASE
    },
    Case {
        name: "without a grant nothing is kept",
        function: "cache_set",
        args: Text(r#"["a", "b", null]"#),
        expect: Fault(r#"{ "kind": "denied", "capability": "cache" }"#),
        ..CASE
    },
    Case {
        name: "no time at all is invalid",
        grants: SPACE,
        function: "cache_set",
        args: Text(r#"["a", "b", 0]"#),
        expect: Fault(r#"{ "kind": "invalid" }"#),
        ..CASE
    },
    Case {
        name: "a value of more than is granted is too large",
        grants: SPACE,
        function: "cache_set",
        args: Made(|| json!(["a", "x".repeat(5000), null])),
        expect: Fault(r#"{ "kind": "too-large" }"#),
        ..CASE
    },
    Case {
        name: "a key of more than 512 bytes is refused",
        grants: SPACE,
        function: "cache_get",
        args: Made(|| json!(["x".repeat(513)])),
        expect: Fault(r#"{ "kind": "…" }"#),
        ..CASE
    },
    Case {
        name: "what is deleted is gone",
        grants: SPACE,
        function: "cache_set",
        args: Text(r#"["a", "b", null]"#),
        expect: Answer("null"),
        then: Some(Call {
            function: "cache_delete",
            args: Text(r#"["a"]"#),
            expect: Answer("true"),
        }),
        ..CASE
    },
    Case {
        name: "what was not there cannot be deleted",
        grants: SPACE,
        function: "cache_delete",
        args: Text(r#"["a"]"#),
        expect: Answer("false"),
        ..CASE
    },
    Case {
        name: "without a grant nothing is deleted",
        function: "cache_delete",
        args: Text(r#"["a"]"#),
        expect: Fault(r#"{ "kind": "denied", "capability": "cache" }"#),
        ..CASE
    },
];
