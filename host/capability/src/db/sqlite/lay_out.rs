//! Lays out a database file for an application that brings its own tables and rows, such as
//! a demo. This is the application's SQL, not a plugin's: nothing of the policy holds here.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

/// Why a file was not laid out.
#[derive(Debug, thiserror::Error)]
pub enum LayOutError {
    /// The script does not run.
    #[error("cannot lay out {path}: {source}")]
    Script {
        /// The file.
        path: PathBuf,
        /// What the engine said.
        source: rusqlite::Error,
    },
    /// The file cannot be written.
    #[error("cannot write {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Runs `script` into a new file `path`, which is there whole or not at all. False if there is
/// a file already: that stays as it is.
///
/// # Errors
/// [`LayOutError`]; then there is no file.
pub fn lay_out(path: &Path, script: &str) -> Result<bool, LayOutError> {
    let file = |source| LayOutError::File {
        path: path.to_owned(),
        source,
    };
    if path.try_exists().map_err(file)? {
        return Ok(false);
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let new = tempfile::Builder::new()
        .prefix(".gk-")
        .tempfile_in(folder)
        .map_err(file)?;
    run(new.path(), script).map_err(|source| LayOutError::Script {
        path: path.to_owned(),
        source,
    })?;
    match new.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(file(error.error)),
    }
}

fn run(path: &Path, script: &str) -> rusqlite::Result<()> {
    let connection = Connection::open(path)?;
    // Nobody sees the file before it is whole, so a journal would protect nothing.
    connection.pragma_update(None, "journal_mode", "off")?;
    connection.pragma_update(None, "synchronous", "off")?;
    connection.execute_batch(script)?;
    // From here on readers and the writer do not wait for one another.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.close().map_err(|(_, error)| error)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_laid_out_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.db");
        let script = "CREATE TABLE a (b); INSERT INTO a VALUES (1)";
        assert!(lay_out(&path, script).unwrap());
        assert!(!lay_out(&path, "no SQL").unwrap());
        let connection = Connection::open(&path).unwrap();
        let rows: i64 = connection
            .query_row("SELECT count(*) FROM a", [], |row| row.get(0))
            .unwrap();
        assert_eq!(rows, 1);
    }

    #[test]
    fn a_script_that_fails_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.db");
        let error = lay_out(&path, "CREATE TABLE a (b); INSERT INTO c VALUES (1)").unwrap_err();
        assert!(error.to_string().contains("no such table: c"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
