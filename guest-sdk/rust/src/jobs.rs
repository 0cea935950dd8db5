//! Runs of the plugin's jobs: what a function that [`macro@crate::plugin`] finds marked `#[job]`
//! is told. When it runs is its own mark's to say, or [`schedule`](crate::schedule)'s.
//!
//! A run that answers an error is tried again as its plan says, with the same `id` and `due`:
//! whoever must not do something twice notes them.

use serde::de::DeserializeOwned;

use crate::error::Error;

pub use crate::raw::jobs::exports::goatkit::plugin::jobs::Job as Run;

impl Run {
    /// What the job was scheduled with.
    pub fn args<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let read = serde_json::from_str(&self.args);
        read.map_err(|error| Error::invalid(format!("the job \"{}\": {error}", self.name)))
    }
}
