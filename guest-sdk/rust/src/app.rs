//! The functions that the embedding application offers to plugins, e.g. `ticket.create`.
//! Which of them a plugin may call is granted by name or pattern; they act for the session's
//! actor.
//!
//! ```
//! use goatkit_plugin::{Error, app, json};
//!
//! #[derive(serde::Deserialize)]
//! struct Created {
//!     id: i64,
//! }
//!
//! fn report(title: &str) -> Result<i64, Error> {
//!     let created: Created = app::call("ticket.create", &json!({ "title": title }))?;
//!     Ok(created.id)
//! }
//! # let session = goatkit_plugin::testing::Session::default()
//! #     .grant("app: ticket.*")
//! #     .function("ticket.create", |_| Ok(json!({ "id": 7 })));
//! # assert_eq!(session.run(|| report("Printer on fire")), Ok(7));
//! ```

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::host;
use crate::types::Fault;

pub use crate::raw::goatkit::plugin::app::Function;

/// Calls one. The arguments are an object within the function's schema.
pub fn call<T: DeserializeOwned>(name: &str, args: &impl Serialize) -> Result<T, Error> {
    let answer = host::app::call(name, &serde_json::to_string(args)?)?;
    let read = serde_json::from_str(&answer);
    read.map_err(|error| Error::failed(format!("the answer of `{name}`: {error}")))
}

/// The functions that this plugin may call here, by name. Each has the JSON Schema of its
/// arguments as a text.
pub fn functions() -> Result<Vec<Function>, Fault> {
    host::app::functions()
}
