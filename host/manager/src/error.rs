//! What goes wrong when plugins are looked for.

use std::fmt;
use std::path::PathBuf;

use goatkit_capability::PlatformError;
use goatkit_capability::grants::Rules;
use goatkit_package::{PackageError, PluginName, StoreError};
use goatkit_runtime::{CallError, LoadError, LoadErrorKind};
use semver::Version;

use crate::unit::Stopped;

/// Why a manager could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ManagerError {
    /// The data folder's store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was chosen about plugins cannot be read.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// Another folder below the data folder cannot be used.
    #[error("cannot use {path}: {source}; choose a data folder that this user may write")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system does not let the folder be watched.
    #[error("cannot watch {path}: {source}; restart the host when plugins change")]
    Watch {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: notify::Error,
    },
    /// A single package could not be taken in.
    #[error(transparent)]
    Package(#[from] PackageError),
}

/// Why a plugin that somebody asked for is not there.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FindError {
    /// No package of that name was found.
    #[error("there is no plugin `{wanted}`")]
    Unknown {
        /// The name that was asked for.
        wanted: String,
        /// The plugins that are there.
        known: Vec<PluginName>,
    },
    /// An administrator has to consent first.
    #[error("plugin `{}` {} {text}", .plugin, .version, text = waits(.open))]
    Waiting {
        /// The plugin.
        plugin: PluginName,
        /// The version that waits.
        version: Version,
        /// What it asks that nobody has decided.
        open: Rules,
    },
    /// An administrator does not let it serve.
    #[error("plugin `{plugin}`: {text}", text = Stopped::Disabled.text(.plugin))]
    Stopped {
        /// The plugin.
        plugin: PluginName,
    },
    /// It is there and does not load.
    #[error(transparent)]
    Broken(#[from] LoadError),
}

/// What waits for consent, and how it is given.
pub(crate) fn waits(open: &Rules) -> String {
    const SHOWN: usize = 10;
    let rest = open.len().saturating_sub(SHOWN);
    let mut shown: Vec<String> = open.iter().take(SHOWN).map(ToString::to_string).collect();
    if rest > 0 {
        shown.push(format!("and {rest} more"));
    }
    format!(
        "waits until an administrator consents to what it asks ({}): `gk plugin grants` shows all \
         of it, `gk plugin grant` grants it",
        shown.join(", ")
    )
}

/// Why a package was not taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AddError(String);

impl AddError {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// Why what serves was not loaded again. It serves on.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReloadError {
    /// There is no such plugin, or what its file now holds waits for consent or does not load.
    #[error(transparent)]
    Find(#[from] FindError),
    /// Its file is no package, or this host refuses it.
    #[error("its file {path} is refused: {error}")]
    Package {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        error: AddError,
    },
    /// Its file is another plugin's by now.
    #[error("its file {path} holds another plugin by now, `{holds}`; look through `plugins/`")]
    Other {
        /// The file or folder.
        path: PathBuf,
        /// The plugin in it.
        holds: PluginName,
    },
}

/// The error of a call whose plugin is not ready: by its own fault, or by the host's.
pub(crate) fn not_ready(
    name: &PluginName,
    target: &dyn fmt::Display,
    error: &FindError,
) -> CallError {
    match error {
        FindError::Broken(error) if error.kind() == LoadErrorKind::Internal => {
            CallError::internal(name, target, error.message())
        }
        FindError::Broken(error) if error.kind() == LoadErrorKind::NotGranted => {
            CallError::not_granted(name, target, error.message())
        }
        FindError::Broken(error) if error.kind() == LoadErrorKind::Stopped => {
            CallError::stopped(name, target, error.message())
        }
        FindError::Stopped { .. } => CallError::stopped(name, target, Stopped::Disabled.text(name)),
        FindError::Broken(error) => CallError::broken(name, target, error.message()),
        FindError::Waiting { open, .. } => CallError::not_granted(name, target, waits(open)),
        FindError::Unknown { .. } => CallError::unknown(name, target, error.to_string()),
    }
}

/// A function in an error's text.
pub(crate) struct FunctionTarget<'a>(pub(crate) &'a str);

impl fmt::Display for FunctionTarget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "function `{}`", self.0)
    }
}
