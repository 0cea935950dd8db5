//! The first token: without one nobody could make any but on this machine. It stands in a file
//! of the data folder that only the host's user can read.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use goatkit_capability::timestamp::seconds;
use rusqlite::{Connection, params};
use tempfile::NamedTempFile;

use super::{SCOPES, Token, TokenSecret, Tokens, fresh, insert};
use crate::error::PeopleError;

/// The name of the first token.
const FIRST: &str = "first";

impl Tokens {
    /// Makes a token for everything and writes it to `path`, if that was never done before.
    /// Once it was revoked it does not come back: `gk token create` makes others. Whether it
    /// was made. Blocks.
    ///
    /// # Errors
    /// [`PeopleError`]: the file cannot be written, or the database. There is no token then.
    pub fn first(&self, path: &Path) -> Result<bool, PeopleError> {
        let (secret, kept) = fresh()?;
        let now = self.clock.now();
        self.change(|db| {
            if was_made(db)? {
                return Ok(Ok(false));
            }
            // Before the token counts: one that nobody was told of would be of no use.
            if let Err(source) = write(path, &secret) {
                let path = path.to_owned();
                return Ok(Err(PeopleError::File { path, source }));
            }
            let token = Token {
                id: 0,
                name: FIRST.to_owned(),
                scopes: SCOPES.iter().map(|(scope, _)| *scope).collect(),
                created: now,
                expires: None,
            };
            if let Err(refused) = insert(db, token, &kept)? {
                return Ok(Err(refused));
            }
            let made = "INSERT INTO first_admin_token VALUES (?)";
            db.execute(made, params![seconds(now)])?;
            Ok(Ok(true))
        })
    }
}

/// Also if somebody made one of the name by hand.
fn was_made(db: &Connection) -> rusqlite::Result<bool> {
    let select = "SELECT EXISTS (SELECT 1 FROM first_admin_token)
        OR EXISTS (SELECT 1 FROM admin_tokens WHERE name = ?)";
    db.query_row(select, [FIRST], |row| row.get(0))
}

/// Whole, and readable by its owner only from the first moment. What was there is replaced; if
/// it was a link, what that leads to is left alone.
fn write(path: &Path, secret: &TokenSecret) -> io::Result<()> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(folder)?;
    writeln!(file, "{}", secret.as_str())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(folder)?.sync_all()
}
