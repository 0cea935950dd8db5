//! Takes a plugin out of the host: its files go, and nothing that it brings is there any more. Its
//! data stays unless it is purged.
//!
//! In reading order: here the way of it, then `remains` (what is kept of a plugin), `purge` (how
//! that goes).
//!
//! Called by the floors above. Not here: permissions that roles were given, which are people's.

mod purge;
mod remains;

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use goatkit_package::{PackageSource, PluginName};
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::discover::Found;
use crate::error::FindError;
use crate::happenings::{Away, What};
use crate::manager::Manager;
use crate::unit::{Stopped, Unit};

pub use remains::{Given, Remains};

/// How a plugin is taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uninstall {
    /// Whether its data goes as well.
    #[serde(default)]
    pub purge: bool,
    /// Whether it stays where its own `remove` fails, which is told otherwise.
    #[serde(default)]
    pub careful: bool,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uninstalled {
    /// The plugin.
    pub name: PluginName,
    /// The versions whose files are gone.
    pub versions: Vec<Version>,
    /// Whether its data was to go.
    pub purged: bool,
    /// What is still kept of it.
    pub remains: Remains,
    /// What did not go as it should: one sentence each.
    pub problems: Vec<String>,
}

/// Why a plugin was not taken out. It serves as before.
#[derive(Debug, thiserror::Error)]
pub enum UninstallError {
    /// There is no such plugin, and nothing is kept of one.
    #[error(transparent)]
    Find(#[from] FindError),
    /// It is not installed, and its data was not to go.
    #[error(
        "plugin `{0}` is not installed; `gk plugin uninstall {0} --purge` removes what is kept of it"
    )]
    NotInstalled(PluginName),
    /// It is the folder of whoever writes it.
    #[error(
        "plugin `{name}` is the folder {path}, which is its author's and is not removed: move it out of plugins/, or `gk plugin disable {name}`"
    )]
    Folder {
        /// The plugin.
        name: PluginName,
        /// The folder.
        path: PathBuf,
    },
    /// The application brings it.
    #[error(
        "plugin `{name}` was not installed: the application brings it from {path}; `gk plugin disable {name}` keeps it from serving"
    )]
    Elsewhere {
        /// The plugin.
        name: PluginName,
        /// Where it is.
        path: PathBuf,
    },
    /// Its own `remove` failed, and it was to stay then.
    #[error("plugin `{name}` stays: {reason}")]
    Remove {
        /// The plugin.
        name: PluginName,
        /// How it failed.
        reason: String,
    },
    /// A file of it cannot be removed.
    #[error("cannot remove {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Manager {
    /// Takes all versions of a plugin out of `plugins/`. It stops serving at once, and its calls
    /// that run are stopped. With [`Uninstall::purge`] its own `remove` is run, and all that is
    /// kept of it goes; else it finds its data when it is installed again.
    ///
    /// # Errors
    /// [`UninstallError`].
    pub async fn uninstall(
        self: &Arc<Self>,
        name: &PluginName,
        how: Uninstall,
    ) -> Result<Uninstalled, UninstallError> {
        let whole = self.snapshot().complete;
        let done = {
            // Nobody finds its files again while they go.
            let _turn = self.refreshing.lock().await;
            self.take_out(name, how).await
        };
        // Where it stays, it is found again.
        self.refresh().await;
        if whole {
            self.register_all().await;
        }
        done
    }

    async fn take_out(
        self: &Arc<Self>,
        name: &PluginName,
        how: Uninstall,
    ) -> Result<Uninstalled, UninstallError> {
        let files = self.installed(name).await?;
        let unit = self.snapshot().unit(name).cloned();
        if files.is_empty() && unit.is_none() {
            // Nothing but its data can be left.
            self.remains(name).await?;
            if !how.purge {
                return Err(UninstallError::NotInstalled(name.clone()));
            }
        }
        self.put_away(name);
        let mut problems = Vec::new();
        if let (true, Some(unit)) = (how.purge, &unit)
            && let Err(reason) = last_words(unit).await
        {
            if how.careful {
                let name = name.clone();
                return Err(UninstallError::Remove { name, reason });
            }
            problems.push(reason);
        }
        let versions: Vec<Version> = files.iter().map(|it| it.version().clone()).collect();
        self.apart(move |_| remove(&files)).await?;
        if how.purge {
            problems.extend(self.purge(name).await);
        }
        let version = unit.map(|it| it.package().manifest().version.clone());
        let what = What::Uninstalled { purged: how.purge };
        self.happenings().tell(name, version.as_ref(), what);
        tracing::info!(plugin = %name, purged = how.purge, "uninstalled");
        Ok(Uninstalled {
            name: name.clone(),
            versions,
            purged: how.purge,
            remains: self.kept_of(name).await,
            problems,
        })
    }

    /// The files of a plugin in `plugins/`, all of which may be removed.
    async fn installed(self: &Arc<Self>, name: &PluginName) -> Result<Vec<Found>, UninstallError> {
        let plugin = name.clone();
        let files = self.apart(move |manager| {
            let packages = manager.packages().into_iter();
            packages
                .filter(|it| *it.name() == plugin)
                .collect::<Vec<_>>()
        });
        let files = files.await;
        let folder = |it: &&Found| it.package.source() == PackageSource::Folder;
        if let Some(found) = files.iter().find(folder) {
            return Err(UninstallError::Folder {
                name: name.clone(),
                path: found.path.clone(),
            });
        }
        match self.snapshot().unit(name) {
            Some(unit) if !unit.source().starts_with(self.plugins_folder()) => {
                Err(UninstallError::Elsewhere {
                    name: name.clone(),
                    path: unit.source().to_owned(),
                })
            }
            _ => Ok(files),
        }
    }

    /// Takes a plugin out of what is shown, and stops what of it runs, of whatever version.
    fn put_away(&self, name: &PluginName) {
        self.leave_out(name);
        for unit in self.house.units_of(name) {
            unit.stop(Stopped::Uninstalled);
            unit.unload(Away::Stopped);
        }
    }
}

/// Runs the plugin's own `remove`, on code that nobody else calls.
async fn last_words(unit: &Arc<Unit>) -> Result<(), String> {
    let unit = unit.anew();
    let removed = unit.removed().await;
    unit.stop(Stopped::Uninstalled);
    removed.map_err(|error| format!("its own `remove` was not done: {}", error.message()))
}

fn remove(files: &[Found]) -> Result<(), UninstallError> {
    for Found { path, .. } in files {
        match fs::remove_file(path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                let path = path.clone();
                return Err(UninstallError::File { path, source });
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}
