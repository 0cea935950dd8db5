//! Work at given times. What is done then is a job of the plugin's, a function that is marked
//! `#[job]`; how many times may be kept, and how often one may be due, is granted.
//!
//! The codes of [`Fault::Failed`] are `too-many` and `not-found`.
//!
//! ```
//! #[goatkit_plugin::plugin()]
//! mod desk {
//!     use goatkit_plugin::jobs::Run;
//!     use goatkit_plugin::schedule::Plan;
//!     use goatkit_plugin::{Error, Fault, json, log};
//!
//!     /// Called back: it has no time of its own.
//!     #[job]
//!     fn remind(run: Run) -> Result<(), Error> {
//!         let queue: String = run.args()?;
//!         log::info(format!("reminding {queue}"));
//!         Ok(())
//!     }
//!
//!     pub fn every_morning(queue: &str) -> Result<String, Fault> {
//!         Plan::new("0 7 * * 1-5", "remind", &queue)
//!             .time_zone("Europe/Vienna")
//!             .retries(1)
//!             .schedule()
//!     }
//! }
//! # fn main() {
//! # use goatkit_plugin::testing::Session;
//! # let session = Session::default().grant("schedule").plugin::<desk::Plugin>();
//! # session.clone().run(|| desk::every_morning("Raw")).unwrap();
//! # let job = &session.jobs()[0];
//! # assert_eq!((&*job.callback, &*job.args), ("remind", "\"Raw\""));
//! # session.run_job::<desk::Plugin>("remind", "Raw").unwrap();
//! # }
//! ```

use serde::Serialize;

use crate::draft::Draft;
use crate::host;
use crate::types::Fault;

pub use crate::raw::goatkit::plugin::schedule::Job;

/// Keeps a job, in UTC and tried again three times, and answers its identifier. One that is
/// there already, word for word, stays as it is and is answered.
///
/// `cron` has five fields: minute, hour, day of month, month, day of week. `callback` is the
/// name of a job of the plugin's, and `args` is what it is told.
pub fn schedule_job(cron: &str, callback: &str, args: &impl Serialize) -> Result<String, Fault> {
    host::schedule::schedule_job(cron, callback, &json(args)?)
}

/// Forgets a job of the plugin's. A run that has begun goes on. Whether there was such a job.
pub fn cancel(id: &str) -> Result<bool, Fault> {
    host::schedule::cancel(id)
}

/// The jobs of the plugin, those of its registration among them, by callback and identifier.
pub fn list() -> Result<Vec<Job>, Fault> {
    host::schedule::list()
}

/// A job that is being described. The first fault of its setters is what scheduling it answers.
#[derive(Debug)]
#[must_use = "a job is kept by `schedule`"]
pub struct Plan(Draft<host::schedule::Plan>);

impl Plan {
    /// A job as [`schedule_job`] takes it, to which more can be said.
    pub fn new(cron: &str, callback: &str, args: &impl Serialize) -> Self {
        Self(match json(args) {
            Ok(args) => Draft::new(host::schedule::Plan::new(cron, callback, &args)),
            Err(fault) => Draft::wrong(fault),
        })
    }

    /// An IANA name, e.g. `Europe/Vienna`. A time that a change of the clocks leaves out is due
    /// right after the change; one that comes twice is due once.
    pub fn time_zone(self, name: &str) -> Self {
        Self(self.0.with(|it| it.time_zone(name)))
    }

    /// How often a run that fails is tried again, 0 to 10: after 30 s, and twice as long each
    /// time, but never past the next due time.
    pub fn retries(self, most: u32) -> Self {
        Self(self.0.with(|it| it.retries(most)))
    }

    /// Keeps the job, and answers its identifier.
    pub fn schedule(self) -> Result<String, Fault> {
        host::schedule::schedule(self.0.finish()?)
    }
}

fn json(args: &impl Serialize) -> Result<String, Fault> {
    let json = serde_json::to_string(args);
    json.map_err(|error| Fault::Invalid(format!("the arguments of a job: {error}")))
}
