//! What can be wrong with a package, a manifest or the store.
//!
//! Every error names the file concerned, says what is wrong and, where a person can mend it,
//! what to do.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

/// The kinds of [`PackageError`], for callers that treat some of them differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PackageErrorKind {
    /// The disk did not do what was asked of it.
    Io,
    /// A file that the package needs is not in it.
    Missing,
    /// The manifest is wrong; [`ManifestError`] is the source.
    Manifest,
    /// A name in the package is not a plain relative path, or stands twice.
    Name,
    /// The package is larger, deeper or denser than the host reads.
    TooLarge,
    /// The zip is damaged, or reads differently to different readers.
    Malformed,
    /// A link, a device or another thing that is no regular file.
    NotAFile,
    /// A template, a static file, a translation or a migration is wrong.
    Content,
    /// The store's copy was changed or lost.
    Damaged,
}

/// A package that cannot be read, checked, stored or packed.
///
/// Its text is complete: which package, what is wrong, and what to do about it.
#[derive(Debug)]
pub struct PackageError(Box<Parts>);

#[derive(Debug)]
struct Parts {
    kind: PackageErrorKind,
    package: PathBuf,
    what: String,
    hint: Option<String>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl PackageError {
    pub(crate) fn new(kind: PackageErrorKind, what: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            kind,
            package: PathBuf::new(),
            what: what.into(),
            hint: None,
            source: None,
        }))
    }

    pub(crate) fn io(doing: impl fmt::Display, source: std::io::Error) -> Self {
        Self::new(PackageErrorKind::Io, format!("{doing}: {source}")).caused_by(source)
    }

    pub(crate) fn caused_by(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Says which package is concerned, in place of whatever was said before.
    pub(crate) fn about(mut self, package: &Path) -> Self {
        self.0.package = package.to_owned();
        self
    }

    /// The kind of the error.
    #[must_use]
    pub fn kind(&self) -> PackageErrorKind {
        self.0.kind
    }

    /// The zip, folder or stored copy that is concerned.
    #[must_use]
    pub fn package(&self) -> &Path {
        &self.0.package
    }

    /// What a person can do about it.
    #[must_use]
    pub fn remedy(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Display for PackageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.package.as_os_str().is_empty() {
            write!(f, "{}: ", self.0.package.display())?;
        }
        f.write_str(&self.0.what)?;
        match &self.0.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

impl Error for PackageError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

impl From<ManifestError> for PackageError {
    fn from(error: ManifestError) -> Self {
        Self::new(PackageErrorKind::Manifest, error.to_string()).caused_by(error)
    }
}

/// Everything that is wrong with one manifest, or with a file that grants in its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestError {
    file: &'static str,
    problems: Vec<Problem>,
}

/// One thing that is wrong with a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field, from the top of the manifest: `limits.memory`. Empty for the whole file.
    pub field: String,
    /// What is wrong, and what to do.
    pub message: String,
}

impl ManifestError {
    /// `problems` must not be empty: an error that lists nothing would be none.
    pub(crate) fn new(problems: Vec<Problem>) -> Self {
        debug_assert!(!problems.is_empty());
        Self {
            file: "manifest.yaml",
            problems,
        }
    }

    pub(crate) fn one(field: &str, message: impl Into<String>) -> Self {
        Self::new(vec![Problem {
            field: field.to_owned(),
            message: message.into(),
        }])
    }

    /// Says which file is concerned, if it is no manifest.
    pub(crate) fn of(self, file: &'static str) -> Self {
        Self { file, ..self }
    }

    /// The problems, in the manifest's order of fields.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            return f.write_str(&self.message);
        }
        write!(f, "{}: {}", self.field, self.message)
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [problem] = self.problems.as_slice() {
            return write!(f, "{}: {problem}", self.file);
        }
        write!(f, "{} has {} problems:", self.file, self.problems.len())?;
        for problem in &self.problems {
            write!(f, "\n  {problem}")?;
        }
        Ok(())
    }
}

impl Error for ManifestError {}

/// The data folder cannot hold a store.
#[derive(Debug, thiserror::Error)]
#[error(
    "the data folder `{}` cannot be used: {doing}: {source}; name a folder that this user may \
     write to",
    data.display()
)]
pub struct StoreError {
    pub(crate) data: PathBuf,
    pub(crate) doing: String,
    pub(crate) source: std::io::Error,
}

impl StoreError {
    /// The data folder that was named.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }
}
