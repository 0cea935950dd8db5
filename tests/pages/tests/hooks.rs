//! Hooks: what they are told, what becomes of their answers, and that no page breaks by them.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use goatkit_host::{Actor, ManualClock, Page, Saved};
use goatkit_test_support::Package;
use http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::site::{Desk, Site, get};

const TICKET: (&str, &str) = (
    "ticket/show.html",
    "{{ title }} {{ secret }}: {{ plugins.hooks_ok|tojson }} {{ plugins.hooks_ok.data.title if plugins.hooks_ok }}",
);

fn hooks_ok() -> Package {
    Package::of_guest("hooks_ok").line(
        "reach: { hooks: { before_render: ['page:ticket.*'], after_save: [ticket], on_event: [] } }",
    )
}

fn hooks_bad() -> Package {
    Package::of_guest("hooks_bad")
        .line("reach: { hooks: { before_render: [], after_save: [], on_event: [] } }")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_is_told_what_the_page_declares_and_answers_data() {
    let site = Site::with(&[hooks_ok()], &[TICKET]).await;
    site.ready("hooks-ok").await;
    let request = Request::get("/ticket/show?a=b").header("cookie", "sid=viewer-1");
    let (request, ()) = request.body(()).unwrap().into_parts();
    let data = json!({ "title": "<b>Fire</b>", "secret": "of the desk" });
    let Value::Object(data) = data else { panic!() };
    let page = Page {
        name: "ticket.show",
        template: "ticket/show.html",
        data,
        public: &["title", "not there"],
    };
    let shown = site.host.pages().show(&request, page).await;
    assert_eq!(shown.status(), 200);
    let shown = shown.into_body().collect().await.unwrap().to_bytes();
    let shown = String::from_utf8(shown.to_vec()).unwrap();
    assert!(
        shown.starts_with("&lt;b&gt;Fire&lt;&#x2f;b&gt; of the desk: "),
        "{shown}"
    );
    assert!(shown.ends_with(" &lt;b&gt;Fire&lt;&#x2f;b&gt;"), "{shown}");
    for told in [
        "\"of\": \"page:ticket.show\"",
        "\"path\": \"/ticket/show\"",
        "\"locale\": \"en\"",
        "\"actor\": \"viewer\"",
    ] {
        let told = told.replace('"', "&quot;");
        let plain = shown.replace("&#x2f;", "/").replace("\"", "&quot;");
        assert!(plain.contains(&told), "{told}: {plain}");
    }
    assert_eq!(shown.matches("of the desk").count(), 1, "{shown}");
    // The page by its template tells nothing but where it is, and of others it is not told.
    let page = site.ask(get("/ticket/show").of("viewer-1")).await;
    page.expect(200, &["page:ticket.show"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_goes_with_its_grant() {
    let site = Site::made(&[hooks_ok()], &[TICKET], |host| host).await;
    site.get("/ticket/show")
        .await
        .expect(200, &[])
        .never(&["page:ticket.show"]);
    site.grant("hooks-ok", "").await;
    site.ready("hooks-ok").await;
    site.get("/ticket/show")
        .await
        .expect(200, &["page:ticket.show"]);
    site.revoke("hooks-ok", "reach.hooks").await;
    site.get("/ticket/show")
        .await
        .expect(200, &[])
        .never(&["page:ticket.show"]);
}

const LIVES: &str = "lives [{{ plugins.hooks_bad }}]";

#[tokio::test(flavor = "multi_thread")]
async fn no_page_breaks_by_a_hook_and_a_bad_one_rests() {
    let clock = Arc::new(ManualClock::at(UNIX_EPOCH + Duration::from_secs(1_000_000)));
    let ticks = Arc::clone(&clock);
    let bad = ["traps", "endless", "no-json", "huge", "fails"];
    let names: Vec<String> = bad
        .iter()
        .chain(&["fine"])
        .map(|it| format!("{it}.html"))
        .collect();
    let templates: Vec<(&str, &str)> = names.iter().map(|name| (&**name, LIVES)).collect();
    let site = Site::made(&[hooks_bad()], &templates, |host| {
        host.grant_everything().people(Arc::new(Desk)).clock(ticks)
    })
    .await;
    site.ready("hooks-bad").await;
    site.get("/fine").await.expect(200, &["lives [fine]"]);
    for page in bad {
        let before = site.lines("hooks-bad").len();
        site.get(&format!("/{page}"))
            .await
            .expect(200, &["lives []"]);
        assert!(
            site.lines("hooks-bad").len() > before,
            "{page} is told in its log"
        );
        // One that answers in between has not failed again and again.
        site.get("/fine").await.expect(200, &["lives [fine]"]);
    }
    for _ in 0..5 {
        site.get("/fails").await.expect(200, &["lives []"]);
    }
    let said = site.lines("hooks-bad");
    assert!(
        said.last().unwrap().contains("left alone for a while"),
        "{said:?}"
    );
    // Now it is not asked, also where it would answer.
    site.get("/fine").await.expect(200, &["lives []"]);
    assert_eq!(site.lines("hooks-bad"), said);
    clock.advance(Duration::from_secs(61));
    site.get("/fine").await.expect(200, &["lives [fine]"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_saved_is_told_for_whoever_saved_it() {
    let site = Site::with(&[hooks_ok(), hooks_bad()], &[]).await;
    let saved = |entity: &str, actor: Option<Actor>| Saved {
        entity: entity.to_owned(),
        id: "7".to_owned(),
        data: json!({ "title": "Fire" }),
        actor,
        tenant: None,
        locale: "en".to_owned(),
        request_id: "a-test".to_owned(),
    };
    let ada = Actor {
        id: "1".to_owned(),
        login: "ada".to_owned(),
        kind: "agent".to_owned(),
        permissions: Default::default(),
    };
    for (actor, by) in [(Some(ada), "Some(\"ada\")"), (None, "None")] {
        let answers = site.host.saved(saved("ticket", actor)).await;
        let plugins: Vec<String> = answers.iter().map(|it| it.plugin.to_string()).collect();
        assert_eq!(
            plugins,
            ["hooks-bad", "hooks-ok"],
            "each, in the order of plugins"
        );
        assert!(
            answers[0].result.is_err() && answers[1].result.is_ok(),
            "{answers:?}"
        );
        let line = site.lines("hooks-ok").pop().unwrap();
        assert!(
            line.starts_with("saved ticket 7 ") && line.contains("Fire"),
            "{line}"
        );
        assert!(line.ends_with(by), "{line}");
    }
    let before = site.lines("hooks-ok").len();
    let answers = site.host.saved(saved("customer", None)).await;
    assert_eq!(answers.len(), 1, "it hooks tickets alone");
    assert_eq!(site.lines("hooks-ok").len(), before);
}
