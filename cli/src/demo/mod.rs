//! `gk demo`: the examples of the checkout, built and served, with the application's pages
//! around them.
//!
//! `examples` builds, `templates` lays out the pages, `helpdesk` makes the database that
//! plugins read.

mod examples;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "laid out once the host opens a database")
)]
mod helpdesk;
mod templates;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use goatkit_host::HostBuilder;
use tempfile::{NamedTempFile, TempDir};

use crate::args::DemoArgs;
use crate::checkout::Checkout;
use crate::listen::{self, Loopback};
use crate::workbench;

pub(crate) fn run(args: DemoArgs) -> Result<()> {
    // First what may be refused, then what takes long, then what must be cleaned up.
    let listener = Loopback::parse(&args.listen)?.bind()?;
    let packages = examples::build_all(&Checkout::find()?)?;
    let data = DataFolder::choose(args.data)?;
    lay_packages(&data.path().join("plugins"), &packages)?;
    templates::lay(&data.path().join("templates"))?;
    let host = HostBuilder::new(data.path()).code_cache(workbench::code_cache());
    listen::serve(listener, host)
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

fn lay_packages(folder: &Path, packages: &[examples::Package]) -> Result<()> {
    make_folder(folder)?;
    for package in packages {
        let path = folder.join(format!("{}.zip", package.example));
        // A file that stays as it is need not be read and checked again by the host.
        if fs::read(&path).is_ok_and(|old| old == package.zip) {
            continue;
        }
        let written = whole(folder, &package.zip).and_then(|file| Ok(file.persist(&path)?));
        written.with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
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
