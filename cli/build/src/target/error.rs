//! What is said when the wasm target cannot be had.

use std::fmt;
use std::path::PathBuf;

use super::TARGET;
use super::probe::{Rustc, State};
use crate::tool::ToolError;

/// Why there is no wasm target.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// rustc is missing, or does not tell about itself.
    #[error("rustc cannot be asked about itself: {0}; install Rust, or put it on the PATH")]
    Rustc(ToolError),
    /// The lock that keeps two builds apart cannot be taken.
    #[error("{} cannot be locked: {source}; make its folder writable, or name another by XDG_CACHE_HOME", path.display())]
    Lock {
        /// The lock's file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Every way was tried.
    #[error("{0}")]
    Unavailable(Attempts),
}

/// Why one step did not bring the target.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// A program is missing or failed.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// A file or folder stands in the way.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried, e.g. `write`.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The step ended well and the target is still not there.
    #[error("it ended without an error, but there is still {0}")]
    StillMissing(String),
    /// The machine's package configuration names no mirror that could have the source.
    #[error("no Debian mirror is named below {}", .0.display())]
    NoMirror(PathBuf),
    /// No suite has the source of this rustc.
    #[error("no suite has rust-src {release}; {}", seen.join("; "))]
    NoSource {
        /// The active rustc's version.
        release: String,
        /// What each suite answered.
        seen: Vec<String>,
    },
    /// The package, or what was built from it, is not as expected.
    #[error("{} has no {what}", folder.display())]
    Incomplete {
        /// Where it was looked for.
        folder: PathBuf,
        /// What is missing.
        what: &'static str,
    },
}

impl StepError {
    /// For `map_err`: what was tried with which path.
    pub(super) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }
}

/// One step and its answer.
#[derive(Debug)]
pub struct Attempt {
    /// The step, e.g. `rustup target add`.
    pub step: &'static str,
    /// Why it did not help.
    pub answer: String,
}

/// All that was tried, in order.
#[derive(Debug)]
pub struct Attempts {
    release: String,
    tried: Vec<Attempt>,
}

impl Attempts {
    pub(super) fn of(rustc: &Rustc, state: &State) -> Self {
        let answer = state.describe(&rustc.target_folder());
        let first = Attempt {
            step: "installed",
            answer,
        };
        Self {
            release: rustc.release().to_owned(),
            tried: vec![first],
        }
    }

    pub(super) fn push(&mut self, step: &'static str, refusal: StepError) {
        self.tried.push(Attempt {
            step,
            answer: refusal.to_string(),
        });
    }

    /// The steps with their answers.
    #[must_use]
    pub fn tried(&self) -> &[Attempt] {
        &self.tried
    }
}

impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "rustc {} cannot build for {TARGET}, and no step helped:",
            self.release
        )?;
        for (number, attempt) in (1..).zip(&self.tried) {
            writeln!(f, "  {number}. {}: {}", attempt.step, attempt.answer)?;
        }
        write!(
            f,
            "run `rustup target add {TARGET}` where there is a network, or install the package \
             of your system that has std for it (Debian: libstd-rust-dev-wasm32), and try again"
        )
    }
}
