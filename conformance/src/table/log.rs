//! log: free for all, and it never fails. What is refused is cut.

use serde_json::{Map, Value, json};

use crate::case::Args::{Made, Text};
use crate::case::Expect::Logged;
use crate::case::{CASE, Case, Who};

pub(super) const CASES: &[Case] = &[
    Case {
        name: "a line has its level, its text, its fields and its session",
        function: "log_write",
        args: Text(r#"["warn", "a line", { "ticket": 7, "of": "ada" }]"#),
        expect: Logged(
            r#"{
                "level": "warn",
                "message": "a line",
                "fields": { "ticket": 7, "of": "ada" },
                "request_id": "request-1"
            }"#,
        ),
        ..CASE
    },
    Case {
        name: "nobody needs to be signed in",
        who: Who::Nobody,
        function: "log_write",
        args: Text(r#"["trace", "another line", {}]"#),
        expect: Logged(r#"{ "level": "trace", "message": "another line", "field_count": 0 }"#),
        ..CASE
    },
    Case {
        name: "a line of 8 KiB is whole",
        function: "log_write",
        args: Made(|| line_of(8 << 10)),
        expect: Logged(r#"{ "bytes": 8192 }"#),
        ..CASE
    },
    Case {
        name: "a longer line is cut, and marked",
        function: "log_write",
        args: Made(|| line_of((8 << 10) + 100)),
        expect: Logged(r#"{ "bytes": 8195 }"#),
        ..CASE
    },
    Case {
        name: "fields beyond the 32nd are dropped",
        function: "log_write",
        args: Made(|| json!(["info", "fields", fields(40)])),
        expect: Logged(r#"{ "message": "fields", "field_count": 32 }"#),
        ..CASE
    },
];

fn line_of(bytes: usize) -> Value {
    json!(["info", "x".repeat(bytes), {}])
}

fn fields(count: usize) -> Map<String, Value> {
    let names = (0..count).map(|at| format!("field_{at}"));
    names.map(|name| (name, json!(1))).collect()
}
