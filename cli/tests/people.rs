//! Users, roles and tokens: on a folder that nobody works on, and with a host that runs.

#![allow(clippy::unwrap_used)]

mod support;

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use support::{Ran, Server, arg, gk, has, run};

const PASSWORD: &str = "correct horse battery";

/// `gk …` on a data folder.
fn on(data: &Path, args: &[&str]) -> Ran {
    run(&[args, &["--data", arg(data)]].concat())
}

/// The same, with a line on standard input.
fn told(data: &Path, args: &[&str], line: &str) -> Ran {
    let mut command = gk(&[args, &["--data", arg(data)]].concat());
    let command = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may have ended already.
    let _ = writeln!(child.stdin.take().unwrap(), "{line}");
    Ran::of(child.wait_with_output().unwrap())
}

fn json(ran: Ran) -> Value {
    serde_json::from_str(&ran.answer()).unwrap()
}

#[test]
fn users_and_roles_are_kept_on_a_folder_and_known_to_the_host_that_runs() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    has(
        &on(data, &["user", "list"]).answer(),
        &["there are no users"],
    );
    let role = on(data, &["role", "add", "desk"]).answer();
    has(&role, &["desk: nobody has it"]);
    let add = [
        "user",
        "add",
        "Jane@Example.com",
        "--role",
        "desk",
        "--id",
        "42",
    ];
    let added = told(data, &add, PASSWORD).answer();
    has(&added, &["Jane@Example.com", "42", "desk", "may sign in"]);
    assert!(!added.contains(PASSWORD), "{added}");
    let twice = told(data, &add, PASSWORD).refusal();
    has(&twice, &["there is a user `Jane@Example.com` already"]);

    let server = Server::serve(data);
    let shown = json(on(data, &["user", "show", "jane@example.com", "--json"]));
    assert_eq!(shown["id"], "42");
    assert_eq!(shown["roles"][0], "desk");
    let made = on(
        data,
        &["user", "add", "john", "--kind", "customer", "--generate"],
    );
    has(&made.answer(), &["john", "customer", "password"]);
    let listed = on(data, &["user", "list"]).answer();
    has(&listed, &["LOGIN", "Jane@Example.com", "john"]);
    let roles = on(data, &["user", "role", "john", "--add", "administrator"]);
    has(&roles.answer(), &["administrator"]);
    let roles = on(data, &["user", "role", "john", "--remove", "administrator"]);
    assert!(!roles.answer().contains("administrator"));
    let unknown = on(data, &["user", "role", "john", "--add", "desc"]).refusal();
    has(&unknown, &["there is no role `desc`; did you mean `desk`?"]);
    has(
        &on(data, &["user", "disable", "john"]).answer(),
        &["disabled"],
    );
    has(
        &on(data, &["user", "enable", "john"]).answer(),
        &["may sign in"],
    );
    told(data, &["user", "password", "john"], "another battery").answer();
    has(
        &on(data, &["user", "remove", "john"]).answer(),
        &["removed"],
    );
    has(
        &on(data, &["user", "show", "john"]).refusal(),
        &["there is no user `john`"],
    );
    drop(server);
    assert_eq!(
        json(on(data, &["user", "list", "--json"]))
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_password_is_read_and_checked() {
    let data = tempfile::tempdir().unwrap();
    let add = |login: &str, line: &str| told(data.path(), &["user", "add", login], line);
    for (login, line, expect) in [
        ("jane", "short", "at least 12 letters"),
        (
            "jane.of.the.desk",
            "Jane.of.the.desk",
            "must not be the login",
        ),
        ("jane", "", "no password was given"),
        ("ja\u{200b}ne", PASSWORD, "not seen"),
    ] {
        has(&add(login, line).refusal(), &[expect]);
    }
    let wrong = told(data.path(), &["user", "password", "nobody"], PASSWORD);
    has(&wrong.refusal(), &["there is no user `nobody`"]);
    add("jane", PASSWORD).answer();
}

#[test]
fn a_role_is_granted_what_plugins_define_and_is_told_what_they_do_not() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    on(data, &["role", "add", "desk"]).answer();
    let granted = on(
        data,
        &["role", "grant", "desk", "ticket.read", "stats.view"],
    );
    has(
        &granted.stderr,
        &["note: no plugin", "`ticket.read`", "`stats.view`"],
    );
    has(
        &granted.answer(),
        &["desk: nobody has it", "  stats.view", "  ticket.read"],
    );
    let wrong = on(data, &["role", "grant", "desk", "goatkit.administer"]).refusal();
    has(&wrong, &["give somebody the role `administrator`"]);
    let wrong = on(data, &["role", "revoke", "desk", "stats.veiw"]).refusal();
    has(&wrong, &["did you mean `stats.view`?"]);
    let revoked = on(data, &["role", "revoke", "desk", "stats.view"]).answer();
    assert!(!revoked.contains("stats.view"), "{revoked}");
    let listed = json(on(data, &["role", "list", "--json"]));
    assert_eq!(listed[0]["name"], "administrator");
    assert_eq!(listed[1]["permissions"][0], "ticket.read");
    let wrong = on(data, &["role", "remove", "administrator"]).refusal();
    has(&wrong, &["is always there"]);
    on(data, &["role", "remove", "desk"]).answer();
    let gone = on(data, &["role", "grant", "desk", "ticket.read"]).refusal();
    has(&gone, &["there is no role `desk`"]);
}

#[test]
fn a_token_is_told_once_and_taken_back() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    has(
        &on(data, &["token", "list"]).answer(),
        &["there are no tokens"],
    );
    let create = [
        "token", "create", "ci", "--scope", "read", "--scope", "grant",
    ];
    let made = on(data, &create);
    has(&made.stderr, &["token 1 for read, grant", "not told again"]);
    let secret = made.answer();
    assert!(secret.starts_with("gka_"), "{secret}");
    let listed = on(data, &["token", "list"]).answer();
    has(&listed, &["ci", "read, grant", "when revoked"]);
    assert!(!listed.contains(secret.trim()), "{listed}");
    let taken = on(data, &create).refusal();
    has(&taken, &["token 1 is named `ci` already"]);
    let wrong = on(data, &["token", "create", "x", "--scope", "write"]).refusal();
    has(
        &wrong,
        &["`write` is no scope: there are read, grant, operate, people"],
    );
    let short = ["token", "create", "short", "--scope", "read", "--days", "0"];
    has(
        &on(data, &short).refusal(),
        &["lasts for a second at least"],
    );
    let month = [
        "token", "create", "month", "--scope", "read", "--days", "30",
    ];
    on(data, &month).answer();
    let listed = json(on(data, &["token", "list", "--json"]));
    assert!(listed[1]["expires"].is_string(), "{listed}");
    assert!(listed[0].get("secret").is_none(), "{listed}");
    on(data, &["token", "revoke", "1"]).answer();
    has(
        &on(data, &["token", "revoke", "1"]).refusal(),
        &["there is no token 1"],
    );
}
