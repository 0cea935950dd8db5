//! Who is in memory, who goes out of it, and that nobody notices.

use std::sync::Arc;
use std::time::Duration;

use goatkit_package::PluginName;
use goatkit_runtime::{CallError, Output, Registration};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::error::FindError;
use crate::happenings::{Away, What};
use crate::manager::Manager;
use crate::testing::{HELD, PATIENCE, World, answer, function, name, ready, registration, session};
use crate::unit::State;

const IDLE: Duration = Duration::from_secs(600);

fn ping(plugin: &str) -> Registration {
    Registration {
        functions: vec![function("ping", &[], "json")],
        ..registration(plugin)
    }
}

/// A host with plugins that answer.
async fn host(world: &World, plugins: &[&str]) -> Arc<Manager> {
    for plugin in plugins {
        world.plugin(ping(plugin), "", |_| answer("1"));
    }
    world.host().await
}

async fn call(manager: &Manager, plugin: &str) -> Result<Output, CallError> {
    let session = session(manager, None);
    let args = "[]".to_owned();
    manager
        .call_function(&session, &name(plugin), "ping", args)
        .await
}

/// Plugins in memory.
fn loaded(manager: &Manager) -> Vec<String> {
    let statuses = manager.statuses().into_iter();
    let loaded = statuses.filter(|status| status.state == State::Loaded);
    loaded.map(|status| status.name.to_string()).collect()
}

/// What went out of memory, and why.
fn gone(manager: &Manager) -> Vec<(PluginName, Away)> {
    let (told, _) = manager.happenings().listen();
    let gone = told.into_iter().filter_map(|it| match it.what {
        What::Unloaded { why } => Some((it.plugin, why)),
        _ => None,
    });
    gone.collect()
}

#[tokio::test]
async fn who_was_put_away_comes_back_with_his_next_call() {
    let world = World::new();
    let manager = host(&world, &["kb"]).await;
    let before = manager.status(&name("kb")).unwrap();
    assert_eq!((before.state, before.usage.memory), (State::Loaded, HELD));
    assert_eq!(before.loaded_since.unwrap(), "2026-03-01T09:30:00.000Z");

    assert!(manager.unload(&name("kb")).await.unwrap());
    assert!(
        !manager.unload(&name("kb")).await.unwrap(),
        "it was not there"
    );
    let after = manager.status(&name("kb")).unwrap();
    assert_eq!((after.state, after.usage.memory), (State::Registered, 0));
    assert_eq!(world.living(), 0);

    call(&manager, "kb").await.unwrap();
    assert_eq!((world.loads("kb"), world.living()), (2, 1));
    assert_eq!(gone(&manager), [(name("kb"), Away::ByHand)]);
    let nobody = manager.unload(&name("nobody")).await;
    assert!(matches!(nobody, Err(FindError::Unknown { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_call_he_comes_back_once() {
    let world = World::new();
    let manager = host(&world, &["kb"]).await;
    manager.unload(&name("kb")).await.unwrap();
    let mut calls = JoinSet::new();
    for _ in 0..50 {
        let manager = Arc::clone(&manager);
        calls.spawn(async move { call(&manager, "kb").await.map(drop) });
    }
    for ended in calls.join_all().await {
        ended.unwrap();
    }
    assert_eq!(world.loads("kb"), 2);
}

#[tokio::test]
async fn calls_that_run_end_where_they_are() {
    let (world, going) = (World::new(), Arc::new(Semaphore::new(0)));
    let goes = Arc::clone(&going);
    world.plugin(ping("kb"), "", move |_| {
        let goes = Arc::clone(&goes);
        Box::pin(async move {
            goes.acquire().await.unwrap().forget();
            Ok("1".to_owned())
        })
    });
    let manager = world.host().await;
    let running = tokio::spawn({
        let manager = Arc::clone(&manager);
        async move { call(&manager, "kb").await.map(drop) }
    });
    while manager.status(&name("kb")).unwrap().running == 0 {
        tokio::task::yield_now().await;
    }
    world.clock.advance(IDLE);
    world.resident.set(u64::MAX);
    manager.look_after();
    assert_eq!(loaded(&manager), ["kb"], "it is called");
    assert!(manager.unload(&name("kb")).await.unwrap());
    assert_eq!(world.living(), 1, "the call holds it");
    going.add_permits(1);
    timeout(PATIENCE, running).await.unwrap().unwrap().unwrap();
    assert_eq!(world.living(), 0);
    assert_eq!(manager.status(&name("kb")).unwrap().running, 0);
}

#[tokio::test]
async fn who_is_not_called_goes_unless_he_is_pinned() {
    let world = World::new();
    let manager = host(&world, &["aa", "bb", "cc"]).await;
    manager.set_pinned(&name("bb"), true).unwrap();
    world.clock.advance(IDLE - Duration::from_secs(1));
    manager.look_after();
    assert_eq!(loaded(&manager), ["aa", "bb", "cc"]);
    call(&manager, "cc").await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    manager.look_after();
    assert_eq!(loaded(&manager), ["bb", "cc"]);

    manager.set_pinned(&name("bb"), false).unwrap();
    manager.look_after();
    assert_eq!(loaded(&manager), ["cc"]);
    let expect = [(name("aa"), Away::Idle), (name("bb"), Away::Idle)];
    assert_eq!(gone(&manager), expect);
    assert!(manager.set_pinned(&name("nobody"), true).is_err());
}

#[tokio::test]
async fn who_was_called_longest_ago_goes_when_memory_is_short() {
    let world = World::new();
    let manager = host(&world, &["aa", "bb", "cc", "dd"]).await;
    for plugin in ["bb", "aa", "dd", "cc"] {
        world.clock.advance(Duration::from_secs(10));
        manager.look_after();
        call(&manager, plugin).await.unwrap();
    }
    manager.set_pinned(&name("bb"), true).unwrap();
    world.resident.set(10 * HELD);
    manager.look_after();
    assert_eq!(
        loaded(&manager),
        ["aa", "bb", "cc", "dd"],
        "within the budget"
    );
    world.resident.set(10 * HELD + 1);
    manager.look_after();
    assert_eq!(loaded(&manager), ["bb", "cc", "dd"]);
    world.resident.set(11 * HELD);
    manager.look_after();
    assert_eq!(loaded(&manager), ["bb"]);
    call(&manager, "aa").await.unwrap();
    assert_eq!(world.loads("aa"), 2, "and comes back");
}

#[tokio::test]
async fn whoever_keeps_looks_when_something_comes_and_now_and_then() {
    let world = World::new();
    let manager = host(&world, &["aa", "bb"]).await;
    ready(&manager).await;
    world.resident.set(u64::MAX);
    let keeper = tokio::spawn(manager.run_keeper());
    let (_, mut listening) = manager.happenings().listen();
    let mut away = async || {
        let told = async {
            loop {
                if let What::Unloaded { why } = listening.next().await.unwrap().what {
                    return why;
                }
            }
        };
        timeout(PATIENCE, told).await.unwrap()
    };
    // Both came before it began to look, and no time has gone by.
    assert_eq!((away().await, away().await), (Away::Memory, Away::Memory));

    // Brought by nobody's call: one that is called when it looks stays until it looks again.
    let aa = manager.unit(&name("aa")).unwrap();
    aa.plugin().await.unwrap();
    assert_eq!(away().await, Away::Memory);

    // However long it takes to look, time goes by until it has.
    world.resident.set(0);
    call(&manager, "aa").await.unwrap();
    let time_goes_by = async {
        loop {
            world.clock.advance(Duration::from_secs(5));
            tokio::task::yield_now().await;
        }
    };
    let why = tokio::select! {
        why = away() => why,
        () = time_goes_by => unreachable!("time goes by for ever"),
    };
    assert_eq!(why, Away::Idle);
    keeper.abort();
}
