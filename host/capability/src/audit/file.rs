//! The files below `DATA/audit`: `audit.jsonl`, which is written, and the full ones before it,
//! `audit.jsonl.1` to `audit.jsonl.4`, the newest first. One JSON object a line.
//!
//! One thread writes; any thread or process reads, without a lock.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use goatkit_package::PluginName;
use tempfile::NamedTempFile;

use super::line::AuditLine;

/// Bytes of one file. All of them are read when the log is shown.
pub(super) const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// Files that are kept, the one that is written included: the log never has more than this
/// many times [`MAX_FILE_BYTES`].
pub(super) const FILES: usize = 5;

/// The file that is written.
pub(super) struct RotatedFile {
    folder: PathBuf,
    file: File,
    bytes: u64,
    /// Whether its last line may be half of one: what follows begins with a line's end.
    torn: bool,
}

impl RotatedFile {
    /// Opens the file in `folder`. Makes both where they are missing.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
        let file = appended(folder)?;
        let bytes = file.metadata()?.len();
        Ok(Self {
            folder: folder.to_owned(),
            torn: is_torn(&file, bytes)?,
            file,
            bytes,
        })
    }

    /// Writes a line, which brings its own end.
    pub(super) fn write(&mut self, line: &[u8]) -> io::Result<()> {
        let more = line.len() as u64 + 1;
        if self.bytes > 0 && self.bytes + more > MAX_FILE_BYTES {
            self.rotate()?;
        }
        let text = match self.torn {
            true => [b"\n", line].concat(),
            false => line.to_vec(),
        };
        // Some of it may be there even if it fails.
        self.bytes += text.len() as u64;
        let written = self.file.write_all(&text);
        self.torn = written.is_err();
        written
    }

    /// Returns when all is on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Takes the lines of a plugin out of all files. Each is replaced whole; lines that are damaged
    /// stay as they are, and who reads leaves them out.
    pub(super) fn forget(&mut self, plugin: &PluginName) -> io::Result<()> {
        self.sync()?;
        for number in 0..FILES {
            let path = path(&self.folder, number);
            let bytes = match fs::read(&path) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let others = others(&bytes, plugin);
            if others.len() < bytes.len() {
                let mut file = NamedTempFile::new_in(&self.folder)?;
                file.write_all(&others)?;
                file.as_file().sync_all()?;
                file.persist(&path)?;
            }
        }
        self.file = appended(&self.folder)?;
        self.bytes = self.file.metadata()?.len();
        self.torn = is_torn(&self.file, self.bytes)?;
        Ok(())
    }

    fn rotate(&mut self) -> io::Result<()> {
        self.sync()?;
        for number in (1..FILES).rev() {
            let (from, to) = (path(&self.folder, number - 1), path(&self.folder, number));
            match fs::rename(from, to) {
                // There are not so many yet, or the last time ended half-way.
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        self.file = appended(&self.folder)?;
        (self.bytes, self.torn) = (0, false);
        Ok(())
    }
}

/// The last lines in `folder` that `wanted` wants, oldest first.
pub(super) fn read(
    folder: &Path,
    wanted: impl Fn(&AuditLine) -> bool,
    last: usize,
) -> io::Result<Vec<AuditLine>> {
    let mut newest_first = Vec::new();
    let mut seen = Vec::new();
    // A file that moves while this reads moves to a higher number: it is met again, not missed.
    for number in 0..FILES {
        let file = match File::open(path(folder, number)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let metadata = file.metadata()?;
        let inode = (metadata.dev(), metadata.ino());
        if newest_first.len() >= last || seen.contains(&inode) {
            continue;
        }
        seen.push(inode);
        let lines = lines(file)?.into_iter().rev();
        newest_first.extend(lines.filter(&wanted));
    }
    newest_first.truncate(last);
    newest_first.reverse();
    Ok(newest_first)
}

/// What of a file is not a plugin's.
fn others(bytes: &[u8], plugin: &PluginName) -> Vec<u8> {
    let is_its = |line: &[u8]| {
        let line = serde_json::from_slice::<AuditLine>(line);
        line.is_ok_and(|line| line.plugin == *plugin)
    };
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    lines
        .filter(|line| !is_its(line))
        .flatten()
        .copied()
        .collect()
}

/// The lines of one file. Those that were damaged are left out.
fn lines(file: File) -> io::Result<Vec<AuditLine>> {
    let mut bytes = Vec::new();
    // Whoever made it longer than the log ever does gets no more of this host's memory.
    file.take(MAX_FILE_BYTES).read_to_end(&mut bytes)?;
    let lines = bytes.split(|byte| *byte == b'\n');
    Ok(lines
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect())
}

fn path(folder: &Path, number: usize) -> PathBuf {
    match number {
        0 => folder.join("audit.jsonl"),
        number => folder.join(format!("audit.jsonl.{number}")),
    }
}

fn appended(folder: &Path) -> io::Result<File> {
    // Read as well, to see how it ends.
    OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path(folder, 0))
}

fn is_torn(file: &File, bytes: u64) -> io::Result<bool> {
    let Some(end) = bytes.checked_sub(1) else {
        return Ok(false);
    };
    let mut byte = [0];
    file.read_exact_at(&mut byte, end)?;
    Ok(byte != *b"\n")
}

#[cfg(test)]
mod tests;
