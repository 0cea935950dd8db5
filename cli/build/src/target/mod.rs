//! The wasm target by itself: whoever first needs it gets it, once per machine.
//!
//! Four steps, each in a file of its own: it is installed (`probe`), rustup installs it
//! (`rustup`), it is built from Debian's source of std (`std_source`, `build_std`,
//! `install`), or an error says what each step answered and what to do.

mod apt;
mod build_std;
mod error;
mod install;
mod lock;
mod probe;
mod rustup;
mod std_source;
#[cfg(test)]
mod tests;

pub use error::{Attempt, Attempts, StepError, TargetError};

use crate::progress::Progress;
use crate::toolchain::Toolchain;
use probe::{Rustc, State};

/// The target that guests are built for: no WASI comes in.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Where the target came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetSource {
    /// It was there.
    Installed,
    /// `rustup target add` brought it.
    Rustup,
    /// It was built from Debian's package of std's source.
    Built,
}

/// Sees to it that rustc can build for [`TARGET`].
///
/// Only one caller on the machine does the work, others wait for it.
///
/// # Errors
/// Where there is no rustc, where the lock cannot be taken, and where each way was tried
/// without success.
pub fn ensure_target(
    toolchain: &Toolchain,
    progress: &dyn Progress,
) -> Result<TargetSource, TargetError> {
    let rustc = Rustc::ask(toolchain)?;
    if rustc.target() == State::Ready {
        return Ok(TargetSource::Installed);
    }
    let _lock = lock::take(toolchain.cache(), progress)?;
    let state = rustc.target();
    if state == State::Ready {
        return Ok(TargetSource::Installed);
    }
    let mut attempts = Attempts::of(&rustc, &state);

    progress.step("the wasm target is missing: asking rustup for it");
    match rustup::add(toolchain, &rustc, &state, progress) {
        Ok(()) => return Ok(TargetSource::Rustup),
        Err(refusal) => attempts.push("rustup target add", refusal),
    }
    progress.step("rustup cannot: building the wasm target from Debian's rust-src");
    match build_and_lay(toolchain, &rustc, progress) {
        Ok(()) => Ok(TargetSource::Built),
        Err(refusal) => {
            attempts.push("build from Debian's rust-src", refusal);
            Err(TargetError::Unavailable(attempts))
        }
    }
}

fn build_and_lay(
    toolchain: &Toolchain,
    rustc: &Rustc,
    progress: &dyn Progress,
) -> Result<(), StepError> {
    // A folder that cannot be written is found before a minute of work, not after it.
    let staging = install::Staging::beside(&rustc.target_folder())?;
    let work =
        tempfile::tempdir().map_err(StepError::io("make a folder in", std::env::temp_dir()))?;
    let library = std_source::fetch(toolchain, rustc.release(), work.path(), progress)?;
    let built = build_std::build(toolchain, rustc, &library, work.path(), progress)?;
    staging.fill(&built, rustc)?;
    staging.commit()?;
    rustc.expect_target()
}
