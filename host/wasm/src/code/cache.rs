//! Compiled code on disk.
//!
//! An entry is keyed by the component's digest and the engine's compatibility hash, and
//! is loaded only if its keyed BLAKE3 is right, checked through the descriptor that is
//! then mapped. That guards against damage and against other users; it does not guard
//! against the host's own user, who could read the key.
//!
//! `compile` asks it before it compiles, and lets it keep what it made. How much is kept is
//! decided in `trim`.

use std::fs::{self, File, OpenOptions, Permissions};
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use goatkit_capability::{Clock, SystemClock};
use goatkit_package::Digest;
use tempfile::NamedTempFile;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::trim::{self, LeftBehind};
use crate::settings::SettingsError;

const KEY_BYTES: usize = blake3::KEY_LEN;

/// The folder, and the key of this host's own entries.
pub(crate) struct CodeCache {
    folder: PathBuf,
    key: [u8; KEY_BYTES],
    most: u64,
}

impl CodeCache {
    /// The cache in `folder`, which keeps `most` bytes of code.
    pub(crate) fn open(folder: &Path, most: u64) -> Result<Self, SettingsError> {
        let open = || -> io::Result<Self> {
            fs::create_dir_all(folder)?;
            fs::set_permissions(folder, Permissions::from_mode(0o700))?;
            let key = read_key(folder)?.map_or_else(|| new_key(folder), Ok)?;
            Ok(Self {
                folder: folder.to_owned(),
                key,
                most,
            })
        };
        let opened = open().inspect(|cache| cache.trim(LeftBehind::Goes));
        opened.map_err(|source| SettingsError::Cache {
            path: folder.to_owned(),
            source,
        })
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The compiled code of `digest` for engines that are compatible with this one, if it was
    /// kept and is whole.
    pub(super) fn find(&self, engine: &Engine, digest: Digest) -> io::Result<Code> {
        let file = self.checked(&self.path(engine, digest))?;
        // What was used last stays longest. Whoever cannot note it loses some of that.
        let _ = file.set_modified(SystemClock.now());
        Ok(Code(file))
    }

    /// Keeps compiled code. Written aside and renamed, so that a host that dies half way
    /// leaves nothing that another would load.
    pub(crate) fn keep(&self, engine: &Engine, digest: Digest, code: &[u8]) -> io::Result<()> {
        let path = self.path(engine, digest);
        let sum = blake3::keyed_hash(&self.key, code);
        write_whole(&self.folder, &path, code)?;
        write_whole(&self.folder, &sum_path(&path), sum.as_bytes())
    }

    /// Removes what was kept of `digest`, for whichever engine. Whoever has it mapped keeps it.
    pub(crate) fn forget(&self, digest: Digest) -> io::Result<()> {
        let its = format!("{digest}-");
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(&its) {
                match fs::remove_file(entry.path()) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    Ok(()) | Err(_) => {}
                }
            }
        }
        Ok(())
    }

    /// Lets go what was not used for longest, where there is too much. Code that is in use stays
    /// mapped without its file.
    pub(crate) fn trim(&self, left_behind: LeftBehind) {
        if let Err(error) = trim::trim(&self.folder, self.most, left_behind, SystemClock.now()) {
            let folder = self.folder.display();
            tracing::warn!("cannot look through the compiled code in {folder}: {error}");
        }
    }

    /// The file at `path`, open, with its sum found right.
    fn checked(&self, path: &Path) -> io::Result<File> {
        let mut kept = [0; blake3::OUT_LEN];
        File::open(sum_path(path))?.read_exact(&mut kept)?;
        let file = File::open(path)?;
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update_reader(&file)?;
        // blake3 compares hashes in constant time.
        if hasher.finalize() == blake3::Hash::from_bytes(kept) {
            return Ok(file);
        }
        Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{} was changed after it was written", path.display()),
        ))
    }

    fn path(&self, engine: &Engine, digest: Digest) -> PathBuf {
        let compatibility = compatibility(engine);
        self.folder.join(format!("{digest}-{compatibility}.cwasm"))
    }
}

/// Compiled code that was found whole, open.
pub(super) struct Code(File);

impl Code {
    /// Maps it, so that what was checked is what is run. The mapping is what makes
    /// copy-on-write memories possible. Fails where an engine cannot run it.
    #[allow(unsafe_code)]
    pub(super) fn map(&self, engine: &Engine) -> io::Result<Component> {
        let path = format!("/proc/self/fd/{}", self.0.as_raw_fd());
        // SAFETY: the file holds what wasmtime gave this host, here or in a process that this
        // host has started for it: its keyed hash was checked through this very descriptor,
        // and the key and the folder belong to this user alone. wasmtime refuses code of
        // another version or engine.
        let component = unsafe { Component::deserialize_file(engine, path) };
        component.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, format!("{error:#}")))
    }
}

fn sum_path(path: &Path) -> PathBuf {
    path.with_extension("sum")
}

/// A short hash of everything that decides whether an engine can run compiled code.
fn compatibility(engine: &Engine) -> String {
    let mut hasher = Blake3(blake3::Hasher::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.0.finalize().to_hex()[..16].to_owned()
}

/// BLAKE3 as a standard hasher: the standard one may change between compilers.
struct Blake3(blake3::Hasher);

impl Hasher for Blake3 {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let mut first = [0; 8];
        first.copy_from_slice(&self.0.finalize().as_bytes()[..8]);
        u64::from_le_bytes(first)
    }
}

fn read_key(folder: &Path) -> io::Result<Option<[u8; KEY_BYTES]>> {
    match fs::read(folder.join("key")) {
        Ok(bytes) => Ok(bytes.try_into().ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A new key, or that of the host which started at the same time and was first. One that
/// is damaged is replaced: what it signed is compiled anew.
fn new_key(folder: &Path) -> io::Result<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    File::open("/dev/urandom")?.read_exact(&mut key)?;
    let path = folder.join("key");
    match whole(folder, &key)?.persist_noclobber(&path) {
        Ok(_) => return Ok(key),
        Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(failed) => return Err(failed.error),
    }
    if let Some(first) = read_key(folder)? {
        return Ok(first);
    }
    write_whole(folder, &path, &key)?;
    Ok(key)
}

fn write_whole(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    whole(folder, bytes)?.persist(path)?;
    Ok(())
}

/// A file beside its place, written to the end and for its owner alone.
fn whole(folder: &Path, bytes: &[u8]) -> io::Result<NamedTempFile<File>> {
    let temporary = tempfile::Builder::new().make_in(folder, |path| {
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
    })?;
    let mut file = temporary.as_file();
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(temporary)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
