//! Looks again while plugins serve: does what `reload` decides.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::discover::{Found, Refused};
use crate::happenings::What;
use crate::manager::Manager;
use crate::reload::{Change, plan};
use crate::unit::Unit;

impl Manager {
    /// Looks through `plugins/` again while plugins serve. What did not change stays as it
    /// is, loaded or not. A new version of a plugin that serves is loaded, registered and
    /// activated before it takes the old one's place; if that fails, the old one serves on
    /// and the snapshot says why.
    pub async fn refresh(self: &Arc<Self>) {
        let _turn = self.refreshing.lock().await;
        let manager = Arc::clone(self);
        let Ok(found) = tokio::task::spawn_blocking(move || manager.scan()).await else {
            tracing::error!("reading plugins/ broke off; nothing was changed");
            return;
        };
        let mut refused = found.refused;
        let mut plugins = BTreeMap::new();
        let waiting = found.waiting;
        let stays = |unit: &Unit| may_exist(unit.source()) || waiting.contains_key(unit.name());
        let changes = plan(&self.snapshot().plugins, found.packages, stays);
        for (name, change) in changes {
            let unit = match change {
                Change::Keep(unit) => {
                    serves_on(&unit, &mut refused);
                    unit
                }
                Change::Start(found) => Unit::new(found, &self.house),
                Change::Replace { old, new } => self.replace(old, new, &mut refused).await,
            };
            plugins.insert(name, unit);
        }
        self.swap(plugins, waiting, refused);
    }

    /// The new version if it proves itself, else the old one.
    async fn replace(&self, old: Arc<Unit>, new: Found, refused: &mut Vec<Refused>) -> Arc<Unit> {
        let unit = Unit::new(new, &self.house);
        let version = &unit.package().manifest().version;
        match unit.plugin().await {
            Ok(_) => {
                tracing::info!(plugin = %unit.package().manifest().name, %version, "replaced");
                let from = old.package().manifest().version.clone();
                unit.tell(What::Replaced { from });
                unit
            }
            Err(error) => {
                let serving = &old.package().manifest().version;
                let why = error.message().to_owned();
                unit.tell(What::NotReplaced { reason: why });
                let reason = format!("{error}; version {serving} goes on serving");
                refused.push(Refused {
                    path: unit.source().to_owned(),
                    reason,
                });
                old
            }
        }
    }
}

/// Says of a file that is refused that what was read from it before still serves.
fn serves_on(unit: &Unit, refused: &mut [Refused]) {
    for refused in refused
        .iter_mut()
        .filter(|refused| refused.path == unit.source())
    {
        let version = &unit.package().manifest().version;
        refused.reason += &format!("; version {version}, read earlier, goes on serving");
    }
}

/// A file that cannot be looked at is not gone.
fn may_exist(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}
