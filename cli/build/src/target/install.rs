//! Lays built libraries into the toolchain: whole, or not at all.
//!
//! They are gathered in a folder beside the final one, on the same file system, which one
//! rename then puts into its place. A folder that stands there, half laid or stale, gives
//! way; it comes back if the rename fails.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::error::StepError;
use super::probe::{MARKER, Rustc};

/// A folder that becomes the target's when it is committed, and vanishes otherwise.
#[derive(Debug)]
pub(super) struct Staging {
    folder: TempDir,
    target: PathBuf,
}

impl Staging {
    pub(super) fn beside(target: &Path) -> Result<Self, StepError> {
        let parent = target.parent().unwrap_or(target);
        let open = || {
            fs::create_dir_all(parent)?;
            tempfile::Builder::new()
                .prefix(".goatkit-")
                .tempdir_in(parent)
        };
        let folder = open().map_err(StepError::io("write to the toolchain's folder", parent))?;
        Ok(Self {
            folder,
            target: target.to_owned(),
        })
    }

    /// Copies every library of the folder `built`, and notes which rustc they are for.
    pub(super) fn fill(&self, built: &Path, rustc: &Rustc) -> Result<(), StepError> {
        let lib = self.lib();
        let copy = || {
            fs::create_dir(&lib)?;
            for entry in fs::read_dir(built)? {
                let entry = entry?;
                if is_of_std(Path::new(&entry.file_name())) {
                    fs::copy(entry.path(), lib.join(entry.file_name()))?;
                }
            }
            fs::write(lib.join(MARKER), rustc.identity())
        };
        copy().map_err(StepError::io("copy the libraries to", &lib))
    }

    pub(super) fn commit(self) -> Result<(), StepError> {
        self.swap()
            .map_err(StepError::io("lay the libraries into", &self.target))
    }

    fn swap(&self) -> io::Result<()> {
        let old = self.folder.path().join("old");
        let had_one = self.target.exists();
        if had_one {
            fs::rename(&self.target, &old)?;
        }
        fs::rename(self.lib(), &self.target).inspect_err(|_| {
            if had_one {
                // The first error is the one to tell.
                let _ = fs::rename(&old, &self.target);
            }
        })
    }

    fn lib(&self) -> PathBuf {
        self.folder.path().join("lib")
    }
}

fn is_of_std(file: &Path) -> bool {
    let is_library = file
        .extension()
        .is_some_and(|extension| extension == "rlib");
    let is_our_empty_crate = file
        .to_str()
        .is_some_and(|name| name.starts_with(&format!("lib{}-", super::build_std::EMPTY_CRATE)));
    is_library && !is_our_empty_crate
}
