//! templates: those of the plugin's own package. The table hands them to a renderer of its own,
//! which answers what it was asked: how a template is rendered is proved elsewhere.

use serde_json::json;

use crate::case::Args::{Made, Text};
use crate::case::Expect::{Answer, Fault};
use crate::case::{CASE, Case};

pub(super) const CASES: &[Case] = &[
    Case {
        name: "a template is rendered with its data, for the session's locale",
        function: "templates_render",
        args: Text(r#"["report.html", { "name": "Ada" }]"#),
        expect: Answer(r#""report.html de-AT {\"name\":\"Ada\"}""#),
        ..CASE
    },
    Case {
        name: "a template that is not there is not found",
        function: "templates_render",
        args: Text(r#"["nothing.html", {}]"#),
        expect: Fault(r#"{ "kind": "failed", "code": "not-found" }"#),
        ..CASE
    },
    Case {
        name: "data that is no object is invalid",
        function: "templates_render",
        args: Text(r#"["report.html", []]"#),
        expect: Fault(r#"{ "kind": "invalid", "text": "…object…" }"#),
        ..CASE
    },
    Case {
        name: "data of more than a mebibyte is too large",
        function: "templates_render",
        args: Made(|| json!(["report.html", { "text": "x".repeat(1 << 20) }])),
        expect: Fault(r#"{ "kind": "too-large", "text": "…1 MiB…" }"#),
        ..CASE
    },
];
