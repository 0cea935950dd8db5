//! What a plugin may do: one room per capability.
//!
//! A room is reached through a door of a runtime, which converts types and decides
//! nothing. The room decides (does the grant permit it?) and then acts. Every room has
//! the same files: `mod.rs` with the handle, `grant.rs` with the pure decision,
//! `backend.rs` with the only code that touches the world; a room that is free for all
//! and touches nothing needs the first alone.
//!
//! Not here: how a call reaches a room (the runtimes), who the user is (the web floor).

pub mod app;
pub mod audit;
pub mod cache;
mod choices;
mod clock;
pub mod config;
pub mod context;
pub mod db;
pub mod events;
mod fault;
pub mod grants;
pub mod http;
pub mod i18n;
mod json_schema;
pub mod log;
pub mod mail;
mod platform;
pub mod plugins;
mod rooms;
pub mod schedule;
mod scope;
mod table;
pub mod templates;
pub mod timestamp;

pub use choices::{Choice, Choices};
pub use clock::{Clock, ManualClock, SystemClock, Waiting};
pub use fault::{Denial, Failure, Fault};
pub use platform::{PlatformDb, PlatformError};
pub use rooms::{Rooms, Services, ServicesError};
pub use scope::{Actor, CallFacts, Entry, EntryKind, Scope, SessionFacts, Within};
pub use table::{CAPABILITIES, Capability, Power, check_requests};
