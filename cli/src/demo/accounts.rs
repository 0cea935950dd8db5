//! Who can sign in to the demo: agents, a customer and an administrator of its help desk, with
//! passwords that are made once for a data folder and kept in it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use goatkit_host::{ADMINISTRATOR, Accounts, NewUser, PeopleError, generated_password};
use serde::{Deserialize, Serialize};

/// The file that keeps them, for its owner alone.
const FILE: &str = "demo-accounts.json";

/// What each role of the demo may do: permissions of its own pages, and of the examples.
const ROLES: &[(&str, &[&str])] = &[
    (
        "agents",
        &[
            "ticket.read",
            "ticket.note",
            "my_plugin.view",
            "stats.view",
            "ticket_notes.view",
            "ticket_notes.edit",
        ],
    ),
    ("customers", &["ticket.own"]),
];

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Account {
    /// One of the help desk's own people, by which plugins know him.
    pub(super) login: String,
    /// `agent` or `customer`.
    pub(super) kind: String,
    id: String,
    roles: Vec<String>,
    pub(super) password: String,
}

/// Makes the accounts of a data folder the first time; `customer` is the login of one of the help
/// desk's customers. What an administrator changed since stays so.
pub(super) async fn lay(accounts: &Accounts, data: &Path, customer: &str) -> Result<Vec<Account>> {
    let path = data.join(FILE);
    if let Some(kept) = read(&path)? {
        return Ok(kept);
    }
    for (role, permissions) in ROLES {
        if accounts.roles().await?.iter().all(|it| it.name != *role) {
            accounts.add_role(role).await?;
        }
        for permission in *permissions {
            accounts.grant(role, permission).await?;
        }
    }
    let people = people(customer)?;
    // First kept, then made: a password that nobody knows is of no use.
    keep(&path, &people)?;
    for person in &people {
        let new = NewUser {
            login: person.login.clone(),
            kind: person.kind.clone(),
            id: Some(person.id.clone()),
            password: person.password.as_str().into(),
            roles: person.roles.clone(),
        };
        let added = accounts.add_user(new).await;
        added.with_context(|| format!("cannot let {} sign in", person.login))?;
    }
    Ok(people)
}

fn people(customer: &str) -> Result<Vec<Account>> {
    let person = |login: &str, kind: &str, id: &str, roles: &[&str]| {
        Ok(Account {
            login: login.to_owned(),
            kind: kind.to_owned(),
            id: id.to_owned(),
            roles: roles.iter().map(ToString::to_string).collect(),
            password: generated_password()?,
        })
    };
    let all: Result<Vec<Account>, PeopleError> = [
        person("root@localhost", "agent", "1", &["agents", ADMINISTRATOR]),
        person("jane", "agent", "2", &["agents"]),
        person(customer, "customer", customer, &["customers"]),
    ]
    .into_iter()
    .collect();
    all.context("the system has no random bytes for passwords")
}

fn read(path: &Path) -> Result<Option<Vec<Account>>> {
    match fs::read(path) {
        Ok(text) => {
            let kept = serde_json::from_slice(&text);
            kept.map(Some)
                .with_context(|| format!("{} does not hold accounts", path.display()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn keep(path: &Path, people: &[Account]) -> Result<()> {
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(&serde_json::to_vec_pretty(people)?)
    };
    let written: io::Result<()> = write();
    written.with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn they_are_kept_for_their_owner_alone() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join(FILE);
        assert_eq!(read(&path).unwrap(), None);
        let people = people("somebody@alder.example").unwrap();
        keep(&path, &people).unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), people);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_ne!(people[0].password, people[1].password);
        // Nobody's file is written over.
        assert!(keep(&path, &people).is_err());
    }
}
