//! Users: who there is, and what is changed about one.

use std::collections::BTreeSet;
use std::time::SystemTime;

use goatkit_capability::timestamp::{self, of_seconds, seconds};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use crate::Accounts;
use crate::accounts::Outcome;
use crate::error::PeopleError;
use crate::roles::unknown_role;
use crate::sessions::{PERSON, Person, person};
use crate::words::{Login, Password, check_id, check_kind};

/// Numbers of an application's identifiers up to which new users get higher ones.
const LARGEST_NUMBER: i64 = 1_000_000_000_000;

/// Somebody who is to sign in from now on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// What he signs in with. Spaces around it do not count, and neither does case.
    pub login: String,
    /// `agent`, `customer`, or another word of the application's.
    pub kind: String,
    /// The application's own identifier; a number where there is none. No other user of the
    /// kind has the same.
    pub id: Option<String>,
    /// His password.
    pub password: Password,
    /// Names of roles.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// What plugins see as the identifier.
    pub id: String,
    /// What he signs in with.
    pub login: String,
    /// `agent`, `customer`, or another word of the application's.
    pub kind: String,
    /// What he may do, by the names of roles.
    pub roles: BTreeSet<String>,
    /// Whether he may not sign in.
    pub disabled: bool,
    /// When he was added.
    #[serde(with = "timestamp")]
    pub added: SystemTime,
    /// When he signed in last.
    #[serde(with = "timestamp::optional")]
    pub last_sign_in: Option<SystemTime>,
}

/// What is to be different about a user. What is left out stays.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UserChange {
    /// All of his roles.
    pub roles: Option<Vec<String>>,
    /// Roles besides those.
    pub add_roles: Vec<String>,
    /// Roles to take away.
    pub remove_roles: Vec<String>,
    /// Whether he may not sign in; his sessions end if so.
    pub disabled: Option<bool>,
}

impl Accounts {
    /// Adds somebody.
    ///
    /// # Errors
    /// [`PeopleError`]: what is wrong with which of it, or who has it already.
    pub async fn add_user(&self, new: NewUser) -> Result<User, PeopleError> {
        let login = Login::parse(&new.login)?;
        check_kind(&new.kind)?;
        new.id.as_deref().map(check_id).transpose()?;
        let password = new.password.checked(&login)?;
        let password = self.0.hashing.hash(password).await?;
        let now = seconds(self.0.clock.now());
        let add = move |db: &Connection| add(db, &login, &new, &password, now);
        self.change(add, |_, user| user).await
    }

    /// Somebody, by his login.
    ///
    /// # Errors
    /// [`PeopleError::Unknown`], or the database cannot be read.
    pub async fn user(&self, login: &str) -> Result<User, PeopleError> {
        let login = Login::parse(login)?;
        self.read(move |db| Ok(found(db, &login)?.map(|(_, user)| user)))
            .await
    }

    /// Users by login, those behind the login `after`, and not more than `most` of them.
    ///
    /// # Errors
    /// [`PeopleError`] when the database cannot be read.
    pub async fn users(&self, after: Option<&str>, most: u32) -> Result<Vec<User>, PeopleError> {
        let after = after.map(Login::parse).transpose()?;
        self.read(move |db| {
            let select = select("WHERE login_key > ? ORDER BY login_key LIMIT ?");
            let mut statement = db.prepare(&select)?;
            let after = after.as_ref().map_or("", Login::key);
            let users = statement.query_map(params![after, most], user)?;
            users.collect::<rusqlite::Result<_>>().map(Ok)
        })
        .await
    }

    /// Changes something about somebody. What his roles allow is in force with his next
    /// request.
    ///
    /// # Errors
    /// [`PeopleError::Unknown`] for a user or a role that is not there; nothing has changed
    /// then.
    pub async fn change_user(&self, login: &str, change: UserChange) -> Result<User, PeopleError> {
        let login = Login::parse(login)?;
        let work = move |db: &Connection| change_user(db, &login, &change);
        self.change(work, |live, (person, user)| {
            match user.disabled {
                true => live.end_all_of(person.number),
                false => live.replace(person),
            }
            user
        })
        .await
    }

    /// Gives somebody another password. His sessions end: whoever knew the old one is out.
    ///
    /// # Errors
    /// [`PeopleError`]: there is no such user, or what is wrong with the password.
    pub async fn set_password(&self, login: &str, password: Password) -> Result<(), PeopleError> {
        let login = Login::parse(login)?;
        // Before the hash is made: nobody's password costs nothing.
        self.user(login.as_str()).await?;
        let password = self.0.hashing.hash(password.checked(&login)?).await?;
        self.send_away(login, move |db, number| {
            let update = "UPDATE users SET password = ? WHERE number = ?";
            db.execute(update, params![password, number]).map(drop)
        })
        .await
    }

    /// Removes somebody. His sessions end, and his number is not given to anybody else.
    ///
    /// # Errors
    /// [`PeopleError::Unknown`], or the database cannot be written.
    pub async fn remove_user(&self, login: &str) -> Result<(), PeopleError> {
        let login = Login::parse(login)?;
        self.send_away(login, |db, number| {
            db.execute("DELETE FROM user_roles WHERE user = ?", [number])?;
            db.execute("DELETE FROM users WHERE number = ?", [number])
                .map(drop)
        })
        .await
    }

    /// Ends all of somebody's sessions; he may sign in again.
    ///
    /// # Errors
    /// As [`Accounts::remove_user`].
    pub async fn end_sessions(&self, login: &str) -> Result<(), PeopleError> {
        let login = Login::parse(login)?;
        self.send_away(login, |_, _| Ok(())).await
    }

    /// Ends all of somebody's sessions, together with `work` on his row.
    async fn send_away(
        &self,
        login: Login,
        work: impl FnOnce(&Connection, i64) -> rusqlite::Result<()> + Send + 'static,
    ) -> Result<(), PeopleError> {
        let both = move |db: &Connection| {
            let Some(number) = number(db, &login)? else {
                return Ok(Err(PeopleError::no_user(login.as_str())));
            };
            end_sessions(db, number)?;
            work(db, number)?;
            Ok(Ok(number))
        };
        self.change(both, |live, number| live.end_all_of(number))
            .await
    }
}

/// A query of users whose rows [`user`] reads, and what stands behind `FROM users` in it.
fn select(rest: &str) -> String {
    format!("SELECT {PERSON}, disabled, added_at, last_sign_in FROM users {rest}")
}

/// Reads a row of [`select`].
fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    let Person {
        id,
        login,
        kind,
        roles,
        ..
    } = person(row)?;
    Ok(User {
        id,
        login,
        kind,
        roles,
        disabled: row.get(5)?,
        added: of_seconds(row.get(6)?),
        last_sign_in: row.get::<_, Option<i64>>(7)?.map(of_seconds),
    })
}

type Both = (Person, User);

fn found(db: &Connection, login: &Login) -> Outcome<Both> {
    let select = select("WHERE login_key = ?");
    let both = |row: &Row<'_>| Ok((person(row)?, user(row)?));
    let found = db.query_row(&select, [login.key()], both).optional()?;
    Ok(found.ok_or_else(|| PeopleError::no_user(login.as_str())))
}

fn number(db: &Connection, login: &Login) -> rusqlite::Result<Option<i64>> {
    let select = "SELECT number FROM users WHERE login_key = ?";
    db.query_row(select, [login.key()], |row| row.get(0))
        .optional()
}

fn end_sessions(db: &Connection, number: i64) -> rusqlite::Result<()> {
    db.execute("DELETE FROM sign_ins WHERE user = ?", [number])
        .map(drop)
}

fn add(db: &Connection, login: &Login, new: &NewUser, password: &str, now: i64) -> Outcome<User> {
    let taken = |what: String| Ok(Err(PeopleError::Conflict(what)));
    if number(db, login)?.is_some() {
        return taken(format!(
            "there is a user `{}` already: choose another login, or change that one",
            login.as_str()
        ));
    }
    let id = new.id.as_deref();
    let same = "SELECT login FROM users WHERE kind = ? AND id = ?";
    let same: Option<String> = db
        .query_row(same, params![new.kind, id], |row| row.get(0))
        .optional()?;
    if let Some(other) = same {
        return taken(format!(
            "`{other}` is the {} with the identifier `{}` already",
            new.kind,
            id.unwrap_or_default()
        ));
    }
    if let Some(error) = unknown_role(db, &new.roles)? {
        return Ok(Err(error));
    }
    db.execute(
        "INSERT INTO users (id, kind, login, login_key, password, added_at)
         VALUES (coalesce(?1, ''), ?2, ?3, ?4, ?5, ?6)",
        params![id, new.kind, login.as_str(), login.key(), password, now],
    )?;
    let number = db.last_insert_rowid();
    match id {
        None => {
            let update = "UPDATE users SET id = ?1 WHERE number = ?1";
            db.execute(update, [number])?;
        }
        Some(id) => skip(db, id)?,
    }
    for role in &new.roles {
        give(db, number, role)?;
    }
    Ok(found(db, login)?.map(|(_, user)| user))
}

/// A number that was given is not given to anybody by itself later on.
fn skip(db: &Connection, id: &str) -> rusqlite::Result<()> {
    let number = id.parse::<i64>().ok().filter(|it| *it <= LARGEST_NUMBER);
    if let Some(number) = number {
        let update = "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'users'";
        db.execute(update, [number])?;
    }
    Ok(())
}

fn change_user(db: &Connection, login: &Login, change: &UserChange) -> Outcome<Both> {
    let UserChange {
        roles,
        add_roles,
        remove_roles,
        disabled,
    } = change;
    let Some(number) = number(db, login)? else {
        return Ok(Err(PeopleError::no_user(login.as_str())));
    };
    let named = roles.iter().flatten().chain(add_roles).chain(remove_roles);
    if let Some(error) = unknown_role(db, named)? {
        return Ok(Err(error));
    }
    if roles.is_some() {
        db.execute("DELETE FROM user_roles WHERE user = ?", [number])?;
    }
    for role in roles.iter().flatten().chain(add_roles) {
        give(db, number, role)?;
    }
    for role in remove_roles {
        let delete = "DELETE FROM user_roles WHERE user = ? AND role = ?";
        db.execute(delete, params![number, role])?;
    }
    if let Some(disabled) = disabled {
        let update = "UPDATE users SET disabled = ? WHERE number = ?";
        db.execute(update, params![disabled, number])?;
        if *disabled {
            end_sessions(db, number)?;
        }
    }
    found(db, login)
}

fn give(db: &Connection, number: i64, role: &str) -> rusqlite::Result<()> {
    let insert = "INSERT OR IGNORE INTO user_roles VALUES (?, ?)";
    db.execute(insert, params![number, role]).map(drop)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
