//! What a plugin may know about the call it is in. Free for all; nothing here has an
//! effect.
//!
//! While the host asks for the registration there is no call, and every function answers
//! [`Fault::Unavailable`].

use std::time::Duration;

use crate::host;
use crate::types::{Fault, Timestamp};

pub use crate::raw::goatkit::plugin::context::{EntryPoint as Entry, Identity as Actor};

/// Who the call is made for; nothing when nobody is signed in.
pub fn actor() -> Result<Option<Actor>, Fault> {
    host::context::actor()
}

/// Whether whoever the call is made for has this permission: one that a plugin defines, or one of
/// the application's. False when nobody is signed in.
pub fn has_permission(permission: &str) -> Result<bool, Fault> {
    host::context::has_permission(permission)
}

/// The organisation that the session belongs to, where the application has several.
pub fn tenant() -> Result<Option<String>, Fault> {
    host::context::tenant()
}

/// The session's locale as a BCP 47 tag, e.g. `de-AT`.
pub fn locale() -> Result<String, Fault> {
    host::context::locale()
}

/// The host's clock, the only one there is on the wasm target.
pub fn now() -> Result<Timestamp, Fault> {
    host::context::now()
}

/// The identifier that this session carries in every log line.
pub fn request_id() -> Result<String, Fault> {
    host::context::request_id()
}

/// How long until the call is stopped.
pub fn deadline() -> Result<Duration, Fault> {
    host::context::deadline().map(Duration::from_nanos)
}

/// What the session was entered by.
pub fn entry() -> Result<Entry, Fault> {
    host::context::entry()
}

/// The plugin that made this call; nothing when the application did.
pub fn caller() -> Result<Option<String>, Fault> {
    host::context::caller()
}
