//! Step 3, second half: builds std from its source with cargo's own `build-std`.
//!
//! An empty crate is built, and what cargo builds beneath it is what we want. The flags are
//! those that make the result look like a distributed std: bitcode for link-time
//! optimisation, and rustc's mark for crates that may use unstable features.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::TARGET;
use super::error::StepError;
use super::probe::Rustc;
use crate::progress::Progress;
use crate::tool;
use crate::toolchain::{Toolchain, toml_string};

/// The crate that is built for the sake of what lies beneath it.
pub(super) const EMPTY_CRATE: &str = "goatkit_empty";

/// Some 40 s on two cores; a busy small machine may take ten times as long.
const CARGO_PATIENCE: Duration = Duration::from_secs(1200);

/// Builds std from the folder `library` and returns the folder with the libraries.
pub(super) fn build(
    toolchain: &Toolchain,
    rustc: &Rustc,
    library: &Path,
    work: &Path,
    progress: &dyn Progress,
) -> Result<PathBuf, StepError> {
    progress.step("building the standard library for wasm (about a minute, once)");
    let package = work.join("empty");
    write_empty_crate(&package, library).map_err(StepError::io("write", &package))?;

    let target_folder = work.join("target");
    let remap = format!(
        "--remap-path-prefix={}={}",
        library.display(),
        rustc.virtual_library()
    );
    let flags = [
        "-Cembed-bitcode=yes",
        "-Zforce-unstable-if-unmarked",
        &remap,
    ];
    let mut cargo = toolchain.command("cargo")?;
    cargo
        .args([
            "build",
            "--release",
            "--target",
            TARGET,
            "-Zbuild-std=std,panic_abort",
        ])
        .arg("--target-dir")
        .arg(&target_folder)
        .current_dir(&package)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .env("__CARGO_TESTS_ONLY_SRC_ROOT", library);
    tool::run(&mut cargo, CARGO_PATIENCE, &|line| progress.output(line))?;
    Ok(target_folder.join(TARGET).join("release/deps"))
}

fn write_empty_crate(package: &Path, library: &Path) -> std::io::Result<()> {
    fs::create_dir_all(package.join("src"))?;
    fs::create_dir_all(package.join(".cargo"))?;
    fs::write(package.join("src/lib.rs"), "#![no_std]\n")?;
    fs::write(
        package.join("Cargo.toml"),
        format!(
            "[package]\nname = \"{EMPTY_CRATE}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
             [workspace]\n[profile.release]\nlto = \"off\"\n"
        ),
    )?;
    fs::write(
        package.join(".cargo/config.toml"),
        crates_of_std(&library.join("vendor")),
    )
}

/// Debian's package brings the crates that std is made of, so that no registry is needed;
/// a source without them gets them from the registry, as any build does.
fn crates_of_std(vendor: &Path) -> String {
    if !vendor.is_dir() {
        return String::new();
    }
    let folder = toml_string(vendor);
    format!(
        "[source.crates-io]\nreplace-with = \"std\"\n[source.std]\ndirectory = {folder}\n\
         [net]\noffline = true\n"
    )
}
