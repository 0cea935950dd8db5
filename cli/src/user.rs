//! `gk user`: who may sign in.

use std::io::{self, Write};

use anyhow::{Context, Result};
use goatkit_host::{User, visible};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::args::{
    AddUserArgs, ListArgs, LoginArgs, PasswordArgs, ShowUserArgs, UserCommand, UserRoleArgs,
};
use crate::grants::print_json;
use crate::office::{self, Host};
use crate::password::choose;
use crate::table::{table, time};

/// Users that are asked for at a time.
const PAGE: usize = 1000;

pub(crate) fn run(command: UserCommand) -> Result<()> {
    match command {
        UserCommand::Add(args) => add(&args),
        UserCommand::List(args) => list(&args),
        UserCommand::Show(args) => show(&args),
        UserCommand::Password(args) => password(&args),
        UserCommand::Role(args) => role(&args),
        UserCommand::Disable(args) => change(&args, json!({ "disabled": true })),
        UserCommand::Enable(args) => change(&args, json!({ "disabled": false })),
        UserCommand::Remove(args) => remove(&args),
    }
}

fn add(args: &AddUserArgs) -> Result<()> {
    // Before anybody is asked: who types may take his time.
    let chosen = choose(args.generate, &args.login)?;
    let body = json!({
        "login": args.login,
        "kind": args.kind,
        "id": args.id,
        "password": chosen.password,
        "roles": args.roles,
    });
    let user: User = office::with(&args.host.data, async |host| {
        host.post("/v1/users", body).await
    })?;
    print(&(told(&user) + &chosen.told()))
}

fn list(args: &ListArgs) -> Result<()> {
    let users = office::with(&args.host.data, async |host| all(host).await)?;
    if args.json {
        return print_json(&users);
    }
    if users.is_empty() {
        return print("there are no users: `gk user add` adds one\n");
    }
    let heads = ["LOGIN", "KIND", "ID", "ROLES", "STATE", "LAST SIGN-IN"];
    print(&table(heads, users.iter().map(row)))
}

async fn all(host: &Host) -> Result<Vec<User>> {
    let mut users: Vec<User> = Vec::new();
    loop {
        let after = match users.last() {
            Some(last) => format!("&after={}", encoded(&last.login)),
            None => String::new(),
        };
        let more: Vec<User> = host.get(&format!("/v1/users?limit={PAGE}{after}")).await?;
        let is_last = more.len() < PAGE;
        users.extend(more);
        if is_last {
            return Ok(users);
        }
    }
}

fn show(args: &ShowUserArgs) -> Result<()> {
    let path = path(&args.login);
    let user: User = office::with(&args.host.data, async |host| host.get(&path).await)?;
    match args.json {
        true => print_json(&user),
        false => print(&told(&user)),
    }
}

fn password(args: &PasswordArgs) -> Result<()> {
    let chosen = choose(args.generate, &args.login)?;
    let (path, body) = (path(&args.login), json!({ "password": chosen.password }));
    let user: User = office::with(&args.host.data, async |host| {
        let _: Value = host.post(&format!("{path}/password"), body).await?;
        host.get(&path).await
    })?;
    print(&(told(&user) + &chosen.told()))
}

fn role(args: &UserRoleArgs) -> Result<()> {
    let body = json!({ "add_roles": args.add, "remove_roles": args.remove });
    let path = path(&args.login);
    let user: User = office::with(&args.host.data, async |host| host.put(&path, body).await)?;
    print(&told(&user))
}

fn change(args: &LoginArgs, body: Value) -> Result<()> {
    let path = path(&args.login);
    let user: User = office::with(&args.host.data, async |host| host.put(&path, body).await)?;
    print(&told(&user))
}

fn remove(args: &LoginArgs) -> Result<()> {
    let path = path(&args.login);
    let _: Value = office::with(&args.host.data, async |host| host.delete(&path).await)?;
    print(&format!("{}: removed\n", visible(&args.login)))
}

fn path(login: &str) -> String {
    format!("/v1/users/{}", encoded(login))
}

/// A login or another name as a part of a path.
pub(crate) fn encoded(name: &str) -> String {
    utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()
}

/// Writes an answer.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .context("cannot write the answer")
}

fn row(user: &User) -> [String; 6] {
    [
        visible(&user.login),
        visible(&user.kind),
        visible(&user.id),
        roles(user),
        state(user).to_owned(),
        last(user),
    ]
}

fn told(user: &User) -> String {
    let lines = [
        ("kind", visible(&user.kind)),
        ("id", visible(&user.id)),
        ("roles", roles(user)),
        ("state", state(user).to_owned()),
        ("added", time(user.added)),
        ("last sign-in", last(user)),
    ];
    let lines = lines.map(|(name, value)| format!("  {name:<13} {value}\n"));
    format!("{}\n{}", visible(&user.login), lines.concat())
}

fn roles(user: &User) -> String {
    let roles: Vec<String> = user.roles.iter().map(|role| visible(role)).collect();
    match roles.is_empty() {
        true => "-".to_owned(),
        false => roles.join(", "),
    }
}

fn state(user: &User) -> &'static str {
    match user.disabled {
        true => "disabled",
        false => "may sign in",
    }
}

fn last(user: &User) -> String {
    user.last_sign_in.map_or_else(|| "-".to_owned(), time)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_one_part_of_a_path() {
        for (login, expect) in [
            ("jane", "/v1/users/jane"),
            ("jane@example.com", "/v1/users/jane%40example%2Ecom"),
            ("..", "/v1/users/%2E%2E"),
            ("a/b?c#d", "/v1/users/a%2Fb%3Fc%23d"),
            ("jörg", "/v1/users/j%C3%B6rg"),
        ] {
            assert_eq!(path(login), expect);
        }
    }

    #[test]
    fn a_user_is_told_on_lines_of_his_own() {
        let user = json!({
            "id": "7\nroles administrator",
            "login": "jane",
            "kind": "agent",
            "roles": ["desk", "lead"],
            "disabled": true,
            "added": "2026-11-23T06:00:00.000Z",
            "last_sign_in": null,
        });
        let user: User = serde_json::from_value(user).unwrap();
        let text = told(&user);
        assert_eq!(text.lines().count(), 7, "{text}");
        assert!(text.contains("roles         desk, lead\n"), "{text}");
        assert!(text.contains("state         disabled\n"), "{text}");
    }
}
