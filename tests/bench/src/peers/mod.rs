//! What the platform is measured beside that is no library of this workspace: Extism, in a
//! program of its own, `wasmtime serve` and what asks it. Each is there, or says how to get it.

pub mod extism;
pub mod serve;
pub mod wrk;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use goatkit_build::Toolchain;

use crate::Result;

/// Whether peers may be fetched and built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peers {
    /// Only those that are there already are measured.
    AsTheyAre,
    /// Those that are missing are fetched and built first: that takes minutes.
    Fetched,
}

/// Something to be measured beside, or what to do to get it.
pub type Found<T> = std::result::Result<T, String>;

/// Where peers are kept between runs.
fn cache() -> PathBuf {
    Toolchain::from_env().cache().join("peers")
}

/// Runs a command to its end. What it says goes to standard error: standard output is for the
/// table.
fn run(command: &mut Command) -> Result<()> {
    let status = command.stdout(Stdio::from(std::io::stderr())).status();
    let program = command.get_program().to_string_lossy().into_owned();
    let status = status.map_err(|error| format!("`{program}` does not start: {error}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("`{program}` ended with {status}").into()),
    }
}
