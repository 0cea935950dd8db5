//! Names of files inside a package.
//!
//! Whatever a zip, a folder or a manifest names comes through [`PackagePath::parse`], so that
//! no floor ever joins an unchecked text to a folder.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Long enough for any sensible tree, short enough that `DATA/store/<digest>/package/` and the
/// path together stay below what file systems and Windows tools accept.
pub(crate) const MAX_PATH_BYTES: usize = 160;

/// Bounds the recursion of everything that walks a package.
pub(crate) const MAX_PATH_DEPTH: usize = 10;

/// A relative path inside a package: `/` between its parts, and no part that a file system
/// could read as anything but a plain name.
///
/// ```
/// use goatkit_package::PackagePath;
///
/// assert_eq!(PackagePath::parse("static/app.css")?.as_str(), "static/app.css");
/// assert!(PackagePath::parse("../secret").is_err());
/// # Ok::<(), goatkit_package::PathError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackagePath(String);

/// Why a text is no path inside a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// Empty, or two `/` side by side, or a `/` at the end.
    #[error("a part of the path is empty")]
    EmptyPart,
    /// Begins with `/` or with a drive letter.
    #[error("the path is absolute; paths in a package are relative to its manifest")]
    Absolute,
    /// A part is `.` or `..`.
    #[error("the path contains `.` or `..`, which could lead out of the package")]
    Dots,
    /// `\` would be a separator on Windows only.
    #[error("the path contains a backslash; write `/` between its parts")]
    Backslash,
    /// `:` names drives and streams on Windows.
    #[error("the path contains a `:`")]
    Colon,
    /// Control characters make listings and logs lie.
    #[error("the path contains a control character")]
    Control,
    /// Longer than the limit.
    #[error("the path is longer than {MAX_PATH_BYTES} bytes")]
    TooLong,
    /// More parts than the limit.
    #[error("the path has more than {MAX_PATH_DEPTH} parts")]
    TooDeep,
}

impl PackagePath {
    /// Checks a text.
    ///
    /// # Errors
    /// [`PathError`] says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.len() > MAX_PATH_BYTES {
            return Err(PathError::TooLong);
        }
        if text.contains('\\') {
            return Err(PathError::Backslash);
        }
        if text.chars().any(char::is_control) {
            return Err(PathError::Control);
        }
        let drive = text.as_bytes().get(1) == Some(&b':');
        if text.starts_with('/') || drive {
            return Err(PathError::Absolute);
        }
        if text.contains(':') {
            return Err(PathError::Colon);
        }
        for part in text.split('/') {
            match part {
                "" => return Err(PathError::EmptyPart),
                "." | ".." => return Err(PathError::Dots),
                _ => {}
            }
        }
        if text.split('/').count() > MAX_PATH_DEPTH {
            return Err(PathError::TooDeep);
        }
        Ok(Self(text.to_owned()))
    }

    /// The path as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file's extension in lower case, or nothing.
    pub(crate) fn extension(&self) -> Option<String> {
        let name = self.0.rsplit('/').next()?;
        let (stem, extension) = name.rsplit_once('.')?;
        (!stem.is_empty()).then(|| extension.to_ascii_lowercase())
    }

    /// The folders above the file, outermost first: `a/b/c` gives `a` and `a/b`.
    pub(crate) fn parents(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').map(|(at, _)| &self.0[..at])
    }

    /// The path one part further down.
    pub(crate) fn join(folder: Option<&Self>, name: &str) -> Result<Self, PathError> {
        match folder {
            Some(folder) => Self::parse(&format!("{folder}/{name}")),
            None => Self::parse(name),
        }
    }
}

impl fmt::Display for PackagePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PackagePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PackagePath({:?})", self.0)
    }
}

impl AsRef<str> for PackagePath {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<std::path::Path> for PackagePath {
    fn as_ref(&self) -> &std::path::Path {
        self.0.as_ref()
    }
}

impl TryFrom<String> for PackagePath {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        Self::parse(&text)
    }
}

impl From<PackagePath> for String {
    fn from(path: PackagePath) -> Self {
        path.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{MAX_PATH_BYTES, MAX_PATH_DEPTH, PackagePath, PathError};

    fn check(text: &str, expect: Result<(), PathError>) {
        assert_eq!(PackagePath::parse(text).map(drop), expect, "{text:?}");
    }

    #[test]
    fn paths() {
        check("plugin.wasm", Ok(()));
        check("static/fonts/a b.woff2", Ok(()));
        check("i18n/de-AT.yaml", Ok(()));
        check("templates/größe.html", Ok(()));
        check("a..b/...", Ok(()));
        check("", Err(PathError::EmptyPart));
        check("a//b", Err(PathError::EmptyPart));
        check("a/", Err(PathError::EmptyPart));
        check("/etc/passwd", Err(PathError::Absolute));
        check("c:/x", Err(PathError::Absolute));
        check("C:x", Err(PathError::Absolute));
        check("a.txt:stream", Err(PathError::Colon));
        check("../x", Err(PathError::Dots));
        check("a/../b", Err(PathError::Dots));
        check("a/.", Err(PathError::Dots));
        check("a\\b", Err(PathError::Backslash));
        check("..\\x", Err(PathError::Backslash));
        check("a\0b", Err(PathError::Control));
        check("a\nb", Err(PathError::Control));
    }

    #[test]
    fn limits() {
        check(&"a".repeat(MAX_PATH_BYTES), Ok(()));
        check(&"a".repeat(MAX_PATH_BYTES + 1), Err(PathError::TooLong));
        check(&["a"; MAX_PATH_DEPTH].join("/"), Ok(()));
        check(
            &["a"; MAX_PATH_DEPTH + 1].join("/"),
            Err(PathError::TooDeep),
        );
    }

    #[test]
    fn parts_of_a_path() {
        let path = PackagePath::parse("static/a/B.JS").unwrap();
        assert_eq!(path.extension().as_deref(), Some("js"));
        assert_eq!(path.parents().collect::<Vec<_>>(), ["static", "static/a"]);
        assert_eq!(PackagePath::parse("a/.hidden").unwrap().extension(), None);
    }

    proptest::proptest! {
        #[test]
        fn what_parses_stays_inside(text in "[a./\\\\: \u{e4}\u{0}]{0,24}|.{0,40}") {
            if let Ok(path) = PackagePath::parse(&text) {
                let plain = |c| matches!(c, std::path::Component::Normal(_));
                let parts: &std::path::Path = path.as_ref();
                proptest::prop_assert!(parts.components().all(plain));
                proptest::prop_assert_eq!(parts.components().count(), text.split('/').count());
            }
        }
    }
}
