//! Hooks, those that help and those that do not.

use goatkit_manager::{HookAnswer, Saved};
use goatkit_runtime::CallErrorKind;
use goatkit_test_support::{DataFolder, Package, TestHost, actor};
use serde_json::{Map, Value, json};

const ALL: &str = "reach: { hooks: { before_render: [], after_save: [], on_event: [] } }";

async fn host(guests: &[&str]) -> TestHost {
    let packages: Vec<Package> = guests
        .iter()
        .map(|guest| Package::of_guest(guest).line(ALL))
        .collect();
    let host = TestHost::on(&DataFolder::with(&packages));
    host.manager.register_all().await;
    host
}

async fn before_render(host: &TestHost, of: &str, payload: Value) -> Vec<HookAnswer> {
    let Value::Object(payload) = payload else {
        panic!("{payload}")
    };
    // Made ready by then: whoever waits for a page waits for no plugin to be loaded.
    for plugin in host.manager.snapshot().plugins.keys() {
        host.ready(plugin.as_str()).await;
    }
    let session = host.session_as(actor("anna", &[]));
    host.manager
        .run_hooks(&session, "before_render", of, payload)
        .await
}

#[tokio::test]
async fn a_page_is_told_of_and_gets_an_answer() {
    let host = host(&["hooks_ok"]).await;
    let payload = json!({ "path": "/tickets/7", "locale": "de", "data": { "id": 7 } });
    let answers = before_render(&host, "page:ticket.show", payload).await;
    let [HookAnswer { plugin, result }] = answers.as_slice() else {
        panic!("{answers:?}")
    };
    let expect = json!({
        "of": "page:ticket.show", "path": "/tickets/7", "locale": "de", "data": { "id": 7 },
        "actor": "anna",
    });
    assert_eq!(
        (plugin.as_str(), result.clone().unwrap()),
        ("hooks-ok", Some(expect))
    );
    let other = before_render(&host, "page:user.show", json!({})).await;
    assert!(other.is_empty(), "{other:?}");
}

#[tokio::test]
async fn what_was_saved_is_told_also_to_a_plugin_that_is_not_loaded() {
    let host = host(&["hooks_ok"]).await;
    let saved = Saved {
        entity: "ticket".to_owned(),
        id: "7".to_owned(),
        data: json!({ "title": "Printer" }),
        actor: Some(actor("anna", &[])),
        tenant: None,
        locale: "en".to_owned(),
        request_id: "save-7".to_owned(),
    };
    let answers = host.manager.saved(saved).await;
    assert!(
        matches!(
            answers.as_slice(),
            [HookAnswer {
                result: Ok(None),
                ..
            }]
        ),
        "{answers:?}"
    );
    let lines = host.lines("hooks-ok");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        lines[0].starts_with("saved ticket 7 ") && lines[0].contains("anna"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_hook_that_fails_costs_itself_and_is_told_in_its_log() {
    let host = host(&["hooks_bad", "hooks_ok"]).await;
    for (of, expect, says) in [
        ("page:fine", Ok(Some(json!("fine"))), ""),
        (
            "page:traps",
            Err(CallErrorKind::Trapped),
            "it panicked or aborted",
        ),
        (
            "page:endless",
            Err(CallErrorKind::TimedOut),
            "stopped at its deadline",
        ),
        ("page:no-json", Err(CallErrorKind::Malformed), "JSON"),
        ("page:huge", Err(CallErrorKind::TooLarge), ""),
        // One that was well in between: it does not rest yet.
        ("page:fine", Ok(Some(json!("fine"))), ""),
        (
            "page:ticket.x",
            Err(CallErrorKind::Failed),
            "it hooks and does not help",
        ),
    ] {
        let asked = async || {
            let answers = before_render(&host, of, Value::Object(Map::new())).await;
            let mut answers = answers.into_iter();
            let bad = answers.find(|it| it.plugin.as_str() == "hooks-bad");
            bad.unwrap().result.map_err(|error| error.kind())
        };
        let mut result = asked().await;
        // Where others have the machine, nine MiB may take longer than a hook's second. With one
        // that is well in between it does not rest.
        while of == "page:huge" && result == Err(CallErrorKind::TimedOut) {
            before_render(&host, "page:fine", json!({})).await;
            result = asked().await;
        }
        assert_eq!(result, expect, "{of}");
        let line = host.lines("hooks-bad").pop().unwrap_or_default();
        assert!(line.contains(says), "{of}: {line}");
        host.expect_sibling().await;
    }
    let answers = before_render(&host, "page:ticket.x", json!({})).await;
    let well = answers.iter().filter(|it| it.result.is_ok()).count();
    assert_eq!(
        (answers.len(), well),
        (2, 1),
        "the other goes on: {answers:?}"
    );
}

#[tokio::test]
async fn a_hook_that_never_helps_is_left_alone_for_a_while() {
    let host = host(&["hooks_bad"]).await;
    let mut tries = 0;
    while !before_render(&host, "page:no-help", json!({}))
        .await
        .is_empty()
    {
        tries += 1;
        assert!(tries <= 10, "it goes on for ever");
    }
    assert_eq!(tries, 5);
    let line = host.lines("hooks-bad").pop().unwrap();
    assert!(line.contains("is left alone for a while"), "{line}");
}
