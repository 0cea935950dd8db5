//! What a host's scheduler asks of the table of jobs: one turn at a time, each in one
//! transaction. Calls block.
//!
//! A due time is started once: whoever starts it holds its row under a lease. A lease is renewed
//! while the run goes on; one that has run out belongs to a holder that died, and another
//! scheduler starts the same run again. A holder that cannot renew gives its run up before the
//! lease ends, so that two never run.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use goatkit_package::PluginName;
use rusqlite::{Connection, OptionalExtension, params};

use super::backend::Jobs;
use super::start::{Row, Start, start};
use crate::json_schema::shortened;
use crate::{PlatformError, timestamp};

/// Bytes of a result that is kept: it stands in a table.
const MAX_RESULT_BYTES: usize = 500;

/// How long the first retry waits; each further one waits twice as long.
const FIRST_RETRY: Duration = Duration::from_secs(30);

/// A job of a plugin.
pub type JobKey = (PluginName, String);

/// One try of a run, held by whoever has this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Whose job it is.
    pub plugin: PluginName,
    /// The job's identifier.
    pub id: String,
    /// The name of a job of the registration.
    pub callback: String,
    /// A JSON text.
    pub args: String,
    /// For which time.
    pub due: SystemTime,
    /// 1, and one more for each try.
    pub attempt: u32,
    /// The least time between two dues of the job.
    pub gap: Duration,
    /// How many jobs of the plugin there are up to this one: those of the registration first,
    /// then by age.
    pub rank: u64,
}

impl Run {
    /// The job.
    pub fn key(&self) -> JobKey {
        (self.plugin.clone(), self.id.clone())
    }
}

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it should.
    Done,
    /// It failed, and is tried again as its plan says.
    Failed(String),
    /// It was not even tried, and trying again would not help.
    Refused(String),
    /// Its holder gave it up: another may start it at once.
    Lost,
}

/// What a scheduler has to tell, and what it can take on.
#[derive(Debug)]
pub struct Turn {
    /// The scheduler. No other one, here or elsewhere, now or later, has the same name.
    pub holder: String,
    /// The time, from before the turn.
    pub now: SystemTime,
    /// How long runs are held without being renewed.
    pub lease: Duration,
    /// Runs that ended.
    pub ended: Vec<(Run, Outcome)>,
    /// Runs whose lease is to be renewed.
    pub renewed: Vec<Run>,
    /// How many more runs it takes on.
    pub free: usize,
    /// How many runs of each plugin it has.
    pub busy: BTreeMap<PluginName, usize>,
    /// How many runs of one plugin it has at most.
    pub per_plugin: usize,
    /// Leases that it has seen run out some time ago: their holders are dead.
    pub dead: BTreeSet<Lease>,
}

/// A lease: a job, and until when it was held.
pub type Lease = (JobKey, SystemTime);

/// What a turn gave.
#[derive(Debug, Default)]
pub struct Turned {
    /// Runs to start now.
    pub started: Vec<Run>,
    /// Runs that were to be renewed and are no longer the scheduler's.
    pub taken: Vec<JobKey>,
    /// Leases of others that have run out. Their holders may be about to renew them, when the
    /// clock was set or the machine slept.
    pub expired: BTreeSet<Lease>,
    /// When there is something to do next, if nothing else happens.
    pub next: Option<SystemTime>,
}

impl Jobs {
    /// Writes down what ended, renews what goes on, takes what is due.
    ///
    /// # Errors
    /// [`PlatformError`]; nothing has changed then.
    pub fn turn(&self, turn: &Turn) -> Result<Turned, PlatformError> {
        self.with(|db| {
            let mut turned = Turned::default();
            for (run, outcome) in &turn.ended {
                end(db, turn, run, outcome)?;
            }
            for run in &turn.renewed {
                if !renew(db, turn, run)? {
                    turned.taken.push(run.key());
                }
            }
            take(db, turn, &mut turned)?;
            turned.next = next(db, turn.now)?;
            Ok(turned)
        })
    }
}

/// A row that is held by the scheduler, as far as its end needs it.
struct Held {
    retries: u32,
    due: Option<i64>,
    forgotten: bool,
}

fn held(db: &Connection, turn: &Turn, run: &Run) -> rusqlite::Result<Option<Held>> {
    db.prepare_cached(
        "SELECT retries, due, forgotten FROM jobs
         WHERE plugin = ? AND id = ? AND holder = ? AND attempt = ?",
    )?
    .query_row(
        params![run.plugin.as_str(), run.id, turn.holder, run.attempt],
        |row| {
            Ok(Held {
                retries: row.get(0)?,
                due: row.get(1)?,
                forgotten: row.get(2)?,
            })
        },
    )
    .optional()
}

fn end(db: &Connection, turn: &Turn, run: &Run, outcome: &Outcome) -> rusqlite::Result<()> {
    let Some(held) = held(db, turn, run)? else {
        // Somebody else has it by now, and its end is his to tell.
        tracing::warn!(plugin = %run.plugin, job = run.id, "the end of a run came too late");
        return Ok(());
    };
    let (plugin, id) = (run.plugin.as_str(), run.id.as_str());
    if held.forgotten {
        db.execute("DELETE FROM jobs WHERE plugin = ? AND id = ?", [plugin, id])?;
        return Ok(());
    }
    let now = timestamp::seconds(turn.now);
    let retry = match outcome {
        Outcome::Failed(_) => retry_at(&held, run.attempt, now),
        _ => None,
    };
    let result = match outcome {
        Outcome::Done => "ok".to_owned(),
        Outcome::Failed(text) | Outcome::Refused(text) => shortened(text, MAX_RESULT_BYTES),
        Outcome::Lost => {
            let text = "UPDATE jobs SET holder = '', start_at = ? WHERE plugin = ? AND id = ?";
            db.execute(text, params![now, plugin, id])?;
            return Ok(());
        }
    };
    let run_due = retry.map(|_| timestamp::seconds(run.due));
    db.prepare_cached(
        "UPDATE jobs SET holder = NULL, last_result = ?, run_due = ?, start_at = ?
         WHERE plugin = ? AND id = ?",
    )?
    .execute(params![result, run_due, retry.or(held.due), plugin, id])?;
    Ok(())
}

/// When a run that failed is tried again: never at or after the next due.
fn retry_at(held: &Held, attempt: u32, now: i64) -> Option<i64> {
    let tries = attempt.checked_sub(1).filter(|_| attempt <= held.retries)?;
    let wait = FIRST_RETRY.checked_mul(2_u32.checked_pow(tries)?)?;
    let at = now.checked_add(i64::try_from(wait.as_secs()).ok()?)?;
    // One that rests, because its plugin is gone, is not tried again.
    held.due.is_some_and(|due| at < due).then_some(at)
}

fn renew(db: &Connection, turn: &Turn, run: &Run) -> rusqlite::Result<bool> {
    let until = turn.now.checked_add(turn.lease).unwrap_or(turn.now);
    let changed = db
        .prepare_cached(
            "UPDATE jobs SET start_at = ?
             WHERE plugin = ? AND id = ? AND holder = ? AND attempt = ?",
        )?
        .execute(params![
            timestamp::seconds(until),
            run.plugin.as_str(),
            run.id,
            turn.holder,
            run.attempt
        ])?;
    Ok(changed == 1)
}

fn take(db: &Connection, turn: &Turn, turned: &mut Turned) -> rusqlite::Result<()> {
    let mut busy = turn.busy.clone();
    let mut chosen = Vec::new();
    let mut statement = db.prepare_cached(Row::DUE)?;
    let mut rows = statement.query([timestamp::seconds(turn.now)])?;
    while let Some(row) = rows.next()? {
        let Some(row) = Row::read(row)? else {
            continue;
        };
        if row.holder.as_deref() == Some(turn.holder.as_str()) {
            continue;
        }
        // An empty name is of a holder that gave the run up.
        if row.holder.as_deref().is_some_and(|name| !name.is_empty()) {
            let lease = (row.key(), row.start_at);
            if !turn.dead.contains(&lease) {
                turned.expired.insert(lease);
                continue;
            }
        }
        // Looked through to its end: a host that is busy has to see leases run out as well.
        if chosen.len() >= turn.free {
            continue;
        }
        let count = busy.entry(row.plugin.clone()).or_default();
        if *count < turn.per_plugin {
            *count += 1;
            chosen.push(row);
        }
    }
    for row in chosen {
        turned.started.extend(begin(db, turn, row)?);
    }
    Ok(())
}

/// Starts what a row says; nothing if that comes to an end without a run.
fn begin(db: &Connection, turn: &Turn, row: Row) -> rusqlite::Result<Option<Run>> {
    let (plugin, id) = (row.plugin.as_str(), row.id.as_str());
    let (due, attempt, next) = match start(&row, turn.now) {
        Start::Run { due, attempt, next } => (due, attempt, next),
        Start::Forget => {
            db.execute("DELETE FROM jobs WHERE plugin = ? AND id = ?", [plugin, id])?;
            return Ok(None);
        }
        Start::GiveUp(result) => {
            db.execute(
                "UPDATE jobs SET holder = NULL, last_result = ?, run_due = NULL, start_at = due
                 WHERE plugin = ? AND id = ?",
                params![result, plugin, id],
            )?;
            return Ok(None);
        }
    };
    let until = turn.now.checked_add(turn.lease).unwrap_or(turn.now);
    db.prepare_cached(
        "UPDATE jobs SET holder = ?, start_at = ?, due = ?, run_due = ?, attempt = ?,
            last_run = ?, last_result = NULL
         WHERE plugin = ? AND id = ?",
    )?
    .execute(params![
        turn.holder,
        timestamp::seconds(until),
        next.map(timestamp::seconds),
        timestamp::seconds(due),
        attempt,
        timestamp::seconds(turn.now),
        plugin,
        id
    ])?;
    let rank = rank(db, &row)?;
    Ok(Some(Run {
        plugin: row.plugin,
        id: row.id,
        callback: row.callback,
        args: row.args,
        due,
        attempt,
        gap: row.gap,
        rank,
    }))
}

fn rank(db: &Connection, row: &Row) -> rusqlite::Result<u64> {
    let rank: i64 = db
        .prepare_cached(
            "SELECT count(*) FROM jobs
             WHERE plugin = ? AND forgotten = 0 AND cron <> '' AND (origin, rowid) <= (?, ?)",
        )?
        .query_row(params![row.plugin.as_str(), row.origin, row.rowid], |row| {
            row.get(0)
        })?;
    Ok(u64::try_from(rank).unwrap_or_default())
}

/// The first time after `now` at which a row wants to be looked at. What wants it already waits
/// for the end of another run, which is told anyway.
fn next(db: &Connection, now: SystemTime) -> rusqlite::Result<Option<SystemTime>> {
    let next: Option<i64> = db
        .prepare_cached("SELECT min(start_at) FROM jobs WHERE start_at > ?")?
        .query_row([timestamp::seconds(now)], |row| row.get(0))?;
    Ok(next.map(timestamp::of_seconds))
}
