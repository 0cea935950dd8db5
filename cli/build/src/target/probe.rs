//! What the active rustc is, and whether it has the wasm target. Changes nothing.

use std::fs;
use std::path::{Path, PathBuf};

use super::TARGET;
use super::error::{StepError, TargetError};
use crate::tool::{self, ToolError};
use crate::toolchain::Toolchain;

/// In a folder that we laid: the rustc that its libraries were built by.
pub(super) const MARKER: &str = "built-by-goatkit";

/// The active rustc.
#[derive(Debug)]
pub(super) struct Rustc {
    sysroot: PathBuf,
    release: String,
    commit: Option<String>,
}

/// How the target's folder stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum State {
    Ready,
    Missing,
    /// There is a folder, without this library: an installation that was broken off.
    Half(&'static str),
    /// We laid it, for another rustc than today's.
    Stale(String),
}

impl Rustc {
    pub(super) fn ask(toolchain: &Toolchain) -> Result<Self, TargetError> {
        let ask = |args: &[&str]| -> Result<String, ToolError> {
            let mut command = toolchain.command("rustc")?;
            command.args(args);
            tool::run(&mut command, tool::AT_ONCE, &|_| {})
        };
        let version = ask(&["-vV"]).map_err(TargetError::Rustc)?;
        let sysroot = match toolchain.sysroot() {
            Some(sysroot) => sysroot.to_owned(),
            None => ask(&["--print", "sysroot"])
                .map_err(TargetError::Rustc)?
                .trim_end()
                .into(),
        };
        let field = |name: &str| {
            let found = version.lines().find_map(|line| line.strip_prefix(name));
            found.map(|value| value.trim().to_owned())
        };
        Ok(Self {
            sysroot,
            release: field("release:").unwrap_or_else(|| "of an unknown version".to_owned()),
            commit: field("commit-hash:").filter(|hash| hash != "unknown"),
        })
    }

    /// E.g. `1.95.0`.
    pub(super) fn release(&self) -> &str {
        &self.release
    }

    /// Where rustc's own builds say that std's source lies, so that ours say the same.
    pub(super) fn virtual_library(&self) -> String {
        format!(
            "/rustc/{}/library",
            self.commit.as_deref().unwrap_or(&self.release)
        )
    }

    /// What tells this rustc from every other: libraries of one are of no use to another.
    pub(super) fn identity(&self) -> String {
        format!("{} {}", self.release, self.commit.as_deref().unwrap_or("-"))
    }

    /// Where rustc looks for the target's libraries.
    pub(super) fn target_folder(&self) -> PathBuf {
        self.sysroot.join("lib/rustlib").join(TARGET).join("lib")
    }

    pub(super) fn target(&self) -> State {
        let folder = self.target_folder();
        let Ok(entries) = fs::read_dir(&folder) else {
            return State::Missing;
        };
        if let Ok(built_by) = fs::read_to_string(folder.join(MARKER))
            && built_by != self.identity()
        {
            return State::Stale(built_by);
        }
        let names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
        let has = |library: &str| {
            let is_it = |name: &str| name.starts_with(library) && name.ends_with(".rlib");
            names.iter().any(|name| name.to_str().is_some_and(is_it))
        };
        let missing = ["libcore-", "libstd-"]
            .into_iter()
            .find(|library| !has(library));
        missing.map_or(State::Ready, State::Half)
    }

    /// Looks again after a step.
    pub(super) fn expect_target(&self) -> Result<(), StepError> {
        match self.target() {
            State::Ready => Ok(()),
            state => Err(StepError::StillMissing(
                state.describe(&self.target_folder()),
            )),
        }
    }
}

impl State {
    pub(super) fn describe(&self, folder: &Path) -> String {
        let folder = folder.display();
        match self {
            Self::Ready => format!("the target in {folder}"),
            Self::Missing => format!("no folder {folder}"),
            Self::Half(library) => format!("no {library}*.rlib in {folder}"),
            Self::Stale(built_by) => format!("a target for rustc {built_by} in {folder}"),
        }
    }
}
