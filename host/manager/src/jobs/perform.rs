//! One run of a job: from a plugin's name to a result.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use goatkit_capability::schedule::{Outcome, Run};
use goatkit_capability::{Entry, EntryKind, SessionFacts};
use goatkit_package::PluginName;
use goatkit_runtime::{CallError, CallErrorKind, JobRun};
use tokio::time::{timeout, timeout_at};

use crate::error::{FindError, not_ready};
use crate::manager::Manager;
use crate::unit::Unit;

/// How long a run waits for its plugin to be made ready. Compiling a large component takes
/// tens of seconds.
const LOADING: Duration = Duration::from_secs(10 * 60);

/// How much later than at the job's limit the host itself stops a run: the runtime, which does
/// so at the limit, knows better what to say.
const AFTER_THE_LIMIT: Duration = Duration::from_secs(1);

/// Does a run that was taken from the table.
pub(super) async fn perform(manager: &Arc<Manager>, run: &Run) -> Outcome {
    let granted = match manager.unit(&run.plugin) {
        Ok(unit) => granted(&unit, run),
        Err(error) => Err(error.to_string()),
    };
    if let Err(refused) = granted {
        return Outcome::Refused(refused);
    }
    let job = JobRun {
        id: run.id.clone(),
        name: run.callback.clone(),
        args: run.args.clone(),
        due: run.due,
        attempt: run.attempt,
    };
    match call(manager, &run.plugin, job).await {
        Ok(()) => Outcome::Done,
        Err(error) => {
            tracing::warn!(job = run.id, attempt = run.attempt, "{error}");
            match error.kind() {
                CallErrorKind::Unknown
                | CallErrorKind::NotGranted
                | CallErrorKind::Broken
                | CallErrorKind::Stopped
                | CallErrorKind::Quarantined => Outcome::Refused(told(&error)),
                _ => Outcome::Failed(told(&error)),
            }
        }
    }
}

/// What is kept of an error: the job is known where that stands.
pub(super) fn told(error: &CallError) -> String {
    error.message()
}

/// Whether the plugin may still have the job: what was granted may have been revoked since.
fn granted(unit: &Unit, run: &Run) -> Result<(), String> {
    let most = unit.schedule_grant().permits(run.gap);
    match most.map_err(|fault| fault.to_string())? {
        most if run.rank <= most => Ok(()),
        most => Err(format!(
            "not granted: it is one of more than {most} jobs, and that many are granted; cancel \
             some, or grant more"
        )),
    }
}

/// Runs a job of a plugin, which is loaded if it is not yet.
pub(super) async fn call(
    manager: &Arc<Manager>,
    name: &PluginName,
    job: JobRun,
) -> Result<(), CallError> {
    let target = JobTarget(job.name.clone());
    let unit = manager.unit(name);
    let unit = unit.map_err(|error| not_ready(name, &target, &error))?;
    if let Some(refused) = unit.conduct().refusal(&target) {
        return Err(refused);
    }
    let ready = async {
        let active = manager.register(&unit).await?;
        let plugin = unit.plugin().await?;
        Ok::<_, FindError>((active, plugin))
    };
    let (active, plugin) = match timeout(LOADING, ready).await {
        Ok(Ok(ready)) => ready,
        Ok(Err(error)) => return Err(not_ready(name, &target, &error)),
        Err(_) => return Err(CallError::loading(name, &target)),
    };
    if !active
        .registration
        .jobs
        .iter()
        .any(|it| it.name == job.name)
    {
        let text = "it registers no such job any more";
        return Err(CallError::unknown(name, &target, text));
    }
    let limit = unit.limits().job;
    let facts = facts(&unit, &job, limit);
    let latest = facts.deadline + AFTER_THE_LIMIT;
    let session = manager.session(facts);
    match timeout_at(latest.into(), plugin.run_job(&session, job)).await {
        Ok(ended) => ended,
        Err(_) => Err(CallError::timed_out(name, &target, limit)),
    }
}

/// The facts of a session that acts for nobody.
fn facts(unit: &Unit, job: &JobRun, limit: Duration) -> SessionFacts {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    SessionFacts {
        actor: None,
        tenant: None,
        locale: unit.package().manifest().default_locale.clone(),
        request_id: format!("job-{}-{count}", std::process::id()),
        deadline: Instant::now() + limit,
        entry: Entry {
            kind: EntryKind::Job,
            name: job.name.clone(),
        },
    }
}

/// A job in an error's text.
struct JobTarget(String);

impl fmt::Display for JobTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "job `{}`", self.0)
    }
}
