//! A room on a database in memory, and the tests of both of its sides.

#![allow(clippy::unwrap_used)]

mod comes;
mod room;
mod turns;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant, SystemTime};

use goatkit_package::PluginName;
use jiff::Timestamp;

use super::{Callbacks, Granted, Jobs, Schedule};
use crate::audit::{AuditLog, Auditor};
use crate::{Clock, ManualClock, PlatformDb, Scope};

fn at(text: &str) -> SystemTime {
    text.parse::<Timestamp>().unwrap().into()
}

fn start() -> SystemTime {
    at("2026-03-01T09:30:00Z")
}

fn name(text: &str) -> PluginName {
    PluginName::parse(text).unwrap()
}

fn scope(time: Duration) -> Scope {
    Scope::of_nobody(Instant::now() + time)
}

/// The rooms of two plugins over one table.
struct Bench {
    jobs: Jobs,
    clock: Arc<ManualClock>,
    granted: Granted,
    uses: Arc<AtomicU64>,
    stats: Schedule,
    desk: Schedule,
}

impl Bench {
    /// `stats` may have two jobs, each once a minute; `desk` too.
    fn new() -> Self {
        let jobs = Jobs::new(PlatformDb::in_memory().unwrap());
        let clock = Arc::new(ManualClock::at(start()));
        let callbacks = Callbacks::default();
        callbacks.set(vec!["report".to_owned(), "sweep".to_owned()]);
        let room = |plugin: &str, granted: &Granted| {
            Schedule::new(
                Auditor::new(name(plugin), AuditLog::none()),
                granted.clone(),
                jobs.clone(),
                callbacks.clone(),
                Arc::clone(&clock) as Arc<dyn Clock>,
            )
        };
        let granted = Granted::none();
        let (stats, desk) = (room("stats", &granted), room("desk", &granted));
        let bench = Self {
            jobs,
            clock,
            granted,
            uses: Arc::default(),
            stats,
            desk,
        };
        bench.grant(&["jobs 2", "min_period 60s"]);
        bench
    }

    fn grant(&self, rules: &[&str]) {
        let rule = |it: &&str| ((*it).to_owned(), Arc::clone(&self.uses));
        self.granted.set(rules.iter().map(rule).collect());
    }
}
