//! `gk demo`: the examples of the checkout, built and served, with an application around them
//! in which people sign in.
//!
//! `examples` builds, `templates` lays out the pages, `helpdesk` makes the database that
//! plugins read, `accounts` says who may sign in, `desk` is the application itself.

mod accounts;
mod desk;
mod examples;
mod helpdesk;
mod templates;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use goatkit_host::{CompilerProgram, Examined, Host, HostBuilder, SqliteOptions, lay_out};
use tempfile::{NamedTempFile, TempDir};

use crate::args::DemoArgs;
use crate::checkout::Checkout;
use crate::listen::{self, Listeners};
use crate::telemetry::Traces;
use crate::workbench;
use accounts::Account;
use desk::Tickets;

pub(crate) fn run(args: DemoArgs, traces: Traces) -> Result<()> {
    // First what may be refused, then what takes long, then what must be cleaned up.
    let listeners = Listeners::bind(&args.listen, Some(&args.admin))?;
    let packages = examples::build_all(&Checkout::find()?)?;
    let data = DataFolder::choose(args.data)?;
    let laid = lay_packages(&data.path().join("plugins"), &packages)?;
    templates::lay(&data.path().join("templates"))?;
    lay_database(&data.path().join(DATABASE))?;
    lay_settings(&data.path().join("gk.toml"))?;
    let host = HostBuilder::new(data.path())
        .code_cache(workbench::code_cache())
        .compiler(CompilerProgram::this())
        .database(SqliteOptions::existing(data.path().join(DATABASE)))
        .sign_in();
    let tickets = Tickets::of(data.path().join(DATABASE));
    let ready = async |host: &Arc<Host>| {
        consent(host, &laid).await?;
        let customer = tickets.a_customer().await?;
        let accounts = match host.accounts() {
            Some(accounts) => accounts::lay(accounts, data.path(), &customer).await?,
            None => Vec::new(),
        };
        Ok(listen::Ready {
            router: desk::router(host, tickets.clone()),
            says: introduction(&accounts),
        })
    };
    listen::serve(listeners, host, traces, ready)
}

/// Who can sign in, for whoever started the demo.
fn introduction(accounts: &[Account]) -> String {
    let lines = accounts.iter().map(|it| {
        let Account {
            login,
            kind,
            password,
            ..
        } = it;
        format!("  {kind:<9} {login:<32} {password}\n")
    });
    format!("sign in as one of\n{}", lines.collect::<String>())
}

/// The help desk's database, where a host that `gk serve` makes on the folder finds it too.
const DATABASE: &str = "app.db";

/// Lays the database out if it is not there. One that is there is somebody's.
fn lay_database(path: &Path) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    let today = jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    lay_out(path, &helpdesk::script(today))?;
    Ok(())
}

/// What the demo's operator says: mail is put into the data folder, to be looked at.
const SETTINGS: &str = "[mail]\nfolder = \"mail\"\n";

/// Writes the settings if there are none. Those that are there are somebody's.
fn lay_settings(path: &Path) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    fs::write(path, SETTINGS).with_context(|| format!("cannot write {}", path.display()))
}

/// Grants the demo's own examples what they ask, once: what an administrator decided since
/// stays so.
async fn consent(host: &Host, packages: &[PathBuf]) -> Result<()> {
    let manager = host.manager();
    for package in packages {
        let Examined { asked, .. } = manager.examine(package)?;
        if !asked.open.is_empty() {
            manager.install(package, &asked.binding, None).await?;
        }
    }
    Ok(())
}

/// Where the demo works.
enum DataFolder {
    Named(PathBuf),
    /// Goes with the demo.
    Temporary(TempDir),
}

impl DataFolder {
    fn choose(named: Option<PathBuf>) -> Result<Self> {
        match named {
            Some(path) => Ok(Self::Named(path)),
            None => Ok(Self::Temporary(workbench::temporary_folder()?)),
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Named(path) => path,
            Self::Temporary(folder) => folder.path(),
        }
    }
}

/// Puts the packages into `folder`, and tells where.
fn lay_packages(folder: &Path, packages: &[examples::Package]) -> Result<Vec<PathBuf>> {
    make_folder(folder)?;
    let mut laid = Vec::new();
    for package in packages {
        let path = folder.join(format!("{}.zip", package.example));
        laid.push(path.clone());
        // A file that stays as it is need not be read and checked again by the host.
        if fs::read(&path).is_ok_and(|old| old == package.zip) {
            continue;
        }
        let written = whole(folder, &package.zip).and_then(|file| Ok(file.persist(&path)?));
        written.with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(laid)
}

/// A file in `folder` that has no name to be found by yet. Renamed into its place it is
/// there whole, for a host that runs already too, and no link is followed.
fn whole(folder: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix(".gk-")
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    Ok(file)
}

fn make_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|error| {
        crate::failure::hinted(
            format!("cannot make {}: {error}", folder.display()),
            "name a data folder that this user may write, with `--data DIR`",
        )
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_replaced_and_not_followed() {
        let work = tempfile::tempdir().unwrap();
        let (plugins, other) = (work.path().join("plugins"), work.path().join("other"));
        fs::create_dir(&plugins).unwrap();
        fs::write(&other, "somebody's").unwrap();
        std::os::unix::fs::symlink(&other, plugins.join("hello.zip")).unwrap();
        let package = examples::Package {
            example: "hello".to_owned(),
            zip: b"zip".to_vec(),
        };
        lay_packages(&plugins, &[package]).unwrap();
        assert_eq!(fs::read(&other).unwrap(), b"somebody's");
        assert_eq!(fs::read(plugins.join("hello.zip")).unwrap(), b"zip");
        assert_eq!(fs::read_dir(&plugins).unwrap().count(), 1);
    }
}
