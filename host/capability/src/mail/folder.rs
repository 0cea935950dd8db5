//! A folder that gets an `.eml` file per message, for development and demonstrations: mail
//! programs open such files.

use std::fs::{DirBuilder, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tempfile::Builder;

use super::backend::{Counted, Letter, Post, Posting};
use crate::Fault;
use crate::timestamp::{of_seconds, seconds, text};

/// How many names are tried when files of an earlier start have them.
const MAX_TRIES: u32 = 1_000;

/// A folder that gets an `.eml` file per message. Only its owner may read it.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    next: Arc<AtomicU64>,
}

impl Folder {
    /// The folder, which is made with the first message.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            next: Arc::new(AtomicU64::new(1)),
        }
    }

    /// Writes a file and gives it its name when it is whole. Nothing that a plugin wrote is in
    /// the name.
    fn keep(&self, letter: &Letter) -> io::Result<()> {
        make(&self.path)?;
        let mut file = Builder::new()
            .prefix(".")
            .suffix(".part")
            .tempfile_in(&self.path)?;
        file.write_all(&letter.raw)?;
        for _ in 0..MAX_TRIES {
            let name = self.name(letter);
            match file.persist_noclobber(self.path.join(name)) {
                Ok(_) => return Ok(()),
                Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => {
                    file = taken.file;
                }
                Err(failed) => return Err(failed.error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// `20260301T093000Z-000001-stats.eml`: sorted by name is sorted by time.
    fn name(&self, letter: &Letter) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let time = text(of_seconds(seconds(letter.at)));
        let time: String = time
            .chars()
            .filter(|it| !matches!(it, '-' | ':'))
            .take_while(|it| *it != '.')
            .collect();
        format!("{time}Z-{number:06}-{}.eml", letter.plugin)
    }
}

impl Post for Folder {
    fn post<'a>(
        &'a self,
        letter: &'a Letter,
        counted: &'a Counted,
        deadline: Instant,
    ) -> Posting<'a> {
        Box::pin(async move {
            let (folder, letter, of_hour) = (self.clone(), letter.clone(), counted.clone());
            let keeping = tokio::task::spawn_blocking(move || {
                // Who waits no longer cannot stop it from here on.
                of_hour.count();
                folder.keep(&letter)
            });
            match tokio::time::timeout_at(deadline.into(), keeping).await {
                Err(_) => Err(Fault::TimedOut),
                Ok(Ok(Ok(()))) => Ok(()),
                Ok(Ok(Err(error))) => Err(unwritten(&self.path, &error)),
                Ok(Err(_)) => Err(Fault::Unavailable("the host is stopping".to_owned())),
            }
        })
    }
}

#[cfg(unix)]
fn make(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    // Whatever the process's mask takes away or leaves.
    std::fs::set_permissions(path, Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(path)
}

fn unwritten(path: &Path, error: &io::Error) -> Fault {
    tracing::error!("mail cannot be written to {}: {error}", path.display());
    Fault::failed(
        "connect",
        "the host's folder for mail cannot be written: its log says why",
    )
}
