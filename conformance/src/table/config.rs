//! config: the plugin's own settings, free for all; what the manifest does not declare is not
//! there.

use crate::case::Args::Text;
use crate::case::Expect::{Answer, Fault, Logged};
use crate::case::{CASE, Call, Case};

pub(super) const CASES: &[Case] = &[
    Case {
        name: "a setting has what was set",
        function: "config_get",
        args: Text(r#"["limit"]"#),
        expect: Answer("5"),
        ..CASE
    },
    Case {
        name: "a setting that was not set has its default",
        function: "config_get",
        args: Text(r#"["greeting"]"#),
        expect: Answer(r#""Hello""#),
        ..CASE
    },
    Case {
        name: "a setting without either has nothing",
        function: "config_get",
        args: Text(r#"["unset"]"#),
        expect: Answer("null"),
        ..CASE
    },
    Case {
        name: "a key that is not declared is denied",
        function: "config_get",
        args: Text(r#"["password"]"#),
        expect: Fault(
            r#"{
                "kind": "denied",
                "capability": "config",
                "asked": "read the setting `password`",
                "remedy": "…manifest.yaml…"
            }"#,
        ),
        ..CASE
    },
    Case {
        name: "a secret is not answered as a setting",
        function: "config_get",
        args: Text(r#"["token"]"#),
        expect: Fault(
            r#"{
                "kind": "denied",
                "capability": "config",
                "asked": "…the secret `token`…",
                "remedy": "…config.secret…"
            }"#,
        ),
        ..CASE
    },
    Case {
        name: "a secret is answered as one",
        function: "config_secret",
        args: Text(r#"["token"]"#),
        expect: Answer(r#""t0p-s3cret""#),
        ..CASE
    },
    Case {
        name: "a secret that was read stands in no line of the log",
        function: "config_secret",
        args: Text(r#"["token"]"#),
        expect: Answer(r#""t0p-s3cret""#),
        then: Some(Call {
            function: "log_write",
            args: Text(r#"["info", "it is t0p-s3cret", { "token": "t0p-s3cret" }]"#),
            expect: Logged(r#"{ "message": "it is [secret]", "fields": { "token": "[secret]" } }"#),
        }),
        ..CASE
    },
    Case {
        name: "a secret that was not set is nothing",
        function: "config_secret",
        args: Text(r#"["unset_token"]"#),
        expect: Answer("null"),
        ..CASE
    },
    Case {
        name: "a setting is not answered as a secret",
        function: "config_secret",
        args: Text(r#"["greeting"]"#),
        expect: Fault(r#"{ "kind": "denied", "capability": "config", "asked": "…`greeting`…" }"#),
        ..CASE
    },
    Case {
        name: "a secret that is not declared is denied",
        function: "config_secret",
        args: Text(r#"["other"]"#),
        expect: Fault(r#"{ "kind": "denied", "capability": "config" }"#),
        ..CASE
    },
    Case {
        name: "the keys are those that have a value, secrets among them",
        function: "config_keys",
        expect: Answer(r#"["greeting", "limit", "token"]"#),
        ..CASE
    },
];
