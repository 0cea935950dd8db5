//! db: single statements within a grant. Transactions are in `transaction.rs`; the statements
//! that try to talk the policy round are the room's own tests.

use serde_json::json;

use crate::case::Args::{Made, Text};
use crate::case::Expect::{Answer, Fault};
use crate::case::{CASE, Call, Case};

/// A table and two columns of another, to read.
const READ: &str = r#"{ "db": { "read": ["ticket", "users(id, login)"] } }"#;

/// A table to read and write.
const WRITE: &str = r#"{ "db": { "read": ["ticket"], "write": ["ticket"] } }"#;

/// The plugin's own tables.
const OWN: &str = r#"{ "db": { "own": true } }"#;

/// A table with more rows than an answer may have.
const NUMBER: &str = r#"{ "db": { "read": ["number"] } }"#;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "a table that is granted is read, with columns and types",
        grants: READ,
        function: "db_query",
        args: Text(r#"["SELECT id, title, open FROM ticket ORDER BY id", []]"#),
        expect: Answer(
            r#"{
                "columns": [
                    { "name": "id", "type": "integer" },
                    { "name": "title", "type": "text" },
                    { "name": "open", "type": "boolean" }
                ],
                "rows": [[1, "Printer", true], [2, null, false], [3, "Scanner", true]]
            }"#,
        ),
        ..CASE
    },
    Case {
        name: "without a grant nothing is read",
        function: "db_query",
        args: Text(r#"["SELECT id FROM ticket", []]"#),
        expect: Fault(
            r#"{
                "kind": "denied",
                "capability": "db",
                "asked": "use the database",
                "remedy": "…capabilities.db…"
            }"#,
        ),
        ..CASE
    },
    Case {
        name: "another table is not read",
        grants: READ,
        function: "db_query",
        args: Text(r#"["SELECT id FROM queue", []]"#),
        expect: Fault(
            r#"{
                "kind": "denied",
                "capability": "db",
                "asked": "read queue",
                "remedy": "…`queue` under `capabilities.db.read`…"
            }"#,
        ),
        ..CASE
    },
    Case {
        name: "another table is not read in a sub-query either",
        grants: READ,
        function: "db_query",
        args: Text(r#"["SELECT id FROM ticket WHERE id IN (SELECT id FROM queue)", []]"#),
        expect: Fault(r#"{ "kind": "denied", "asked": "read queue" }"#),
        ..CASE
    },
    Case {
        name: "a column that is granted is read",
        grants: READ,
        function: "db_query",
        args: Text(r#"["SELECT login FROM users WHERE id = ?", [7]]"#),
        expect: Answer(r#"{ "rows": [["ada"]] }"#),
        ..CASE
    },
    Case {
        name: "another column is not",
        grants: READ,
        function: "db_query",
        args: Text(r#"["SELECT password FROM users WHERE id = ?", [7]]"#),
        expect: Fault(
            r#"{ "kind": "denied", "capability": "db", "asked": "read users.password" }"#,
        ),
        ..CASE
    },
    Case {
        name: "nothing is sorted by another column",
        grants: READ,
        function: "db_query",
        args: Text(r#"["SELECT login FROM users ORDER BY password", []]"#),
        expect: Fault(r#"{ "kind": "denied", "asked": "read users.password" }"#),
        ..CASE
    },
    Case {
        name: "all columns are not read where some are granted",
        grants: READ,
        function: "db_query",
        args: Text(r#"["SELECT * FROM users", []]"#),
        expect: Fault(r#"{ "kind": "denied", "asked": "…read users…" }"#),
        ..CASE
    },
    Case {
        name: "values go in and come out as they are",
        grants: OWN,
        function: "db_query",
        args: Text(
            r#"["SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e",
                [null, -9007199254740993, { "real": 0.5 }, "größer ?", { "blob": "00ff" }]]"#,
        ),
        expect: Answer(
            r#"{
                "columns": [
                    { "name": "a", "type": "" },
                    { "name": "b", "type": "" },
                    { "name": "c", "type": "" },
                    { "name": "d", "type": "" },
                    { "name": "e", "type": "" }
                ],
                "rows": [[null, -9007199254740993, { "real": 0.5 }, "größer ?", { "blob": "00ff" }]]
            }"#,
        ),
        ..CASE
    },
    Case {
        name: "fewer values than parameters are invalid",
        grants: READ,
        function: "db_query",
        args: Text(r#"["SELECT id FROM ticket WHERE id = ?", []]"#),
        expect: Fault(r#"{ "kind": "invalid", "text": "…1 parameters and was given 0…" }"#),
        ..CASE
    },
    Case {
        name: "more values than parameters are invalid",
        grants: READ,
        function: "db_query",
        args: Text(r#"["SELECT id FROM ticket WHERE id = ?", [1, 2]]"#),
        expect: Fault(r#"{ "kind": "invalid", "text": "…1 parameters and was given 2…" }"#),
        ..CASE
    },
    Case {
        name: "what changes something is no query",
        grants: WRITE,
        function: "db_query",
        args: Text(r#"["DELETE FROM ticket", []]"#),
        expect: Fault(r#"{ "kind": "invalid", "text": "…execute…" }"#),
        then: Some(Call {
            function: "db_query",
            args: Text(r#"["SELECT count(*) FROM ticket", []]"#),
            expect: Answer(r#"{ "rows": [[3]] }"#),
        }),
        ..CASE
    },
    Case {
        name: "several statements in one are invalid",
        grants: WRITE,
        function: "db_query",
        args: Text(r#"["SELECT id FROM ticket; DELETE FROM ticket", []]"#),
        expect: Fault(r#"{ "kind": "invalid" }"#),
        ..CASE
    },
    Case {
        name: "comments are invalid",
        grants: READ,
        function: "db_query",
        args: Text(r#"["SELECT id FROM ticket -- all of them", []]"#),
        expect: Fault(r#"{ "kind": "invalid" }"#),
        ..CASE
    },
    Case {
        name: "what is no SQL is invalid",
        grants: READ,
        function: "db_query",
        args: Text(r#"["SELECTED", []]"#),
        expect: Fault(r#"{ "kind": "invalid" }"#),
        ..CASE
    },
    Case {
        name: "what the engine refuses has failed",
        grants: READ,
        function: "db_query",
        args: Text(r#"["SELECT nothing FROM ticket", []]"#),
        expect: Fault(r#"{ "kind": "failed", "code": "sql" }"#),
        ..CASE
    },
    Case {
        name: "many rows are counted and read in steps",
        grants: NUMBER,
        function: "db_query",
        args: Text(r#"["SELECT n FROM number ORDER BY n DESC LIMIT 2", []]"#),
        expect: Answer(r#"{ "rows": [[10001], [10000]] }"#),
        ..CASE
    },
    Case {
        name: "an answer of too many rows is too large",
        grants: NUMBER,
        function: "db_query",
        args: Text(r#"["SELECT n FROM number", []]"#),
        expect: Fault(r#"{ "kind": "too-large", "text": "…10000 rows…" }"#),
        ..CASE
    },
    Case {
        name: "a statement of too many bytes is too large",
        grants: READ,
        function: "db_query",
        args: Made(|| json!([format!("SELECT '{}'", "x".repeat(16 << 10)), []])),
        expect: Fault(r#"{ "kind": "too-large", "text": "…bytes…" }"#),
        ..CASE
    },
    Case {
        name: "a table that is granted is written",
        grants: WRITE,
        function: "db_execute",
        args: Text(r#"["INSERT INTO ticket (number, title) VALUES (?, ?)", ["T4", "Mouse"]]"#),
        expect: Answer(r#"{ "affected": 1, "last_insert_id": 4 }"#),
        then: Some(Call {
            function: "db_query",
            args: Text(r#"["SELECT title, open FROM ticket WHERE id = 4", []]"#),
            expect: Answer(r#"{ "rows": [["Mouse", true]] }"#),
        }),
        ..CASE
    },
    Case {
        name: "rows are changed, and counted",
        grants: WRITE,
        function: "db_execute",
        args: Text(r#"["UPDATE ticket SET open = ? WHERE open = ?", [false, true]]"#),
        expect: Answer(r#"{ "affected": 2, "last_insert_id": null }"#),
        ..CASE
    },
    Case {
        name: "a table that may be read is not written",
        grants: READ,
        function: "db_execute",
        args: Text(r#"["DELETE FROM ticket", []]"#),
        expect: Fault(
            r#"{
                "kind": "denied",
                "capability": "db",
                "asked": "write ticket",
                "remedy": "…capabilities.db.write…"
            }"#,
        ),
        then: Some(Call {
            function: "db_query",
            args: Text(r#"["SELECT count(*) FROM ticket", []]"#),
            expect: Answer(r#"{ "rows": [[3]] }"#),
        }),
        ..CASE
    },
    Case {
        name: "without a grant nothing is written",
        function: "db_execute",
        args: Text(r#"["DELETE FROM ticket", []]"#),
        expect: Fault(r#"{ "kind": "denied", "asked": "use the database" }"#),
        ..CASE
    },
    Case {
        name: "what reads is not executed",
        grants: WRITE,
        function: "db_execute",
        args: Text(r#"["SELECT id FROM ticket", []]"#),
        expect: Fault(r#"{ "kind": "invalid", "text": "…query…" }"#),
        ..CASE
    },
    Case {
        name: "a row that is there already is a conflict, and nothing of the statement is kept",
        grants: WRITE,
        function: "db_execute",
        args: Text(r#"["INSERT INTO ticket (number) VALUES (?), (?)", ["T9", "T1"]]"#),
        expect: Fault(r#"{ "kind": "failed", "code": "conflict" }"#),
        then: Some(Call {
            function: "db_query",
            args: Text(r#"["SELECT count(*) FROM ticket", []]"#),
            expect: Answer(r#"{ "rows": [[3]] }"#),
        }),
        ..CASE
    },
    Case {
        name: "what the table does not take breaks a constraint",
        grants: WRITE,
        function: "db_execute",
        args: Text(r#"["INSERT INTO ticket (number) VALUES (?)", [null]]"#),
        expect: Fault(r#"{ "kind": "failed", "code": "constraint" }"#),
        ..CASE
    },
    Case {
        name: "an own table is made and used",
        grants: OWN,
        function: "db_execute",
        args: Text(
            r#"["CREATE TABLE p_conformance__note (id INTEGER PRIMARY KEY, text TEXT)", []]"#,
        ),
        expect: Answer(r#"{ "affected": 0, "last_insert_id": null }"#),
        then: Some(Call {
            function: "db_execute",
            args: Text(r#"["INSERT INTO p_conformance__note (text) VALUES (?)", ["one"]]"#),
            expect: Answer(r#"{ "affected": 1, "last_insert_id": 1 }"#),
        }),
        ..CASE
    },
    Case {
        name: "no own table is made where they are not granted",
        grants: WRITE,
        function: "db_execute",
        args: Text(r#"["CREATE TABLE p_conformance__note (text TEXT)", []]"#),
        expect: Fault(r#"{ "kind": "denied", "asked": "define p_conformance__note" }"#),
        ..CASE
    },
    Case {
        name: "no table is made that is another's",
        grants: OWN,
        function: "db_execute",
        args: Text(r#"["CREATE TABLE p_neighbour__note (text TEXT)", []]"#),
        expect: Fault(r#"{ "kind": "denied", "asked": "define p_neighbour__note" }"#),
        ..CASE
    },
    Case {
        name: "a table of the application is not dropped",
        grants: r#"{ "db": { "own": true, "read": ["ticket"], "write": ["ticket"] } }"#,
        function: "db_execute",
        args: Text(r#"["DROP TABLE ticket", []]"#),
        expect: Fault(r#"{ "kind": "denied", "asked": "define ticket" }"#),
        ..CASE
    },
];
