//! A host for one command, with one package in it: what `build`, `inspect` and `call` try a
//! package on. Nothing listens.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use goatkit_build::Toolchain;
use goatkit_host::{Active, AddError, CompilerProgram, Host, HostBuilder, PluginName};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::descriptors;
use crate::failure::hinted;

/// A host, and the package that a command is about.
pub(crate) struct Workbench {
    pub(crate) host: Host,
    pub(crate) plugin: PluginName,
    /// Goes with the workbench.
    _data: TempDir,
}

impl Workbench {
    /// Puts the package into a host that works in a folder that is thrown away. All that it
    /// asks is granted: there is nothing to be had.
    pub(crate) async fn with(package: &Path) -> Result<Self> {
        let data = temporary_folder()?;
        descriptors::raise_limit();
        let host = HostBuilder::new(data.path())
            .code_cache(code_cache())
            .compiler(CompilerProgram::this())
            .grant_everything()
            .build()
            .await?;
        let plugin = match host.manager().add(package).await {
            Ok(plugin) => plugin,
            Err(error) if is_source(package) => return Err(unbuilt(package, &error)),
            Err(error) => return Err(error.into()),
        };
        Ok(Self {
            host,
            plugin,
            _data: data,
        })
    }

    /// The package with what it registers; nothing but `gk-register` has run.
    pub(crate) async fn registered(&self) -> Result<Active> {
        Ok(self.host.manager().find(&self.plugin).await?)
    }
}

/// Whether a folder holds what a package is built from, and perhaps no package.
fn is_source(folder: &Path) -> bool {
    folder.join("Cargo.toml").is_file()
}

fn unbuilt(folder: &Path, error: &AddError) -> anyhow::Error {
    let shown = folder.display();
    hinted(
        error.to_string(),
        format!(
            "build it with `gk plugin build {shown}`, then name the zip in {}",
            folder.join("dist").display()
        ),
    )
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
