//! The plugin as a host calls it, on tables of its own.

#![allow(clippy::unwrap_used)]

use goatkit_plugin::routes::{Content, Request, Response};
use goatkit_plugin::testing::{Session, Sqlite, take_log};
use goatkit_plugin::{Error, Output, Plugin as _, Value, json};

use crate::ticket_notes::Plugin;

fn session() -> Session {
    Session::default()
        .grant("db")
        .grant("events: notes")
        .database(Sqlite::new(include_str!("../migrations/001_notes.sql")))
        .translation("en", "ticket.line", "{own} own, {saved} saved")
        .signed_in("jane", "agent")
}

fn ask(session: &Session, request: Request) -> Result<Response, Error> {
    session.clone().request::<Plugin>(request)
}

fn note(session: &Session, ticket: i64, body: &str) -> Result<Response, Error> {
    let form = json!({ "ticket": ticket, "body": body, "_csrf": "x" });
    ask(session, Request::post("/agent/notes").with_form(&form))
}

fn notes(session: &Session) -> Value {
    let request = Request::get("/plugins/ticket-notes/notes.json");
    match ask(session, request).unwrap().body {
        Content::Json(text) => text.parse().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn notes_are_added_and_done_with() {
    let session = session();
    let added = note(&session, 7, " ring him ").unwrap();
    assert_eq!(added.status, 303);
    assert_eq!(added.body, Content::Redirect("/agent/notes".to_owned()));
    let kept = json!([{ "id": 1, "ticket": 7, "body": "ring him" }]);
    assert_eq!(notes(&session), kept);

    let Content::Page(view) = ask(&session, Request::get("/agent/notes")).unwrap().body else {
        panic!("no page")
    };
    assert_eq!(view.template, "list.html");
    assert_eq!(
        view.data.parse::<Value>().unwrap(),
        json!({ "notes": kept })
    );

    let done = |session: &Session| ask(session, Request::post("/agent/notes/1/done"));
    let other = session.clone().signed_in("joe", "agent");
    assert_eq!(notes(&other), json!([]), "each has his own");
    assert_eq!(done(&other), Err(Error::not_found("note 1")));
    assert!(done(&session).is_ok());
    assert_eq!(notes(&session), json!([]));
}

#[test]
fn a_form_that_makes_no_sense_is_refused() {
    let session = session();
    assert_eq!(
        note(&session, 7, "  "),
        Err(Error::invalid("a note has a text"))
    );
    let request = Request::post("/agent/notes").with_form(&json!({ "body": "x" }));
    assert!(matches!(ask(&session, request), Err(Error::Invalid(_))));
    assert_eq!(notes(&session), json!([]));
}

#[test]
fn the_form_knows_which_ticket_it_came_from() {
    let form = ask(&session(), Request::get("/agent/notes/new?ticket=7"));
    let Content::Page(view) = form.unwrap().body else {
        panic!("no page")
    };
    assert_eq!(view.data, r#"{"ticket":"7"}"#);
}

#[test]
fn the_widget_escapes_what_was_noted() {
    let session = session();
    let widget = || session.clone().run(|| Plugin::call("newest", "[]"));
    let html = |text: &str| Ok(Output::Html(text.to_owned()));
    assert_eq!(widget(), html("<p>list.none</p>"));
    note(&session, 7, "<b>").unwrap();
    assert_eq!(widget(), html("<ul><li>7: &lt;b&gt;</li></ul>"));
}

#[test]
fn the_page_of_a_ticket_has_a_line_for_agents() {
    let session = session();
    note(&session, 7, "ring him").unwrap();
    for _ in 0..2 {
        let saved = json!({ "id": "31", "data": { "ticket": 7 } });
        let told = session
            .clone()
            .hook::<Plugin>("after_save", "ticket_note", saved);
        assert_eq!(told, Ok(None));
    }
    assert_eq!(session.events()[0].data, json!({ "ticket": 7 }));
    let lines = take_log();
    assert_eq!(lines[0].message, "note 31 of ticket 7, heard by 0");

    let shown = |session: &Session, ticket: i64| {
        let payload = json!({ "data": { "ticket": { "id": ticket } } });
        let session = session.clone();
        session.hook::<Plugin>("before_render", "page:demo.ticket", payload)
    };
    let line = |text: &str| Ok(Some(json!({ "line": text })));
    assert_eq!(shown(&session, 7), line("1 own, 1 saved"));
    assert_eq!(shown(&session, 8), line("0 own, 0 saved"));
    let customer = session.signed_in("ann@example.com", "customer");
    assert_eq!(shown(&customer, 7), Ok(None));
}

#[test]
fn others_may_count_and_those_who_may_see_may_listen() {
    let session = session();
    note(&session, 7, "ring him").unwrap();
    let call = |session: &Session, function: &str, args: &str| {
        session.clone().run(|| Plugin::call(function, args))
    };
    let json = |text: &str| Ok(Output::Json(text.to_owned()));
    assert_eq!(call(&session, "count", "[7]"), json("1"));
    let customer = session.clone().signed_in("ann@example.com", "customer");
    let viewer = session.clone().permitted("ticket_notes.view");
    for (session, channel, expect) in [
        (&viewer, "notes", "true"),
        (&viewer, "other", "false"),
        (&session, "notes", "false"),
        (&customer, "notes", "false"),
    ] {
        let args = json!([channel]).to_string();
        assert_eq!(call(session, "may_listen", &args), json(expect));
    }
    let mut nobody = session;
    nobody.actor = None;
    assert!(call(&nobody, "count", "[7]").is_err());

    let functions = Plugin::registration().functions.into_iter();
    let exposed: Vec<String> = functions.filter(|it| it.expose).map(|it| it.name).collect();
    assert_eq!(exposed, ["count"]);
}

#[test]
fn texts_are_there_in_both_languages() {
    let [en, de] = [
        include_str!("../i18n/en.yaml"),
        include_str!("../i18n/de.yaml"),
    ];
    let keys = |yaml: &str| -> Vec<String> {
        let lines = yaml.lines().filter_map(|line| line.split_once(':'));
        lines.map(|(key, _)| key.to_owned()).collect()
    };
    assert_eq!(keys(en), keys(de));
}
