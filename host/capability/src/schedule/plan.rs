//! What a plugin describes before it is kept.

use goatkit_package::PluginName;

use super::id::scheduled_id;
use super::timetable::{Timetable, time_zone};
use crate::Fault;

/// Bytes of a job's arguments: they are kept for each job, and are to name work, not to carry
/// it.
pub const MAX_ARGS_BYTES: usize = 64 * 1024;

/// How often a run that fails can be tried again: with doubling waits ten tries take more than
/// eight hours.
pub const MAX_RETRIES: u32 = 10;

/// How often a run that fails is tried again where nothing else is said.
pub const DEFAULT_RETRIES: u32 = 3;

/// A job that is being described.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(super) cron: String,
    pub(super) callback: String,
    pub(super) args: String,
    pub(super) time_zone: String,
    pub(super) retries: u32,
}

impl Plan {
    /// In UTC, tried again three times. `callback` is the name of a job of the registration,
    /// `args` a JSON text.
    pub fn new(cron: String, callback: String, args: String) -> Self {
        Self {
            cron,
            callback,
            args,
            time_zone: "UTC".to_owned(),
            retries: DEFAULT_RETRIES,
        }
    }

    /// Bytes that the host holds for it.
    pub fn held(&self) -> usize {
        let words = [&self.cron, &self.callback, &self.args, &self.time_zone];
        words.iter().map(|text| text.len()).sum()
    }

    /// An IANA name.
    ///
    /// # Errors
    /// [`Fault::Invalid`] with the nearest name that there is.
    pub fn time_zone(&mut self, name: String) -> Result<(), Fault> {
        let zone = time_zone(&name).map_err(|error| Fault::Invalid(error.to_string()))?;
        self.time_zone = zone.iana_name().map_or(name, str::to_owned);
        Ok(())
    }

    /// How often a run that fails is tried again, up to [`MAX_RETRIES`].
    ///
    /// # Errors
    /// [`Fault::Invalid`] for more.
    pub fn retries(&mut self, most: u32) -> Result<(), Fault> {
        if most > MAX_RETRIES {
            return Err(Fault::Invalid(format!(
                "{most} retries are more than {MAX_RETRIES}"
            )));
        }
        self.retries = most;
        Ok(())
    }

    /// When it is due, if all of it makes sense.
    pub(super) fn check(&self) -> Result<Timetable, Fault> {
        check_args(&self.args)?;
        let table = Timetable::parse(&self.cron, &self.time_zone);
        table.map_err(|error| Fault::Invalid(error.to_string()))
    }

    pub(super) fn id(&self, plugin: &PluginName) -> String {
        let retries = self.retries.to_string();
        let words = [
            &self.cron,
            &self.callback,
            &self.args,
            &self.time_zone,
            &retries,
        ];
        scheduled_id(plugin, &words.map(String::as_str))
    }
}

/// Whether a text may be a job's arguments.
///
/// # Errors
/// [`Fault::TooLarge`] over [`MAX_ARGS_BYTES`], [`Fault::Invalid`] for what is no JSON.
pub fn check_args(args: &str) -> Result<(), Fault> {
    if args.len() > MAX_ARGS_BYTES {
        return Err(Fault::TooLarge(format!(
            "the job's arguments have {} bytes, and {MAX_ARGS_BYTES} are allowed",
            args.len()
        )));
    }
    let read: Result<serde::de::IgnoredAny, _> = serde_json::from_str(args);
    let read = read.map(drop);
    read.map_err(|error| Fault::Invalid(format!("the job's arguments are no JSON: {error}")))
}
