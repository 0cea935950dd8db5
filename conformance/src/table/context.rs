//! context: free for all. Its refused twins are sessions in which there is nothing to tell;
//! what it answers while a plugin registers, the tests of this crate see.

use crate::case::Args::Text;
use crate::case::Expect::{Answer, Number};
use crate::case::{CASE, Case, Who};

pub(super) const CASES: &[Case] = &[
    Case {
        name: "the actor is whoever is signed in",
        function: "context_actor",
        expect: Answer(r#"{ "id": "7", "login": "ada", "kind": "agent", "extra": {} }"#),
        ..CASE
    },
    Case {
        name: "there is no actor where nobody is signed in",
        who: Who::Nobody,
        function: "context_actor",
        expect: Answer("null"),
        ..CASE
    },
    Case {
        name: "another session has another actor",
        who: Who::Customer,
        function: "context_actor",
        expect: Answer(r#"{ "id": "9", "login": "bob", "kind": "customer" }"#),
        ..CASE
    },
    Case {
        name: "whoever has a permission has it",
        function: "context_has_permission",
        args: Text(r#"["desk.close"]"#),
        expect: Answer("true"),
        ..CASE
    },
    Case {
        name: "whoever has another permission has not this one",
        function: "context_has_permission",
        args: Text(r#"["desk.open"]"#),
        expect: Answer("false"),
        ..CASE
    },
    Case {
        name: "another has not what one has",
        who: Who::Customer,
        function: "context_has_permission",
        args: Text(r#"["desk.close"]"#),
        expect: Answer("false"),
        ..CASE
    },
    Case {
        name: "nobody has a permission",
        who: Who::Nobody,
        function: "context_has_permission",
        args: Text(r#"["desk.close"]"#),
        expect: Answer("false"),
        ..CASE
    },
    Case {
        name: "the tenant is the session's",
        function: "context_tenant",
        expect: Answer(r#""north""#),
        ..CASE
    },
    Case {
        name: "there is no tenant where the session has none",
        who: Who::Customer,
        function: "context_tenant",
        expect: Answer("null"),
        ..CASE
    },
    Case {
        name: "the locale is the session's",
        function: "context_locale",
        expect: Answer(r#""de-AT""#),
        ..CASE
    },
    Case {
        name: "another session has another locale",
        who: Who::Nobody,
        function: "context_locale",
        expect: Answer(r#""fr""#),
        ..CASE
    },
    Case {
        name: "the clock is the host's",
        function: "context_now",
        expect: Answer(r#"{ "seconds": 1700000000, "nanoseconds": 5 }"#),
        ..CASE
    },
    Case {
        name: "the session's identifier is told",
        function: "context_request_id",
        expect: Answer(r#""request-1""#),
        ..CASE
    },
    Case {
        name: "there is time left, and no more than a call has",
        function: "context_deadline",
        expect: Number(1, 20_000_000_000),
        ..CASE
    },
    Case {
        name: "the session was entered by a page",
        function: "context_entry",
        expect: Answer(r#"{ "kind": "page", "name": "/desk" }"#),
        ..CASE
    },
    Case {
        name: "a plugin that calls is named",
        who: Who::Neighbour,
        function: "context_caller",
        expect: Answer(r#""neighbour""#),
        ..CASE
    },
    Case {
        name: "there is no caller where the application calls",
        function: "context_caller",
        expect: Answer("null"),
        ..CASE
    },
];
