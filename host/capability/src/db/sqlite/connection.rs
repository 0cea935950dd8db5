//! How a connection is opened. Its settings are fixed here; no statement of a plugin can
//! change one.

use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::config::DbConfig;
use rusqlite::hooks::Action;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use super::error;
use super::wall::Wall;
use crate::Fault;
use crate::db::limits::{MAX_BYTES, MAX_PARAMETERS, MAX_STATEMENT_BYTES};

/// The stamp of a connection on which nothing of a plugin was prepared.
pub(super) const NO_STAMP: u64 = u64::MAX;

/// Prepared statements that a connection keeps.
const KEPT_STATEMENTS: usize = 64;

/// Steps of the engine between two looks at the clock: some 10 µs.
const STEPS_BETWEEN_LOOKS: i32 = 1_000;

/// Bytes of a pattern of LIKE or GLOB: the time of a match grows with its wildcards.
const MAX_PATTERN_BYTES: i32 = 1_000;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// All that opening a connection needs.
#[derive(Debug, Clone)]
pub(super) struct Opening {
    pub(super) path: PathBuf,
    pub(super) create: bool,
    pub(super) access: Access,
    pub(super) max_file_bytes: Option<i64>,
    pub(super) max_engine_bytes: i64,
}

/// An open connection with its wall.
pub(super) struct Guarded {
    pub(super) engine: Connection,
    pub(super) wall: Arc<Wall>,
    /// The grant under which its kept statements were prepared.
    pub(super) stamp: u64,
}

impl Opening {
    pub(super) fn open(&self) -> Result<Guarded, Fault> {
        if !self.create && !self.path.exists() {
            return Err(error::missing());
        }
        let engine = Connection::open_with_flags(&self.path, self.flags());
        let engine = engine.map_err(|error| error::fault(&error))?;
        let wall = Arc::new(Wall::default());
        self.set_up(&engine, &wall)
            .map_err(|error| error::fault(&error))?;
        Ok(Guarded {
            engine,
            wall,
            stamp: NO_STAMP,
        })
    }

    fn flags(&self) -> OpenFlags {
        let access = match self.access {
            Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
            Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        };
        let create = if self.create && self.access == Access::Write {
            OpenFlags::SQLITE_OPEN_CREATE
        } else {
            OpenFlags::empty()
        };
        // No URI: a path is a path. No mutex: a task owns its connection.
        access | create | OpenFlags::SQLITE_OPEN_NO_MUTEX
    }

    fn set_up(&self, engine: &Connection, wall: &Arc<Wall>) -> rusqlite::Result<()> {
        for (setting, on) in [
            (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
            (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
            (DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true),
            // a misspelt name in double quotes is an error and no text
            (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
            (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        ] {
            engine.set_db_config(setting, on)?;
        }
        for (limit, most) in [
            (Limit::SQLITE_LIMIT_LENGTH, MAX_BYTES as i32),
            (
                Limit::SQLITE_LIMIT_SQL_LENGTH,
                4 * MAX_STATEMENT_BYTES as i32,
            ),
            (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, MAX_PARAMETERS as i32),
            (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, MAX_PATTERN_BYTES),
            (Limit::SQLITE_LIMIT_ATTACHED, 0),
            (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
            (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 32),
        ] {
            engine.set_limit(limit, most)?;
        }
        engine.pragma_update(None, "hard_heap_limit", self.max_engine_bytes)?;
        engine.pragma_update(None, "mmap_size", 0)?;
        if self.access == Access::Read {
            engine.pragma_update(None, "query_only", true)?;
        }
        if self.access == Access::Write && self.create {
            engine.pragma_update(None, "journal_mode", "wal")?;
        }
        if let Some(bytes) = self.max_file_bytes {
            let page: i64 = engine.pragma_query_value(None, "page_size", |row| row.get(0))?;
            engine.pragma_update(None, "max_page_count", bytes / page)?;
        }
        // A file that is no database says so here and not in the middle of a statement.
        engine.pragma_query_value(None, "schema_version", |row| row.get::<_, i64>(0))?;
        engine.set_prepared_statement_cache_capacity(KEPT_STATEMENTS);
        guard(engine, wall)
    }
}

/// From here on everything that is prepared is held against the wall.
fn guard(engine: &Connection, wall: &Arc<Wall>) -> rusqlite::Result<()> {
    let asked = Arc::clone(wall);
    engine.authorizer(Some(move |asks: rusqlite::hooks::AuthContext<'_>| {
        asked.authorize(&asks)
    }))?;
    let looked = Arc::clone(wall);
    engine.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || looked.stops()))?;
    let told = Arc::clone(wall);
    engine.update_hook(Some(move |action, _: &str, table: &str, row| {
        if action == Action::SQLITE_INSERT {
            told.saw_insert(table, row);
        }
    }))
}
