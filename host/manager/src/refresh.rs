//! Looks again while plugins serve: does what `reload` decides.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use goatkit_package::PluginName;
use goatkit_runtime::LoadError;
use semver::Version;

use crate::discover::{Found, Refused};
use crate::error::{FindError, ReloadError};
use crate::happenings::What;
use crate::life::Farewell;
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

    /// Reads the file of a plugin that serves again, and serves what is there if that proves
    /// itself.
    pub(crate) async fn read_again(
        self: &Arc<Self>,
        name: &PluginName,
    ) -> Result<Version, ReloadError> {
        let _turn = self.refreshing.lock().await;
        let old = self.unit(name)?;
        let path = old.source().to_owned();
        let found = self.apart({
            let path = path.clone();
            move |manager| manager.read(&path)
        });
        let found = match found.await {
            Ok(found) => found,
            Err(error) => return Err(ReloadError::Package { path, error }),
        };
        if found.name() != name {
            let holds = found.name().clone();
            return Err(ReloadError::Other { path, holds });
        }
        let version = found.version().clone();
        let open = found.open(&self.house.ledger);
        if !open.is_empty() {
            let plugin = name.clone();
            return Err(FindError::Waiting {
                plugin,
                version,
                open,
            }
            .into());
        }
        let new = self.proven(&old, found).await.map_err(FindError::from)?;
        self.take_over(&path, new);
        Ok(version)
    }

    /// The new version if it proves itself, else the old one.
    async fn replace(&self, old: Arc<Unit>, new: Found, refused: &mut Vec<Refused>) -> Arc<Unit> {
        let path = new.path.clone();
        match self.proven(&old, new).await {
            Ok(unit) => unit,
            Err(error) => {
                let serving = &old.package().manifest().version;
                let reason = format!("{error}; version {serving} goes on serving");
                refused.push(Refused { path, reason });
                old
            }
        }
    }

    /// A new version that was loaded, registered and activated.
    async fn proven(&self, old: &Arc<Unit>, new: Found) -> Result<Arc<Unit>, LoadError> {
        let unit = Unit::new(new, &self.house);
        let farewell = Farewell::of(old, &self.house).await?;
        match unit.plugin().await {
            Ok(_) => {
                // As soon as nobody calls the old one, which nobody new does in a moment.
                if let Some(farewell) = farewell {
                    farewell.begin();
                }
                let version = &unit.package().manifest().version;
                tracing::info!(plugin = %unit.name(), %version, "replaced");
                let from = old.package().manifest().version.clone();
                unit.tell(What::Replaced { from });
                Ok(unit)
            }
            Err(error) => {
                let reason = error.message().to_owned();
                unit.tell(What::NotReplaced { reason });
                Err(error)
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
