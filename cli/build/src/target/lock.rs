//! One caller at a time installs the target, on the whole machine.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use super::error::TargetError;
use crate::progress::Progress;

const FILE: &str = "wasm-target.lock";

/// Takes the lock in the folder `cache`; it is given back when the file is dropped.
pub(super) fn take(cache: &Path, progress: &dyn Progress) -> Result<File, TargetError> {
    let path = cache.join(FILE);
    let failed = |source| TargetError::Lock {
        path: path.clone(),
        source,
    };
    fs::create_dir_all(cache).map_err(failed)?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::Error(source)) => return Err(failed(source)),
        Err(TryLockError::WouldBlock) => {}
    }
    progress.step("waiting for another program that installs the wasm target");
    file.lock().map_err(failed)?;
    Ok(file)
}
