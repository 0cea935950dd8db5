//! Holds the rows of registered jobs against what the plugins that serve registered. Calls
//! block.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use goatkit_package::PluginName;
use rusqlite::{Connection, params};

use super::backend::{Jobs, Origin, remove};
use super::id::registered_id;
use super::timetable::Timetable;
use crate::{PlatformError, timestamp};

/// A job as a plugin registered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredJob {
    /// Unique within the plugin.
    pub name: String,
    /// Five fields, or empty for one that is never due by itself.
    pub cron: String,
    /// An IANA name.
    pub time_zone: String,
    /// A JSON text.
    pub args: String,
    /// How often a run that fails is tried again.
    pub retries: u32,
}

/// The plugins of a host, each with the jobs that it registered, as far as that is known.
pub type Serving = BTreeMap<PluginName, Option<Vec<RegisteredJob>>>;

/// A row of the table, as far as it is compared.
struct Kept {
    plugin: String,
    id: String,
    origin: String,
    job: RegisteredJob,
    rests: bool,
    runs: bool,
    forgotten: bool,
}

impl Jobs {
    /// Makes rows for the registered jobs of plugins that serve, takes away those that are no
    /// longer registered, and lets the jobs of a plugin rest that is gone: what is missed until
    /// it comes back is not caught up.
    ///
    /// # Errors
    /// [`PlatformError`]; nothing has changed then.
    pub fn register(&self, serving: &Serving, now: SystemTime) -> Result<(), PlatformError> {
        self.with(|db| register(db, serving, now))
    }
}

fn register(db: &Connection, serving: &Serving, now: SystemTime) -> rusqlite::Result<()> {
    let kept = kept(db)?;
    let mut there = BTreeSet::new();
    for row in &kept {
        let name = row.plugin.parse::<PluginName>().ok();
        let serves = name.and_then(|name| serving.get_key_value(&name));
        let Some((plugin, registered)) = serves else {
            gone(db, row)?;
            continue;
        };
        let known = |name: &str| registered.as_ref()?.iter().find(|job| job.name == name);
        if row.origin == Origin::Scheduled.as_str() {
            awake(db, row, now)?;
        } else if registered.is_some() {
            match known(&row.job.name) {
                Some(job) => {
                    there.insert((plugin, job.name.as_str()));
                    renew(db, row, job, now)?;
                }
                None if row.forgotten => {}
                None => remove(db, &row.plugin, &row.id, row.runs)?,
            }
        } else {
            awake(db, row, now)?;
        }
    }
    for (plugin, registered) in serving {
        for job in registered.iter().flatten() {
            if !there.contains(&(plugin, job.name.as_str())) {
                insert(db, plugin, job, now)?;
            }
        }
    }
    Ok(())
}

fn kept(db: &Connection) -> rusqlite::Result<Vec<Kept>> {
    let mut statement = db.prepare_cached(
        "SELECT plugin, id, origin, callback, cron, time_zone, args, retries,
            due IS NULL AND cron <> '' AND forgotten = 0, holder IS NOT NULL, forgotten
         FROM jobs",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Kept {
            plugin: row.get(0)?,
            id: row.get(1)?,
            origin: row.get(2)?,
            job: RegisteredJob {
                name: row.get(3)?,
                cron: row.get(4)?,
                time_zone: row.get(5)?,
                args: row.get(6)?,
                retries: row.get(7)?,
            },
            rests: row.get(8)?,
            runs: row.get(9)?,
            forgotten: row.get(10)?,
        })
    })?;
    rows.collect()
}

/// A plugin that is gone has no job that is due.
fn gone(db: &Connection, row: &Kept) -> rusqlite::Result<()> {
    if row.origin == Origin::Registered.as_str() {
        return match row.forgotten {
            true => Ok(()),
            false => remove(db, &row.plugin, &row.id, row.runs),
        };
    }
    // The end of a lease stays: somebody runs it.
    let text = match row.runs {
        true => "UPDATE jobs SET due = NULL WHERE plugin = ? AND id = ?",
        false => {
            "UPDATE jobs SET due = NULL, start_at = NULL, run_due = NULL
             WHERE plugin = ? AND id = ?"
        }
    };
    if !row.rests {
        db.prepare_cached(text)?.execute([&row.plugin, &row.id])?;
    }
    Ok(())
}

/// A job that rested while its plugin was gone is due from now on.
fn awake(db: &Connection, row: &Kept, now: SystemTime) -> rusqlite::Result<()> {
    if !row.rests {
        return Ok(());
    }
    let (due, _) = timetable(&row.job, now);
    set_due(db, row, due)
}

fn set_due(db: &Connection, row: &Kept, due: Option<i64>) -> rusqlite::Result<()> {
    let text = match row.runs {
        true => "UPDATE jobs SET due = ?1 WHERE plugin = ?2 AND id = ?3",
        false => {
            "UPDATE jobs SET due = ?1, start_at = ?1, run_due = NULL
             WHERE plugin = ?2 AND id = ?3"
        }
    };
    let mut statement = db.prepare_cached(text)?;
    statement.execute(params![due, row.plugin, row.id])?;
    Ok(())
}

/// Brings a row to what its job is now. What did not change keeps its next due.
fn renew(
    db: &Connection,
    row: &Kept,
    job: &RegisteredJob,
    now: SystemTime,
) -> rusqlite::Result<()> {
    if row.job == *job && !row.rests && !row.forgotten {
        return Ok(());
    }
    let (due, gap) = timetable(job, now);
    db.prepare_cached(
        "UPDATE jobs SET cron = ?, time_zone = ?, args = ?, retries = ?, gap = ?, forgotten = 0
         WHERE plugin = ? AND id = ?",
    )?
    .execute(params![
        job.cron,
        job.time_zone,
        job.args,
        job.retries,
        gap,
        row.plugin,
        row.id
    ])?;
    let same = row.job.cron == job.cron && row.job.time_zone == job.time_zone;
    match same && !row.rests && !row.forgotten {
        true => Ok(()),
        false => set_due(db, row, due),
    }
}

fn insert(
    db: &Connection,
    plugin: &PluginName,
    job: &RegisteredJob,
    now: SystemTime,
) -> rusqlite::Result<()> {
    let (due, gap) = timetable(job, now);
    // A name that is registered twice was refused before.
    db.prepare_cached(
        "INSERT OR IGNORE INTO jobs (plugin, id, origin, callback, cron, time_zone, args, retries,
            gap, due, start_at)
         VALUES (?1, ?2, 'registered', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)",
    )?
    .execute(params![
        plugin.as_str(),
        registered_id(plugin, &job.name),
        job.name,
        job.cron,
        job.time_zone,
        job.args,
        job.retries,
        gap,
        due
    ])?;
    Ok(())
}

/// The next due of a job and its gap, both in seconds. What does not parse was refused before,
/// and is never due.
fn timetable(job: &RegisteredJob, now: SystemTime) -> (Option<i64>, i64) {
    if job.cron.is_empty() {
        return (None, 0);
    }
    match Timetable::parse(&job.cron, &job.time_zone) {
        Ok(table) => {
            let gap = i64::try_from(table.smallest_gap().as_secs()).unwrap_or(i64::MAX);
            (table.next_after(now).map(timestamp::seconds), gap)
        }
        Err(error) => {
            tracing::error!(job = job.name, "a job is never due: {error}");
            (None, 0)
        }
    }
}
