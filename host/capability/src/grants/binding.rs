//! Whom a grant is for, besides the plugin's name: a name can be taken by anybody.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use goatkit_package::{Digest, PolicyBinding};
use rusqlite::ToSql;
use rusqlite::types::ToSqlOutput;
use serde::{Serialize, Serializer};

/// What a grant is bound to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Binding {
    /// One unsigned package: changed contents are another package.
    Digest(Digest),
    /// A folder in dev mode, whatever is in it.
    Folder(PathBuf),
}

/// A text is no binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a binding is written `digest:` and 64 hexadecimal digits, or `folder:` and a path")]
pub struct BindingError;

/// A folder's path cannot be kept.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the path of the plugin's folder is not UTF-8: rename the folder")]
struct UnwritablePath;

impl From<&PolicyBinding> for Binding {
    fn from(written: &PolicyBinding) -> Self {
        match written {
            PolicyBinding::Digest(digest) => Self::Digest(*digest),
            PolicyBinding::Folder(folder) => Self::Folder(folder.clone()),
        }
    }
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest(digest) => write!(f, "digest:{digest}"),
            Self::Folder(folder) => write!(f, "folder:{}", folder.display()),
        }
    }
}

impl FromStr for Binding {
    type Err = BindingError;

    fn from_str(text: &str) -> Result<Self, BindingError> {
        match text.split_once(':') {
            Some(("digest", digest)) => Digest::parse(digest)
                .map(Self::Digest)
                .map_err(|_| BindingError),
            Some(("folder", folder)) => Ok(Self::Folder(folder.into())),
            _ => Err(BindingError),
        }
    }
}

impl Serialize for Binding {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl ToSql for Binding {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        // Two folders must never share one text, as two paths that are not UTF-8 would.
        match self {
            Self::Folder(folder) if folder.to_str().is_none() => Err(
                rusqlite::Error::ToSqlConversionFailure(Box::new(UnwritablePath)),
            ),
            _ => Ok(self.to_string().into()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_binding_has_one_text() {
        let digest = Digest::of(b"a");
        for (binding, text) in [
            (Binding::Digest(digest), format!("digest:{digest}")),
            (Binding::Folder("/a:b/c".into()), "folder:/a:b/c".to_owned()),
        ] {
            assert_eq!(binding.to_string(), text);
            assert_eq!(text.parse(), Ok(binding));
        }
        for wrong in ["", "digest", "digest:12", "key:12", "/a/b"] {
            assert_eq!(wrong.parse::<Binding>(), Err(BindingError), "{wrong}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_has_no_text_is_not_kept() {
        use std::os::unix::ffi::OsStringExt;
        let path = std::ffi::OsString::from_vec(b"/a/\xff".to_vec());
        let error = Binding::Folder(path.into()).to_sql().unwrap_err();
        assert!(error.to_string().contains("not UTF-8"), "{error}");
        assert!(Binding::Folder("/a/ü".into()).to_sql().is_ok());
    }
}
