//! A package in the store, as the floors above see it: a manifest and typed views of its
//! files.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use serde::{Deserialize, Serialize};

use crate::archive::manifest_path;
use crate::assets::{Asset, type_of};
use crate::content::{self, Migration};
use crate::digest::Digest;
use crate::error::PackageError;
use crate::files::{Files, damaged};
use crate::layout::{MIGRATIONS, STATIC, TEMPLATES};
use crate::manifest::Manifest;
use crate::path::PackagePath;
use crate::stage::{META, META_FORMAT, MetaFile, PACKAGE};
use crate::translations::Translations;

/// What a stored package was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PackageSource {
    /// A zip; the digest is the hash of its bytes.
    Zip,
    /// A folder, in dev mode; the digest is over its names and contents.
    Folder,
}

/// A package that was checked and copied into the store. Cloning is cheap.
///
/// Every file is held against its hash when it is read: a copy that somebody changed is an
/// error, never run or served.
#[derive(Clone)]
pub struct StoredPackage(Arc<Inner>);

struct Inner {
    digest: Digest,
    source: PackageSource,
    manifest: Manifest,
    files: Files,
    ignored: Vec<PackagePath>,
    template_names: Vec<String>,
    asset_names: Vec<String>,
    translations: OnceLock<Translations>,
}

impl StoredPackage {
    /// Opens a stored copy. Presence and size of each file are checked now, its content when
    /// it is read.
    pub(crate) fn open(folder: &Path, digest: Digest) -> Result<Self, PackageError> {
        let meta = std::fs::read(folder.join(META)).map_err(|error| {
            damaged(format!("`{META}` cannot be read: {error}")).caused_by(error)
        })?;
        let meta: MetaFile = serde_json::from_slice(&meta)
            .map_err(|error| damaged(format!("`{META}` is damaged: {error}")).caused_by(error))?;
        if meta.format != META_FORMAT {
            return Err(damaged(format!(
                "`{META}` has format {}, not {META_FORMAT}",
                meta.format
            )));
        }
        let dir =
            Dir::open_ambient_dir(folder.join(PACKAGE), ambient_authority()).map_err(|error| {
                damaged(format!("`{PACKAGE}` cannot be opened: {error}")).caused_by(error)
            })?;
        let files = Files::new(dir, meta.files);
        files.verify()?;
        let manifest = files
            .read(&manifest_path()?)?
            .ok_or_else(|| damaged("it has no manifest"))?;
        let names = |folder| {
            files
                .under(folder)
                .map(|(name, _)| name.to_owned())
                .collect()
        };
        Ok(Self(Arc::new(Inner {
            digest,
            source: meta.source,
            manifest: Manifest::parse(&manifest)?,
            template_names: names(TEMPLATES),
            asset_names: names(STATIC),
            files,
            ignored: meta.ignored,
            translations: OnceLock::new(),
        })))
    }

    /// The manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    /// What the package is called in the store and in URLs.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.0.digest
    }

    /// What it was made from.
    #[must_use]
    pub fn source(&self) -> PackageSource {
        self.0.source
    }

    /// Files that were in the zip and are no part of a package: not stored, never served.
    #[must_use]
    pub fn ignored(&self) -> &[PackagePath] {
        &self.0.ignored
    }

    /// The component's bytes.
    ///
    /// # Errors
    /// If the stored copy was damaged, or the runtime is not wasm.
    pub fn component(&self) -> Result<Vec<u8>, PackageError> {
        let path = self.0.manifest.component.as_ref();
        let bytes = path
            .map(|path| self.0.files.read(path))
            .transpose()?
            .flatten();
        bytes.ok_or_else(|| {
            PackageError::new(
                crate::error::PackageErrorKind::Missing,
                format!(
                    "{} has no component: its runtime is {}",
                    self.0.manifest.name, self.0.manifest.runtime
                ),
            )
        })
    }

    /// The names of the templates, relative to `templates/`, sorted.
    #[must_use]
    pub fn template_names(&self) -> &[String] {
        &self.0.template_names
    }

    /// A template's source; nothing if the package has no such template.
    ///
    /// # Errors
    /// If the stored copy was damaged.
    pub fn template(&self, name: &str) -> Result<Option<String>, PackageError> {
        match below(TEMPLATES, name) {
            Some(path) => content::text(&self.0.files, &path),
            None => Ok(None),
        }
    }

    /// The names of the static files, relative to `static/`, sorted.
    #[must_use]
    pub fn asset_names(&self) -> &[String] {
        &self.0.asset_names
    }

    /// A static file; nothing if the package has no such file, or the name is none.
    ///
    /// # Errors
    /// If the stored copy was damaged.
    pub fn asset(&self, path: &str) -> Result<Option<Asset>, PackageError> {
        let Some(path) = below(STATIC, path) else {
            return Ok(None);
        };
        let Some(bytes) = self.0.files.read(&path)? else {
            return Ok(None);
        };
        let kind = type_of(&path)?;
        Ok(Some(Asset {
            bytes,
            content_type: kind.content_type,
            document: kind.document,
        }))
    }

    /// The texts in all languages, read at the first call.
    ///
    /// They were checked when the package was stored. Should a file have been damaged since,
    /// the package counts as having no texts: a page without them beats no page.
    #[must_use]
    pub fn translations(&self) -> &Translations {
        self.0.translations.get_or_init(|| {
            Translations::read(&self.0.files, &self.0.manifest.default_locale).unwrap_or_default()
        })
    }

    /// The migrations in their order.
    ///
    /// # Errors
    /// If the stored copy was damaged.
    pub fn migrations(&self) -> Result<Vec<Migration>, PackageError> {
        let files = &self.0.files;
        let read = |(name, path): (&str, _)| {
            let text = content::text(files, path)?.unwrap_or_default();
            Ok(Migration {
                name: name.to_owned(),
                text,
            })
        };
        files.under(MIGRATIONS).map(read).collect()
    }
}

/// A name that no file can have is the name of no file.
fn below(folder: &str, name: &str) -> Option<PackagePath> {
    PackagePath::parse(&format!("{folder}/{name}")).ok()
}

impl fmt::Debug for StoredPackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let manifest = self.manifest();
        write!(
            f,
            "StoredPackage({} {}, {})",
            manifest.name,
            manifest.version,
            self.digest()
        )
    }
}

#[cfg(test)]
mod tests;
