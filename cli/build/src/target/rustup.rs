//! Step 2: `rustup target add`, where there is a rustup with a network.

use std::fs;

use super::TARGET;
use super::error::StepError;
use super::probe::{Rustc, State};
use crate::progress::Progress;
use crate::tool;
use crate::toolchain::Toolchain;

/// Has rustup install the target, and looks whether rustc then has it: the rustc on the
/// PATH need not be rustup's.
pub(super) fn add(
    toolchain: &Toolchain,
    rustc: &Rustc,
    state: &State,
    progress: &dyn Progress,
) -> Result<(), StepError> {
    let mut command = toolchain.command("rustup")?;
    if let State::Stale(_) = state {
        // rustup would lay its libraries beside ours, and rustc would find both.
        let folder = rustc.target_folder();
        fs::remove_dir_all(&folder).map_err(StepError::io("remove", folder))?;
    }
    command.args(["target", "add", TARGET]);
    tool::run(&mut command, toolchain.rustup_patience(), &|line| {
        progress.output(line)
    })?;
    rustc.expect_target()
}
