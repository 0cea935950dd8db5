//! schedule: work at given times.

mod backend;
mod grant;

pub use backend::Jobs;
pub use grant::{GRANT, Granted};

use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;

use crate::audit::Auditor;
use crate::{Clock, Fault, Scope};

/// The tables of the room in the platform's database.
pub(crate) const LAYOUT: &str = "";

/// The names of the jobs that a plugin registered: what its plans may call back. Clones share
/// it; empty until the plugin has registered.
#[derive(Clone, Default)]
pub struct Callbacks(Arc<ArcSwap<Vec<String>>>);

impl Callbacks {
    /// Replaces the names.
    pub fn set(&self, names: Vec<String>) {
        self.0.store(Arc::new(names));
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

/// A job that is being described.
#[derive(Debug, Clone, Default)]
pub struct Plan {}

impl Plan {
    /// In UTC, tried again three times.
    pub fn new(_cron: String, _callback: String, _args: String) -> Self {
        Self {}
    }
    /// Bytes that the host holds for it.
    pub fn held(&self) -> usize {
        0
    }
    /// An IANA name.
    pub fn time_zone(&mut self, _name: String) -> Result<(), Fault> {
        Err(unbuilt())
    }
    /// How often a run that fails is tried again.
    pub fn retries(&mut self, _most: u32) -> Result<(), Fault> {
        Err(unbuilt())
    }
}

/// A job that is kept, as its plugin sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its identifier.
    pub id: String,
    /// The name of a job of the registration.
    pub callback: String,
    /// Five fields.
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

    /// Keeps a job, and answers its identifier.
    pub async fn schedule(&self, _scope: &Scope, _plan: Plan) -> Result<String, Fault> {
        let _ = (
            &self.auditor,
            &self.granted,
            &self.jobs,
            &self.callbacks,
            &self.clock,
        );
        Err(unbuilt())
    }

    /// Forgets a job.
    pub async fn cancel(&self, _scope: &Scope, _id: &str) -> Result<bool, Fault> {
        Err(unbuilt())
    }

    /// The jobs of the plugin.
    pub async fn list(&self, _scope: &Scope) -> Result<Vec<Job>, Fault> {
        Err(unbuilt())
    }
}

fn unbuilt() -> Fault {
    Fault::Unavailable("not built yet".to_owned())
}
