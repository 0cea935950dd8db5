//! From a folder to a zip: the same folder gives the same bytes, on any machine and any day.
//!
//! `gk plugin build` calls it. What it writes went through the store's own reader first, so
//! that it never writes a package that a host would refuse.

use std::collections::BTreeMap;
use std::fs::{File, Permissions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::archive::Archive;
use crate::archive::folder::Folder;
use crate::digest::Digest;
use crate::error::{PackageError, PackageErrorKind};
use crate::layout::Layout;
use crate::manifest::Manifest;
use crate::path::PackagePath;
use crate::store::Store;

/// The level of deflate: the best that is not slow, since a package is packed once and read
/// everywhere. Changing it changes every digest.
const LEVEL: i64 = 9;

/// Packs the package in the folder `source` into the zip `out`, and answers with its digest.
///
/// `component`, if given, is put where the manifest says the component is, in place of a file
/// that may be there. Hidden files, sources and whatever else is no part of a package stay
/// behind.
///
/// ```no_run
/// # fn main() -> Result<(), goatkit_package::PackageError> {
/// let digest = goatkit_package::pack("my-plugin".as_ref(), None, "my-plugin.zip".as_ref())?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// If the folder is no package, or one that a host would refuse; `out` is untouched then.
pub fn pack(source: &Path, component: Option<&[u8]>, out: &Path) -> Result<Digest, PackageError> {
    pack_folder(source, component, out).map_err(|error| match error.kind() {
        PackageErrorKind::Io if !error.package().as_os_str().is_empty() => error,
        _ => error.about(source),
    })
}

fn pack_folder(
    source: &Path,
    component: Option<&[u8]>,
    out: &Path,
) -> Result<Digest, PackageError> {
    let mut folder = Folder::open(source)?;
    let manifest = Manifest::parse(&folder.manifest()?)?;
    let mut files: BTreeMap<PackagePath, Content<'_>> = folder
        .list(&Layout::of(&manifest))?
        .files
        .into_iter()
        .map(|(path, size)| (path, Content::InFolder(size)))
        .collect();
    if let Some(bytes) = component {
        let path = manifest.component.clone().ok_or_else(|| {
            PackageError::new(
                PackageErrorKind::Manifest,
                format!(
                    "a component was given, and the runtime of {} is {}",
                    manifest.name, manifest.runtime
                ),
            )
        })?;
        files.insert(path, Content::Given(bytes));
    }

    let failed = |error| PackageError::io("cannot be written", error).about(out);
    let beside = out.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut zip = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o644))
        .tempfile_in(beside.unwrap_or(Path::new(".")))
        .map_err(failed)?;
    write(&mut folder, files, &manifest, zip.as_file_mut(), out)?;
    let digest = check(zip.path())?;
    zip.persist(out).map_err(|error| failed(error.error))?;
    Ok(digest)
}

/// Where the bytes of a file come from.
enum Content<'a> {
    InFolder(u64),
    Given(&'a [u8]),
}

fn write(
    folder: &mut Folder,
    files: BTreeMap<PackagePath, Content<'_>>,
    manifest: &Manifest,
    to: &mut File,
    out: &Path,
) -> Result<(), PackageError> {
    let failed = |error| PackageError::io("cannot be written", error).about(out);
    let broken = |error: zip::result::ZipError| failed(error.into());
    let programs: Vec<_> = manifest
        .process
        .iter()
        .flat_map(|p| p.command.values())
        .collect();
    let mut zip = ZipWriter::new(BufWriter::new(to));
    for (path, content) in files {
        let mode = if programs.contains(&&path) {
            0o755
        } else {
            0o644
        };
        zip.start_file(path.as_str(), options().unix_permissions(mode))
            .map_err(broken)?;
        match content {
            Content::InFolder(size) => folder.copy(&path, size, &mut zip)?,
            Content::Given(bytes) => zip.write_all(bytes).map_err(failed)?,
        }
    }
    zip.finish().map_err(broken)?.flush().map_err(failed)
}

/// Nothing of the machine and nothing of the day.
fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        .last_modified_time(DateTime::default())
}

/// Reads the zip as a host would.
fn check(zip: &Path) -> Result<Digest, PackageError> {
    let failed = |error| PackageError::io("cannot make a folder to check the package in", error);
    let data = tempfile::tempdir().map_err(failed)?;
    let store = Store::open(data.path()).map_err(|error| {
        PackageError::new(PackageErrorKind::Io, error.to_string()).caused_by(error)
    })?;
    Ok(store.admit(zip)?.digest())
}

#[cfg(test)]
mod tests;
