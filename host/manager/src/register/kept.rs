//! What is kept of plugins between two starts: registrations by digest, and which
//! version of each plugin was activated last. A damaged file is as good as none.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use goatkit_package::{Digest, PluginName, StoredPackage};
use goatkit_runtime::Registration;
use semver::Version;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::discover::host_version;
use crate::error::ManagerError;

/// The folder `DATA/registrations`.
pub(crate) struct Kept {
    folder: PathBuf,
}

/// A registration is valid for the host that checked it.
#[derive(Serialize, Deserialize)]
struct KeptFile<R> {
    host: Version,
    registration: R,
}

/// The version that was activated last.
#[derive(Serialize, Deserialize)]
pub(crate) struct Activated {
    pub(crate) version: Version,
    pub(crate) digest: Digest,
}

impl Kept {
    pub(crate) fn open(data: &Path) -> Result<Self, ManagerError> {
        let folder = data.join("registrations");
        match fs::create_dir_all(&folder) {
            Ok(()) => Ok(Self { folder }),
            Err(source) => Err(ManagerError::Folder {
                path: folder,
                source,
            }),
        }
    }

    /// The registration of a package, if this version of the host has checked it.
    pub(crate) fn read(&self, package: &StoredPackage) -> Option<Registration> {
        let kept: KeptFile<Registration> = self.parse(&by_digest(package))?;
        let manifest = package.manifest();
        let fits = kept.host == host_version()
            && kept.registration.name == manifest.name.as_str()
            && kept.registration.version == manifest.version.to_string();
        fits.then_some(kept.registration)
    }

    pub(crate) fn write(&self, package: &StoredPackage, it: &Registration) -> io::Result<()> {
        let kept = KeptFile {
            host: host_version(),
            registration: it,
        };
        self.store(&by_digest(package), &kept)
    }

    pub(crate) fn activated(&self, package: &StoredPackage) -> Option<Activated> {
        self.parse(&by_name(package))
    }

    pub(crate) fn set_activated(&self, package: &StoredPackage) -> io::Result<()> {
        let version = package.manifest().version.clone();
        self.store(
            &by_name(package),
            &Activated {
                version,
                digest: package.digest(),
            },
        )
    }

    /// Forgets what was kept of a plugin that is gone: what each version registered, and which was
    /// activated last.
    pub(crate) fn forget(&self, name: &PluginName) -> io::Result<()> {
        #[derive(Deserialize)]
        struct Named {
            name: String,
        }
        for entry in fs::read_dir(&self.folder)? {
            let file = entry?.file_name();
            let Some(file) = file.to_str() else { continue };
            let kept: Option<KeptFile<Named>> = self.parse(file);
            let is_its = kept.is_some_and(|kept| kept.registration.name == name.as_str());
            if is_its || file == activated_by(name) {
                fs::remove_file(self.folder.join(file))?;
            }
        }
        Ok(())
    }

    fn parse<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let bytes = fs::read(self.folder.join(name)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    fn store<T: Serialize>(&self, name: &str, value: &T) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(&serde_json::to_vec_pretty(value)?)?;
        file.as_file().sync_all()?;
        file.persist(self.folder.join(name))?;
        Ok(())
    }
}

fn by_digest(package: &StoredPackage) -> String {
    format!("{}.json", package.digest())
}

fn by_name(package: &StoredPackage) -> String {
    activated_by(&package.manifest().name)
}

fn activated_by(name: &PluginName) -> String {
    format!("{name}.activated.json")
}
