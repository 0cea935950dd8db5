//! What discovery remembers from one start to the next, so that ten thousand packages that did
//! not change are not read again.
//!
//! An entry answers only while its file has the same size, time of change and inode. The index
//! is a cache: a lost or damaged one costs a slower start and nothing else.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use semver::Version;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::error::PackageError;
use crate::names::PluginName;
use crate::stage::cannot;
use crate::store::Store;

const FILE: &str = "index.json";

/// The version of the file's shape; another one is read as an empty index.
const FORMAT: u32 = 1;

/// The remembered packages, by path.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use goatkit_package::{Index, Store};
/// # let (data, zip) = ("data".as_ref(), std::path::Path::new("plugins/my-plugin.zip"));
/// let store = Store::open(data)?;
/// let mut index = Index::load(&store);
/// let meta = zip.metadata()?;
/// if index.lookup(zip, &meta).is_none() {
///     index.record(zip, &meta, &store.admit(zip)?);
/// }
/// index.retain(|path| path.exists());
/// index.save()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Index {
    file: PathBuf,
    entries: BTreeMap<String, Row>,
    changed: bool,
}

/// What is known of an unchanged package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexEntry {
    /// Where it is in the store.
    pub digest: Digest,
    /// The plugin's name.
    pub name: PluginName,
    /// The plugin's version.
    pub version: Version,
}

#[derive(Serialize, Deserialize)]
struct IndexFile {
    format: u32,
    packages: BTreeMap<String, Row>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Row {
    stamp: Stamp,
    #[serde(flatten)]
    entry: IndexEntry,
}

/// What tells a changed file from an unchanged one.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    size: u64,
    seconds: i64,
    nanoseconds: i64,
    inode: u64,
}

impl Index {
    /// Reads the index of a store; a missing or damaged one is empty.
    #[must_use]
    pub fn load(store: &Store) -> Self {
        let file = store.root().join(FILE);
        let read: Option<IndexFile> = std::fs::read(&file)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let sound = read.filter(|index| index.format == FORMAT);
        let changed = sound.is_none();
        Self {
            file,
            entries: sound.map(|index| index.packages).unwrap_or_default(),
            changed,
        }
    }

    /// What is known of a file, if it did not change.
    #[must_use]
    pub fn lookup(&self, path: &Path, meta: &Metadata) -> Option<&IndexEntry> {
        let row = self.entries.get(path.to_str()?)?;
        (row.stamp == Stamp::of(meta)).then_some(&row.entry)
    }

    /// Remembers a package. `meta` must have been read *before* the package was admitted: a
    /// change in between is then noticed. A path that is not UTF-8 is not remembered.
    pub fn record(&mut self, path: &Path, meta: &Metadata, package: &crate::StoredPackage) {
        let Some(path) = path.to_str() else { return };
        let manifest = package.manifest();
        let entry = IndexEntry {
            digest: package.digest(),
            name: manifest.name.clone(),
            version: manifest.version.clone(),
        };
        self.entries.insert(
            path.to_owned(),
            Row {
                stamp: Stamp::of(meta),
                entry,
            },
        );
        self.changed = true;
    }

    /// Forgets the paths that `keep` says no to.
    pub fn retain(&mut self, mut keep: impl FnMut(&Path) -> bool) {
        let before = self.entries.len();
        self.entries.retain(|path, _| keep(Path::new(path)));
        self.changed |= self.entries.len() != before;
    }

    /// Writes the index, if it changed: to a new file, which then takes the old one's place.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub fn save(&mut self) -> Result<(), PackageError> {
        if !self.changed {
            return Ok(());
        }
        let index = IndexFile {
            format: FORMAT,
            packages: std::mem::take(&mut self.entries),
        };
        let written = self.write(&index);
        self.entries = index.packages;
        self.changed = written.is_err();
        written.map_err(|error| cannot("write the index", error).about(&self.file))
    }

    fn write(&self, index: &IndexFile) -> std::io::Result<()> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec(index)?)?;
        file.as_file().sync_all()?;
        file.persist(&self.file)?;
        Ok(())
    }
}

impl Stamp {
    fn of(meta: &Metadata) -> Self {
        Self {
            size: meta.size(),
            seconds: meta.mtime(),
            nanoseconds: meta.mtime_nsec(),
            inode: meta.ino(),
        }
    }
}

#[cfg(test)]
mod tests;
