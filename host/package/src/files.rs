//! The files of a stored copy: what was written of each when it was stored, and reading them
//! so that a changed one is noticed.

use std::collections::BTreeMap;
use std::io::Read;

use cap_std::fs::Dir;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::error::{PackageError, PackageErrorKind};
use crate::path::PackagePath;

/// What is known of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileRecord {
    pub(crate) size: u64,
    pub(crate) digest: Digest,
}

/// The unpacked files, opened as a capability.
pub(crate) struct Files {
    dir: Dir,
    records: BTreeMap<PackagePath, FileRecord>,
}

impl Files {
    pub(crate) fn new(dir: Dir, records: BTreeMap<PackagePath, FileRecord>) -> Self {
        Self { dir, records }
    }

    /// Whether every file is there with its size: cheap enough for every start.
    pub(crate) fn verify(&self) -> Result<(), PackageError> {
        for (path, record) in &self.records {
            let found = self
                .dir
                .symlink_metadata(path)
                .map_err(|error| gone(path, error))?;
            if !found.is_file() || found.len() != record.size {
                return Err(changed(path));
            }
        }
        Ok(())
    }

    /// A file's size, if the package has it.
    pub(crate) fn size(&self, path: &PackagePath) -> Option<u64> {
        self.records.get(path).map(|record| record.size)
    }

    /// A file's bytes, held against what was stored; nothing if the package has no such file.
    pub(crate) fn read(&self, path: &PackagePath) -> Result<Option<Vec<u8>>, PackageError> {
        let Some(record) = self.records.get(path) else {
            return Ok(None);
        };
        let file = self.dir.open(path).map_err(|error| gone(path, error))?;
        let mut bytes = Vec::new();
        file.take(record.size + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| PackageError::io(format!("`{path}` cannot be read"), error))?;
        if Digest::of(&bytes) != record.digest {
            return Err(changed(path));
        }
        Ok(Some(bytes))
    }

    /// The files below a folder, each with its name relative to it, sorted.
    pub(crate) fn under<'a>(
        &'a self,
        folder: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a PackagePath)> {
        self.records.keys().filter_map(move |path| {
            let name = path.as_str().strip_prefix(folder)?.strip_prefix('/')?;
            Some((name, path))
        })
    }
}

fn gone(path: &PackagePath, error: std::io::Error) -> PackageError {
    damaged(format!("`{path}` is gone from the stored copy: {error}")).caused_by(error)
}

fn changed(path: &PackagePath) -> PackageError {
    damaged(format!("`{path}` was changed in the stored copy"))
}

pub(crate) fn damaged(what: impl Into<String>) -> PackageError {
    PackageError::new(PackageErrorKind::Damaged, what).hint("install the package again to mend it")
}
