//! The templates of the plugin's own package, rendered by the host. Free for all.
//!
//! ```
//! use goatkit_plugin::{Fault, json, templates};
//!
//! fn letter(name: &str) -> Result<String, Fault> {
//!     templates::render("letter.html", &json!({ "name": name }))
//! }
//! # let session = goatkit_plugin::testing::Session::default()
//! #     .template("letter.html", |data| Ok(format!("Dear {}", data["name"])));
//! # assert_eq!(session.run(|| letter("Jane")).unwrap(), "Dear \"Jane\"");
//! ```

use serde::Serialize;

use crate::host;
use crate::types::Fault;

/// Renders the file `name` below `templates/` for the session's locale. `data` is an object.
///
/// [`Fault::Failed`] with `not-found` where there is no such file, with `template` and the place
/// for a mistake in it.
pub fn render(name: &str, data: &impl Serialize) -> Result<String, Fault> {
    let json = serde_json::to_string(data);
    let json = json.map_err(|error| Fault::Invalid(format!("the data of {name}: {error}")))?;
    host::templates::render(name, &json)
}
