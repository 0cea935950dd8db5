//! Jobs: run when they are due, shown to administrators, and run for them at once.
//!
//! In reading order: `scheduler` (the loop: what it tells the table of jobs and takes from it),
//! `running` (the runs of this host, and what stops one whose lease cannot be renewed),
//! `perform` (one run, from a plugin's name to its result), then here what administrators ask.
//!
//! Not here: when a job is due and who may start it (the schedule room of the capability
//! floor).

mod perform;
mod running;
mod scheduler;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::sync::Arc;

use goatkit_capability::schedule::{JobStatus, check_args, registered_id};
use goatkit_capability::{Fault, PlatformError};
use goatkit_package::{PluginName, nearest};
use goatkit_runtime::{CallError, Job, JobRun};

use crate::error::FindError;
use crate::manager::Manager;
use crate::options::Mode;
use scheduler::Scheduler;

/// Why jobs are not shown, or one was not run or failed.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// There is no such plugin, it waits for consent, or it does not load.
    #[error(transparent)]
    Find(#[from] FindError),
    /// The plugin has no such job.
    #[error("plugin `{plugin}` has no job `{wanted}`: {hint}")]
    Unknown {
        /// The plugin.
        plugin: PluginName,
        /// What was asked for.
        wanted: String,
        /// The nearest of what there is, or all of it.
        hint: String,
    },
    /// The arguments make no sense.
    #[error("{0}")]
    Args(Fault),
    /// The jobs cannot be read or written.
    #[error(transparent)]
    Table(#[from] PlatformError),
    /// It ran, and failed.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl Manager {
    /// Runs the jobs of all plugins when they are due, until the host stops or the answer is
    /// dropped. What runs when it is dropped is stopped, and is started again by whichever host
    /// comes next once its lease has run out. In safe mode nothing is run.
    ///
    /// To be called once per host, after it has looked for plugins.
    pub fn run_jobs(self: &Arc<Self>) -> impl Future<Output = ()> + Send + use<> {
        let runs = self.mode() == Mode::Usual;
        let scheduler = runs.then(|| Scheduler::new(Arc::clone(self)));
        async move {
            if let Some(scheduler) = scheduler {
                scheduler.run().await;
            }
        }
    }

    /// The jobs of one plugin or of all, by plugin, callback and identifier.
    ///
    /// # Errors
    /// [`JobError::Find`] when there is no such plugin and nothing is kept of it;
    /// [`JobError::Table`].
    pub async fn jobs(
        self: &Arc<Self>,
        plugin: Option<&PluginName>,
    ) -> Result<Vec<JobStatus>, JobError> {
        let name = plugin.cloned();
        let read = move |manager: &Arc<Self>| manager.house.services.jobs.all(name.as_ref());
        let all = self.apart(read).await?;
        match plugin {
            Some(name) if all.is_empty() && !self.knows(name) => {
                Err(self.unknown(name.as_str()).into())
            }
            _ => Ok(all),
        }
    }

    /// Runs a job of a plugin at once, beside its timetable, and waits for its end. `job` is an
    /// identifier, or the name of a job of the registration; `args` is a JSON text, in place of
    /// the job's own. If the answer is dropped, the run is stopped.
    ///
    /// # Errors
    /// [`JobError`], also for a run that fails: it is not tried again.
    pub async fn run_job_now(
        self: &Arc<Self>,
        plugin: &PluginName,
        job: &str,
        args: Option<String>,
    ) -> Result<(), JobError> {
        if let Some(args) = &args {
            check_args(args).map_err(JobError::Args)?;
        }
        let active = self.find(plugin).await?;
        let kept = self.jobs(Some(plugin)).await?;
        let run = self.named(plugin, job, &kept, &active.registration.jobs)?;
        let began = self.now();
        let run = JobRun {
            args: args.unwrap_or(run.args),
            due: began,
            ..run
        };
        let id = run.id.clone();
        let ended = perform::call(self, plugin, run).await;
        let result = match &ended {
            Ok(()) => "ok".to_owned(),
            Err(error) => perform::told(error),
        };
        let name = plugin.clone();
        let noted = self.apart(move |manager| {
            let jobs = &manager.house.services.jobs;
            jobs.note(&name, &id, began, &result)
        });
        // It has run, whatever becomes of the note: who is told otherwise runs it again.
        if let Err(error) = noted.await {
            tracing::warn!(plugin = %plugin, "the run of a job is not noted: {error}");
        }
        Ok(ended?)
    }

    /// The run of what an administrator named.
    fn named(
        &self,
        plugin: &PluginName,
        wanted: &str,
        kept: &[JobStatus],
        registered: &[Job],
    ) -> Result<JobRun, JobError> {
        let run = |id: String, name: &str, args: &str| JobRun {
            id,
            name: name.to_owned(),
            args: args.to_owned(),
            due: self.now(),
            attempt: 1,
        };
        if let Some(row) = kept.iter().find(|row| row.id == wanted) {
            return Ok(run(row.id.clone(), &row.callback, &row.args));
        }
        if let Some(job) = registered.iter().find(|job| job.name == wanted) {
            return Ok(run(registered_id(plugin, wanted), wanted, &job.args));
        }
        let names = || registered.iter().map(|job| job.name.as_str());
        let hint = match nearest(wanted, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if registered.is_empty() => "it registers none".to_owned(),
            None => format!("it has {}", names().collect::<Vec<_>>().join(", ")),
        };
        Err(JobError::Unknown {
            plugin: plugin.clone(),
            wanted: wanted.to_owned(),
            hint,
        })
    }

    /// Whether a plugin serves, or waits for consent.
    fn knows(&self, name: &PluginName) -> bool {
        let snapshot = self.snapshot();
        snapshot.plugins.contains_key(name) || snapshot.waiting.contains_key(name)
    }
}
