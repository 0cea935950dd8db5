//! Reading a package as it was handed over, a zip or a folder, before anything in it is
//! believed.
//!
//! [`zip`] and [`folder`] know their own traps; what holds for both is here: the limits, the
//! list of names, and the copying of one file. The stage ([`crate::stage`]), discovery and
//! packing call it. What the files *contain* is checked elsewhere ([`crate::content`]).

pub(crate) mod folder;
pub(crate) mod limits;
pub(crate) mod zip;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::path::Path;

use crate::error::{PackageError, PackageErrorKind};
use crate::layout::{Layout, MANIFEST};
use crate::manifest::limits::MAX_MANIFEST_BYTES;
use crate::path::PackagePath;

/// A package that can be read file by file.
pub(crate) trait Archive {
    /// The bytes of `manifest.yaml`.
    fn manifest(&mut self) -> Result<Vec<u8>, PackageError>;

    /// The files that belong to the package, and what else was found beside them.
    fn list(&mut self, layout: &Layout) -> Result<Listing, PackageError>;

    /// Copies one file, which must be exactly as long as `size`.
    fn copy(
        &mut self,
        file: &PackagePath,
        size: u64,
        to: &mut dyn Write,
    ) -> Result<(), PackageError>;
}

/// Opens whatever stands at a path.
pub(crate) fn open(path: &Path) -> Result<Box<dyn Archive>, PackageError> {
    let found =
        std::fs::metadata(path).map_err(|error| PackageError::io("cannot be read", error))?;
    if found.is_dir() {
        return Ok(Box::new(folder::Folder::open(path)?));
    }
    Ok(Box::new(zip::Zip::open(zip::file(path)?)?))
}

/// Names and sizes of files, held against the limits and against each other while it grows.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) files: BTreeMap<PackagePath, u64>,
    /// Names that are no part of a package and stay behind.
    pub(crate) ignored: Vec<PackagePath>,
    entries: usize,
    total: u64,
    /// Lower-cased names of the files, and of the folders they imply: two names that differ in
    /// case only would be one file on some systems.
    names: BTreeMap<String, PackagePath>,
    folders: BTreeSet<String>,
}

impl Listing {
    /// Counts an entry, whatever it is.
    pub(crate) fn count(&mut self) -> Result<(), PackageError> {
        self.entries += 1;
        if self.entries > limits::MAX_ENTRIES {
            return Err(too_large(format!(
                "more than {} entries",
                limits::MAX_ENTRIES
            )));
        }
        Ok(())
    }

    /// Takes up a file.
    pub(crate) fn add(&mut self, path: PackagePath, size: u64) -> Result<(), PackageError> {
        if size > limits::MAX_FILE_BYTES {
            return Err(too_large(format!(
                "`{path}` is larger than {} MiB",
                limits::MAX_FILE_BYTES >> 20
            )));
        }
        self.total = self.total.saturating_add(size);
        if self.total > limits::MAX_TOTAL_BYTES {
            let most = limits::MAX_TOTAL_BYTES >> 20;
            return Err(too_large(format!("unpacked it is larger than {most} MiB")));
        }
        let name = path.as_str().to_lowercase();
        if let Some(other) = self.names.get(&name) {
            return Err(twice(other, &path));
        }
        if self.folders.contains(&name) {
            return Err(twice(&path, &path));
        }
        for folder in path.parents() {
            let folder = folder.to_lowercase();
            if let Some(other) = self.names.get(&folder) {
                return Err(twice(other, &path));
            }
            self.folders.insert(folder);
        }
        self.names.insert(name, path.clone());
        self.files.insert(path, size);
        Ok(())
    }

    /// Leaves in `files` what belongs to the package.
    pub(crate) fn keep(mut self, layout: &Layout) -> Self {
        let (files, ignored) = self
            .files
            .into_iter()
            .partition(|(path, _)| layout.holds(path));
        self.files = files;
        self.ignored = ignored.into_keys().collect();
        self
    }
}

/// Copies a stream that claims to have `size` bytes, and reads one byte more at most.
pub(crate) fn copy_exactly(
    file: &PackagePath,
    from: impl Read,
    size: u64,
    to: &mut dyn Write,
) -> Result<(), PackageError> {
    let copied = std::io::copy(&mut from.take(size.saturating_add(1)), to).map_err(|error| {
        PackageError::new(
            PackageErrorKind::Malformed,
            format!("`{file}` cannot be read: {error}"),
        )
        .caused_by(error)
    })?;
    if copied == size {
        return Ok(());
    }
    let than = if copied > size { "longer" } else { "shorter" };
    Err(PackageError::new(
        PackageErrorKind::Malformed,
        format!("`{file}` is {than} than the {size} bytes it declares"),
    ))
}

/// The manifest of an archive that lists it with `size` bytes.
fn manifest_of(archive: &mut impl Archive, size: u64) -> Result<Vec<u8>, PackageError> {
    if size > MAX_MANIFEST_BYTES {
        let most = MAX_MANIFEST_BYTES >> 10;
        return Err(too_large(format!("`{MANIFEST}` is larger than {most} KiB")));
    }
    let mut bytes = Vec::new();
    archive.copy(&manifest_path()?, size, &mut bytes)?;
    Ok(bytes)
}

pub(crate) fn manifest_path() -> Result<PackagePath, PackageError> {
    PackagePath::parse(MANIFEST).map_err(|error| bad_name(MANIFEST, &error))
}

fn no_manifest(hint: impl Into<String>) -> PackageError {
    PackageError::new(
        PackageErrorKind::Missing,
        format!("there is no `{MANIFEST}` in it"),
    )
    .hint(hint)
}

fn too_large(what: String) -> PackageError {
    PackageError::new(PackageErrorKind::TooLarge, what)
        .hint("a package holds what the plugin needs to run, nothing else")
}

fn twice(one: &PackagePath, other: &PackagePath) -> PackageError {
    let what = if one == other {
        format!("`{one}` stands in it twice")
    } else {
        format!("`{one}` and `{other}` would be one file on some systems")
    };
    PackageError::new(PackageErrorKind::Name, what).hint("rename one of them")
}

pub(crate) fn bad_name(name: &str, error: &crate::path::PathError) -> PackageError {
    PackageError::new(
        PackageErrorKind::Name,
        format!("the name {name:?} is refused: {error}"),
    )
    .caused_by(*error)
}

fn not_a_file(name: &str, what: &str) -> PackageError {
    PackageError::new(PackageErrorKind::NotAFile, format!("`{name}` is {what}"))
        .hint("a package holds regular files only")
}

#[cfg(test)]
mod tests;
