//! The tables of the room in the platform's database.
//!
//! A row is a job. It has a timetable, of which `due` is the next time, and at most one run that
//! is open: one that goes on (`holder`), or one that failed and is tried again. `start_at` is
//! when a scheduler has to look at the row: the due time, the time of the next try, or, while a
//! run goes on, the end of its lease. So one index finds all that there is to do.

/// The layout.
pub(crate) const LAYOUT: &str = "
    CREATE TABLE jobs (
        plugin TEXT NOT NULL,
        id TEXT NOT NULL,
        -- `registered` with the plugin, or `scheduled` by it
        origin TEXT NOT NULL,
        callback TEXT NOT NULL,
        -- empty where a registered job is only a callback
        cron TEXT NOT NULL,
        time_zone TEXT NOT NULL,
        args TEXT NOT NULL,
        retries INTEGER NOT NULL,
        -- the shortest time between two dues, in seconds
        gap INTEGER NOT NULL,
        due INTEGER,
        start_at INTEGER,
        -- the due time of the open run
        run_due INTEGER,
        -- tries of the open or else the last run
        attempt INTEGER NOT NULL DEFAULT 0,
        -- empty when the holder gave the run up
        holder TEXT,
        last_run INTEGER,
        last_result TEXT,
        -- taken back while its run goes on, with which it goes
        forgotten INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (plugin, id)
    ) STRICT;
    CREATE INDEX jobs_start ON jobs (start_at) WHERE start_at IS NOT NULL;
";
