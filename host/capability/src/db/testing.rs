//! A small help desk in a file of its own, and grants on it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use goatkit_package::PluginName;
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::runtime::Handle;

use super::{Db, DbGrant, Granted, SqliteDatabase, SqliteOptions, Value};
use crate::Scope;
use crate::audit::{AuditLog, Auditor};

/// What stands where no grant of these tests reaches.
pub(super) const SECRET: &str = "s3cret";

const SCHEMA: &str = "
    CREATE TABLE queue (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, comments TEXT);
    CREATE TABLE ticket_state (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE users (id INTEGER PRIMARY KEY, login TEXT UNIQUE NOT NULL, pw TEXT NOT NULL,
        active BOOLEAN NOT NULL DEFAULT 1);
    CREATE TABLE ticket (id INTEGER PRIMARY KEY, tn TEXT, title TEXT,
        queue_id INTEGER REFERENCES queue(id), user_id INTEGER REFERENCES users(id),
        ticket_state_id INTEGER REFERENCES ticket_state(id), create_time DATETIME);
    CREATE TABLE article (id INTEGER PRIMARY KEY,
        ticket_id INTEGER REFERENCES ticket(id) ON DELETE CASCADE, a_body TEXT);
    CREATE TABLE ticket_history (id INTEGER PRIMARY KEY, name TEXT, ticket_id INTEGER);
    CREATE TABLE p_other__note (id INTEGER PRIMARY KEY, text TEXT);
    CREATE TABLE p_stats__note (id INTEGER PRIMARY KEY, ticket_id INTEGER, text TEXT);
    CREATE TABLE p_stats__gk_migrations (name TEXT PRIMARY KEY, digest TEXT NOT NULL);
    CREATE INDEX ticket_queue ON ticket (queue_id);
    CREATE INDEX p_stats__note_ticket ON p_stats__note (ticket_id);
    CREATE VIEW v_users AS SELECT id, pw AS secret FROM users;
    CREATE TRIGGER ticket_changed AFTER UPDATE OF title ON ticket BEGIN
        INSERT INTO ticket_history (name, ticket_id) VALUES (old.title, old.id); END;
    INSERT INTO queue (id, name) VALUES (1, 'Raw'), (2, 'Postmaster');
    INSERT INTO ticket_state VALUES (1, 'new'), (2, 'closed successful');
    INSERT INTO users (id, login, pw) VALUES (1, 'agent1', 's3cret'), (2, 'agent2', 's3cret');
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
        INSERT INTO ticket SELECT i, 'T' || i, 'A ticket', 1 + i % 2, 1 + i % 2, 1 + i % 2,
        '2026-0' || (1 + i % 9) || '-01 00:00:00' FROM n;
    INSERT INTO article (ticket_id, a_body) VALUES (1, 's3cret'), (2, 's3cret');
    INSERT INTO p_other__note (text) VALUES ('s3cret');
    INSERT INTO p_stats__note (id, ticket_id, text) VALUES (1, 1, 'one'), (2, NULL, 'two');
";

/// A help desk and the folder that it is in.
pub(super) struct Desk {
    pub(super) folder: TempDir,
    pub(super) database: SqliteDatabase,
}

impl Desk {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.db");
        let engine = rusqlite::Connection::open(&path).unwrap();
        engine.pragma_update(None, "journal_mode", "wal").unwrap();
        engine.execute_batch(SCHEMA).unwrap();
        let database = SqliteDatabase::new(SqliteOptions::existing(&path), Handle::current());
        Self { folder, database }
    }

    pub(super) fn db(&self, grant: &str) -> Db {
        self.granted(&Granted::new(grant_of(grant)))
    }

    pub(super) fn granted(&self, granted: &Granted) -> Db {
        Db::new(
            Auditor::new(plugin(), AuditLog::none()),
            granted.clone(),
            Arc::new(self.database.clone()),
        )
    }

    /// Another process on the same file.
    pub(super) fn stranger(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join("desk.db")).unwrap()
    }
}

pub(super) fn plugin() -> PluginName {
    PluginName::parse("stats").unwrap()
}

/// The grants of `attacks.txt`.
pub(super) fn grant_of(name: &str) -> DbGrant {
    let read = json!(["ticket", "queue", "ticket_state", "users(id, login)"]);
    let text = match name {
        "stats" => json!({ "own": true, "read": read }),
        "desk" => json!({ "own": true, "read": read, "write": ["ticket", "queue"] }),
        "blind" => json!({ "write": ["queue"] }),
        "view" => json!({ "read": ["v_users"] }),
        "own" => json!({ "own": true }),
        "none" => json!({}),
        other => panic!("no grant is called {other}"),
    };
    DbGrant::parse(&plugin(), &text).unwrap()
}

pub(super) fn scope(time: Duration) -> Scope {
    Scope::of_nobody(Instant::now() + time)
}

/// A call with all the time it needs.
pub(super) fn call() -> Scope {
    scope(Duration::from_secs(20))
}

pub(super) fn values(json: &str) -> Vec<Value> {
    let value = |it: &Json| match it {
        Json::Null => Value::Null,
        Json::Bool(it) => Value::Boolean(*it),
        Json::Number(it) => match it.as_i64() {
            Some(it) => Value::Integer(it),
            None => Value::Real(it.as_f64().unwrap()),
        },
        Json::String(it) => Value::Text(it.clone()),
        other => panic!("no parameter: {other}"),
    };
    let list: Vec<Json> = serde_json::from_str(json).unwrap();
    list.iter().map(value).collect()
}
