//! A folder that gets an `.eml` file per message, for development and demonstrations: mail
//! programs open such files.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use goatkit_package::PluginName;
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

    fn files_of(&self, plugin: &PluginName) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry?;
            if entry
                .file_name()
                .to_str()
                .is_some_and(|it| is_of(it, plugin))
            {
                files.push(entry.path());
            }
        }
        Ok(files)
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

    fn kept(&self, plugin: &PluginName) -> io::Result<u64> {
        Ok(self.files_of(plugin)?.len() as u64)
    }

    fn forget(&self, plugin: &PluginName) -> io::Result<()> {
        self.files_of(plugin)?.iter().try_for_each(fs::remove_file)
    }
}

/// Whether a file is named as a message of a plugin's is, see [`Folder::name`]. The name of
/// another plugin may end in that of this one.
fn is_of(file: &str, plugin: &PluginName) -> bool {
    let mut parts = file.splitn(3, '-');
    let (time, number) = (parts.next(), parts.next());
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    time.is_some_and(|it| it.ends_with('Z'))
        && number.is_some_and(digits)
        && parts.next().and_then(|it| it.strip_suffix(".eml")) == Some(plugin.as_str())
}

#[cfg(unix)]
fn make(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    // Whatever the process's mask takes away or leaves.
    fs::set_permissions(path, Permissions::from_mode(0o700))
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_the_messages_of_the_plugin_itself_are_its() {
        let folder = tempfile::tempdir().unwrap();
        let post = Folder::new(folder.path().join("mail"));
        let name = |text: &str| PluginName::parse(text).unwrap();
        assert_eq!(post.kept(&name("stats")).unwrap(), 0);
        let names = [
            "20260301T093000Z-000001-stats.eml",
            "20260301T093000Z-1000002-stats.eml",
            "20260301T093000Z-000003-my-stats.eml",
            "20260301T093000Z-000004-stats.txt",
            "stats.eml",
            "a-b-stats.eml",
        ];
        fs::create_dir(post.path.clone()).unwrap();
        for name in names {
            fs::write(post.path.join(name), "").unwrap();
        }
        assert_eq!(post.kept(&name("stats")).unwrap(), 2);
        assert_eq!(post.kept(&name("my-stats")).unwrap(), 1);
        post.forget(&name("stats")).unwrap();
        assert_eq!(post.kept(&name("stats")).unwrap(), 0);
        assert_eq!(fs::read_dir(&post.path).unwrap().count(), 4);
    }
}
