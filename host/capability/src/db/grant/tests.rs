#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;

fn plugin() -> PluginName {
    PluginName::parse("my-stats").unwrap()
}

fn parse(value: Value) -> Result<DbGrant, String> {
    DbGrant::parse(&plugin(), &value).map_err(|problems| problems.join("; "))
}

fn column(column: &str, among: &[&str]) -> Access {
    Access::Column {
        column: column.to_owned(),
        among: among.iter().map(|it| (*it).to_owned()).collect(),
    }
}

#[test]
fn a_grant_is_read_and_what_is_wrong_is_named() {
    parse(json!({})).unwrap();
    parse(json!({ "own": false, "read": [], "write": ["queue"] })).unwrap();
    parse(json!({ "read": ["Ticket", "users( id , login )", "users(email)"] })).unwrap();
    for (value, expect) in [
        (json!([]), "`db` is written as {"),
        (json!({ "reed": [] }), "no `reed`; did you mean `read`?"),
        (
            json!({ "tables": [] }),
            "has own, read and write, and no `tables`",
        ),
        (json!({ "own": "yes" }), "`db.own` is true or false"),
        (json!({ "read": "ticket" }), "`db.read` is a list of tables"),
        (json!({ "read": [1] }), "`db.read` is a list of tables"),
        (json!({ "read": ["a b"] }), "`a b` is no name"),
        (json!({ "read": ["*"] }), "`*` is no name"),
        (json!({ "read": ["main.users"] }), "`main.users` is no name"),
        (
            json!({ "read": ["users(id"] }),
            "`users(id` lacks its closing parenthesis",
        ),
        (json!({ "read": ["users()"] }), "`` is no name"),
        (json!({ "read": ["users(*)"] }), "`*` is no name"),
        (json!({ "read": ["t\u{131}cket"] }), "is no name"),
        (
            json!({ "read": ["sqlite_master"] }),
            "belongs to the database or the platform",
        ),
        (
            json!({ "read": ["gk_grants"] }),
            "belongs to the database or the platform",
        ),
        (
            json!({ "read": ["p_my_stats__x"] }),
            "is the plugin's own: write `own: true`",
        ),
        (json!({ "read": ["p_other__x"] }), "is another plugin's"),
        (
            json!({ "write": ["users(pw)"] }),
            "whole tables are written",
        ),
    ] {
        let problem = parse(value).unwrap_err();
        assert!(problem.contains(expect), "{problem}");
    }
    let two = DbGrant::parse(&plugin(), &json!({ "own": 1, "wride": [] })).unwrap_err();
    assert_eq!(two.len(), 2, "every problem is told at once");
}

#[test]
fn accesses_are_held_against_the_grant() {
    let grant = parse(json!({
        "own": true, "read": ["ticket", "users(id, login)"], "write": ["queue"]
    }));
    let grant = grant.unwrap();
    let table = |name: &str| Access::Table(name.to_owned());
    let row = |name: &str| Access::Row(name.to_owned());
    let write = |name: &str| Access::Write(name.to_owned());
    let define = |name: &str| Access::Define(name.to_owned());
    for access in [
        table("ticket"),
        table("users"),
        row("ticket"),
        column("anything", &["ticket"]),
        column("id", &["users"]),
        column("id", &["ticket", "users"]),
        column("x", &["p_my_stats__a", "ticket"]),
        row("p_my_stats__a"),
        write("queue"),
        write("p_my_stats__a"),
        define("p_my_stats__a"),
    ] {
        assert_eq!(grant.permits(&access), Ok(()), "{access:?}");
    }
    for (access, expect) in [
        (
            table("queue"),
            "read queue (add `queue` under `capabilities.db.read`",
        ),
        (
            row("users"),
            "read users.* (name the granted columns (id, login)",
        ),
        (
            column("pw", &["users"]),
            "read users.pw (add `users(pw)` under `capabilities.db.read`",
        ),
        (
            column("pw", &["ticket", "users"]),
            "read pw of ticket or users (say whose column",
        ),
        (
            column("id", &["ticket", "queue"]),
            "read id of queue or ticket",
        ),
        (
            write("ticket"),
            "write ticket (add `ticket` under `capabilities.db.write`",
        ),
        (
            define("ticket"),
            "own tables and indexes begin with `p_my_stats__`",
        ),
        (define("p_my_stats__"), "define p_my_stats__"),
        (table("p_my_stats_x"), "read p_my_stats_x"),
        (table("p_my__x"), "read p_my__x"),
    ] {
        let fault = grant.permits(&access).unwrap_err().to_string();
        assert!(
            fault.starts_with("not granted: db: ") && fault.contains(expect),
            "{fault}"
        );
    }
    let nothing = DbGrant::none(&plugin()).permits(&table("p_my_stats__a"));
    assert!(
        nothing
            .unwrap_err()
            .to_string()
            .contains("write `own: true`")
    );
}
