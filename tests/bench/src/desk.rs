//! A database with one ticket, and three ways to it: a guest, the room alone, sqlx.

use std::sync::Arc;
use std::time::{Duration, Instant};

use goatkit_capability::audit::{AuditLog, Auditor};
use goatkit_capability::db::{Db, DbGrant, Granted, Rows, SqliteDatabase, SqliteOptions, lay_out};
use goatkit_capability::{CallFacts, Entry, EntryKind, Scope, SessionFacts, Within};
use goatkit_host::{Host, HostBuilder, Output, PluginName, Session};
use goatkit_test_support::Package;
use serde_json::{Value, json};
use sqlx::SqlitePool;
use tempfile::TempDir;
use tokio::runtime::Handle;

use crate::Result;

const TABLES: &str = "
    CREATE TABLE ticket (id INTEGER PRIMARY KEY, title TEXT, user_id INTEGER);
    CREATE TABLE users (id INTEGER PRIMARY KEY, login TEXT, pw TEXT);
    INSERT INTO users VALUES (1, 'jane', 'hash');
    INSERT INTO ticket VALUES (7, 'A ticket', 1);
";

/// Finds one row.
pub const QUERY: &str = "SELECT t.id, t.title, u.login FROM ticket AS t JOIN users AS u \
                         ON u.id = t.user_id WHERE t.id = 7";

/// Longer than any benchmark.
const LONG: Duration = Duration::from_secs(3600);

/// A host with a guest that asks the database, and what stands beside it.
pub struct Desk {
    host: Host,
    plugin: PluginName,
    room: Db,
    pool: SqlitePool,
    _data: TempDir,
}

impl Desk {
    /// Lays out the database and makes a host.
    pub async fn start() -> Result<Self> {
        let data = tempfile::tempdir()?;
        let path = data.path().join("app.db");
        lay_out(&path, TABLES)?;
        let plugins = data.path().join("plugins");
        std::fs::create_dir(&plugins)?;
        let asks = "capabilities: { db: { read: [ticket, \"users(id, login)\"] } }";
        Package::of_guest("db_denied")
            .line(asks)
            .write_zip(&plugins);
        let options = SqliteOptions::existing(&path);
        let host = HostBuilder::new(data.path())
            .database(options.clone())
            .grant_everything()
            .build()
            .await?;
        let plugin = PluginName::parse("db-denied")?;
        let grant = DbGrant::parse(&plugin, &grant()).map_err(|problems| problems.join("; "))?;
        let room = Db::new(
            Auditor::new(plugin.clone(), AuditLog::none()),
            Granted::new(grant),
            Arc::new(SqliteDatabase::new(options, Handle::current())),
        );
        let pool = SqlitePool::connect(&format!("sqlite:{}?mode=ro", path.display())).await?;
        Ok(Self {
            host,
            plugin,
            room,
            pool,
            _data: data,
        })
    }

    /// What the guest may read.
    pub fn grant(&self) -> Value {
        grant()
    }

    /// A call of nobody's.
    pub fn scope(&self) -> Scope {
        let session = Arc::new(facts());
        Scope::Call(CallFacts {
            deadline: session.deadline,
            caller: None,
            within: Within::default(),
            session,
        })
    }

    /// A session of nobody's.
    pub fn session(&self) -> Session {
        self.host.manager().session(facts())
    }

    /// The query by a guest.
    pub async fn through_a_guest(&self, session: &Session) -> Result<Output> {
        let args = json!([QUERY]).to_string();
        let manager = self.host.manager();
        Ok(manager
            .call_function(session, &self.plugin, "read", args)
            .await?)
    }

    /// The query without a guest.
    pub async fn through_the_room(&self) -> Result<Rows> {
        let rows = self.room.query(&self.scope(), QUERY, Vec::new()).await;
        Ok(rows?)
    }

    /// The query without GoatKit.
    pub async fn through_sqlx(&self) -> Result<(i64, String, String)> {
        Ok(sqlx::query_as(QUERY).fetch_one(&self.pool).await?)
    }
}

fn grant() -> Value {
    json!({ "read": ["ticket", "users(id, login)"] })
}

fn facts() -> SessionFacts {
    SessionFacts {
        actor: None,
        tenant: None,
        locale: "en".to_owned(),
        request_id: "bench".to_owned(),
        deadline: Instant::now() + LONG,
        entry: Entry {
            kind: EntryKind::Page,
            name: "/".to_owned(),
        },
    }
}
