//! http: requests to what was granted. `{desk}` stands for the address of the table's own
//! server, which `world/server.rs` describes.

use serde_json::json;

use crate::case::Args::{Made, Text};
use crate::case::Expect::{Answer, Fault};
use crate::case::{CASE, Case};

/// Reading below one path.
const READ: &str = r#"{ "http": ["GET http://{desk}/read/*"] }"#;

/// Everything at the desk.
const DESK: &str = r#"{ "http": ["* http://{desk}/*"] }"#;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "a request that is granted is sent, and answered whole",
        grants: READ,
        function: "http_request",
        args: Text(r#"["GET", "http://{desk}/read/hello?who=ada", {}]"#),
        expect: Answer(
            r#"{
                "status": 200,
                "url": "http://{desk}/read/hello?who=ada",
                "headers": { "x-desk": "yes" },
                "body": "GET /read/hello?who=ada"
            }"#,
        ),
        ..CASE
    },
    Case {
        name: "a body and headers arrive",
        grants: DESK,
        function: "http_request",
        args: Text(
            r#"["POST", "http://{desk}/echo",
                { "headers": [["x-colour", "grün"]], "body": "größer" }]"#,
        ),
        expect: Answer(r#"{ "status": 200, "body": "grün größer" }"#),
        ..CASE
    },
    Case {
        name: "a status that tells of an error is an answer",
        grants: DESK,
        function: "http_request",
        args: Text(r#"["GET", "http://{desk}/gone", {}]"#),
        expect: Answer(r#"{ "status": 410 }"#),
        ..CASE
    },
    Case {
        name: "a redirect is handed over where none is followed",
        grants: DESK,
        function: "http_request",
        args: Text(r#"["GET", "http://{desk}/away", {}]"#),
        expect: Answer(r#"{ "status": 302, "headers": { "location": "/read/hello" } }"#),
        ..CASE
    },
    Case {
        name: "a redirect is followed where that was asked for",
        grants: DESK,
        function: "http_request",
        args: Text(r#"["GET", "http://{desk}/away", { "redirects": 1 }]"#),
        expect: Answer(r#"{ "status": 200, "url": "http://{desk}/read/hello" }"#),
        ..CASE
    },
    Case {
        name: "a redirect to what is not granted is denied",
        grants: r#"{ "http": ["GET http://{desk}/away"] }"#,
        function: "http_request",
        args: Text(r#"["GET", "http://{desk}/away", { "redirects": 1 }]"#),
        expect: Fault(r#"{ "kind": "denied", "capability": "http" }"#),
        ..CASE
    },
    Case {
        name: "a redirect to an address of the machine's is denied",
        grants: r#"{ "http": ["* http://{desk}/*", "* http://*.example.com/*"] }"#,
        function: "http_request",
        args: Text(r#"["GET", "http://{desk}/inside", { "redirects": 1 }]"#),
        expect: Fault(r#"{ "kind": "denied", "capability": "http" }"#),
        ..CASE
    },
    Case {
        name: "a secret is put in by the host",
        grants: DESK,
        function: "http_request",
        args: Text(
            r#"["POST", "http://{desk}/echo",
                { "secrets": [["x-colour", "Bearer ", "token"]], "body": "!" }]"#,
        ),
        expect: Answer(r#"{ "status": 200, "body": "Bearer t0p-s3cret !" }"#),
        ..CASE
    },
    Case {
        name: "a setting that is no secret is not put in",
        grants: DESK,
        function: "http_request",
        args: Text(r#"["POST", "http://{desk}/echo", { "secrets": [["x-colour", "", "limit"]] }]"#),
        expect: Fault(r#"{ "kind": "denied", "capability": "config" }"#),
        ..CASE
    },
    Case {
        name: "without a grant nothing is sent",
        function: "http_request",
        args: Text(r#"["GET", "http://{desk}/read/hello", {}]"#),
        expect: Fault(
            r#"{ "kind": "denied", "capability": "http", "remedy": "…capabilities.http…" }"#,
        ),
        ..CASE
    },
    Case {
        name: "another method is denied",
        grants: READ,
        function: "http_request",
        args: Text(r#"["DELETE", "http://{desk}/read/hello", {}]"#),
        expect: Fault(r#"{ "kind": "denied", "capability": "http" }"#),
        ..CASE
    },
    Case {
        name: "another path is denied, however it is written",
        grants: READ,
        function: "http_request",
        args: Text(r#"["GET", "http://{desk}/read/%2e%2e/gone", {}]"#),
        expect: Fault(r#"{ "kind": "denied", "capability": "http" }"#),
        ..CASE
    },
    Case {
        name: "an encoded slash is invalid",
        grants: READ,
        function: "http_request",
        args: Text(r#"["GET", "http://{desk}/read/a%2fb", {}]"#),
        expect: Fault(r#"{ "kind": "invalid" }"#),
        ..CASE
    },
    Case {
        name: "a header that says where the request goes is invalid",
        grants: READ,
        function: "http_request",
        args: Text(
            r#"["GET", "http://{desk}/read/hello", { "headers": [["Host", "example.com"]] }]"#,
        ),
        expect: Fault(r#"{ "kind": "invalid", "text": "…host…" }"#),
        ..CASE
    },
    Case {
        name: "a header that begins another is invalid",
        grants: READ,
        function: "http_request",
        args: Text(
            r#"["GET", "http://{desk}/read/hello", { "headers": [["x", "a\r\nHost: b"]] }]"#,
        ),
        expect: Fault(r#"{ "kind": "invalid" }"#),
        ..CASE
    },
    Case {
        name: "a body of more than 8 MiB is too large",
        grants: DESK,
        function: "http_request",
        args: Made(|| {
            let body = "x".repeat((8 << 20) + 1);
            json!(["POST", "http://{desk}/echo", { "body": body }])
        }),
        expect: Fault(r#"{ "kind": "too-large" }"#),
        ..CASE
    },
    Case {
        name: "requests are sent at the same time, and answered in their order",
        grants: READ,
        function: "http_send_many",
        args: Text(
            r#"[[["GET", "http://{desk}/read/1", {}], ["PUT", "http://{desk}/read/2", {}],
                 ["GET", "http://{desk}/read/3", {}]]]"#,
        ),
        expect: Answer(
            r#"[
                { "ok": { "body": "GET /read/1" } },
                { "fault": { "kind": "denied" } },
                { "ok": { "body": "GET /read/3" } }
            ]"#,
        ),
        ..CASE
    },
    Case {
        name: "more than 16 at once are refused",
        grants: READ,
        function: "http_send_many",
        args: Made(|| json!([vec![json!(["GET", "http://{desk}/read/1", {}]); 17]])),
        expect: Fault(r#"{ "kind": "too-large" }"#),
        ..CASE
    },
];
