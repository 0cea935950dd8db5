//! Roles: a name, and the permissions that whoever has it is given.

use std::collections::BTreeSet;

use goatkit_package::nearest;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::Accounts;
use crate::accounts::Outcome;
use crate::directory::{ADMINISTER, ADMINISTRATOR};
use crate::error::PeopleError;
use crate::sessions::{Permissions, permissions};
use crate::words::{check_permission, check_role};

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// What it allows.
    pub permissions: BTreeSet<String>,
    /// How many users have it.
    pub users: u64,
}

impl Accounts {
    /// The roles, by name.
    ///
    /// # Errors
    /// [`PeopleError`] when the database cannot be read.
    pub async fn roles(&self) -> Result<Vec<Role>, PeopleError> {
        self.read(|db| all(db).map(Ok)).await
    }

    /// Adds a role that allows nothing yet.
    ///
    /// # Errors
    /// [`PeopleError`]: it is no name of a role, or there is one.
    pub async fn add_role(&self, name: &str) -> Result<Role, PeopleError> {
        check_role(name)?;
        self.change_role(name, |db, name| {
            let insert = "INSERT OR IGNORE INTO roles VALUES (?)";
            let added = db.execute(insert, [name])? == 1;
            Ok(match added {
                true => Ok(()),
                false => Err(PeopleError::Conflict(format!(
                    "there is a role `{name}` already"
                ))),
            })
        })
        .await
    }

    /// Removes a role, also from those who have it.
    ///
    /// # Errors
    /// [`PeopleError`]: there is none of the name, or it is [`ADMINISTRATOR`].
    pub async fn remove_role(&self, name: &str) -> Result<(), PeopleError> {
        if name == ADMINISTRATOR {
            return Err(PeopleError::Conflict(format!(
                "the role `{ADMINISTRATOR}` is always there: take it from those who have it \
                 instead"
            )));
        }
        let name = name.to_owned();
        let work = move |db: &Connection| {
            if let Some(error) = unknown_role(db, [&name])? {
                return Ok(Err(error));
            }
            db.execute("DELETE FROM user_roles WHERE role = ?", [&name])?;
            db.execute("DELETE FROM role_permissions WHERE role = ?", [&name])?;
            db.execute("DELETE FROM roles WHERE name = ?", [&name])?;
            permissions(db).map(|all| Ok((name, all)))
        };
        self.change(work, |live, (name, all)| {
            live.set_roles(all);
            live.forget_role(&name);
        })
        .await
    }

    /// Lets a role do something more, from the next request of those who have it on.
    ///
    /// # Errors
    /// [`PeopleError`]: there is no such role, or it is no permission that is granted.
    pub async fn grant(&self, role: &str, permission: &str) -> Result<Role, PeopleError> {
        check_permission(permission)?;
        let permission = permission.to_owned();
        self.change_role(role, move |db, role| {
            if let Some(error) = unknown_role(db, [role])? {
                return Ok(Err(error));
            }
            let insert = "INSERT OR IGNORE INTO role_permissions VALUES (?, ?)";
            db.execute(insert, params![role, permission])?;
            Ok(Ok(()))
        })
        .await
    }

    /// Takes back what a role was granted, from the next request of those who have it on.
    ///
    /// # Errors
    /// [`PeopleError::Unknown`]: there is no such role, or it does not have the permission.
    pub async fn revoke(&self, role: &str, permission: &str) -> Result<Role, PeopleError> {
        let permission = permission.to_owned();
        self.change_role(role, move |db, role| {
            if let Some(error) = unknown_role(db, [role])? {
                return Ok(Err(error));
            }
            let delete = "DELETE FROM role_permissions WHERE role = ? AND permission = ?";
            if db.execute(delete, params![role, permission])? == 1 {
                return Ok(Ok(()));
            }
            let all = permissions(db)?;
            let has = all.get(role).into_iter().flatten().map(String::as_str);
            Ok(Err(PeopleError::Unknown(format!(
                "the role `{role}` does not have the permission `{}`{}",
                permission.escape_debug(),
                meant(&permission, has)
            ))))
        })
        .await
    }

    /// The permissions below a prefix that roles were granted, by role.
    ///
    /// # Errors
    /// [`PeopleError`] when the database cannot be read.
    pub async fn granted_below(&self, prefix: &str) -> Result<Vec<(String, String)>, PeopleError> {
        let prefix = prefix.to_owned();
        let below = move |(role, all): (String, BTreeSet<String>)| {
            let below = all.into_iter().filter(|it| it.starts_with(&prefix));
            below.map(|it| (role.clone(), it)).collect::<Vec<_>>()
        };
        self.read(move |db| Ok(Ok(permissions(db)?.into_iter().flat_map(below).collect())))
            .await
    }

    /// Takes back from all roles what they were granted below a prefix: whoever defined these
    /// permissions is gone.
    ///
    /// # Errors
    /// [`PeopleError`] when it cannot be written down. Nothing has changed then.
    pub async fn revoke_below(&self, prefix: &str) -> Result<(), PeopleError> {
        let prefix = prefix.to_owned();
        let work = move |db: &Connection| {
            let delete =
                "DELETE FROM role_permissions WHERE substr(permission, 1, length(?1)) = ?1";
            db.execute(delete, [&prefix])?;
            permissions(db).map(Ok)
        };
        self.change(work, |live, all| live.set_roles(all)).await
    }

    async fn change_role(
        &self,
        name: &str,
        work: impl FnOnce(&Connection, &str) -> Outcome<()> + Send + 'static,
    ) -> Result<Role, PeopleError> {
        let name = name.to_owned();
        let work = move |db: &Connection| {
            if let Err(refused) = work(db, &name)? {
                return Ok(Err(refused));
            }
            let role = all(db)?.into_iter().find(|role| role.name == name);
            let Some(role) = role else {
                return Ok(Err(PeopleError::Unknown(format!(
                    "there is no role `{name}`"
                ))));
            };
            Ok(Ok((permissions(db)?, role)))
        };
        self.change(work, |live, (all, role): (Permissions, Role)| {
            live.set_roles(all);
            role
        })
        .await
    }
}

fn all(db: &Connection) -> rusqlite::Result<Vec<Role>> {
    let count = "SELECT count(*) FROM user_roles WHERE role = ?";
    let mut count = db.prepare(count)?;
    let mut roles = Vec::new();
    for (name, mut permissions) in permissions(db)? {
        let users: i64 = count.query_row([&name], |row| row.get(0))?;
        if name == ADMINISTRATOR {
            permissions.insert(ADMINISTER.to_owned());
        }
        roles.push(Role {
            name,
            permissions,
            users: users.unsigned_abs(),
        });
    }
    Ok(roles)
}

/// Says which of the roles there is not.
pub(crate) fn unknown_role<R: AsRef<str>>(
    db: &Connection,
    named: impl IntoIterator<Item = R>,
) -> rusqlite::Result<Option<PeopleError>> {
    let mut statement = db.prepare_cached("SELECT name FROM roles")?;
    let known = statement.query_map([], |row| row.get(0))?;
    let known: BTreeSet<String> = known.collect::<rusqlite::Result<_>>()?;
    for name in named {
        let name = name.as_ref();
        if !known.contains(name) {
            return Ok(Some(PeopleError::Unknown(format!(
                "there is no role `{}`{}",
                name.escape_debug(),
                meant(name, known.iter().map(String::as_str))
            ))));
        }
    }
    Ok(None)
}

fn meant<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(name, known) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => String::new(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
