//! Making a stored copy: from an archive into a new folder beside the store's others, checked
//! there, and not yet under its name.
//!
//! The store gives it its name in one rename, so that a copy is there whole or not at all. A
//! copy looks like this:
//!
//! ```text
//! store/<digest>/meta.json     what it was made from, and size and hash of every file
//! store/<digest>/package/...   the files, read-only
//! ```

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::archive::Archive;
use crate::content;
use crate::digest::Digest;
use crate::error::{PackageError, PackageErrorKind};
use crate::files::{FileRecord, Files};
use crate::layout::Layout;
use crate::manifest::Manifest;
use crate::path::PackagePath;
use crate::stored::PackageSource;

pub(crate) const META: &str = "meta.json";
pub(crate) const PACKAGE: &str = "package";

/// Folders that are being made; what a crash left behind is known by it.
pub(crate) const STAGE_PREFIX: &str = ".new-";

/// The version of the layout described above.
pub(crate) const META_FORMAT: u32 = 1;

const READ_ONLY: u32 = 0o444;
const READ_AND_RUN: u32 = 0o555;

/// `meta.json`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MetaFile {
    pub(crate) format: u32,
    pub(crate) source: PackageSource,
    pub(crate) ignored: Vec<PackagePath>,
    pub(crate) files: BTreeMap<PackagePath, FileRecord>,
}

/// A copy that is complete and checked, and has no name yet. Dropping it removes it.
pub(crate) struct Stage {
    pub(crate) folder: TempDir,
    meta: MetaFile,
}

impl Stage {
    /// Copies the files of an archive and checks them.
    pub(crate) fn make(
        store: &Path,
        archive: &mut dyn Archive,
        source: PackageSource,
    ) -> Result<Self, PackageError> {
        let manifest = Manifest::parse(&archive.manifest()?)?;
        let layout = Layout::of(&manifest);
        let listing = archive.list(&layout)?;
        if let Some(program) = layout
            .programs()
            .find(|path| !listing.files.contains_key(*path))
        {
            return Err(no_program(&manifest, program));
        }

        let folder = tempfile::Builder::new()
            .prefix(STAGE_PREFIX)
            .tempdir_in(store)
            .map_err(|error| cannot("make a folder", error))?;
        let dir = Dir::open_ambient_dir(folder.path(), ambient_authority())
            .and_then(|dir| {
                dir.create_dir(PACKAGE)?;
                dir.open_dir(PACKAGE)
            })
            .map_err(|error| cannot("make a folder", error))?;

        let mut files = BTreeMap::new();
        for (path, size) in listing.files {
            let run = manifest.component.as_ref() != Some(&path)
                && layout.programs().any(|program| *program == path);
            let mode = if run { READ_AND_RUN } else { READ_ONLY };
            let digest = copy(archive, &dir, &path, size, mode)?;
            files.insert(path, FileRecord { size, digest });
        }
        let meta = MetaFile {
            format: META_FORMAT,
            source,
            ignored: listing.ignored,
            files,
        };
        content::check(&Files::new(dir, meta.files.clone()), &manifest)?;
        Ok(Self { folder, meta })
    }

    /// The digest of what was copied, for sources that are no single file: over the sorted
    /// paths and contents.
    pub(crate) fn digest(&self) -> Digest {
        let mut hash = blake3::Hasher::new();
        hash.update(b"goatkit package folder 1\n");
        for (path, record) in &self.meta.files {
            let path = path.as_str().as_bytes();
            hash.update(&(path.len() as u64).to_le_bytes());
            hash.update(path);
            hash.update(&record.size.to_le_bytes());
            hash.update(record.digest.as_bytes());
        }
        hash.finalize().into()
    }

    /// Writes `meta.json` and brings everything to the disk, so that the rename that follows
    /// names something that survives a power cut.
    pub(crate) fn seal(&self) -> Result<(), PackageError> {
        let write = || {
            let mut file = std::fs::File::create(self.folder.path().join(META))?;
            serde_json::to_writer(&mut file, &self.meta)?;
            file.sync_all()?;
            let package = self.folder.path().join(PACKAGE);
            for path in self.meta.files.keys() {
                for parent in path.parents() {
                    sync(&package.join(parent))?;
                }
            }
            sync(&package)?;
            sync(self.folder.path())
        };
        write().map_err(|error| cannot("write", error))
    }
}

/// Brings a folder's list of names to the disk.
pub(crate) fn sync(folder: &Path) -> std::io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

/// Copies one file and answers with its digest.
fn copy(
    archive: &mut dyn Archive,
    to: &Dir,
    path: &PackagePath,
    size: u64,
    mode: u32,
) -> Result<Digest, PackageError> {
    let failed = |error| cannot(format!("write `{path}`"), error);
    if let Some(parent) = path.parents().last() {
        to.create_dir_all(parent).map_err(failed)?;
    }
    let options = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .clone();
    let file = to.open_with(path, &options).map_err(failed)?;
    let mut hashed = Hashed {
        to: file,
        hash: blake3::Hasher::new(),
    };
    archive.copy(path, size, &mut hashed)?;
    hashed.to.sync_all().map_err(failed)?;
    Ok(hashed.hash.finalize().into())
}

/// A file that is hashed while it is written.
struct Hashed {
    to: cap_std::fs::File,
    hash: blake3::Hasher,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

fn no_program(manifest: &Manifest, path: &PackagePath) -> PackageError {
    let error = PackageError::new(
        PackageErrorKind::Missing,
        format!("the manifest names `{path}`, and there is no such file"),
    );
    match manifest.component {
        Some(_) => error.hint("build the component, or correct `component` in the manifest"),
        None => error.hint("add the program, or correct `process.command` in the manifest"),
    }
}

pub(crate) fn cannot(doing: impl std::fmt::Display, error: std::io::Error) -> PackageError {
    PackageError::io(format!("cannot {doing} in the store"), error)
        .hint("check the space and the permissions of the data folder")
}
