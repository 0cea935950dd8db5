//! The capabilities through the whole platform: each with a guest that does what it may, and
//! one that does not.

use std::collections::BTreeSet;

use goatkit_capability::app::{AppCall, AppFunction, Functions};
use goatkit_capability::audit::AuditLog;
use goatkit_capability::{Actor, Fault};
use goatkit_runtime::{CallError, CallErrorKind};
use goatkit_test_support::{DataFolder, HostSettings, Package, TestHost, name};
use serde_json::{Value, json};

const DESK: &str = "
    CREATE TABLE ticket (id INTEGER PRIMARY KEY, title TEXT, note TEXT);
    INSERT INTO ticket VALUES (1, 'broken lamp', 'secret'), (2, 'lost key', NULL);
    CREATE TABLE users (id INTEGER PRIMARY KEY, login TEXT, pw TEXT);
    INSERT INTO users VALUES (1, 'jane', 'hash');
";

/// A host with one guest, the desk's tables and some functions of the application.
fn host(package: Package) -> (TestHost, DataFolder) {
    let data = DataFolder::with(&[package]);
    let settings = HostSettings {
        database: DESK.to_owned(),
        functions: Functions::new(functions()).unwrap(),
        ..HostSettings::default()
    };
    (TestHost::with(&data, &settings), data)
}

fn functions() -> Vec<AppFunction> {
    let of = |name: &str, permission: Option<&str>| {
        let schema = json!({
            "type": "object",
            "properties": { "id": { "type": "integer" } },
            "required": ["id"],
            "additionalProperties": false,
        });
        let permission = permission.map(str::to_owned);
        AppFunction::of(
            name,
            "A ticket",
            schema,
            permission,
            |call: AppCall| async move {
                let login = call.actor.map(|actor| actor.login);
                Ok::<_, Fault>(
                    json!({ "id": call.args["id"], "for": login, "by": call.plugin.as_str() }),
                )
            },
        )
    };
    [
        of("ticket.title", None),
        of("ticket.delete", Some("ticket.delete")),
    ]
    .into_iter()
    .collect::<Result<_, _>>()
    .unwrap()
}

fn db_ok() -> Package {
    let table = "CREATE TABLE p_db_ok__notes (id INTEGER PRIMARY KEY, text TEXT);";
    Package::of_guest("db_ok")
        .line("capabilities: { db: { own: true, read: [\"ticket(id, title)\"] } }")
        .file("migrations/0001_notes.sql", table)
}

async fn ok(host: &TestHost, plugin: &str, function: &str, args: Value) -> Value {
    match host.call(plugin, function, args).await {
        Ok(answer) => answer,
        Err(error) => panic!("{plugin}.{function}: {error}"),
    }
}

#[track_caller]
fn refused(answer: Result<Value, CallError>, says: &[&str]) {
    let error = answer.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Fault, "{error}");
    for part in says {
        assert!(error.to_string().contains(part), "no `{part}` in: {error}");
    }
}

#[tokio::test]
async fn a_plugin_reads_and_writes_its_own_tables_and_joins_granted_ones() {
    let (host, _data) = host(db_ok());
    let written = ok(&host, "db-ok", "write", json!(["first"])).await;
    assert_eq!(written, json!({ "affected": 1, "last_insert_id": 1 }));
    let rows = ok(&host, "db-ok", "read", json!([])).await;
    assert_eq!(rows["rows"], json!([[1, "first"]]));
    assert_eq!(
        rows["columns"][1],
        json!({ "name": "text", "type": "text" })
    );
    let joined = ok(&host, "db-ok", "join", json!([])).await;
    assert_eq!(joined["rows"], json!([["first", "broken lamp"]]));
    host.expect_sibling().await;
}

#[tokio::test]
async fn values_of_every_type_come_back_as_they_went() {
    let (host, _data) = host(db_ok());
    let answer = ok(&host, "db-ok", "typed", json!([])).await;
    assert_eq!(answer["kept"]["rows"][0], answer["given"]);
    let types: Vec<&Value> = answer["kept"]["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| &column["type"])
        .collect();
    assert_eq!(
        types,
        ["text", "boolean", "integer", "real", "text", "blob"]
    );
}

#[tokio::test]
async fn a_transaction_is_kept_or_undone_whole() {
    let (host, _data) = host(db_ok());
    let notes = async || {
        let rows = ok(&host, "db-ok", "read", json!([])).await;
        rows["rows"].as_array().unwrap().len()
    };
    let within = ok(&host, "db-ok", "in_transaction", json!([["a", "b"], false])).await;
    assert_eq!((within, notes().await), (json!(2), 0));
    let within = ok(&host, "db-ok", "in_transaction", json!([["a", "b"], true])).await;
    assert_eq!((within, notes().await), (json!(2), 2));
    // What nobody ends is undone, and its handle names no other transaction later.
    let session = host.session();
    let call = async |function: &str| host.call_in(&session, "db-ok", function, json!([])).await;
    call("leaves_open").await.unwrap();
    assert_eq!(notes().await, 2);
    refused(call("uses_left_open").await, &["the transaction is closed"]);
    ok(&host, "db-ok", "in_transaction", json!([["c"], true])).await;
    refused(call("uses_left_open").await, &["the transaction is closed"]);
    refused(call("twice").await, &["one open transaction"]);
    refused(call("outside").await, &["a transaction is open"]);
    assert_eq!(notes().await, 3);
}

#[tokio::test]
async fn what_was_not_granted_is_denied_with_the_remedy_and_noted() {
    let asks = "capabilities: { db: { read: [\"ticket(id, title)\"] } }";
    let (host, data) = host(Package::of_guest("db_denied").line(asks));
    let call =
        async |function: &str, sql: &str| host.call("db-denied", function, json!([sql])).await;
    let rows = call("read", "SELECT title FROM ticket WHERE id = 1")
        .await
        .unwrap();
    assert_eq!(rows["rows"], json!([["broken lamp"]]));
    for (function, sql, says) in [
        ("read", "SELECT note FROM ticket", "read ticket.note"),
        ("read", "SELECT * FROM ticket", "read ticket.*"),
        ("read", "SELECT pw FROM users", "read users"),
        ("write", "DELETE FROM ticket", "write ticket"),
        (
            "write",
            "CREATE TABLE p_db_denied__a (b TEXT)",
            "define p_db_denied__a",
        ),
    ] {
        let answer = call(function, sql).await;
        refused(answer, &["not granted: db: ", says, "manifest.yaml"]);
    }
    let untouched = call("read", "SELECT count(*) FROM ticket").await.unwrap();
    assert_eq!(untouched["rows"], json!([[2]]));
    host.manager.keep_books().await;
    let lines = AuditLog::read(data.path(), Some(&name("db-denied")), 10).unwrap();
    assert_eq!(lines.len(), 5, "{lines:?}");
    host.expect_sibling().await;
}

#[tokio::test]
async fn a_query_ends_at_its_deadline_and_at_its_bounds() {
    let asks = "capabilities: { db: { own: true } }";
    let slow = Package::of_guest("db_slow")
        .line(asks)
        .line("limits: { call: 3s }");
    let (host, _data) = host(slow);
    let error = host.call("db-slow", "count", json!([])).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("deadline") || text.contains("timed out"),
        "{text}"
    );
    refused(
        host.call("db-slow", "rows", json!([])).await,
        &["too large", "10000 rows"],
    );
    host.expect_sibling().await;
}

#[tokio::test]
async fn settings_are_read_as_they_are_set() {
    let (host, _data) = host(config("config_ok"));
    let plugin = name("config-ok");
    let get = async |key: &str| ok(&host, "config-ok", "get", json!([key])).await;
    assert_eq!(get("greeting").await, json!("hello"));
    assert_eq!(get("times").await, Value::Null);
    let set = async |key: &str, value| host.manager.set_setting(&plugin, key, value).await;
    set("greeting", Some(json!("good day"))).await.unwrap();
    set("times", Some(json!(3))).await.unwrap();
    assert_eq!(
        (get("greeting").await, get("times").await),
        (json!("good day"), json!(3))
    );
    let error = set("times", Some(json!("often"))).await.unwrap_err();
    assert!(error.to_string().contains("`times`"), "{error}");
    set("greeting", None).await.unwrap();
    assert_eq!(get("greeting").await, json!("hello"));
    let keys = ok(&host, "config-ok", "keys", json!([])).await;
    assert_eq!(keys, json!(["greeting", "times"]));
}

#[tokio::test]
async fn a_secret_stands_in_no_line_and_no_error() {
    let (host, data) = host(config("config_ok"));
    let plugin = name("config-ok");
    let secret = json!("hunter2 and more");
    let shown = host
        .manager
        .set_setting(&plugin, "token", Some(secret))
        .await
        .unwrap();
    assert!(!serde_json::to_string(&shown).unwrap().contains("hunter2"));
    let length = ok(&host, "config-ok", "secret_length", json!(["token"])).await;
    assert_eq!(length, json!(16));
    let error = host
        .call("config-ok", "logs_secret", json!([]))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("[secret] was not accepted"),
        "{error}"
    );
    assert_eq!(host.lines("config-ok"), ["the token is [secret]"]);
    // Another host finds it where it is kept, apart from the rest.
    let again = TestHost::on(&data);
    let length = ok(&again, "config-ok", "secret_length", json!(["token"])).await;
    assert_eq!(length, json!(16));
}

#[tokio::test]
async fn only_declared_settings_are_read_and_secrets_as_such() {
    let (host, _data) = host(config("config_denied"));
    for (function, says) in [
        (
            "undeclared",
            "declare `undeclared` under `config.properties`",
        ),
        (
            "undeclared_secret",
            "declare `undeclared` under `config.properties`",
        ),
        ("secret_by_get", "config.secret"),
        ("setting_by_secret", "config.get"),
    ] {
        let answer = host.call("config-denied", function, json!([])).await;
        refused(answer, &["not granted: config: ", says]);
    }
}

fn config(guest: &str) -> Package {
    Package::of_guest(guest).line(
        "config: { properties: { greeting: { type: string, default: hello }, times: { type: \
         integer }, token: { type: string, writeOnly: true } } }",
    )
}

#[tokio::test]
async fn the_applications_functions_act_for_the_actor_whom_the_host_names() {
    let asks = "capabilities: { app: [\"ticket.*\"] }";
    let (host, _data) = host(Package::of_guest("app_ok").line(asks));
    let call = async |login: &str, permissions: &[&str], function: &str, args: Value| {
        let session = host.session_as(Actor {
            id: "7".to_owned(),
            login: login.to_owned(),
            kind: "agent".to_owned(),
            permissions: permissions.iter().map(|it| (*it).to_owned()).collect(),
        });
        host.call_in(&session, "app-ok", "call", json!([function, args]))
            .await
    };
    let answer = call("jane", &[], "ticket.title", json!({ "id": 1 })).await;
    assert_eq!(
        answer.unwrap(),
        json!({ "id": 1, "for": "jane", "by": "app-ok" })
    );
    let answer = call(
        "jane",
        &["ticket.delete"],
        "ticket.delete",
        json!({ "id": 2 }),
    )
    .await;
    assert_eq!(answer.unwrap()["id"], 2);
    refused(
        call("jane", &[], "ticket.delete", json!({ "id": 2 })).await,
        &["not granted: app: ", "the permission `ticket.delete`"],
    );
    refused(
        call("jane", &[], "ticket.title", json!({ "id": "one" })).await,
        &["invalid: ", "id"],
    );
    refused(
        call("jane", &[], "ticket.titel", json!({ "id": 1 })).await,
        &["no function `ticket.titel`; did you mean `ticket.title`?"],
    );
    let listed = ok(&host, "app-ok", "functions", json!([])).await;
    let names: BTreeSet<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|function| function["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, BTreeSet::from(["ticket.delete", "ticket.title"]));
}

#[tokio::test]
async fn a_function_that_was_not_granted_is_denied() {
    let asks = "capabilities: { app: [\"ticket.title\"] }";
    let (host, _data) = host(Package::of_guest("app_denied").line(asks));
    refused(
        host.call("app-denied", "delete", json!([1])).await,
        &["not granted: app: call ticket.delete", "capabilities.app"],
    );
}

#[tokio::test]
async fn an_import_that_the_manifest_does_not_ask_is_refused() {
    let (host, _data) = host(Package::of_guest("app_denied"));
    let error = host.find("app-denied").await.err().unwrap().to_string();
    assert!(error.contains("add `app` under `capabilities`"), "{error}");
}
