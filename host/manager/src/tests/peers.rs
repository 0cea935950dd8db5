//! Plugins that call each other, through the room as their code does.

use std::sync::{Arc, Mutex};

use goatkit_capability::{Fault, Scope};
use goatkit_runtime::{CallError, Output, Registration, Session};
use serde_json::json;

use crate::manager::Manager;
use crate::testing::{
    Called, PATIENCE, World, actor, answer, exposed, function, name, ready, registration, session,
};

const ASKS: &str = "capabilities: { plugins: [kb, desk] }";

/// Calls another plugin as code does within a call, and passes on what comes of it.
async fn ask(called: &Called, plugin: &str, function: &str) -> Result<String, CallError> {
    let scope = Scope::Call(called.session.call_facts(PATIENCE));
    let answer = called
        .rooms
        .plugins
        .call(&scope, plugin, function, "[]".to_owned());
    let target = called.what.clone();
    answer
        .await
        .map_err(|fault| CallError::fault(&name("desk"), &target, fault))
}

fn desk() -> Registration {
    Registration {
        functions: vec![exposed("ask", &["string?"], "json")],
        ..registration("desk")
    }
}

async fn call(manager: &Manager, session: &Session, function: &str) -> Result<String, Fault> {
    let args = json!([function]).to_string();
    match manager
        .call_function(session, &name("desk"), "ask", args)
        .await
    {
        Ok(Output::Json(text) | Output::Html(text)) => Ok(text),
        Err(error) => Err(error.passed_on().unwrap_or(Fault::TimedOut)),
    }
}

#[tokio::test]
async fn a_plugin_calls_what_another_exposes_and_nothing_else() {
    let world = World::new();
    world.plugin(desk(), ASKS, |called| {
        let function: Vec<String> = serde_json::from_str(&called.with).unwrap();
        Box::pin(async move { ask(&called, "kb", &function[0]).await })
    });
    let functions = vec![
        exposed("search", &[], "json"),
        exposed("card", &[], "html"),
        exposed("broken", &[], "json"),
        function("hidden", &[], "json"),
    ];
    let kb = Registration {
        functions,
        ..registration("kb")
    };
    world.plugin(kb, "", |called| match called.what.as_str() {
        "card" => answer("<b>\"</b>"),
        "broken" => answer("no json"),
        _ => {
            let facts = called.session.call_facts(PATIENCE);
            let login = facts.session.actor.as_ref().map(|it| it.login.clone());
            let caller = facts.caller.map(|it| it.to_string());
            answer(json!([caller, login, called.session.depth()]).to_string())
        }
    });
    let manager = world.host().await;
    let session = session(&manager, Some(actor("agent", &[])));
    let ok = |text: &str| Ok(text.to_owned());
    let failed = |code: &str, message: &str| Err(Fault::failed(code, message));
    for (function, expect) in [
        ("search", ok(r#"["desk","some-agent",1]"#)),
        ("card", ok(r#""<b>\"</b>""#)),
        (
            "hidden",
            failed(
                "not-found",
                "plugin `kb` exposes no function `hidden`: it exposes broken, card, search",
            ),
        ),
        (
            "broken",
            failed(
                "malformed",
                "the answer of `kb.broken` is no JSON: expected ident at line 1 column 2",
            ),
        ),
    ] {
        assert_eq!(
            call(&manager, &session, function).await,
            expect,
            "{function}"
        );
    }
    let (desk, kb) = (name("desk"), name("kb"));
    assert!(manager.may_call(&desk, &kb) && !manager.may_call(&kb, &desk));
    assert!(manager.may_call_function(&desk, &kb, "search"));
    assert!(!manager.may_call_function(&desk, &kb, "hidden"));
    assert!(!manager.may_call_function(&kb, &desk, "ask"));
}

#[tokio::test]
async fn plugins_that_call_each_other_for_ever_come_to_an_end() {
    let world = World::new();
    let depths: Arc<Mutex<Vec<u32>>> = Arc::default();
    let (seen, seen_too) = (Arc::clone(&depths), Arc::clone(&depths));
    world.plugin(desk(), ASKS, move |called| {
        seen.lock().unwrap().push(called.session.depth());
        Box::pin(async move { ask(&called, "kb", "back").await })
    });
    let kb = Registration {
        functions: vec![exposed("back", &[], "json")],
        ..registration("kb")
    };
    world.plugin(kb, ASKS, move |called| {
        seen_too.lock().unwrap().push(called.session.depth());
        Box::pin(async move { ask(&called, "desk", "ask").await })
    });
    let manager = world.host().await;
    let ended = call(&manager, &session(&manager, None), "").await;
    let Err(Fault::Failed(failure)) = ended else {
        panic!("{ended:?}")
    };
    assert_eq!(failure.code, "too-deep");
    assert_eq!(*depths.lock().unwrap(), (0..=8).collect::<Vec<u32>>());
}

#[tokio::test]
async fn the_callee_ends_when_its_caller_does() {
    let world = World::new();
    let deadlines = Arc::new(Mutex::new(Vec::new()));
    let (seen, seen_too) = (Arc::clone(&deadlines), Arc::clone(&deadlines));
    world.plugin(desk(), ASKS, move |called| {
        seen.lock().unwrap().push(called.session.deadline());
        Box::pin(async move { ask(&called, "kb", "late").await })
    });
    let kb = Registration {
        functions: vec![exposed("late", &[], "json")],
        ..registration("kb")
    };
    world.plugin(kb, "", move |called| {
        seen_too.lock().unwrap().push(called.session.deadline());
        Box::pin(std::future::pending())
    });
    let manager = world.host().await;
    ready(&manager).await;
    let soon = std::time::Instant::now() + std::time::Duration::from_millis(300);
    let session = session(&manager, None).until(soon);
    assert_eq!(call(&manager, &session, "late").await, Err(Fault::TimedOut));
    assert_eq!(*deadlines.lock().unwrap(), [soon, soon]);
}
