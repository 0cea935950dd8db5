//! A plugin's own tables as a whole: counted for an administrator, and dropped when its data
//! goes. What is run here is the host's, not a plugin's.

use std::sync::Arc;

use rusqlite::Connection;

use super::error;
use super::pool::Lease;
use super::run::control;
use super::wall::Stop;
use crate::Fault;
use crate::db::OwnTable;

/// The tables whose names begin so, in any case: SQLite does not tell one from the other.
const NAMES: &str = "SELECT name FROM sqlite_schema
    WHERE type = 'table' AND lower(substr(name, 1, length(?1))) = lower(?1) ORDER BY name";

/// The tables that begin with `prefix`, each with its rows.
pub(super) fn count(lease: &Lease, prefix: &str, stop: &Arc<Stop>) -> Result<Vec<OwnTable>, Fault> {
    as_host(lease, stop, |engine| {
        let names = names(engine, prefix)?.into_iter();
        let tables = names.map(|name| {
            let count = format!("SELECT count(*) FROM {}", quoted(&name));
            let rows: i64 = engine.query_row(&count, [], |row| row.get(0))?;
            Ok(OwnTable {
                name,
                rows: u64::try_from(rows).unwrap_or_default(),
            })
        });
        tables.collect()
    })
}

/// Drops them, all or none.
pub(super) fn drop_all(lease: &Lease, prefix: &str, stop: &Arc<Stop>) -> Result<(), Fault> {
    control(lease, "BEGIN IMMEDIATE", stop)?;
    as_host(lease, stop, |engine| {
        // Those that refer to each other go in any order.
        engine.pragma_update(None, "defer_foreign_keys", true)?;
        for name in names(engine, prefix)? {
            engine.execute_batch(&format!("DROP TABLE {}", quoted(&name)))?;
        }
        Ok(())
    })?;
    control(lease, "COMMIT", stop)
}

/// Runs what is not a plugin's.
fn as_host<T>(
    lease: &Lease,
    stop: &Arc<Stop>,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> Result<T, Fault> {
    if stop.was_reached() {
        return Err(Fault::TimedOut);
    }
    let guarded = lease.guarded()?;
    guarded.wall.open_for_host(Some(Arc::clone(stop)));
    let done = work(&guarded.engine);
    guarded.wall.close();
    done.map_err(|failed| match stop.was_reached() {
        true => Fault::TimedOut,
        false => error::fault(&failed),
    })
}

fn names(engine: &Connection, prefix: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = engine.prepare(NAMES)?;
    let names = statement.query_map([prefix], |row| row.get(0))?;
    names.collect()
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
