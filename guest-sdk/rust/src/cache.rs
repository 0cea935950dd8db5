//! Values that may be gone at any time, in a space of the plugin's own that no other plugin
//! reaches. How many bytes it may hold is granted.
//!
//! ```
//! use std::time::Duration;
//!
//! use goatkit_plugin::db::{self, params};
//! use goatkit_plugin::{Error, cache};
//!
//! const MINUTE: Duration = Duration::from_secs(60);
//!
//! fn count() -> Result<i64, Error> {
//!     cache::remember("count", MINUTE, || {
//!         let rows = db::query("SELECT count(*) FROM ticket", params![])?;
//!         rows.first().map_or(Ok(0), |row| row.at(0))
//!     })
//! }
//! # use goatkit_plugin::testing::{Answers, Session, rows};
//! # let answers = Answers::new().when("count(*)", rows(["count"], [params![7]]));
//! # let session = Session::default().grant("cache").grant("db").database(answers.clone());
//! # session.run(|| assert_eq!((count(), count()), (Ok(7), Ok(7))));
//! # assert_eq!(answers.asked().len(), 1);
//! ```
//!
//! A key tells apart whatever the value depends on. What one person may see and another may
//! not belongs into the key of everything that is made from it.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::host;
use crate::http::whole_milliseconds;
use crate::types::Fault;

/// The value of a key; nothing where there is none, or it expired, or made room.
pub fn get(key: &str) -> Result<Option<Vec<u8>>, Fault> {
    host::cache::get(key)
}

/// Keeps a value, for so long at most if that is said: milliseconds, begun ones count. A key has
/// 1 to 512 bytes. A value that is larger than what is granted is [`Fault::TooLarge`].
pub fn set(key: &str, value: impl AsRef<[u8]>, ttl: Option<Duration>) -> Result<(), Fault> {
    host::cache::set(key, value.as_ref(), ttl.map(whole_milliseconds))
}

/// Forgets a key. Whether there was a value.
pub fn delete(key: &str) -> Result<bool, Fault> {
    host::cache::delete(key)
}

/// The same as [`get`] for a value of [`set_json`]. One that is no `T`, of another version of
/// the plugin perhaps, counts as none.
pub fn get_json<T: DeserializeOwned>(key: &str) -> Result<Option<T>, Fault> {
    let value = get(key)?;
    Ok(value.and_then(|json| serde_json::from_slice(&json).ok()))
}

/// The same as [`set`] for whatever serde can write.
pub fn set_json(key: &str, value: &impl Serialize, ttl: Option<Duration>) -> Result<(), Error> {
    Ok(set(key, serde_json::to_vec(value)?, ttl)?)
}

/// The value of a key, or else what `make` makes, which is kept for `ttl`.
///
/// A cache saves work and decides nothing: where it is not granted, not there or too small, the
/// value is made each time. Only an error of `make` is one, and it is not kept.
pub fn remember<T: Serialize + DeserializeOwned, E>(
    key: &str,
    ttl: Duration,
    make: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    if let Ok(Some(known)) = get_json(key) {
        return Ok(known);
    }
    let made = make()?;
    let _ = set_json(key, &made, Some(ttl));
    Ok(made)
}
