//! A folder with a manifest in it: how a package looks while it is written.
//!
//! It is opened as a capability, so that no name in it, and no link that appears while it is
//! read, leads outside. Beside the package stand sources and build output: only what belongs
//! to a package is looked at, and hidden files are not.

use std::ffi::OsStr;
use std::io::{ErrorKind, Write};
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, FileType};

use super::{
    Archive, Listing, bad_name, copy_exactly, manifest_of, manifest_path, no_manifest, not_a_file,
};
use crate::error::{PackageError, PackageErrorKind};
use crate::layout::{FOLDERS, Layout, is_document};
use crate::path::PackagePath;

/// An open folder.
pub(crate) struct Folder {
    dir: Dir,
}

impl Folder {
    pub(crate) fn open(path: &Path) -> Result<Self, PackageError> {
        let dir = Dir::open_ambient_dir(path, ambient_authority())
            .map_err(|error| PackageError::io("cannot be read", error))?;
        Ok(Self { dir })
    }

    /// Adds a file that may be missing, if nothing on the way to it is a link.
    fn add(&self, path: &PackagePath, listing: &mut Listing) -> Result<(), PackageError> {
        for part in path.parents() {
            match self.kind(part)? {
                None => return Ok(()),
                Some(kind) if kind.is_dir() => {}
                Some(kind) => return Err(unusable(part, kind)),
            }
        }
        match self.dir.symlink_metadata(path) {
            Ok(found) if found.is_file() => {
                listing.count()?;
                listing.add(path.clone(), found.len())
            }
            Ok(found) => Err(unusable(path.as_str(), found.file_type())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(unreadable(path.as_str(), error)),
        }
    }

    fn kind(&self, path: &str) -> Result<Option<FileType>, PackageError> {
        match self.dir.symlink_metadata(path) {
            Ok(found) => Ok(Some(found.file_type())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(path, error)),
        }
    }

    /// Adds everything below a folder. The depth of a path bounds the recursion.
    fn walk(&self, folder: &PackagePath, listing: &mut Listing) -> Result<(), PackageError> {
        for name in self.names(folder.as_str())? {
            let path = PackagePath::join(Some(folder), &name)
                .map_err(|error| bad_name(&format!("{folder}/{name}"), &error))?;
            match self.kind(path.as_str())? {
                Some(kind) if kind.is_dir() => {
                    listing.count()?;
                    self.walk(&path, listing)?;
                }
                Some(_) => self.add(&path, listing)?,
                None => {}
            }
        }
        Ok(())
    }

    /// The names in a folder without the hidden ones, sorted.
    fn names(&self, folder: &str) -> Result<Vec<String>, PackageError> {
        let cannot = |error| unreadable(folder, error);
        let mut names = Vec::new();
        for entry in self.dir.read_dir(folder).map_err(cannot)? {
            let name = entry.map_err(cannot)?.file_name();
            let name = utf8(&name)?;
            if !name.starts_with('.') {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }
}

impl Archive for Folder {
    fn manifest(&mut self) -> Result<Vec<u8>, PackageError> {
        let mut listing = Listing::default();
        let path = manifest_path()?;
        self.add(&path, &mut listing)?;
        match listing.files.get(&path) {
            Some(size) => manifest_of(self, *size),
            None => Err(no_manifest("a package's folder has it at its top")),
        }
    }

    fn list(&mut self, layout: &Layout) -> Result<Listing, PackageError> {
        let mut listing = Listing::default();
        self.add(&manifest_path()?, &mut listing)?;
        for program in layout.programs() {
            self.add(program, &mut listing)?;
        }
        for name in FOLDERS {
            let folder = PackagePath::parse(name).map_err(|error| bad_name(name, &error))?;
            match self.kind(name)? {
                None => {}
                Some(kind) if kind.is_dir() => self.walk(&folder, &mut listing)?,
                Some(kind) => return Err(unusable(name, kind)),
            }
        }
        for name in self.names(".")?.iter().filter(|name| is_document(name)) {
            let path = PackagePath::parse(name).map_err(|error| bad_name(name, &error))?;
            if !layout.programs().any(|program| *program == path) {
                self.add(&path, &mut listing)?;
            }
        }
        Ok(listing)
    }

    fn copy(
        &mut self,
        file: &PackagePath,
        size: u64,
        to: &mut dyn Write,
    ) -> Result<(), PackageError> {
        let from = self
            .dir
            .open(file)
            .map_err(|error| unreadable(file.as_str(), error))?;
        copy_exactly(file, from, size, to)
    }
}

fn utf8(name: &OsStr) -> Result<&str, PackageError> {
    name.to_str().ok_or_else(|| {
        let lossy = name.to_string_lossy();
        PackageError::new(
            PackageErrorKind::Name,
            format!("the name {lossy:?} is not UTF-8"),
        )
        .hint("rename the file")
    })
}

fn unusable(name: &str, kind: FileType) -> PackageError {
    if kind.is_symlink() {
        return not_a_file(name, "a symbolic link");
    }
    if kind.is_dir() {
        return not_a_file(name, "a folder where a file belongs");
    }
    if kind.is_file() {
        return not_a_file(name, "a file where a folder belongs");
    }
    not_a_file(name, "a device, a pipe or another special file")
}

fn unreadable(name: &str, error: std::io::Error) -> PackageError {
    PackageError::io(format!("`{name}` cannot be read"), error)
}
