//! Events of plugins, and who is told of them.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use goatkit_capability::Scope;
use goatkit_runtime::{CallErrorKind, Registration};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::events::WAITING;
use crate::manager::Manager;
use crate::testing::{
    Called, PATIENCE, World, actor, answer, exposed, function, name, ready, registration, session,
};

const PUBLISHES: &str = "capabilities: { events: ['*'] }\n";

fn asks(of: &str) -> String {
    format!("{PUBLISHES}reach: {{ hooks: {{ on_event: ['{of}'] }} }}")
}

fn hooked(plugin: &str, of: &str) -> Registration {
    Registration {
        functions: vec![exposed("publish", &[], "json")],
        hooks: vec![format!("on_event:{of}")],
        ..registration(plugin)
    }
}

fn publish(called: &Called, kind: &str) {
    let scope = Scope::Call(called.session.call_facts(PATIENCE));
    let data = json!({ "of": called.session.depth() }).to_string();
    let published = called.rooms.events.publish(&scope, "updates", kind, data);
    assert_eq!(published, Ok(0), "no browser listens");
}

/// A plugin that publishes when its function is called, and says what it is told.
fn listens(world: &World, plugin: &str, of: &str, told: &UnboundedSender<(String, Value)>) {
    let (me, told) = (plugin.to_owned(), told.clone());
    world.plugin(hooked(plugin, of), &asks(of), move |called| {
        match called.what.as_str() {
            "publish" => publish(&called, "changed"),
            _ => {
                let _ = told.send((me.clone(), serde_json::from_str(&called.with).unwrap()));
            }
        }
        answer("null")
    });
}

async fn next<T>(told: &mut UnboundedReceiver<T>) -> T {
    timeout(PATIENCE, told.recv()).await.unwrap().unwrap()
}

fn start(manager: &Arc<Manager>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    tasks.spawn(manager.run_events());
    tasks
}

async fn make_publish(manager: &Manager, plugin: &str) {
    let session = session(manager, Some(actor("agent", &[])));
    let plugin = name(plugin);
    let called = manager.call_function(&session, &plugin, "publish", "[]".to_owned());
    called.await.unwrap();
}

#[tokio::test]
async fn an_event_is_told_to_those_who_hear_of_it_and_to_its_own_plugin_by_name_only() {
    let world = World::new();
    let (tell, mut told) = unbounded_channel();
    listens(&world, "aa", "*", &tell);
    listens(&world, "bb", "aa.updates", &tell);
    listens(&world, "cc", "aa.other", &tell);
    listens(&world, "dd", "dd.*", &tell);
    let manager = world.host().await;
    let _tasks = start(&manager);
    make_publish(&manager, "aa").await;
    let (who, what) = next(&mut told).await;
    assert_eq!(who, "bb");
    let expect = json!({
        "of": "aa.updates", "plugin": "aa", "channel": "updates", "kind": "changed",
        "data": { "of": 0 },
    });
    assert_eq!(what, expect);
    make_publish(&manager, "dd").await;
    let mut both = [next(&mut told).await.0, next(&mut told).await.0];
    both.sort_unstable();
    assert_eq!(both, ["aa", "dd"], "nobody else was told of either");
}

#[tokio::test]
async fn a_slow_plugin_delays_no_other_and_loses_what_is_too_much() {
    let world = World::new();
    let (tell, mut told) = unbounded_channel();
    listens(&world, "aa", "bb.*", &tell);
    listens(&world, "quick", "aa.*", &tell);
    world.plugin(hooked("slow", "aa.*"), &asks("aa.*"), |_| {
        Box::pin(pending())
    });
    let manager = world.host().await;
    ready(&manager).await;
    let _tasks = start(&manager);
    for _ in 0..WAITING + 2 {
        // A plugin publishes so many in a second, and no more.
        world.clock.advance(Duration::from_secs(1));
        make_publish(&manager, "aa").await;
        assert_eq!(next(&mut told).await.0, "quick");
    }
    let lines = world.lines("slow");
    assert!(
        lines
            .iter()
            .any(|line| line.contains("64 wait for it already")),
        "{lines:?}"
    );
}

#[tokio::test]
async fn plugins_that_answer_each_others_events_come_to_an_end() {
    let world = World::new();
    let (tell, mut told) = unbounded_channel();
    for (me, other) in [("ping", "pong.*"), ("pong", "ping.*")] {
        let tell = tell.clone();
        world.plugin(hooked(me, other), &asks(other), move |called| {
            let _ = tell.send((me, called.session.depth()));
            publish(&called, "again");
            answer("null")
        });
    }
    let manager = world.host().await;
    let _tasks = start(&manager);
    make_publish(&manager, "ping").await;
    for depth in 0..=8 {
        let who = if depth % 2 == 0 { "ping" } else { "pong" };
        assert_eq!(next(&mut told).await, (who, depth));
    }
    // The last of them publishes once more, which is told to nobody.
    let last = async {
        while !world
            .lines("pong")
            .iter()
            .any(|line| line.contains("more than 8 deep"))
        {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, last).await.unwrap();
    assert!(told.try_recv().is_err());
}

#[tokio::test]
async fn whether_a_browser_may_listen_the_plugin_says() {
    let world = World::new();
    let says = |plugin: &str| Registration {
        functions: vec![function("may", &["string"], "boolean")],
        event_authorizer: Some("may".to_owned()),
        ..registration(plugin)
    };
    world.plugin(says("kb"), "", |called| {
        let agent = called.session.facts().actor.is_some();
        answer((agent && called.with == r#"["updates"]"#).to_string())
    });
    world.plugin(says("odd"), "", |_| answer("\"yes\""));
    world.plugin(registration("silent"), "", |_| answer("true"));
    let manager = world.host().await;
    ready(&manager).await;
    let agent = || Some(actor("agent", &[]));
    for (plugin, channel, actor, expect) in [
        ("kb", "updates", agent(), Ok(true)),
        ("kb", "updates", None, Ok(false)),
        ("kb", "other", agent(), Ok(false)),
        ("silent", "updates", agent(), Ok(false)),
        ("odd", "updates", agent(), Err(CallErrorKind::Malformed)),
        ("gone", "updates", agent(), Err(CallErrorKind::Unknown)),
    ] {
        let session = session(&manager, actor);
        let may = manager.may_listen(&session, &name(plugin), channel).await;
        assert_eq!(
            may.map_err(|error| error.kind()),
            expect,
            "{plugin} {channel}"
        );
    }
}
