//! What the files of a package contain: checked once, when the package is stored, so that
//! nothing below can fail for a reason its author could have been told.

use crate::assets::{MAX_ASSET_BYTES, type_of};
use crate::error::{PackageError, PackageErrorKind};
use crate::files::Files;
use crate::layout::{MIGRATIONS, STATIC, TEMPLATES, TRANSLATIONS};
use crate::manifest::Manifest;
use crate::path::PackagePath;
use crate::translations::Translations;

/// Size of one template, translation or migration: text that people write, and that parsers
/// hold in memory.
pub const MAX_TEXT_BYTES: u64 = 1 << 20;

/// One step of a package's own database schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The file's name below `migrations/`; the order of names is the order of steps.
    pub name: String,
    /// The SQL.
    pub text: String,
}

/// Refuses a package with a file that could not be used.
pub(crate) fn check(files: &Files, manifest: &Manifest) -> Result<(), PackageError> {
    for (_, path) in files.under(TEMPLATES) {
        text(files, path)?;
    }
    for (_, path) in files.under(STATIC) {
        type_of(path)?;
        bounded(files, path, MAX_ASSET_BYTES)?;
    }
    for (_, path) in files.under(TRANSLATIONS) {
        bounded(files, path, MAX_TEXT_BYTES)?;
    }
    Translations::read(files, &manifest.default_locale)?;
    for (name, path) in files.under(MIGRATIONS) {
        if name.contains('/') || path.extension().as_deref() != Some("sql") {
            return Err(content(path, "is no migration")
                .hint("migrations are called for example migrations/001_create.sql"));
        }
        text(files, path)?;
    }
    Ok(())
}

/// The text of a file of the package; nothing if it has no such file.
pub(crate) fn text(files: &Files, path: &PackagePath) -> Result<Option<String>, PackageError> {
    bounded(files, path, MAX_TEXT_BYTES)?;
    let Some(bytes) = files.read(path)? else {
        return Ok(None);
    };
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        content(path, format!("is not UTF-8 (byte {at})")).hint("save it as UTF-8")
    })
}

fn bounded(files: &Files, path: &PackagePath, most: u64) -> Result<(), PackageError> {
    match files.size(path) {
        Some(size) if size > most => Err(PackageError::new(
            PackageErrorKind::TooLarge,
            format!("`{path}` is larger than {} MiB", most >> 20),
        )),
        _ => Ok(()),
    }
}

fn content(path: &PackagePath, what: impl std::fmt::Display) -> PackageError {
    PackageError::new(PackageErrorKind::Content, format!("`{path}` {what}"))
}

#[cfg(test)]
mod tests;
