//! The life of a grant: what is asked waits, what is granted is in force at the next call, and
//! what is revoked is so no longer. How packages are put in their place is in `installing`.

use goatkit_capability::grants::Policy;
use goatkit_manager::{Asked, FindError, State};
use goatkit_runtime::{CallErrorKind, Session};
use goatkit_test_support::{DataFolder, HostSettings, Package, TestHost, guest, name};
use serde_json::{Value, json};

use crate::expect::{expect_error, expect_text};

const TICKETS: &str = "CREATE TABLE ticket (id INTEGER PRIMARY KEY, title TEXT);
    INSERT INTO ticket VALUES (1, 'Printer on fire');";

/// A host on which an administrator decides on everything.
pub(crate) fn asking(data: &DataFolder) -> TestHost {
    TestHost::with(data, &asking_settings())
}

pub(crate) fn asking_settings() -> HostSettings {
    HostSettings {
        policy: Policy::Nothing,
        database: TICKETS.to_owned(),
        ..HostSettings::default()
    }
}

pub(crate) async fn grant(host: &TestHost, plugin: &str, named: &[&str]) -> Vec<Asked> {
    let named: Vec<String> = named.iter().map(|it| (*it).to_owned()).collect();
    host.manager.grant(&name(plugin), &named).await.unwrap()
}

pub(crate) async fn revoke(host: &TestHost, plugin: &str, named: &[&str]) -> Vec<Asked> {
    let named: Vec<String> = named.iter().map(|it| (*it).to_owned()).collect();
    host.manager.revoke(&name(plugin), &named).await.unwrap()
}

/// What a plugin that serves may do, as it is printed.
pub(crate) fn powers(host: &TestHost, plugin: &str) -> Vec<String> {
    let snapshot = host.manager.snapshot();
    let powers = snapshot.plugins[&name(plugin)].powers();
    powers.iter().map(ToString::to_string).collect()
}

/// What a version waits for, as it is printed; nothing where none waits.
pub(crate) fn waits_for(host: &TestHost, plugin: &str) -> Option<(String, Vec<String>)> {
    let snapshot = host.manager.snapshot();
    let waiting = snapshot.waiting.get(&name(plugin))?;
    let open = waiting.open.iter().map(ToString::to_string).collect();
    Some((waiting.version.to_string(), open))
}

pub(crate) fn waiting(version: &str, open: &[&str]) -> Option<(String, Vec<String>)> {
    let open = open.iter().map(|it| (*it).to_owned()).collect();
    Some((version.to_owned(), open))
}

/// Version 1.0.0 of `versions`, which asks for what it does not need.
pub(crate) fn one() -> Package {
    Package::new("versions", guest("versions_one")).line("capabilities: { app: [\"ticket.*\"] }")
}

/// Version 1.1.0, with a line of its manifest.
pub(crate) fn two(capabilities: &str) -> Package {
    let two = Package::new("versions", guest("versions_two")).version("1.1.0");
    two.line(capabilities)
}

pub(crate) async fn version(host: &TestHost) -> String {
    let version = host.call("versions", "version", json!([])).await.unwrap();
    version.as_str().unwrap().to_owned()
}

/// `db-denied`, which reads whatever it is told to.
fn reader(lines: &str) -> Package {
    Package::of_guest("db_denied")
        .line("capabilities: { db: { read: [ticket] }, app: [\"ticket.*\"] }")
        .line(lines)
}

const READ: &str = "SELECT title FROM ticket";

#[tokio::test]
async fn a_package_that_asks_waits_and_nothing_of_it_runs() {
    let data = DataFolder::with(&[one()]);
    let host = asking(&data);
    host.manager.register_all().await;
    let error = host.find("versions").await.err().unwrap();
    assert!(matches!(error, FindError::Waiting { .. }), "{error}");
    let says = [
        "plugin `versions` 1.0.0 waits until an administrator consents",
        "app: ticket.*",
        "`gk plugin grant`",
    ];
    expect_text(&error.to_string(), &says);
    let error = host.call("versions", "version", json!([])).await;
    expect_error(
        &error.unwrap_err(),
        ("versions", "version"),
        CallErrorKind::NotGranted,
        &["app: ticket.*"],
    );
    let snapshot = host.manager.snapshot();
    assert!(snapshot.plugins.is_empty() && snapshot.menu.is_empty());
    assert!(data.compiled().is_empty() && host.lines("versions").is_empty());
    assert_eq!(
        waits_for(&host, "versions"),
        waiting("1.0.0", &["app: ticket.*"])
    );

    let decided = grant(&host, "versions", &[]).await;
    let [
        Asked {
            serves: true,
            open,
            granted,
            refused,
            ..
        },
    ] = &decided[..]
    else {
        panic!("{decided:?}")
    };
    assert!(open.is_empty() && refused.is_empty());
    assert_eq!(
        (&*granted[0].item, &granted[0].rules[..]),
        ("app", &["ticket.*".to_owned()][..])
    );
    assert_eq!(waits_for(&host, "versions"), None);
    assert_eq!(version(&host).await, "1.0.0");
}

#[tokio::test]
async fn what_is_granted_in_part_waits_for_the_rest() {
    let host = asking(&DataFolder::with(&[reader("")]));
    grant(&host, "db-denied", &["db"]).await;
    assert_eq!(
        waits_for(&host, "db-denied"),
        waiting("1.0.0", &["app: ticket.*"])
    );
    // A refusal is a decision too.
    revoke(&host, "db-denied", &["app: ticket.*"]).await;
    assert_eq!(waits_for(&host, "db-denied"), None);
    assert_eq!(powers(&host, "db-denied"), ["db: read ticket"]);
    let rows = host.call("db-denied", "read", json!([READ])).await.unwrap();
    assert!(rows.to_string().contains("Printer on fire"), "{rows}");
}

#[tokio::test]
async fn what_is_not_asked_cannot_be_decided() {
    let host = asking(&DataFolder::with(&[reader("")]));
    for (named, says) in [
        ("bd", "does not ask for `bd`; did you mean `db`?"),
        ("db: write ticket", "does not ask for `db: write ticket`"),
        ("reach.script", "it asks for app, db"),
    ] {
        let named = ["app".to_owned(), named.to_owned()];
        let plugin = name("db-denied");
        let refused = host.manager.grant(&plugin, &named).await.unwrap_err();
        expect_text(&refused.to_string(), &["plugin `db-denied`", says]);
        let refused = host.manager.revoke(&plugin, &named).await.unwrap_err();
        expect_text(&refused.to_string(), &["plugin `db-denied`", says]);
    }
    let open = ["app: ticket.*", "db: read ticket"];
    assert_eq!(waits_for(&host, "db-denied"), waiting("1.0.0", &open));
    let nobody = host.manager.grant(&name("nobody"), &[]).await.unwrap_err();
    expect_text(&nobody.to_string(), &["there is no plugin `nobody`"]);
}

#[tokio::test]
async fn what_is_revoked_ends_with_the_next_call() {
    for isolation in ["request", "shared", "call"] {
        let line = format!("isolation: {isolation}");
        let host = asking(&DataFolder::with(&[reader(&line)]));
        grant(&host, "db-denied", &[]).await;
        let open = host.session();
        let read = async |session: Session| {
            host.call_in(&session, "db-denied", "read", json!([READ]))
                .await
        };
        read(open.clone()).await.unwrap();

        revoke(&host, "db-denied", &["db"]).await;
        for session in [open.clone(), host.session()] {
            let says = ["not granted: db: use the database", "capabilities.db"];
            expect_error(
                &read(session).await.unwrap_err(),
                ("db-denied", "read"),
                CallErrorKind::Fault,
                &says,
            );
        }
        grant(&host, "db-denied", &["db"]).await;
        read(open).await.unwrap();
    }
}

#[tokio::test]
async fn a_path_that_is_revoked_takes_page_and_menu_item_with_it() {
    let host = asking(&DataFolder::with(&[]));
    let shown = || {
        let snapshot = host.manager.snapshot();
        let withheld = snapshot.withheld.first().cloned().unwrap_or_default();
        let page = snapshot.pages.contains_key("/admin/my-feature");
        (page, snapshot.menu.len(), withheld)
    };
    grant(&host, "my-plugin", &[]).await;
    assert_eq!(shown(), (true, 1, String::new()), "without being asked for");

    revoke(&host, "my-plugin", &["reach.routes"]).await;
    let (page, menu, withheld) = shown();
    assert_eq!((page, menu), (false, 0));
    let says = [
        "page /admin/my-feature",
        "`gk plugin grant my-plugin reach.routes`",
    ];
    expect_text(&withheld, &says);
    host.expect_sibling().await;

    grant(&host, "my-plugin", &["reach"]).await;
    assert_eq!(shown(), (true, 1, String::new()));
}

#[tokio::test]
async fn a_limit_is_in_force_as_far_as_it_is_granted() {
    let eats = Package::of_guest("eats_memory").line("limits: { memory: 128MiB, call: 20s }");
    let host = asking(&DataFolder::with(&[eats]));
    let stopped_at = async |bytes: u64| {
        let error = host.call("eats-memory", "eat", json!([])).await;
        let says = [&*format!("memory limit of {bytes} bytes")];
        let called = ("eats-memory", "eat");
        expect_error(
            &error.unwrap_err(),
            called,
            CallErrorKind::OutOfMemory,
            &says,
        );
    };
    let open = ["limits.memory: 134217728"];
    assert_eq!(waits_for(&host, "eats-memory"), waiting("1.0.0", &open));
    revoke(&host, "eats-memory", &["limits"]).await;
    stopped_at(64 << 20).await;
    grant(&host, "eats-memory", &["limits.memory"]).await;
    assert_eq!(
        host.state("eats-memory"),
        State::Registered,
        "what it brings stays"
    );
    stopped_at(128 << 20).await;
    revoke(&host, "eats-memory", &["limits.memory"]).await;
    stopped_at(64 << 20).await;
}

#[tokio::test]
async fn an_upgrade_waits_for_what_it_asks_while_the_old_version_answers() {
    let more = "capabilities: { app: [\"ticket.*\"], db: { read: [ticket] } }";
    let same = "capabilities: { app: [\"ticket.*\"] }";
    // Another package may be anybody's: what the first was granted is not for it.
    for (asks, open) in [
        (more, &["app: ticket.*", "db: read ticket", "name: use"][..]),
        (same, &["app: ticket.*", "name: use"]),
    ] {
        let data = DataFolder::with(&[one()]);
        let host = asking(&data);
        grant(&host, "versions", &[]).await;
        assert_eq!(version(&host).await, "1.0.0");
        two(asks).write_zip(&data.plugins());
        host.manager.refresh().await;
        assert_eq!(waits_for(&host, "versions"), waiting("1.1.0", open));
        assert_eq!(version(&host).await, "1.0.0");
        assert_eq!(powers(&host, "versions"), ["app: ticket.*"]);
        let decided = host.manager.decided(&name("versions")).unwrap();
        let told: Vec<_> = decided
            .iter()
            .map(|it| (it.serves, it.open.len()))
            .collect();
        assert_eq!(told, [(true, 0), (false, open.len())]);

        grant(&host, "versions", &[]).await;
        assert_eq!(version(&host).await, "1.1.0");
        let (_, asked) = open.split_last().unwrap();
        assert_eq!(powers(&host, "versions"), asked);
        assert_eq!(waits_for(&host, "versions"), None);
    }
}

#[tokio::test]
async fn a_package_that_asks_for_nothing_does_not_take_a_trusted_name() {
    let data = DataFolder::with(&[one()]);
    let host = asking(&data);
    grant(&host, "versions", &[]).await;
    two("description: asks for nothing").write_zip(&data.plugins());
    host.manager.refresh().await;
    assert_eq!(
        waits_for(&host, "versions"),
        waiting("1.1.0", &["name: use"])
    );
    assert_eq!(version(&host).await, "1.0.0");
    grant(&host, "versions", &["name"]).await;
    assert_eq!(version(&host).await, "1.1.0");
}

#[tokio::test]
async fn secrets_that_are_kept_by_a_name_are_asked_for() {
    let config = "config: { properties: { token: { type: string, writeOnly: true } } }";
    let data = DataFolder::with(&[Package::of_guest("config_ok").line(config)]);
    let host = asking(&data);
    assert_eq!(
        waits_for(&host, "config-ok"),
        waiting("1.0.0", &["secrets: use"])
    );
    grant(&host, "config-ok", &[]).await;
    let length = host.call("config-ok", "secret_length", json!(["token"]));
    assert_eq!(length.await.unwrap(), Value::Null);
    revoke(&host, "config-ok", &["secrets"]).await;
    let refused = host
        .call("config-ok", "secret_length", json!(["token"]))
        .await;
    let error = refused.unwrap_err().to_string();
    assert!(error.contains("not granted: secrets: "), "{error}");
}

#[tokio::test]
async fn a_downgrade_waits_like_an_upgrade() {
    let data = DataFolder::with(&[two("capabilities: { app: [\"ticket.*\"] }")]);
    let host = asking(&data);
    grant(&host, "versions", &[]).await;
    assert_eq!(version(&host).await, "1.1.0");
    std::fs::remove_file(data.plugins().join("versions-1.1.0.zip")).unwrap();
    one().write_zip(&data.plugins());
    host.manager.refresh().await;
    assert_eq!(
        waits_for(&host, "versions"),
        waiting("1.0.0", &["app: ticket.*", "name: use"])
    );
    assert_eq!(version(&host).await, "1.1.0", "until somebody decides");

    let host = asking(&data);
    let error = host.find("versions").await.err().unwrap();
    assert!(matches!(error, FindError::Waiting { .. }), "{error}");
    grant(&host, "versions", &[]).await;
    assert_eq!(version(&host).await, "1.0.0");
}

#[tokio::test]
async fn what_was_decided_stands_after_a_restart() {
    let data = DataFolder::with(&[reader("")]);
    let host = asking(&data);
    grant(&host, "db-denied", &["db"]).await;
    revoke(&host, "db-denied", &["app"]).await;
    drop(host);
    let host = asking(&data);
    assert_eq!(powers(&host, "db-denied"), ["db: read ticket"]);
    host.call("db-denied", "read", json!([READ])).await.unwrap();
    revoke(&host, "db-denied", &[]).await;
    drop(host);
    let host = asking(&data);
    assert!(powers(&host, "db-denied").is_empty());
    assert_eq!(waits_for(&host, "db-denied"), None, "nobody is asked again");
}

#[tokio::test]
async fn migrations_need_tables_of_ones_own() {
    let notes = "CREATE TABLE p_db_ok__notes (id INTEGER PRIMARY KEY, text TEXT)";
    let package = Package::of_guest("db_ok")
        .line("capabilities: { db: { own: true, read: [ticket] } }")
        .file("migrations/001_notes.sql", notes);
    let host = asking(&DataFolder::with(&[package]));
    grant(&host, "db-ok", &["db: read ticket"]).await;
    revoke(&host, "db-ok", &["db: own"]).await;
    let error = host.call("db-ok", "read", json!([])).await.unwrap_err();
    let says = ["it has migrations", "not granted tables of its own"];
    expect_error(&error, ("db-ok", "read"), CallErrorKind::NotGranted, &says);

    grant(&host, "db-ok", &["db: own"]).await;
    host.call("db-ok", "write", json!(["first"])).await.unwrap();
    let rows = host.call("db-ok", "read", json!([])).await.unwrap();
    assert!(rows.to_string().contains("first"), "{rows}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_administrators_at_once_lose_nothing() {
    let data = DataFolder::with(&[reader("")]);
    let host = asking(&data);
    grant(&host, "db-denied", &[]).await;
    for round in 0..10 {
        tokio::join!(
            grant(&host, "db-denied", &["app"]),
            revoke(&host, "db-denied", &["db"]),
        );
        assert_eq!(powers(&host, "db-denied"), ["app: ticket.*"], "{round}");
        tokio::join!(
            revoke(&host, "db-denied", &["app"]),
            grant(&host, "db-denied", &["db"]),
        );
        assert_eq!(powers(&host, "db-denied"), ["db: read ticket"], "{round}");
    }
    assert_eq!(powers(&asking(&data), "db-denied"), ["db: read ticket"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_revoked_while_a_new_version_proves_itself_is_not_forgotten() {
    let data = DataFolder::with(&[one()]);
    let host = asking(&data);
    grant(&host, "versions", &[]).await;
    assert_eq!(version(&host).await, "1.0.0");
    let upgrade = two("capabilities: { app: [\"ticket.*\"] }").write_zip(data.path());
    let binding = host.manager.examine(&upgrade).unwrap().asked.binding;
    let (manager, path) = (host.manager.clone(), upgrade.clone());
    let installing = tokio::spawn(async move { manager.install(&path, &binding, None).await });
    // The new version has its powers by now, and is not in the place of the old one.
    while !host
        .lines("versions")
        .contains(&"registering 1.1.0".to_owned())
    {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    revoke(&host, "versions", &["app"]).await;
    installing.await.unwrap().unwrap();
    // Either version may have been meant; the one that was there was.
    let decided = host.manager.decided(&name("versions")).unwrap();
    assert_eq!(decided.len(), 1, "{decided:?}");
    let refused = !decided[0].refused.is_empty();
    assert_eq!(powers(&host, "versions").is_empty(), refused, "{decided:?}");
}
