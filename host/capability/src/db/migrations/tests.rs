#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use tokio::runtime::Handle;

use super::*;
use crate::db::testing::{Desk, call, plugin};
use crate::db::{SqliteDatabase, SqliteOptions};

const ONE: (&str, &str) = (
    "001_note.sql",
    "-- notes of agents\nCREATE TABLE p_stats__a (id INTEGER PRIMARY KEY, text TEXT);\n\
     INSERT INTO p_stats__a (text) VALUES ('first'); /* ; */\n",
);
const TWO: (&str, &str) = ("002_more.sql", "ALTER TABLE p_stats__a ADD COLUMN at TEXT");

fn steps(files: &[(&str, &str)]) -> Vec<Migration> {
    let step = |(name, text): &(&str, &str)| Migration {
        name: (*name).to_owned(),
        text: (*text).to_owned(),
    };
    files.iter().map(step).collect()
}

async fn apply(desk: &Desk, files: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let applied = migrate(&desk.database, &plugin(), &steps(files)).await;
    applied.map_err(|error| error.to_string())
}

fn text(desk: &Desk, sql: &str) -> Result<String, rusqlite::Error> {
    desk.stranger().query_row(sql, [], |row| row.get(0))
}

#[tokio::test]
async fn files_are_applied_once_and_in_order() {
    let desk = Desk::new();
    assert_eq!(
        apply(&desk, &[ONE]).await,
        Ok(vec!["001_note.sql".to_owned()])
    );
    assert_eq!(apply(&desk, &[ONE]).await, Ok(vec![]));
    assert_eq!(
        apply(&desk, &[ONE, TWO]).await,
        Ok(vec!["002_more.sql".to_owned()])
    );
    assert_eq!(apply(&desk, &[ONE, TWO]).await, Ok(vec![]));
    assert_eq!(text(&desk, "SELECT text FROM p_stats__a").unwrap(), "first");
    assert_eq!(apply(&desk, &[]).await, Ok(vec![]));
}

#[tokio::test]
async fn history_is_not_rewritten() {
    let desk = Desk::new();
    apply(&desk, &[ONE, TWO]).await.unwrap();
    let changed = (ONE.0, "CREATE TABLE p_stats__b (id INTEGER)");
    let early = ("000_first.sql", "CREATE TABLE p_stats__b (id INTEGER)");
    let between = ("001a.sql", "CREATE TABLE p_stats__b (id INTEGER)");
    for (files, expect) in [
        (
            vec![changed, TWO],
            "migrations/001_note.sql was changed after it was applied",
        ),
        (
            vec![TWO],
            "migrations/001_note.sql was applied and is missing",
        ),
        (
            vec![early, ONE, TWO],
            "migrations/000_first.sql comes before 001_note.sql",
        ),
        (
            vec![ONE, between, TWO],
            "migrations/001a.sql comes before 002_more.sql",
        ),
    ] {
        let error = apply(&desk, &files).await.unwrap_err();
        assert!(error.contains(expect), "{error}");
    }
    assert!(text(&desk, "SELECT count(*) FROM p_stats__b").is_err());
}

#[tokio::test]
async fn what_reaches_outside_or_fails_changes_nothing() {
    let desk = Desk::new();
    let bad = |sql: &'static str| ("002_bad.sql", sql);
    for (file, expect) in [
        (
            bad("CREATE TABLE x (id INTEGER)"),
            "002_bad.sql, statement 1: not granted: db: define x",
        ),
        (
            bad("CREATE TABLE p_stats__b (id INTEGER); DELETE FROM ticket"),
            "002_bad.sql, statement 2: not granted: db: write ticket",
        ),
        (
            bad("INSERT INTO p_stats__a (text) SELECT title FROM ticket"),
            "002_bad.sql, statement 1: not granted: db: read",
        ),
        (
            bad("DROP TABLE p_stats__gk_migrations"),
            "belongs to the database or the platform",
        ),
        (
            bad("/*! DROP TABLE ticket */ SELECT 1"),
            "the comment `! DROP TABLE ticket`",
        ),
        (
            bad("/*M! DROP TABLE ticket */ SELECT 1"),
            "the comment `M! DROP TABLE ticket`",
        ),
        (
            bad("INSERT INTO p_stats__a (text) VALUES (?)"),
            "a migration has no parameters",
        ),
        (
            bad("INSERT INTO p_stats__a (text) VALUES ('x'); INSERT INTO p_stats__none VALUES (1)"),
            "002_bad.sql, statement 2: no such table: p_stats__none",
        ),
        (bad("COMMIT"), "COMMIT is not allowed"),
    ] {
        let error = apply(&desk, &[ONE, file]).await.unwrap_err();
        assert!(error.contains(expect), "{error}");
        assert!(
            text(&desk, "SELECT text FROM p_stats__a").is_err(),
            "the first file waits too"
        );
    }
    apply(&desk, &[ONE]).await.unwrap();
}

#[tokio::test]
async fn two_hosts_wait_for_one_another() {
    let desk = Desk::new();
    let path = desk.folder.path().join("desk.db");
    let other = SqliteDatabase::new(SqliteOptions::existing(path), Handle::current());
    let other: Arc<dyn Database> = Arc::new(other);
    let files = steps(&[ONE, TWO]);
    let name = plugin();
    let here = migrate(&desk.database, &name, &files);
    let there = migrate(other.as_ref(), &name, &files);
    let (here, there) = tokio::join!(here, there);
    let both = here.unwrap().len() + there.unwrap().len();
    assert_eq!(both, 2, "each file was applied by one of them");
    let db = desk.db("own");
    let rows = db
        .query(&call(), "SELECT text FROM p_stats__a", Vec::new())
        .await;
    assert_eq!(rows.unwrap().rows.len(), 1);
}
