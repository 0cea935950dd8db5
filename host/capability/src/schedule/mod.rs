//! schedule: work at given times.
//!
//! Gives: jobs of a plugin that are kept until it takes them back, with a pattern of times, a
//! time zone, arguments and retries. Never: more jobs, or more often, than is granted; a job
//! that calls back what the plugin has not registered; a look at another plugin's jobs.
//!
//! In reading order: `timetable` (when a job is due), `grant`, `plan` (what a plugin
//! describes), `layout` and `backend` (the table, as plugins and administrators see it), `id`;
//! then the scheduler's side: `registered` (rows for what plugins register), `runs` (a turn of
//! a scheduler) with `start` (what it starts).
//!
//! Not here: who runs jobs (the manager).

mod backend;
mod grant;
mod id;
mod layout;
mod plan;
mod registered;
mod runs;
mod start;
#[cfg(test)]
mod tests;
mod timetable;

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use arc_swap::ArcSwap;
use goatkit_package::nearest;

use crate::audit::Auditor;
use crate::json_schema::shortened;
use crate::{Clock, Fault, PlatformError, Scope};

pub use backend::{JobStatus, Jobs, Origin};
pub use grant::{Asked, GRANT, Granted};
pub use id::registered_id;
pub(crate) use layout::LAYOUT;
pub use plan::{DEFAULT_RETRIES, MAX_ARGS_BYTES, MAX_RETRIES, Plan, check_args};
pub use registered::{RegisteredJob, Serving};
pub use runs::{JobKey, Lease, Outcome, Run, Turn, Turned};
pub use timetable::{MAX_CRON_BYTES, Timetable, TimetableError, time_zone};

use backend::{Forgetting, Keeping, NewJob};

/// Bytes of a callback's name in an error.
const SHOWN: usize = 64;

/// The names of the jobs that a plugin registered: what its plans may call back. Clones share
/// it; empty until the plugin has registered.
#[derive(Clone, Default)]
pub struct Callbacks(Arc<ArcSwap<Vec<String>>>);

impl Callbacks {
    /// Replaces the names.
    pub fn set(&self, names: Vec<String>) {
        self.0.store(Arc::new(names));
    }

    /// Whether a name is among them.
    fn check(&self, name: &str) -> Result<(), Fault> {
        let names = self.0.load();
        if names.iter().any(|known| known == name) {
            return Ok(());
        }
        let name = shortened(name, SHOWN);
        let hint = match nearest(&name, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => {
                "it registers none: name what is called back under `jobs`".to_owned()
            }
            None => format!("it registers {}", shortened(&names.join(", "), 4 * SHOWN)),
        };
        Err(Fault::Invalid(format!(
            "the plugin registers no job `{}`; {hint}",
            name.escape_debug()
        )))
    }
}

/// A plugin's handle on the room.
#[derive(Clone)]
pub struct Schedule {
    auditor: Auditor,
    granted: Granted,
    jobs: Jobs,
    callbacks: Callbacks,
    clock: Arc<dyn Clock>,
}

/// A job that is kept, as its plugin sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its identifier.
    pub id: String,
    /// The name of a job of the registration.
    pub callback: String,
    /// Five fields; empty for one of the registration that is only a callback.
    pub cron: String,
    /// An IANA name.
    pub time_zone: String,
    /// A JSON text.
    pub args: String,
    /// When it is due next.
    pub due: Option<SystemTime>,
    /// When it was last started.
    pub last_run: Option<SystemTime>,
    /// `ok`, or the error.
    pub last_result: Option<String>,
}

impl Schedule {
    /// A handle of the auditor's plugin.
    pub fn new(
        auditor: Auditor,
        granted: Granted,
        jobs: Jobs,
        callbacks: Callbacks,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            auditor,
            granted,
            jobs,
            callbacks,
            clock,
        }
    }

    /// Keeps a job, and answers its identifier. One that is there already, word for word, stays
    /// as it is.
    ///
    /// # Errors
    /// [`Fault::Denied`] when nothing is granted, or it would be due too often;
    /// [`Fault::Failed`] with `too-many` when the plugin has as many as are granted;
    /// [`Fault::Invalid`] for what is no pattern, no time zone, no registered job or no JSON;
    /// [`Fault::TooLarge`] for arguments over [`MAX_ARGS_BYTES`]; [`Fault::TimedOut`] at the
    /// deadline; [`Fault::Unavailable`] while the plugin registers, or when the jobs cannot be
    /// kept.
    pub async fn schedule(&self, scope: &Scope, plan: Plan) -> Result<String, Fault> {
        let answer = self.keep(scope, plan).await;
        self.auditor.heard(scope, answer)
    }

    async fn keep(&self, scope: &Scope, plan: Plan) -> Result<String, Fault> {
        let facts = scope.call()?;
        self.granted.permits_any()?;
        self.callbacks.check(&plan.callback)?;
        let room = self.clone();
        blocking(facts.deadline, move || room.keep_now(&plan)).await
    }

    fn keep_now(&self, plan: &Plan) -> Result<String, Fault> {
        let plugin = self.auditor.plugin();
        let table = plan.check()?;
        let most = self.granted.permits(table.smallest_gap())?;
        let id = plan.id(plugin);
        let job = NewJob {
            plugin,
            id: &id,
            callback: &plan.callback,
            cron: &plan.cron,
            time_zone: &plan.time_zone,
            args: &plan.args,
            retries: plan.retries,
            gap: table.smallest_gap().as_secs(),
            due: table.next_after(self.clock.now()),
        };
        match self.jobs.keep(&job, most).map_err(broken)? {
            Keeping::Kept => Ok(id),
            Keeping::TooMany => Err(Fault::failed(
                "too-many",
                format!(
                    "the plugin has all {most} jobs that are granted: cancel one, or write `jobs` \
                     in `capabilities.schedule` of manifest.yaml and have it granted"
                ),
            )),
        }
    }

    /// Forgets a job that the plugin scheduled. A run that has begun goes on. Whether there was
    /// such a job.
    ///
    /// # Errors
    /// [`Fault::Denied`] when nothing is granted; [`Fault::Invalid`] for a job of the
    /// registration; else as [`Schedule::schedule`].
    pub async fn cancel(&self, scope: &Scope, id: &str) -> Result<bool, Fault> {
        let answer = self.forget(scope, id).await;
        self.auditor.heard(scope, answer)
    }

    async fn forget(&self, scope: &Scope, id: &str) -> Result<bool, Fault> {
        let facts = scope.call()?;
        self.granted.permits_any()?;
        let (room, id) = (self.clone(), shortened(id, SHOWN));
        blocking(facts.deadline, move || {
            match room.jobs.forget(room.auditor.plugin(), &id) {
                Ok(Forgetting::Forgotten) => Ok(true),
                Ok(Forgetting::Unknown) => Ok(false),
                Ok(Forgetting::Registered) => Err(Fault::Invalid(format!(
                    "job `{id}` is one of the registration, with which it comes and goes: leave \
                     it out there, or register it without a pattern and schedule it"
                ))),
                Err(error) => Err(broken(error)),
            }
        })
        .await
    }

    /// The jobs of the plugin, those of its registration among them, by callback and
    /// identifier.
    ///
    /// # Errors
    /// [`Fault::Denied`] when nothing is granted; else as [`Schedule::schedule`].
    pub async fn list(&self, scope: &Scope) -> Result<Vec<Job>, Fault> {
        let answer = self.listed(scope).await;
        self.auditor.heard(scope, answer)
    }

    async fn listed(&self, scope: &Scope) -> Result<Vec<Job>, Fault> {
        let facts = scope.call()?;
        self.granted.permits_any()?;
        let room = self.clone();
        blocking(facts.deadline, move || {
            let all = room.jobs.all(Some(room.auditor.plugin())).map_err(broken)?;
            Ok(all.into_iter().map(seen).collect())
        })
        .await
    }
}

fn seen(it: JobStatus) -> Job {
    Job {
        id: it.id,
        callback: it.callback,
        cron: it.cron,
        time_zone: it.time_zone,
        args: it.args,
        due: it.due,
        last_run: it.last_run,
        last_result: it.last_result,
    }
}

/// Does what blocks on a thread that may, until the call's deadline. What was begun is done to
/// its end: a job that is kept after all is the one that a second call answers.
async fn blocking<T: Send + 'static>(
    deadline: Instant,
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    if deadline <= Instant::now() {
        return Err(Fault::TimedOut);
    }
    let work = tokio::task::spawn_blocking(work);
    match tokio::time::timeout_at(deadline.into(), work).await {
        Err(_) => Err(Fault::TimedOut),
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(Fault::Unavailable("the host is stopping".to_owned())),
    }
}

/// What is wrong with the platform's database is for the host's log.
fn broken(error: PlatformError) -> Fault {
    tracing::error!("jobs: {error}");
    Fault::Unavailable("the jobs cannot be read or written now".to_owned())
}
