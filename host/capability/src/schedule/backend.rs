//! The jobs of all plugins, in the platform's database: what a plugin keeps and takes back, and
//! what an administrator is shown. Calls block.
//!
//! The scheduler's side of the same table is in `runs` and `registered`.

use std::sync::Arc;
use std::time::SystemTime;

use goatkit_package::PluginName;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::{PlatformDb, PlatformError, timestamp};

const COLUMNS: &str = "plugin, id, origin, callback, cron, time_zone, args, retries, due, start_at,
    run_due, attempt, holder, last_run, last_result";

/// The jobs of all plugins. Clones share the database and the bell.
#[derive(Clone)]
pub struct Jobs {
    platform: PlatformDb,
    /// Rung when there may be something else to wait for.
    bell: Arc<Notify>,
}

/// Where a job comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The registration: it comes and goes with the plugin's version.
    Registered,
    /// The plugin scheduled it.
    Scheduled,
}

impl Origin {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Scheduled => "scheduled",
        }
    }
}

/// Where a job stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobStatus {
    /// Whose it is.
    pub plugin: PluginName,
    /// Unique within the plugin.
    pub id: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The name of a job of the registration.
    pub callback: String,
    /// Five fields; empty for one that is only a callback.
    pub cron: String,
    /// An IANA name.
    pub time_zone: String,
    /// A JSON text.
    pub args: String,
    /// How often a run that fails is tried again.
    pub retries: u32,
    /// When it is due next by its timetable.
    #[serde(with = "timestamp::optional")]
    pub due: Option<SystemTime>,
    /// When a run that failed is tried again.
    #[serde(with = "timestamp::optional")]
    pub retry_at: Option<SystemTime>,
    /// Since when it runs, if it does.
    #[serde(with = "timestamp::optional")]
    pub running_since: Option<SystemTime>,
    /// When it was last started.
    #[serde(with = "timestamp::optional")]
    pub last_run: Option<SystemTime>,
    /// What became of that: `ok` or the error.
    pub last_result: Option<String>,
    /// How often its last run was tried.
    pub attempts: u32,
}

/// A job that is to be kept.
pub(super) struct NewJob<'a> {
    pub(super) plugin: &'a PluginName,
    pub(super) id: &'a str,
    pub(super) callback: &'a str,
    pub(super) cron: &'a str,
    pub(super) time_zone: &'a str,
    pub(super) args: &'a str,
    pub(super) retries: u32,
    /// In seconds.
    pub(super) gap: u64,
    pub(super) due: Option<SystemTime>,
}

/// What became of a job that was to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeping {
    /// It is kept now, or was already.
    Kept,
    /// The plugin has as many as it may.
    TooMany,
}

/// What became of a job that was to be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Forgetting {
    Forgotten,
    /// There was none.
    Unknown,
    /// It is the registration's.
    Registered,
}

impl Jobs {
    /// Those in `platform`.
    pub fn new(platform: PlatformDb) -> Self {
        Self {
            platform,
            bell: Arc::new(Notify::new()),
        }
    }

    /// Tells this host's scheduler that something changed: jobs, or the plugins that serve.
    pub fn ring(&self) {
        self.bell.notify_one();
    }

    /// Until somebody rings. One ring before counts.
    pub async fn rung(&self) {
        self.bell.notified().await;
    }

    /// The jobs of one plugin or of all, by plugin, callback and identifier.
    ///
    /// # Errors
    /// [`PlatformError`] when they cannot be read.
    pub fn all(&self, plugin: Option<&PluginName>) -> Result<Vec<JobStatus>, PlatformError> {
        let text = format!(
            "SELECT {COLUMNS} FROM jobs WHERE forgotten = 0 AND plugin = ifnull(?, plugin)
             ORDER BY plugin, callback, id"
        );
        let statuses: Vec<Option<JobStatus>> = self.with(|db| {
            let mut statement = db.prepare_cached(&text)?;
            let rows = statement.query_map([plugin.map(PluginName::as_str)], status)?;
            rows.collect()
        })?;
        Ok(statuses.into_iter().flatten().collect())
    }

    /// Forgets all jobs of a plugin that is gone, also those that run: whoever runs them finds
    /// at their end that they are no longer his.
    ///
    /// # Errors
    /// [`PlatformError`] when they cannot be forgotten.
    pub fn purge(&self, plugin: &PluginName) -> Result<(), PlatformError> {
        self.with(|db| db.execute("DELETE FROM jobs WHERE plugin = ?", [plugin.as_str()]))?;
        self.ring();
        Ok(())
    }

    /// Notes what became of a run beside the timetable, unless one of the timetable goes on.
    ///
    /// # Errors
    /// [`PlatformError`] when it cannot be written.
    pub fn note(
        &self,
        plugin: &PluginName,
        id: &str,
        began: SystemTime,
        result: &str,
    ) -> Result<(), PlatformError> {
        self.with(|db| {
            db.execute(
                "UPDATE jobs SET last_run = ?, last_result = ?, attempt = 1
                 WHERE plugin = ? AND id = ? AND run_due IS NULL",
                params![timestamp::seconds(began), result, plugin.as_str(), id],
            )
        })?;
        Ok(())
    }

    /// Keeps a job unless the plugin has `most` already.
    pub(super) fn keep(&self, job: &NewJob<'_>, most: u64) -> Result<Keeping, PlatformError> {
        let kept = self.with(|db| keep(db, job, most))?;
        self.ring();
        Ok(kept)
    }

    /// Forgets a job that the plugin scheduled.
    pub(super) fn forget(
        &self,
        plugin: &PluginName,
        id: &str,
    ) -> Result<Forgetting, PlatformError> {
        self.with(|db| forget(db, plugin, id))
    }

    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, PlatformError> {
        self.platform.with(work)
    }
}

fn keep(db: &Connection, job: &NewJob<'_>, most: u64) -> rusqlite::Result<Keeping> {
    let plugin = job.plugin.as_str();
    let there: Option<bool> = db
        .prepare_cached("SELECT forgotten FROM jobs WHERE plugin = ? AND id = ?")?
        .query_row([plugin, job.id], |row| row.get(0))
        .optional()?;
    if there == Some(false) {
        return Ok(Keeping::Kept);
    }
    let count: i64 = db
        .prepare_cached(
            "SELECT count(*) FROM jobs WHERE plugin = ? AND forgotten = 0 AND cron <> ''",
        )?
        .query_row([plugin], |row| row.get(0))?;
    if u64::try_from(count).unwrap_or_default() >= most {
        return Ok(Keeping::TooMany);
    }
    let due = job.due.map(timestamp::seconds);
    if there.is_some() {
        // Its last run goes on, and ends as that of a job that is kept.
        db.execute(
            "UPDATE jobs SET forgotten = 0, due = ? WHERE plugin = ? AND id = ?",
            params![due, plugin, job.id],
        )?;
        return Ok(Keeping::Kept);
    }
    db.prepare_cached(
        "INSERT INTO jobs (plugin, id, origin, callback, cron, time_zone, args, retries, gap, due,
            start_at)
         VALUES (?, ?, 'scheduled', ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        plugin,
        job.id,
        job.callback,
        job.cron,
        job.time_zone,
        job.args,
        job.retries,
        i64::try_from(job.gap).unwrap_or(i64::MAX),
        due,
        due
    ])?;
    Ok(Keeping::Kept)
}

fn forget(db: &Connection, plugin: &PluginName, id: &str) -> rusqlite::Result<Forgetting> {
    let plugin = plugin.as_str();
    let there: Option<(String, bool)> = db
        .prepare_cached(
            "SELECT origin, holder IS NOT NULL FROM jobs
             WHERE plugin = ? AND id = ? AND forgotten = 0",
        )?
        .query_row([plugin, id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((origin, runs)) = there else {
        return Ok(Forgetting::Unknown);
    };
    if origin == Origin::Registered.as_str() {
        return Ok(Forgetting::Registered);
    }
    remove(db, plugin, id, runs)?;
    Ok(Forgetting::Forgotten)
}

/// Removes a row, or has it go with the run that goes on.
pub(super) fn remove(db: &Connection, plugin: &str, id: &str, runs: bool) -> rusqlite::Result<()> {
    let text = match runs {
        true => "UPDATE jobs SET forgotten = 1, due = NULL WHERE plugin = ? AND id = ?",
        false => "DELETE FROM jobs WHERE plugin = ? AND id = ?",
    };
    db.prepare_cached(text)?.execute([plugin, id])?;
    Ok(())
}

/// A row as administrators see it. What is no plugin's is left out.
fn status(row: &Row<'_>) -> rusqlite::Result<Option<JobStatus>> {
    let plugin: String = row.get(0)?;
    let Ok(plugin) = plugin.parse() else {
        tracing::warn!(plugin, "jobs of something that is no plugin are left out");
        return Ok(None);
    };
    let time = |at: usize| -> rusqlite::Result<Option<SystemTime>> {
        Ok(row.get::<_, Option<i64>>(at)?.map(timestamp::of_seconds))
    };
    let origin: String = row.get(2)?;
    let (open, runs) = (
        time(10)?.is_some(),
        row.get::<_, Option<String>>(12)?.is_some(),
    );
    let last_run = time(13)?;
    Ok(Some(JobStatus {
        plugin,
        id: row.get(1)?,
        origin: match origin == Origin::Registered.as_str() {
            true => Origin::Registered,
            false => Origin::Scheduled,
        },
        callback: row.get(3)?,
        cron: row.get(4)?,
        time_zone: row.get(5)?,
        args: row.get(6)?,
        retries: row.get(7)?,
        due: time(8)?,
        retry_at: time(9)?.filter(|_| open && !runs),
        running_since: last_run.filter(|_| runs),
        last_run,
        last_result: row.get(14)?,
        attempts: row.get(11)?,
    }))
}
