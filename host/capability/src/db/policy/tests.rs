#![allow(clippy::unwrap_used)]

use std::time::Instant;

use super::super::SQLITE;
use super::super::limits::{MAX_NESTING, MAX_STATEMENT_BYTES};
use super::*;

fn checked(sql: &str) -> Statement {
    check(&SQLITE, sql).unwrap()
}

fn fault(sql: &str) -> String {
    check(&SQLITE, sql).unwrap_err().to_string()
}

#[test]
fn what_is_sent_is_printed_and_says_the_same() {
    for (sql, expect) in [
        (
            "select  id\nfrom Ticket where a=?",
            "SELECT id FROM Ticket WHERE a = ?",
        ),
        ("SELECT 1;", "SELECT 1"),
        ("SELECT 'it''s'", "SELECT 'it''s'"),
        ("SELECT '\\'", "SELECT '\\'"),
        ("SELECT a IS NOT NULL FROM t", "SELECT a IS NOT NULL FROM t"),
        ("SELECT a NOTNULL FROM t", "SELECT a IS NOT NULL FROM t"),
    ] {
        assert_eq!(checked(sql).sql, expect);
    }
}

#[test]
fn the_walk_says_what_is_accessed() {
    let column = |column: &str, among: &[&str]| Access::Column {
        column: column.to_owned(),
        among: among.iter().map(|it| (*it).to_owned()).collect(),
    };
    let table = |name: &str| Access::Table(name.to_owned());
    for (sql, expect) in [
        ("SELECT count(*) FROM a", vec![table("a")]),
        ("SELECT x FROM a", vec![table("a"), column("x", &["a"])]),
        ("SELECT A.X FROM a", vec![table("a"), column("x", &["a"])]),
        (
            "SELECT x FROM a, b",
            vec![table("a"), table("b"), column("x", &["a", "b"])],
        ),
        (
            "SELECT 1 FROM a WHERE EXISTS (SELECT 1 FROM b WHERE x = 1)",
            vec![table("a"), table("b"), column("x", &["a", "b"])],
        ),
        (
            "SELECT (SELECT count(*) FROM b WHERE b.x = a.y) FROM a",
            vec![
                table("a"),
                table("b"),
                column("x", &["b"]),
                column("y", &["a"]),
            ],
        ),
        (
            "SELECT s.x FROM (SELECT y AS x FROM a) AS s",
            vec![table("a"), column("y", &["a"])],
        ),
        (
            "INSERT INTO a (x) VALUES (1)",
            vec![Access::Write("a".to_owned())],
        ),
        (
            "UPDATE a SET x = 1 WHERE y = 2",
            vec![Access::Write("a".to_owned()), column("y", &["a"])],
        ),
    ] {
        assert_eq!(checked(sql).accesses, expect.into_iter().collect(), "{sql}");
    }
    assert_eq!(checked("SELECT ?, '?', ?").parameters, 2);
}

/// Parsers take their time with open parentheses; the bound on them keeps it short.
#[test]
fn no_statement_takes_long_to_check() {
    let open = MAX_NESTING;
    let deep = |before: &str, inner: &str| {
        format!("{before}{}{inner}{}", "(".repeat(open), ")".repeat(open))
    };
    let fill = |head: &str, part: &str| {
        let times = (MAX_STATEMENT_BYTES - head.len() - 10) / part.len();
        format!("{head}{}", part.repeat(times))
    };
    for sql in [
        deep("SELECT ", "1"),
        deep("SELECT * FROM ", "a"),
        deep("SELECT * FROM ", "SELECT 1"),
        deep("", "SELECT 1"),
        format!("SELECT {}", "(".repeat(open)),
        format!("SELECT * FROM {}a", "(".repeat(open)),
        format!("SELECT 1 WHERE x IN {}", "(".repeat(open)),
        fill("SELECT 1", "+1"),
        fill("SELECT ", "NOT "),
        fill("SELECT ", "- "),
        fill("SELECT 1", "||'a'"),
        fill("SELECT 1", " UNION SELECT 1"),
        fill("SELECT 1 FROM a", " JOIN a"),
        fill("SELECT ", "CASE WHEN "),
        fill("SELECT 1", " COLLATE nocase"),
        fill("SELECT 1", " IS NULL"),
        fill("SELECT ", "x."),
        fill("SELECT x", "->1"),
        fill("WITH a AS ", "(WITH a AS "),
        fill("SELECT 1 IN (1", ",1"),
        fill("SELECT 1", " BETWEEN 1 AND 1"),
    ] {
        let start = Instant::now();
        let _ = check(&SQLITE, &sql);
        let took = start.elapsed();
        assert!(took.as_millis() < 2_000, "{took:?}: {}", &sql[..40]);
    }
}

#[test]
fn what_is_over_a_bound_is_too_large() {
    let long = format!("SELECT '{}'", "a".repeat(MAX_STATEMENT_BYTES));
    assert!(fault(&long).contains("a statement has at most 16384 bytes"));
    let deep = format!("SELECT 1{}", "+1".repeat(1_000));
    assert!(fault(&deep).contains("at most 200 steps deep"));
    let nested = format!("SELECT {}1", "(".repeat(MAX_NESTING + 1));
    assert!(fault(&nested).contains("more than 16 parentheses"));
}

#[test]
fn files_have_several_statements_and_comments() {
    let file = "-- one\nCREATE TABLE p_x__a (id INTEGER); /* two */ DROP TABLE p_x__a;\n";
    let statements = check_file(&SQLITE, file).unwrap();
    let sent: Vec<_> = statements.iter().map(|it| it.sql.as_str()).collect();
    assert_eq!(
        sent,
        ["CREATE TABLE p_x__a (id INTEGER)", "DROP TABLE p_x__a"]
    );
    assert!(check_file(&SQLITE, "SELECT 1 /*!1*/").is_err());
}
