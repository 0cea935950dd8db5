//! Lines for the plugin's own log and the host's tracing. Free for all; writing never
//! fails, and the host cuts what is over its bounds.
//!
//! ```
//! use goatkit_plugin::log::{self, Level};
//!
//! log::info("imported 12 tickets");
//! log::write(Level::Warn, "slow import", &[("tickets", 12.into()), ("from", "csv".into())]);
//! ```

use serde_json::Value;

use crate::host;

pub use crate::raw::goatkit::plugin::log::Level;

/// Writes one line with fields, whose values are JSON.
pub fn write(level: Level, message: impl AsRef<str>, fields: &[(&str, Value)]) {
    let fields: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.to_string()))
        .collect();
    host::log::write(level, message.as_ref(), &fields);
}

/// For following a plugin step by step.
pub fn trace(message: impl AsRef<str>) {
    plain(Level::Trace, message.as_ref());
}

/// For whoever works on the plugin.
pub fn debug(message: impl AsRef<str>) {
    plain(Level::Debug, message.as_ref());
}

/// Something that an administrator may like to know.
pub fn info(message: impl AsRef<str>) {
    plain(Level::Info, message.as_ref());
}

/// Something that an administrator should look at.
pub fn warn(message: impl AsRef<str>) {
    plain(Level::Warn, message.as_ref());
}

/// Something that did not work.
pub fn error(message: impl AsRef<str>) {
    plain(Level::Error, message.as_ref());
}

fn plain(level: Level, message: &str) {
    host::log::write(level, message, &[]);
}
