//! The room over servers of this machine: nothing here leaves it.
#![allow(clippy::unwrap_used)]

mod attacks;
mod cancel;
mod hostile;
mod opened;
mod reuse;
mod rules;
mod secrets;
mod sending;
mod server;
mod support;
mod tls;
mod urls;
