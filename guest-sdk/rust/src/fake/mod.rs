//! The host's side of the capabilities on targets that have no host: the same modules and
//! functions as the generated imports, answered from the thread's
//! [`Session`](crate::testing::Session).
//!
//! Refusals are worded as the host words them. What a session holds is in `testing`.

pub(crate) mod app;
pub(crate) mod cache;
pub(crate) mod config;
pub(crate) mod context;
pub(crate) mod db;
pub(crate) mod events;
pub(crate) mod http;
pub(crate) mod i18n;
pub(crate) mod log;
pub(crate) mod mail;
pub(crate) mod plugins;
pub(crate) mod schedule;
pub(crate) mod templates;

use crate::types::{Failure, Fault};

fn failed(code: &str, message: String) -> Fault {
    Fault::Failed(Failure {
        code: code.to_owned(),
        message,
        details: None,
    })
}
