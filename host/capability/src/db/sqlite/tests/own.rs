//! A plugin's own tables, counted and dropped as a whole.

use std::time::{Duration, Instant};

use goatkit_package::PluginName;
use rusqlite::Connection;
use tokio::runtime::Handle;

use crate::db::{Database, OwnTable, SqliteDatabase, SqliteOptions};

/// No machine takes as long.
const PATIENCE: Duration = Duration::from_secs(60);

const SCHEMA: &str = "
    CREATE TABLE ticket (id INTEGER PRIMARY KEY);
    CREATE TABLE p_stats__a (id INTEGER PRIMARY KEY, b INTEGER REFERENCES p_stats__b(id));
    CREATE TABLE p_stats__b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES p_stats__a(id));
    CREATE TABLE P_STATS__Loud (id INTEGER PRIMARY KEY);
    CREATE INDEX p_stats__a_b ON p_stats__a (b);
    CREATE TABLE p_stats__gk_migrations (name TEXT PRIMARY KEY, digest TEXT NOT NULL);
    CREATE TABLE p_stats_more__a (id INTEGER PRIMARY KEY);
    CREATE TABLE p_other__a (id INTEGER PRIMARY KEY);
    INSERT INTO p_stats__a VALUES (1, NULL), (2, NULL);
    INSERT INTO p_stats__b VALUES (1, 1);
    UPDATE p_stats__a SET b = 1;
    INSERT INTO p_stats_more__a VALUES (1);
    INSERT INTO p_other__a VALUES (1);
";

fn tables(engine: &Connection) -> Vec<String> {
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut statement = engine.prepare(names).unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.map(Result::unwrap).collect()
}

#[tokio::test]
async fn they_are_counted_and_dropped_and_no_others_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let engine = Connection::open(&path).unwrap();
    engine.execute_batch(SCHEMA).unwrap();
    let database = SqliteDatabase::new(SqliteOptions::existing(&path), Handle::current());
    let name = PluginName::parse("stats").unwrap();
    let own = async || {
        let own = database.own_tables(&name, Instant::now() + PATIENCE);
        own.await.unwrap()
    };
    let table = |name: &str, rows| OwnTable {
        name: name.to_owned(),
        rows,
    };
    assert_eq!(
        own().await,
        [
            table("P_STATS__Loud", 0),
            table("p_stats__a", 2),
            table("p_stats__b", 1),
            table("p_stats__gk_migrations", 0),
        ]
    );
    let dropped = database.drop_own_tables(&name, Instant::now() + PATIENCE);
    dropped.await.unwrap();
    assert!(own().await.is_empty());
    assert_eq!(tables(&engine), ["p_other__a", "p_stats_more__a", "ticket"]);
    // The connections are as good as before.
    assert_eq!(database.idle_connections(), (1, 1));
    assert_eq!(database.free_places().1, 1);
}

#[tokio::test]
async fn what_cannot_be_done_in_time_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let engine = Connection::open(&path).unwrap();
    engine.execute_batch(SCHEMA).unwrap();
    let before = tables(&engine);
    let database = SqliteDatabase::new(SqliteOptions::existing(&path), Handle::current());
    let name = PluginName::parse("stats").unwrap();
    let late = database.drop_own_tables(&name, Instant::now());
    assert!(late.await.is_err());
    assert_eq!(tables(&engine), before);
    assert_eq!(database.free_places().1, 1);
}
