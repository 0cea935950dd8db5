//! `DATA/store/`: where packages are kept once they were checked, each under its digest.
//!
//! Only what is here is ever run or served. Several processes may share a store: a copy
//! appears by one rename under a lock, and who comes second uses what is there.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::archive::folder::Folder;
use crate::archive::{self, zip};
use crate::digest::Digest;
use crate::error::{PackageError, StoreError};
use crate::manifest::Manifest;
use crate::names::PluginName;
use crate::stage::{STAGE_PREFIX, Stage, cannot, sync};
use crate::stored::{PackageSource, StoredPackage};

/// How old an unfinished copy must be to count as left behind by a crash.
const STALE: Duration = Duration::from_secs(60 * 60);

/// Whoever gives a copy its name holds a lock on this file.
const LOCK: &str = ".lock";

/// The store of one data folder.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = goatkit_package::Store::open("data".as_ref())?;
/// let package = store.admit("plugins/my-plugin.zip".as_ref())?;
/// println!("{} is {}", package.manifest().name, package.digest());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

/// Reads the manifest of a zip or a folder, and nothing else of it.
///
/// # Errors
/// If there is none, if it is wrong, or if the zip's list of names is not one that would be
/// admitted.
pub fn read_manifest(path: &Path) -> Result<Manifest, PackageError> {
    let read = || Ok(Manifest::parse(&archive::open(path)?.manifest()?)?);
    read().map_err(|error: PackageError| error.about(path))
}

impl Store {
    /// Opens the store of a data folder, and makes both if they are not there.
    ///
    /// # Errors
    /// [`StoreError`] names the data folder if it cannot be made or written to.
    pub fn open(data: &Path) -> Result<Self, StoreError> {
        let root = data.join("store");
        let failed = |doing: &str, source| StoreError {
            data: data.to_owned(),
            doing: doing.to_owned(),
            source,
        };
        std::fs::create_dir_all(&root)
            .map_err(|error| failed("cannot make `store` in it", error))?;
        tempfile::tempfile_in(&root)
            .map_err(|error| failed("cannot write to `store` in it", error))?;
        let store = Self { root };
        #[allow(clippy::disallowed_methods)] // held against the times of files, shown to nobody
        store.remove_stale(SystemTime::now());
        Ok(store)
    }

    /// Checks a zip or a folder and copies it into the store. What is in the store already is
    /// not copied again; a damaged copy is replaced.
    ///
    /// # Errors
    /// [`PackageError`] says what is wrong with the package. Nothing is stored then.
    pub fn admit(&self, path: &Path) -> Result<StoredPackage, PackageError> {
        let admitted = if path.is_dir() {
            self.admit_folder(path)
        } else {
            self.admit_zip(path)
        };
        admitted.map_err(|error| error.about(path))
    }

    /// The package of a digest, if it is in the store.
    ///
    /// # Errors
    /// If the stored copy was damaged; admitting the package again mends it.
    pub fn get(&self, digest: Digest) -> Result<Option<StoredPackage>, PackageError> {
        let folder = self.folder(digest);
        match folder.try_exists() {
            Ok(false) => Ok(None),
            Ok(true) => StoredPackage::open(&folder, digest).map(Some),
            Err(error) => Err(PackageError::io("cannot be read", error)),
        }
        .map_err(|error| error.about(&folder))
    }

    /// The copies of all versions of a plugin, as far as they are sound. Reads every manifest.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn of(&self, name: &PluginName) -> Result<Vec<StoredPackage>, PackageError> {
        let cannot = |error| cannot("look through the store", error).about(&self.root);
        let mut packages = Vec::new();
        for entry in std::fs::read_dir(&self.root).map_err(cannot)? {
            let file_name = entry.map_err(cannot)?.file_name();
            let digest = file_name.to_str().and_then(|it| Digest::parse(it).ok());
            let package = digest.and_then(|digest| self.get(digest).ok().flatten());
            packages.extend(package.filter(|it| it.manifest().name == *name));
        }
        Ok(packages)
    }

    /// Removes a copy that nobody runs or serves any more.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn remove(&self, digest: Digest) -> Result<(), PackageError> {
        let folder = self.folder(digest);
        let remove = || {
            let _naming = self.lock().map_err(|error| cannot("lock", error))?;
            self.set_aside(&folder)
        };
        remove().map_err(|error: PackageError| error.about(&folder))
    }

    /// The folder of the store itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    fn admit_zip(&self, path: &Path) -> Result<StoredPackage, PackageError> {
        let bytes = zip::content(path)?;
        let digest = Digest::of(&bytes);
        if let Ok(Some(package)) = self.get(digest) {
            return Ok(package);
        }
        let mut archive = zip::Zip::open(Cursor::new(bytes))?;
        self.keep(
            Stage::make(&self.root, &mut archive, PackageSource::Zip)?,
            digest,
        )
    }

    fn admit_folder(&self, path: &Path) -> Result<StoredPackage, PackageError> {
        let stage = Stage::make(&self.root, &mut Folder::open(path)?, PackageSource::Folder)?;
        let digest = stage.digest();
        self.keep(stage, digest)
    }

    /// Gives a finished copy its name, unless a sound one has it already.
    fn keep(&self, stage: Stage, digest: Digest) -> Result<StoredPackage, PackageError> {
        stage.seal()?;
        let _naming = self.lock().map_err(|error| cannot("lock", error))?;
        if let Ok(Some(package)) = self.get(digest) {
            return Ok(package);
        }
        let folder = self.folder(digest);
        self.set_aside(&folder)?;
        std::fs::rename(stage.folder.path(), &folder)
            .and_then(|()| sync(&self.root))
            .map_err(|error| cannot("name the copy", error))?;
        StoredPackage::open(&folder, digest)
    }

    /// Waits until no other thread or process gives names: one that finds a damaged copy must
    /// not remove the sound one that another just put in its place.
    fn lock(&self) -> std::io::Result<std::fs::File> {
        let file = std::fs::File::create(self.root.join(LOCK))?;
        file.lock()?;
        Ok(file)
    }

    /// Moves a copy out of the way, so that nobody finds half of it, and removes it.
    fn set_aside(&self, folder: &Path) -> Result<(), PackageError> {
        if !folder.exists() {
            return Ok(());
        }
        let failed = |error| cannot("take a copy away", error);
        let aside = tempfile::Builder::new()
            .prefix(STAGE_PREFIX)
            .tempdir_in(&self.root)
            .map_err(failed)?;
        std::fs::rename(folder, aside.path().join("gone")).map_err(failed)
    }

    /// Removes what a crash left half-made. It is only litter, so a failure is no error.
    fn remove_stale(&self, now: SystemTime) {
        let Ok(entries) = std::fs::read_dir(&self.root) else {
            return;
        };
        for entry in entries.flatten() {
            let staged = entry
                .file_name()
                .to_string_lossy()
                .starts_with(STAGE_PREFIX);
            let modified = entry.metadata().and_then(|meta| meta.modified());
            let age = modified.ok().and_then(|time| now.duration_since(time).ok());
            if staged && age.is_some_and(|age| age > STALE) {
                drop(std::fs::remove_dir_all(entry.path()));
            }
        }
    }

    fn folder(&self, digest: Digest) -> PathBuf {
        self.root.join(digest.to_string())
    }
}

#[cfg(test)]
mod tests;
