//! Where rustc, cargo, rustup and apt-get come from, and with which environment they run.
//!
//! A [`Toolchain`] is a value, so that tests put programs of their own in front without
//! touching the process's environment.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::tool::ToolError;

/// How long rustup may take: enough for its download of some 20 MB over a slow line, and
/// the longest that a network which swallows everything keeps a person waiting.
const RUSTUP_PATIENCE: Duration = Duration::from_secs(180);

/// The caller's wishes for its own build, which must not reach the guest's: a host that is
/// built with `-Ctarget-cpu=native` would otherwise hand that flag to a wasm target.
const NOT_INHERITED: [&str; 12] = [
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_INCREMENTAL",
    "CARGO_MAKEFLAGS",
    "CARGO_TARGET_DIR",
    "MAKEFLAGS",
    "RUSTC_BOOTSTRAP",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
    "RUST_LOG",
    "CARGO_UNSTABLE_BUILD_STD",
    "__CARGO_TESTS_ONLY_SRC_ROOT",
];

/// The same, for families of variables.
const NOT_INHERITED_PREFIXES: [&str; 3] =
    ["CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_TARGET_WASM32_"];

/// The programs that a build uses, and the folders that it keeps things in.
#[derive(Debug, Clone)]
pub struct Toolchain {
    path: OsString,
    folder: PathBuf,
    cache: PathBuf,
    etc: PathBuf,
    cargo_home: Option<PathBuf>,
    sysroot: Option<PathBuf>,
    rustup_patience: Duration,
}

impl Toolchain {
    /// The toolchain that a shell in the current folder would use.
    #[must_use]
    pub fn from_env() -> Self {
        let home = env::home_dir();
        let absolute = |name| {
            env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let cache = absolute("XDG_CACHE_HOME")
            .or_else(|| home.as_ref().map(|home| home.join(".cache")))
            .unwrap_or_else(env::temp_dir);
        Self {
            path: env::var_os("PATH").unwrap_or_default(),
            folder: PathBuf::from("."),
            cache: cache.join("goatkit"),
            etc: PathBuf::from("/etc"),
            cargo_home: absolute("CARGO_HOME").or_else(|| home.map(|home| home.join(".cargo"))),
            sysroot: None,
            rustup_patience: RUSTUP_PATIENCE,
        }
    }

    /// Looks for programs in these folders, in the form of the variable PATH.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<OsString>) -> Self {
        self.path = path.into();
        self
    }

    /// Runs the programs in this folder: its `rust-toolchain.toml` counts.
    #[must_use]
    pub fn in_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = folder.into();
        self
    }

    /// Keeps the lock and the guests' target folders here.
    #[must_use]
    pub fn with_cache(mut self, cache: impl Into<PathBuf>) -> Self {
        self.cache = cache.into();
        self
    }

    /// Reads the machine's package mirrors from here and not from `/etc`.
    #[must_use]
    pub fn with_etc(mut self, etc: impl Into<PathBuf>) -> Self {
        self.etc = etc.into();
        self
    }

    /// Looks for the wasm target in this sysroot, and lays it there, not in rustc's own.
    #[must_use]
    pub fn with_sysroot(mut self, sysroot: impl Into<PathBuf>) -> Self {
        self.sysroot = Some(sysroot.into());
        self
    }

    /// Gives rustup this long.
    #[must_use]
    pub fn with_rustup_patience(mut self, patience: Duration) -> Self {
        self.rustup_patience = patience;
        self
    }

    /// Where the lock, the guests' target folders and whatever else outlives a build are kept.
    #[must_use]
    pub fn cache(&self) -> &Path {
        &self.cache
    }

    pub(crate) fn etc(&self) -> &Path {
        &self.etc
    }

    pub(crate) fn cargo_home(&self) -> Option<&Path> {
        self.cargo_home.as_deref()
    }

    pub(crate) fn sysroot(&self) -> Option<&Path> {
        self.sysroot.as_deref()
    }

    pub(crate) fn rustup_patience(&self) -> Duration {
        self.rustup_patience
    }

    /// A command that runs `program` from this toolchain's PATH, in its folder.
    pub(crate) fn command(&self, program: &str) -> Result<Command, ToolError> {
        let found = env::split_paths(&self.path)
            .map(|folder| folder.join(program))
            .find(|file| file.is_file())
            .ok_or_else(|| ToolError::Missing(program.to_owned()))?;
        let mut command = Command::new(found);
        command.current_dir(&self.folder).env("PATH", &self.path);
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(is_the_callers_own) {
                command.env_remove(name);
            }
        }
        Ok(command)
    }
}

fn is_the_callers_own(variable: &str) -> bool {
    NOT_INHERITED.contains(&variable)
        || NOT_INHERITED_PREFIXES
            .iter()
            .any(|prefix| variable.starts_with(prefix))
}

/// A path as a string of cargo's configuration: JSON's strings are TOML's, too.
pub(crate) fn toml_string(path: &Path) -> String {
    serde_json::Value::from(path.to_string_lossy()).to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_callers_flags_stay_with_the_caller() {
        for own in [
            "RUSTFLAGS",
            "CARGO_TARGET_DIR",
            "CARGO_BUILD_TARGET",
            "CARGO_PROFILE_RELEASE_LTO",
        ] {
            assert!(is_the_callers_own(own), "{own}");
        }
        for shared in [
            "PATH",
            "CARGO_HOME",
            "RUSTUP_TOOLCHAIN",
            "HTTPS_PROXY",
            "CARGO_NET_OFFLINE",
        ] {
            assert!(!is_the_callers_own(shared), "{shared}");
        }
    }

    #[test]
    fn a_program_is_taken_from_the_given_path_only() {
        let empty = tempfile::tempdir().unwrap();
        let toolchain = Toolchain::from_env().with_path(empty.path());
        assert_eq!(
            toolchain.command("sh").unwrap_err().to_string(),
            "sh is not on the PATH"
        );
        let toolchain = toolchain.with_path("/nowhere:/bin");
        assert_eq!(toolchain.command("sh").unwrap().get_program(), "/bin/sh");
    }
}
