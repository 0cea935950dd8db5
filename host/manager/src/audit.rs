//! What plugins were denied, and what of their requests and grants comes to nothing.

use std::io;
use std::sync::Arc;

use goatkit_capability::PlatformError;
use goatkit_capability::audit::{self, AuditLine, AuditLog, Report};
use goatkit_capability::grants::Rules;
use goatkit_package::PluginName;
use serde::{Deserialize, Serialize};

use crate::manager::Manager;

/// The audit log's last lines, and what they do not tell.
#[derive(Debug, Serialize, Deserialize)]
pub struct Audit {
    /// Denials, oldest first.
    pub lines: Vec<AuditLine>,
    /// What is asked and was not granted, and what was granted and never used.
    pub report: Report,
}

/// Why the audit log cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// Its file cannot be read.
    #[error("the audit log cannot be read: {0}")]
    Log(#[from] io::Error),
    /// What was counted cannot be read or written.
    #[error(transparent)]
    Counts(#[from] PlatformError),
}

impl Manager {
    /// The last lines of the audit log, of one plugin or of all. Blocks.
    ///
    /// # Errors
    /// [`AuditError`].
    pub fn audit(&self, plugin: Option<&PluginName>, last: usize) -> Result<Audit, AuditError> {
        let services = &self.house.services;
        services.audit.flush();
        if let Err(error) = services.uses.flush(&services.platform, self.now()) {
            tracing::warn!("what was counted is not written down: {error}");
        }
        let lines = AuditLog::read(self.data(), plugin, last)?;
        let uses = audit::Uses::read(&services.platform)?;
        let snapshot = self.snapshot();
        let about = |name: &PluginName| plugin.is_none_or(|wanted| wanted == name);
        let units = snapshot.plugins.iter();
        let units = units.map(|(name, unit)| (name, unit.asked(), (*unit.powers()).clone()));
        let waiting = snapshot.waiting.iter();
        let waiting = waiting.map(|(name, it)| (name, &it.found.asked, Rules::new()));
        let asked: Vec<(PluginName, Rules, Rules)> = units
            .chain(waiting)
            .filter(|(name, ..)| about(name))
            .map(|(name, asked, may)| (name.clone(), asked.clone(), may))
            .collect();
        Ok(Audit {
            lines,
            report: audit::report(&asked, &uses),
        })
    }

    /// Writes down what was counted and denied. What cannot be written is kept for the next
    /// time.
    pub async fn keep_books(self: &Arc<Self>) {
        let manager = Arc::clone(self);
        let kept = tokio::task::spawn_blocking(move || {
            let services = &manager.house.services;
            services.audit.flush();
            services.uses.flush(&services.platform, manager.now())
        });
        if let Ok(Err(error)) = kept.await {
            tracing::warn!("what was counted is not written down: {error}");
        }
    }

    /// Reads what was decided again, and puts it in force.
    pub async fn reconsider(self: &Arc<Self>) {
        let manager = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || {
            manager.ledger().reload()?;
            manager.choices().reload()
        });
        if let Ok(Err(error)) = read.await {
            tracing::warn!("what was decided is not read again: {error}");
        }
        for name in self.choices().pinned() {
            self.house.pin(&name, true);
        }
        self.enforce().await;
    }
}
