//! What is started of a row that wants to be looked at. Pure: the turn acts.

use std::time::{Duration, SystemTime};

use goatkit_package::PluginName;

use super::runs::JobKey;
use super::timetable::Timetable;
use crate::timestamp;

/// How often a run is started again because its holder died, beyond its own retries: a job that
/// takes its host down with it must not do so for ever.
const MAX_DEATHS: u32 = 10;

/// A row that wants to be looked at.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) rowid: i64,
    pub(super) plugin: PluginName,
    pub(super) id: String,
    pub(super) origin: String,
    pub(super) callback: String,
    pub(super) cron: String,
    pub(super) time_zone: String,
    pub(super) args: String,
    pub(super) retries: u32,
    pub(super) gap: Duration,
    pub(super) due: Option<SystemTime>,
    pub(super) start_at: SystemTime,
    pub(super) run_due: Option<SystemTime>,
    pub(super) attempt: u32,
    pub(super) holder: Option<String>,
    pub(super) forgotten: bool,
}

impl Row {
    /// Those that want to be looked at at a time, the longest waiting first.
    pub(super) const DUE: &str = "SELECT rowid, plugin, id, origin, callback, cron, time_zone,
            args, retries, gap, due, start_at, run_due, attempt, holder, forgotten
        FROM jobs WHERE start_at <= ? ORDER BY start_at";

    /// A row, unless it belongs to something that is no plugin.
    pub(super) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<Self>> {
        let plugin: String = row.get(1)?;
        let Ok(plugin) = plugin.parse() else {
            return Ok(None);
        };
        let time = |at: usize| -> rusqlite::Result<Option<SystemTime>> {
            Ok(row.get::<_, Option<i64>>(at)?.map(timestamp::of_seconds))
        };
        let gap: i64 = row.get(9)?;
        Ok(Some(Self {
            rowid: row.get(0)?,
            plugin,
            id: row.get(2)?,
            origin: row.get(3)?,
            callback: row.get(4)?,
            cron: row.get(5)?,
            time_zone: row.get(6)?,
            args: row.get(7)?,
            retries: row.get(8)?,
            gap: Duration::from_secs(u64::try_from(gap).unwrap_or_default()),
            due: time(10)?,
            start_at: timestamp::of_seconds(row.get(11)?),
            run_due: time(12)?,
            attempt: row.get(13)?,
            holder: row.get(14)?,
            forgotten: row.get(15)?,
        }))
    }

    pub(super) fn key(&self) -> JobKey {
        (self.plugin.clone(), self.id.clone())
    }

    fn next(&self, now: SystemTime) -> Option<SystemTime> {
        self.timetable()?.next_after(now)
    }

    /// What does not parse was never kept.
    fn timetable(&self) -> Option<Timetable> {
        Timetable::parse(&self.cron, &self.time_zone).ok()
    }
}

/// What is started of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Start {
    /// A try.
    Run {
        due: SystemTime,
        attempt: u32,
        /// The next of the timetable.
        next: Option<SystemTime>,
    },
    /// The open run is over, with this result.
    GiveUp(String),
    /// The job is over.
    Forget,
}

/// Decides on a row that nobody holds, or whose holder is dead.
pub(super) fn start(row: &Row, now: SystemTime) -> Start {
    match (row.run_due, &row.holder) {
        (Some(due), Some(_)) => again(row, due),
        (Some(due), None) if row.due.is_none_or(|next| next > now) => Start::Run {
            due,
            attempt: row.attempt.saturating_add(1),
            next: row.due,
        },
        // A retry is over when the next due has come.
        _ => afresh(row, now),
    }
}

/// The run of a holder that died: the same once more, also when later dues have passed.
fn again(row: &Row, due: SystemTime) -> Start {
    if row.forgotten {
        return Start::Forget;
    }
    if row.attempt > row.retries.saturating_add(MAX_DEATHS) {
        return Start::GiveUp(format!(
            "the host that ran it died {} times; it is not tried again for that time",
            row.attempt
        ));
    }
    Start::Run {
        due,
        attempt: row.attempt.saturating_add(1),
        next: row.due,
    }
}

/// Of the times that have passed the last.
fn afresh(row: &Row, now: SystemTime) -> Start {
    let Some((due, table)) = row.due.zip(row.timetable()) else {
        return Start::GiveUp("it has no timetable".to_owned());
    };
    Start::Run {
        due: table.latest(due, now),
        attempt: 1,
        next: row.next(now),
    }
}
