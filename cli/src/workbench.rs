//! A host for one command, with one package in it: what `build`, `inspect` and `call` try a
//! package on. Nothing listens.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use goatkit_build::Toolchain;
use goatkit_host::{Active, Host, HostBuilder, PluginName};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A host, and the package that a command is about.
pub(crate) struct Workbench {
    pub(crate) host: Host,
    pub(crate) plugin: PluginName,
    /// Goes with the workbench.
    _data: Option<TempDir>,
}

impl Workbench {
    /// Puts the package into a host that works in `data`, or in a folder that is thrown away.
    pub(crate) async fn with(package: &Path, data: Option<PathBuf>) -> Result<Self> {
        let (data, thrown_away) = match data {
            Some(data) => (data, None),
            None => {
                let folder = temporary_folder()?;
                (folder.path().to_owned(), Some(folder))
            }
        };
        let host = HostBuilder::new(data)
            .code_cache(code_cache())
            .build()
            .await?;
        let plugin = host.manager().add(package)?;
        Ok(Self {
            host,
            plugin,
            _data: thrown_away,
        })
    }

    /// The package with what it registers; nothing but `gk-register` has run.
    pub(crate) async fn registered(&self) -> Result<Active> {
        Ok(self.host.manager().find(&self.plugin).await?)
    }
}

/// A folder that goes when it is dropped.
pub(crate) fn temporary_folder() -> Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("goatkit-").tempdir();
    folder.context("cannot make a temporary folder; TMPDIR names where")
}

/// Compiled code of packages that no data folder of a server holds: kept in the user's
/// cache, so that the second command on a package is fast.
pub(crate) fn code_cache() -> PathBuf {
    Toolchain::from_env().cache().join("code")
}

/// What async work of a command runs on.
pub(crate) fn runtime() -> Result<Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.context("cannot start the threads of this program")
}
