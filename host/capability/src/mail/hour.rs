//! How many messages a plugin sent within the last hour: a row for each in the platform's
//! database, so that neither a restart nor a second host gives a plugin another hour.
//!
//! A message is counted before it goes out, so that sending in parallel is of no use, and is
//! not counted in the end if no server ever judged it.

use std::time::{Duration, SystemTime};

use goatkit_package::PluginName;
use rusqlite::{Connection, params};
use tokio::runtime::Handle;

use super::backend::Counted;
use crate::timestamp::{of_seconds, seconds, text};
use crate::{Fault, PlatformDb, PlatformError};

/// The table of the room. An identifier is never used again: one that is given back late must
/// not take another message's row with it.
pub(super) const LAYOUT: &str = "
    CREATE TABLE mail_sent (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        plugin TEXT NOT NULL,
        sent_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX mail_sent_by ON mail_sent (plugin, sent_at);
    CREATE INDEX mail_sent_at ON mail_sent (sent_at);
";

const HOUR: Duration = Duration::from_secs(3600);

/// The place of one message within its hour. Dropping it gives it back, unless the message
/// counts.
pub(super) struct Place {
    platform: PlatformDb,
    /// None once it is settled.
    id: Option<i64>,
    counted: Counted,
}

impl Place {
    /// Takes a place of a plugin that may send `most` messages an hour. Blocks.
    ///
    /// # Errors
    /// [`Fault::Failed`] with `rate-limited` when all are taken; [`Fault::Unavailable`] when
    /// the platform's database does not answer.
    pub(super) fn take(
        platform: &PlatformDb,
        plugin: &PluginName,
        most: u32,
        now: SystemTime,
    ) -> Result<Self, Fault> {
        let taken = platform.with(|db| take(db, plugin, most, seconds(now)));
        match taken.map_err(|error| unanswered(&error))? {
            Ok(id) => Ok(Self {
                platform: platform.clone(),
                id: Some(id),
                counted: Counted::default(),
            }),
            Err(free) => Err(exhausted(most, free)),
        }
    }

    /// Where it is noted that the message counts.
    pub(super) fn counted(&self) -> &Counted {
        &self.counted
    }

    /// Gives the place back, unless the message counts. Blocks.
    pub(super) fn settle(mut self) {
        if let Some(id) = self.given_back() {
            give_back(&self.platform, id);
        }
    }

    /// The row that is to go.
    fn given_back(&mut self) -> Option<i64> {
        self.id.take().filter(|_| !self.counted.is_counted())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(id) = self.given_back() else {
            return;
        };
        let platform = self.platform.clone();
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(move || give_back(&platform, id))),
            Err(_) => give_back(&platform, id),
        }
    }
}

fn give_back(platform: &PlatformDb, id: i64) {
    let delete = "DELETE FROM mail_sent WHERE id = ?1";
    if let Err(error) = platform.with(|db| db.execute(delete, [id])) {
        // The plugin has one message less for an hour.
        tracing::error!("a message that was not sent counts: {error}");
    }
}

/// The row of a new message; else when a place gets free, in seconds since 1970.
fn take(
    db: &Connection,
    plugin: &PluginName,
    most: u32,
    now: i64,
) -> rusqlite::Result<Result<i64, i64>> {
    let hour = HOUR.as_secs().cast_signed();
    // If the clock was set back, what was sent later counts from now on: no longer than an
    // hour, and no less.
    db.execute(
        "UPDATE mail_sent SET sent_at = ?1 WHERE sent_at > ?1",
        [now],
    )?;
    db.execute("DELETE FROM mail_sent WHERE sent_at <= ?1", [now - hour])?;
    let nth = "SELECT sent_at FROM mail_sent WHERE plugin = ?1
               ORDER BY sent_at DESC LIMIT 1 OFFSET ?2";
    let mut nth = db.prepare_cached(nth)?;
    let mut rows = nth.query(params![plugin.as_str(), most.saturating_sub(1)])?;
    if let Some(row) = rows.next()? {
        return Ok(Err(row.get::<_, i64>(0)? + hour));
    }
    db.execute(
        "INSERT INTO mail_sent (plugin, sent_at) VALUES (?1, ?2)",
        params![plugin.as_str(), now],
    )?;
    Ok(Ok(db.last_insert_rowid()))
}

fn exhausted(most: u32, free: i64) -> Fault {
    Fault::failed(
        "rate-limited",
        format!(
            "{most} messages were sent within an hour, which is what is granted: send the next \
             at {}",
            text(of_seconds(free))
        ),
    )
}

fn unanswered(error: &PlatformError) -> Fault {
    tracing::error!("mail cannot be counted: {error}");
    Fault::Unavailable("the host cannot count messages now".to_owned())
}
