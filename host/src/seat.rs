//! Who works on a data folder: one host at a time. Its grants and settings are in that
//! host's memory, so whoever wants to change them asks it, or takes its place.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long somebody waits who finds the seat taken: a command that works on the folder is
/// done by then.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often he looks meanwhile.
const LOOK: Duration = Duration::from_millis(20);

/// The right to work on a data folder, until it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    data: PathBuf,
    _lock: File,
}

/// Why there is no seat.
#[derive(Debug, thiserror::Error)]
pub enum SeatError {
    /// Another host has it.
    #[error("another host works on {0}: stop it, or choose another data folder")]
    Taken(PathBuf),
    /// The folder cannot be used.
    #[error("cannot use {path}: {source}; choose a data folder that this user may write")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Seat {
    /// Takes the seat if it is free; nothing if another has it.
    ///
    /// # Errors
    /// [`SeatError::Folder`].
    pub(crate) fn try_take(data: &Path) -> Result<Option<Self>, SeatError> {
        let path = data.join("host.lock");
        let open = || {
            fs::create_dir_all(data)?;
            File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)
        };
        let taken = |source| SeatError::Folder {
            path: data.to_owned(),
            source,
        };
        let lock = open().map_err(taken)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self {
                data: data.to_owned(),
                _lock: lock,
            })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(taken(source)),
        }
    }

    /// Takes the seat, and waits for whoever has it for a moment.
    ///
    /// # Errors
    /// [`SeatError`].
    pub(crate) async fn take(data: &Path) -> Result<Self, SeatError> {
        let late = Instant::now() + PATIENCE;
        loop {
            if let Some(seat) = Self::try_take(data)? {
                return Ok(seat);
            }
            if Instant::now() > late {
                return Err(SeatError::Taken(data.to_owned()));
            }
            // The system tells nobody when a lock is free.
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Where the host that sits here listens for administrators.
    pub(crate) fn socket(&self) -> PathBuf {
        socket(&self.data)
    }
}

/// The socket of the host that works on a data folder.
pub(crate) fn socket(data: &Path) -> PathBuf {
    data.join("run").join("admin.sock")
}

/// A socket by a path that the system takes, which ends after a hundred letters: through its
/// folder, as long as that stays open.
pub(crate) fn reached(socket: &Path) -> io::Result<(File, PathBuf)> {
    let folder = File::open(socket.parent().unwrap_or(Path::new(".")))?;
    let through = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()));
    let name = socket.file_name().unwrap_or_default();
    Ok((folder, through.join(name)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_sits_at_a_time() {
        let data = tempfile::tempdir().unwrap();
        let first = Seat::try_take(data.path()).unwrap().unwrap();
        assert!(Seat::try_take(data.path()).unwrap().is_none());
        drop(first);
        Seat::take(data.path()).await.unwrap();
    }
}
