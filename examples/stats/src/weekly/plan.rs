//! When the report is sent: as the settings say, by one job of the host's.

use goatkit_plugin::schedule::{self, Job, Plan};
use goatkit_plugin::{Error, config};

/// The job that is called back, as `lib.rs` marks it.
const CALLBACK: &str = "weekly-report";

/// Monday at seven: the default of the manifest.
const CRON: &str = "0 7 * * 1";

/// The default of the manifest.
const TIME_ZONE: &str = "UTC";

/// Keeps the job that the settings describe, and forgets those that they described before. The
/// identifier is the job's.
pub(crate) fn schedule() -> Result<String, Error> {
    let cron: Option<String> = config::get("report_cron")?;
    let time_zone: Option<String> = config::get("report_time_zone")?;
    let plan = Plan::new(cron.as_deref().unwrap_or(CRON), CALLBACK, &());
    // First the new one: settings that make no sense leave the old one as it is.
    let id = plan
        .time_zone(time_zone.as_deref().unwrap_or(TIME_ZONE))
        .schedule()?;
    // One without a time is the registration's, which no plugin takes back.
    let outdated = |job: &Job| job.callback == CALLBACK && !job.cron.is_empty() && job.id != id;
    for job in schedule::list()?.into_iter().filter(outdated) {
        schedule::cancel(&job.id)?;
    }
    Ok(id)
}
