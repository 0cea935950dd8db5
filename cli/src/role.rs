//! `gk role`: what users may do.

use anyhow::Result;
use goatkit_host::{Role, visible};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::args::{ListArgs, PermissionsArgs, RoleArgs, RoleCommand};
use crate::grants::print_json;
use crate::office::{self, Host};
use crate::user::{encoded, print};

pub(crate) fn run(command: RoleCommand) -> Result<()> {
    match command {
        RoleCommand::List(args) => list(&args),
        RoleCommand::Add(args) => add(&args),
        RoleCommand::Remove(args) => remove(&args),
        RoleCommand::Grant(args) => {
            change(&args, async |host, path| host.put(path, json!({})).await)
        }
        RoleCommand::Revoke(args) => change(&args, async |host, path| host.delete(path).await),
    }
}

fn list(args: &ListArgs) -> Result<()> {
    let roles: Vec<Role> = office::with(&args.host.data, async |host| host.get("/v1/roles").await)?;
    match args.json {
        true => print_json(&roles),
        false => print(&roles.iter().map(told).collect::<String>()),
    }
}

fn add(args: &RoleArgs) -> Result<()> {
    let body = json!({ "name": args.name });
    let role: Role = office::with(&args.host.data, async |host| {
        host.post("/v1/roles", body).await
    })?;
    print(&told(&role))
}

fn remove(args: &RoleArgs) -> Result<()> {
    let path = format!("/v1/roles/{}", encoded(&args.name));
    let _: Value = office::with(&args.host.data, async |host| host.delete(&path).await)?;
    print(&format!("{}: removed\n", visible(&args.name)))
}

/// A role that was changed, and what whoever changed it may not have meant.
#[derive(Deserialize)]
struct Changed {
    role: Role,
    note: Option<String>,
}

fn change(args: &PermissionsArgs, ask: impl AsyncFn(&Host, &str) -> Result<Changed>) -> Result<()> {
    let role = encoded(&args.name);
    let last = office::with(&args.host.data, async |host| {
        let mut last = None;
        for permission in &args.permissions {
            let permission = encoded(permission);
            let path = format!("/v1/roles/{role}/permissions/{permission}");
            let changed = ask(host, &path).await?;
            if let Some(note) = changed.note {
                eprintln!("note: {}", visible(&note));
            }
            last = Some(changed.role);
        }
        Ok(last)
    })?;
    print(&last.iter().map(told).collect::<String>())
}

fn told(role: &Role) -> String {
    let users = match role.users {
        0 => "nobody has it".to_owned(),
        1 => "1 user has it".to_owned(),
        users => format!("{users} users have it"),
    };
    let may = role.permissions.iter();
    let may = may.map(|permission| format!("  {}\n", visible(permission)));
    format!(
        "{}: {users}\n{}",
        visible(&role.name),
        may.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_told_with_what_it_may() {
        let role = |users, permissions: &[&str]| Role {
            name: "desk".to_owned(),
            permissions: permissions.iter().map(|&it| it.to_owned()).collect(),
            users,
        };
        for (role, expect) in [
            (role(0, &[]), "desk: nobody has it\n"),
            (role(1, &["a.b"]), "desk: 1 user has it\n  a.b\n"),
            (
                role(2, &["a.b", "c.d"]),
                "desk: 2 users have it\n  a.b\n  c.d\n",
            ),
        ] {
            assert_eq!(told(&role), expect);
        }
    }
}
