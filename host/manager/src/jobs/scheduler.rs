//! The loop that runs jobs: one per host. It waits until something is due, ended, or changed,
//! and then takes one turn at the table of jobs. What a turn gives, the table decides.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use goatkit_capability::Clock;
use goatkit_capability::schedule::{
    DEFAULT_RETRIES, JobKey, Jobs, Lease, Outcome, RegisteredJob, Run, Serving, Turn, Turned,
};
use goatkit_runtime::Job;

use super::running::{LAST_CHANCE, Runs};
use crate::life::{GoingOn, Stage};
use crate::manager::Manager;
use crate::snapshot::Snapshot;
use crate::unit::Unit;

/// Runs of one host at a time: each holds an instance of a plugin, and pages come first.
const MAX_RUNS: usize = 8;

/// Runs of one plugin at a time, so that the jobs of one do not keep those of all others
/// waiting.
const MAX_RUNS_PER_PLUGIN: usize = 2;

/// How long a run is held without being renewed: the time until a job is started again whose
/// host died.
const LEASE: Duration = Duration::from_secs(60);

/// How often leases are renewed: several times before they end, so that a disk that is slow
/// once costs no run.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How long a lease of another host must have been seen to have run out before its run is
/// taken. When the clock was set or the machine slept, its holder notices within seconds, and
/// renews the lease or gives the run up.
const GRACE: Duration = Duration::from_secs(15);

/// How often the table is looked at though nothing is due: another host may have changed it.
const RELOOK: Duration = Duration::from_secs(30);

/// How long a table that cannot be read or written is left alone.
const TROUBLE: Duration = Duration::from_secs(1);

pub(super) struct Scheduler {
    manager: Arc<Manager>,
    holder: String,
    runs: Runs,
    /// What the table has not been told yet.
    ended: Vec<(Run, Outcome)>,
    /// Leases of others that have run out, and when that was seen.
    expired: BTreeMap<Lease, SystemTime>,
    /// What the rows of registered jobs were last held against.
    registered: Weak<Snapshot>,
    renewed_at: SystemTime,
    wake: SystemTime,
    stage: Stage,
}

impl Scheduler {
    pub(super) fn new(manager: Arc<Manager>) -> Self {
        let now = manager.now();
        Self {
            holder: holder(),
            runs: Runs::new(now),
            ended: Vec::new(),
            expired: BTreeMap::new(),
            registered: Weak::new(),
            renewed_at: now,
            wake: now,
            stage: Stage::Serving,
            manager,
        }
    }

    /// Until the host stops. Then no run begins; what runs may end, or is given up in time.
    pub(super) async fn run(mut self) {
        let mut stage = self.manager.house.stage.subscribe();
        let _going_on = GoingOn::begin(&self.manager.house);
        loop {
            self.stage = *stage.borrow_and_update();
            if self.stage == Stage::Stopped {
                self.give_up().await;
            }
            self.turn().await;
            let idle = self.runs.is_empty() && self.ended.is_empty();
            if self.stage == Stage::Stopped || (self.stage == Stage::Stopping && idle) {
                return;
            }
            tokio::select! {
                () = self.wait() => {}
                // Without its host there is nothing to run for.
                changed = stage.changed() => if changed.is_err() {
                    return;
                },
            }
        }
    }

    /// Stops what runs. The turn that follows tells the table, and another host may take it.
    async fn give_up(&mut self) {
        for run in self.runs.all() {
            let attempt = run.attempt;
            tracing::info!(plugin = %run.plugin, job = run.id, attempt, "given up: the host stops");
        }
        self.runs.stop_all();
        while !self.runs.is_empty() {
            let ended = self.runs.ended().await;
            self.ended.push(ended);
        }
    }

    /// Until there is something to do.
    async fn wait(&mut self) {
        let services = &self.manager.house.services;
        tokio::select! {
            ended = self.runs.ended() => self.ended.push(ended),
            () = services.jobs.rung() => {}
            () = services.clock.wait_until(self.wake) => {}
        }
    }

    /// Tells the table what there is to tell, and starts what it gives.
    pub(super) async fn turn(&mut self) {
        while let Some(ended) = self.runs.ended_now() {
            self.ended.push(ended);
        }
        let now = self.clock().now();
        self.register(now).await;
        let turn = self.next_turn(now);
        let (renews, told) = (!turn.renewed.is_empty(), turn.ended.len());
        let turned = self.at_table(move |jobs| jobs.turn(&turn)).await;
        let Some(turned) = turned else {
            self.wake = now + TROUBLE;
            return;
        };
        self.ended.drain(..told);
        if renews || self.runs.is_empty() {
            self.renewed_at = now;
            self.runs.held(now + LEASE - LAST_CHANCE);
        }
        self.turned(turned, now);
    }

    fn next_turn(&self, now: SystemTime) -> Turn {
        // A clock that was set back must not keep leases from being renewed.
        let fresh = now.duration_since(self.renewed_at);
        let fresh = fresh.is_ok_and(|since| since < HEARTBEAT);
        let waited = |since: &SystemTime| *since + GRACE <= now;
        let expired = self.expired.iter();
        let dead = expired.filter(|(_, since)| waited(since));
        Turn {
            holder: self.holder.clone(),
            now,
            lease: LEASE,
            ended: self.ended.clone(),
            renewed: if fresh { Vec::new() } else { self.runs.all() },
            free: match self.stage {
                Stage::Serving => MAX_RUNS.saturating_sub(self.runs.len()),
                Stage::Stopping | Stage::Stopped => 0,
            },
            busy: self.runs.by_plugin(),
            per_plugin: MAX_RUNS_PER_PLUGIN,
            dead: dead.map(|(lease, _)| lease.clone()).collect(),
        }
    }

    fn turned(&mut self, turned: Turned, now: SystemTime) {
        for job in &turned.taken {
            self.taken(job);
        }
        for run in turned.started {
            self.runs.start(&self.manager, run);
        }
        self.doubt(turned.expired, now);
        let renewal = (!self.runs.is_empty()).then(|| self.renewed_at + HEARTBEAT);
        let taking = self.expired.values().min().map(|since| *since + GRACE);
        let times = [turned.next, renewal, taking, Some(now + RELOOK)];
        self.wake = times.into_iter().flatten().min().unwrap_or(now);
    }

    /// Somebody else has the job: he took its holder for dead.
    fn taken(&mut self, (plugin, id): &JobKey) {
        tracing::error!(%plugin, job = id, "a run is stopped, because another host took it over");
        self.runs.stop(&(plugin.clone(), id.clone()));
    }

    /// Keeps in mind since when the leases of others have run out.
    fn doubt(&mut self, expired: BTreeSet<Lease>, now: SystemTime) {
        let mut since = std::mem::take(&mut self.expired);
        let seen = expired.into_iter().map(|lease| {
            let since = since.remove(&lease).map_or(now, |since| since.min(now));
            (lease, since)
        });
        self.expired = seen.collect();
    }

    /// Brings the rows of registered jobs to what serves now.
    async fn register(&mut self, now: SystemTime) {
        let snapshot = self.manager.snapshot();
        if Weak::as_ptr(&self.registered) == Arc::as_ptr(&snapshot) {
            return;
        }
        let serving = serving(&snapshot);
        let registered = self.at_table(move |jobs| jobs.register(&serving, now));
        if registered.await.is_some() {
            self.registered = Arc::downgrade(&snapshot);
        }
    }

    /// Does something at the table, on a thread that may block; nothing if that fails.
    async fn at_table<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Jobs) -> Result<T, goatkit_capability::PlatformError> + Send + 'static,
    ) -> Option<T> {
        let jobs = self.manager.house.services.jobs.clone();
        match tokio::task::spawn_blocking(move || work(&jobs)).await {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(error)) => {
                tracing::warn!("jobs wait: {error}");
                None
            }
            Err(error) => {
                tracing::error!("jobs wait: {error}");
                None
            }
        }
    }

    fn clock(&self) -> &dyn Clock {
        &*self.manager.house.services.clock
    }
}

/// A name that no other scheduler has, on any host.
fn holder() -> String {
    let random = || RandomState::new().hash_one(std::process::id());
    format!("{}-{:016x}{:016x}", std::process::id(), random(), random())
}

/// The plugins of a moment, with the jobs that they registered.
fn serving(snapshot: &Snapshot) -> Serving {
    let jobs = |unit: &Arc<Unit>| {
        let active = unit.active()?;
        Some(active.registration.jobs.iter().map(registered).collect())
    };
    let waiting = snapshot.waiting.keys().map(|name| (name.clone(), None));
    let units = snapshot.plugins.iter();
    waiting
        .chain(units.map(|(name, unit)| (name.clone(), jobs(unit))))
        .collect()
}

fn registered(job: &Job) -> RegisteredJob {
    RegisteredJob {
        name: job.name.clone(),
        cron: job.cron.clone(),
        time_zone: job.time_zone.clone(),
        args: job.args.clone(),
        retries: job.retries.unwrap_or(DEFAULT_RETRIES),
    }
}

#[cfg(test)]
impl Scheduler {
    /// Whether something runs.
    pub(super) fn is_busy(&self) -> bool {
        !self.runs.is_empty()
    }

    /// Waits for the end of one of its runs.
    pub(super) async fn ended(&mut self) {
        let ended = self.runs.ended().await;
        self.ended.push(ended);
    }
}
