//! GoatKit in an application: the composition root and the embedder's API.
//!
//! ```no_run
//! # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
//! use goatkit_host::HostBuilder;
//!
//! let host = HostBuilder::new("data").build().await?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! // The router answers the plugins' pages, files and API: merge it into the
//! // application's own, or serve it alone.
//! host.serve(listener, std::future::pending()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Here the floors are put together and nothing else is done. What the floors are, and in
//! which order they stand, is in ARCHITECTURE.md.

mod admin;
mod admin_site;
mod assemble;
mod builder;
mod follow;
mod host;
mod office;
mod seat;
mod settings;
mod telemetry;

pub use assemble::HostError;
pub use builder::{HostBuilder, OwnCapability};
pub use follow::Follow;
pub use host::{AttendError, Attended, Host};
pub use office::{Office, OfficeError};
pub use seat::SeatError;
pub use settings::SettingsError;
pub use telemetry::TelemetrySettings;

pub use goatkit_capability::app::{AppCall, AppFunctionError};
pub use goatkit_capability::audit::{AuditLine, Report as AuditReport, Unused};
pub use goatkit_capability::cache::CacheStore;
pub use goatkit_capability::config::{Origin, Shown as Setting};
pub use goatkit_capability::db::{SqliteOptions, lay_out};
pub use goatkit_capability::grants::visible;
pub use goatkit_capability::http::HttpOptions;
pub use goatkit_capability::log::{Level, LogLine, LogRecord, Ring};
pub use goatkit_capability::mail::Post;
pub use goatkit_capability::schedule::JobStatus;
pub use goatkit_capability::{
    Actor, Clock, Denial, Entry, EntryKind, Failure, Fault, ManualClock, SessionFacts, SystemClock,
};
pub use goatkit_manager::{
    Active, AddError, Ask, Asked, Audit, Away, CallRefused, CommandCall, ConsentError, Examined,
    FindError, Given, Happening, HookAnswer, JobError, Manager, Mode, PluginStatus, ReloadError,
    Remains, Saved, Snapshot, State, TroubleStatus, Uninstalled, Watch, What,
};
pub use goatkit_people::{
    ADMINISTER, ADMINISTRATOR, Accounts, Directory, Identifying, NewUser, Password, PeopleError,
    Role, SCOPES, Scope, SessionToken, SignInError, Token, Tokens, User, UserChange, Visitor,
    generated_password,
};
pub use goatkit_web::{AdminSiteSettings, Figures, Page, Pages};

pub use goatkit_package::{Manifest, NameError, PluginName, nearest};
pub use goatkit_runtime::{
    CallError, CallErrorKind, Ceilings, Function, Limits, Output, Registration, SPANS, Session,
};
pub use goatkit_wasm::{CompileLimits, CompilerProgram, GuestState, compile_if_asked, wasmtime};

pub use axum::http::Method;
