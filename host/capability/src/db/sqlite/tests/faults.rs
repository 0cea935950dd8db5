//! A database that is missing, damaged, locked, full or no one's to write.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::Fault;
use crate::audit::{AuditLog, Auditor};
use crate::db::testing::{Desk, call, grant_of, plugin, scope};
use crate::db::{Db, Granted, SqliteDatabase, SqliteOptions, Value};

fn code<T: std::fmt::Debug>(result: Result<T, Fault>) -> String {
    match result.unwrap_err() {
        Fault::Failed(failure) => failure.code,
        other => panic!("{other}"),
    }
}

fn db(options: SqliteOptions) -> Db {
    let database = SqliteDatabase::new(options, Handle::current());
    Db::new(
        Auditor::new(plugin(), AuditLog::none()),
        Granted::new(grant_of("desk")),
        Arc::new(database),
    )
}

#[tokio::test]
async fn a_missing_file_is_missed_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.db");
    let missing = db(SqliteOptions::existing(&path));
    assert_eq!(
        code(missing.query(&call(), "SELECT 1", Vec::new()).await),
        "missing"
    );
    let create = "CREATE TABLE p_stats__x (id INTEGER)";
    assert_eq!(
        code(missing.execute(&call(), create, Vec::new()).await),
        "missing"
    );
    assert!(!path.exists());
    let made = db(SqliteOptions::create(&path));
    made.execute(&call(), create, Vec::new()).await.unwrap();
    missing
        .query(&call(), "SELECT 1", Vec::new())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_damaged_file_is_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    std::fs::write(
        &path,
        "this is no database, however long one reads it".repeat(100),
    )
    .unwrap();
    let damaged = db(SqliteOptions::existing(&path));
    assert_eq!(
        code(damaged.query(&call(), "SELECT 1", Vec::new()).await),
        "corrupt"
    );
}

#[tokio::test]
async fn a_lock_of_another_process_is_waited_for_within_the_deadline() {
    let desk = Desk::new();
    let insert = "INSERT INTO p_stats__note DEFAULT VALUES";
    let stranger = desk.stranger();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    let db = desk.db("own");
    let soon = scope(Duration::from_millis(100));
    let locked = db.execute(&soon, insert, Vec::new()).await;
    assert!(matches!(locked, Err(Fault::TimedOut)), "{locked:?}");
    assert_eq!(
        code(db.execute(&call(), insert, Vec::new()).await),
        "locked"
    );
    assert_eq!(code(db.begin(&call()).await.map(|_| ())), "locked");
    let rows = db
        .query(&call(), "SELECT count(*) FROM p_stats__note", Vec::new())
        .await;
    assert_eq!(
        rows.unwrap().rows[0][0],
        Value::Integer(2),
        "readers do not wait"
    );
    stranger.execute_batch("COMMIT").unwrap();
    db.execute(&call(), insert, Vec::new()).await.unwrap();
}

#[tokio::test]
async fn a_full_database_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions::create(folder.path().join("small.db")).max_file_bytes(64 * 1024);
    let db = db(options);
    let create = "CREATE TABLE p_stats__x (it BLOB)";
    db.execute(&call(), create, Vec::new()).await.unwrap();
    let insert = "INSERT INTO p_stats__x VALUES (?)";
    let much = vec![Value::Blob(vec![1; 100 * 1024])];
    assert_eq!(code(db.execute(&call(), insert, much).await), "full");
    let little = vec![Value::Blob(vec![1; 1024])];
    db.execute(&call(), insert, little).await.unwrap();
}
