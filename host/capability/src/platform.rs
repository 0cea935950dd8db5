//! The platform's own database, `DATA/platform.db`: what administrators decided and set. It
//! is apart from the application's, and no plugin's statement ever reaches it.
//!
//! Its tables are laid out here; what is in them, the modules that use them know. Calls
//! block: they belong on a thread that may.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

/// How long one process waits for another that writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// The layout, step by step. A step that was released never changes; a new one is added.
const LAYOUT: &[&str] = &[
    DECISIONS,
    crate::mail::LAYOUT,
    crate::schedule::LAYOUT,
    LAYOUTS,
    crate::choices::LAYOUT,
];

/// How far the floors above have laid out tables of their own, see [`PlatformDb::lay_out`].
const LAYOUTS: &str = "
    CREATE TABLE layouts (
        name TEXT PRIMARY KEY,
        version INTEGER NOT NULL
    ) STRICT;
";

/// What administrators decided and set.
const DECISIONS: &str = "
    CREATE TABLE decisions (
        plugin TEXT NOT NULL,
        binding TEXT NOT NULL,
        item TEXT NOT NULL,
        rule TEXT NOT NULL,
        granted INTEGER NOT NULL,
        decided_at INTEGER NOT NULL,
        PRIMARY KEY (plugin, binding, item, rule)
    ) STRICT;
    CREATE TABLE uses (
        plugin TEXT NOT NULL,
        item TEXT NOT NULL,
        rule TEXT NOT NULL,
        count INTEGER NOT NULL,
        last_used_at INTEGER NOT NULL,
        PRIMARY KEY (plugin, item, rule)
    ) STRICT;
    CREATE TABLE settings (
        plugin TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (plugin, key)
    ) STRICT;
";

const LAYOUT_VERSION: u32 = LAYOUT.len() as u32;

/// Why the platform's database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    /// The engine could not.
    #[error("the platform's database {path}: {source}")]
    Engine {
        /// The file.
        path: PathBuf,
        /// What the engine said.
        source: rusqlite::Error,
    },
    /// A newer host has laid it out.
    #[error(
        "the platform's database {path} was laid out by a newer host: use that one, or another data folder"
    )]
    Newer {
        /// The file.
        path: PathBuf,
    },
}

/// The open database. Clones share one connection.
#[derive(Clone)]
pub struct PlatformDb {
    path: PathBuf,
    connection: Arc<Mutex<Connection>>,
}

impl PlatformDb {
    /// Opens `DATA/platform.db`, and makes it if there is none.
    ///
    /// # Errors
    /// [`PlatformError`] when it cannot be opened, or was laid out by a newer host.
    pub fn open(data: &Path) -> Result<Self, PlatformError> {
        let path = data.join("platform.db");
        Self::of(Connection::open(&path), path)
    }

    /// One that is gone when it is dropped.
    ///
    /// # Errors
    /// [`PlatformError`] when there is no memory for it.
    pub fn in_memory() -> Result<Self, PlatformError> {
        Self::of(Connection::open_in_memory(), PathBuf::from(":memory:"))
    }

    fn of(opened: rusqlite::Result<Connection>, path: PathBuf) -> Result<Self, PlatformError> {
        let fail = |source| PlatformError::Engine {
            path: path.clone(),
            source,
        };
        let mut connection = opened.map_err(fail)?;
        match lay_out(&mut connection) {
            Ok(true) => Ok(Self {
                path,
                connection: Arc::new(Mutex::new(connection)),
            }),
            Ok(false) => Err(PlatformError::Newer { path }),
            Err(source) => Err(fail(source)),
        }
    }

    /// Lays out the tables of a floor above, which brings its own steps and is known by `name`.
    /// Those that were done before are not done again. As here, a step that was released never
    /// changes.
    ///
    /// # Errors
    /// [`PlatformError`] with what the engine said, or when a newer host laid them out.
    pub fn lay_out(&self, name: &str, steps: &[&str]) -> Result<(), PlatformError> {
        let known = self.with(|db| {
            let select = "SELECT version FROM layouts WHERE name = ?";
            let done: Option<u32> = db.query_row(select, [name], |row| row.get(0)).optional()?;
            let Some(missing) = steps.get(done.unwrap_or_default() as usize..) else {
                return Ok(false);
            };
            for step in missing {
                db.execute_batch(step)?;
            }
            let insert = "INSERT OR REPLACE INTO layouts VALUES (?, ?)";
            db.execute(insert, params![name, steps.len() as u32])?;
            Ok(true)
        })?;
        match known {
            true => Ok(()),
            false => Err(PlatformError::Newer {
                path: self.path.clone(),
            }),
        }
    }

    /// Does `work` in one transaction: whole, or not at all.
    ///
    /// # Errors
    /// [`PlatformError`] with what the engine said.
    pub fn with<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, PlatformError> {
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let all = || {
            // A writer from the start: one that becomes it later may find others' changes.
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let answer = work(&transaction)?;
            transaction.commit()?;
            Ok(answer)
        };
        all().map_err(|source| PlatformError::Engine {
            path: self.path.clone(),
            source,
        })
    }
}

/// Brings the layout up to date. False if it is ahead of this host.
fn lay_out(connection: &mut Connection) -> rusqlite::Result<bool> {
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let Some(missing) = LAYOUT.get(done as usize..) else {
        return Ok(false);
    };
    for step in missing {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", LAYOUT_VERSION)?;
    transaction.commit()?;
    Ok(true)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn it_is_laid_out_once_and_opened_again() {
        let data = tempfile::tempdir().unwrap();
        let add = "INSERT INTO settings VALUES ('a', 'k', '1')";
        let count = "SELECT count(*) FROM settings";
        let first = PlatformDb::open(data.path()).unwrap();
        first.with(|db| db.execute(add, [])).unwrap();
        let second = PlatformDb::open(data.path()).unwrap();
        let rows: i64 = second
            .with(|db| db.query_row(count, [], |row| row.get(0)))
            .unwrap();
        assert_eq!(rows, 1);
    }

    #[test]
    fn one_of_a_newer_host_is_refused() {
        let data = tempfile::tempdir().unwrap();
        let db = PlatformDb::open(data.path()).unwrap();
        let newer = LAYOUT_VERSION + 1;
        db.connection
            .lock()
            .unwrap()
            .pragma_update(None, "user_version", newer)
            .unwrap();
        let error = PlatformDb::open(data.path()).err().unwrap();
        assert!(error.to_string().contains("newer host"), "{error}");
    }

    #[test]
    fn a_floor_above_lays_out_its_own_tables() {
        let db = PlatformDb::in_memory().unwrap();
        let (one, two) = ("CREATE TABLE one (a)", "CREATE TABLE two (a)");
        db.lay_out("above", &[one]).unwrap();
        // What was done is not done again, and another floor counts for itself.
        db.lay_out("above", &[one, two]).unwrap();
        db.lay_out("above", &[one, two]).unwrap();
        db.lay_out("beside", &["CREATE TABLE three (a)"]).unwrap();
        let insert = "INSERT INTO two VALUES (1)";
        db.with(|db| db.execute(insert, [])).unwrap();
        let older = db.lay_out("above", &[one]).unwrap_err();
        assert!(older.to_string().contains("newer host"), "{older}");
        // A step that fails leaves nothing, and is done again.
        db.lay_out("other", &["CREATE TABLE four (a); CREATE TABLE one (a)"])
            .unwrap_err();
        db.lay_out("other", &["CREATE TABLE four (a)"]).unwrap();
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = PlatformDb::open(Path::new("/nowhere/at/all"))
            .err()
            .unwrap();
        let text = error.to_string();
        assert!(text.contains("/nowhere/at/all/platform.db"), "{text}");
    }

    #[test]
    fn what_fails_half_way_leaves_nothing() {
        let db = PlatformDb::in_memory().unwrap();
        let failed = db.with(|db| {
            db.execute("INSERT INTO settings VALUES ('a', 'k', '1')", [])?;
            db.execute("INSERT INTO nowhere VALUES (1)", [])
        });
        assert!(failed.is_err());
        let rows: i64 = db
            .with(|db| db.query_row("SELECT count(*) FROM settings", [], |row| row.get(0)))
            .unwrap();
        assert_eq!(rows, 0);
    }
}
