//! What administrators do with a host: on a folder that nobody works on, and with one that
//! runs.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;

use goatkit_test_support::Package;
use serde_json::Value;
use support::{Server, arg, has, hello, run};

/// `gk plugin …` on a data folder.
fn plugin(data: &Path, args: &[&str]) -> support::Ran {
    run(&[&["plugin"], args, &["--data", arg(data)]].concat())
}

fn total(data: &Path) -> support::Ran {
    let zip = data.join("plugins/stats.zip");
    plugin(data, &["call", arg(&zip), "overview", r#"["all"]"#])
}

#[test]
fn the_demo_counts_tickets_until_its_grant_is_revoked() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    let server = Server::start(&["demo", "--listen", "127.0.0.1:0", "--data", arg(data)])
        .sign_in("root@localhost");
    let page = server.page("/demo/stats");
    has(&page, &["<dd id=\"total\">5000</dd>", "<svg", "</svg>"]);
    let counted: Value = serde_json::from_str(&total(data).answer()).unwrap();
    assert_eq!(counted["total"], 5000);
    // An agent sees the queues of his groups, and no others.
    let zip = data.join("plugins/stats.zip");
    let jane = [
        "call",
        arg(&zip),
        "overview",
        r#"["all"]"#,
        "--actor",
        "agent:jane",
    ];
    let counted: Value = serde_json::from_str(&plugin(data, &jane).answer()).unwrap();
    let seen = counted["total"].as_u64().unwrap();
    assert!(seen > 0 && seen < 5000, "{seen}");

    has(
        &plugin(data, &["revoke", "stats", "db"]).answer(),
        &["stats 0.2.0: serves", "refused"],
    );
    let page = server.page("/demo/stats");
    has(
        &page,
        &[
            "not granted: db: ",
            "gk plugin grant stats db",
            "function `overview`",
        ],
    );
    assert!(!page.contains("<svg"), "{page}");
    has(&total(data).refusal(), &["not granted: db: "]);

    let audit = plugin(data, &["audit", "stats"]).answer();
    has(&audit, &["stats", "db: ", "root@localhost"]);
    has(
        &plugin(data, &["grant", "stats"]).answer(),
        &["granted", "it may read of the table"],
    );
    has(&server.page("/demo/stats"), &["<dd id=\"total\">5000</dd>"]);
    assert_eq!(server.stop("TERM").code(), Some(0));

    // What was decided holds without the host, and in the next one.
    plugin(data, &["revoke", "stats"]).answer();
    has(&total(data).refusal(), &["not granted: db: "]);
    let server = Server::start(&["demo", "--listen", "127.0.0.1:0", "--data", arg(data)])
        .sign_in("root@localhost");
    has(&server.page("/demo/stats"), &["not granted: db: "]);
}

#[test]
fn a_package_waits_for_consent_and_is_installed_with_it() {
    let data = tempfile::tempdir().unwrap();
    let work = tempfile::tempdir().unwrap();
    let zip = hello(work.path());
    fs::create_dir_all(data.path().join("templates")).unwrap();
    fs::write(
        data.path().join("templates/good.html"),
        "{% use my_plugin %}{{ calculate_something('input').value }}",
    )
    .unwrap();
    let server = Server::serve(data.path());
    assert_eq!(server.get("/good").status, 500);

    let install = |more: &[&str]| plugin(data.path(), &[&["install", arg(&zip)], more].concat());
    has(
        &install(&[]).refusal(),
        &["there is nobody to ask", "hint: ", "--yes"],
    );
    assert_eq!(server.get("/good").status, 500);
    let installed = install(&["--yes"]);
    has(&installed.stderr, &["my-plugin", "/admin/my-feature"]);
    has(
        &installed.answer(),
        &["my-plugin", "granted", "reach.routes"],
    );
    assert_eq!(server.page("/good"), "5");
    // It is there, for those who have the permission.
    assert_eq!(server.get("/admin/my-feature").status, 303);

    plugin(data.path(), &["revoke", "my-plugin", "reach.routes"]).answer();
    assert_eq!(server.get("/admin/my-feature").status, 404);
    assert_eq!(server.page("/good"), "5");

    let wrong = plugin(data.path(), &["grant", "my-plugin", "reach.route"]).refusal();
    has(
        &wrong,
        &["does not ask for `reach.route`; did you mean `reach.routes`?"],
    );
    let nobody = plugin(data.path(), &["grant", "nobody"]).refusal();
    has(&nobody, &["there is no plugin `nobody`"]);
}

#[test]
fn a_grant_file_grants_what_it_says() {
    let data = tempfile::tempdir().unwrap();
    let work = tempfile::tempdir().unwrap();
    let zip = hello(work.path());
    let grants = work.path().join("grants.yaml");
    let install = |text: &str| {
        fs::write(&grants, text).unwrap();
        plugin(
            data.path(),
            &["install", arg(&zip), "--grants", arg(&grants)],
        )
    };
    has(
        &install("capabilites: {}").refusal(),
        &["capabilites", "did you mean `capabilities`?"],
    );
    assert!(
        !data.path().join("plugins").exists() || {
            let mut files = fs::read_dir(data.path().join("plugins")).unwrap();
            files.next().is_none()
        }
    );
    let installed = install("capabilities: {}").answer();
    has(&installed, &["refused", "reach.routes"]);
    let shown = plugin(data.path(), &["grants", "--json"]).answer();
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown[0]["granted"], Value::Array(Vec::new()));
    assert_eq!(shown[0]["refused"][0]["item"], "reach.routes");
}

#[test]
fn settings_are_set_on_a_folder_and_seen_by_the_host_that_runs() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    fs::create_dir(data.join("plugins")).unwrap();
    let line = "config: { properties: { greeting: { type: string, default: hello }, token: { type: \
                string, writeOnly: true } } }";
    let zip = Package::of_guest("config_ok")
        .line(line)
        .write_zip(&data.join("plugins"));
    // Its secrets are kept by its name, so it asks for them.
    plugin(data, &["grant", "config-ok"]).answer();
    let get = |key: &str| {
        let args = format!("[\"{key}\"]");
        plugin(data, &["call", arg(&zip), "get", &args]).answer()
    };
    assert_eq!(get("greeting"), "\"hello\"\n");
    plugin(data, &["config", "config-ok", "greeting", "good day"]).answer();
    assert_eq!(get("greeting"), "\"good day\"\n");

    let server = Server::serve(data);
    let shown = plugin(data, &["config", "config-ok"]).answer();
    has(
        &shown,
        &["greeting = \"good day\" (set)", "token = (secret, not set)"],
    );
    let shown = plugin(data, &["config", "config-ok", "token", "hunter2!"]).answer();
    has(&shown, &["token = (secret, set)"]);
    assert!(!shown.contains("hunter2"), "{shown}");
    let wrong = plugin(data, &["config", "config-ok", "greeting", "5"]).refusal();
    has(&wrong, &["greeting"]);
    let unknown = plugin(data, &["config", "config-ok", "greting", "x"]).refusal();
    has(&unknown, &["greting"]);
    plugin(data, &["config", "config-ok", "greeting", "--unset"]).answer();
    assert_eq!(get("greeting"), "\"hello\"\n");
    drop(server);
}

#[test]
fn one_host_works_on_a_folder() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::serve(data.path());
    let second = run(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data",
        arg(data.path()),
    ]);
    assert_ne!(second.code, 0);
    has(&second.stderr, &["another host works on"]);
    // It left nothing behind for the first to stumble over.
    has(&plugin(data.path(), &["grants"]).answer(), &[]);
    drop(server);
    let missing = data.path().join("nowhere");
    has(
        &plugin(&missing, &["grants"]).refusal(),
        &["there is no data folder"],
    );
}
