//! The host's side of the capabilities on targets that have no host: the same modules and
//! functions as the generated imports, answered from the thread's
//! [`Session`](crate::testing::Session).
//!
//! Refusals are worded as the host words them. What a session holds is in `testing`.

pub(crate) mod app;
pub(crate) mod config;
pub(crate) mod context;
pub(crate) mod db;
pub(crate) mod i18n;
pub(crate) mod log;
