//! The plugin's own settings, which its manifest declares under `config` and an
//! administrator sets. Free for all: a plugin sees its own settings and no other's.
//!
//! A key that the manifest does not declare is [`Fault::Denied`], and so is a secret that
//! is asked for with [`get`].
//!
//! ```
//! use goatkit_plugin::{Error, config};
//!
//! fn page_size() -> Result<u32, Error> {
//!     Ok(config::get("page_size")?.unwrap_or(50))
//! }
//!
//! fn authorization() -> Result<Option<String>, Error> {
//!     let token = config::secret("token")?;
//!     Ok(token.map(|token| format!("Bearer {}", token.expose())))
//! }
//! # let session = goatkit_plugin::testing::Session::default()
//! #     .declares("page_size")
//! #     .secret("token", "x");
//! # session.run(|| {
//! #     assert_eq!(page_size(), Ok(50));
//! #     assert_eq!(authorization(), Ok(Some("Bearer x".to_owned())));
//! # });
//! ```

use std::fmt;

use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::host;
use crate::types::Fault;

/// The setting `key`: what was set, else the default of the schema, else nothing.
pub fn get<T: DeserializeOwned>(key: &str) -> Result<Option<T>, Error> {
    let Some(json) = host::config::get(key)? else {
        return Ok(None);
    };
    let read = serde_json::from_str(&json);
    read.map_err(|error| Error::failed(format!("setting \"{key}\": {error}")))
}

/// The secret `key`, a setting whose schema says `writeOnly: true`; nothing where none was
/// set.
pub fn secret(key: &str) -> Result<Option<Secret>, Fault> {
    host::config::secret(key).map(|text| text.map(Secret))
}

/// The settings that have a value now, sorted; secrets are among them.
pub fn keys() -> Result<Vec<String>, Fault> {
    host::config::keys()
}

/// A text that does not show itself: printed it is `[secret]`, and serde does not write it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text, for where it is needed.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
