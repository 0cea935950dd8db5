//! When a plugin lives.
//!
//! `discover` finds packages and runs nothing, `reload` and `refresh` do so again while
//! plugins serve, `unit` loads one version of one plugin when it is first needed,
//! `register` checks and keeps what `gk-register` answers, `snapshot` is what the
//! application shows of all of them, `manager` ties these together and calls functions, as
//! `options` say.
//!
//! What a moment shows is called by `dispatch`: routes, and for the rest `widgets`, `hooks`
//! (with `trouble`, which leaves those alone that fail again and again), `peers` (plugins that
//! call each other) and `events`. `happenings` tells what becomes of plugins. `access` decides who may have what, `paths` what a path and a
//! pattern mean.
//!
//! `consent`, `install`, `settings`, `audit` and `command` are for administrators, `watch` looks
//! again when something changed, `jobs` runs what is due. `life` decides who stays in memory and
//! who is left alone.
//!
//! Not here: how a plugin runs (the runtimes), what it may do (the capabilities), HTTP.

mod access;
mod apart;
mod audit;
mod command;
mod consent;
mod counted;
mod discover;
mod dispatch;
mod error;
mod events;
mod happenings;
mod hooks;
mod install;
mod jobs;
mod life;
mod manager;
mod options;
mod paths;
mod peers;
mod ready;
mod refresh;
mod register;
mod reload;
mod settings;
mod snapshot;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod testing;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod trouble;
mod unit;
mod watch;
mod widgets;

pub use access::{AccessDenied, permits};
pub use audit::{Audit, AuditError};
pub use command::{CallRefused, CommandCall};
pub use consent::{Ask, Asked, ConsentError, Examined};
pub use discover::Refused;
pub use error::{AddError, FindError, ManagerError, ReloadError};
pub use goatkit_capability::schedule::{JobStatus, Origin};
pub use happenings::{Away, Happening, Happenings, Listening, What};
pub use hooks::{HookAnswer, Saved};
pub use jobs::JobError;
pub use life::{OfThisProcess, PluginStatus, Resident, TroubleStatus};
pub use manager::Manager;
pub use options::{ManagerSettings, MemorySettings, Mode};
pub use register::check_registration;
pub use settings::ConfigError;
pub use snapshot::{
    ActiveHook, ActiveMount, ActivePage, ActiveRoute, ActiveWidget, MenuEntry, Params, RouteMatch,
    RouteTable, Snapshot, Waiting,
};
pub use unit::{Active, State, Unit};
pub use watch::Watch;
pub use widgets::WidgetAnswer;
