//! Functions of other plugins, those that their registration exposes. Which of them a plugin may
//! call is granted by name or pattern; they act for the session's actor, by their own plugin's
//! grants, and see who calls as [`context::caller`](crate::context::caller).
//!
//! The codes of [`Fault::Failed`] are those of the callee, `not-found`, `trapped`, `too-deep` and
//! `busy`.
//!
//! ```
//! use goatkit_plugin::{Error, plugins};
//!
//! #[derive(serde::Deserialize)]
//! struct Overview {
//!     open: u64,
//! }
//!
//! fn open_tickets() -> Result<u64, Error> {
//!     let overview: Overview = plugins::call("stats", "overview", &["30d"])?;
//!     Ok(overview.open)
//! }
//! # use goatkit_plugin::{json, testing::Session};
//! # let session = Session::default()
//! #     .grant("plugins: stats.*")
//! #     .peer("stats", "overview", |_| Ok(json!({ "open": 7 })));
//! # assert_eq!(session.run(open_tickets), Ok(7));
//! ```

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::host;
use crate::types::Fault;

pub use crate::raw::goatkit::plugin::plugins::Function;

/// Calls one. The arguments are a list or a tuple, in the function's order: `&["30d"]`,
/// `&("30d", 5)`. What it answers as HTML is a text here.
pub fn call<T: DeserializeOwned>(
    plugin: &str,
    name: &str,
    args: &impl Serialize,
) -> Result<T, Error> {
    let answer = host::plugins::call(plugin, name, &serde_json::to_string(args)?)?;
    let read = serde_json::from_str(&answer);
    read.map_err(|error| Error::failed(format!("the answer of `{plugin}.{name}`: {error}")))
}

/// The functions that this plugin may call here, by plugin and name. Each has its arguments as a
/// JSON text.
pub fn functions() -> Result<Vec<Function>, Fault> {
    host::plugins::functions()
}
