//! What programs show where administrators work: tokens that are made by hand, may do some
//! things and not others, and can be taken back. Only a hash of each is kept.

mod first;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use goatkit_capability::timestamp::{self, of_seconds, seconds};
use goatkit_capability::{Clock, PlatformDb};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::accounts::{Outcome, apart, locked};
use crate::error::PeopleError;
use crate::layout;
use crate::secret::{self, Kept};

/// What a token begins with, so that it is known where it should not stand.
const PREFIX: &str = "gka_";

/// Bytes of a token's name.
const MAX_NAME_BYTES: usize = 64;

/// Tokens that there are at most: they are in memory, and a list of more nobody looks through.
const MOST: usize = 1000;

/// The end of the year 9999, behind which there is no form for a time.
const LAST: i64 = 253_402_300_799;

/// A kind of thing that a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum Scope {
    /// To look.
    Read,
    /// To decide what plugins may do, and to install them.
    Grant,
    /// To run jobs, set settings and call functions.
    Operate,
    /// To change users, roles and tokens. Whoever may do that can give himself all the rest.
    People,
}

/// The scopes and their words, once.
pub const SCOPES: &[(Scope, &str)] = &[
    (Scope::Read, "read"),
    (Scope::Grant, "grant"),
    (Scope::Operate, "operate"),
    (Scope::People, "people"),
];

impl Scope {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        let row = SCOPES.iter().find(|(scope, _)| *scope == self);
        row.map_or("", |(_, word)| word)
    }

    /// The scope of a word.
    ///
    /// # Errors
    /// [`PeopleError::Invalid`] with the words that there are.
    pub fn parse(word: &str) -> Result<Self, PeopleError> {
        let row = SCOPES.iter().find(|(_, known)| *known == word);
        row.map(|(scope, _)| *scope).ok_or_else(|| {
            let words: Vec<&str> = SCOPES.iter().map(|(_, word)| *word).collect();
            PeopleError::Invalid(format!(
                "`{}` is no scope: there are {}",
                word.escape_debug(),
                words.join(", ")
            ))
        })
    }
}

impl From<Scope> for &'static str {
    fn from(scope: Scope) -> Self {
        scope.as_str()
    }
}

impl TryFrom<String> for Scope {
    type Error = PeopleError;

    fn try_from(word: String) -> Result<Self, PeopleError> {
        Self::parse(&word)
    }
}

/// A token, without what is shown for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its number, by which it is revoked. It is never used again.
    pub id: i64,
    /// What it is for.
    pub name: String,
    /// What may be done with it.
    pub scopes: BTreeSet<Scope>,
    /// When it was made.
    #[serde(with = "timestamp")]
    pub created: SystemTime,
    /// When it ends by itself.
    #[serde(with = "timestamp::optional")]
    pub expires: Option<SystemTime>,
}

/// A token that is to be made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What it is for: no other one has the name.
    pub name: String,
    /// What may be done with it.
    pub scopes: BTreeSet<Scope>,
    /// How long it lasts; until it is revoked where nothing is said.
    pub lasts: Option<Duration>,
}

/// What is shown for a token. It is told once, when the token is made.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenSecret(String);

impl TokenSecret {
    /// The text that is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSecret(…)")
    }
}

/// The tokens. Clones share them.
#[derive(Clone)]
pub struct Tokens {
    platform: PlatformDb,
    clock: Arc<dyn Clock>,
    /// As they are written down.
    known: Arc<Mutex<HashMap<Kept, Token>>>,
    /// Held from before a change is written until it is known.
    writing: Arc<Mutex<()>>,
}

impl Tokens {
    /// The tokens of a platform's database. Blocks.
    ///
    /// # Errors
    /// [`PeopleError`] when the database cannot be used.
    pub fn open(platform: PlatformDb, clock: Arc<dyn Clock>) -> Result<Self, PeopleError> {
        layout::lay_out(&platform)?;
        let known = platform.with(all)?;
        Ok(Self {
            platform,
            clock,
            known: Arc::new(Mutex::new(known)),
            writing: Arc::default(),
        })
    }

    /// Makes a token, and says once what is shown for it.
    ///
    /// # Errors
    /// [`PeopleError`]: what is wrong with it, or its name is taken.
    pub async fn create(&self, new: NewToken) -> Result<(Token, TokenSecret), PeopleError> {
        let now = self.clock.now();
        let expires = check(&new, now)?;
        let (secret, kept) = fresh()?;
        let tokens = self.clone();
        apart(move || {
            let token = Token {
                id: 0,
                name: new.name,
                scopes: new.scopes,
                created: of_seconds(seconds(now)),
                expires,
            };
            let token = tokens.change(|db| insert(db, token, &kept))?;
            Ok((token, secret))
        })
        .await
    }

    /// The token that `presented` is shown for, if it is still one. How long that takes tells
    /// nothing about those that there are.
    pub fn check(&self, presented: &str) -> Option<Token> {
        let kept = secret::kept(presented.strip_prefix(PREFIX)?)?;
        let now = self.clock.now();
        let token = locked(&self.known).get(&kept).cloned()?;
        token.expires.is_none_or(|end| now < end).then_some(token)
    }

    /// The tokens by number, with those that have ended by themselves.
    pub fn list(&self) -> Vec<Token> {
        let mut all: Vec<Token> = locked(&self.known).values().cloned().collect();
        all.sort_by_key(|token| token.id);
        all
    }

    /// Takes a token back, from the next request on.
    ///
    /// # Errors
    /// [`PeopleError::Unknown`], or the database cannot be written.
    pub async fn revoke(&self, id: i64) -> Result<(), PeopleError> {
        let tokens = self.clone();
        apart(move || {
            tokens.change(|db| {
                let gone = db.execute("DELETE FROM admin_tokens WHERE id = ?", [id])? == 1;
                Ok(match gone {
                    true => Ok(()),
                    false => Err(PeopleError::Unknown(format!(
                        "there is no token {id}: `gk token list` shows those that there are"
                    ))),
                })
            })
        })
        .await
    }

    /// Reads again what another process may have changed before this one took the data folder
    /// over.
    ///
    /// # Errors
    /// [`PeopleError`] when the database cannot be read.
    pub async fn reread(&self) -> Result<(), PeopleError> {
        let tokens = self.clone();
        apart(move || tokens.change(|_| Ok(Ok(())))).await
    }

    /// Changes what is written down, and then what is known.
    fn change<T>(&self, work: impl FnOnce(&Connection) -> Outcome<T>) -> Result<T, PeopleError> {
        let _writing = locked(&self.writing);
        let (done, all) = self.platform.with(|db| Ok((work(db)?, all(db)?)))?;
        *locked(&self.known) = all;
        done
    }
}

/// When it ends by itself, if all else is well.
fn check(new: &NewToken, now: SystemTime) -> Result<Option<SystemTime>, PeopleError> {
    let wrong = |what: String| Err(PeopleError::Invalid(what));
    let name = &new.name;
    if name.trim() != name || name.is_empty() || name.len() > MAX_NAME_BYTES {
        return wrong(format!(
            "a token's name has 1 to {MAX_NAME_BYTES} bytes, and no spaces around it"
        ));
    }
    if name.chars().any(char::is_control) {
        return wrong("a token's name has no control characters".to_owned());
    }
    if new.scopes.is_empty() {
        return wrong("a token without a scope is of no use: name one".to_owned());
    }
    let Some(lasts) = new.lasts else {
        return Ok(None);
    };
    let end = seconds(now).checked_add_unsigned(lasts.as_secs());
    match end.filter(|end| (seconds(now) + 1..=LAST).contains(end)) {
        Some(end) => Ok(Some(of_seconds(end))),
        None => wrong("a token lasts for a second at least, and until 9999 at most".to_owned()),
    }
}

fn fresh() -> Result<(TokenSecret, Kept), PeopleError> {
    let secret = secret::fresh()?;
    let kept = secret::kept(&secret);
    // A fresh one has the right length.
    let kept = kept.ok_or(PeopleError::Random(getrandom::Error::UNEXPECTED))?;
    Ok((TokenSecret(format!("{PREFIX}{secret}")), kept))
}

/// Writes a token down, which gets its number by that.
fn insert(db: &Connection, token: Token, kept: &Kept) -> Outcome<Token> {
    let taken = "SELECT id FROM admin_tokens WHERE name = ?";
    let taken: Option<i64> = db
        .query_row(taken, [&token.name], |row| row.get(0))
        .optional()?;
    if let Some(id) = taken {
        return Ok(Err(PeopleError::Conflict(format!(
            "token {id} is named `{}` already: choose another name, or revoke that one",
            token.name
        ))));
    }
    let count: i64 = db.query_row("SELECT count(*) FROM admin_tokens", [], |row| row.get(0))?;
    if count >= MOST as i64 {
        return Ok(Err(PeopleError::Conflict(format!(
            "there are {MOST} tokens, which is the most: revoke some"
        ))));
    }
    let words: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    db.execute(
        "INSERT INTO admin_tokens (token, name, scopes, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?)",
        params![
            kept,
            token.name,
            words.join(" "),
            seconds(token.created),
            token.expires.map(seconds)
        ],
    )?;
    let id = db.last_insert_rowid();
    Ok(Ok(Token { id, ..token }))
}

fn all(db: &Connection) -> rusqlite::Result<HashMap<Kept, Token>> {
    let select = "SELECT token, id, name, scopes, created_at, expires_at FROM admin_tokens";
    let mut statement = db.prepare_cached(select)?;
    let rows = statement.query_map([], |row| {
        let scopes: String = row.get(3)?;
        let token = Token {
            id: row.get(1)?,
            name: row.get(2)?,
            // A word that this host does not know gives nothing.
            scopes: scopes
                .split(' ')
                .filter_map(|word| Scope::parse(word).ok())
                .collect(),
            created: of_seconds(row.get(4)?),
            expires: row.get::<_, Option<i64>>(5)?.map(of_seconds),
        };
        Ok((row.get(0)?, token))
    })?;
    rows.collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
