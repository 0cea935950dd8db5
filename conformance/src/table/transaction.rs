//! db: transactions. What is kept, what is undone, and what a call may not do with them.

use crate::case::Args::Text;
use crate::case::Expect::{Answer, Fault};
use crate::case::{CASE, Call, Case};

/// A table to read and write.
const WRITE: &str = r#"{ "db": { "read": ["ticket"], "write": ["ticket"] } }"#;

/// A table to read.
const READ: &str = r#"{ "db": { "read": ["ticket"] } }"#;

/// How many tickets the next call sees.
const fn then_there_are(rows: &'static str) -> Option<Call> {
    Some(Call {
        function: "db_query",
        args: Text(r#"["SELECT count(*) FROM ticket", []]"#),
        expect: Answer(rows),
    })
}

const THREE: &str = r#"{ "rows": [[3]] }"#;

const TWO: &str = r#"{ "rows": [[2]] }"#;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "a transaction sees what it did, and a commit keeps it",
        grants: WRITE,
        function: "db_transaction",
        args: Text(
            r#"[[
                { "execute": "DELETE FROM ticket WHERE id = ?", "params": [1] },
                { "query": "SELECT count(*) FROM ticket" }
            ], "commit"]"#,
        ),
        expect: Answer(
            r#"{
                "steps": [{ "ok": { "affected": 1 } }, { "ok": { "rows": [[2]] } }],
                "end": { "ok": null }
            }"#,
        ),
        then: then_there_are(TWO),
        ..CASE
    },
    Case {
        name: "a rollback undoes it",
        grants: WRITE,
        function: "db_transaction",
        args: Text(r#"[[{ "execute": "DELETE FROM ticket" }], "rollback"]"#),
        expect: Answer(r#"{ "steps": [{ "ok": { "affected": 3 } }], "end": { "ok": null } }"#),
        then: then_there_are(THREE),
        ..CASE
    },
    Case {
        name: "what is dropped is undone",
        grants: WRITE,
        function: "db_transaction",
        args: Text(r#"[[{ "execute": "DELETE FROM ticket" }], "drop"]"#),
        expect: Answer(r#"{ "steps": [{ "ok": { "affected": 3 } }], "end": { "ok": null } }"#),
        then: then_there_are(THREE),
        ..CASE
    },
    Case {
        name: "without a grant none is opened",
        function: "db_transaction",
        args: Text(r#"[[], "commit"]"#),
        expect: Fault(r#"{ "kind": "denied", "capability": "db", "asked": "use the database" }"#),
        ..CASE
    },
    Case {
        name: "the grant holds within it, statement by statement",
        grants: READ,
        function: "db_transaction",
        args: Text(
            r#"[[
                { "execute": "DELETE FROM ticket" },
                { "query": "SELECT id FROM queue" },
                { "query": "SELECT count(*) FROM ticket" }
            ], "commit"]"#,
        ),
        expect: Answer(
            r#"{
                "steps": [
                    { "fault": { "kind": "denied", "asked": "write ticket" } },
                    { "fault": { "kind": "denied", "asked": "read queue" } },
                    { "ok": { "rows": [[3]] } }
                ],
                "end": { "ok": null }
            }"#,
        ),
        then: then_there_are(THREE),
        ..CASE
    },
    Case {
        name: "a statement that fails leaves it open, without what that statement did",
        grants: WRITE,
        function: "db_transaction",
        args: Text(
            r#"[[
                { "execute": "DELETE FROM ticket WHERE id = 1" },
                { "execute": "INSERT INTO ticket (number) VALUES ('T9'), ('T2')" },
                { "query": "SELECT count(*) FROM ticket" }
            ], "commit"]"#,
        ),
        expect: Answer(
            r#"{
                "steps": [
                    { "ok": { "affected": 1 } },
                    { "fault": { "kind": "failed", "code": "conflict" } },
                    { "ok": { "rows": [[2]] } }
                ],
                "end": { "ok": null }
            }"#,
        ),
        then: then_there_are(TWO),
        ..CASE
    },
    Case {
        name: "reading and writing have a function each within it too",
        grants: WRITE,
        function: "db_transaction",
        args: Text(
            r#"[[
                { "query": "DELETE FROM ticket" },
                { "execute": "SELECT id FROM ticket" }
            ], "commit"]"#,
        ),
        expect: Answer(
            r#"{
                "steps": [
                    { "fault": { "kind": "invalid", "text": "…execute…" } },
                    { "fault": { "kind": "invalid", "text": "…query…" } }
                ],
                "end": { "ok": null }
            }"#,
        ),
        then: then_there_are(THREE),
        ..CASE
    },
    Case {
        name: "a call has one open at most",
        grants: WRITE,
        function: "db_transaction",
        args: Text(r#"[["begin", { "execute": "DELETE FROM ticket WHERE id = 1" }], "commit"]"#),
        expect: Answer(
            r#"{
                "steps": [{ "fault": { "kind": "invalid" } }, { "ok": { "affected": 1 } }],
                "end": { "ok": null }
            }"#,
        ),
        then: then_there_are(TWO),
        ..CASE
    },
    Case {
        name: "another is opened when the first has ended",
        grants: WRITE,
        function: "db_transaction",
        args: Text(r#"[["rollback", "begin"], "drop"]"#),
        expect: Answer(r#"{ "steps": [{ "ok": null }, { "ok": null }], "end": { "ok": null } }"#),
        ..CASE
    },
    Case {
        name: "nothing is executed outside of one that is open",
        grants: WRITE,
        function: "db_transaction",
        args: Text(r#"[[{ "outside": "DELETE FROM ticket" }], "commit"]"#),
        expect: Answer(
            r#"{ "steps": [{ "fault": { "kind": "invalid" } }], "end": { "ok": null } }"#,
        ),
        then: then_there_are(THREE),
        ..CASE
    },
    Case {
        name: "what is executed when it has ended is kept",
        grants: WRITE,
        function: "db_transaction",
        args: Text(r#"[["rollback", { "outside": "DELETE FROM ticket WHERE id = 1" }], "drop"]"#),
        expect: Answer(
            r#"{ "steps": [{ "ok": null }, { "ok": { "affected": 1 } }], "end": { "ok": null } }"#,
        ),
        then: then_there_are(TWO),
        ..CASE
    },
    Case {
        name: "a transaction that was committed is closed",
        grants: WRITE,
        function: "db_transaction",
        args: Text(
            r#"[[
                { "execute": "DELETE FROM ticket WHERE id = 1" },
                "commit",
                { "query": "SELECT count(*) FROM ticket" },
                { "execute": "DELETE FROM ticket" },
                "rollback"
            ], "commit"]"#,
        ),
        expect: Answer(
            r#"{
                "steps": [
                    { "ok": { "affected": 1 } },
                    { "ok": null },
                    { "fault": { "kind": "invalid" } },
                    { "fault": { "kind": "invalid" } },
                    { "fault": { "kind": "invalid" } }
                ],
                "end": { "fault": { "kind": "invalid" } }
            }"#,
        ),
        then: then_there_are(TWO),
        ..CASE
    },
];
