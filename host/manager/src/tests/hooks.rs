//! Hooks run in order, and none of them breaks what it hooked into.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use goatkit_runtime::{CallError, CallErrorKind, Registration};
use serde_json::{Map, Value, json};

use crate::hooks::{HookAnswer, Saved};
use crate::testing::{Answer, Called, World, actor, answer, name, ready, registration, session};
use crate::trouble::WITH_A_HOOK;

const ASKS: &str = "reach: { hooks: { before_render: ['page:*'], after_save: [] } }";

fn hooked(plugin: &str, hooks: &[&str]) -> Registration {
    Registration {
        hooks: hooks.iter().map(|&hook| hook.to_owned()).collect(),
        ..registration(plugin)
    }
}

fn fails(called: &Called) -> Answer {
    let error = CallError::trapped(&name("kb"), &called.what, "no");
    Box::pin(async move { Err(error) })
}

/// Plugins with what came of them.
fn told(answers: Vec<HookAnswer>) -> Vec<(String, Result<Option<Value>, CallErrorKind>)> {
    let each = |it: HookAnswer| {
        (
            it.plugin.to_string(),
            it.result.map_err(|error| error.kind()),
        )
    };
    answers.into_iter().map(each).collect()
}

#[tokio::test]
async fn hooks_run_in_the_order_of_plugins_and_one_that_fails_stops_none() {
    let world = World::new();
    let page = ["before_render:page:*"];
    world.plugin(hooked("aa", &page), ASKS, |called| answer(called.with));
    world.plugin(hooked("bb", &page), ASKS, |called| fails(&called));
    world.plugin(hooked("cc", &page), ASKS, |_| answer("no json"));
    world.plugin(hooked("dd", &page), ASKS, |_| answer(""));
    world.plugin(hooked("ee", &["before_render:page:other"]), ASKS, |_| {
        answer("1")
    });
    world.plugin(hooked("ff", &page), ASKS, |_| Box::pin(pending()));
    world.plugin(hooked("gg", &page), ASKS, |_| answer("true"));
    let manager = world.host().await;
    ready(&manager).await;
    let payload = Map::from_iter([("path".to_owned(), json!("/a"))]);
    let session = session(&manager, None);
    let answers = manager.run_hooks(&session, "before_render", "page:a", payload);
    let expect = [
        ("aa", Ok(Some(json!({ "of": "page:a", "path": "/a" })))),
        ("bb", Err(CallErrorKind::Trapped)),
        ("cc", Err(CallErrorKind::Malformed)),
        ("dd", Ok(None)),
        ("ff", Err(CallErrorKind::TimedOut)),
        ("gg", Ok(Some(json!(true)))),
    ];
    assert_eq!(
        told(answers.await),
        expect.map(|(name, result)| (name.to_owned(), result))
    );
    assert_eq!(world.lines("bb"), ["before_render: it broke off: no"]);
    assert!(world.lines("ff")[0].contains("stopped at its deadline"));
    assert!(world.lines("aa").is_empty());
}

#[tokio::test]
async fn a_hook_that_fails_again_and_again_rests_and_gets_another_try() {
    let world = World::new();
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tries);
    world.plugin(hooked("kb", &["after_save"]), ASKS, move |called| {
        counted.fetch_add(1, Ordering::Relaxed);
        fails(&called)
    });
    world.plugin(hooked("well", &["after_save"]), ASKS, |_| answer(""));
    let manager = world.host().await;
    ready(&manager).await;
    let session = session(&manager, None);
    let run = async || {
        let answers = manager.run_hooks(&session, "after_save", "ticket", Map::new());
        (answers.await.len(), tries.load(Ordering::Relaxed))
    };
    let most = WITH_A_HOOK.failures as usize;
    for at in 1..=most {
        assert_eq!(run().await, (2, at));
    }
    assert!(world.lines("kb")[most - 1].contains("is left alone for a while"));
    assert_eq!(run().await, (1, most), "it rests, and the other goes on");
    world.clock.advance(WITH_A_HOOK.first);
    assert_eq!(run().await, (2, most + 1), "one try");
    assert_eq!(run().await, (1, most + 1), "and it rests again");
}

#[tokio::test]
async fn what_was_saved_is_told_for_whoever_saved_it() {
    let world = World::new();
    world.plugin(hooked("kb", &["after_save:ticket"]), ASKS, |called| {
        let facts = called.session.facts();
        let login = facts.actor.as_ref().map(|actor| actor.login.clone());
        let entry = (facts.entry.kind.as_str(), &facts.entry.name);
        let payload: Value = serde_json::from_str(&called.with).unwrap();
        answer(json!([login, entry, facts.request_id, payload]).to_string())
    });
    let manager = world.host().await;
    let saved = |entity: &str| Saved {
        entity: entity.to_owned(),
        id: "7".to_owned(),
        data: json!({ "title": "Printer" }),
        actor: Some(actor("agent", &[])),
        tenant: None,
        locale: "de".to_owned(),
        request_id: "request-1".to_owned(),
    };
    let payload = json!({ "of": "ticket", "id": "7", "data": { "title": "Printer" } });
    let expect = json!(["some-agent", ["hook", "after_save"], "request-1", payload]);
    let answers = told(manager.saved(saved("ticket")).await);
    assert_eq!(answers, [("kb".to_owned(), Ok(Some(expect)))]);
    assert!(manager.saved(saved("user")).await.is_empty());
}
