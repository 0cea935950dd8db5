//! What is kept of a plugin, in all rooms and beside them: counted, never shown.

use std::fmt::Display;
use std::sync::Arc;
use std::time::{Duration, Instant};

use goatkit_capability::audit::AuditLog;
use goatkit_capability::db::{OwnTable, is_record};
use goatkit_package::PluginName;
use serde::{Deserialize, Serialize};

use crate::error::FindError;
use crate::manager::Manager;

/// How long the application's database may take to count a plugin's rows, or to drop its tables:
/// an administrator waits for it.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// What is kept of a plugin. Cached values are not counted: they may be gone at any time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Remains {
    /// Tables of its own, with their rows.
    pub tables: Vec<OwnTable>,
    /// Settings that were set.
    pub settings: u64,
    /// Secrets that were set.
    pub secrets: u64,
    /// Decisions on what it may do.
    pub decisions: u64,
    /// Jobs.
    pub jobs: u64,
    /// Messages in the host's folder for mail.
    pub mail: u64,
    /// Lines of its log.
    pub log_lines: u64,
    /// Lines of the audit log.
    pub denials: u64,
    /// Versions in the store, each with its registration and compiled code.
    pub copies: u64,
    /// Whether somebody disabled or pinned it.
    pub chosen: bool,
    /// Permissions of its that roles were given.
    pub permissions: Vec<Given>,
    /// What could not be looked at: one sentence each.
    pub unknown: Vec<String>,
}

/// A permission that a role was given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Given {
    /// The role.
    pub role: String,
    /// The permission.
    pub permission: String,
}

impl Remains {
    /// Whether nothing is kept, as far as that is known.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// A number, or 0 where it is not known.
    fn count<E: Display>(&mut self, what: &str, counted: Result<usize, E>) -> u64 {
        match counted {
            Ok(count) => count as u64,
            Err(error) => {
                self.unknown.push(format!("{what}: {error}"));
                0
            }
        }
    }
}

impl Manager {
    /// What is kept of a plugin that is known, or was.
    ///
    /// # Errors
    /// [`FindError`] when there is no such plugin and nothing is kept of one.
    pub async fn remains(self: &Arc<Self>, name: &PluginName) -> Result<Remains, FindError> {
        let remains = self.kept_of(name).await;
        match remains.is_nothing() && !self.is_known(name) {
            true => Err(self.unknown(name.as_str())),
            false => Ok(remains),
        }
    }

    pub(super) async fn kept_of(self: &Arc<Self>, name: &PluginName) -> Remains {
        let plugin = name.clone();
        let mut remains = self.apart(move |manager| manager.counted(&plugin)).await;
        let database = &self.house.services.database;
        match database.own_tables(name, Instant::now() + PATIENCE).await {
            Ok(tables) => {
                let tables = tables.into_iter();
                remains.tables = tables.filter(|it| !is_record(name, &it.name)).collect();
            }
            Err(fault) => remains.unknown.push(format!("its tables: {fault}")),
        }
        remains
    }

    /// What blocks while it is counted.
    fn counted(&self, name: &PluginName) -> Remains {
        let services = &self.house.services;
        let mut remains = Remains::default();
        let (settings, secrets) = match services.settings.kept(name) {
            Ok(kept) => kept,
            Err(error) => {
                remains.unknown.push(format!("its settings: {error}"));
                (0, 0)
            }
        };
        (remains.settings, remains.secrets) = (settings as u64, secrets as u64);
        let decisions = self.ledger().decisions();
        let decisions = decisions.iter().filter(|it| it.plugin == *name);
        remains.decisions = decisions.count() as u64;
        let jobs = services.jobs.all(Some(name)).map(|it| it.len());
        remains.jobs = remains.count("its jobs", jobs);
        let mail = services.post.kept(name).map(|it| it as usize);
        remains.mail = remains.count("its mail", mail);
        remains.log_lines = services.log.count(name) as u64;
        services.audit.flush();
        let denials = AuditLog::read(self.data(), Some(name), usize::MAX);
        remains.denials = remains.count("the audit log", denials.map(|it| it.len()));
        let copies = self.store().of(name).map(|it| it.len());
        remains.copies = remains.count("the store", copies);
        remains.chosen = self.choices().knows(name);
        remains
    }
}
