//! Write GoatKit plugins in Rust.
//!
//! A plugin is a module with [`macro@plugin`] on it. Each `pub fn` of the module is a
//! function for templates, other plugins and the command line; its name, its arguments
//! with their types, what it returns and its doc comment are the registration.
//!
//! ```
//! #[goatkit_plugin::plugin(
//!     menu(label = "Statistics", path = "/admin/statistics", icon = "chart"),
//!     page(
//!         path = "/admin/statistics",
//!         template = "statistics.html",
//!         title = "Statistics",
//!         permission = "statistics.view",
//!     ),
//!     permissions("statistics.view"),
//! )]
//! mod statistics {
//!     use goatkit_plugin::Json;
//!     use serde::Serialize;
//!
//!     #[derive(Serialize)]
//!     pub struct Words {
//!         count: usize,
//!     }
//!
//!     /// Counts the words of a text
//!     pub fn count_words(text: String) -> Json<Words> {
//!         Json(Words { count: text.split_whitespace().count() })
//!     }
//! }
//! # fn main() {}
//! ```
//!
//! Marks on functions say what else they are: `#[route]` answers requests ([`routes`]), `#[hook]`
//! is told of what happens ([`hooks`]), `#[job]` is done at given times ([`jobs`]), `#[widget]` is
//! shown in a place of the application, `#[expose]` may be called by other plugins
//! ([`plugins`]). All of them are in [`macro@plugin`].
//!
//! On the wasm target the capabilities ([`context`], [`log`], [`i18n`], [`config`],
//! [`templates`], [`db`], [`app`], [`http`], [`mail`], [`cache`], [`schedule`], [`plugins`],
//! [`events`]) are the host's. On every other target they are served by a `testing::Session` in
//! the same process, so that `cargo test` runs a plugin's own tests with no host and no wasm.
//!
//! Deliberately not here: a clock, threads and random numbers of the standard library,
//! which the wasm target does not have. The time is [`context::now`].

pub mod app;
pub mod cache;
pub mod config;
pub mod context;
pub mod db;
pub mod events;
pub mod http;
pub mod i18n;
pub mod log;
pub mod mail;
pub mod plugins;
pub mod schedule;
pub mod templates;

pub mod hooks;
pub mod html;
pub mod jobs;
pub mod registration;
pub mod routes;

mod answer;
mod arguments;
mod draft;
mod error;
mod kind;
mod plugin;
mod types;

pub mod raw;

#[cfg(not(target_arch = "wasm32"))]
mod fake;
#[cfg(target_arch = "wasm32")]
mod panics;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;

pub use answer::{Answer, Json, Output};
pub use arguments::Arguments;
pub use error::Error;
pub use goatkit_plugin_macros::plugin;
pub use html::Html;
pub use kind::Kind;
pub use plugin::{Hooks, Jobs, Lifecycle, Plugin, Routes};
pub use serde_json::{Value, json};
pub use types::{Denial, Failure, Fault, Timestamp};

/// Where the capability modules call: the host, or its stand-in in this process.
#[cfg(not(target_arch = "wasm32"))]
use fake as host;
#[cfg(target_arch = "wasm32")]
use raw::goatkit::plugin as host;
