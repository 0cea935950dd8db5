//! The application with plugins: what they show of it, for whom they act in it, and that
//! nothing of it is theirs without a grant.

#![allow(clippy::unwrap_used, reason = "tests")]

mod desk;
mod process;

use axum::http::StatusCode;
use goatkit_host::{Fault, HostBuilder};
use goatkit_test_support::{Package, example};
use serde_json::{Value, json};

use desk::{Desk, desk_notes, expect};

/// The guest that calls whichever function it is told to, as far as it is granted.
fn caller(lines: &str) -> Package {
    Package::of_guest("app_ok")
        .line("capabilities: { app: [\"*\"] }")
        .line(lines)
}

/// What `app-ok` gets from a function of the application, for somebody.
async fn call(
    desk: &Desk,
    login: Option<&str>,
    function: &str,
    args: Value,
) -> Result<Value, String> {
    desk.call(login, "app-ok", "call", json!([function, args]))
        .await
}

#[tokio::test]
async fn a_page_shows_what_the_application_tells_its_plugin() {
    let desk = Desk::open(desk_notes, HostBuilder::grant_everything).await;
    let (status, page) = desk.get("/ticket?id=1&as=ada").await;
    assert_eq!(status, StatusCode::OK, "{page}");
    expect(
        &page,
        &["<h1>Printer on fire</h1>", "Notes: 1", "Open tickets: 2"],
    );
    let (_, page) = desk.get("/ticket?id=3&as=ada").await;
    expect(
        &page,
        &["<h1>Coffee machine is out of beans</h1>", "Notes: 1"],
    );
    let (_, page) = desk.get("/ticket?id=4&as=ada").await;
    expect(&page, &["there is no such ticket"]);
    let (status, page) = desk.get("/").await;
    assert_eq!(status, StatusCode::OK);
    expect(&page, &["<h1>Tickets</h1>", "/ticket?id=1&amp;as=ada"]);
    let (_, ticket) = desk.get("/tickets/1").await;
    expect(&ticket, &["{\"by\":\"ada\",\"text\":\"looked at it\"}"]);
    let (status, _) = desk.get("/tickets/4").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (_, plugins) = desk.get("/api/v1/plugins").await;
    expect(&plugins, &["\"name\":\"desk-notes\""]);
}

#[tokio::test]
async fn a_note_is_the_actors_whomever_the_plugin_names() {
    let write = |data: &std::path::Path| {
        caller("").write_zip(data);
    };
    let desk = Desk::open(write, HostBuilder::grant_everything).await;
    let note = json!({ "id": 1, "text": "mine" });
    let forged = json!({ "id": 1, "text": "not mine", "by": "bob", "actor": { "login": "bob" } });
    let refused = call(&desk, Some("ada"), "ticket.add-note", forged).await;
    expect(
        &refused.unwrap_err(),
        &[
            "invalid",
            "`ticket.add-note`",
            "Additional properties are not allowed",
        ],
    );
    let added = call(&desk, Some("ada"), "ticket.add-note", note.clone()).await;
    assert_eq!(added.unwrap(), 1);
    for (login, says) in [
        (
            Some("bob"),
            "the actor needs the permission `ticket.write`, which the application gives",
        ),
        (
            None,
            "the actor needs the permission `ticket.write`, and nobody is signed in",
        ),
    ] {
        let refused = call(&desk, login, "ticket.add-note", note.clone()).await;
        expect(
            &refused.unwrap_err(),
            &["not granted: app: ", "ticket.add-note", says],
        );
    }
    let notes = desk.tickets.get(1).unwrap().notes;
    let told: Vec<_> = notes
        .iter()
        .map(|it| (it.by.as_str(), it.text.as_str()))
        .collect();
    assert_eq!(told, [("ada", "mine")]);
}

#[tokio::test]
async fn a_page_says_what_its_reader_may_not() {
    let desk = Desk::open(desk_notes, HostBuilder::grant_everything).await;
    let (_, page) = desk.get("/ticket?id=1&as=bob").await;
    let permission = "the actor needs the permission `ticket.write`";
    expect(
        &page,
        &["<h1>Printer on fire</h1>", "not granted: app: ", permission],
    );
    let (_, page) = desk.get("/ticket?id=1").await;
    expect(&page, &["nobody is signed in", "Open tickets: 2"]);
    let (_, page) = desk.get("/ticket?id=1&as=mallory").await;
    expect(&page, &["nobody is signed in"]);
    assert!(desk.tickets.get(1).unwrap().notes.is_empty());
}

#[tokio::test]
async fn what_is_granted_and_revoked_counts_at_the_next_request() {
    let desk = Desk::open(desk_notes, |host| host).await;
    let page = async || desk.get("/ticket?id=1&as=ada").await.1;
    let asked = [
        "`desk-notes` 1.0.0 waits",
        "app: ticket.title",
        "ticketing: use",
    ];
    expect(&page().await, &asked);

    desk.grant(&["app"]).await;
    expect(
        &page().await,
        &["`desk-notes` 1.0.0 waits", "ticketing: use"],
    );
    desk.revoke(&["ticketing"]).await;
    let not_granted = [
        "<h1>Printer on fire</h1>",
        "not granted: ticketing: use ticketing",
        "`gk plugin grant desk-notes ticketing`",
    ];
    expect(&page().await, &not_granted);
    desk.grant(&["ticketing"]).await;
    expect(&page().await, &["Open tickets: 2"]);
    desk.revoke(&["app: ticket.title"]).await;
    expect(
        &page().await,
        &["<h1>", "not granted: app: ", "ticket.title", "Notes: "],
    );
    desk.revoke(&["ticketing"]).await;
    expect(&page().await, &["not granted: ticketing"]);
}

/// The component of `desk-notes` in a package that asks for less.
#[tokio::test]
async fn an_import_that_the_manifest_does_not_ask_is_refused() {
    let write = |data: &std::path::Path| {
        let component = desk::component(&example("embed-host/plugin"));
        let asks = "capabilities: { app: [ticket.title, ticket.add-note] }";
        let package = Package::new("desk-notes", component).line(asks);
        package.write_zip(data);
    };
    let desk = Desk::open(write, HostBuilder::grant_everything).await;
    let refused = desk
        .call(Some("ada"), "desk-notes", "open_tickets", json!([]))
        .await;
    let says = [
        "it imports `desk:app/ticketing`, and its manifest.yaml does not ask for it",
        "add `ticketing` under `capabilities`",
    ];
    expect(&refused.unwrap_err(), &says);
}

#[tokio::test]
async fn an_application_that_has_no_such_interface_says_so() {
    let data = tempfile::tempdir().unwrap();
    std::fs::create_dir(data.path().join("plugins")).unwrap();
    desk_notes(&data.path().join("plugins"));
    let host = HostBuilder::new(data.path())
        .grant_everything()
        .build()
        .await
        .unwrap();
    let snapshot = host.manager().snapshot();
    assert!(snapshot.plugins.is_empty());
    expect(&snapshot.refused[0].reason, &["no capability `ticketing`"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_panics_or_never_ends_hurts_nobody() {
    let object = || json!({ "type": "object" });
    let functions = |host: HostBuilder| {
        host.grant_everything()
            .function("desk.panics", "", object(), None, |call| async move {
                let password = "secret";
                assert!(call.args.is_null(), "the {password} of the desk");
                Ok(Value::Null)
            })
            .function("desk.hangs", "", object(), None, |_| {
                std::future::pending::<Result<Value, Fault>>()
            })
    };
    let write = |data: &std::path::Path| {
        desk_notes(data);
        caller("limits: { call: 1s }").write_zip(data);
    };
    let desk = Desk::open(write, functions).await;
    let error = call(&desk, None, "desk.panics", json!({}))
        .await
        .unwrap_err();
    expect(&error, &["the application's function `desk.panics` failed"]);
    assert!(!error.contains("secret"), "{error}");

    let others = async {
        for _ in 0..3 {
            let (_, page) = desk.get("/ticket?id=1&as=ada").await;
            expect(&page, &["Printer on fire"]);
        }
    };
    let (hung, ()) = tokio::join!(call(&desk, None, "desk.hangs", json!({})), others);
    // The room's own fault and the end of the call come at the same time: either is right.
    let hung = hung.unwrap_err();
    expect(&hung, &["function `call`"]);
    assert!(
        hung.contains("deadline") || hung.contains("timed out"),
        "{hung}"
    );
}
