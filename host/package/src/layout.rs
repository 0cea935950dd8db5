//! Which files make a package: the manifest, the programs it names, four folders, and the
//! documents for people.
//!
//! Whatever else lies in a zip or a folder stays behind: it is never stored and never served.

use std::collections::BTreeSet;

use crate::manifest::Manifest;
use crate::path::PackagePath;

/// The file that makes a zip or a folder a package.
pub(crate) const MANIFEST: &str = "manifest.yaml";

pub(crate) const TEMPLATES: &str = "templates";
pub(crate) const STATIC: &str = "static";
pub(crate) const TRANSLATIONS: &str = "i18n";
pub(crate) const MIGRATIONS: &str = "migrations";

/// The folders of a package; everything below them belongs to it.
pub(crate) const FOLDERS: [&str; 4] = [TEMPLATES, STATIC, TRANSLATIONS, MIGRATIONS];

/// What one manifest makes part of its package.
pub(crate) struct Layout {
    programs: BTreeSet<PackagePath>,
}

impl Layout {
    pub(crate) fn of(manifest: &Manifest) -> Self {
        let processes = manifest
            .process
            .iter()
            .flat_map(|process| process.command.values());
        Self {
            programs: manifest
                .component
                .iter()
                .chain(processes)
                .cloned()
                .collect(),
        }
    }

    /// The component, or the native programs.
    pub(crate) fn programs(&self) -> impl Iterator<Item = &PackagePath> {
        self.programs.iter()
    }

    /// Whether a file belongs to the package. Hidden files do not: they are the droppings of
    /// editors and file managers.
    pub(crate) fn holds(&self, path: &PackagePath) -> bool {
        if path.as_str() == MANIFEST || self.programs.contains(path) {
            return true;
        }
        if path.as_str().split('/').any(|part| part.starts_with('.')) {
            return false;
        }
        match path.as_str().split_once('/') {
            Some((folder, _)) => FOLDERS.contains(&folder),
            None => is_document(path.as_str()),
        }
    }
}

/// Whether a name at the top is a document for people.
pub(crate) fn is_document(name: &str) -> bool {
    name.starts_with("README") || name.starts_with("LICENSE")
}
