#![allow(clippy::unwrap_used)]

use jiff::civil::{Date, date};
use rusqlite::Connection;

use super::script;

const TODAY: Date = date(2026, 3, 19);

fn laid_out(today: Date) -> Connection {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch(&script(today)).unwrap();
    db
}

fn number(db: &Connection, sql: &str) -> i64 {
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Names with how many tickets they have.
fn counts(db: &Connection, sql: &str) -> Vec<(String, i64)> {
    let mut statement = db.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

/// How many tickets came on each day, by days before `today`.
fn by_day(db: &Connection, today: Date) -> Vec<(String, i64)> {
    let sql = format!(
        "SELECT CAST(julianday('{today}') - julianday(substr(create_time, 1, 10)) AS INTEGER) AS day, \
         count(*) FROM ticket GROUP BY day ORDER BY day"
    );
    counts(db, &sql.replace("AS INTEGER)", "AS INTEGER) || ''"))
}

#[test]
fn two_scripts_for_one_day_are_equal() {
    assert_eq!(script(TODAY), script(TODAY));
    assert_ne!(script(TODAY), script(TODAY.tomorrow().unwrap()));
}

#[test]
fn figures_are_the_same_on_every_day() {
    let figures = |today: Date| {
        let db = laid_out(today);
        let by = |table: &str, key: &str| {
            let sql = format!(
                "SELECT x.name, count(t.id) FROM {table} x LEFT JOIN ticket t ON t.{key} = x.id \
                 GROUP BY x.name"
            );
            counts(&db, &sql)
        };
        [
            by("ticket_state", "ticket_state_id"),
            by("queue", "queue_id"),
            by("ticket_priority", "ticket_priority_id"),
            by_day(&db, today),
        ]
    };
    let first = figures(TODAY);
    for other in [date(2026, 3, 20), date(2024, 2, 29), date(2030, 1, 1)] {
        assert_eq!(figures(other), first, "{other}");
    }
}

#[test]
fn it_has_the_size_that_was_promised() {
    let db = laid_out(TODAY);
    let check = |table: &str, least: i64, most: i64| {
        let count = number(&db, &format!("SELECT count(*) FROM {table}"));
        assert!((least..=most).contains(&count), "{table}: {count}");
    };
    check("ticket", 5_000, 5_000);
    check("article", 11_500, 12_500);
    check("article_data_mime", 11_500, 12_500);
    check("users", 12, 12);
    check("queue", 8, 8);
    check("groups", 5, 5);
    check("customer_user", 60, 60);
    check("customer_company", 15, 15);
    check("ticket_history", 15_000, 25_000);
    check("time_accounting", 3_000, 6_000);
}

#[test]
fn what_refers_to_something_finds_it() {
    let db = laid_out(TODAY);
    let mut broken = db.prepare("PRAGMA foreign_key_check").unwrap();
    assert!(broken.query([]).unwrap().next().unwrap().is_none());
    for dangling in [
        "SELECT count(*) FROM ticket WHERE customer_user_id NOT IN (SELECT login FROM customer_user)",
        "SELECT count(*) FROM ticket t LEFT JOIN customer_user c ON c.login = t.customer_user_id \
         AND c.customer_id = t.customer_id WHERE c.id IS NULL",
        "SELECT count(*) FROM ticket WHERE id NOT IN (SELECT ticket_id FROM article)",
        "SELECT count(*) FROM article WHERE id NOT IN (SELECT article_id FROM article_data_mime)",
        "SELECT count(*) FROM users WHERE pw <> '!'",
    ] {
        assert_eq!(number(&db, dangling), 0, "{dangling}");
    }
}

#[test]
fn everything_that_tickets_may_have_some_have() {
    let db = laid_out(TODAY);
    for (table, key) in [
        ("queue", "queue_id"),
        ("ticket_state", "ticket_state_id"),
        ("ticket_priority", "ticket_priority_id"),
        ("ticket_type", "type_id"),
        ("ticket_lock_type", "ticket_lock_id"),
        ("sla", "sla_id"),
        ("service", "service_id"),
        ("customer_user", "customer_user_id"),
    ] {
        let id = if table == "customer_user" {
            "login"
        } else {
            "id"
        };
        let sql = format!(
            "SELECT count(*) FROM {table} WHERE {id} NOT IN (SELECT {key} FROM ticket \
                     WHERE {key} IS NOT NULL)"
        );
        assert_eq!(number(&db, &sql), 0, "{table}");
    }
}

#[test]
fn time_runs_forwards_and_ends_today() {
    let db = laid_out(TODAY);
    for never in [
        "SELECT count(*) FROM ticket WHERE change_time < create_time",
        "SELECT count(*) FROM ticket WHERE create_time >= '2026-03-19 01:00:00'",
        "SELECT count(*) FROM ticket WHERE change_time >= '2026-03-19 01:00:00'",
        "SELECT count(*) FROM ticket WHERE create_time < '2024-03-19'",
        "SELECT count(*) FROM ticket a JOIN ticket b ON b.id = a.id + 1 \
         WHERE b.create_time < a.create_time",
        "SELECT count(*) FROM article a JOIN ticket t ON t.id = a.ticket_id \
         WHERE a.create_time NOT BETWEEN t.create_time AND t.change_time",
    ] {
        assert_eq!(number(&db, never), 0, "{never}");
    }
}

#[test]
fn a_report_finds_some_of_everything() {
    let db = laid_out(TODAY);
    let (now, closed) = (
        "unixepoch('2026-03-19 01:00:00')",
        "ticket_state_id IN (2, 3)",
    );
    let check = |what: &str, least: i64, most: i64| {
        let sql = format!("SELECT count(*) FROM ticket WHERE {what}");
        let count = number(&db, &sql.replace("CLOSED", closed).replace("NOW", now));
        assert!((least..=most).contains(&count), "{what}: {count}");
    };
    check("create_time >= '2026-03-19'", 3, 5);
    check("create_time >= '2026-03-13'", 30, 150);
    check("NOT CLOSED", 80, 300);
    check("ticket_state_id = 1", 5, 60);
    check("ticket_state_id IN (5, 6)", 20, 120);
    check("until_time > 0 AND until_time < NOW", 5, 100);
    check("escalation_time > 0 AND escalation_time < NOW", 20, 150);
    check("CLOSED AND escalation_time > 0", 0, 0);
    let in_time = "escalation_solution_time >= unixepoch(change_time)";
    check(
        &format!("CLOSED AND escalation_solution_time > 0 AND {in_time}"),
        2_500,
        4_500,
    );
    check(
        &format!("CLOSED AND escalation_solution_time > 0 AND NOT {in_time}"),
        200,
        1_000,
    );
}
